/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <json-glib/json-glib.h>

#include "cli/qcc-text.h"
#include "tests/qcc-cli-fixture.h"

/* Checks and measurements (spec 7, 13.3). */

static const char *program;

#define TYPE(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define PASSED "'passed': <true>, 'level': <'api'>, 'status': <uint32 200>, 'latency': <int64 120>"
#define FAILED "'passed': <false>, 'level': <'connect'>, 'class': <'transient'>, 'latency': <int64 -1>"
#define METRICS(id) "{'endpoint': <'" id "'>, 'profile': <'work'>, 'health': <'degraded'>, 'score': <uint32 87>, 'requests': <uint64 40>," \
                    " 'success-rate': <0.975>, 'failures': <{'rate-limit': uint64 1, 'of-tomorrow': 2, 'auth': 0}>,"                       \
                    " 'first-byte-p50': <int64 640>, 'total-mean': <int64 2500>, 'total-p50': <int64 2000>, 'total-p95': <int64 61000>,"   \
                    " 'last-error': <uint64 1700000000000000>, 'last-error-text': <'cut\033[2J off'>, 'weight': <uint32 100>}"

/* work: with work-1, work-2 without a key, and work-3, which is switched off; spare: with spare-1. */
static QccCliFixture *
make_fixture (void)
{
  QccCliFixture *self = qcc_cli_fixture_new (program);
  g_autoptr (QccDBusProfile1) work = qcc_stand_in_add_profile (self->service, "work", "primary");
  g_autoptr (QccDBusProfile1) spare = qcc_stand_in_add_profile (self->service, "spare", "fallback");
  g_autoptr (QccDBusEndpoint1) first = qcc_stand_in_add_endpoint (self->service, "work", "work-1");
  g_autoptr (QccDBusEndpoint1) second = qcc_stand_in_add_endpoint (self->service, "work", "work-2");
  g_autoptr (QccDBusEndpoint1) third = qcc_stand_in_add_endpoint (self->service, "work", "work-3");
  g_autoptr (QccDBusEndpoint1) fourth = qcc_stand_in_add_endpoint (self->service, "spare", "spare-1");

  qcc_dbus_profile1_set_health (work, "degraded");
  qcc_dbus_profile1_set_healthy_endpoints (work, 1);
  qcc_dbus_endpoint1_set_key_state (first, "ok");
  qcc_dbus_endpoint1_set_health (first, "waiting");
  qcc_dbus_endpoint1_set_health_reason (first, "it \033[1masked for it");
  qcc_dbus_endpoint1_set_health_until (first, 1700000000000000);
  qcc_dbus_endpoint1_set_key_state (third, "ok");
  qcc_dbus_endpoint1_set_enabled (third, FALSE);
  qcc_dbus_endpoint1_set_key_state (fourth, "ok");
  qcc_dbus_health1_set_paid_probes_today (qcc_stand_in_get_health (self->service), 5);
  qcc_stand_in_answer (self->service, "Check", "([{'endpoint': <'work-1'>, 'profile': <'work'>, " PASSED "}],)");
  qcc_stand_in_answer (self->service, "Test", "({" PASSED "},)");
  qcc_stand_in_answer (self->service, "ListMetrics", "([" METRICS ("work-1") ", {'endpoint': <'work-2'>}],)");
  qcc_stand_in_answer (self->service, "ListHistory", "([{'time': <uint64 1700000000000000>, " PASSED "}, {'detail': <'lost\033[2J'>}, {" FAILED "}],)");
  qcc_stand_in_answer (self->service, "ListSettings", "([{'name': <'health.level'>, 'value': <'api'>}],)");

  return self;
}

typedef struct
{
  const char *name;
  const char *words;
  int exit_code;
  const char *out;   /* a part of standard output, NULL for nothing at all */
  const char *err;   /* likewise */
  const char *calls; /* likewise */
  const char *failing;
  QccError code;
} Case;

