/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/qcc-enums.h"
#include "common/qcc-error.h"
#include "common/qcc-snapshot.h"
#include "service/qcc-classifier.h"

#define FILE_WITH(rules) "{\"version\":1,\"rules\":" rules "}"
#define RULES(rules) FILE_WITH ("[" rules "]")

static QccSnapshot *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  QccSnapshot *snapshot = qcc_snapshot_new_from_json (text, -1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (snapshot);
  return snapshot;
}

static void
test_parse (void)
{
  static const char file[] = RULES ("{\"status\":503,\"type\":\"api_*\",\"text\":\"No Capacity\",\"class\":\"rate-limit\",\"future\":{}},"
                                    "{\"text\":\"Key\",\"class\":\"auth\"}");
  g_autoptr (QccSnapshot) snapshot = parse (file);
  g_autofree char *text = json_to_string (snapshot->root, FALSE);
  g_autoptr (QccSnapshot) again = parse (text);
  g_autoptr (QccSnapshot) none = parse ("{\"version\":1}");
  g_autoptr (QccSnapshot) empty = qcc_snapshot_new_empty ();
  const QccFailureRule *first = g_ptr_array_index (again->rules, 0);
  const QccFailureRule *second = g_ptr_array_index (again->rules, 1);

  g_assert_cmpstr (text, ==, file);
  g_assert_cmpuint (none->rules->len, ==, 0);
  g_assert_cmpuint (empty->rules->len, ==, 0);
  g_assert_cmpuint (again->rules->len, ==, 2);

  g_assert_cmpuint (first->status, ==, 503);
  g_assert_true (g_pattern_spec_match_string (first->type, "api_error"));
  g_assert_cmpstr (first->text, ==, "no capacity");
  g_assert_cmpint (first->klass, ==, QCC_CLASS_RATE_LIMIT);

  g_assert_cmpuint (second->status, ==, 0);
  g_assert_null (second->type);
  g_assert_cmpstr (second->text, ==, "key");
  g_assert_cmpint (second->klass, ==, QCC_CLASS_AUTH);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *file;
    const char *place;
    const char *word;
  } rows[] = {
    { FILE_WITH ("{}"), "rules:", "[...]" },
    { FILE_WITH ("null"), "rules:", "[...]" },
    { RULES ("1"), "rules[0]:", "{...}" },
    { RULES ("{\"status\":500,\"class\":\"auth\"},[]"), "rules[1]:", "{...}" },
    { RULES ("{}"), "rules[0].class:", "transient, overload, rate-limit, auth, forbidden, billing, unsupported, request" },
    { RULES ("{\"status\":500}"), "rules[0].class:", "request" },
    { RULES ("{\"status\":500,\"class\":\"hunter2\"}"), "rules[0].class:", "transient" },
    { RULES ("{\"status\":500,\"class\":\"client\"}"), "rules[0].class:", "transient" },
    { RULES ("{\"status\":500,\"class\":\"offline\"}"), "rules[0].class:", "transient" },
    { RULES ("{\"status\":500,\"class\":\"Auth\"}"), "rules[0].class:", "transient" },
    { RULES ("{\"status\":500,\"class\":1}"), "rules[0].class:", "double quotes" },
    { RULES ("{\"class\":\"auth\"}"), "rules[0].status:", "one of them" },
    { RULES ("{\"status\":500,\"class\":\"auth\"},{\"future\":1,\"class\":\"auth\"}"), "rules[1].status:", "one of them" },
    { RULES ("{\"status\":99,\"class\":\"auth\"}"), "rules[0].status:", "from 100 to 999" },
    { RULES ("{\"status\":1000,\"class\":\"auth\"}"), "rules[0].status:", "from 100 to 999" },
    { RULES ("{\"status\":\"500\",\"class\":\"auth\"}"), "rules[0].status:", "from 100 to 999" },
    { RULES ("{\"status\":null,\"text\":\"a\",\"class\":\"auth\"}"), "rules[0].status:", "from 100 to 999" },
    { RULES ("{\"type\":\"\",\"class\":\"auth\"}"), "rules[0].type:", "empty" },
    { RULES ("{\"type\":[\"hunter2\"],\"class\":\"auth\"}"), "rules[0].type:", "double quotes" },
    { RULES ("{\"text\":\"\",\"class\":\"auth\"}"), "rules[0].text:", "empty" },
    { RULES ("{\"text\":true,\"class\":\"auth\"}"), "rules[0].text:", "double quotes" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QccSnapshot) snapshot = qcc_snapshot_new_from_json (rows[i].file, -1, &error);

      g_test_message ("%s", rows[i].file);
      g_assert_null (snapshot);
      g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, rows[i].place));
      g_assert_nonnull (strstr (error->message, rows[i].word));
      g_assert_null (strstr (error->message, "hunter2"));
    }
}

