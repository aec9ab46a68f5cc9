/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-final-answer.h"

#include <json-glib/json-glib.h>

#include "service/qcc-error-body.h"

#define N_MAX 3

/* Attempts with an answer unless they say otherwise. */
#define ANSWER(k, s, r)                                                                       \
  {                                                                                           \
    .verdict = { .klass = QCC_CLASS_##k, .retry_after = r }, .status = s, .has_answer = TRUE, \
    .message = "their words", .profile_name = "home"                                          \
  }
#define LIMITED(s, r) ANSWER (RATE_LIMIT, s, r)
#define NO_ANSWER(k, t)                                                                               \
  {                                                                                                   \
    .verdict = { .klass = QCC_CLASS_##k, .retry_after = -1 }, .transport = QCC_TRANSPORT_FAILURE_##t, \
    .profile_name = "home"                                                                            \
  }

static const char *const ids[] = { "a", "b", "c" };

typedef struct
{
  const char *name;
  QccFailedAttempt attempts[N_MAX]; /* ids are filled in: a, b, c */
  gsize n;
  gssize attempt;
  guint status;
  int retry_after;
  gboolean no_retry;
  gboolean own_words; /* there is a message although an answer is passed on */
  int next_usable;    /* 0: not known */
} Row;

static const Row rows[] = {
  /* one attempt of each class */
  { "request", { ANSWER (REQUEST, 400, -1) }, 1, 0, 400, -1, FALSE },
  { "rate-limit", { LIMITED (429, -1) }, 1, 0, 429, -1, FALSE },
  { "transient", { ANSWER (TRANSIENT, 500, -1) }, 1, 0, 500, -1, FALSE },
  { "overload", { ANSWER (OVERLOAD, 529, -1) }, 1, -1, 503, 1, FALSE },
  { "overload-wait", { ANSWER (OVERLOAD, 529, 7) }, 1, -1, 503, 7, FALSE },
  { "overload-no-wait", { ANSWER (OVERLOAD, 529, 0) }, 1, -1, 503, 1, FALSE },
  { "billing", { ANSWER (BILLING, 402, -1) }, 1, 0, 402, -1, TRUE },
  { "auth-401", { ANSWER (AUTH, 401, -1) }, 1, -1, 403, -1, TRUE },
  { "auth-403", { ANSWER (AUTH, 403, -1) }, 1, -1, 403, -1, TRUE },
  { "forbidden-401", { ANSWER (FORBIDDEN, 401, -1) }, 1, -1, 403, -1, TRUE },
  { "forbidden-403", { ANSWER (FORBIDDEN, 403, -1) }, 1, 0, 403, -1, TRUE },
  { "unsupported", { ANSWER (UNSUPPORTED, 404, -1) }, 1, 0, 404, -1, TRUE },
  { "redirect", { ANSWER (UNSUPPORTED, 307, -1) }, 1, -1, 503, 1, TRUE },
  { "offline", { NO_ANSWER (OFFLINE, DNS) }, 1, -1, 503, 1, FALSE },
  { "refused", { NO_ANSWER (TRANSIENT, REFUSED) }, 1, -1, 503, 1, FALSE },
  { "client", { NO_ANSWER (CLIENT, LOCAL_LIMIT) }, 1, -1, 503, 1, TRUE },
  { "event-in-200", { LIMITED (200, 5) }, 1, -1, 503, 5, FALSE },

  /* how long to wait */
  { "wait-59", { LIMITED (429, 59) }, 1, 0, 429, 59, FALSE },
  { "wait-60", { LIMITED (429, 60) }, 1, 0, 429, 59, FALSE },
  { "wait-0", { LIMITED (429, 0) }, 1, 0, 429, 0, FALSE },
  { "wait-300", { LIMITED (429, 300) }, 1, 0, 429, 59, FALSE },
  { "wait-301", { LIMITED (429, 301) }, 1, 0, 429, 59, TRUE, TRUE },
  { "wait-301-but-next", { LIMITED (429, 301) }, 1, 0, 429, 59, FALSE, .next_usable = 300 },
  { "wait-301-and-next", { LIMITED (429, 900) }, 1, 0, 429, 59, TRUE, TRUE, .next_usable = 301 },
  { "maintenance", { ANSWER (TRANSIENT, 503, 3600) }, 1, 0, 503, 59, TRUE, TRUE },
  { "overload-long", { ANSWER (OVERLOAD, 529, 3600) }, 1, -1, 503, 59, TRUE },
  { "billing-next", { ANSWER (BILLING, 402, -1) }, 1, 0, 402, -1, FALSE, .next_usable = 20 },
  { "refused-next", { NO_ANSWER (TRANSIENT, REFUSED) }, 1, -1, 503, 20, FALSE, .next_usable = 20 },
  { "overload-next", { ANSWER (OVERLOAD, 529, 30) }, 1, -1, 503, 20, FALSE, .next_usable = 20 },

  /* which of several */
  { "request-first", { ANSWER (REQUEST, 400, -1), LIMITED (429, 1) }, 2, 0, 400, -1, FALSE },
  { "rate-before-transient", { LIMITED (429, 9), ANSWER (TRANSIENT, 500, -1) }, 2, 0, 429, 9, FALSE },
  { "transient-before-billing", { ANSWER (TRANSIENT, 500, -1), ANSWER (BILLING, 402, -1) }, 2, 0, 500, -1, FALSE },
  { "billing-before-auth", { ANSWER (BILLING, 402, -1), ANSWER (AUTH, 401, -1) }, 2, 0, 402, -1, TRUE },
  { "auth-before-unsupported", { ANSWER (AUTH, 401, -1), ANSWER (UNSUPPORTED, 404, -1) }, 2, -1, 403, -1, TRUE },
  { "better-one-last", { ANSWER (UNSUPPORTED, 404, -1), ANSWER (BILLING, 402, -1) }, 2, 1, 402, -1, TRUE },
  { "shortest-first", { LIMITED (429, 3), LIMITED (429, 4) }, 2, 0, 429, 3, FALSE },
  { "shortest-last", { LIMITED (429, 4), LIMITED (429, 3) }, 2, 1, 429, 3, FALSE },
  { "stated-before-not", { LIMITED (429, 4), LIMITED (429, -1) }, 2, 0, 429, 4, FALSE },
  { "shortest-of-three", { LIMITED (429, 5), LIMITED (429, 3), LIMITED (429, 4) }, 3, 1, 429, 3, FALSE },
  { "equal-waits-last", { LIMITED (429, 3), LIMITED (429, 3) }, 2, 1, 429, 3, FALSE },
  { "among-equals-last", { ANSWER (TRANSIENT, 500, -1), ANSWER (TRANSIENT, 502, -1) }, 2, 1, 502, -1, FALSE },
  { "answer-before-none", { ANSWER (TRANSIENT, 500, -1), NO_ANSWER (TRANSIENT, RESET) }, 2, 0, 500, -1, FALSE },
  { "answer-before-529", { ANSWER (TRANSIENT, 500, -1), ANSWER (OVERLOAD, 529, -1) }, 2, 0, 500, -1, FALSE },
  { "none-before-useless", { ANSWER (UNSUPPORTED, 404, -1), NO_ANSWER (TRANSIENT, RESET) }, 2, -1, 503, 1, FALSE },
  { "shortest-of-stated", { ANSWER (OVERLOAD, 529, 40), ANSWER (OVERLOAD, 529, 30) }, 2, -1, 503, 30, FALSE },
  { "long-wait-but-transient", { LIMITED (429, 4000), NO_ANSWER (TRANSIENT, RESET) }, 2, 0, 429, 59, FALSE },
  { "long-wait-and-auth", { LIMITED (429, 4000), ANSWER (AUTH, 401, -1) }, 2, 0, 429, 59, TRUE, TRUE },
};

static QccFinalAnswer *
answer_row (const Row *row)
{
  QccFailedAttempt attempts[N_MAX];
  QccFinalInput input = { .attempts = attempts, .n_attempts = row->n };

  for (gsize i = 0; i < row->n; i++)
    {
      attempts[i] = row->attempts[i];
      attempts[i].endpoint_id = ids[i];
    }
  input.next_usable = row->next_usable != 0 ? row->next_usable : -1;

  return qcc_final_answer_new (&input);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (QccFinalAnswer) answer = answer_row (row);

  g_assert_cmpint (answer->attempt, ==, row->attempt);
  g_assert_cmpuint (answer->status, ==, row->status);
  g_assert_cmpint (answer->retry_after, ==, row->retry_after);
  g_assert_cmpint (answer->no_retry, ==, row->no_retry);
  g_assert_nonnull (answer->error_type);

  if (row->attempt >= 0)
    g_assert_cmpint (answer->message != NULL, ==, row->own_words);
  else
    {
      g_assert_cmpuint (strlen (answer->message), >, 0);
      g_assert_null (strstr (answer->message, "their words"));
      g_assert_cmpstr (answer->error_type, ==, row->status == 403 ? "permission_error" : "api_error");
    }
}

static void
test_overloaded_of_any_status (void)
{
  static const guint statuses[] = { 200, 400, 429, 500, 503, 529 };

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      QccFailedAttempt attempt = ANSWER (OVERLOAD, 0, -1);
      QccFinalInput input = { .attempts = &attempt, .n_attempts = 1, .next_usable = -1 };
      g_autoptr (QccFinalAnswer) answer = NULL;

      attempt.endpoint_id = "a";
      attempt.status = statuses[i];
      attempt.error_type = "overloaded_error";
      answer = qcc_final_answer_new (&input);
      g_assert_cmpint (answer->attempt, ==, -1);
      g_assert_cmpuint (answer->status, ==, 503);
      g_assert_cmpstr (answer->error_type, ==, "api_error");
    }
}

static void
test_error_type (void)
{
  QccFailedAttempt attempt = LIMITED (429, -1);
  QccFinalInput input = { .attempts = &attempt, .n_attempts = 1, .next_usable = -1 };
  g_autoptr (QccFinalAnswer) untyped = NULL;
  g_autoptr (QccFinalAnswer) typed = NULL;

  attempt.endpoint_id = "a";
  untyped = qcc_final_answer_new (&input);
  g_assert_cmpstr (untyped->error_type, ==, "api_error");

  attempt.error_type = "rate_limit_error";
  typed = qcc_final_answer_new (&input);
  g_assert_cmpstr (typed->error_type, ==, "rate_limit_error");
}

static void
test_says_when (void)
{
  static const struct
  {
    int wait;
    const char *text;
  } expected[] = {
    { 301, "their words The first endpoint can be used again in 6 minutes." },
    { 360, "their words The first endpoint can be used again in 6 minutes." },
    { 5400, "their words The first endpoint can be used again in 90 minutes." },
    { 5401, "their words The first endpoint can be used again in about 2 hours." },
    { 86400, "their words The first endpoint can be used again in about 24 hours." },
  };
  QccFailedAttempt attempt = LIMITED (429, -1);
  QccFinalInput input = { .attempts = &attempt, .n_attempts = 1, .next_usable = -1 };
  g_autoptr (QccFinalAnswer) wordless = NULL;

  attempt.endpoint_id = "a";
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (QccFinalAnswer) answer = NULL;

      attempt.verdict.retry_after = expected[i].wait;
      answer = qcc_final_answer_new (&input);
      g_assert_cmpstr (answer->message, ==, expected[i].text);
    }

  attempt.message = NULL;
  wordless = qcc_final_answer_new (&input);
  g_assert_true (g_str_has_prefix (wordless->message, "The first endpoint"));

  /* A made-up answer says it too. */
  attempt.verdict.klass = QCC_CLASS_OVERLOAD;
  attempt.status = 529;
  g_clear_pointer (&wordless, qcc_final_answer_free);
  wordless = qcc_final_answer_new (&input);
  g_assert_nonnull (strstr (wordless->message, "a (overloaded, HTTP 529). The first endpoint can be"));
}

