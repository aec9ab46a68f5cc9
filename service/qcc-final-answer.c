/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-final-answer.h"

#include <glib/gi18n-lib.h>

/* Claude Code gives up at once on 61 s or more and waits for 60 (spec 2.9). */
#define RETRY_AFTER_MAX 59

/* What takes longer to mend is not worth the client's retries (spec 2.9). */
#define MENDABLE_WITHIN 300

#define NAMED_MAX 8

/* Usefulness of an answer to the client, most useful first (spec 2.9). */
static const guint ranks[QCC_N_CLASSES] = {
  [QCC_CLASS_REQUEST] = 0,
  [QCC_CLASS_RATE_LIMIT] = 1,
  [QCC_CLASS_TRANSIENT] = 2,
  [QCC_CLASS_OVERLOAD] = 2,
  [QCC_CLASS_OFFLINE] = 2,
  [QCC_CLASS_BILLING] = 3,
  [QCC_CLASS_AUTH] = 4,
  [QCC_CLASS_FORBIDDEN] = 4,
  [QCC_CLASS_UNSUPPORTED] = 5,
  [QCC_CLASS_CLIENT] = 6,
};

static const char *const class_words[QCC_N_CLASSES] = {
  /* Translators: these words, down to “no time left”, say in brackets why an endpoint did not answer. */
  [QCC_CLASS_TRANSIENT] = N_ ("failed"),
  [QCC_CLASS_OVERLOAD] = N_ ("overloaded"),
  [QCC_CLASS_RATE_LIMIT] = N_ ("rate limit reached"),
  [QCC_CLASS_AUTH] = N_ ("key rejected"),
  [QCC_CLASS_FORBIDDEN] = N_ ("access refused"),
  [QCC_CLASS_BILLING] = N_ ("no credit left"),
  [QCC_CLASS_UNSUPPORTED] = N_ ("request or model not supported"),
  [QCC_CLASS_REQUEST] = N_ ("request refused"),
  [QCC_CLASS_CLIENT] = N_ ("given up"),
  [QCC_CLASS_OFFLINE] = N_ ("no network"),
};

static const char *const transport_words[QCC_N_TRANSPORT_FAILURES] = {
  [QCC_TRANSPORT_FAILURE_REFUSED] = N_ ("connection refused"),
  [QCC_TRANSPORT_FAILURE_DNS] = N_ ("host name not found"),
  [QCC_TRANSPORT_FAILURE_NO_ROUTE] = N_ ("no route to the host"),
  [QCC_TRANSPORT_FAILURE_RESET] = N_ ("connection lost"),
  [QCC_TRANSPORT_FAILURE_TLS] = N_ ("TLS failed"),
  [QCC_TRANSPORT_FAILURE_CONNECT_TIMEOUT] = N_ ("connecting took too long"),
  [QCC_TRANSPORT_FAILURE_FIRST_BYTE_TIMEOUT] = N_ ("no answer in time"),
  [QCC_TRANSPORT_FAILURE_IDLE_TIMEOUT] = N_ ("answer stalled"),
  [QCC_TRANSPORT_FAILURE_EMPTY] = N_ ("empty answer"),
  [QCC_TRANSPORT_FAILURE_TRUNCATED] = N_ ("answer cut off"),
  [QCC_TRANSPORT_FAILURE_HTML] = N_ ("web page instead of an answer"),
  [QCC_TRANSPORT_FAILURE_BAD_JSON] = N_ ("answer is not JSON"),
  [QCC_TRANSPORT_FAILURE_MALFORMED] = N_ ("answer is not HTTP"),
  [QCC_TRANSPORT_FAILURE_CLIENT_GONE] = N_ ("client gone"),
  [QCC_TRANSPORT_FAILURE_LOCAL_LIMIT] = N_ ("no time left"),
};

/* An endpoint that was tried twice counts with what it said last. */
static gboolean
is_superseded (const QccFinalInput *input,
               gsize index)
{
  for (gsize i = index + 1; i < input->n_attempts; i++)
    if (g_str_equal (input->attempts[i].endpoint_id, input->attempts[index].endpoint_id))
      return TRUE;

  return FALSE;
}

