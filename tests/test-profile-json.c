/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-error.h"
#include "common/qcc-snapshot.h"

#include <string.h>

/* Every member that this version knows, and one that it does not know at each level. */
static const char full_file[] =
    "{\n"
    "  \"version\": 1,\n"
    "  \"default\": \"work\",\n"
    "  \"future\": {\"a\": [1, 2.5, null, \"工\"]},\n"
    "  \"profiles\": [\n"
    "    {\"name\": \"spare\", \"tier\": \"fallback\", \"endpoints\": [{\"base_url\": \"http://[::1]:8080/\"}]},\n"
    "    {\"name\": \"work\", \"description\": \"At work \\ud83d\\ude00\", \"tier\": \"primary\", \"order\": -3,\n"
    "     \"strategy\": \"failover\", \"health_aware\": true, \"future\": 1, \"endpoints\": [\n"
    "      {\"id\": \"main\", \"base_url\": \"https://api.anthropic.com\", \"auth\": \"x-api-key\", \"weight\": 1000,\n"
    "       \"priority\": 7, \"max_failures\": 100, \"enabled\": false, \"ca_file\": \"/etc/ssl/own.pem\",\n"
    "       \"proxy\": \"socks5://user@proxy:1080\",\n"
    "       \"models\": {\"z-*\": \"one\", \"claude-*\": \"two\", \"*\": \"three\"},\n"
    "       \"timeouts\": {\"connect\": 1, \"first_byte\": 86400, \"idle\": 30},\n"
    "       \"meta\": {\"rate_limit\": 50, \"region\": \"eu\"}, \"future\": []},\n"
    "      {\"base_url\": \"https://h/api/\", \"proxy\": \"none\"},\n"
    "      {\"base_url\": \"https://h/api/\", \"proxy\": \"system\"}\n"
    "    ]}\n"
    "  ],\n"
    "  \"tokens\": [{\"name\": \"t\", \"sha256\": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\n"
    "    \"future\": 1, \"profile\": \"work\", \"cross\": false}],\n"
    "  \"rules\": [{\"status\": 503, \"type\": \"api_*\", \"text\": \"No Capacity\", \"class\": \"rate-limit\", \"future\": {}},\n"
    "    {\"text\": \"Key\", \"class\": \"auth\"}]\n"
    "}\n";

#define ENDPOINT(members) "{\"version\":1,\"profiles\":[{\"name\":\"p\",\"endpoints\":[" members "]}]}"
#define ENDPOINT_WITH(member) ENDPOINT ("{\"base_url\":\"https://h\"," member "}")
#define PROFILE_WITH(member) "{\"version\":1,\"profiles\":[{\"name\":\"p\"," member "}]}"
#define AT_ENDPOINT "profiles[0].endpoints[0]."

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
assert_refused (const char *text,
                const char *place,
                const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSnapshot) snapshot = qcc_snapshot_new_from_json (text, -1, &error);

  g_test_message ("%.200s", text);
  g_assert_null (snapshot);
  g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, place));
  g_assert_nonnull (strstr (error->message, word));
  g_assert_null (strstr (error->message, "hunter2"));
}

static void
test_empty (void)
{
  g_autoptr (QccSnapshot) empty = qcc_snapshot_new_empty ();
  g_autofree char *text = json_to_string (empty->root, FALSE);
  g_autoptr (QccSnapshot) parsed = parse (text);
  g_autoptr (QccSnapshot) bare = parse ("{\"version\":1}");
  const QccSnapshot *snapshots[] = { empty, parsed, bare };

  for (gsize i = 0; i < G_N_ELEMENTS (snapshots); i++)
    {
      g_assert_null (snapshots[i]->default_name);
      g_assert_cmpuint (snapshots[i]->profiles->len, ==, 0);
      g_assert_null (qcc_snapshot_find_profile (snapshots[i], "work"));
      g_assert_null (qcc_snapshot_find_endpoint (snapshots[i], "main"));
    }
}

