/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <json-glib/json-glib.h>

#include "cli/qcc-text.h"
#include "tests/qcc-cli-fixture.h"

/* History and policy of failover, simulations, and what overviews say of them (spec 6.6, 10.5, 13.3). */

static const char *program;

#define EVENTS "([{'id': <uint64 2>, 'type': <'failover'>, 'from': <'work'>, 'to': <'spare'>, 'reason': <'work is \033[2Jdown'>," \
               "   'time': <uint64 1700000000250000>, 'success': <true>},"                                                        \
               "  {'id': <uint64 1>, 'type': <'of-tomorrow'>},"                                                                   \
               "  {'type': <'all-down'>, 'reason': <uint32 7>, 'time': <'never'>, 'from': <'\u5de5\u4f5c'>}],)"
#define SETTINGS "([{'name': <'failover.cooldown'>, 'value': <'300'>, 'type': <'integer'>, 'is-default': <true>}," \
                 "  {'name': <'proxy.port'>, 'value': <'7860'>, 'type': <'integer'>}],)"

/* work: active, with work-1 and work-2; spare: with spare-1. */
static QccCliFixture *
make_fixture (void)
{
  QccCliFixture *self = qcc_cli_fixture_new (program);
  g_autoptr (QccDBusProfile1) work = qcc_stand_in_add_profile (self->service, "work", "primary");
  g_autoptr (QccDBusProfile1) spare = qcc_stand_in_add_profile (self->service, "spare", "fallback");
  g_autoptr (QccDBusEndpoint1) first = qcc_stand_in_add_endpoint (self->service, "work", "work-1");
  g_autoptr (QccDBusEndpoint1) second = qcc_stand_in_add_endpoint (self->service, "work", "work-2");
  g_autoptr (QccDBusEndpoint1) third = qcc_stand_in_add_endpoint (self->service, "spare", "spare-1");

  qcc_dbus_profile1_set_active (work, TRUE);
  qcc_dbus_profile1_set_health (work, "degraded");
  qcc_dbus_endpoint1_set_health (first, "open");
  qcc_dbus_endpoint1_set_simulated (second, "529");
  qcc_dbus_manager1_set_active_profile (qcc_stand_in_get_manager (self->service), "work");
  qcc_dbus_failover1_set_moves_last_hour (qcc_stand_in_get_failover (self->service), 2);
  qcc_stand_in_answer (self->service, "ListEvents", EVENTS);
  qcc_stand_in_answer (self->service, "ListSettings", SETTINGS);

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
  { "history", "priority history", 0, "failover     work  spare  work is \uFFFD[2Jdown\n", NULL, "ListEvents(20,)" },
  { "history-unknown", "priority history", 0, "of-tomorrow\n", NULL, "ListEvents" },
  { "history-bad-members", "priority history", 0, "all down     工作\n", NULL, "ListEvents" },
  { "history-limit", "priority history -n 3", 0, "TIME", NULL, "ListEvents(3,)" },
  { "history-all", "priority history -n 0", 0, "TIME", NULL, "ListEvents(0,)" },
  { "history-negative", "priority history -n -1", 2, NULL, "0 or more", NULL },
  { "history-fails", "priority history", 1, NULL, "told to fail", "ListEvents", "ListEvents", QCC_ERROR_FAILED },
  { "policy", "priority policy", 0, "failover.cooldown  300\n\nAutomatic moves in the last hour: 2\n", NULL, "ListSettings()\n" },
  { "policy-json", "priority policy --json", 0, "\"moves_last_hour\" : 2", NULL, "ListSettings" },
  { "policy-set", "priority policy --cooldown 60 --no-auto-failover", 0, "failover.cooldown is now “60”.", NULL,
    "SetSetting('failover.auto-failover', 'false')\nSetSetting('failover.cooldown', '60')\n" },
  { "policy-fallback", "priority policy --no-fallback", 0, "is now “false”", NULL, "SetSetting('failover.fallback-enabled', 'false')\n" },
  { "policy-both", "priority policy --fallback --no-fallback", 2, NULL, "either --fallback or --no-fallback", NULL },
  { "policy-refused", "priority policy --cooldown -- -1", 2, NULL, "qcc: ", NULL },
  { "policy-not-allowed", "priority policy --cooldown 999999", 1, NULL, "told to fail", "SetSetting", "SetSetting", QCC_ERROR_INVALID_ARGUMENT },
  { "simulate", "simulate work-1 529", 0, "“work-1” answers with 529, overloaded for 1 min 0 s, until ", NULL, "Simulate('529', 60)\n" },
  { "simulate-profile", "simulate work refuse --for 90", 0, "“work-2” refuses connections for 1 min 30 s", NULL,
    "Simulate('refuse', 90)\nSimulate('refuse', 90)\n" },
  { "simulate-end", "simulate work-1 none", 0, "what it is again", NULL, "Simulate('none', 60)\n" },
  { "simulate-how-to-end", "simulate work cut", 0, "“qcc simulate work none” ends it earlier", NULL, "Simulate('cut'" },
  { "simulate-json", "simulate work-1 stall --json", 0, "\"simulated\" : \"stall\"", NULL, "Simulate('stall'" },
  { "simulate-bad-fault", "simulate work-1 fire", 2, NULL, "refuse, 429, 529, stall, cut, none", NULL },
  { "simulate-too-long", "simulate work-1 529 --for 601", 2, NULL, "1 to 600", NULL },
  { "simulate-zero", "simulate work-1 529 --for 0", 2, NULL, "1 to 600", NULL },
  { "simulate-not-found", "simulate home 529", 4, NULL, "no profile and no endpoint “home”", NULL },
  { "simulate-hostile", "simulate 'a\033[2Jb' 529", 4, NULL, "“a\\u001b[2Jb”", NULL },
  { "simulate-fails", "simulate work-1 529", 1, NULL, "told to fail", "Simulate", "Simulate", QCC_ERROR_UNAVAILABLE },
  { "list", "list", 0, "degraded", NULL, NULL },
  { "priority-list", "priority list", 0, "degraded", NULL, NULL },
  { "endpoint-list", "endpoint list work", 0, "work-1  enabled  circuit open  missing", NULL, NULL },
  { "list-json", "list --json", 0, "\"health\" : \"degraded\"", NULL, NULL },
  { "endpoint-list-json", "endpoint list work --json", 0, "\"health\" : \"open\"", NULL, NULL },
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

/* Nothing that moves the cursor or changes colours (the table cuts bold headings on a terminal only). */
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
}

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *root = json_from_string (text, &error);

  g_assert_no_error (error);
  return root;
}

