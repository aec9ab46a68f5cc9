/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-classifier.h"

#define LATE 1001

/* An answer that came late, so that the action is the one of the class. */
typedef struct
{
  const char *name;
  guint status;
  const char *type; /* (nullable) */
  const char *text; /* (nullable) */
  QccClass klass;
  gboolean shaped;
} Row;

static const Row rows[] = {
  /* transient */
  { "408", 408, NULL, NULL, QCC_CLASS_TRANSIENT },
  { "409", 409, NULL, NULL, QCC_CLASS_TRANSIENT },
  { "425", 425, NULL, NULL, QCC_CLASS_TRANSIENT },
  { "500", 500, "api_error", "{}", QCC_CLASS_TRANSIENT, TRUE },
  { "502-html", 502, NULL, "<html>Bad Gateway</html>", QCC_CLASS_TRANSIENT },
  { "503", 503, NULL, NULL, QCC_CLASS_TRANSIENT },
  { "504-timeout", 504, "timeout_error", NULL, QCC_CLASS_TRANSIENT },
  { "520", 520, NULL, NULL, QCC_CLASS_TRANSIENT },
  { "500-quota", 500, NULL, "quota", QCC_CLASS_TRANSIENT },
  { "200-api_error", 200, "api_error", NULL, QCC_CLASS_TRANSIENT },
  { "200-unknown", 200, "whatever_error", NULL, QCC_CLASS_TRANSIENT },
  { "200-none", 200, NULL, NULL, QCC_CLASS_TRANSIENT },
  { "999", 999, NULL, NULL, QCC_CLASS_TRANSIENT },
  { "0", 0, NULL, NULL, QCC_CLASS_TRANSIENT },

  /* overload */
  { "529", 529, NULL, NULL, QCC_CLASS_OVERLOAD },
  { "529-api_error", 529, "api_error", NULL, QCC_CLASS_OVERLOAD },
  { "200-overloaded", 200, "overloaded_error", NULL, QCC_CLASS_OVERLOAD },
  { "400-overloaded", 400, "overloaded_error", "Overloaded", QCC_CLASS_OVERLOAD, TRUE },
  { "429-overloaded", 429, "overloaded_error", NULL, QCC_CLASS_OVERLOAD },
  { "503-overloaded", 503, "overloaded_error", NULL, QCC_CLASS_OVERLOAD },
  { "413-overloaded", 413, "overloaded_error", NULL, QCC_CLASS_OVERLOAD, TRUE },

  /* rate limit */
  { "429", 429, NULL, NULL, QCC_CLASS_RATE_LIMIT },
  { "429-quota", 429, "insufficient_quota", "You exceeded your current quota", QCC_CLASS_RATE_LIMIT },
  { "200-rate", 200, "rate_limit_error", NULL, QCC_CLASS_RATE_LIMIT },
  { "400-rate", 400, "rate_limit_error", NULL, QCC_CLASS_RATE_LIMIT },
  { "403-rate", 403, "rate_limit_error", NULL, QCC_CLASS_RATE_LIMIT },
  { "503-rate", 503, "rate_limit_error", NULL, QCC_CLASS_RATE_LIMIT },
  { "400-insufficient_quota", 400, NULL, "{\"code\":\"insufficient_quota\"}", QCC_CLASS_RATE_LIMIT },
  { "400-usage", 400, NULL, "You have reached your specified API Usage Limits.", QCC_CLASS_RATE_LIMIT },
  { "400-quota-zh", 400, NULL, "用户额度不足", QCC_CLASS_RATE_LIMIT },
  { "403-quota", 403, NULL, "Monthly Quota reached", QCC_CLASS_RATE_LIMIT },
  { "403-usage", 403, NULL, "usage limit", QCC_CLASS_RATE_LIMIT },
  { "403-quota-zh", 403, NULL, "该令牌额度已用尽", QCC_CLASS_RATE_LIMIT },
  { "403-quota-zh-2", 403, NULL, "配额已用完", QCC_CLASS_RATE_LIMIT },

  /* auth */
  { "401-auth", 401, "authentication_error", "invalid x-api-key", QCC_CLASS_AUTH, TRUE },
  { "403-auth", 403, "authentication_error", NULL, QCC_CLASS_AUTH },
  { "200-auth", 200, "authentication_error", NULL, QCC_CLASS_AUTH },
  { "403-key", 403, "permission_error", "Invalid API key provided", QCC_CLASS_AUTH },
  { "403-key-underscore", 403, NULL, "invalid_api_key", QCC_CLASS_AUTH },
  { "403-key-header", 403, NULL, "missing x-api-key", QCC_CLASS_AUTH },
  { "403-authentication", 403, NULL, "Authentication failed", QCC_CLASS_AUTH },
  { "401-key-zh", 401, "new_api_error", "无效的令牌", QCC_CLASS_AUTH },
  { "403-key-zh", 403, NULL, "密钥已过期", QCC_CLASS_AUTH },
  { "401-account", 401, NULL, "Your account has been suspended", QCC_CLASS_AUTH },
  { "403-account", 403, "permission_error", "This ACCOUNT is disabled.", QCC_CLASS_AUTH },

  /* forbidden */
  { "401", 401, NULL, NULL, QCC_CLASS_FORBIDDEN },
  { "401-html", 401, NULL, "<html>login</html>", QCC_CLASS_FORBIDDEN },
  { "401-other-type", 401, "permission_error", NULL, QCC_CLASS_FORBIDDEN },
  { "403", 403, NULL, NULL, QCC_CLASS_FORBIDDEN },
  { "403-permission", 403, "permission_error", "Your plan lacks this model.", QCC_CLASS_FORBIDDEN, TRUE },
  { "403-region", 403, "forbidden", "Request not allowed from this region", QCC_CLASS_FORBIDDEN },
  { "403-feature", 403, NULL, "This feature is disabled", QCC_CLASS_FORBIDDEN },
  { "403-account-only", 403, NULL, "Your account may not use this model", QCC_CLASS_FORBIDDEN },
  { "403-token-zh", 403, NULL, "该令牌无权使用此模型", QCC_CLASS_FORBIDDEN },
  { "200-permission", 200, "permission_error", NULL, QCC_CLASS_FORBIDDEN },

  /* billing */
  { "402", 402, NULL, NULL, QCC_CLASS_BILLING },
  { "400-credit", 400, "invalid_request_error", "Your Credit Balance is too low", QCC_CLASS_BILLING, TRUE },
  { "402-credit", 402, NULL, "credit balance too low", QCC_CLASS_BILLING },
  { "403-credit", 403, "permission_error", "credit balance is too low", QCC_CLASS_BILLING },
  { "429-balance-zh", 429, "1113", "余额不足或无可用资源包,请充值", QCC_CLASS_BILLING },
  { "403-arrears-zh", 403, NULL, "账户已欠费", QCC_CLASS_BILLING },
  { "400-spend", 400, NULL, "spend limit reached", QCC_CLASS_BILLING },
  { "429-spend", 429, "rate_limit_error", "your monthly spend limit", QCC_CLASS_BILLING },
  { "403-billing", 403, "billing_error", NULL, QCC_CLASS_BILLING },
  { "200-billing", 200, "billing_error", NULL, QCC_CLASS_BILLING },

  /* unsupported */
  { "301", 301, NULL, NULL, QCC_CLASS_UNSUPPORTED },
  { "307", 307, NULL, NULL, QCC_CLASS_UNSUPPORTED },
  { "404-model", 404, "not_found_error", "model: claude-x", QCC_CLASS_UNSUPPORTED, TRUE },
  { "404-html", 404, NULL, "<html>", QCC_CLASS_UNSUPPORTED },
  { "405", 405, NULL, NULL, QCC_CLASS_UNSUPPORTED },
  { "501", 501, NULL, NULL, QCC_CLASS_UNSUPPORTED },
  { "413-html", 413, NULL, "<html>nginx</html>", QCC_CLASS_UNSUPPORTED },
  { "200-not-found", 200, "not_found_error", NULL, QCC_CLASS_UNSUPPORTED },

  /* request */
  { "400", 400, "invalid_request_error", "messages: field required", QCC_CLASS_REQUEST, TRUE },
  { "400-none", 400, NULL, NULL, QCC_CLASS_REQUEST },
  { "400-quotation", 400, "invalid_request_error", "bad tool name 'get_quota'", QCC_CLASS_REQUEST, TRUE },
  { "400-key-word", 400, "invalid_request_error", "tool 'api key'", QCC_CLASS_REQUEST, TRUE },
  { "413-anthropic", 413, "request_too_large", NULL, QCC_CLASS_REQUEST, TRUE },
  { "422", 422, NULL, "credit balance is too low", QCC_CLASS_REQUEST },
  { "418", 418, NULL, NULL, QCC_CLASS_REQUEST },
  { "451", 451, NULL, NULL, QCC_CLASS_REQUEST },
  { "499", 499, NULL, NULL, QCC_CLASS_REQUEST },
  { "200-request", 200, "invalid_request_error", NULL, QCC_CLASS_REQUEST },
  { "200-too-large", 200, "request_too_large", NULL, QCC_CLASS_REQUEST },
};

