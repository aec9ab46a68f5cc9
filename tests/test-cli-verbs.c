/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "cli/qcc-text.h"
#include "tests/qcc-cli-fixture.h"

/* Every verb against a service that does what it is told (spec 13.2, 13.3). */

static const char *program;

typedef struct
{
  const char *name;
  const char *words;
  const char *input; /* standard input */
  int exit_code;
  const char *out;   /* a part of standard output, NULL for nothing at all */
  const char *err;   /* a part of standard error, NULL for nothing at all */
  const char *calls; /* a part of what the service was asked, NULL for nothing at all */
  const char *failing;
  QccError code; /* what the method @failing answers */
} Case;

/* work: active and default, with work-1; spare: of tier fallback, without endpoints. */
static QccCliFixture *
make_fixture (void)
{
  QccCliFixture *self = qcc_cli_fixture_new (program);
  QccDBusManager1 *manager = qcc_stand_in_get_manager (self->service);
  g_autoptr (QccDBusProfile1) work = NULL;
  g_autoptr (QccDBusProfile1) spare = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;

  spare = qcc_stand_in_add_profile (self->service, "spare", "fallback");
  work = qcc_stand_in_add_profile (self->service, "work", "primary");
  qcc_dbus_profile1_set_active (work, TRUE);
  qcc_dbus_profile1_set_default (work, TRUE);
  qcc_dbus_profile1_set_description (work, "An \033[31moffice");
  endpoint = qcc_stand_in_add_endpoint (self->service, "work", "work-1");
  qcc_dbus_manager1_set_active_profile (manager, "work");
  qcc_dbus_manager1_set_default_profile (manager, "work");

  return self;
}

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
assert_lines_fit (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (qcc_text_width (lines[i]), <=, QCC_TEXT_WIDTH_DEFAULT);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  if (test->failing != NULL)
    qcc_stand_in_fail (self->service, test->failing, test->code);
  run = qcc_cli_fixture_run (self, test->words, test->input);
  g_assert_cmpint (run->exit_code, ==, test->exit_code);
  assert_part (run->out, test->out);
  assert_part (run->err, test->err);
  assert_part (qcc_stand_in_get_calls (self->service), test->calls);
  if (strstr (test->words, "--json") == NULL)
    assert_lines_fit (run->out);
}