/* A 529 and an overloaded_error make Claude Code give up after three, a 401 makes it ask the user
 * to log in, and redirects are not passed on (spec 2.9, 2.11). A key that was refused is named in
 * words of our own. */
static gboolean
can_pass_on (const QccFailedAttempt *attempt)
{
  return attempt->has_answer &&
         attempt->status >= 400 && attempt->status != 401 && attempt->status != 529 &&
         g_strcmp0 (attempt->error_type, "overloaded_error") != 0 &&
         attempt->verdict.klass != QCC_CLASS_AUTH;
}

/* Whether @earlier is better for the client than @later; among equals the later one is (spec 2.9). */
static gboolean
is_more_useful (const QccFailedAttempt *earlier,
                const QccFailedAttempt *later)
{
  guint earlier_rank = ranks[earlier->verdict.klass];
  guint later_rank = ranks[later->verdict.klass];

  if (earlier_rank != later_rank)
    return earlier_rank < later_rank;

  if (can_pass_on (earlier) != can_pass_on (later))
    return can_pass_on (earlier);

  /* A wait that was not stated is -1 and, seen as unsigned, longer than any that was. */
  if (earlier->verdict.klass == QCC_CLASS_RATE_LIMIT)
    return (guint) earlier->verdict.retry_after < (guint) later->verdict.retry_after;

  return FALSE;
}

static gsize
choose_attempt (const QccFinalInput *input)
{
  gsize best = input->n_attempts - 1;

  for (gsize i = best; i-- > 0;)
    if (!is_superseded (input, i) && is_more_useful (&input->attempts[i], &input->attempts[best]))
      best = i;

  return best;
}

static int
shorter_wait (int wait,
              int other)
{
  if (wait < 0 || other < 0)
    return MAX (wait, other);

  return MIN (wait, other);
}

/* Seconds until the first endpoint may be used again as far as one said so, else -1. */
static int
shortest_wait (const QccFinalInput *input)
{
  int wait = input->next_usable;

  for (gsize i = 0; i < input->n_attempts; i++)
    if (!is_superseded (input, i))
      wait = shorter_wait (wait, input->attempts[i].verdict.retry_after);

  return wait;
}

static gboolean
class_mends_soon (QccClass klass)
{
  switch (klass)
    {
    case QCC_CLASS_TRANSIENT:
    case QCC_CLASS_OVERLOAD:
    case QCC_CLASS_RATE_LIMIT:
    case QCC_CLASS_OFFLINE:
      return TRUE;
    case QCC_CLASS_AUTH:
    case QCC_CLASS_FORBIDDEN:
    case QCC_CLASS_BILLING:
    case QCC_CLASS_UNSUPPORTED:
    case QCC_CLASS_REQUEST:
    case QCC_CLASS_CLIENT:
      return FALSE;
    }

  g_assert_not_reached ();
}

/* Whether the same request may succeed within MENDABLE_WITHIN at any endpoint. */
static gboolean
is_mendable (const QccFinalInput *input)
{
  if (input->next_usable >= 0 && input->next_usable <= MENDABLE_WITHIN)
    return TRUE;

  for (gsize i = 0; i < input->n_attempts; i++)
    {
      const QccVerdict *verdict = &input->attempts[i].verdict;

      if (!is_superseded (input, i) && class_mends_soon (verdict->klass) &&
          verdict->retry_after <= MENDABLE_WITHIN)
        return TRUE;
    }

  return FALSE;
}

/* Returns @text with a sentence that says when an endpoint may be used again, where that is known
 * and far off. */