static void
test_full (void)
{
  g_autoptr (QccSnapshot) snapshot = parse (full_file);
  const QccProfile *work = g_ptr_array_index (snapshot->profiles, 0);
  const QccProfile *spare = g_ptr_array_index (snapshot->profiles, 1);
  const QccEndpoint *endpoint = g_ptr_array_index (work->endpoints, 0);
  const QccEndpoint *direct = g_ptr_array_index (work->endpoints, 1);
  const QccEndpoint *plain = g_ptr_array_index (work->endpoints, 2);

  g_assert_cmpuint (snapshot->profiles->len, ==, 2);
  g_assert_cmpstr (snapshot->default_name, ==, "work");
  g_assert_true (json_node_is_immutable (snapshot->root));
  g_assert_cmpstr (spare->name, ==, "spare");
  g_assert_cmpint (spare->tier, ==, QCC_TIER_FALLBACK);
  g_assert_cmpint (spare->order, ==, 0);
  g_assert_false (spare->has_strategy);
  g_assert_null (spare->description);

  g_assert_cmpstr (work->name, ==, "work");
  g_assert_cmpstr (work->description, ==, "At work 😀");
  g_assert_cmpint (work->tier, ==, QCC_TIER_PRIMARY);
  g_assert_cmpint (work->order, ==, -3);
  g_assert_true (work->has_strategy);
  g_assert_cmpint (work->strategy, ==, QCC_STRATEGY_FAILOVER);
  g_assert_cmpuint (work->endpoints->len, ==, 3);

  g_assert_cmpstr (endpoint->id, ==, "main");
  g_assert_cmpstr (g_uri_get_host (endpoint->base_url), ==, "api.anthropic.com");
  g_assert_cmpint (endpoint->auth, ==, QCC_AUTH_SCHEME_X_API_KEY);
  g_assert_cmpuint (endpoint->weight, ==, 1000);
  g_assert_cmpuint (endpoint->priority, ==, 7);
  g_assert_cmpuint (endpoint->max_failures, ==, 100);
  g_assert_false (endpoint->enabled);
  g_assert_cmpstr (endpoint->ca_file, ==, "/etc/ssl/own.pem");
  g_assert_cmpstr (endpoint->proxy, ==, "socks5://user@proxy:1080");
  g_assert_cmpuint (endpoint->connect_timeout, ==, 1);
  g_assert_cmpuint (endpoint->first_byte_timeout, ==, 86400);
  g_assert_cmpuint (endpoint->idle_timeout, ==, 30);
  g_assert_cmpint (json_object_get_int_member (endpoint->meta, "rate_limit"), ==, 50);

  /* The order of the file decides, not the order of the names. */
  g_assert_cmpuint (endpoint->models->len, ==, 3);
  g_assert_cmpstr (qcc_endpoint_map_model (endpoint, "z-1"), ==, "one");
  g_assert_cmpstr (qcc_endpoint_map_model (endpoint, "claude-1"), ==, "two");
  g_assert_cmpstr (qcc_endpoint_map_model (endpoint, "a-1"), ==, "three");

  g_assert_cmpstr (direct->proxy, ==, "none");
  g_assert_null (plain->proxy);
  g_assert_cmpstr (g_uri_get_path (plain->base_url), ==, "/api");
  g_assert_cmpuint (plain->weight, ==, 100);
  g_assert_cmpuint (plain->max_failures, ==, 3);
  g_assert_true (plain->enabled);

  g_assert_true (qcc_snapshot_find_profile (snapshot, "work") == work);
  g_assert_null (qcc_snapshot_find_profile (snapshot, NULL));
  g_assert_true (qcc_snapshot_find_endpoint (snapshot, "work-2") == plain);
  g_assert_null (qcc_snapshot_find_endpoint (snapshot, "work-3"));
}

/* What is read, written and read again is the same, with what this version does not know and with the ids. */
static void
test_round_trip (void)
{
  g_autoptr (QccSnapshot) first = parse (full_file);
  g_autofree char *first_text = json_to_string (first->root, TRUE);
  g_autoptr (QccSnapshot) second = parse (first_text);
  g_autofree char *second_text = json_to_string (second->root, TRUE);
  JsonObject *root = json_node_get_object (second->root);

  g_assert_cmpstr (first_text, ==, second_text);
  g_assert_nonnull (strstr (second_text, "\"id\" : \"spare-1\""));
  g_assert_nonnull (strstr (second_text, "\"id\" : \"work-2\""));
  g_assert_true (json_object_has_member (root, "future"));
  g_assert_true (json_object_has_member (root, "tokens"));
  g_assert_nonnull (strstr (second_text, "\"text\" : \"No Capacity\""));
  g_assert_nonnull (strstr (second_text, "\"health_aware\" : true"));
}

