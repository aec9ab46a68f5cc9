/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-error.h"
#include "common/qcc-snapshot.h"

#include <string.h>

/* SHA-256 of "qcc-one" and of "qcc-two", as sha256sum prints them. */
#define ONE "4d778e12461ccd79e016e48e6bc83777681c95fbc35f70468f8f877f965f03b2"
#define TWO "6e66d2cffb43737e3a477d0f3d8ab91293407aac02399a79ef53c08efbc210af"

#define FILE_WITH(tokens) "{\"version\":1,\"profiles\":[{\"name\":\"work\"},{\"name\":\"home\"}],\"tokens\":" tokens "}"

static void
test_generate (void)
{
  g_autoptr (QccSecret) token = qcc_token_generate ();
  g_autoptr (QccSecret) other = qcc_token_generate ();
  const char *text = qcc_secret_peek (token);

  g_assert_true (g_str_has_prefix (text, "qcc-"));
  g_assert_cmpuint (strlen (text), ==, 4 + 64);
  g_assert_cmpuint (strspn (text + 4, "0123456789abcdef"), ==, 64);
  g_assert_cmpstr (text, !=, qcc_secret_peek (other));
}

/* No digit is always the same, and no two are always equal: in 64 tokens that would be a chance of 16^-63. */
static void
test_generate_everywhere (void)
{
  QccSecret *tokens[64];

  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
    tokens[i] = qcc_token_generate ();

  for (gsize j = 4; j < 4 + 64; j++)
    for (gsize k = 4; k <= j; k++)
      {
        gboolean differs = FALSE;

        for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
          differs |= qcc_secret_peek (tokens[i])[j] != qcc_secret_peek (tokens[k == j ? 0 : i])[k];
        g_assert_true (differs);
      }

  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
    qcc_secret_unref (tokens[i]);
}

static void
test_hash (void)
{
  g_autoptr (QccSecret) token = qcc_secret_new ("qcc-one", -1);
  g_autofree char *hash = qcc_token_hash (token);

  g_assert_cmpstr (hash, ==, ONE);
}