static void
test_history_json (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_run (self, "priority history --json", NULL);
  g_autoptr (JsonNode) root = parse (run->out);
  JsonArray *events = json_node_get_array (root);
  JsonObject *event = json_array_get_object_element (events, 0);

  g_assert_cmpuint (json_array_get_length (events), ==, 3);
  g_assert_cmpint (json_object_get_int_member (event, "id"), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (event, "type"), ==, "failover");
  g_assert_cmpstr (json_object_get_string_member (event, "from"), ==, "work");
  g_assert_cmpstr (json_object_get_string_member (event, "to"), ==, "spare");
  g_assert_cmpstr (json_object_get_string_member (event, "time"), ==, "2023-11-14T22:13:20.250000Z");
  g_assert_true (json_object_get_boolean_member (event, "success"));
}

static void
test_history_empty (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;
  g_autoptr (QccCliRun) json = NULL;

  qcc_stand_in_answer (self->service, "ListEvents", "(@aa{sv} [],)");
  run = qcc_cli_fixture_run (self, "priority history", NULL);
  json = qcc_cli_fixture_run (self, "priority history --json", NULL);
  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (run->out, ==, "Nothing has happened yet.\n");
  g_assert_cmpstr (json->out, ==, "[]\n");
}

/* On a terminal everything fits, wide characters too. */
static void
test_history_terminal (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;
  g_auto (GStrv) lines = NULL;

  qcc_stand_in_answer (self->service, "ListEvents",
                       "([{'type': <'failover'>, 'from': <'工作工作工作工作工作工作'>, 'to': <'spare'>, 'time': <uint64 1700000000000000>,"
                       "   'reason': <'一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十'>}],)");
  run = qcc_cli_fixture_type (self, "--no-color priority history --no-color", (const char *const[]){ NULL });
  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_nonnull (strstr (run->out, "…"));
  lines = g_strsplit (run->out, "\r\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (qcc_text_width (lines[i]), <=, QCC_TEXT_WIDTH_DEFAULT);
}

static void
test_status (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  QccDBusManager1 *manager = qcc_stand_in_get_manager (self->service);
  g_autoptr (QccCliRun) run = NULL;
  g_autoptr (QccCliRun) same = NULL;

  qcc_dbus_manager1_set_serving (manager, "spare");
  qcc_dbus_failover1_set_last_event (qcc_stand_in_get_failover (self->service),
                                     g_variant_new_parsed ("{'type': <'failover'>, 'from': <'work'>, 'to': <'spare'>, 'reason': <'down\033[2J'>}"));
  run = qcc_cli_fixture_run (self, "status", NULL);
  g_assert_cmpint (run->exit_code, ==, 0);
  assert_part (run->out, "\nServing   spare gave the last answer, not the active profile\n");
  assert_part (run->out, "failover, work → spare: down\uFFFD[2J\n");
  assert_part (run->out, "\nSimulated work-2 answers with 529, overloaded; “qcc simulate work-2 none”");
  assert_part (run->out, "\nwork     primary   degraded  work-1    enabled");
  assert_clean (run->out);

  /* Where the active profile serves, there is nothing to say. */
  qcc_dbus_manager1_set_serving (manager, "work");
  same = qcc_cli_fixture_run (self, "status", NULL);
  g_assert_null (strstr (same->out, "Serving"));
}

static void
test_status_json (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *status;

  qcc_dbus_manager1_set_serving (qcc_stand_in_get_manager (self->service), "spare");
  qcc_dbus_failover1_set_last_event (qcc_stand_in_get_failover (self->service), g_variant_new_parsed ("{'type': <'back'>}"));
  run = qcc_cli_fixture_run (self, "status --json", NULL);
  root = parse (run->out);
  status = json_node_get_object (root);
  g_assert_cmpstr (json_object_get_string_member (status, "serving"), ==, "spare");
  g_assert_cmpstr (json_object_get_string_member (status, "health"), ==, "degraded");
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (status, "last_event"), "type"), ==, "back");
}