static void
test_default_ids (void)
{
  const struct
  {
    const char *name;
    const char *id;
  } cases[] = {
    { "work", "work-1" },
    { "My Work_2!", "mywork2-1" },
    { "a-b", "a-b-1" },
    { "工作", "ep-1" },
    { "--", "---1" },
    { "0123456789012345678901234567890123456789012345678901234567890123",
      "01234567890123456789012345678901234567890123456789012345-1" },
  };
  g_autoptr (QccSnapshot) snapshot = NULL;
  g_autoptr (QccSnapshot) taken = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{\"version\":1,\"profiles\":[{\"name\":\"%s\",\"endpoints\":[{\"base_url\":\"https://h\"}]}]}", cases[i].name);
      g_autoptr (QccSnapshot) one = parse (text);

      g_assert_nonnull (qcc_snapshot_find_endpoint (one, cases[i].id));
    }

  /* Two names that leave the same, and ids that stand further down the file. */
  taken = parse ("{\"version\":1,\"profiles\":["
                 "{\"name\":\"w\",\"endpoints\":[{\"base_url\":\"https://a\"},{\"base_url\":\"https://b\"}]},"
                 "{\"name\":\"W\",\"endpoints\":[{\"base_url\":\"https://c\"},{\"id\":\"w-2\",\"base_url\":\"https://d\"}]}]}");
  g_assert_cmpstr (g_uri_get_host (qcc_snapshot_find_endpoint (taken, "w-1")->base_url), ==, "a");
  g_assert_cmpstr (g_uri_get_host (qcc_snapshot_find_endpoint (taken, "w-2")->base_url), ==, "d");
  g_assert_cmpstr (g_uri_get_host (qcc_snapshot_find_endpoint (taken, "w-3")->base_url), ==, "b");
  g_assert_cmpstr (g_uri_get_host (qcc_snapshot_find_endpoint (taken, "w-4")->base_url), ==, "c");

  snapshot = parse (ENDPOINT_WITH ("\"id\":\"x\""));
  g_assert_nonnull (qcc_snapshot_find_endpoint (snapshot, "x"));
}

static void
test_order (void)
{
  const char *names[] = { "e", "b", "c", "f", "d", "a", "g" };
  g_autoptr (QccSnapshot) snapshot = parse (
      "{\"version\":1,\"profiles\":[{\"name\":\"g\",\"tier\":\"disabled\",\"order\":-9},{\"name\":\"a\",\"tier\":\"fallback\"},"
      "{\"name\":\"b\"},{\"name\":\"c\",\"tier\":\"primary\"},{\"name\":\"d\",\"tier\":\"secondary\"},"
      "{\"name\":\"e\",\"order\":-2147483648},{\"name\":\"f\",\"order\":2147483647}]}");

  g_assert_cmpuint (snapshot->profiles->len, ==, G_N_ELEMENTS (names));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (((const QccProfile *) g_ptr_array_index (snapshot->profiles, i))->name, ==, names[i]);

  g_assert_cmpstr (snapshot->default_name, ==, "e");
}

static void
test_default (void)
{
  g_autoptr (QccSnapshot) skips = parse ("{\"version\":1,\"profiles\":[{\"name\":\"a\",\"tier\":\"disabled\"},{\"name\":\"b\"}]}");
  g_autoptr (QccSnapshot) all = parse ("{\"version\":1,\"profiles\":[{\"name\":\"a\",\"tier\":\"disabled\"}]}");

  g_assert_cmpstr (skips->default_name, ==, "b");
  g_assert_cmpstr (all->default_name, ==, "a");
}

