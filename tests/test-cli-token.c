/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/qcc-token.h"
#include "tests/qcc-cli-service.h"

#define TOKEN_LENGTH (strlen (QCC_TOKEN_PREFIX) + 64)

static const char *program;
static const char *service;

static void
set_up (QccBusFixture **fixture,
        gconstpointer data)
{
  *fixture = qcc_bus_fixture_new (service);
  qcc_bus_fixture_activate (*fixture);
  qcc_bus_fixture_add_endpoint (*fixture, "work", "work-1", "https://api.example.com");
}

static void
tear_down (QccBusFixture **fixture,
           gconstpointer data)
{
  qcc_bus_fixture_free (*fixture);
}

static void
assert_token (const char *text)
{
  g_assert_cmpuint (strlen (text), ==, TOKEN_LENGTH + 1);
  g_assert_true (g_str_has_prefix (text, QCC_TOKEN_PREFIX) && g_str_has_suffix (text, "\n"));
}

/* Returns the file that holds @token, %NULL for none. */
static const char *
find_in_files (QccBusFixture *fixture,
               const char *token)
{
  static const char *const names[] = { "config/qcc/keys.json", "config/qcc/profiles.json" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = qcc_bus_fixture_read (fixture, names[i]);

      if (text != NULL && strstr (text, token) != NULL)
        return names[i];
    }

  return NULL;
}

static JsonObject *
find_token (JsonNode *root,
            const char *name)
{
  JsonArray *array = json_node_get_array (root);

  for (guint i = 0; i < json_array_get_length (array); i++)
    if (g_str_equal (json_object_get_string_member (json_array_get_object_element (array, i), "name"), name))
      return json_array_get_object_element (array, i);

  g_error ("there is no token %s", name);
}

/* It is printed alone, and its hash is what the service has. */
static void
test_add (QccBusFixture **fixture,
          gconstpointer data)
{
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, "token add shop --profile work --cross", NULL);
  g_autofree char *file = NULL;
  g_autofree char *token = NULL;
  g_autofree char *hash = NULL;
  g_autoptr (QccSecret) secret = NULL;
  g_autoptr (JsonNode) list = NULL;

  g_assert_cmpint (run->exit_code, ==, 0);
  assert_token (run->out);
  g_assert_cmpstr (run->err, ==, "");

  token = g_strchomp (g_strdup (run->out));
  g_assert_null (find_in_files (*fixture, token));
  secret = qcc_secret_new (token, -1);
  hash = qcc_token_hash (secret);
  file = qcc_bus_fixture_read (*fixture, "config/qcc/profiles.json");
  g_assert_nonnull (strstr (file, hash));

  list = qcc_cli_service_ask (program, "token list");
  g_assert_cmpstr (json_object_get_string_member (find_token (list, "shop"), "profile"), ==, "work");
  g_assert_true (json_object_get_boolean_member (find_token (list, "shop"), "cross"));
}

static void
test_add_json (QccBusFixture **fixture,
               gconstpointer data)
{
  g_autoptr (JsonNode) root = qcc_cli_service_ask (program, "token add shop --profile work");
  JsonObject *object = json_node_get_object (root);

  g_assert_cmpstr (json_object_get_string_member (object, "name"), ==, "shop");
  g_assert_cmpstr (json_object_get_string_member (object, "profile"), ==, "work");
  g_assert_false (json_object_get_boolean_member (object, "cross"));
  g_assert_cmpuint (strlen (json_object_get_string_member (object, "token")), ==, TOKEN_LENGTH);
}

static void
test_two_differ (QccBusFixture **fixture,
                 gconstpointer data)
{
  g_autoptr (QccCliRun) first = qcc_cli_service_run (program, "token add a", NULL);
  g_autoptr (QccCliRun) second = qcc_cli_service_run (program, "token add b", NULL);

  g_assert_cmpstr (first->out, !=, second->out);
}

/* The default one can be had again, from the key store. */
static void
test_default (QccBusFixture **fixture,
              gconstpointer data)
{
  g_autoptr (QccCliRun) add = qcc_cli_service_run (program, "token add default", NULL);
  g_autofree char *token = g_strchomp (g_strdup (add->out));
  g_autoptr (QccCliRun) again = qcc_cli_service_run (program, "token add default", NULL);
  g_autoptr (QccCliRun) remove = NULL;

  g_assert_cmpint (add->exit_code, ==, 0);
  assert_token (add->out);
  g_assert_cmpstr (find_in_files (*fixture, token), ==, "config/qcc/keys.json");
  g_assert_cmpint (again->exit_code, ==, 1);
  g_assert_cmpstr (find_in_files (*fixture, token), ==, "config/qcc/keys.json");

  remove = qcc_cli_service_run (program, "token remove default --yes", NULL);
  g_assert_cmpint (remove->exit_code, ==, 0);
  g_assert_null (find_in_files (*fixture, token));
}

/* What cannot be kept is not made. */
static void
test_default_not_kept (QccBusFixture **fixture,
                       gconstpointer data)
{
  g_autoptr (QccCliRun) add = NULL;
  g_autoptr (JsonNode) list = NULL;

  qcc_bus_fixture_write (*fixture, "config/qcc/keys.json", "damaged");
  add = qcc_cli_service_run (program, "token add default", NULL);
  g_assert_cmpint (add->exit_code, ==, 1);
  g_assert_cmpstr (add->out, ==, "");

  list = qcc_cli_service_ask (program, "token list");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (list)), ==, 0);
}

static void
test_list_empty (QccBusFixture **fixture,
                 gconstpointer data)
{
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, "token list", NULL);

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_nonnull (strstr (run->out, "“qcc token add NAME”"));
}

static void
test_refusals (QccBusFixture **fixture,
               gconstpointer data)
{
  const QccCliCase cases[] = {
    { "", "token add a --cross", 2, NULL, "--profile" },
    { "", "token add a --profile nowhere", 4, NULL, "work" },
    { "", "token add 'a b'", 1, NULL, "A-Z" },
    { "", "token add", 2, NULL, "token add NAME" },
    { "", "token remove nobody --yes", 4, NULL, "token" },
    { "", "token remove nobody", 4, NULL, "token" },
    { "", "token add a --quiet", 0, QCC_TOKEN_PREFIX, NULL },
    { "", "token add a", 1, NULL, "name" },
    { "", "token remove a", 2, NULL, "--yes" },
    { "", "token remove a --yes --json", 0, "\"removed\" : true", NULL },
    { "", "token remove a --yes", 4, NULL, "token" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    qcc_cli_service_check (program, &cases[i]);
}

int
main (int argc,
      char **argv)
{
  const struct
  {
    const char *path;
    void (*run) (QccBusFixture **fixture, gconstpointer data);
  } tests[] = {
    { "/cli/token/add", test_add },
    { "/cli/token/add-json", test_add_json },
    { "/cli/token/two-differ", test_two_differ },
    { "/cli/token/default", test_default },
    { "/cli/token/default-not-kept", test_default_not_kept },
    { "/cli/token/list-empty", test_list_empty },
    { "/cli/token/refusals", test_refusals },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  service = argv[2];

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccBusFixture *, NULL, set_up, tests[i].run, tear_down);

  return g_test_run ();
}