static const Case cases[] = {
  { "add", "add home --tier secondary -d 'At home'", NULL, 0, "Profile “home” was added.", NULL, "AddProfile('home', {" },
  { "add-options", "add home --strategy failover", NULL, 0, "no endpoint yet", NULL, "{'strategy': <'failover'>}" },
  { "add-json", "add home --json", NULL, 0, "\"name\" : \"home\"", NULL, "AddProfile('home', {})\n" },
  { "add-quiet", "add home -q", NULL, 0, NULL, NULL, "AddProfile" },
  { "add-exists", "add work", NULL, 1, NULL, "qcc: AddProfile was told to fail\uFFFD\n", "AddProfile", "AddProfile", QCC_ERROR_EXISTS },
  { "add-exists-json", "add work --json", NULL, 1, "\"code\" : \"Exists\"", "told to fail", "AddProfile", "AddProfile", QCC_ERROR_EXISTS },
  { "add-no-name", "add", NULL, 2, NULL, "name of the profile", NULL },
  { "list", "list", NULL, 0, "work   primary   active, default  unknown  default   1          An \uFFFD[31moffice\n", NULL, NULL },
  { "list-quiet", "list -q", NULL, 0, "spare", NULL, NULL },
  { "default", "default spare", NULL, 0, "“spare” is the default", NULL, "SetDefault('spare',)" },
  { "default-json", "default spare --json", NULL, 0, "\"default\" : true", NULL, "SetDefault('spare',)" },
  { "default-not-found", "default home", NULL, 4, NULL, "there are: work, spare", NULL },
  { "default-refused", "default spare", NULL, 1, NULL, "told to fail", "SetDefault", "SetDefault", QCC_ERROR_REFUSED },
  { "rename", "rename spare home", NULL, 0, "is now called “home”", NULL, "RenameProfile('spare', 'home')" },
  { "rename-json", "rename spare home --json", NULL, 0, "\"name\" : \"home\"", NULL, "RenameProfile" },
  { "rename-not-found", "rename home spare", NULL, 4, NULL, "no profile “home”", NULL },
  { "rename-exists", "rename spare work", NULL, 1, NULL, "told to fail", "RenameProfile", "RenameProfile", QCC_ERROR_EXISTS },
  { "rename-one-name", "rename spare", NULL, 2, NULL, "qcc rename OLD NEW", NULL },
  { "remove", "remove work --yes", NULL, 0, "Profile “work” was removed.", NULL, "RemoveProfile('work',)" },
  { "remove-json", "remove work --yes --json", NULL, 0, "\"removed\" : true", NULL, "RemoveProfile('work',)" },
  { "remove-unasked", "remove work", NULL, 2, NULL, "Give --yes", NULL },
  { "remove-not-found", "remove home --yes", NULL, 4, NULL, "no profile “home”", NULL },
  { "remove-refused", "remove work --yes", NULL, 1, NULL, "told to fail", "RemoveProfile", "RemoveProfile", QCC_ERROR_REFUSED },

  { "status", "status", NULL, 0, "Service   runs, version 1.2.3\nProxy     listens on http://127.0.0.1:7860\nActive    work\nDefault   work\n", NULL, NULL },
  { "status-line", "status --line", NULL, 0, "QCC work\n", NULL, NULL },
  { "status-too-much", "status work", NULL, 2, NULL, "qcc status", NULL },

  { "priority-set", "priority set spare secondary", NULL, 0, "“spare” is of tier secondary", NULL, "SetTier('secondary',)" },
  { "priority-set-json", "priority set spare secondary --json", NULL, 0, "\"tier\" : \"secondary\"", NULL, "SetTier" },
  { "priority-set-wrong", "priority set spare best", NULL, 1, NULL, "told to fail", "SetTier", "SetTier", QCC_ERROR_INVALID_ARGUMENT },
  { "priority-set-not-found", "priority set home primary", NULL, 4, NULL, "no profile “home”", NULL },
  { "priority-list", "priority list", NULL, 0, "work ", NULL, NULL },
  { "priority-switch", "priority switch spare --reason 'quota is used up'", NULL, 0, "start in “spare”", NULL, "SwitchProfile('spare', 'quota is used up')" },
  { "priority-switch-json", "priority switch spare --json", NULL, 0, "\"active\" : true", NULL, "SwitchProfile('spare', '')" },
  { "priority-switch-not-found", "priority switch home", NULL, 4, NULL, "no profile “home”", NULL },
  { "priority-switch-refused", "priority switch spare", NULL, 1, NULL, "told to fail", "SwitchProfile", "SwitchProfile", QCC_ERROR_REFUSED },
  { "priority-release", "priority release", NULL, 0, "start in “work”", NULL, "Release()" },
  { "priority-release-json", "priority release --json", NULL, 0, "\"name\" : \"work\"", NULL, "Release()" },

  { "endpoint-add", "endpoint add work --base-url https://a.example/api/", NULL, 0, "Endpoint “work-1” was added", NULL, "{'base_url': <'https://a.example/api/'>}" },
  { "endpoint-add-everything",
    "endpoint add work -u https://a.example --id a --auth bearer --weight 5 --priority 0 --max-failures 2 --proxy none"
    " --model 'a*=b' --model c=d --meta region=eu --connect-timeout 3 --first-byte-timeout 4 --idle-timeout 0 --json",
    NULL, 0, "\"id\" : \"a\"", NULL, "'models': <['a*=b', 'c=d']>" },
  { "endpoint-add-from", "endpoint add spare --from work/work-1", NULL, 0, "“qcc keys set spare-1”", NULL, "{'from': <'work/work-1'>}" },
  { "endpoint-add-nothing", "endpoint add work", NULL, 2, NULL, "give --base-url or --from", NULL },
  { "endpoint-add-not-found", "endpoint add home -u https://a.example", NULL, 4, NULL, "no profile “home”", NULL },
  { "endpoint-add-bad-url", "endpoint add work -u ftp://a.example", NULL, 1, NULL, "https://", NULL },
  { "endpoint-add-userinfo", "endpoint add work -u https://user:pw-of-mine@a.example", NULL, 1, NULL, "key store", NULL },
  { "endpoint-add-bad-proxy", "endpoint add work -u https://a.example --proxy http://me:pw-of-mine@p.example", NULL, 1, NULL, "password", NULL },
  { "endpoint-add-bad-model", "endpoint add work -u https://a.example --model claude", NULL, 2, NULL, "--model", NULL },
  { "endpoint-add-bad-meta", "endpoint add work -u https://a.example --meta =x", NULL, 2, NULL, "--meta", NULL },
  { "endpoint-add-bad-weight", "endpoint add work -u https://a.example --weight heavy", NULL, 2, NULL, "--weight", NULL },
  { "endpoint-add-exists", "endpoint add work -u https://a.example --id work-1", NULL, 1, NULL, "told to fail", "AddEndpoint", "AddEndpoint", QCC_ERROR_EXISTS },
  { "endpoint-add-both-keys", "endpoint add work -u https://a.example --key-stdin --key-env QCC_TEST_KEY", "x", 2, NULL, "not both", NULL },
  { "endpoint-add-no-variable", "endpoint add work -u https://a.example --key-env QCC_TEST_NOTHING", NULL, 2, NULL, "not set", NULL },
  { "endpoint-add-empty-variable", "endpoint add work -u https://a.example --key-env QCC_TEST_EMPTY", NULL, 1, NULL, "no key", NULL },
  { "endpoint-add-no-input", "endpoint add work -u https://a.example --key-stdin", "", 1, NULL, "no key", NULL },
  { "endpoint-add-two-lines", "endpoint add work -u https://a.example --key-stdin", "a\nb\n", 1, NULL, "no key", NULL },
  { "endpoint-list", "endpoint list work", NULL, 0, "work-1  enabled  unknown  missing  100     0         https://api.example.com\n", NULL, NULL },
  { "endpoint-list-empty", "endpoint list spare", NULL, 0, "no endpoints", NULL, NULL },
  { "endpoint-list-not-found", "endpoint list home", NULL, 4, NULL, "no profile “home”", NULL },
  { "endpoint-edit", "endpoint edit work work-1 --weight 7", NULL, 0, "was changed", NULL, "Update({'weight': <7>},)" },
  { "endpoint-edit-json", "endpoint edit work work-1 --weight 7 --json", NULL, 0, "\"weight\" : 7", NULL, "Update" },
  { "endpoint-edit-clear", "endpoint edit work work-1 --model '' --meta '' --ca-file '' --proxy ''", NULL, 0, "was changed", NULL, "'ca_file': <''>" },
  { "endpoint-edit-nothing", "endpoint edit work work-1", NULL, 2, NULL, "nothing to change", NULL },
  { "endpoint-edit-refused", "endpoint edit work work-1 --weight 0", NULL, 1, NULL, "told to fail", "Update", "Update", QCC_ERROR_INVALID_ARGUMENT },
  { "endpoint-edit-not-found", "endpoint edit work work-9 --weight 7", NULL, 4, NULL, "it has: work-1", NULL },
  { "endpoint-enable", "endpoint enable work work-1", NULL, 0, "is enabled", NULL, "Enable()" },
  { "endpoint-enable-not-found", "endpoint enable spare work-1", NULL, 4, NULL, "“spare” has no endpoint “work-1”", NULL },
  { "endpoint-disable", "endpoint disable work work-1 --json", NULL, 0, "\"enabled\" : false", NULL, "Disable()" },
  { "endpoint-remove", "endpoint remove work work-1 --yes", NULL, 0, "were removed", NULL, "Remove()" },
  { "endpoint-remove-json", "endpoint remove work work-1 -y --json", NULL, 0, "\"id\" : \"work-1\"", NULL, "Remove()" },
  { "endpoint-remove-unasked", "endpoint remove work work-1", NULL, 2, NULL, "Give --yes", NULL },
  { "endpoint-remove-not-found", "endpoint remove work work-9 --yes", NULL, 4, NULL, "no endpoint “work-9”", NULL },
  { "endpoint", "endpoint", NULL, 2, "endpoint add", NULL, NULL },
  { "endpoint-help", "endpoint --help", NULL, 0, "endpoint add", NULL, NULL },
  { "endpoint-unknown", "endpoint ad work", NULL, 2, NULL, "near are: endpoint add", NULL },
};

