/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-redact.h"

#include <string.h>

static void
test_table (void)
{
  const struct
  {
    const char *text;
    const char *redacted;
  } cases[] = {
    /* What has nothing to hide stays as it is. */
    { "", "" },
    { "Connection refused", "Connection refused" },
    { "model: claude-sonnet-4-5-20250929", "model: claude-sonnet-4-5-20250929" },
    { "https://api.example.com/v1/messages/count_tokens?beta=true",
      "https://api.example.com/v1/messages/count_tokens?beta=true" },
    { "session 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "session 3f2504e0-4f89-11d3-9a0c-0305e82c3301" },
    { "the tokens are used up, a risk-free desk-top", "the tokens are used up, a risk-free desk-top" },
    { "qcc-service and qcc-tray", "qcc-service and qcc-tray" },
    { "internationalizationandlocalization", "internationalizationandlocalization" },
    { "123456789012345678901234567890", "123456789012345678901234567890" },
    { "额度不足 – très bien", "额度不足 – très bien" },

    /* Keys and tokens. */
    { "bad key sk-ant-api03-AbC_dEf-123", "bad key [redacted]" },
    { "key (sk-abc).", "key ([redacted])." },
    { "SK-ANT-XYZ", "[redacted]" },
    { "qcc-0123456789abcdef0123456789abcdef", "[redacted]" },
    { "{\"token\":\"qcc-0123456789abcdef\"}", "{\"token\":\"[redacted]\"}" },

    /* Headers, as they are sent, logged or put into JSON. */
    { "Bearer abc", "Bearer [redacted]" },
    { "bearer   abc, realm", "bearer   [redacted], realm" },
    { "x-api-key: abc", "x-api-key: [redacted]" },
    { "X-Api-Key:abc\nHost: h", "X-Api-Key:[redacted]\\u000aHost: h" },
    { "{\"x-api-key\": \"abc\", \"a\": 1}", "{\"x-api-key\": \"[redacted]\", \"a\": 1}" },
    { "api_key=abc&x=1", "api_key=[redacted]&x=1" },
    { "auth_token: abc", "auth_token: [redacted]" },
    { "password='abc'", "password='[redacted]'" },
    { "Authorization: Basic dXNlcjpw\r\nHost: h", "Authorization: [redacted]\\u000d\\u000aHost: h" },
    { "Proxy-Authorization: Digest user=\"u\", response=\"r\"", "Proxy-Authorization: [redacted]\"u\", response=\"r\"" },
    { "{\"authorization\":\"Bearer abc\"}", "{\"authorization\":\"[redacted]\"}" },

    /* Addresses. */
    { "http://user:abc@proxy:3128/x", "http://[redacted]@proxy:3128/x" },
    { "https://abc@h and https://h/@x", "https://[redacted]@h and https://h/@x" },
    { "https://u:a@b@h", "https://[redacted]@h" },

    /* Long runs. */
    { "id 0123456789abcdef01234567", "id [redacted]" },
    { "id 0123456789abcdef0123456", "id 0123456789abcdef0123456" },
    { "AKIAIOSFODNN7EXAMPLEKEY0", "[redacted]" },
    { "x=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEX==;", "x=[redacted];" },
    { "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEX==;", "[redacted];" },
    { "eyJhbGciOiJIUzI1NiIsInR5.eyJzdWIiOiIxMjM0NTY3ODkw.x", "[redacted].[redacted].x" },

    /* What cannot be seen, and what is not UTF-8. */
    { "a\nb\tc\x1b[31m\x7f", "a\\u000ab\\u0009c\\u001b[31m\\u007f" },
    { "a\xc2\x85z", "a\\u0085z" },
    { "a\xe2\x80\xaez\xe2\x80\xa8", "a\\u202ez\\u2028" },
    { "a\xffz", "a\xef\xbf\xbdz" },
    { "a\xe5\xb7", "a\xef\xbf\xbd\xef\xbf\xbd" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *redacted = qcc_redact (cases[i].text);

      g_assert_cmpstr (redacted, ==, cases[i].redacted);
    }
}

static void
test_length (void)
{
  g_autofree char *fits = g_strnfill (QCC_REDACT_LENGTH_MAX, 'x');
  g_autofree char *same = qcc_redact (fits);

  g_assert_cmpstr (same, ==, fits);

  /* Each offset puts another byte of a three-byte character on the limit. */
  for (guint offset = 0; offset < 3; offset++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *redacted = NULL;

      for (guint i = 0; i < offset; i++)
        g_string_append_c (text, 'x');
      for (guint i = 0; i < QCC_REDACT_LENGTH_MAX; i++)
        g_string_append (text, "工");

      redacted = qcc_redact (text->str);
      g_assert_true (g_utf8_validate (redacted, -1, NULL));
      g_assert_cmpuint (strlen (redacted), <=, QCC_REDACT_LENGTH_MAX);
      g_assert_cmpuint (strlen (redacted), >, QCC_REDACT_LENGTH_MAX - 4);
      g_assert_true (g_str_has_suffix (redacted, "工…"));
    }
}

/* A key on the limit must not be shown in part because it was cut before it was recognised. */
static void
test_key_on_the_limit (void)
{
  for (guint n = QCC_REDACT_LENGTH_MAX - 40; n < QCC_REDACT_LENGTH_MAX; n++)
    {
      g_autofree char *before = g_strnfill (n, '.');
      g_autofree char *text = g_strconcat (before, "0123456789abcdef0123456789abcdef", NULL);
      g_autofree char *redacted = qcc_redact (text);

      g_assert_null (strstr (redacted, "012"));
    }
}

static void
test_long_input (void)
{
  const char *parts[] = { "a", "1", "a1", "aA1-", "://", "://@", "@", "Bearer ", "sk-", "x-api-key:", "authorization", "\xff" };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *redacted = NULL;

      while (text->len < 1024 * 1024)
        g_string_append (text, parts[i]);

      redacted = qcc_redact (text->str);
      g_assert_cmpuint (strlen (redacted), <=, QCC_REDACT_LENGTH_MAX);
      g_assert_cmpuint (strlen (redacted), >, 0);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/redact/table", test_table);
  g_test_add_func ("/redact/length", test_length);
  g_test_add_func ("/redact/key-on-the-limit", test_key_on_the_limit);
  g_test_add_func ("/redact/long-input", test_long_input);

  return g_test_run ();
}
