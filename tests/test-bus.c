/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "service/qcc-fake-provider.h"
#include "tests/qcc-bus-fixture.h"

/* The service on a real bus (spec 12), as a process that the bus starts. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *service_program;

static GVariant *
no_options (void)
{
  return g_variant_new ("a{sv}", NULL);
}

static void
add_profile (QccBusFixture *fixture,
             const char *name)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  qcc_dbus_manager1_call_add_profile_sync (fixture->manager, name, no_options (), CALL, &path, NULL, &error);
  g_assert_no_error (error);
}

static QccBusFixture *
start (void)
{
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);

  qcc_bus_fixture_activate (fixture);

  return fixture;
}

static void
test_activation (void)
{
  g_autofree char *status = NULL;
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);

  g_assert_false (qcc_bus_fixture_is_running (fixture));
  qcc_bus_fixture_activate (fixture);
  qcc_bus_fixture_assert_text (fixture, "State", "running");
  qcc_bus_fixture_assert_text (fixture, "StateReason", "");
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "");
  qcc_bus_fixture_assert_text (fixture, "Notices", "[]");
  status = qcc_bus_fixture_ask (fixture);
  g_assert_nonnull (strstr (status, "503 "));
  g_assert_nonnull (strstr (status, "qcc "));

  qcc_bus_fixture_free (fixture);
}

/* From nothing to an answered request, with the bus alone. */
static void
test_serve (void)
{
  g_autoptr (QccFakeProvider) provider = qcc_fake_provider_new (NULL);
  g_autofree char *url = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *keys = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_autoptr (GError) error = NULL;
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);

  qcc_fake_provider_set_key (provider, "key-of-the-bus-test");
  qcc_fake_provider_start (provider, 0, &error);
  g_assert_no_error (error);
  url = qcc_fake_provider_dup_url (provider);
  qcc_bus_fixture_activate (fixture);

  qcc_bus_fixture_add_endpoint (fixture, "work", "one", url);
  endpoint = qcc_bus_fixture_get_endpoint (fixture, "one");
  g_assert_cmpstr (qcc_dbus_endpoint1_get_key_state (endpoint), ==, "missing");
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "work");

  qcc_bus_fixture_set_key (fixture, "one", "key-of-the-bus-test\n", &error);
  g_assert_no_error (error);
  g_clear_object (&endpoint);
  endpoint = qcc_bus_fixture_get_endpoint (fixture, "one");
  g_assert_cmpstr (qcc_dbus_endpoint1_get_key_state (endpoint), ==, "ok");
  g_assert_cmpstr (qcc_dbus_endpoint1_get_key_store (endpoint), ==, "file");
  keys = qcc_bus_fixture_read (fixture, "config/qcc/keys.json");
  g_assert_nonnull (strstr (keys, "key-of-the-bus-test"));

  answer = qcc_bus_fixture_ask (fixture);
  g_assert_nonnull (strstr (answer, "200 "));
  g_assert_nonnull (strstr (answer, "message_stop"));

  qcc_bus_fixture_free (fixture);
}

static void
assert_refused (gboolean done,
                GError **error,
                QccError code)
{
  g_autoptr (GError) local_error = g_steal_pointer (error);

  g_assert_false (done);
  g_assert_error (local_error, QCC_ERROR, (int) code);
  g_assert_cmpint (strlen (local_error->message), >, 10);
}