static QccFailure
make_answer (guint status)
{
  return (QccFailure){
    .status = status,
    .retry_after = -1,
    .network_available = TRUE,
    .elapsed_ms = LATE,
  };
}

/* The columns "charged" and "before commit" of the table in spec 4.1, written down once more. */
static void
assert_effects (const QccVerdict *verdict)
{
  QccScope scope = QCC_SCOPE_ENDPOINT;
  QccAction action = QCC_ACTION_NEXT;

  switch (verdict->klass)
    {
    case QCC_CLASS_TRANSIENT:
    case QCC_CLASS_OVERLOAD:
    case QCC_CLASS_FORBIDDEN:
      break;
    case QCC_CLASS_RATE_LIMIT:
    case QCC_CLASS_AUTH:
    case QCC_CLASS_BILLING:
      scope = QCC_SCOPE_ACCOUNT;
      break;
    case QCC_CLASS_UNSUPPORTED:
      scope = QCC_SCOPE_MODEL;
      break;
    case QCC_CLASS_REQUEST:
      scope = QCC_SCOPE_NONE;
      action = QCC_ACTION_PASS_THROUGH;
      break;
    case QCC_CLASS_CLIENT:
      scope = QCC_SCOPE_NONE;
      action = QCC_ACTION_STOP;
      break;
    case QCC_CLASS_OFFLINE:
      scope = QCC_SCOPE_NONE;
      action = QCC_ACTION_OFFLINE;
      break;
    }

  g_assert_cmpint (verdict->scope, ==, scope);
  g_assert_cmpint (verdict->action, ==, action);
  g_assert_nonnull (verdict->rule);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  QccFailure failure = make_answer (row->status);
  QccVerdict verdict;

  failure.error_type = row->type;
  failure.text = row->text;
  failure.text_length = row->text != NULL ? strlen (row->text) : 0;
  failure.anthropic_shape = row->shaped;

  verdict = qcc_classifier_judge (&failure);
  g_assert_cmpint (verdict.klass, ==, row->klass);
  assert_effects (&verdict);
}

