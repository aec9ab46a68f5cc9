/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-error.h"
#include "service/qcc-profile-edit.h"

#include <string.h>

/* Unknown members at each level, in an order that is not the alphabet's; a number that json-glib writes wrong. */
/* Sixty-three digits; one more makes a hash. */
#define OTHER_HASH "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static const char base_file[] =
    "{\"zz\":{\"b\":1,\"a\":[1e20,\"2e+20.0 \\\"e+5.0\",0.5,null]},\"version\":1,\"default\":\"work\",\"profiles\":["
    "{\"x-first\":[{}],\"name\":\"work\",\"order\":-3,\"health_aware\":false,\"endpoints\":["
    "{\"id\":\"main\",\"base_url\":\"https://api.anthropic.com\",\"x-ep\":{\"k\":true},\"models\":{\"z*\":\"1\",\"a*\":\"2\"},"
    "\"timeouts\":{\"connect\":5,\"x-t\":9},\"meta\":{\"rate_limit\":60,\"region\":\"eu\"}},"
    "{\"id\":\"work-2\",\"base_url\":\"https://two.example\",\"enabled\":false}]},"
    "{\"name\":\"spare\",\"tier\":\"fallback\",\"endpoints\":[{\"id\":\"spare\",\"base_url\":\"https://three.example\"}]},"
    "{\"name\":\"empty\",\"tier\":\"disabled\"}],"
    "\"retired_ids\":[\"old\",\"work-1\"],"
    "\"tokens\":[{\"name\":\"t1\",\"sha256\":\"" OTHER_HASH "1\",\"profile\":\"work\",\"x-tok\":1},{\"name\":\"t2\",\"sha256\":\"" OTHER_HASH "2\",\"profile\":\"work\"}],"
    "\"rules\":[{\"status\":503,\"x-rule\":2,\"class\":\"billing\"},{\"text\":\"No\",\"class\":\"auth\"}]}";

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A value that must never come back in a message. */
#define VALUE "planted-value"

static QccSnapshot *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  QccSnapshot *snapshot = qcc_snapshot_new_from_json (text, -1, &error);

  g_assert_no_error (error);
  return snapshot;
}

static GVariant *
options_new (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *options = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return options;
}

/* Returns the text of a member, found by its path in words: names of members, and numbers of list items. */
static char *
get (const QccSnapshot *snapshot,
     const char *path)
{
  g_autoptr (JsonPath) query = json_path_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) matches = NULL;
  g_autofree char *text = NULL;

  json_path_compile (query, path, &error);
  g_assert_no_error (error);
  matches = json_path_match (query, snapshot->root);
  text = json_to_string (matches, FALSE);
  g_assert_cmpuint (strlen (text), >=, 2);
  return g_strndup (text + 1, strlen (text) - 2);
}

