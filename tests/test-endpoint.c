/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-base-url.h"
#include "common/qcc-endpoint.h"
#include "common/qcc-profile.h"

static QccEndpoint *
make_endpoint (const char *base_url)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = qcc_base_url_parse (base_url, &error);

  g_assert_no_error (error);
  return qcc_endpoint_new ("work-1", uri);
}

static void
add_rule (QccEndpoint *endpoint,
          const char *pattern,
          const char *name)
{
  QccModelRule *rule = g_new0 (QccModelRule, 1);

  rule->pattern = g_strdup (pattern);
  rule->name = g_strdup (name);
  g_ptr_array_add (endpoint->models, rule);
}

static void
test_defaults (void)
{
  g_autoptr (QccEndpoint) endpoint = make_endpoint ("https://api.example.com");
  g_autoptr (QccEndpoint) same = qcc_endpoint_ref (endpoint);

  g_assert_true (same == endpoint);
  g_assert_cmpstr (endpoint->id, ==, "work-1");
  g_assert_cmpstr (g_uri_get_host (endpoint->base_url), ==, "api.example.com");
  g_assert_cmpint (endpoint->auth, ==, QCC_AUTH_SCHEME_AUTO);
  g_assert_cmpuint (endpoint->weight, ==, 100);
  g_assert_cmpuint (endpoint->priority, ==, 0);
  g_assert_cmpuint (endpoint->max_failures, ==, 3);
  g_assert_true (endpoint->enabled);
  g_assert_null (endpoint->ca_file);
  g_assert_null (endpoint->proxy);
  g_assert_cmpuint (endpoint->models->len, ==, 0);
  g_assert_cmpuint (endpoint->connect_timeout, ==, 0);
  g_assert_cmpuint (endpoint->first_byte_timeout, ==, 0);
  g_assert_cmpuint (endpoint->idle_timeout, ==, 0);
  g_assert_null (endpoint->meta);
}

static void
test_ids (void)
{
  const struct
  {
    const char *id;
    gboolean valid;
  } cases[] = {
    { NULL, FALSE },
    { "", FALSE },
    { "a", TRUE },
    { "-", TRUE },
    { "work-1", TRUE },
    { "0123456789012345678901234567890123456789012345678901234567890123", TRUE },
    { "01234567890123456789012345678901234567890123456789012345678901234", FALSE },
    { "Work-1", FALSE },
    { "work_1", FALSE },
    { "work 1", FALSE },
    { "work-1\n", FALSE },
    { "bücher", FALSE },
    { "a/b", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("id of case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (qcc_endpoint_id_is_valid (cases[i].id), ==, cases[i].valid);
    }
}

static void
test_profile_names (void)
{
  g_autofree char *long_name = g_strnfill (64, 'x');
  g_autofree char *too_long_name = g_strnfill (65, 'x');
  g_autoptr (GString) wide_name = g_string_new (NULL);
  const struct
  {
    const char *name;
    gboolean valid;
  } cases[] = {
    { NULL, FALSE },
    { "", FALSE },
    { " ", TRUE },
    { "My work", TRUE },
    { "工作", TRUE },
    { "a/b", FALSE },
    { "a\tb", FALSE },
    { "a\x7f", FALSE },
    { "a\xc2\x85", FALSE },
    { "a\xff", FALSE },
    { long_name, TRUE },
    { too_long_name, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("name of case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (qcc_profile_name_is_valid (cases[i].name), ==, cases[i].valid);
    }

  /* The limit counts characters, not bytes. */
  for (guint i = 0; i < 64; i++)
    g_string_append (wide_name, "工");
  g_assert_true (qcc_profile_name_is_valid (wide_name->str));
  g_string_append (wide_name, "工");
  g_assert_false (qcc_profile_name_is_valid (wide_name->str));
}

static void
test_models (void)
{
  g_autoptr (QccEndpoint) endpoint = make_endpoint ("https://api.example.com");
  const struct
  {
    const char *model;
    const char *mapped;
  } cases[] = {
    { "claude-haiku-4-5", "small" },
    { "claude-opus-4-1", "large" },
    { "gpt-5", "five" },
    { "gpt-50", NULL },
    { "gpt-", NULL },
    { "", NULL },
    { "claude-\xff", NULL },
    { "claude-haiku-\xe5\xb7", NULL },
  };

  g_assert_null (qcc_endpoint_map_model (endpoint, "claude-opus-4-1"));

  add_rule (endpoint, "claude-haiku-*", "small");
  add_rule (endpoint, "claude-*", "large");
  add_rule (endpoint, "gpt-?", "five");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (qcc_endpoint_map_model (endpoint, cases[i].model), ==, cases[i].mapped);
}

static void
test_auth (void)
{
  const struct
  {
    const char *base_url;
    QccAuthScheme auth;
    QccAuthScheme effective;
  } cases[] = {
    { "https://api.anthropic.com", QCC_AUTH_SCHEME_AUTO, QCC_AUTH_SCHEME_X_API_KEY },
    { "https://API.Anthropic.COM/v1", QCC_AUTH_SCHEME_AUTO, QCC_AUTH_SCHEME_X_API_KEY },
    { "https://api.anthropic.com.example.net", QCC_AUTH_SCHEME_AUTO, QCC_AUTH_SCHEME_BEARER },
    { "https://example.net/api.anthropic.com", QCC_AUTH_SCHEME_AUTO, QCC_AUTH_SCHEME_BEARER },
    { "https://api.anthropic.com", QCC_AUTH_SCHEME_BEARER, QCC_AUTH_SCHEME_BEARER },
    { "https://example.net", QCC_AUTH_SCHEME_X_API_KEY, QCC_AUTH_SCHEME_X_API_KEY },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QccEndpoint) endpoint = make_endpoint (cases[i].base_url);

      endpoint->auth = cases[i].auth;
      g_assert_cmpint (qcc_endpoint_get_effective_auth (endpoint), ==, cases[i].effective);
    }
}

static void
test_local_or_proxied (void)
{
  const struct
  {
    const char *base_url;
    const char *proxy;
    gboolean expected;
  } cases[] = {
    { "https://api.anthropic.com", NULL, FALSE },
    { "https://api.anthropic.com", "none", FALSE },
    { "https://api.anthropic.com", "http://proxy:3128", TRUE },
    { "http://192.0.2.1", NULL, FALSE },
    { "http://127.0.0.2:8080", NULL, TRUE },
    { "http://[::1]", "none", TRUE },
    { "http://169.254.1.1", NULL, TRUE },
    { "http://[fe80::1]", NULL, TRUE },
    { "http://LocalHost:1", NULL, TRUE },
    { "http://localhost.example", NULL, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QccEndpoint) endpoint = make_endpoint (cases[i].base_url);

      endpoint->proxy = g_strdup (cases[i].proxy);
      g_assert_cmpint (qcc_endpoint_is_local_or_proxied (endpoint), ==, cases[i].expected);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/endpoint/defaults", test_defaults);
  g_test_add_func ("/endpoint/ids", test_ids);
  g_test_add_func ("/endpoint/profile-names", test_profile_names);
  g_test_add_func ("/endpoint/models", test_models);
  g_test_add_func ("/endpoint/auth", test_auth);
  g_test_add_func ("/endpoint/local-or-proxied", test_local_or_proxied);

  return g_test_run ();
}