/* What a bare status means, said in another way than the table of rules does. */
static QccClass
class_of_status (guint status)
{
  static const guint transient[] = { 408, 409, 425 };
  static const guint unsupported[] = { 404, 405, 413, 501 };

  for (gsize i = 0; i < G_N_ELEMENTS (transient); i++)
    if (status == transient[i])
      return QCC_CLASS_TRANSIENT;
  for (gsize i = 0; i < G_N_ELEMENTS (unsupported); i++)
    if (status == unsupported[i])
      return QCC_CLASS_UNSUPPORTED;

  if (status == 402)
    return QCC_CLASS_BILLING;
  if (status == 401 || status == 403)
    return QCC_CLASS_FORBIDDEN;
  if (status == 429)
    return QCC_CLASS_RATE_LIMIT;
  if (status == 529)
    return QCC_CLASS_OVERLOAD;
  if (status < 400)
    return QCC_CLASS_UNSUPPORTED;

  return status < 500 ? QCC_CLASS_REQUEST : QCC_CLASS_TRANSIENT;
}

static void
test_all_statuses (void)
{
  for (guint status = 300; status <= 599; status++)
    {
      QccFailure failure = make_answer (status);
      QccVerdict verdict = qcc_classifier_judge (&failure);

      g_assert_cmpint (verdict.klass, ==, class_of_status (status));
      assert_effects (&verdict);

      failure.elapsed_ms = 0;
      verdict = qcc_classifier_judge (&failure);
      g_assert_cmpint (verdict.action == QCC_ACTION_RETRY_SAME, ==, verdict.klass == QCC_CLASS_TRANSIENT);

      failure.error_type = "overloaded_error";
      g_assert_cmpint (qcc_classifier_judge (&failure).klass, ==, QCC_CLASS_OVERLOAD);
      failure.error_type = "rate_limit_error";
      g_assert_cmpint (qcc_classifier_judge (&failure).klass, ==, QCC_CLASS_RATE_LIMIT);
    }
}