static void
test_key_refused (void)
{
  QccFailedAttempt attempt = ANSWER (AUTH, 401, -1);
  QccFinalInput input = { .attempts = &attempt, .n_attempts = 1, .next_usable = -1 };
  g_autoptr (QccFinalAnswer) answer = NULL;
  g_autoptr (QccFinalAnswer) forbidden = NULL;

  attempt.endpoint_id = "work-1";
  attempt.message = "invalid key sk-ant-secret";
  answer = qcc_final_answer_new (&input);
  g_assert_nonnull (strstr (answer->message, "work-1"));
  g_assert_nonnull (strstr (answer->message, "home"));
  g_assert_nonnull (strstr (answer->message, "new key"));
  g_assert_null (strstr (answer->message, "secret"));

  attempt.verdict.klass = QCC_CLASS_FORBIDDEN;
  forbidden = qcc_final_answer_new (&input);
  g_assert_cmpint (forbidden->attempt, ==, -1);
  g_assert_nonnull (strstr (forbidden->message, "work-1"));
  g_assert_cmpstr (forbidden->message, !=, answer->message);
}

static void
test_names_what_was_tried (void)
{
  QccFailedAttempt attempts[] = {
    NO_ANSWER (TRANSIENT, REFUSED),
    ANSWER (OVERLOAD, 529, -1),
    NO_ANSWER (TRANSIENT, HTML),
  };
  QccFinalInput input = { .attempts = attempts, .n_attempts = 3, .next_usable = -1 };
  g_autoptr (QccFinalAnswer) answer = NULL;

  for (gsize i = 0; i < 3; i++)
    attempts[i].endpoint_id = ids[i];
  attempts[2].status = 200;

  answer = qcc_final_answer_new (&input);
  g_assert_cmpstr (answer->message, ==,
                   "No endpoint could answer. Tried: a (connection refused), b (overloaded, HTTP 529), "
                   "c (web page instead of an answer).");
}