static void
test_too_many (void)
{
  g_autoptr (GString) rules = g_string_new ("{\"version\":1,\"rules\":[{\"status\":500,\"class\":\"auth\"}");
  g_autofree char *most = NULL;
  g_autofree char *too_many = NULL;
  g_autoptr (QccSnapshot) snapshot = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i < QCC_FAILURE_RULES_MAX; i++)
    g_string_append (rules, ",{\"status\":500,\"class\":\"auth\"}");
  most = g_strconcat (rules->str, "]}", NULL);
  too_many = g_strconcat (rules->str, ",{\"status\":500,\"class\":\"auth\"}]}", NULL);

  snapshot = parse (most);
  g_assert_cmpuint (snapshot->rules->len, ==, QCC_FAILURE_RULES_MAX);
  g_assert_null (qcc_snapshot_new_from_json (too_many, -1, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
  g_assert_cmpstr (error->message, ==, "rules: there may be at most 100");
}

/* An answer that came late, so that the action is the one of the class. */
static QccFailure
make_answer (guint status)
{
  return (QccFailure){ .status = status, .retry_after = -1, .network_available = TRUE, .elapsed_ms = 5000 };
}

/* Judges an answer by the rules in @json, the content of a profile file's list. */
static QccVerdict
judge_by_rules (const char *json,
                guint status,
                const char *type,
                const char *text)
{
  g_autofree char *file = g_strdup_printf (FILE_WITH ("%s"), json);
  g_autoptr (QccSnapshot) snapshot = parse (file);
  QccFailure failure = make_answer (status);

  failure.error_type = type;
  failure.text = text;
  failure.text_length = text != NULL ? strlen (text) : 0;
  failure.rules = snapshot->rules;
  return qcc_classifier_judge (&failure);
}

static void
test_applies (void)
{
  static const char status[] = "[{\"status\":404,\"class\":\"billing\"}]";
  static const char type[] = "[{\"type\":\"new_api_*\",\"class\":\"billing\"}]";
  static const char any_type[] = "[{\"type\":\"*\",\"class\":\"billing\"}]";
  static const char text[] = "[{\"text\":\"No Channel 无渠道 É\",\"class\":\"billing\"}]";
  static const char all[] = "[{\"status\":503,\"type\":\"a?i\",\"text\":\"full\",\"class\":\"billing\"}]";
  static const struct
  {
    const char *rules;
    guint status;
    const char *type;
    const char *text;
    gboolean applies;
  } cases[] = {
    { status, 404, NULL, NULL, TRUE },
    { status, 404, "overloaded_error", "quota", TRUE },
    { status, 405, NULL, NULL, FALSE },
    { type, 500, "new_api_error", NULL, TRUE },
    { type, 200, "new_api_error", NULL, TRUE },
    { type, 500, "an_new_api_error", NULL, FALSE },
    { type, 500, "NEW_API_ERROR", NULL, FALSE },
    { type, 500, NULL, "new_api_error", FALSE },
    { any_type, 500, "", NULL, TRUE },
    { any_type, 500, NULL, NULL, FALSE },
    { text, 500, NULL, "{\"message\":\"no CHANNEL 无渠道 É left\"}", TRUE },
    { text, 500, NULL, "no channel 无渠道 é", FALSE },
    { text, 500, NULL, "no channel", FALSE },
    { text, 500, NULL, NULL, FALSE },
    { all, 503, "api", "FULL", TRUE },
    { all, 502, "api", "FULL", FALSE },
    { all, 503, "ai", "FULL", FALSE },
    { all, 503, "api", "ful", FALSE },
    { "[]", 402, NULL, NULL, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccVerdict verdict = judge_by_rules (cases[i].rules, cases[i].status, cases[i].type, cases[i].text);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (g_strcmp0 (verdict.rule, "user") == 0, ==, cases[i].applies);
      if (cases[i].applies)
        g_assert_cmpint (verdict.klass, ==, QCC_CLASS_BILLING);
    }
}

/* Each class with its row of spec 4.1, whatever is built in for the answer. */
static void
test_every_class (void)
{
  static const struct
  {
    QccClass klass;
    QccScope scope;
    QccAction action;
  } rows[] = {
    { QCC_CLASS_TRANSIENT, QCC_SCOPE_ENDPOINT, QCC_ACTION_NEXT },
    { QCC_CLASS_OVERLOAD, QCC_SCOPE_ENDPOINT, QCC_ACTION_NEXT },
    { QCC_CLASS_RATE_LIMIT, QCC_SCOPE_ACCOUNT, QCC_ACTION_NEXT },
    { QCC_CLASS_AUTH, QCC_SCOPE_ACCOUNT, QCC_ACTION_NEXT },
    { QCC_CLASS_FORBIDDEN, QCC_SCOPE_ENDPOINT, QCC_ACTION_NEXT },
    { QCC_CLASS_BILLING, QCC_SCOPE_ACCOUNT, QCC_ACTION_NEXT },
    { QCC_CLASS_UNSUPPORTED, QCC_SCOPE_MODEL, QCC_ACTION_NEXT },
    { QCC_CLASS_REQUEST, QCC_SCOPE_NONE, QCC_ACTION_PASS_THROUGH },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint status = 200; status < 600; status += 100)
      {
        g_autofree char *json = g_strdup_printf ("[{\"status\":%u,\"class\":\"%s\"}]", status,
                                                 qcc_enum_to_nick (QCC_TYPE_CLASS, rows[i].klass));
        QccVerdict verdict = judge_by_rules (json, status, "overloaded_error", NULL);

        g_assert_cmpint (verdict.klass, ==, rows[i].klass);
        g_assert_cmpint (verdict.scope, ==, rows[i].scope);
        g_assert_cmpint (verdict.action, ==, rows[i].action);
        g_assert_cmpstr (verdict.rule, ==, "user");
      }
}

static void
test_first_wins (void)
{
  static const char json[] = "[{\"status\":500,\"text\":\"one\",\"class\":\"auth\"},{\"status\":500,\"class\":\"billing\"},"
                             "{\"text\":\"one\",\"class\":\"request\"}]";

  g_assert_cmpint (judge_by_rules (json, 500, NULL, "one").klass, ==, QCC_CLASS_AUTH);
  g_assert_cmpint (judge_by_rules (json, 500, NULL, "two").klass, ==, QCC_CLASS_BILLING);
  g_assert_cmpint (judge_by_rules (json, 501, NULL, "one").klass, ==, QCC_CLASS_REQUEST);
  g_assert_cmpint (judge_by_rules (json, 501, NULL, "two").klass, ==, QCC_CLASS_UNSUPPORTED);
}

/* What is no answer is not the rules' business, even where the status that a broken 200 had is named. */
static void
test_only_for_answers (void)
{
  g_autoptr (GPtrArray) rules = g_ptr_array_new ();
  QccFailureRule rule = { .status = 200, .klass = QCC_CLASS_BILLING };

  g_ptr_array_add (rules, &rule);
  for (guint transport = QCC_TRANSPORT_FAILURE_NONE; transport < QCC_N_TRANSPORT_FAILURES; transport++)
    {
      QccFailure failure = make_answer (200);

      failure.transport = transport;
      failure.rules = rules;
      failure.network_available = FALSE;
      g_assert_cmpint (qcc_classifier_judge (&failure).klass == QCC_CLASS_BILLING, ==,
                       transport == QCC_TRANSPORT_FAILURE_NONE);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/failure-rule/parse", test_parse);
  g_test_add_func ("/failure-rule/refused", test_refused);
  g_test_add_func ("/failure-rule/too-many", test_too_many);
  g_test_add_func ("/failure-rule/applies", test_applies);
  g_test_add_func ("/failure-rule/every-class", test_every_class);
  g_test_add_func ("/failure-rule/first-wins", test_first_wins);
  g_test_add_func ("/failure-rule/only-for-answers", test_only_for_answers);

  return g_test_run ();
}