/* A key goes into the store, and the service is told only after that. */
static void
check_key (const char *words,
           const char *input)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_run (self, words, input);
  g_autofree char *key = qcc_cli_fixture_dup_key (self, "new");

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (key, ==, QCC_CLI_TEST_KEY);
  g_assert_true (g_str_has_suffix (qcc_stand_in_get_calls (self->service), "KeyChanged()\n"));
  g_assert_null (strstr (run->out, "no key yet"));
}

static void
test_key_stdin (void)
{
  check_key ("endpoint add work -u https://a.example --id new --key-stdin", QCC_CLI_TEST_KEY "\n");
}

static void
test_key_env (void)
{
  check_key ("endpoint add work -u https://a.example --id new --key-env QCC_TEST_KEY", NULL);
}

/* Makes the key store one that cannot be written. */
static void
block_keys (QccCliFixture *self)
{
  g_autofree char *folder = g_path_get_dirname (self->keys);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (g_unlink (self->keys), ==, 0);
  g_assert_cmpint (g_mkdir (self->keys, 0700), ==, 0);
}

static void
test_key_not_stored (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  block_keys (self);
  run = qcc_cli_fixture_run (self, "endpoint add work -u https://a.example --id new --key-env QCC_TEST_KEY", NULL);
  g_assert_cmpint (run->exit_code, ==, 1);
  assert_part (run->err, "the endpoint was not added, since its key cannot be stored");
  g_assert_false (qcc_stand_in_has (self->service, "endpoint", "new"));
  g_assert_true (qcc_stand_in_has (self->service, "endpoint", "work-1"));
}