static void
test_names_at_most_eight (void)
{
  const char *names[] = { "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10" };
  QccFailedAttempt attempts[G_N_ELEMENTS (names)];

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      attempts[i] = (QccFailedAttempt) NO_ANSWER (TRANSIENT, RESET);
      attempts[i].endpoint_id = names[i];
    }

  for (gsize n = 8; n <= G_N_ELEMENTS (names); n++)
    {
      QccFinalInput input = { .attempts = attempts, .n_attempts = n, .next_usable = -1 };
      g_autoptr (QccFinalAnswer) answer = qcc_final_answer_new (&input);

      g_assert_nonnull (strstr (answer->message, "e7 (connection lost), e8 (connection lost)"));
      g_assert_null (strstr (answer->message, "e9"));
      g_assert_cmpint (strstr (answer->message, "more") != NULL, ==, n > 8);
      if (n == 10)
        g_assert_nonnull (strstr (answer->message, "e8 (connection lost) and 2 more."));
    }
}

/* An endpoint that was tried twice counts once, with what it said last. */
static void
test_tried_twice (void)
{
  QccFailedAttempt attempts[] = { ANSWER (TRANSIENT, 500, 4), ANSWER (AUTH, 401, -1) };
  QccFinalInput input = { .attempts = attempts, .n_attempts = 2, .next_usable = -1 };
  g_autoptr (QccFinalAnswer) answer = NULL;
  g_autoptr (QccFinalAnswer) unavailable = NULL;

  attempts[0].endpoint_id = "a";
  attempts[1].endpoint_id = "a";
  answer = qcc_final_answer_new (&input);
  g_assert_cmpuint (answer->status, ==, 403);
  g_assert_true (answer->no_retry);

  attempts[1] = (QccFailedAttempt) NO_ANSWER (TRANSIENT, RESET);
  attempts[1].endpoint_id = "a";
  unavailable = qcc_final_answer_new (&input);
  g_assert_cmpint (unavailable->retry_after, ==, 1);
  g_assert_cmpstr (unavailable->message, ==, "No endpoint could answer. Tried: a (connection lost).");
}