static const struct
{
  const char *text;
  const char *place;
  const char *word;
} bad_values[] = {
  { "[]", "the profile file", "{...}" },
  { "1", "the profile file", "{...}" },
  { "null", "the profile file", "{...}" },
  { "{}", "version:", "missing" },
  { "{\"version\":0}", "version:", "whole number" },
  { "{\"version\":\"1\"}", "version:", "whole number" },
  { "{\"version\":1.0}", "version:", "whole number" },
  { "{\"version\":null}", "version:", "whole number" },
  { "{\"version\":1,\"profiles\":{}}", "profiles:", "[...]" },
  { "{\"version\":1,\"profiles\":null}", "profiles:", "[...]" },
  { "{\"version\":1,\"profiles\":[1]}", "profiles[0]:", "{...}" },
  { "{\"version\":1,\"profiles\":[null]}", "profiles[0]:", "{...}" },
  { "{\"version\":1,\"profiles\":[[]]}", "profiles[0]:", "{...}" },
  { "{\"version\":1,\"default\":1}", "default:", "double quotes" },
  { "{\"version\":1,\"default\":null}", "default:", "double quotes" },
  { "{\"version\":1,\"default\":\"hunter2\"}", "default:", "profiles" },
  { "{\"version\":1,\"profiles\":[{}]}", "profiles[0].name:", "64" },
  { "{\"version\":1,\"profiles\":[{\"name\":1}]}", "profiles[0].name:", "double quotes" },
  { "{\"version\":1,\"profiles\":[{\"name\":\"\"}]}", "profiles[0].name:", "64" },
  { "{\"version\":1,\"profiles\":[{\"name\":\"a/b\"}]}", "profiles[0].name:", "64" },
  { "{\"version\":1,\"profiles\":[{\"name\":\"a\\u0007\"}]}", "profiles[0].name:", "64" },
  { "{\"version\":1,\"profiles\":[{\"name\":\"a\"},{\"name\":\"a\"}]}", "profiles[1].name:", "already" },
  { PROFILE_WITH ("\"description\":[]"), "profiles[0].description:", "double quotes" },
  { PROFILE_WITH ("\"tier\":\"hunter2\""), "profiles[0].tier:", "primary, secondary, fallback, disabled" },
  { PROFILE_WITH ("\"tier\":0"), "profiles[0].tier:", "double quotes" },
  { PROFILE_WITH ("\"health_aware\":1"), "profiles[0].health_aware:", "true or false" },
  { PROFILE_WITH ("\"sticky_session\":null"), "profiles[0].sticky_session:", "true or false" },
  { "{\"version\":1,\"retired_ids\":{}}", "retired_ids:", "[...]" },
  { "{\"version\":1,\"retired_ids\":[\"a\",1]}", "retired_ids[1]:", "id" },
  { "{\"version\":1,\"retired_ids\":[\"A_\"]}", "retired_ids[0]:", "id" },
  { PROFILE_WITH ("\"order\":\"1\""), "profiles[0].order:", "whole number" },
  { PROFILE_WITH ("\"order\":2147483648"), "profiles[0].order:", "whole number" },
  { PROFILE_WITH ("\"order\":-2147483649"), "profiles[0].order:", "whole number" },
  { PROFILE_WITH ("\"order\":1e3"), "profiles[0].order:", "whole number" },
  { PROFILE_WITH ("\"strategy\":\"random\""), "profiles[0].strategy:", "weighted, failover" },
  { PROFILE_WITH ("\"strategy\":null"), "profiles[0].strategy:", "double quotes" },
  { PROFILE_WITH ("\"endpoints\":{}"), "profiles[0].endpoints:", "[...]" },
  { PROFILE_WITH ("\"endpoints\":[1]"), "profiles[0].endpoints[0]:", "{...}" },
  { PROFILE_WITH ("\"endpoints\":[null]"), "profiles[0].endpoints[0]:", "{...}" },
  { ENDPOINT ("{}"), AT_ENDPOINT "base_url:", "missing" },
  { ENDPOINT ("{\"base_url\":1}"), AT_ENDPOINT "base_url:", "double quotes" },
  { ENDPOINT ("{\"base_url\":\"hunter2\"}"), AT_ENDPOINT "base_url:", "https://" },
  { ENDPOINT ("{\"base_url\":\"https://hunter2@h\"}"), AT_ENDPOINT "base_url:", "key store" },
  { ENDPOINT ("{\"base_url\":\"https://h\"},{\"base_url\":\"\"}"), "profiles[0].endpoints[1].base_url:", "empty" },
  { ENDPOINT_WITH ("\"id\":\"\""), AT_ENDPOINT "id:", "a-z" },
  { ENDPOINT_WITH ("\"id\":\"Hunter2\""), AT_ENDPOINT "id:", "a-z" },
  { ENDPOINT_WITH ("\"id\":1"), AT_ENDPOINT "id:", "double quotes" },
  { ENDPOINT_WITH ("\"id\":null"), AT_ENDPOINT "id:", "double quotes" },
  { ENDPOINT ("{\"base_url\":\"https://h\",\"id\":\"hunter2\"},{\"base_url\":\"https://h\",\"id\":\"hunter2\"}"),
    "profiles[0].endpoints[1].id:", "already" },
  { "{\"version\":1,\"profiles\":[{\"name\":\"p\",\"endpoints\":[{\"base_url\":\"https://h\",\"id\":\"x\"}]},"
    "{\"name\":\"q\",\"endpoints\":[{\"base_url\":\"https://h\",\"id\":\"x\"}]}]}",
    "profiles[1].endpoints[0].id:", "already" },
  { ENDPOINT_WITH ("\"auth\":\"hunter2\""), AT_ENDPOINT "auth:", "auto, x-api-key, bearer" },
  { ENDPOINT_WITH ("\"weight\":0"), AT_ENDPOINT "weight:", "from 1 to 1000" },
  { ENDPOINT_WITH ("\"weight\":1001"), AT_ENDPOINT "weight:", "from 1 to 1000" },
  { ENDPOINT_WITH ("\"weight\":-1"), AT_ENDPOINT "weight:", "from 1 to 1000" },
  { ENDPOINT_WITH ("\"weight\":4294967396"), AT_ENDPOINT "weight:", "from 1 to 1000" },
  { ENDPOINT_WITH ("\"weight\":true"), AT_ENDPOINT "weight:", "from 1 to 1000" },
  { ENDPOINT_WITH ("\"priority\":-1"), AT_ENDPOINT "priority:", "from 0 to 1000" },
  { ENDPOINT_WITH ("\"priority\":1001"), AT_ENDPOINT "priority:", "from 0 to 1000" },
  { ENDPOINT_WITH ("\"max_failures\":0"), AT_ENDPOINT "max_failures:", "from 1 to 100" },
  { ENDPOINT_WITH ("\"max_failures\":101"), AT_ENDPOINT "max_failures:", "from 1 to 100" },
  { ENDPOINT_WITH ("\"enabled\":1"), AT_ENDPOINT "enabled:", "true or false" },
  { ENDPOINT_WITH ("\"enabled\":\"true\""), AT_ENDPOINT "enabled:", "true or false" },
  { ENDPOINT_WITH ("\"ca_file\":\"own.pem\""), AT_ENDPOINT "ca_file:", "absolute" },
  { ENDPOINT_WITH ("\"ca_file\":\"\""), AT_ENDPOINT "ca_file:", "absolute" },
  { ENDPOINT_WITH ("\"ca_file\":{}"), AT_ENDPOINT "ca_file:", "double quotes" },
  { ENDPOINT_WITH ("\"proxy\":\"yes\""), AT_ENDPOINT "proxy:", "socks5" },
  { ENDPOINT_WITH ("\"proxy\":\"\""), AT_ENDPOINT "proxy:", "socks5" },
  { ENDPOINT_WITH ("\"proxy\":\"http://u:hunter2@p\""), AT_ENDPOINT "proxy:", "key store" },
  { ENDPOINT_WITH ("\"proxy\":false"), AT_ENDPOINT "proxy:", "double quotes" },
  { ENDPOINT_WITH ("\"models\":[]"), AT_ENDPOINT "models:", "{...}" },
  { ENDPOINT_WITH ("\"models\":{\"a\":\"b\",\"hunter2\":1}"), AT_ENDPOINT "models:", "entry 2" },
  { ENDPOINT_WITH ("\"models\":{\"a\":null}"), AT_ENDPOINT "models:", "entry 1" },
  { ENDPOINT_WITH ("\"models\":{\"a\":\"\"}"), AT_ENDPOINT "models:", "entry 1" },
  { ENDPOINT_WITH ("\"models\":{\"\":\"a\"}"), AT_ENDPOINT "models:", "entry 1" },
  { ENDPOINT_WITH ("\"timeouts\":1"), AT_ENDPOINT "timeouts:", "{...}" },
  { ENDPOINT_WITH ("\"timeouts\":{\"connect\":0}"), AT_ENDPOINT "timeouts.connect:", "from 1 to 86400" },
  { ENDPOINT_WITH ("\"timeouts\":{\"first_byte\":86401}"), AT_ENDPOINT "timeouts.first_byte:", "from 1 to 86400" },
  { ENDPOINT_WITH ("\"timeouts\":{\"idle\":1.5}"), AT_ENDPOINT "timeouts.idle:", "from 1 to 86400" },
  { ENDPOINT_WITH ("\"meta\":\"hunter2\""), AT_ENDPOINT "meta:", "{...}" },
  { ENDPOINT_WITH ("\"meta\":null"), AT_ENDPOINT "meta:", "{...}" },
  { ENDPOINT_WITH ("\"api_key\":\"hunter2\""), AT_ENDPOINT "api_key:", "key store" },
  { ENDPOINT_WITH ("\"apiKey\":\"hunter2\""), AT_ENDPOINT "apiKey:", "key store" },
  { ENDPOINT_WITH ("\"X-Api-Key\":\"hunter2\""), AT_ENDPOINT "X-Api-Key:", "key store" },
  { ENDPOINT_WITH ("\"key\":\"hunter2\""), AT_ENDPOINT "key:", "key store" },
  { ENDPOINT_WITH ("\"auth_token\":\"hunter2\""), AT_ENDPOINT "auth_token:", "key store" },
  { ENDPOINT_WITH ("\"ANTHROPIC_AUTH_TOKEN\":\"hunter2\""), AT_ENDPOINT "ANTHROPIC_AUTH_TOKEN:", "key store" },
  { ENDPOINT_WITH ("\"key\":null"), AT_ENDPOINT "key:", "key store" },
};

