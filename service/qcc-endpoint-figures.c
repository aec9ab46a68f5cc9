/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-figures.h"

#include "common/qcc-enums.h"
#include "common/qcc-failure-class.h"

static void
add_sample (guint32 *samples,
            guint *n,
            guint *next,
            gint64 milliseconds)
{
  if (milliseconds < 0)
    return;

  samples[*next] = (guint32) MIN (milliseconds, G_MAXUINT32);
  *next = (*next + 1) % QCC_FIGURES_SAMPLES;
  *n = MIN (*n + 1, QCC_FIGURES_SAMPLES);
}

static void
add_outcome (QccEndpointFigures *self,
             gboolean success)
{
  self->outcomes[self->next_outcome] = success ? 1 : 0;
  self->next_outcome = (self->next_outcome + 1) % QCC_FIGURES_SAMPLES;
  self->n_outcomes = MIN (self->n_outcomes + 1, QCC_FIGURES_SAMPLES);
}

/* An answer that is cut was counted as a success when it was committed. Which of them it was does not matter. */
static void
take_success_back (QccEndpointFigures *self)
{
  for (guint i = 1; i <= self->n_outcomes; i++)
    {
      guint8 *outcome = &self->outcomes[(self->next_outcome + QCC_FIGURES_SAMPLES - i) % QCC_FIGURES_SAMPLES];

      if (*outcome == 1)
        {
          *outcome = 0;
          return;
        }
    }
}

static void
note_error (QccEndpointFigures *self,
            const char *text,
            gint64 wall_now)
{
  const char *end;

  self->last_error = wall_now;
  g_strlcpy (self->last_error_text, text, sizeof self->last_error_text);

  /* A text that is too long may have been cut within a character. */
  if (!g_utf8_validate (self->last_error_text, -1, &end))
    self->last_error_text[end - self->last_error_text] = '\0';
}

static gboolean
is_charged (QccClass klass)
{
  switch (klass)
    {
    case QCC_CLASS_TRANSIENT:
    case QCC_CLASS_OVERLOAD:
    case QCC_CLASS_RATE_LIMIT:
    case QCC_CLASS_AUTH:
    case QCC_CLASS_FORBIDDEN:
    case QCC_CLASS_BILLING:
      return TRUE;
    case QCC_CLASS_UNSUPPORTED:
    case QCC_CLASS_REQUEST:
    case QCC_CLASS_CLIENT:
    case QCC_CLASS_OFFLINE:
      return FALSE;
    }

  g_return_val_if_reached (FALSE);
}

/**
 * qcc_figures_note_commit:
 * @self: figures
 * @first_byte_ms: milliseconds to the first byte, -1 when they are not known
 * @wall_now: microseconds since the epoch
 *
 * An attempt has been answered.
 */
void
qcc_figures_note_commit (QccEndpointFigures *self,
                         gint64 first_byte_ms,
                         gint64 wall_now)
{
  g_return_if_fail (self != NULL);

  self->requests++;
  self->successes++;
  self->successes_in_row++;
  self->failures_in_row = 0;
  self->last_request = wall_now;
  self->last_success = wall_now;
  add_outcome (self, TRUE);
  add_sample (self->first_byte, &self->n_first_byte, &self->next_first_byte, first_byte_ms);
}

/**
 * qcc_figures_note_end:
 * @self: figures
 * @total_ms: milliseconds from sending to the proper end, -1 when they are not known
 *
 * A committed answer came to its proper end.
 */
void
qcc_figures_note_end (QccEndpointFigures *self,
                      gint64 total_ms)
{
  g_return_if_fail (self != NULL);

  add_sample (self->total, &self->n_total, &self->next_total, total_ms);
}

/**
 * qcc_figures_note_failure:
 * @self: figures
 * @verdict: what the failure means
 * @status: HTTP status, 0 without an answer
 * @wall_now: microseconds since the epoch
 *
 * An attempt failed before commit. What the endpoint is not charged with is counted by its class and changes nothing
 * else.
 */
void
qcc_figures_note_failure (QccEndpointFigures *self,
                          const QccVerdict *verdict,
                          guint status,
                          gint64 wall_now)
{
  g_autofree char *text = NULL;
  const char *rule;

  g_return_if_fail (self != NULL);
  g_return_if_fail (verdict != NULL);
  g_return_if_fail ((guint) verdict->klass < QCC_N_CLASSES);

  self->failures[verdict->klass]++;
  if (!is_charged (verdict->klass))
    return;

  self->requests++;
  self->failures_in_row++;
  self->successes_in_row = 0;
  self->last_request = wall_now;
  add_outcome (self, FALSE);

  rule = verdict->rule != NULL ? verdict->rule : "-";
  if (status > 0)
    text = g_strdup_printf ("%s, %u (%s)", qcc_enum_to_nick (QCC_TYPE_CLASS, (int) verdict->klass), status, rule);
  else
    text = g_strdup_printf ("%s (%s)", qcc_enum_to_nick (QCC_TYPE_CLASS, (int) verdict->klass), rule);
  note_error (self, text, wall_now);
}

/**
 * qcc_figures_note_cut:
 * @self: figures
 * @wall_now: microseconds since the epoch
 *
 * A committed answer broke off: it was no success after all.
 */
void
qcc_figures_note_cut (QccEndpointFigures *self,
                      gint64 wall_now)
{
  g_return_if_fail (self != NULL);

  self->cuts++;
  self->failures_in_row++;
  self->successes_in_row = 0;
  take_success_back (self);
  note_error (self, "cut", wall_now);
}

/**
 * qcc_figures_note_check:
 * @self: figures
 * @passed: whether the check passed
 * @latency_ms: milliseconds that it took
 * @error_text: (nullable): where it did not pass: what happened, of our own making
 * @wall_now: microseconds since the epoch
 *
 * Checks have counters of their own: how fast a list of models comes says nothing about messages.
 */
void
qcc_figures_note_check (QccEndpointFigures *self,
                        gboolean passed,
                        gint64 latency_ms,
                        const char *error_text,
                        gint64 wall_now)
{
  g_return_if_fail (self != NULL);

  self->checks++;
  self->last_check = wall_now;
  self->last_check_ms = latency_ms;

  if (passed)
    self->checks_passed++;
  else
    note_error (self, error_text != NULL ? error_text : "", wall_now);
}