static void
test_names (void)
{
  g_autofree char *longest = g_strnfill (QCC_TOKEN_NAME_MAX, 'n');
  g_autofree char *too_long = g_strnfill (QCC_TOKEN_NAME_MAX + 1, 'n');
  const char *const good[] = { "a", "default", "My.Project_2-x", ".", longest };
  const char *const bad[] = { "", " ", "a b", "a/b", "a\n", "ä", "a:b", too_long, NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (qcc_token_name_is_valid (good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (qcc_token_name_is_valid (bad[i]));
}

static void
test_find (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSnapshot) snapshot =
      qcc_snapshot_new_from_json (FILE_WITH ("[{\"name\":\"one\",\"sha256\":\"" ONE "\",\"profile\":\"home\",\"cross\":true},"
                                             "{\"name\":\"two\",\"sha256\":\"" TWO "\"}]"),
                                  -1, &error);
  const QccToken *one, *two;

  g_assert_no_error (error);
  g_assert_cmpuint (snapshot->tokens->len, ==, 2);

  one = qcc_snapshot_find_token (snapshot, "qcc-one");
  g_assert_nonnull (one);
  g_assert_cmpstr (one->name, ==, "one");
  g_assert_cmpstr (one->profile, ==, "home");
  g_assert_true (one->cross);

  two = qcc_snapshot_find_token (snapshot, "qcc-two");
  g_assert_nonnull (two);
  g_assert_cmpstr (two->name, ==, "two");
  g_assert_null (two->profile);
  g_assert_false (two->cross);
}

static void
test_not_found (void)
{
  const char *const texts[] = { "qcc-three", "qcc-one ", "qcc-on", "QCC-one", "", ONE };
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSnapshot) snapshot =
      qcc_snapshot_new_from_json (FILE_WITH ("[{\"name\":\"one\",\"sha256\":\"" ONE "\"}]"), -1, &error);
  g_autoptr (QccSnapshot) empty = qcc_snapshot_new_empty ();

  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (qcc_snapshot_find_token (snapshot, texts[i]));
  g_assert_null (qcc_snapshot_find_token (empty, "qcc-one"));
}

/* Each byte of the hash counts. */
static void
test_every_byte (void)
{
  for (gsize i = 0; i < 2 * QCC_TOKEN_SHA256_SIZE; i++)
    {
      g_autofree char *hash = g_strdup (ONE);
      g_autofree char *text = NULL;
      g_autoptr (QccSnapshot) snapshot = NULL;
      g_autoptr (GError) error = NULL;

      hash[i] = hash[i] == '0' ? '1' : '0';
      text = g_strdup_printf (FILE_WITH ("[{\"name\":\"one\",\"sha256\":\"%s\"}]"), hash);
      snapshot = qcc_snapshot_new_from_json (text, -1, &error);
      g_assert_no_error (error);
      g_assert_null (qcc_snapshot_find_token (snapshot, "qcc-one"));
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *tokens;
    const char *place;
  } rows[] = {
    { "{}", "tokens: " },
    { "null", "tokens: " },
    { "[1]", "tokens[0]: " },
    { "[{\"sha256\":\"" ONE "\"}]", "tokens[0].name: " },
    { "[{\"name\":1,\"sha256\":\"" ONE "\"}]", "tokens[0].name: " },
    { "[{\"name\":\"hunter2 x\",\"sha256\":\"" ONE "\"}]", "tokens[0].name: " },
    { "[{\"name\":\"a\"}]", "tokens[0].sha256: " },
    { "[{\"name\":\"a\",\"sha256\":\"hunter2\"}]", "tokens[0].sha256: " },
    { "[{\"name\":\"a\",\"sha256\":\"" ONE "0\"}]", "tokens[0].sha256: " },
    { "[{\"name\":\"a\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000hunter2\"}]", "tokens[0].sha256: " },
    { "[{\"name\":\"a\",\"sha256\":\"ABCDEF0000000000000000000000000000000000000000000000000000000000\"}]", "tokens[0].sha256: " },
    { "[{\"name\":\"a\",\"sha256\":\"" ONE "\",\"profile\":\"hunter2\"}]", "tokens[0].profile: " },
    { "[{\"name\":\"a\",\"sha256\":\"" ONE "\",\"profile\":\"\"}]", "tokens[0].profile: " },
    { "[{\"name\":\"a\",\"sha256\":\"" ONE "\",\"profile\":null}]", "tokens[0].profile: " },
    { "[{\"name\":\"a\",\"sha256\":\"" ONE "\",\"cross\":1}]", "tokens[0].cross: " },
    { "[{\"name\":\"a\",\"sha256\":\"" ONE "\"},{\"name\":\"a\",\"sha256\":\"" TWO "\"}]", "tokens[1].name: " },
    { "[{\"name\":\"a\",\"sha256\":\"" ONE "\"},{\"name\":\"b\",\"sha256\":\"" ONE "\"}]", "tokens[1].sha256: " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strdup_printf (FILE_WITH ("%s"), rows[i].tokens);
      g_autoptr (GError) error = NULL;
      g_autoptr (QccSnapshot) snapshot = qcc_snapshot_new_from_json (text, -1, &error);

      g_assert_null (snapshot);
      g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, rows[i].place));
      g_assert_null (strstr (error->message, "hunter2"));
    }
}

static void
test_too_many (void)
{
  g_autoptr (GString) tokens = g_string_new ("[");

  for (guint i = 0; i <= QCC_TOKENS_MAX; i++)
    {
      g_autofree char *text = NULL;
      g_autoptr (QccSnapshot) snapshot = NULL;
      g_autoptr (GError) error = NULL;

      g_string_append_printf (tokens, "%s{\"name\":\"t%u\",\"sha256\":\"%064x\"}", i > 0 ? "," : "", i, i);
      if (i + 1 < QCC_TOKENS_MAX)
        continue;

      text = g_strdup_printf (FILE_WITH ("%s]"), tokens->str);
      snapshot = qcc_snapshot_new_from_json (text, -1, &error);
      g_assert_cmpint (snapshot != NULL, ==, i < QCC_TOKENS_MAX);
      if (i == QCC_TOKENS_MAX)
        g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/token/generate", test_generate);
  g_test_add_func ("/token/generate-everywhere", test_generate_everywhere);
  g_test_add_func ("/token/hash", test_hash);
  g_test_add_func ("/token/names", test_names);
  g_test_add_func ("/token/find", test_find);
  g_test_add_func ("/token/not-found", test_not_found);
  g_test_add_func ("/token/every-byte", test_every_byte);
  g_test_add_func ("/token/refused", test_refused);
  g_test_add_func ("/token/too-many", test_too_many);

  return g_test_run ();
}