static void
test_values (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_values); i++)
    assert_refused (bad_values[i].text, bad_values[i].place, bad_values[i].word);
}

static char *
repeat (const char *before,
        const char *part,
        guint n_parts,
        const char *separator,
        const char *after)
{
  GString *text = g_string_new (before);

  for (guint i = 0; i < n_parts; i++)
    {
      g_string_append (text, i > 0 ? separator : "");
      g_string_append (text, part);
    }
  g_string_append (text, after);

  return g_string_free (text, FALSE);
}

static char *
make_profiles (guint n_profiles)
{
  GString *text = g_string_new ("{\"version\":1,\"profiles\":[");

  for (guint i = 0; i < n_profiles; i++)
    g_string_append_printf (text, "%s{\"name\":\"p%u\"}", i > 0 ? "," : "", i);
  g_string_append (text, "]}");

  return g_string_free (text, FALSE);
}

static void
test_bounds (void)
{
  const char *before = "{\"version\":1,\"profiles\":[{\"name\":\"p\",\"endpoints\":[{\"base_url\":\"https://h\"}]},"
                       "{\"name\":\"q\",\"endpoints\":[";
  g_autofree char *endpoints = repeat (before, "{\"base_url\":\"https://h\"}", 999, ",", "]}]}");
  g_autofree char *too_many_endpoints = repeat (before, "{\"base_url\":\"https://h\"}", 1000, ",", "]}]}");
  g_autofree char *profiles = make_profiles (1000);
  g_autofree char *too_many_profiles = make_profiles (1001);
  g_autofree char *deep = repeat ("{\"version\":1,\"x\":", "[", 63, "", "");
  g_autofree char *deep_closed = repeat (deep, "]", 63, "", "}");
  g_autofree char *too_deep = repeat ("", "[", 2 * 1000 * 1000, "", "");
  g_autofree char *large = repeat ("{\"version\":1}", " ", 4 * 1024 * 1024 - 13, "", "");
  g_autofree char *too_large = repeat (large, " ", 1, "", "");
  g_autoptr (QccSnapshot) many_endpoints = parse (endpoints);
  g_autoptr (QccSnapshot) many_profiles = parse (profiles);
  g_autoptr (QccSnapshot) deepest = parse (deep_closed);
  g_autoptr (QccSnapshot) largest = parse (large);

  g_assert_nonnull (qcc_snapshot_find_endpoint (many_endpoints, "q-999"));
  g_assert_cmpuint (many_profiles->profiles->len, ==, 1000);
  assert_refused (too_many_endpoints, "profiles:", "1000 endpoints");
  assert_refused (too_many_profiles, "profiles:", "at most 1000");
  assert_refused (too_deep, "line 1, column 65:", "deeply");
  assert_refused (too_large, "the profile file", "4 MiB");
}