static void
test_offline (void)
{
  QccFailedAttempt attempt = NO_ANSWER (OFFLINE, NO_ROUTE);
  QccFinalInput input = { .attempts = &attempt, .n_attempts = 1, .next_usable = -1 };
  g_autoptr (QccFinalAnswer) answer = NULL;

  attempt.endpoint_id = "a";
  answer = qcc_final_answer_new (&input);
  g_assert_cmpstr (answer->message, ==, "There is no network connection. Tried: a (no route to the host).");
}

static void
test_no_attempt (void)
{
  static const struct
  {
    QccNoAttempt reason;
    int next_usable;
    int retry_after;
    gboolean no_retry;
    const char *text;
  } expected[] = {
    { QCC_NO_ATTEMPT_NO_PROFILE, -1, -1, TRUE, "qcc init" },
    { QCC_NO_ATTEMPT_NO_KEY, -1, -1, TRUE, "key" },
    { QCC_NO_ATTEMPT_DISABLED, -1, -1, TRUE, "qcc endpoint enable" },
    { QCC_NO_ATTEMPT_WAITING, -1, 1, FALSE, "left alone" },
    { QCC_NO_ATTEMPT_WAITING, 0, 1, FALSE, "left alone" },
    { QCC_NO_ATTEMPT_WAITING, 17, 17, FALSE, "left alone" },
    { QCC_NO_ATTEMPT_WAITING, 300, 59, FALSE, "left alone" },
    { QCC_NO_ATTEMPT_WAITING, 301, 59, TRUE, "in 6 minutes" },
    { QCC_NO_ATTEMPT_OFFLINE, -1, 1, FALSE, "network" },
    { QCC_NO_ATTEMPT_OFFLINE, 900, 1, FALSE, "network" },
    { QCC_NO_ATTEMPT_NO_PROFILE, 900, -1, TRUE, "qcc init" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      QccFinalInput input = { .no_attempt = expected[i].reason, .next_usable = expected[i].next_usable };
      g_autoptr (QccFinalAnswer) answer = qcc_final_answer_new (&input);

      g_assert_cmpint (answer->attempt, ==, -1);
      g_assert_cmpuint (answer->status, ==, 503);
      g_assert_cmpstr (answer->error_type, ==, "api_error");
      g_assert_cmpint (answer->retry_after, ==, expected[i].retry_after);
      g_assert_cmpint (answer->no_retry, ==, expected[i].no_retry);
      g_assert_nonnull (strstr (answer->message, expected[i].text));
    }
}

/* Every class and every transport failure has words, and every answer keeps the promises of spec 2.9. */
static void
test_all_combinations (void)
{
  static const guint statuses[] = { 0, 200, 301, 400, 401, 403, 404, 429, 500, 529 };

  for (guint klass = 0; klass < QCC_N_CLASSES; klass++)
    for (guint transport = 0; transport < QCC_N_TRANSPORT_FAILURES; transport++)
      for (gsize s = 0; s < G_N_ELEMENTS (statuses); s++)
        for (int wait = -1; wait <= 1000; wait += 77)
          {
            QccFailedAttempt attempt = {
              .verdict = { .klass = klass, .retry_after = wait },
              .transport = transport,
              .status = statuses[s],
              .endpoint_id = "a",
              .profile_name = "home",
              .has_answer = transport == QCC_TRANSPORT_FAILURE_NONE && statuses[s] != 0,
            };
            QccFinalInput input = { .attempts = &attempt, .n_attempts = 1, .next_usable = -1 };
            g_autoptr (QccFinalAnswer) answer = qcc_final_answer_new (&input);

            g_assert_cmpint (answer->retry_after, <=, 59);
            g_assert_cmpuint (answer->status, >=, 400);
            g_assert_cmpuint (answer->status, !=, 401);
            g_assert_cmpuint (answer->status, !=, 529);
            if (answer->status == 503 && answer->attempt < 0)
              g_assert_cmpint (answer->retry_after, >=, 1);
            if (answer->attempt < 0)
              g_assert_null (strstr (answer->message, "null"));
            if (wait > 300 && klass != QCC_CLASS_REQUEST)
              g_assert_true (answer->no_retry);
          }
}

static void
test_error_body (void)
{
  g_autofree char *body = qcc_error_body_new ("api_error", "say \"x\"\n");
  g_autofree char *repaired = qcc_error_body_new ("api_error", "\xff");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *member;

  g_assert_cmpstr (body, ==,
                   "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"say \\\"x\\\"\\n\"}}");

  root = json_from_string (repaired, &error);
  g_assert_no_error (error);
  member = json_object_get_object_member (json_node_get_object (root), "error");
  g_assert_cmpstr (json_object_get_string_member (member, "message"), ==, "\xef\xbf\xbd");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/final-answer/row/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/final-answer/overloaded-of-any-status", test_overloaded_of_any_status);
  g_test_add_func ("/final-answer/error-type", test_error_type);
  g_test_add_func ("/final-answer/says-when", test_says_when);
  g_test_add_func ("/final-answer/key-refused", test_key_refused);
  g_test_add_func ("/final-answer/names-what-was-tried", test_names_what_was_tried);
  g_test_add_func ("/final-answer/names-at-most-eight", test_names_at_most_eight);
  g_test_add_func ("/final-answer/tried-twice", test_tried_twice);
  g_test_add_func ("/final-answer/offline", test_offline);
  g_test_add_func ("/final-answer/no-attempt", test_no_attempt);
  g_test_add_func ("/final-answer/all-combinations", test_all_combinations);
  g_test_add_func ("/final-answer/error-body", test_error_body);

  return g_test_run ();
}
