/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-classifier.h"

#include <libsoup/soup.h>

/* A failure that comes sooner is likely a hiccup of one connection or worker; a later one has
 * cost the user enough time to go elsewhere at once (spec 4.1, "transient"). */
#define RETRY_SAME_WITHIN_MS 1000

#define RETRY_AFTER_MAX (24 * 60 * 60)

/* A rule applies when the status is in [first, last] and whatever else it names is met. */
typedef struct
{
  const char *name;
  guint first;
  guint last;
  const char *type;         /* (nullable): the error type must be this */
  const char *const *words; /* (nullable): one of these must occur in the text */
  const char *const *also;  /* (nullable): and one of these */
  gboolean shaped;          /* the body must be in Anthropic's shape */
  QccClass klass;
} Rule;

/* Lower case, compared with a text made lower case. Many relays speak Chinese. */
static const char *const credit_words[] = {
  "credit balance is too low",
  "credit balance too low",
  "insufficient balance",
  "insufficient_balance",
  "insufficient credit",
  "spend limit",
  "spending limit",
  "余额不足", /* balance not sufficient */
  "欠费",     /* in arrears */
  NULL,
};

/* A 400 may quote the user's own words, so that one word alone proves nothing there. */
static const char *const quota_phrases[] = {
  "insufficient_quota",
  "insufficient quota",
  "current quota",
  "quota exceeded",
  "exceeded your quota",
  "out of quota",
  "usage limit",
  "额度不足", /* allowance not sufficient */
  "配额不足", /* quota not sufficient */
  NULL,
};

static const char *const quota_words[] = {
  "quota",
  "usage limit",
  "额度", /* allowance */
  "配额", /* quota */
  NULL,
};

static const char *const key_words[] = {
  "api key",
  "api_key",
  "api-key",
  "authentication",
  NULL,
};

static const char *const zh_key_words[] = {
  "令牌", /* token */
  "密钥", /* key */
  NULL,
};

static const char *const zh_invalid_words[] = {
  "无效", /* invalid */
  "过期", /* expired */
  "禁用", /* disabled */
  NULL,
};

static const char *const account_words[] = { "account", NULL };
static const char *const disabled_words[] = { "disabled", "suspended", NULL };

/* First match wins; most specific first (spec 4.1). */
static const Rule rules[] = {
  /* status, text */
  { .name = "4xx-credit", 400, 403, .words = credit_words, .klass = QCC_CLASS_BILLING },
  { .name = "429-credit", 429, 429, .words = credit_words, .klass = QCC_CLASS_BILLING },
  { .name = "400-quota", 400, 400, .words = quota_phrases, .klass = QCC_CLASS_RATE_LIMIT },
  { .name = "403-quota", 403, 403, .words = quota_words, .klass = QCC_CLASS_RATE_LIMIT },
  { .name = "403-key", 403, 403, .words = key_words, .klass = QCC_CLASS_AUTH },
  { .name = "401-key-zh", 401, 401, .words = zh_key_words, .also = zh_invalid_words, .klass = QCC_CLASS_AUTH },
  { .name = "403-key-zh", 403, 403, .words = zh_key_words, .also = zh_invalid_words, .klass = QCC_CLASS_AUTH },
  { .name = "401-account", 401, 401, .words = account_words, .also = disabled_words, .klass = QCC_CLASS_AUTH },
  { .name = "403-account", 403, 403, .words = account_words, .also = disabled_words, .klass = QCC_CLASS_AUTH },

  /* status, type: the first two with any status, since relays wrap them in others */
  { .name = "overloaded_error", 0, G_MAXUINT, .type = "overloaded_error", .klass = QCC_CLASS_OVERLOAD },
  { .name = "rate_limit_error", 0, G_MAXUINT, .type = "rate_limit_error", .klass = QCC_CLASS_RATE_LIMIT },
  { .name = "billing_error", 400, 403, .type = "billing_error", .klass = QCC_CLASS_BILLING },
  { .name = "401-authentication_error", 401, 401, .type = "authentication_error", .klass = QCC_CLASS_AUTH },
  { .name = "403-authentication_error", 403, 403, .type = "authentication_error", .klass = QCC_CLASS_AUTH },
  { .name = "413-anthropic", 413, 413, .shaped = TRUE, .klass = QCC_CLASS_REQUEST },

  /* an error event in a 200 stream has only its type */
  { .name = "200-authentication_error", 200, 299, .type = "authentication_error", .klass = QCC_CLASS_AUTH },
  { .name = "200-permission_error", 200, 299, .type = "permission_error", .klass = QCC_CLASS_FORBIDDEN },
  { .name = "200-billing_error", 200, 299, .type = "billing_error", .klass = QCC_CLASS_BILLING },
  { .name = "200-not_found_error", 200, 299, .type = "not_found_error", .klass = QCC_CLASS_UNSUPPORTED },
  { .name = "200-invalid_request", 200, 299, .type = "invalid_request_error", .klass = QCC_CLASS_REQUEST },
  { .name = "200-request_too_large", 200, 299, .type = "request_too_large", .klass = QCC_CLASS_REQUEST },

  /* status */
  { .name = "3xx", 300, 399, .klass = QCC_CLASS_UNSUPPORTED },
  { .name = "401", 401, 401, .klass = QCC_CLASS_FORBIDDEN },
  { .name = "402", 402, 402, .klass = QCC_CLASS_BILLING },
  { .name = "403", 403, 403, .klass = QCC_CLASS_FORBIDDEN },
  { .name = "404", 404, 404, .klass = QCC_CLASS_UNSUPPORTED },
  { .name = "405", 405, 405, .klass = QCC_CLASS_UNSUPPORTED },
  { .name = "408", 408, 408, .klass = QCC_CLASS_TRANSIENT },
  { .name = "409", 409, 409, .klass = QCC_CLASS_TRANSIENT },
  { .name = "413", 413, 413, .klass = QCC_CLASS_UNSUPPORTED },
  { .name = "425", 425, 425, .klass = QCC_CLASS_TRANSIENT },
  { .name = "429", 429, 429, .klass = QCC_CLASS_RATE_LIMIT },
  { .name = "4xx", 400, 499, .klass = QCC_CLASS_REQUEST },
  { .name = "501", 501, 501, .klass = QCC_CLASS_UNSUPPORTED },
  { .name = "529", 529, 529, .klass = QCC_CLASS_OVERLOAD },
  { .name = "5xx", 500, 599, .klass = QCC_CLASS_TRANSIENT },

  /* an error in a 200 of a type that is not known, or a status that HTTP does not have */
  { .name = "other", 0, G_MAXUINT, .klass = QCC_CLASS_TRANSIENT },
};