static void
assert_member (const QccSnapshot *snapshot,
               const char *path,
               const char *expected)
{
  g_autofree char *text = get (snapshot, path);

  g_test_message ("%s", path);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_unknown_kept (const QccSnapshot *snapshot)
{
  g_autofree char *text = qcc_snapshot_to_json (snapshot);

  assert_member (snapshot, "$.rules[*]", "{\"status\":503,\"x-rule\":2,\"class\":\"billing\"},{\"text\":\"No\",\"class\":\"auth\"}");
  g_assert_cmpuint (snapshot->rules->len, ==, 2);
  assert_member (snapshot, "$.zz.b", "1");
  g_assert_nonnull (strstr (text, "1e+20,"));
  g_assert_nonnull (strstr (text, "\"2e+20.0 \\\"e+5.0\""));
  g_assert_cmpint (strstr (text, "\"zz\"") - text, <, strstr (text, "\"version\"") - text);
  if (qcc_snapshot_find_endpoint (snapshot, "main") != NULL)
    {
      assert_member (snapshot, "$.profiles[0]['x-first']", "[{}]");
      assert_member (snapshot, "$.profiles[0].endpoints[0]['x-ep']", "{\"k\":true}");
      assert_member (snapshot, "$.profiles[0].endpoints[0].timeouts['x-t']", "9");
    }
  if (strstr (text, "\"t1\"") != NULL)
    assert_member (snapshot, "$.tokens[0]['x-tok']", "1");
}

/* Every edit as one function: what is done to the profiles of base_file. */
static QccSnapshot *
run (const QccSnapshot *base,
     const char *verb,
     const char *first,
     const char *second,
     GError **error)
{
  g_autoptr (GVariant) options = NULL;

  if (g_str_equal (verb, "set-default"))
    return qcc_profile_edit_set_default (base, first, error);
  if (g_str_equal (verb, "rename"))
    return qcc_profile_edit_rename_profile (base, first, second, error);
  if (g_str_equal (verb, "remove"))
    return qcc_profile_edit_remove_profile (base, first, error);
  if (g_str_equal (verb, "remove-endpoint"))
    return qcc_profile_edit_remove_endpoint (base, first, error);
  if (g_str_equal (verb, "enable"))
    return qcc_profile_edit_set_endpoint_enabled (base, first, TRUE, error);
  if (g_str_equal (verb, "disable"))
    return qcc_profile_edit_set_endpoint_enabled (base, first, FALSE, error);
  if (g_str_equal (verb, "add-token"))
    return qcc_profile_edit_add_token (base, first, HASH, second, FALSE, error);
  if (g_str_equal (verb, "add-hash"))
    return qcc_profile_edit_add_token (base, first, second, "", FALSE, error);
  if (g_str_equal (verb, "remove-token"))
    return qcc_profile_edit_remove_token (base, first, error);

  options = options_new (second);
  if (g_str_equal (verb, "add"))
    return qcc_profile_edit_add_profile (base, first, options, error);
  if (g_str_equal (verb, "update"))
    return qcc_profile_edit_update_profile (base, first, options, error);
  if (g_str_equal (verb, "add-endpoint"))
    return qcc_profile_edit_add_endpoint (base, first, options, NULL, error);
  g_assert_cmpstr (verb, ==, "update-endpoint");
  return qcc_profile_edit_update_endpoint (base, first, options, error);
}

typedef struct
{
  const char *verb;
  const char *first;
  const char *second;
  const char *path; /* of a member afterwards */
  const char *expected;
} Good;

static const Good good[] = {
  { "add", "new", "{}", "$.profiles[3]", "{\"name\":\"new\",\"endpoints\":[]}" },
  { "add", "工", "{'description':<'a \"b\"\\n'>,'tier':<'secondary'>,'order':<-5>,'strategy':<'failover'>,'health_aware':<true>,'sticky_session':<false>}", "$.profiles[3]",
    "{\"name\":\"工\",\"description\":\"a \\\"b\\\"\\n\",\"tier\":\"secondary\",\"order\":-5,\"strategy\":\"failover\",\"health_aware\":true,\"sticky_session\":false,\"endpoints\":[]}" },
  { "update", "work", "{'tier':<'secondary'>}", "$.profiles[0].tier", "\"secondary\"" },
  { "update", "work", "{'health_aware':<'default'>}", "$.profiles[0].health_aware", "" },
  { "update", "work", "{'health_aware':<''>}", "$.profiles[0].health_aware", "" },
  { "update", "work", "{'health_aware':<'true'>}", "$.profiles[0].health_aware", "true" },
  { "update", "work", "{'sticky_session':<true>}", "$.profiles[0].sticky_session", "true" },
  { "update", "work", "{'strategy':<'weighted'>}", "$.profiles[0].strategy", "\"weighted\"" },
  { "update", "work", "{'order':<''>}", "$.profiles[0].order", "" },
  { "update", "work", "{'order':<@n 7>}", "$.profiles[0].order", "7" },
  { "update", "work", "{'description':<'default'>}", "$.profiles[0].description", "\"default\"" },
  { "rename", "work", "job", "$.profiles[0].name", "\"job\"" },
  { "rename", "work", "job", "$.default", "\"job\"" },
  { "rename", "work", "job", "$.tokens[*].profile", "\"job\",\"job\"" },
  { "rename", "spare", "job", "$.default", "\"work\"" },
  { "remove", "spare", NULL, "$.profiles[*].name", "\"work\",\"empty\"" },
  { "remove", "spare", NULL, "$.default", "\"work\"" },
  { "remove", "spare", NULL, "$.retired_ids", "[\"old\",\"work-1\",\"spare\"]" },
  { "set-default", "spare", NULL, "$.default", "\"spare\"" },
  { "add-endpoint", "work", "{'base_url':<'https://n'>}", "$.profiles[0].endpoints[2]", "{\"id\":\"work-3\",\"base_url\":\"https://n\"}" },
  { "add-endpoint", "empty", "{'base_url':<'https://n'>,'id':<'own'>}", "$.profiles[2].endpoints", "[{\"id\":\"own\",\"base_url\":\"https://n\"}]" },
  { "add-endpoint", "spare", "{'from':<'spare'>,'weight':<@u 7>}", "$.profiles[1].endpoints[1]", "{\"id\":\"spare-1\",\"base_url\":\"https://three.example\",\"weight\":7}" },
  { "add-endpoint", "spare", "{'from':<'work/main'>,'meta':<{'region':'us'}>}", "$.profiles[1].endpoints[1].meta", "{\"rate_limit\":60,\"region\":\"us\"}" },
  { "add-endpoint", "spare", "{'from':<'work/main'>,'meta':<{'region':'us'}>}", "$.profiles[0].endpoints[0].meta.region", "\"eu\"" },
  { "add-endpoint", "spare", "{'from':<'work/main'>}", "$.profiles[1].endpoints[1]['x-ep']", "{\"k\":true}" },
  { "update-endpoint", "main", "{'base_url':<'http://h/p/'>}", "$.profiles[0].endpoints[0].base_url", "\"http://h/p/\"" },
  { "update-endpoint", "main", "{'auth':<'bearer'>}", "$.profiles[0].endpoints[0].auth", "\"bearer\"" },
  { "update-endpoint", "main", "{'weight':<'50'>}", "$.profiles[0].endpoints[0].weight", "50" },
  { "update-endpoint", "main", "{'weight':<@x 1000>}", "$.profiles[0].endpoints[0].weight", "1000" },
  { "update-endpoint", "main", "{'priority':<@q 0>}", "$.profiles[0].endpoints[0].priority", "0" },
  { "update-endpoint", "main", "{'max_failures':<100>}", "$.profiles[0].endpoints[0].max_failures", "100" },
  { "update-endpoint", "main", "{'enabled':<false>}", "$.profiles[0].endpoints[0].enabled", "false" },
  { "update-endpoint", "work-2", "{'enabled':<'default'>}", "$.profiles[0].endpoints[1].enabled", "" },
  { "update-endpoint", "main", "{'ca_file':<'/a/b'>}", "$.profiles[0].endpoints[0].ca_file", "\"/a/b\"" },
  { "update-endpoint", "main", "{'proxy':<'none'>}", "$.profiles[0].endpoints[0].proxy", "\"none\"" },
  { "update-endpoint", "main", "{'models':<['c*=x=y','a*=z']>}", "$.profiles[0].endpoints[0].models", "{\"c*\":\"x=y\",\"a*\":\"z\"}" },
  { "update-endpoint", "main", "{'models':<@as []>}", "$.profiles[0].endpoints[0].models", "" },
  { "update-endpoint", "main", "{'timeouts':<{'idle':7}>}", "$.profiles[0].endpoints[0].timeouts", "{\"connect\":5,\"x-t\":9,\"idle\":7}" },
  { "update-endpoint", "main", "{'timeouts':<{'connect':0}>}", "$.profiles[0].endpoints[0].timeouts", "{\"x-t\":9}" },
  { "update-endpoint", "main", "{'timeouts':<{'first_byte':<'8'>}>}", "$.profiles[0].endpoints[0].timeouts.first_byte", "8" },
  { "update-endpoint", "main", "{'meta':<{'a\"b\\\\':'v','region':''}>}", "$.profiles[0].endpoints[0].meta", "{\"rate_limit\":60,\"a\\\"b\\\\\":\"v\"}" },
  { "remove-endpoint", "main", NULL, "$.profiles[0].endpoints[*].id", "\"work-2\"" },
  { "remove-endpoint", "main", NULL, "$.retired_ids", "[\"old\",\"work-1\",\"main\"]" },
  { "enable", "work-2", NULL, "$.profiles[0].endpoints[1].enabled", "true" },
  { "disable", "main", NULL, "$.profiles[0].endpoints[0].enabled", "false" },
  { "add-token", "A.z_9-", "", "$.tokens[2]", "{\"name\":\"A.z_9-\",\"sha256\":\"" HASH "\"}" },
  { "add-token", "n", "spare", "$.tokens[2].profile", "\"spare\"" },
  { "remove-token", "t1", NULL, "$.tokens[*].name", "\"t2\"" },
};

static void
test_good (void)
{
  g_autoptr (QccSnapshot) base = parse (base_file);
  g_autofree char *before = qcc_snapshot_to_json (base);

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QccSnapshot) result = run (base, good[i].verb, good[i].first, good[i].second, &error);
      g_autofree char *after = qcc_snapshot_to_json (base);

      g_test_message ("%s %s %s", good[i].verb, good[i].first, good[i].second);
      g_assert_no_error (error);
      g_assert_true (result != base);
      g_assert_cmpstr (after, ==, before);
      assert_member (result, good[i].path, good[i].expected);
      assert_unknown_kept (result);
    }
}