static void
test_errors (void)
{
  static const struct
  {
    const char *options;
    QccError code;
  } rows[] = {
    { "{'base_url': <'ftp://x'>}", QCC_ERROR_INVALID_ARGUMENT },
    { "{'base_url': <'https://u:p@x'>}", QCC_ERROR_INVALID_ARGUMENT },
    { "{'id': <'one'>, 'base_url': <'https://x.example'>}", QCC_ERROR_EXISTS },
    { "{'id': <'One!'>, 'base_url': <'https://x.example'>}", QCC_ERROR_INVALID_ARGUMENT },
    { "{'weight': <0>, 'base_url': <'https://x.example'>}", QCC_ERROR_INVALID_ARGUMENT },
    { "{'weight': <1001>, 'base_url': <'https://x.example'>}", QCC_ERROR_INVALID_ARGUMENT },
    { "{'colour': <'red'>, 'base_url': <'https://x.example'>}", QCC_ERROR_INVALID_ARGUMENT },
    { "{'api_key': <'sk-secret'>, 'base_url': <'https://x.example'>}", QCC_ERROR_INVALID_ARGUMENT },
    { "{'from': <'nowhere'>}", QCC_ERROR_NOT_FOUND },
    { "@a{sv} {}", QCC_ERROR_INVALID_ARGUMENT },
  };
  QccBusFixture *fixture = start ();
  QccDBusManager1 *manager = fixture->manager;
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  qcc_bus_fixture_add_endpoint (fixture, "work", "one", "https://one.example");
  profile = qcc_bus_fixture_get_profile (fixture, "work");
  before = qcc_bus_fixture_read (fixture, "config/qcc/profiles.json");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GVariant) options = g_variant_parse (NULL, rows[i].options, NULL, NULL, &error);

      g_assert_no_error (error);
      qcc_dbus_profile1_call_add_endpoint_sync (profile, options, CALL, &path, NULL, &error);
      g_assert_error (error, QCC_ERROR, (int) rows[i].code);
      g_assert_null (strstr (error->message, "sk-secret"));
      g_clear_error (&error);
    }

  assert_refused (qcc_dbus_manager1_call_add_profile_sync (manager, "work", no_options (), CALL, &path, NULL, &error), &error, QCC_ERROR_EXISTS);
  assert_refused (qcc_dbus_manager1_call_add_profile_sync (manager, "a/b", no_options (), CALL, &path, NULL, &error), &error, QCC_ERROR_INVALID_ARGUMENT);
  assert_refused (qcc_dbus_manager1_call_remove_profile_sync (manager, "none", CALL, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_manager1_call_rename_profile_sync (manager, "none", "x", CALL, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_manager1_call_set_default_sync (manager, "none", CALL, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_manager1_call_switch_profile_sync (manager, "none", "", CALL, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_manager1_call_find_profile_sync (manager, "none", CALL, &path, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_manager1_call_find_endpoint_sync (manager, "none", CALL, &path, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_manager1_call_add_token_sync (manager, "t", "beef", "", FALSE, CALL, NULL, &error), &error, QCC_ERROR_INVALID_ARGUMENT);
  assert_refused (qcc_dbus_manager1_call_add_token_sync (manager, "t", HASH, "none", FALSE, CALL, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_manager1_call_remove_token_sync (manager, "t", CALL, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_profile1_call_set_tier_sync (profile, "best", CALL, NULL, &error), &error, QCC_ERROR_INVALID_ARGUMENT);

  after = qcc_bus_fixture_read (fixture, "config/qcc/profiles.json");
  g_assert_cmpstr (before, ==, after);
  qcc_bus_fixture_free (fixture);
}

static void
test_switching (void)
{
  QccBusFixture *fixture = start ();
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autoptr (GError) error = NULL;

  add_profile (fixture, "day");
  add_profile (fixture, "night");
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "day");
  qcc_bus_fixture_assert_text (fixture, "DefaultProfile", "day");
  qcc_bus_fixture_assert_text (fixture, "Pinned", "false");

  qcc_dbus_manager1_call_switch_profile_sync (fixture->manager, "night", "testing", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "night");
  qcc_bus_fixture_assert_text (fixture, "Pinned", "true");
  qcc_bus_fixture_assert_text (fixture, "PinReason", "testing");

  /* A pin outlives the service, and a new name. */
  qcc_dbus_manager1_call_rename_profile_sync (fixture->manager, "night", "late", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "late");
  qcc_bus_fixture_quit (fixture);
  qcc_bus_fixture_activate (fixture);
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "late");
  qcc_bus_fixture_assert_text (fixture, "PinReason", "testing");
  profile = qcc_bus_fixture_get_profile (fixture, "late");
  g_assert_true (qcc_dbus_profile1_get_active (profile));
  g_assert_false (qcc_dbus_profile1_get_default (profile));

  /* What is refused leaves the pin alone. */
  assert_refused (qcc_dbus_manager1_call_rename_profile_sync (fixture->manager, "late", "day", CALL, NULL, &error), &error, QCC_ERROR_EXISTS);
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "late");

  qcc_dbus_manager1_call_release_sync (fixture->manager, CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "day");
  qcc_bus_fixture_assert_text (fixture, "PinnedSince", "0");

  /* A pinned profile that is disabled is active no more. */
  qcc_dbus_manager1_call_switch_profile_sync (fixture->manager, "late", "", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_dbus_profile1_call_set_tier_sync (profile, "disabled", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "day");
  qcc_bus_fixture_assert_text (fixture, "Pinned", "false");
  assert_refused (qcc_dbus_manager1_call_switch_profile_sync (fixture->manager, "late", "", CALL, NULL, &error), &error, QCC_ERROR_REFUSED);

  qcc_bus_fixture_free (fixture);
}

/* Where nothing can be kept the user can still switch, and is told. */
static void
test_no_state (void)
{
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);
  g_autofree char *notices = NULL;
  g_autoptr (GError) error = NULL;

  qcc_bus_fixture_write (fixture, "state/qcc", "a file where a folder should be");
  qcc_bus_fixture_activate (fixture);
  add_profile (fixture, "day");
  add_profile (fixture, "night");
  qcc_dbus_manager1_call_switch_profile_sync (fixture->manager, "night", "", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "night");
  notices = qcc_bus_fixture_get_text (fixture, "Notices");
  g_assert_nonnull (strstr (notices, "state.db"));

  qcc_bus_fixture_free (fixture);
}

static void
test_tokens (void)
{
  QccBusFixture *fixture = start ();
  g_autoptr (GVariant) tokens = NULL;
  g_autofree char *listed = NULL;
  g_autoptr (GError) error = NULL;

  add_profile (fixture, "work");
  qcc_dbus_manager1_call_add_token_sync (fixture->manager, "laptop", HASH, "work", TRUE, CALL, NULL, &error);
  g_assert_no_error (error);
  assert_refused (qcc_dbus_manager1_call_add_token_sync (fixture->manager, "laptop", HASH, "", FALSE, CALL, NULL, &error), &error, QCC_ERROR_EXISTS);
  assert_refused (qcc_dbus_manager1_call_remove_profile_sync (fixture->manager, "work", CALL, NULL, &error), &error, QCC_ERROR_REFUSED);

  qcc_dbus_manager1_call_list_tokens_sync (fixture->manager, CALL, &tokens, NULL, &error);
  g_assert_no_error (error);
  listed = g_variant_print (tokens, FALSE);
  g_assert_cmpstr (listed, ==, "[('laptop', 'work', true)]");

  qcc_dbus_manager1_call_remove_token_sync (fixture->manager, "laptop", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_dbus_manager1_call_remove_profile_sync (fixture->manager, "work", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "ActiveProfile", "");

  qcc_bus_fixture_free (fixture);
}

static void
on_setting_changed (QccDBusManager1 *manager,
                    const char *name,
                    const char *value,
                    GString *seen)
{
  g_string_append_printf (seen, "%s=%s;", name, value);
}

static gboolean
has_seen (gpointer data)
{
  return ((GString *) data)->len > 0;
}

static void
test_settings (void)
{
  QccBusFixture *fixture = start ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GVariant) settings = NULL;
  g_autofree char *value = NULL;
  g_autofree char *again = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_connect (fixture->manager, "setting-changed", G_CALLBACK (on_setting_changed), seen);
  qcc_dbus_manager1_call_set_setting_sync (fixture->manager, "failover.fallback_enabled", "off", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_wait_for (fixture, has_seen, seen);
  g_assert_cmpstr (seen->str, ==, "failover.fallback-enabled=false;");
  value = qcc_bus_fixture_get_setting (fixture, "failover.fallback-enabled");
  g_assert_cmpstr (value, ==, "false");

  qcc_dbus_manager1_call_list_settings_sync (fixture->manager, CALL, &settings, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (settings), >, 50);

  assert_refused (qcc_dbus_manager1_call_set_setting_sync (fixture->manager, "proxy.port", "70000", CALL, NULL, &error), &error, QCC_ERROR_INVALID_ARGUMENT);
  assert_refused (qcc_dbus_manager1_call_set_setting_sync (fixture->manager, "proxy.prt", "7000", CALL, NULL, &error), &error, QCC_ERROR_NOT_FOUND);
  assert_refused (qcc_dbus_manager1_call_reset_setting_sync (fixture->manager, "nothing", CALL, NULL, &error), &error, QCC_ERROR_NOT_FOUND);

  /* On disk. */
  qcc_bus_fixture_quit (fixture);
  qcc_bus_fixture_activate (fixture);
  again = qcc_bus_fixture_get_setting (fixture, "failover.fallback-enabled");
  g_assert_cmpstr (again, ==, "false");

  qcc_bus_fixture_free (fixture);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus/activation", test_activation);
  g_test_add_func ("/bus/serve", test_serve);
  g_test_add_func ("/bus/errors", test_errors);
  g_test_add_func ("/bus/switching", test_switching);
  g_test_add_func ("/bus/no-state", test_no_state);
  g_test_add_func ("/bus/tokens", test_tokens);
  g_test_add_func ("/bus/settings", test_settings);

  return g_test_run ();
}
