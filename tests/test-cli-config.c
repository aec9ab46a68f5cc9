/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "tests/qcc-cli-service.h"

static const char *program;
static QccBusFixture *fixture;

static const QccCliCase cases[] = {
  { "get", "config get failover.cooldown", 0, "300\n", NULL },
  { "get-underscores", "config get proxy.max_body_size", 0, "67108864\n", NULL },
  { "get-unknown", "config get proxy.nonsense", 4, NULL, "“proxy.nonsense”; “qcc config list”" },
  { "get-unknown-json", "config get proxy.nonsense --json", 4, "\"NotFound\"", "proxy.nonsense" },
  { "get-nothing", "config get", 2, NULL, "config get KEY" },
  { "describe", "config describe failover.cooldown", 0, "Default: 300\n", NULL },
  { "describe-range", "config describe proxy.port", 0, "Allowed: 0 to 65535\n", NULL },
  { "describe-unknown", "config describe nonsense", 4, NULL, "nonsense" },
  { "list", "config list", 0, "loadbalancer.strategy ", NULL },
  { "list-unknown", "config list nonsense", 4, NULL, "“qcc config list”" },
  { "set-out-of-range", "config set failover.cooldown -- -1", 1, NULL, "failover.cooldown" },
  { "set-no-number", "config set proxy.port many", 1, NULL, "0 to 65535" },
  { "set-no-choice", "config set proxy.log-level loud", 1, NULL, "warning" },
  { "set-unknown", "config set nonsense 1", 4, NULL, "qcc config list" },
  { "set-no-value", "config set proxy.port", 2, NULL, "config set KEY VALUE" },
  { "reset-unknown", "config reset nonsense", 4, NULL, "qcc config list" },
  { "reset-nothing", "config reset", 2, NULL, "either a setting or --all" },
  { "reset-both", "config reset proxy.port --all", 2, NULL, "either a setting or --all" },
  { "reset-all-unasked", "config reset --all", 2, NULL, "--yes" },
};

static void
test_case (gconstpointer data)
{
  qcc_cli_service_check (program, data);
}

/* Values are what their types say. */
static void
test_json (void)
{
  g_autoptr (JsonNode) root = qcc_cli_service_ask (program, "config list");
  JsonArray *array = json_node_get_array (root);
  gboolean seen_port = FALSE;

  g_assert_cmpuint (json_array_get_length (array), >, 40);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *setting = json_array_get_object_element (array, i);
      const char *name = json_object_get_string_member (setting, "name");
      const char *type = json_object_get_string_member (setting, "type");
      JsonNode *value = json_object_get_member (setting, "value");

      g_test_message ("%s", name);
      if (g_str_equal (type, "integer"))
        g_assert_true (json_node_get_value_type (value) == G_TYPE_INT64);
      else if (g_str_equal (type, "boolean"))
        g_assert_true (json_node_get_value_type (value) == G_TYPE_BOOLEAN);
      else if (g_str_equal (type, "list"))
        g_assert_true (JSON_NODE_HOLDS_ARRAY (value));
      else
        g_assert_true (json_node_get_value_type (value) == G_TYPE_STRING);
      g_assert_true (json_node_get_node_type (value) ==
                     json_node_get_node_type (json_object_get_member (setting, "default")));
      for (gsize j = 0; j < 3; j++)
        g_assert_cmpstr (json_object_get_string_member (setting, ((const char *[]){ "allowed", "summary", "description" })[j]), !=, "");
      g_assert_true (json_object_get_boolean_member (setting, "is_writable"));
      seen_port = seen_port || (g_str_equal (name, "proxy.port") && !json_object_get_boolean_member (setting, "is_default"));
    }
  g_assert_true (seen_port);
}