static const Case cases[] = {
  { "check", "health check", 0, "work-1    work     passed  free request  200     120 ms\n", NULL, "GetSetting('health.level',)\nCheck('', 'api')\n" },
  { "check-profile", "health check work --level connect", 0, "passed", NULL, "Check('work', 'connect')\n" },
  { "check-json", "health check --json", 0, "\"passed\" : true", NULL, "Check" },
  { "check-bad-level", "health check --level deep", 2, NULL, "connect, api, chat", NULL },
  { "check-not-found", "health check home", 4, NULL, "no profile and no endpoint “home”", NULL },
  { "check-fails", "health check", 1, NULL, "told to fail", "Check", "Check", QCC_ERROR_FAILED },
  { "check-chat-unasked", "health check work --level chat", 2, NULL, "Send a message to 1 endpoint, which costs money? Give --yes", NULL },
  { "check-chat-all", "health check --level chat", 2, NULL, "each of 2 endpoints", NULL },
  { "check-chat-yes", "health check work --level chat --yes", 0, "passed", NULL, "Check('work', 'chat')\n" },
  { "check-chat-no-key", "health check work-2 --level chat", 0, "passed", NULL, "Check('work-2', 'chat')\n" },
  { "status", "health status", 0, "work     primary   degraded  1/3      33 %\n", NULL, "ListMetrics('',)" },
  { "status-endpoint", "health status", 0, "it \uFFFD[1masked for it", NULL, "ListMetrics" },
  { "status-last-error", "health status", 0, "cut\uFFFD[2J off\n", NULL, "ListMetrics" },
  { "status-json", "health status --json", 0, "\"last_error_text\"", NULL, "ListMetrics" },
  { "status-unmeasured", "health status", 0, "asked to wait", NULL, "ListMetrics", "ListMetrics", QCC_ERROR_FAILED },
  { "metrics", "health metrics", 0, "work-1    work     degraded  87     40        98 %     640 ms      2 s\n", NULL, "ListMetrics('',)" },
  { "metrics-bare", "health metrics work", 0, "\nwork-2             unknown\n", NULL, "ListMetrics('work',)" },
  { "metrics-json", "health metrics work --json", 0, "\"rate-limit\" : 1", NULL, "ListMetrics('work',)" },
  { "metrics-not-found", "health metrics home", 4, NULL, "told to fail", "ListMetrics", "ListMetrics", QCC_ERROR_NOT_FOUND },
  { "history", "health history work-1", 0, " passed  free request  200     120 ms\n", NULL, "ListHistory('work-1', 20)" },
  { "history-detail", "health history work-1", 0, "lost\uFFFD[2J\n", NULL, "ListHistory" },
  { "history-class", "health history work-1 -n 5", 0, "failed  connection                    failed\n", NULL, "ListHistory('work-1', 5)" },
  { "history-json", "health history work-1 --json", 0, "\"time\" : \"2023-11-14T22:13:20", NULL, "ListHistory" },
  { "history-negative", "health history work-1 -n -5", 2, NULL, "0 or more", NULL },
  { "history-not-found", "health history home", 4, NULL, "told to fail", "ListHistory", "ListHistory", QCC_ERROR_NOT_FOUND },
  { "history-nothing", "health history", 2, NULL, "qcc health history ID", NULL },
  { "config", "health config", 0, "health.level  api", NULL, "ListSettings()\n" },
  { "config-paid", "health config", 0, "cost money: 5\n", NULL, "ListSettings" },
  { "config-json", "health config --json", 0, "\"paid_probes_today\" : 5", NULL, "ListSettings" },
  { "config-set", "health config --disable --interval 120 --level connect", 0, "health.level is now “connect”", NULL,
    "SetSetting('health.enabled', 'false')\nSetSetting('health.check-interval', '120')\nSetSetting('health.level', 'connect')\n" },
  { "config-hostile", "health config --level 'a\033[2J'", 0, "“a\uFFFD[2J”", NULL, "SetSetting" },
  { "config-paid-probes", "health config --no-paid-probes", 0, "is now “false”", NULL, "SetSetting('health.paid-probes', 'false')\n" },
  { "config-both", "health config --enable --disable", 2, NULL, "either --enable or --disable", NULL },
  { "test", "endpoint test spare", 0, "spare-1   spare    passed  free request", NULL, "GetSetting('health.level',)\nTest('api',)\n" },
  { "test-one", "endpoint test work work-1 --level connect", 0, "free request", NULL, "Test('connect',)\n" },
  { "test-unavailable", "endpoint test work work-2", 1, "Test was told to fail", NULL, "Test", "Test", QCC_ERROR_UNAVAILABLE },
  { "test-error", "endpoint test work work-2", 1, NULL, "told to fail", "Test", "Test", QCC_ERROR_FAILED },
  { "test-not-found", "endpoint test work home", 4, NULL, "no endpoint “home”", NULL },
  { "test-bad-level", "endpoint test work --level deep", 2, NULL, "connect, api, chat", NULL },
  { "test-chat-unasked", "endpoint test work --level chat", 2, NULL, "each of 2 endpoints", NULL },
  { "test-json", "endpoint test spare --json", 0, "\"endpoint\" : \"spare-1\"", NULL, "Test" },
  { "stats", "endpoint stats work", 0, "work-1    work     degraded", NULL, "ListMetrics('work',)" },
  { "stats-one", "endpoint stats work work-1", 0, "work-1", NULL, "ListMetrics('work-1',)" },
  { "stats-not-found", "endpoint stats work home", 4, NULL, "no endpoint “home”", NULL },
};