/* What changes nothing returns the very same snapshot, so that nothing is written. */
static void
test_nothing (void)
{
  static const Good cases[] = {
    { "update", "work", "{}" },
    { "update", "work", "{'order':<-3>,'health_aware':<false>,'strategy':<''>}" },
    { "rename", "work", "work" },
    { "set-default", "work", NULL },
    { "update-endpoint", "main", "{'timeouts':<{'connect':5}>,'models':<['z*=1','a*=2']>,'meta':<{'region':'eu'}>}" },
    { "enable", "main", NULL },
    { "disable", "work-2", NULL },
  };
  g_autoptr (QccSnapshot) base = parse (base_file);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QccSnapshot) result = run (base, cases[i].verb, cases[i].first, cases[i].second, &error);

      g_test_message ("%s %s", cases[i].verb, cases[i].first);
      g_assert_no_error (error);
      g_assert_true (result == base);
    }
}

typedef struct
{
  const char *verb;
  const char *first;
  const char *second;
  QccError code;
  const char *start;
  const char *word;
} Bad;

#define BAD_OPTION(verb, name, options, start, word)                 \
  {                                                                  \
    verb, name, options, QCC_ERROR_INVALID_ARGUMENT, start ":", word \
  }

static const Bad bad[] = {
  { "add", "work", "{}", QCC_ERROR_EXISTS, "There is a profile", "another" },
  BAD_OPTION ("add", "a/b", "{}", "name", "64"),
  BAD_OPTION ("add", "", "{}", "name", "64"),
  BAD_OPTION ("add", "new", "{'tier':<'" VALUE "'>}", "tier", "primary, secondary"),
  BAD_OPTION ("add", "new", "{'tier':<5>}", "tier", "text"),
  BAD_OPTION ("add", "new", "{'order':<'" VALUE "'>}", "order", "whole number"),
  BAD_OPTION ("add", "new", "{'order':<2.5>}", "order", "whole number"),
  BAD_OPTION ("add", "new", "{'order':<@x 4000000000>}", "order", "2147483647"),
  BAD_OPTION ("add", "new", "{'strategy':<'" VALUE "'>}", "strategy", "weighted"),
  BAD_OPTION ("add", "new", "{'health_aware':<'" VALUE "'>}", "health_aware", "true or false"),
  BAD_OPTION ("add", "new", "{'sticky_session':<1>}", "sticky_session", "true or false"),
  BAD_OPTION ("add", "new", "{'description':<true>}", "description", "(s)"),
  BAD_OPTION ("add", "new", "{'api_key':<'" VALUE "'>}", "api_key", "keys do not belong here"),
  BAD_OPTION ("add", "new", "{'" VALUE "':<''>}", "An option is not known. The known ones are", "sticky_session"),
  { "update", VALUE, "{}", QCC_ERROR_NOT_FOUND, "There is no profile", "work, spare, empty" },
  BAD_OPTION ("update", "work", "{'name':<'" VALUE "'>}", "An option is not known. The known ones are", "tier"),
  { "rename", VALUE, "new", QCC_ERROR_NOT_FOUND, "There is no profile", "work" },
  { "rename", "work", "spare", QCC_ERROR_EXISTS, "There is a profile", "another" },
  BAD_OPTION ("rename", "work", "a/b", "name", "64"),
  { "remove", VALUE, NULL, QCC_ERROR_NOT_FOUND, "There is no profile", "work" },
  { "remove", "work", NULL, QCC_ERROR_REFUSED, "Requests with these tokens", "t1, t2" },
  { "set-default", VALUE, NULL, QCC_ERROR_NOT_FOUND, "There is no profile", "work" },
  { "add-endpoint", VALUE, "{'base_url':<'https://n'>}", QCC_ERROR_NOT_FOUND, "There is no profile", "work" },
  BAD_OPTION ("add-endpoint", "work", "{}", "base_url", "missing"),
  BAD_OPTION ("add-endpoint", "work", "{'base_url':<'ftp://" VALUE "'>}", "base_url", "http"),
  BAD_OPTION ("add-endpoint", "work", "{'base_url':<'https://u:" VALUE "@h'>}", "base_url", "key"),
  BAD_OPTION ("add-endpoint", "work", "{'base_url':<'https://n'>,'id':<'A_b'>}", "id", "a-z"),
  BAD_OPTION ("add-endpoint", "work", "{'base_url':<'https://n'>,'id':<''>}", "id", "a-z"),
  BAD_OPTION ("add-endpoint", "work", "{'base_url':<'https://n'>,'id':<5>}", "id", "text"),
  { "add-endpoint", "work", "{'base_url':<'https://n'>,'id':<'spare'>}", QCC_ERROR_EXISTS, "id:", "another" },
  { "add-endpoint", "work", "{'base_url':<'https://n'>,'id':<'old'>}", QCC_ERROR_EXISTS, "id:", "removed" },
  { "add-endpoint", "work", "{'from':<'" VALUE "'>}", QCC_ERROR_NOT_FOUND, "from:", "profile" },
  { "add-endpoint", "work", "{'from':<'work/" VALUE "'>}", QCC_ERROR_NOT_FOUND, "from:", "main, work-2" },
  { "add-endpoint", "work", "{'from':<'empty'>}", QCC_ERROR_NOT_FOUND, "from:", "no endpoint" },
  BAD_OPTION ("add-endpoint", "work", "{'from':<'work'>}", "from", "main, work-2"),
  { "update-endpoint", VALUE, "{}", QCC_ERROR_NOT_FOUND, "There is no endpoint", "main, work-2, spare" },
  BAD_OPTION ("update-endpoint", "main", "{'id':<'" VALUE "'>}", "An option is not known. The known ones are", "weight"),
  BAD_OPTION ("update-endpoint", "main", "{'base_url':<''>}", "base_url", "missing"),
  BAD_OPTION ("update-endpoint", "main", "{'auth':<'" VALUE "'>}", "auth", "x-api-key"),
  BAD_OPTION ("update-endpoint", "main", "{'weight':<0>}", "weight", "from 1 to 1000"),
  BAD_OPTION ("update-endpoint", "main", "{'weight':<1001>}", "weight", "from 1 to 1000"),
  BAD_OPTION ("update-endpoint", "main", "{'weight':<true>}", "weight", "from 1 to 1000"),
  BAD_OPTION ("update-endpoint", "main", "{'priority':<-1>}", "priority", "from 0 to 1000"),
  BAD_OPTION ("update-endpoint", "main", "{'max_failures':<0>}", "max_failures", "from 1 to 100"),
  BAD_OPTION ("update-endpoint", "main", "{'enabled':<0>}", "enabled", "true or false"),
  BAD_OPTION ("update-endpoint", "main", "{'ca_file':<'" VALUE "'>}", "ca_file", "absolute"),
  BAD_OPTION ("update-endpoint", "main", "{'proxy':<'" VALUE "'>}", "proxy", "http"),
  BAD_OPTION ("update-endpoint", "main", "{'models':<['" VALUE "']>}", "models", "PATTERN=MODEL"),
  BAD_OPTION ("update-endpoint", "main", "{'models':<['=" VALUE "']>}", "models", "PATTERN=MODEL"),
  BAD_OPTION ("update-endpoint", "main", "{'models':<['" VALUE "=']>}", "models", "PATTERN=MODEL"),
  BAD_OPTION ("update-endpoint", "main", "{'models':<['a=b','a=c']>}", "models", "once"),
  BAD_OPTION ("update-endpoint", "main", "{'models':<{'a':'b'}>}", "models", "(as)"),
  BAD_OPTION ("update-endpoint", "main", "{'timeouts':<5>}", "timeouts", "a{si}"),
  BAD_OPTION ("update-endpoint", "main", "{'timeouts':<{'" VALUE "':5}>}", "timeouts", "first_byte"),
  { "update-endpoint", "main", "{'timeouts':<{'idle':86401}>}", QCC_ERROR_INVALID_ARGUMENT, "timeouts.idle:", "86400" },
  { "update-endpoint", "main", "{'timeouts':<{'idle':'" VALUE "'}>}", QCC_ERROR_INVALID_ARGUMENT, "timeouts.idle:", "86400" },
  BAD_OPTION ("update-endpoint", "main", "{'meta':<['a']>}", "meta", "a{ss}"),
  BAD_OPTION ("update-endpoint", "main", "{'meta':<{'':'a'}>}", "meta", "name"),
  BAD_OPTION ("update-endpoint", "main", "{'meta':<{'apiKey':'" VALUE "'}>}", "meta", "keys do not belong here"),
  BAD_OPTION ("update-endpoint", "main", "{'token':<'" VALUE "'>}", "token", "keys do not belong here"),
  { "remove-endpoint", VALUE, NULL, QCC_ERROR_NOT_FOUND, "There is no endpoint", "main" },
  { "enable", VALUE, NULL, QCC_ERROR_NOT_FOUND, "There is no endpoint", "main" },
  BAD_OPTION ("add-token", "", "", "name", "64"),
  BAD_OPTION ("add-token", "a b", "", "name", "64"),
  { "add-token", "t1", "", QCC_ERROR_EXISTS, "There is a token", "another" },
  { "add-token", "new", VALUE, QCC_ERROR_NOT_FOUND, "There is no profile", "work" },
  BAD_OPTION ("add-hash", "new", VALUE, "sha256", "64"),
  BAD_OPTION ("add-hash", "new", HASH "0", "sha256", "64"),
  BAD_OPTION ("add-hash", "new", "A123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "sha256", "64"),
  { "remove-token", VALUE, NULL, QCC_ERROR_NOT_FOUND, "There is no token", "name" },
};

static void
test_bad (void)
{
  g_autoptr (QccSnapshot) base = parse (base_file);
  g_autofree char *before = qcc_snapshot_to_json (base);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QccSnapshot) result = run (base, bad[i].verb, bad[i].first, bad[i].second, &error);
      g_autofree char *after = qcc_snapshot_to_json (base);

      g_test_message ("%s %s %s", bad[i].verb, bad[i].first, bad[i].second);
      g_assert_null (result);
      g_assert_error (error, QCC_ERROR, (int) bad[i].code);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, bad[i].start));
      g_assert_nonnull (strstr (error->message, bad[i].word));
      g_assert_null (strstr (error->message, VALUE));
      g_assert_cmpstr (after, ==, before);
    }
}