static void
test_init_key_not_stored (void)
{
  g_autoptr (QccCliFixture) self = qcc_cli_fixture_new (program);
  g_autoptr (QccCliRun) run = NULL;

  block_keys (self);
  run = qcc_cli_fixture_run (self, "init home -u https://a.example --key-env QCC_TEST_KEY", NULL);
  g_assert_cmpint (run->exit_code, ==, 1);
  g_assert_false (qcc_stand_in_has (self->service, "profile", "home"));
  g_assert_false (qcc_stand_in_has (self->service, "endpoint", "home-1"));
}

static void
test_keys_go_with_the_profile (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) added = qcc_cli_fixture_run (self, "endpoint add work -u https://a.example --id new --key-env QCC_TEST_KEY", NULL);
  g_autoptr (QccCliRun) kept = NULL;
  g_autoptr (QccCliRun) removed = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  /* A profile that the service keeps has its keys. */
  qcc_stand_in_fail (self->service, "RemoveProfile", QCC_ERROR_REFUSED);
  kept = qcc_cli_fixture_run (self, "remove work --yes", NULL);
  before = qcc_cli_fixture_dup_key (self, "new");
  g_assert_cmpint (kept->exit_code, ==, 1);
  g_assert_cmpstr (before, ==, QCC_CLI_TEST_KEY);

  qcc_stand_in_fail (self->service, "Nothing", QCC_ERROR_FAILED);
  removed = qcc_cli_fixture_run (self, "remove work --yes", NULL);
  after = qcc_cli_fixture_dup_key (self, "new");
  g_assert_cmpint (removed->exit_code, ==, 0);
  g_assert_null (after);
}

static void
test_ca_file (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_run (self, "endpoint edit work work-1 --ca-file ca.pem", NULL);
  g_autofree char *folder = g_get_current_dir ();
  g_autofree char *expected = g_strdup_printf ("Update({'ca_file': <'%s/ca.pem'>},)\n", folder);

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (qcc_stand_in_get_calls (self->service), ==, expected);
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
test_list_json (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_run (self, "list --json", NULL);
  g_autoptr (JsonNode) root = parse (run->out);
  JsonArray *profiles = json_node_get_array (root);
  JsonObject *work = json_array_get_object_element (profiles, 0);
  JsonObject *endpoint = json_array_get_object_element (json_object_get_array_member (work, "endpoints"), 0);

  g_assert_cmpuint (json_array_get_length (profiles), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (work, "name"), ==, "work");
  g_assert_cmpstr (json_object_get_string_member (work, "tier"), ==, "primary");
  g_assert_true (json_object_get_boolean_member (work, "active"));
  g_assert_true (json_object_get_boolean_member (work, "enabled"));
  g_assert_cmpstr (json_object_get_string_member (work, "health"), ==, "unknown");
  g_assert_cmpstr (json_object_get_string_member (work, "description"), ==, "An \033[31moffice");
  g_assert_cmpstr (json_object_get_string_member (work, "health_aware"), ==, "default");

  g_assert_cmpstr (json_object_get_string_member (endpoint, "id"), ==, "work-1");
  g_assert_true (json_object_get_boolean_member (endpoint, "active"));
  g_assert_cmpint (json_object_get_int_member (endpoint, "weight"), ==, 100);
  g_assert_cmpstr (json_object_get_string_member (endpoint, "base_url"), ==, "https://api.example.com");
  g_assert_cmpstr (json_object_get_string_member (endpoint, "key_state"), ==, "missing");
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (endpoint, "models"), "claude-*"), ==, "glm-5");
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (endpoint, "meta"), "region"), ==, "eu");
}