/* A service without events and health: what it has is shown, and what it has not is said in words. */
static void
test_old_service (void)
{
  g_autoptr (QccCliFixture) self = qcc_cli_fixture_new (program);
  g_autoptr (QccDBusProfile1) work = qcc_stand_in_add_profile (self->service, "work", "primary");
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_stand_in_add_endpoint (self->service, "work", "work-1");
  g_autoptr (QccCliRun) status = qcc_cli_fixture_run (self, "status", NULL);
  g_autoptr (QccCliRun) json = qcc_cli_fixture_run (self, "status --json", NULL);
  g_autoptr (QccCliRun) history = qcc_cli_fixture_run (self, "priority history", NULL);
  g_autoptr (QccCliRun) endpoints = qcc_cli_fixture_run (self, "endpoint list work --json", NULL);
  g_autoptr (JsonNode) root = parse (json->out);

  g_assert_cmpint (status->exit_code, ==, 0);
  assert_part (status->out, "\nwork     primary  unknown  work-1    enabled");
  g_assert_null (strstr (status->out, "Event"));
  g_assert_true (json_object_get_null_member (json_node_get_object (root), "last_event"));
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (root), "health"), ==, "unknown");
  assert_part (endpoints->out, "\"health\" : \"unknown\"");
  g_assert_cmpint (history->exit_code, ==, 1);
  assert_part (history->err, "qcc: the service that runs is older than this command");
}

static void
test_no_service (void)
{
  static const char *const words[] = { "priority history", "priority policy", "health check", "health status", "explain", "simulate a 529" };
  g_autoptr (QccCliFixture) self = qcc_cli_fixture_new (program);

  g_clear_pointer (&self->service, qcc_stand_in_free);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr (QccCliRun) run = qcc_cli_fixture_run (self, words[i], NULL);

      g_assert_cmpint (run->exit_code, ==, 3);
      g_assert_cmpstr (run->out, ==, "");
    }
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
      g_autofree char *path = g_strdup_printf ("/cli/failover/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/cli/failover/history-json-members", test_history_json);
  g_test_add_func ("/cli/failover/history-empty", test_history_empty);
  g_test_add_func ("/cli/failover/history-terminal", test_history_terminal);
  g_test_add_func ("/cli/failover/status", test_status);
  g_test_add_func ("/cli/failover/status-json", test_status_json);
  g_test_add_func ("/cli/failover/old-service", test_old_service);
  g_test_add_func ("/cli/failover/no-service", test_no_service);

  return g_test_run ();
}