/* @unreachable: no connection came about at all, so that trying again at once is idle. */
static const struct
{
  const char *name;
  QccClass klass;
  gboolean unreachable;
} transport_rules[QCC_N_TRANSPORT_FAILURES] = {
  [QCC_TRANSPORT_FAILURE_REFUSED] = { "refused", QCC_CLASS_TRANSIENT, TRUE },
  [QCC_TRANSPORT_FAILURE_DNS] = { "dns", QCC_CLASS_TRANSIENT, TRUE },
  [QCC_TRANSPORT_FAILURE_NO_ROUTE] = { "no-route", QCC_CLASS_TRANSIENT, TRUE },
  [QCC_TRANSPORT_FAILURE_RESET] = { "reset", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_TLS] = { "tls", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_CONNECT_TIMEOUT] = { "connect-timeout", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_FIRST_BYTE_TIMEOUT] = { "first-byte-timeout", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_IDLE_TIMEOUT] = { "idle-timeout", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_EMPTY] = { "empty", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_TRUNCATED] = { "truncated", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_HTML] = { "html", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_BAD_JSON] = { "bad-json", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_MALFORMED] = { "malformed", QCC_CLASS_TRANSIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_CLIENT_GONE] = { "client-gone", QCC_CLASS_CLIENT, FALSE },
  [QCC_TRANSPORT_FAILURE_LOCAL_LIMIT] = { "local-limit", QCC_CLASS_CLIENT, FALSE },
};

/* The columns "charged" and "before commit" of spec 4.1. */
static const struct
{
  QccScope scope;
  QccAction action;
} effects[QCC_N_CLASSES] = {
  [QCC_CLASS_TRANSIENT] = { QCC_SCOPE_ENDPOINT, QCC_ACTION_NEXT },
  [QCC_CLASS_OVERLOAD] = { QCC_SCOPE_ENDPOINT, QCC_ACTION_NEXT },
  [QCC_CLASS_RATE_LIMIT] = { QCC_SCOPE_ACCOUNT, QCC_ACTION_NEXT },
  [QCC_CLASS_AUTH] = { QCC_SCOPE_ACCOUNT, QCC_ACTION_NEXT },
  [QCC_CLASS_FORBIDDEN] = { QCC_SCOPE_ENDPOINT, QCC_ACTION_NEXT },
  [QCC_CLASS_BILLING] = { QCC_SCOPE_ACCOUNT, QCC_ACTION_NEXT },
  [QCC_CLASS_UNSUPPORTED] = { QCC_SCOPE_MODEL, QCC_ACTION_NEXT },
  [QCC_CLASS_REQUEST] = { QCC_SCOPE_NONE, QCC_ACTION_PASS_THROUGH },
  [QCC_CLASS_CLIENT] = { QCC_SCOPE_NONE, QCC_ACTION_STOP },
  [QCC_CLASS_OFFLINE] = { QCC_SCOPE_NONE, QCC_ACTION_OFFLINE },
};

static gboolean
has_one_of (const char *text,
            const char *const *words)
{
  if (words == NULL)
    return TRUE;

  for (gsize i = 0; text != NULL && words[i] != NULL; i++)
    if (strstr (text, words[i]) != NULL)
      return TRUE;

  return FALSE;
}

static gboolean
rule_applies (const Rule *rule,
              const QccFailure *failure,
              const char *lower_text)
{
  return failure->status >= rule->first && failure->status <= rule->last &&
         (rule->type == NULL || g_strcmp0 (failure->error_type, rule->type) == 0) &&
         (!rule->shaped || failure->anthropic_shape) &&
         has_one_of (lower_text, rule->words) && has_one_of (lower_text, rule->also);
}