static char *
say_when (const char *text,
          int wait)
{
  g_autofree char *when = NULL;
  guint minutes, hours;

  if (wait <= MENDABLE_WITHIN)
    return g_strdup (text);

  minutes = ((guint) wait + 59) / 60;
  hours = ((guint) wait + 3599) / 3600;

  if (minutes <= 90)
    when = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "The first endpoint can be used again in %u minute.",
                                         "The first endpoint can be used again in %u minutes.", minutes),
                            minutes);
  else
    when = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "The first endpoint can be used again in about %u hour.",
                                         "The first endpoint can be used again in about %u hours.", hours),
                            hours);

  return g_strconcat (text, text[0] != '\0' ? " " : "", when, NULL);
}

static QccFinalAnswer *
synthesise (guint status,
            const char *error_type,
            const char *text,
            int wait)
{
  QccFinalAnswer *self = g_new0 (QccFinalAnswer, 1);

  self->attempt = -1;
  self->status = status;
  self->error_type = g_strdup (error_type);
  self->message = say_when (text, wait);
  self->retry_after = -1;

  return self;
}

/* Only words of our own, of the TLS library, and the status: what an endpoint wrote may quote a key. */
static void
append_attempt (GString *text,
                const QccFailedAttempt *attempt)
{
  const char *word = class_words[attempt->verdict.klass];

  if (attempt->transport != QCC_TRANSPORT_FAILURE_NONE)
    word = transport_words[attempt->transport];

  /* What is wrong with a certificate only the user can mend. */
  if (attempt->transport == QCC_TRANSPORT_FAILURE_TLS && attempt->message != NULL)
    g_string_append_printf (text, _ ("%s (%s: %s)"), attempt->endpoint_id, _ (word), attempt->message);
  else if (attempt->status >= 300)
    g_string_append_printf (text, _ ("%s (%s, HTTP %u)"), attempt->endpoint_id, _ (word), attempt->status);
  else
    g_string_append_printf (text, _ ("%s (%s)"), attempt->endpoint_id, _ (word));
}

static char *
describe_attempts (const QccFinalInput *input)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = 0;

  for (gsize i = 0; i < input->n_attempts; i++)
    {
      if (is_superseded (input, i))
        continue;
      if (n > 0 && n < NAMED_MAX)
        /* Translators: stands between the endpoints that were tried. */
        g_string_append (names, _ (", "));
      if (n < NAMED_MAX)
        append_attempt (names, &input->attempts[i]);
      n++;
    }

  if (n > NAMED_MAX)
    g_string_append_printf (names,
                            g_dngettext (GETTEXT_PACKAGE, " and %u more", " and %u more", n - NAMED_MAX),
                            n - NAMED_MAX);

  return g_string_free (g_steal_pointer (&names), FALSE);
}

static QccFinalAnswer *
answer_key_refused (const QccFailedAttempt *attempt)
{
  g_autofree char *text = NULL;

  if (attempt->verdict.klass == QCC_CLASS_AUTH)
    text = g_strdup_printf (_ ("Endpoint “%s” of profile “%s” does not accept its key. "
                               "Set a new key for endpoint “%s”, then try again."),
                            attempt->endpoint_id, attempt->profile_name, attempt->endpoint_id);
  else
    text = g_strdup_printf (_ ("Endpoint “%s” of profile “%s” refuses access. Check with its provider "
                               "what its key may be used for, or set a new key for endpoint “%s”, "
                               "then try again."),
                            attempt->endpoint_id, attempt->profile_name, attempt->endpoint_id);

  return synthesise (403, "permission_error", text, -1);
}

static QccFinalAnswer *
answer_unavailable (const QccFinalInput *input,
                    const QccFailedAttempt *attempt,
                    gboolean mendable)
{
  g_autofree char *names = describe_attempts (input);
  g_autofree char *text = NULL;
  QccFinalAnswer *self;

  if (attempt->verdict.klass == QCC_CLASS_OFFLINE)
    text = g_strdup_printf (_ ("There is no network connection. Tried: %s."), names);
  else
    text = g_strdup_printf (_ ("No endpoint could answer. Tried: %s."), names);

  self = synthesise (503, "api_error", text, mendable ? -1 : shortest_wait (input));
  self->retry_after = shortest_wait (input) >= 0 ? CLAMP (shortest_wait (input), 1, RETRY_AFTER_MAX) : 1;

  return self;
}