static void
replace (QccSnapshot **snapshot,
         const char *verb,
         const char *first,
         const char *second)
{
  g_autoptr (GError) error = NULL;
  QccSnapshot *next = run (*snapshot, verb, first, second, &error);

  g_assert_no_error (error);
  qcc_snapshot_unref (*snapshot);
  *snapshot = next;
}

static void
test_default (void)
{
  g_autoptr (QccSnapshot) snapshot = parse ("{\"version\":1,\"default\":\"c\",\"profiles\":[{\"name\":\"b\",\"tier\":\"fallback\"},"
                                            "{\"name\":\"a\",\"tier\":\"secondary\"},{\"name\":\"c\"},{\"name\":\"d\",\"tier\":\"disabled\"}]}");

  g_test_summary ("When the default goes, the best of the others becomes it");
  replace (&snapshot, "remove", "c", NULL);
  g_assert_cmpstr (snapshot->default_name, ==, "a");
  replace (&snapshot, "remove", "a", NULL);
  g_assert_cmpstr (snapshot->default_name, ==, "b");
  replace (&snapshot, "remove", "d", NULL);
  replace (&snapshot, "remove", "b", NULL);
  g_assert_null (snapshot->default_name);
  assert_member (snapshot, "$.default", "");
  replace (&snapshot, "add", "e", "{}");
  g_assert_cmpstr (snapshot->default_name, ==, "e");
}