static void
test_transport (void)
{
  static const struct
  {
    QccTransportFailure transport;
    QccClass klass;
    gboolean retry_same;
  } expected[] = {
    { QCC_TRANSPORT_FAILURE_REFUSED, QCC_CLASS_TRANSIENT, FALSE },
    { QCC_TRANSPORT_FAILURE_DNS, QCC_CLASS_TRANSIENT, FALSE },
    { QCC_TRANSPORT_FAILURE_NO_ROUTE, QCC_CLASS_TRANSIENT, FALSE },
    { QCC_TRANSPORT_FAILURE_RESET, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_TLS, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_CONNECT_TIMEOUT, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_FIRST_BYTE_TIMEOUT, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_IDLE_TIMEOUT, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_EMPTY, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_TRUNCATED, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_HTML, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_BAD_JSON, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_MALFORMED, QCC_CLASS_TRANSIENT, TRUE },
    { QCC_TRANSPORT_FAILURE_CLIENT_GONE, QCC_CLASS_CLIENT, FALSE },
    { QCC_TRANSPORT_FAILURE_LOCAL_LIMIT, QCC_CLASS_CLIENT, FALSE },
  };

  g_assert_cmpuint (G_N_ELEMENTS (expected), ==, QCC_N_TRANSPORT_FAILURES - 1);

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      /* The status that a 200 had is of no account when the transport failed. */
      QccFailure failure = make_answer (200);
      QccVerdict verdict;

      failure.transport = expected[i].transport;
      verdict = qcc_classifier_judge (&failure);
      g_assert_cmpint (verdict.klass, ==, expected[i].klass);
      assert_effects (&verdict);

      failure.elapsed_ms = 1000;
      verdict = qcc_classifier_judge (&failure);
      g_assert_cmpint (verdict.klass, ==, expected[i].klass);
      g_assert_cmpint (verdict.action == QCC_ACTION_RETRY_SAME, ==, expected[i].retry_same);
    }
}

static void
test_offline (void)
{
  for (guint transport = QCC_TRANSPORT_FAILURE_NONE; transport < QCC_N_TRANSPORT_FAILURES; transport++)
    for (guint bits = 0; bits < 4; bits++)
      {
        QccFailure failure = make_answer (500);
        gboolean expected = FALSE;
        QccVerdict verdict;

        if (transport == QCC_TRANSPORT_FAILURE_DNS || transport == QCC_TRANSPORT_FAILURE_NO_ROUTE)
          expected = bits == 0;

        failure.transport = transport;
        failure.network_available = (bits & 1) != 0;
        failure.destination_local_or_proxied = (bits & 2) != 0;
        verdict = qcc_classifier_judge (&failure);

        g_assert_cmpint (verdict.klass == QCC_CLASS_OFFLINE, ==, expected);
        assert_effects (&verdict);
      }
}

static void
test_count_tokens (void)
{
  static const guint unknown[] = { 404, 405, 501 };
  QccFailure failure;
  QccVerdict verdict;

  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++)
    {
      failure = make_answer (unknown[i]);
      failure.count_tokens = TRUE;
      verdict = qcc_classifier_judge (&failure);
      g_assert_cmpint (verdict.klass, ==, QCC_CLASS_UNSUPPORTED);
      g_assert_cmpint (verdict.scope, ==, QCC_SCOPE_MODEL);
      g_assert_cmpint (verdict.action, ==, QCC_ACTION_ESTIMATE);
    }

  failure = make_answer (302);
  failure.count_tokens = TRUE;
  g_assert_cmpint (qcc_classifier_judge (&failure).action, ==, QCC_ACTION_NEXT);

  failure = make_answer (404);
  failure.count_tokens = TRUE;
  failure.error_type = "overloaded_error";
  g_assert_cmpint (qcc_classifier_judge (&failure).action, ==, QCC_ACTION_NEXT);

  /* It never charges a breaker, but what it says of key and limits counts. */
  failure = make_answer (500);
  failure.count_tokens = TRUE;
  g_assert_cmpint (qcc_classifier_judge (&failure).scope, ==, QCC_SCOPE_NONE);
  failure.status = 429;
  g_assert_cmpint (qcc_classifier_judge (&failure).scope, ==, QCC_SCOPE_ACCOUNT);
  failure.status = 401;
  failure.error_type = "authentication_error";
  g_assert_cmpint (qcc_classifier_judge (&failure).scope, ==, QCC_SCOPE_ACCOUNT);
}