static void
test_list_prefix (void)
{
  g_autoptr (JsonNode) root = qcc_cli_service_ask (program, "config list failover");
  JsonArray *array = json_node_get_array (root);

  g_assert_cmpuint (json_array_get_length (array), >, 5);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *setting = json_array_get_object_element (array, i);

      g_assert_true (g_str_has_prefix (json_object_get_string_member (setting, "name"), "failover."));
    }
}

static void
assert_setting (const char *name,
                const char *value)
{
  g_autofree char *found = qcc_bus_fixture_get_setting (fixture, name);

  g_assert_cmpstr (found, ==, value);
}

static void
test_set_and_reset (void)
{
  g_autoptr (QccCliRun) set = qcc_cli_service_run (program, "config set failover.cooldown 600", NULL);
  g_autoptr (QccCliRun) list = qcc_cli_service_run (program, "config list failover.cooldown", NULL);
  g_autoptr (QccCliRun) reset = NULL;

  g_assert_cmpint (set->exit_code, ==, 0);
  g_assert_null (strstr (set->out, "restart"));
  g_assert_nonnull (strstr (list->out, "600    300\n"));
  assert_setting ("failover.cooldown", "600");

  reset = qcc_cli_service_run (program, "config reset failover.cooldown", NULL);
  g_assert_cmpint (reset->exit_code, ==, 0);
  assert_setting ("failover.cooldown", "300");
}

static void
test_set_list (void)
{
  g_autoptr (JsonNode) root = qcc_cli_service_ask (program, "config set proxy.allowed_origins http://a:1,http://b");
  JsonObject *setting = json_node_get_object (root);
  JsonArray *value = json_object_get_array_member (setting, "value");

  g_assert_cmpuint (json_array_get_length (value), ==, 2);
  g_assert_cmpstr (json_array_get_string_element (value, 1), ==, "http://b");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (setting, "default")), ==, 0);
}

/* What is said where it is set is what the setting itself says. */
static void
test_restart_hint (void)
{
  static const char hint[] = "akes effect with the next start of the proxy: “qcc proxy restart”.";
  static const char *const names[] = { "port", "host", "ssl-certificate", "ssl-enabled", "ssl-key" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *set = g_strdup_printf ("config set proxy.%s '%s'", names[i], ((const char *[]){ "0", "localhost", "", "false", "" })[i]);
      g_autofree char *get = g_strdup_printf ("config get proxy.%s", names[i]);
      g_autoptr (QccCliRun) run = qcc_cli_service_run (program, set, NULL);
      g_autoptr (JsonNode) setting = qcc_cli_service_ask (program, get);

      g_assert_cmpint (run->exit_code, ==, 0);
      g_assert_nonnull (strstr (run->out, hint));
      g_assert_nonnull (strstr (json_object_get_string_member (json_node_get_object (setting), "description"), hint));
    }
}

static void
test_reset_all (void)
{
  g_autoptr (QccCliRun) set = qcc_cli_service_run (program, "config set failover.cooldown 601", NULL);
  g_autoptr (QccCliRun) reset = qcc_cli_service_run (program, "config reset --all --yes", NULL);

  g_assert_cmpint (set->exit_code, ==, 0);
  g_assert_cmpint (reset->exit_code, ==, 0);
  assert_setting ("failover.cooldown", "300");
  assert_setting ("proxy.port", "7860");
  assert_setting ("proxy.allowed-origins", "");
}

int
main (int argc,
      char **argv)
{
  int result;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  fixture = qcc_bus_fixture_new (argv[2]);
  qcc_bus_fixture_activate (fixture);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cli/config/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/cli/config/json", test_json);
  g_test_add_func ("/cli/config/list-prefix", test_list_prefix);
  g_test_add_func ("/cli/config/set-and-reset", test_set_and_reset);
  g_test_add_func ("/cli/config/set-list", test_set_list);
  g_test_add_func ("/cli/config/restart-hint", test_restart_hint);
  g_test_add_func ("/cli/config/reset-all", test_reset_all);

  result = g_test_run ();
  qcc_bus_fixture_free (fixture);
  return result;
}
