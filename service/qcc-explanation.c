/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-explanation-private.h"

#include "common/qcc-redact.h"

static void
candidate_clear (QccExplainedCandidate *candidate)
{
  g_ref_string_release (candidate->profile);
  g_ref_string_release (candidate->endpoint);
}

static void
choice_clear (gpointer data)
{
  QccExplainedChoice *choice = data;

  for (guint i = 0; i < choice->n_candidates; i++)
    candidate_clear (&choice->candidates[i]);
  g_free (choice->candidates);
}

static void
attempt_clear (gpointer data)
{
  QccExplainedAttempt *attempt = data;

  g_ref_string_release (attempt->profile);
  g_ref_string_release (attempt->endpoint);
  g_clear_pointer (&attempt->rule, g_ref_string_release);
}

/* A name of ours, which many explanations share. */
static GRefString *
intern (const char *name)
{
  return g_ref_string_new_intern (name != NULL ? name : "");
}

/* What a client sends may hold a key in the wrong place, and bytes that the bus does not take (spec 3.4). */
static GRefString *
intern_outside (const char *text)
{
  g_autofree char *safe = qcc_redact (text != NULL ? text : "");

  return g_ref_string_new_intern (safe);
}

static void
replace (GRefString **member,
         GRefString *value)
{
  g_ref_string_release (*member);
  *member = value;
}

/**
 * qcc_explanation_new:
 * @id: number of the exchange
 * @method: of its request
 * @path: likewise
 * @wall_now: when it came, microseconds since the epoch
 *
 * Returns: (transfer full): an explanation without choices
 */
QccExplanation *
qcc_explanation_new (guint64 id,
                     const char *method,
                     const char *path,
                     gint64 wall_now)
{
  QccExplanation *self = g_rc_box_new0 (QccExplanation);

  self->id = id;
  self->time = wall_now;
  self->method = intern_outside (method);
  self->path = intern_outside (path);
  self->model = intern (NULL);
  self->session = intern (NULL);
  self->endpoint = intern (NULL);
  self->end = intern (NULL);
  self->start = intern (NULL);
  self->start_reason = "";
  self->choices = g_array_new (FALSE, FALSE, sizeof (QccExplainedChoice));
  g_array_set_clear_func (self->choices, choice_clear);
  self->attempts = g_array_new (FALSE, FALSE, sizeof (QccExplainedAttempt));
  g_array_set_clear_func (self->attempts, attempt_clear);

  return self;
}

/**
 * qcc_explanation_ref:
 * @self: an explanation
 *
 * Returns: (transfer full): @self
 */
QccExplanation *
qcc_explanation_ref (QccExplanation *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  QccExplanation *self = data;

  g_ref_string_release (self->method);
  g_ref_string_release (self->path);
  g_ref_string_release (self->model);
  g_ref_string_release (self->session);
  g_ref_string_release (self->endpoint);
  g_ref_string_release (self->end);
  g_ref_string_release (self->start);
  g_array_unref (self->choices);
  g_array_unref (self->attempts);
}

/**
 * qcc_explanation_unref:
 * @self: (transfer full): an explanation
 */
void
qcc_explanation_unref (QccExplanation *self)
{
  g_return_if_fail (self != NULL);

  g_rc_box_release_full (self, clear);
}

/**
 * qcc_explanation_set_request:
 * @self: an explanation
 * @model: (nullable): the model that the request names
 * @session: (nullable): the session that it belongs to
 */
void
qcc_explanation_set_request (QccExplanation *self,
                             const char *model,
                             const char *session)
{
  g_return_if_fail (self != NULL);

  replace (&self->model, intern_outside (model));
  replace (&self->session, intern_outside (session));
}

/**
 * qcc_explanation_set_start:
 * @self: an explanation
 * @profile: (nullable): where the exchange started
 * @why: "active", "token" or "binding"; a static string
 */
void
qcc_explanation_set_start (QccExplanation *self,
                           const char *profile,
                           const char *why)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (why != NULL);

  replace (&self->start, intern (profile));
  self->start_reason = why;
}