/* Small, since the leak checker records a stack for each allocation. */
static const char small_file[] =
    "{\"version\":1,\"default\":\"w\",\"x\":[\"\\ud83d\\ude00\"],\"profiles\":[{\"name\":\"w\",\"endpoints\":["
    "{\"id\":\"a\",\"base_url\":\"https://h/a\",\"auth\":\"bearer\",\"weight\":10,\"models\":{\"z\":\"y\"},"
    "\"timeouts\":{\"idle\":30}},{\"base_url\":\"http://[::1]\",\"proxy\":\"none\",\"meta\":{}}]}],"
    "\"rules\":[{\"status\":503,\"type\":\"a*\",\"class\":\"auth\"}]}";

/* Changes one place of @text: a byte, a few bytes taken away or doubled, or a token put in. */
static void
mutate (GString *text,
        GRand *rand)
{
  const char *tokens[] = { "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "1e5", "99999999999999999999",
                           "\"\\u0000\"", "\\", "\"id\":", "\"name\":", "\xff", "\xe5\xb7\xa5" };
  guint position = (guint) g_rand_int_range (rand, 0, (gint32) text->len);
  guint length = (guint) g_rand_int_range (rand, 1, 20);
  g_autofree char *part = NULL;

  length = MIN (length, (guint) text->len - position);
  switch (g_rand_int_range (rand, 0, 4))
    {
    case 0:
      text->str[position] = (char) g_rand_int_range (rand, 0, 256);
      break;
    case 1:
      if (text->len > length)
        g_string_erase (text, position, length);
      break;
    case 2:
      part = g_strndup (text->str + position, length);
      g_string_insert (text, g_rand_int_range (rand, 0, (gint32) text->len), part);
      break;
    default:
      g_string_insert (text, position, tokens[g_rand_int_range (rand, 0, G_N_ELEMENTS (tokens))]);
      break;
    }
}