static void
assert_part (const char *text,
             const char *part)
{
  if (part == NULL)
    g_assert_cmpstr (text, ==, "");
  else if (strstr (text, part) == NULL)
    g_error ("“%s” is not in: %s", part, text);
}

static void
assert_clean (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    g_assert_true (*p == '\n' || !g_unichar_iscntrl (g_utf8_get_char (p)));
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  if (test->failing != NULL)
    qcc_stand_in_fail (self->service, test->failing, test->code);
  run = qcc_cli_fixture_run (self, test->words, NULL);
  g_assert_cmpint (run->exit_code, ==, test->exit_code);
  assert_part (run->out, test->out);
  assert_part (run->err, test->err);
  assert_part (qcc_stand_in_get_calls (self->service), test->calls);
  assert_clean (run->out);
  assert_clean (run->err);
  if (strstr (test->words, "--json") != NULL)
    {
      g_autoptr (JsonNode) root = json_from_string (run->out, NULL);

      g_assert_nonnull (root);
    }
}

/* Only an endpoint that is switched on spoils the result. */
static void
test_check_failed (void)
{
  const struct
  {
    const char *id;
    int exit_code;
  } endpoints[] = {
    { "work-2", 1 },
    { "work-3", 0 },
    { "of-tomorrow", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    {
      g_autoptr (QccCliFixture) self = make_fixture ();
      g_autofree char *reply = g_strdup_printf ("([{'endpoint': <'work-1'>, " PASSED "}, {'endpoint': <'%s'>, " FAILED "}],)", endpoints[i].id);
      g_autoptr (QccCliRun) run = NULL;

      qcc_stand_in_answer (self->service, "Check", reply);
      run = qcc_cli_fixture_run (self, "health check work", NULL);
      g_assert_cmpint (run->exit_code, ==, endpoints[i].exit_code);
      assert_part (run->out, "failed");
      g_assert_cmpstr (run->err, ==, "");
    }
}

static void
test_test_failed (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  qcc_stand_in_answer (self->service, "Test", "({" FAILED "},)");
  run = qcc_cli_fixture_run (self, "endpoint test work", NULL);
  g_assert_cmpint (run->exit_code, ==, 1);
  assert_part (run->out, "work-3    work     failed  connection                failed\n");
}

static void
test_empty (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  const struct
  {
    const char *words;
    const char *out;
  } lists[] = {
    { "health check", "There is no endpoint to check.\n" },
    { "health check --json", "[]\n" },
    { "health metrics", "There is no endpoint yet; “qcc endpoint add” makes one.\n" },
    { "health metrics --json", "[]\n" },
    { "health history work-1", "It was not checked yet; “qcc health check” does it.\n" },
    { "health history work-1 --json", "[]\n" },
  };

  qcc_stand_in_answer (self->service, "Check", "(@aa{sv} [],)");
  qcc_stand_in_answer (self->service, "ListMetrics", "(@aa{sv} [],)");
  qcc_stand_in_answer (self->service, "ListHistory", "(@aa{sv} [],)");
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (QccCliRun) run = qcc_cli_fixture_run (self, lists[i].words, NULL);

      g_assert_cmpint (run->exit_code, ==, 0);
      g_assert_cmpstr (run->out, ==, lists[i].out);
    }
}

/* All there is about one endpoint. */
static void
test_report (void)
{
  static const char *const parts[] = {
    "\nHealth              degraded\n",
    "\nFailures            rate limit: 1, of-tomorrow: 2\n",
    "\nCut answers         -\n",
    "\nFirst byte          -\n",
    "\nWhole answer        2.5 s on average; half within 2 s, 95 % within 1 min 1 s\n",
    "\nLast success        never\n",
    " cut\uFFFD[2J off\n",
  };
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  qcc_stand_in_answer (self->service, "ListMetrics", "([" METRICS ("work-1") "],)");
  run = qcc_cli_fixture_run (self, "health metrics work-1", NULL);
  g_assert_cmpint (run->exit_code, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    assert_part (run->out, parts[i]);
  assert_clean (run->out);
}

/* The setting may cost money too: a terminal is asked, and nothing is sent without a yes. */
static void
test_chat_by_setting (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) no = NULL;
  g_autoptr (QccCliRun) yes = NULL;

  qcc_stand_in_answer (self->service, "GetSetting", "('chat',)");
  no = qcc_cli_fixture_type (self, "health check", TYPE ("each of 2 endpoints, which costs money? [y/N]", "n\n"));
  g_assert_cmpint (no->exit_code, ==, 1);
  g_assert_null (strstr (qcc_stand_in_get_calls (self->service), "Check"));

  yes = qcc_cli_fixture_type (self, "endpoint test spare", TYPE ("to 1 endpoint, which costs money? [y/N]", "y\n"));
  g_assert_cmpint (yes->exit_code, ==, 0);
  g_assert_nonnull (strstr (qcc_stand_in_get_calls (self->service), "Test('chat',)"));
  g_assert_nonnull (strstr (yes->out, "Testing spare-1 (1 of 1)…"));
}

static void
test_quiet (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_type (self, "endpoint test spare --quiet", TYPE (NULL));

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_null (strstr (run->out, "Testing"));
}

/* A table fits into the terminal. */
static void
test_terminal (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_type (self, "health status --no-color", TYPE (NULL));
  g_auto (GStrv) lines = g_strsplit (run->out, "\r\n", -1);

  g_assert_cmpint (run->exit_code, ==, 0);
  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (qcc_text_width (lines[i]), <=, QCC_TEXT_WIDTH_DEFAULT);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cli/health/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/cli/health/check-failed", test_check_failed);
  g_test_add_func ("/cli/health/test-failed", test_test_failed);
  g_test_add_func ("/cli/health/empty", test_empty);
  g_test_add_func ("/cli/health/report", test_report);
  g_test_add_func ("/cli/health/chat-by-setting", test_chat_by_setting);
  g_test_add_func ("/cli/health/quiet", test_quiet);
  g_test_add_func ("/cli/health/terminal", test_terminal);

  return g_test_run ();
}