static void
test_retry_after_is_kept (void)
{
  QccFailure failure = make_answer (429);

  g_assert_cmpint (qcc_classifier_judge (&failure).retry_after, ==, -1);
  failure.retry_after = 17;
  g_assert_cmpint (qcc_classifier_judge (&failure).retry_after, ==, 17);
  failure.transport = QCC_TRANSPORT_FAILURE_RESET;
  g_assert_cmpint (qcc_classifier_judge (&failure).retry_after, ==, 17);
}

/* Only the first 8 KiB count, only what is before a NUL, and never a byte more than was given. */
static void
test_text_bounds (void)
{
  static const char word[] = "余额不足";
  gsize word_length = strlen (word);
  g_autofree char *text = g_malloc (QCC_CLASSIFIER_TEXT_MAX + word_length);
  QccFailure failure = make_answer (400);

  memset (text, 'a', QCC_CLASSIFIER_TEXT_MAX + word_length);
  memcpy (text + QCC_CLASSIFIER_TEXT_MAX - word_length, word, word_length);
  failure.text = text;
  failure.text_length = QCC_CLASSIFIER_TEXT_MAX + word_length;
  g_assert_cmpint (qcc_classifier_judge (&failure).klass, ==, QCC_CLASS_BILLING);

  failure.text_length = QCC_CLASSIFIER_TEXT_MAX - 1;
  g_assert_cmpint (qcc_classifier_judge (&failure).klass, ==, QCC_CLASS_REQUEST);

  failure.text_length = QCC_CLASSIFIER_TEXT_MAX + word_length;
  text[7] = '\0';
  g_assert_cmpint (qcc_classifier_judge (&failure).klass, ==, QCC_CLASS_REQUEST);

  memset (text, 'a', QCC_CLASSIFIER_TEXT_MAX + word_length);
  memcpy (text + QCC_CLASSIFIER_TEXT_MAX, word, word_length);
  g_assert_cmpint (qcc_classifier_judge (&failure).klass, ==, QCC_CLASS_REQUEST);
}

static void
test_parse_retry_after (void)
{
  static const struct
  {
    const char *value;
    int seconds;
  } expected[] = {
    { NULL, -1 },
    { "", -1 },
    { "0", 0 },
    { "5", 5 },
    { "007", 7 },
    { "86400", 86400 },
    { "86401", 86400 },
    { "4294967301", 86400 },
    { "99999999999999999999999999", 86400 },
    { "-1", -1 },
    { "+5", -1 },
    { "5 ", -1 },
    { "1.5", -1 },
    { "5s", -1 },
    { "soon", -1 },
    { "\xff\xfe", -1 },
    { "Thu, 01 Jan 1970 00:16:40 GMT", 0 },
    { "Thu, 01 Jan 1970 00:16:41 GMT", 1 },
    { "Thu, 01 Jan 1970 00:17:40 GMT", 60 },
    { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
    { "Fri, 01 Jan 2100 00:00:00 GMT", 86400 },
    { "Thursday, 01-Jan-70 00:17:40 GMT", 60 },
    { "Thu Jan  1 00:17:40 1970", 60 },
    { "Thu, 32 Jan 1970 00:17:40 GMT", -1 },
    { "Thu, 01 Jan 1970 99:17:40 GMT", -1 },
    { "Thu, 01 Jan 99999999999999 00:17:40 GMT", -1 },
    { "Thu,", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (qcc_parse_retry_after (expected[i].value, 1000), ==, expected[i].seconds);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/classifier/answer/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/classifier/all-statuses", test_all_statuses);
  g_test_add_func ("/classifier/transport", test_transport);
  g_test_add_func ("/classifier/offline", test_offline);
  g_test_add_func ("/classifier/count-tokens", test_count_tokens);
  g_test_add_func ("/classifier/retry-after-is-kept", test_retry_after_is_kept);
  g_test_add_func ("/classifier/text-bounds", test_text_bounds);
  g_test_add_func ("/classifier/parse-retry-after", test_parse_retry_after);

  return g_test_run ();
}