static void
test_ids (void)
{
  g_autoptr (QccSnapshot) snapshot = qcc_snapshot_new_empty ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GVariant) options = options_new ("{'base_url':<'https://h'>}");

  g_test_summary ("An id is never given twice, whether its endpoint or its whole profile was removed");
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (QccSnapshot) next = NULL;
      g_autoptr (GError) error = NULL;
      char *id = NULL;

      if (qcc_snapshot_find_profile (snapshot, "p") == NULL)
        replace (&snapshot, "add", "p", "{}");
      next = qcc_profile_edit_add_endpoint (snapshot, "p", options, &id, &error);
      g_assert_no_error (error);
      g_assert_nonnull (qcc_snapshot_find_endpoint (next, id));
      g_assert_true (g_hash_table_add (seen, id));

      qcc_snapshot_unref (snapshot);
      snapshot = g_steal_pointer (&next);
      replace (&snapshot, i % 2 == 0 ? "remove-endpoint" : "remove", i % 2 == 0 ? id : "p", NULL);
    }
  g_assert_cmpuint (g_hash_table_size (snapshot->retired_ids), ==, 20);
}

static void
test_retired_limit (void)
{
  g_autoptr (GString) text = g_string_new ("{\"version\":1,\"retired_ids\":[");
  g_autoptr (QccSnapshot) snapshot = NULL;

  for (guint i = 0; i < QCC_SNAPSHOT_RETIRED_MAX; i++)
    g_string_append_printf (text, "%s\"r%u\"", i > 0 ? "," : "", i);
  g_string_append (text, "],\"profiles\":[{\"name\":\"p\",\"endpoints\":[{\"id\":\"last\",\"base_url\":\"https://h\"}]}]}");

  snapshot = parse (text->str);
  replace (&snapshot, "remove-endpoint", "last", NULL);
  g_assert_cmpuint (g_hash_table_size (snapshot->retired_ids), ==, QCC_SNAPSHOT_RETIRED_MAX);
  g_assert_false (g_hash_table_contains (snapshot->retired_ids, "r0"));
  g_assert_true (g_hash_table_contains (snapshot->retired_ids, "r1"));
  g_assert_true (g_hash_table_contains (snapshot->retired_ids, "last"));
}