/* Returns (transfer none) (nullable): the rule that decides. */
static const QccFailureRule *
find_users_rule (const QccFailure *failure,
                 const char *lower_text)
{
  for (guint i = 0; failure->rules != NULL && i < failure->rules->len; i++)
    {
      const QccFailureRule *rule = g_ptr_array_index (failure->rules, i);

      if (qcc_failure_rule_applies (rule, failure->status, failure->error_type, lower_text))
        return rule;
    }

  return NULL;
}

static QccVerdict
verdict_of_class (const QccFailure *failure,
                  const char *rule,
                  QccClass klass)
{
  return (QccVerdict){
    .klass = klass,
    .scope = effects[klass].scope,
    .action = effects[klass].action,
    .retry_after = failure->retry_after,
    .rule = rule,
  };
}

static QccVerdict
judge_transport (const QccFailure *failure)
{
  const char *name = transport_rules[failure->transport].name;
  gboolean no_way_out = failure->transport == QCC_TRANSPORT_FAILURE_DNS ||
                        failure->transport == QCC_TRANSPORT_FAILURE_NO_ROUTE;

  /* Two witnesses are needed: the failure alone may be the provider's, the monitor alone may be wrong. */
  if (no_way_out && !failure->network_available && !failure->destination_local_or_proxied)
    return verdict_of_class (failure, "offline", QCC_CLASS_OFFLINE);

  return verdict_of_class (failure, name, transport_rules[failure->transport].klass);
}

static QccVerdict
judge_answer (const QccFailure *failure)
{
  g_autofree char *lower_text = NULL;
  const QccFailureRule *own;
  gsize i = 0;

  if (failure->text != NULL)
    lower_text = g_ascii_strdown (failure->text, MIN (failure->text_length, QCC_CLASSIFIER_TEXT_MAX));

  own = find_users_rule (failure, lower_text);
  if (own != NULL)
    return verdict_of_class (failure, "user", own->klass);

  /* Ends, since the last rule applies to all. */
  while (!rule_applies (&rules[i], failure, lower_text))
    i++;

  return verdict_of_class (failure, rules[i].name, rules[i].klass);
}

/**
 * qcc_classifier_judge:
 * @failure: the failed attempt
 *
 * Gives a failure its class, who is charged with it and what comes next (spec 4.1). What the user's rules say of
 * an answer goes first; a failure without an answer is not theirs.
 * %QCC_ACTION_RETRY_SAME may be given again for the second attempt at an endpoint; the caller
 * knows that it was the second. The same goes for a 413 of class %QCC_CLASS_UNSUPPORTED: only the
 * caller knows the size for which it holds.
 *
 * Returns: the judgement; its strings are static
 */
QccVerdict
qcc_classifier_judge (const QccFailure *failure)
{
  QccVerdict verdict = { 0 };

  g_return_val_if_fail (failure != NULL, verdict);
  g_return_val_if_fail (failure->transport < QCC_N_TRANSPORT_FAILURES, verdict);

  if (failure->transport != QCC_TRANSPORT_FAILURE_NONE)
    verdict = judge_transport (failure);
  else
    verdict = judge_answer (failure);

  if (verdict.klass == QCC_CLASS_TRANSIENT && failure->elapsed_ms <= RETRY_SAME_WITHIN_MS &&
      !transport_rules[failure->transport].unreachable)
    verdict.action = QCC_ACTION_RETRY_SAME;

  /* spec 2.10: where it is not known an estimate is as good, and it never charges a breaker */
  if (failure->count_tokens && (failure->status == 404 || failure->status == 405 || failure->status == 501) &&
      verdict.klass == QCC_CLASS_UNSUPPORTED)
    verdict.action = QCC_ACTION_ESTIMATE;
  if (failure->count_tokens && verdict.klass == QCC_CLASS_TRANSIENT)
    verdict.scope = QCC_SCOPE_NONE;

  return verdict;
}

/**
 * qcc_parse_retry_after:
 * @value: (nullable): value of a Retry-After header: seconds or an HTTP date
 * @now_wall_seconds: the present in seconds since the epoch
 *
 * Returns: how long to wait in seconds, 0 to 86400 (a date in the past is 0); -1 when @value is
 *   %NULL or neither form
 */
int
qcc_parse_retry_after (const char *value,
                       gint64 now_wall_seconds)
{
  g_autoptr (GDateTime) date = NULL;

  if (value == NULL || value[0] == '\0')
    return -1;

  /* g_ascii_strtoull() saturates, so that absurdly many digits are clamped like a large number. */
  if (value[strspn (value, G_CSET_DIGITS)] == '\0')
    return MIN (g_ascii_strtoull (value, NULL, 10), RETRY_AFTER_MAX);

  date = soup_date_time_new_from_http_string (value);
  if (date == NULL)
    return -1;

  return CLAMP (g_date_time_to_unix (date) - now_wall_seconds, 0, RETRY_AFTER_MAX);
}