static gint32
seconds_until (gint64 until,
               gint64 now)
{
  if (until <= 0)
    return -1;

  return (gint32) CLAMP ((until - now + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 0, G_MAXINT32);
}

static void
add_candidate (GArray *candidates,
               const QccRouteProfile *profile,
               const QccCandidate *candidate,
               gint64 now)
{
  QccExplainedCandidate kept;

  if (candidates->len >= QCC_EXPLANATION_CANDIDATES_MAX)
    return;

  kept = (QccExplainedCandidate){
    .profile = intern (profile->profile->name),
    .endpoint = intern (candidate->endpoint->id),
    .wait = seconds_until (candidate->view.until, now),
    .level = candidate->view.level,
    .reason = candidate->reason,
  };
  g_array_append_val (candidates, kept);
}

static void
add_candidates (GArray *candidates,
                const QccRouteProfile *profile,
                gint64 now)
{
  for (gsize i = 0; i < profile->n_candidates; i++)
    if (profile->candidates[i].reason != QCC_REASON_CHOSEN)
      add_candidate (candidates, profile, &profile->candidates[i], now);
}

/* When there are too many, those that the user is most likely to ask about are kept. */
static GArray *
collect_candidates (const QccRouteInput *input,
                    const QccRoute *route,
                    gint64 now)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (QccExplainedCandidate));

  if (route->step != QCC_ROUTE_STEP_NONE)
    {
      const QccRouteProfile *profile = &input->profiles[route->profile];

      add_candidate (candidates, profile, &profile->candidates[route->candidate], now);
    }
  if (input->start >= 0)
    add_candidates (candidates, &input->profiles[input->start], now);
  for (gsize i = 0; i < input->n_profiles; i++)
    if ((gssize) i != input->start)
      add_candidates (candidates, &input->profiles[i], now);

  return candidates;
}

/* The last one of its kind says most, so it is kept whatever was before it. */
static void
append_or_replace_last (GArray *array,
                        gconstpointer element,
                        guint max)
{
  if (array->len == max)
    g_array_set_size (array, max - 1);
  g_array_append_vals (array, element, 1);
}

/**
 * qcc_explanation_add_choice:
 * @self: an explanation
 * @input: what the router saw, with the reasons that it filled in; what is needed of it is copied
 * @route: what it said
 * @now: microseconds, of the clock of the candidates' views
 * @offset_ms: milliseconds since the exchange came
 *
 * To be called right after the choice.
 */
void
qcc_explanation_add_choice (QccExplanation *self,
                            const QccRouteInput *input,
                            const QccRoute *route,
                            gint64 now,
                            gint64 offset_ms)
{
  GArray *candidates;
  gsize n_all = 0;
  QccExplainedChoice choice;

  g_return_if_fail (self != NULL);
  g_return_if_fail (input != NULL);
  g_return_if_fail (route != NULL);

  for (gsize i = 0; i < input->n_profiles; i++)
    n_all += input->profiles[i].n_candidates;

  candidates = collect_candidates (input, route, now);
  choice = (QccExplainedChoice){
    .offset = offset_ms,
    .step = route->step,
    .n_candidates = candidates->len,
    .n_omitted = (guint) n_all - candidates->len,
    .candidates = g_memdup2 (candidates->data, candidates->len * sizeof (QccExplainedCandidate)),
  };
  g_array_unref (candidates);
  append_or_replace_last (self->choices, &choice, QCC_EXPLANATION_CHOICES_MAX);
  self->n_choices++;
}

/**
 * qcc_explanation_add_attempt:
 * @self: an explanation
 * @endpoint_id: where it went
 * @profile: (nullable): the profile of that
 * @offset_ms: milliseconds from the coming of the exchange to the sending of the attempt
 * @duration_ms: milliseconds that it took
 * @status: of its answer, 0 when there was none
 * @verdict: (nullable): what its failure meant, %NULL for the attempt that was used
 */
void
qcc_explanation_add_attempt (QccExplanation *self,
                             const char *endpoint_id,
                             const char *profile,
                             gint64 offset_ms,
                             gint64 duration_ms,
                             guint status,
                             const QccVerdict *verdict)
{
  QccExplainedAttempt attempt;

  g_return_if_fail (self != NULL);
  g_return_if_fail (endpoint_id != NULL);

  attempt = (QccExplainedAttempt){
    .profile = intern (profile),
    .endpoint = intern (endpoint_id),
    .offset = offset_ms,
    .duration = duration_ms,
    .status = status,
  };
  if (verdict != NULL)
    {
      attempt.rule = intern (verdict->rule);
      attempt.klass = verdict->klass;
      attempt.scope = verdict->scope;
    }
  append_or_replace_last (self->attempts, &attempt, QCC_EXPLANATION_ATTEMPTS_MAX);
  self->n_attempts++;
}

/**
 * qcc_explanation_set_end:
 * @self: an explanation
 * @endpoint_id: (nullable): whose answer the client got, %NULL when it was one of our own
 * @status: as the client got it, 0 when it got none
 * @end: how the exchange ended, in the word of the access log
 * @total_ms: milliseconds that it took
 */
void
qcc_explanation_set_end (QccExplanation *self,
                         const char *endpoint_id,
                         guint status,
                         const char *end,
                         gint64 total_ms)
{
  g_return_if_fail (self != NULL);

  replace (&self->endpoint, intern (endpoint_id));
  replace (&self->end, intern (end));
  self->status = status;
  self->total = total_ms;
}

/**
 * qcc_explanation_get_id:
 * @self: an explanation
 *
 * Returns: number of its exchange
 */
guint64
qcc_explanation_get_id (const QccExplanation *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->id;
}