static QccFinalAnswer *
pass_on (const QccFinalInput *input,
         gsize index,
         gboolean mendable)
{
  const QccFailedAttempt *attempt = &input->attempts[index];
  QccFinalAnswer *self = g_new0 (QccFinalAnswer, 1);
  int wait = mendable ? -1 : shortest_wait (input);

  self->attempt = (gssize) index;
  self->status = attempt->status;
  self->error_type = g_strdup (attempt->error_type != NULL ? attempt->error_type : "api_error");
  if (wait > MENDABLE_WITHIN)
    self->message = say_when (attempt->message != NULL ? attempt->message : "", wait);
  self->retry_after = MIN (attempt->verdict.retry_after, RETRY_AFTER_MAX);

  return self;
}

static QccFinalAnswer *
answer_without_attempt (const QccFinalInput *input)
{
  const char *text = NULL;
  int wait = -1;
  QccFinalAnswer *self;

  switch (input->no_attempt)
    {
    case QCC_NO_ATTEMPT_NO_PROFILE:
      text = _ ("No profile is configured. Run “qcc init” to set one up.");
      break;
    case QCC_NO_ATTEMPT_NO_KEY:
      text = _ ("No endpoint that could be used has a key. Set a key for one; "
                "“qcc doctor” shows what is missing.");
      break;
    case QCC_NO_ATTEMPT_DISABLED:
      text = _ ("All endpoints are disabled. Enable one with “qcc endpoint enable PROFILE ID”.");
      break;
    case QCC_NO_ATTEMPT_WAITING:
      text = _ ("All endpoints have asked to be left alone for a while.");
      wait = input->next_usable;
      break;
    case QCC_NO_ATTEMPT_OFFLINE:
      text = _ ("There is no network connection.");
      break;
    }

  self = synthesise (503, "api_error", text, wait);
  self->no_retry = input->no_attempt != QCC_NO_ATTEMPT_OFFLINE &&
                   (input->no_attempt != QCC_NO_ATTEMPT_WAITING || wait > MENDABLE_WITHIN);
  if (input->no_attempt == QCC_NO_ATTEMPT_OFFLINE || input->no_attempt == QCC_NO_ATTEMPT_WAITING)
    self->retry_after = CLAMP (wait, 1, RETRY_AFTER_MAX);

  return self;
}

/**
 * qcc_final_answer_new:
 * @input: all that was tried
 *
 * Chooses what the client gets when no endpoint gave a good answer (spec 2.9, 2.14): the answer of
 * one attempt, or one that is made up. An answer of class %QCC_CLASS_REQUEST is best passed on at
 * once, without asking here.
 *
 * Returns: (transfer full): the answer
 */
QccFinalAnswer *
qcc_final_answer_new (const QccFinalInput *input)
{
  QccFinalAnswer *self;
  const QccFailedAttempt *attempt;
  gboolean mendable;
  gsize chosen;

  g_return_val_if_fail (input != NULL, NULL);
  g_return_val_if_fail (input->attempts != NULL || input->n_attempts == 0, NULL);

  if (input->n_attempts == 0)
    return answer_without_attempt (input);

  chosen = choose_attempt (input);
  attempt = &input->attempts[chosen];
  mendable = is_mendable (input);

  if (can_pass_on (attempt))
    self = pass_on (input, chosen, mendable);
  else if (attempt->verdict.klass == QCC_CLASS_AUTH || attempt->verdict.klass == QCC_CLASS_FORBIDDEN)
    self = answer_key_refused (attempt);
  else
    self = answer_unavailable (input, attempt, mendable);

  /* An answer about the request itself says all that the client needs for its own decision. */
  self->no_retry = !mendable && attempt->verdict.klass != QCC_CLASS_REQUEST;

  return self;
}

/**
 * qcc_final_answer_free:
 * @self: (transfer full): the answer
 */
void
qcc_final_answer_free (QccFinalAnswer *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->error_type);
  g_free (self->message);
  g_free (self);
}