static void
test_mutations (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20231121);
  guint n_good = 0;

  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (GString) text = g_string_new (small_file);
      g_autoptr (QccSnapshot) snapshot = NULL;
      g_autoptr (GError) error = NULL;
      gint32 n_mutations = g_rand_int_range (rand, 1, 4);

      for (gint32 j = 0; j < n_mutations; j++)
        mutate (text, rand);

      snapshot = qcc_snapshot_new_from_json (text->str, (gssize) text->len, &error);
      if (snapshot == NULL)
        {
          g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
          g_assert_true (g_utf8_validate (error->message, -1, NULL));
        }
      else
        {
          g_autofree char *again = json_to_string (snapshot->root, FALSE);
          g_autoptr (QccSnapshot) second = parse (again);

          g_assert_no_error (error);
          g_assert_cmpuint (second->profiles->len, ==, snapshot->profiles->len);
          n_good++;
        }
    }

  /* Some changes are harmless; were there none, the others would show nothing. */
  g_assert_cmpuint (n_good, >, 200);
  g_assert_cmpuint (n_good, <, 9800);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/profile-json/empty", test_empty);
  g_test_add_func ("/profile-json/full", test_full);
  g_test_add_func ("/profile-json/round-trip", test_round_trip);
  g_test_add_func ("/profile-json/default-ids", test_default_ids);
  g_test_add_func ("/profile-json/order", test_order);
  g_test_add_func ("/profile-json/default", test_default);
  g_test_add_func ("/profile-json/values", test_values);
  g_test_add_func ("/profile-json/bounds", test_bounds);
  g_test_add_func ("/profile-json/mutations", test_mutations);

  return g_test_run ();
}