static void
test_by_hand (void)
{
  g_autoptr (QccSnapshot) before = parse (base_file);
  g_autoptr (QccSnapshot) found = parse ("{\"version\":1,\"profiles\":[{\"name\":\"p\",\"endpoints\":["
                                         "{\"id\":\"main\",\"base_url\":\"https://h\"},{\"id\":\"old\",\"base_url\":\"https://h\"}]}]}");
  g_autoptr (QccSnapshot) adopted = qcc_profile_edit_retire_missing (found, before);
  g_autoptr (QccSnapshot) again = qcc_profile_edit_retire_missing (adopted, before);

  g_test_summary ("What a person deleted by hand is not given again, what came back by hand is in use");
  assert_member (adopted, "$.retired_ids", "[\"old\",\"work-1\",\"work-2\",\"spare\"]");
  g_assert_nonnull (qcc_snapshot_find_endpoint (adopted, "old"));
  g_assert_true (again == adopted);
}

static void
test_too_large (void)
{
  g_autoptr (QccSnapshot) base = parse (base_file);
  g_autofree char *huge = g_strnfill (QCC_SNAPSHOT_FILE_SIZE_MAX, 'x');
  g_autoptr (GVariant) options = NULL;
  g_autoptr (QccSnapshot) result = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "description", "s", huge);
  options = g_variant_ref_sink (g_variant_dict_end (&dict));

  g_test_summary ("What the next start could not read is not written");
  result = qcc_profile_edit_update_profile (base, "work", options, &error);
  g_assert_null (result);
  g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/profile-edit/good", test_good);
  g_test_add_func ("/profile-edit/nothing", test_nothing);
  g_test_add_func ("/profile-edit/bad", test_bad);
  g_test_add_func ("/profile-edit/default", test_default);
  g_test_add_func ("/profile-edit/ids", test_ids);
  g_test_add_func ("/profile-edit/retired-limit", test_retired_limit);
  g_test_add_func ("/profile-edit/by-hand", test_by_hand);
  g_test_add_func ("/profile-edit/too-large", test_too_large);

  return g_test_run ();
}