static void
test_status_json (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *status;

  qcc_dbus_manager1_set_notices (qcc_stand_in_get_manager (self->service), (const char *const[]){ "mend this", NULL });
  run = qcc_cli_fixture_run (self, "status --json", NULL);
  root = parse (run->out);
  status = json_node_get_object (root);
  g_assert_true (json_object_get_boolean_member (json_object_get_object_member (status, "service"), "running"));
  g_assert_true (json_object_get_boolean_member (json_object_get_object_member (status, "proxy"), "running"));
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (status, "proxy"), "url"), ==, "http://127.0.0.1:7860");
  g_assert_cmpstr (json_object_get_string_member (status, "active_profile"), ==, "work");
  g_assert_cmpstr (json_array_get_string_element (json_object_get_array_member (status, "notices"), 0), ==, "mend this");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (status, "profiles")), ==, 2);
}

/* What a status line shows for each state. */
static void
test_status_line (void)
{
  const struct
  {
    const char *state;
    const char *active;
    gboolean pinned;
    const char *notice;
    const char *line;
  } lines[] = {
    { "running", "work", FALSE, NULL, "QCC work\n" },
    { "running", "work", TRUE, NULL, "QCC work (pinned)\n" },
    { "running", "work", FALSE, "mend this", "QCC work !\n" },
    { "running", "", FALSE, NULL, "QCC has no profile\n" },
    { "stopped", "work", FALSE, NULL, "QCC stopped\n" },
    { "failed", "work", FALSE, NULL, "QCC cannot listen\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (QccCliFixture) self = make_fixture ();
      QccDBusManager1 *manager = qcc_stand_in_get_manager (self->service);
      g_autoptr (QccCliRun) run = NULL;

      qcc_dbus_manager1_set_state (manager, lines[i].state);
      qcc_dbus_manager1_set_active_profile (manager, lines[i].active);
      qcc_dbus_manager1_set_pinned (manager, lines[i].pinned);
      qcc_dbus_manager1_set_notices (manager, (const char *const[]){ lines[i].notice, NULL });
      run = qcc_cli_fixture_run (self, "status --line", NULL);
      g_assert_cmpint (run->exit_code, ==, 0);
      g_assert_cmpstr (run->out, ==, lines[i].line);
    }
}

static void
test_status_report (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  QccDBusManager1 *manager = qcc_stand_in_get_manager (self->service);
  g_autoptr (QccCliRun) run = NULL;

  qcc_dbus_manager1_set_state (manager, "failed");
  qcc_dbus_manager1_set_state_reason (manager, "port 7860 is taken by somebody whose name is long enough that a line cannot hold it");
  qcc_dbus_manager1_set_pinned (manager, TRUE);
  qcc_dbus_manager1_set_pin_reason (manager, "quota");
  qcc_dbus_manager1_set_notices (manager, (const char *const[]){ "mend this", NULL });
  run = qcc_cli_fixture_run (self, "status", NULL);
  g_assert_cmpint (run->exit_code, ==, 0);
  assert_part (run->out, "\nProxy     cannot listen: port 7860 is taken by somebody");
  assert_part (run->out, "\n          ");
  assert_part (run->out, "\nActive    work, pinned since 1970-01-01");
  assert_part (run->out, ": quota\n");
  assert_part (run->out, "\nNotice    mend this\n");
  assert_part (run->out, "\nwork     primary   unknown  work-1    enabled  missing  https://api.example.com\n");
  assert_part (run->out, "\nspare    fallback  unknown  none\n");
  assert_lines_fit (run->out);
}

/* Nobody there: looking does not start anything, changing says why it cannot (spec 13.3). */
static void
test_no_service (void)
{
  const Case without[] = {
    { "status", "status", NULL, 3, "Service   the service does not run", NULL },
    { "status-json", "status --json", NULL, 3, "\"running\" : false", NULL },
    { "status-line", "status --line", NULL, 0, "QCC off\n", NULL },
    { "list", "list", NULL, 3, NULL, "qcc: the service does not run" },
    { "list-json", "list --json", NULL, 3, "\"code\" : \"NoService\"", "qcc: the service does not run" },
    { "init", "init", NULL, 3, NULL, "Install QCC" },
    { "add", "add home", NULL, 3, NULL, "Install QCC" },
    { "endpoint", "endpoint add work -u https://a.example", NULL, 3, NULL, "Install QCC" },
    { "priority", "priority release", NULL, 3, NULL, "Install QCC" },
  };
  g_autoptr (QccCliFixture) self = qcc_cli_fixture_new (program);

  g_clear_pointer (&self->service, qcc_stand_in_free);
  for (gsize i = 0; i < G_N_ELEMENTS (without); i++)
    {
      g_autoptr (QccCliRun) run = qcc_cli_fixture_run (self, without[i].words, NULL);

      g_assert_cmpint (run->exit_code, ==, without[i].exit_code);
      assert_part (run->out, without[i].out);
      assert_part (run->err, without[i].err);
      if (strstr (without[i].words, "--json") != NULL)
        json_node_unref (parse (run->out));
    }
}

/* Looking starts nothing; all else says why the start fails. */
static void
test_start_fails (void)
{
  g_autoptr (QccCliFixture) self = qcc_cli_fixture_new_activatable (program, "/bin/false");
  g_autoptr (QccCliRun) status = qcc_cli_fixture_run (self, "status", NULL);
  g_autoptr (QccCliRun) list = qcc_cli_fixture_run (self, "list --json", NULL);

  g_assert_cmpint (status->exit_code, ==, 3);
  assert_part (status->out, "the service does not run");
  g_assert_cmpint (list->exit_code, ==, 3);
  assert_part (list->out, "\"code\" : \"NoService\"");
  assert_part (list->err, "the service cannot be started: ");
  assert_part (list->err, "exited with status 1");
}

static void
test_no_bus (void)
{
  g_autoptr (QccCliFixture) self = qcc_cli_fixture_new (program);
  g_autoptr (QccCliRun) list = NULL;
  g_autoptr (QccCliRun) line = NULL;

  g_clear_pointer (&self->service, qcc_stand_in_free);
  g_test_dbus_stop (self->bus);
  list = qcc_cli_fixture_run (self, "list", NULL);
  g_assert_cmpint (list->exit_code, ==, 3);
  assert_part (list->err, "qcc: there is no session bus");
  line = qcc_cli_fixture_run (self, "status --line", NULL);
  g_assert_cmpint (line->exit_code, ==, 0);
  g_assert_cmpstr (line->out, ==, "QCC off\n");
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
      g_autofree char *path = g_strdup_printf ("/cli/verbs/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/cli/verbs/key-stdin", test_key_stdin);
  g_test_add_func ("/cli/verbs/key-env", test_key_env);
  g_test_add_func ("/cli/verbs/key-not-stored", test_key_not_stored);
  g_test_add_func ("/cli/verbs/init-key-not-stored", test_init_key_not_stored);
  g_test_add_func ("/cli/verbs/keys-go-with-the-profile", test_keys_go_with_the_profile);
  g_test_add_func ("/cli/verbs/ca-file", test_ca_file);
  g_test_add_func ("/cli/verbs/list-json", test_list_json);
  g_test_add_func ("/cli/verbs/status-json", test_status_json);
  g_test_add_func ("/cli/verbs/status-line-states", test_status_line);
  g_test_add_func ("/cli/verbs/status-report", test_status_report);
  g_test_add_func ("/cli/verbs/no-service", test_no_service);
  g_test_add_func ("/cli/verbs/start-fails", test_start_fails);
  g_test_add_func ("/cli/verbs/no-bus", test_no_bus);

  return g_test_run ();
}
