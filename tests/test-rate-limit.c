/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-rate-limit.h"

#include <string.h>

/* 2026-01-01T00:00:00Z */
#define NOW G_GINT64_CONSTANT (1767225600)

/* Headers as on the wire, without their common prefix, separated by "; ". */
typedef struct
{
  const char *name;
  const char *headers;
  int expected;
} Row;

static const Row rows[] = {
  { "nothing", "", -1 },
  { "left", "requests-remaining: 1; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "requests", "requests-remaining: 0; requests-reset: 2026-01-01T00:00:30Z", 30 },
  { "tokens", "tokens-remaining: 0; tokens-reset: 2026-01-01T00:00:31Z", 31 },
  { "input-tokens", "input-tokens-remaining: 0; input-tokens-reset: 2026-01-01T00:00:32Z", 32 },
  { "output-tokens", "output-tokens-remaining: 0; output-tokens-reset: 2026-01-01T00:00:33Z", 33 },
  { "other-kind", "pages-remaining: 0; pages-reset: 2026-01-01T00:00:33Z", -1 },
  { "longest",
    "requests-remaining: 0; requests-reset: 2026-01-01T00:00:30Z; "
    "tokens-remaining: 0; tokens-reset: 2026-01-01T00:05:00Z; "
    "input-tokens-remaining: 0; input-tokens-reset: 2026-01-01T00:00:10Z; "
    "output-tokens-remaining: 7; output-tokens-reset: 2026-01-01T01:00:00Z",
    300 },
  { "zone", "requests-remaining: 0; requests-reset: 2026-01-01T08:00:30+08:00", 30 },
  { "fraction", "requests-remaining: 0; requests-reset: 2026-01-01T00:00:30.250Z", 30 },
  { "past", "requests-remaining: 0; requests-reset: 2025-12-31T23:59:59Z", -1 },
  { "now", "requests-remaining: 0; requests-reset: 2026-01-01T00:00:00Z", -1 },
  { "soon", "requests-remaining: 0; requests-reset: 2026-01-01T00:00:01Z", 1 },
  { "day", "requests-remaining: 0; requests-reset: 2026-01-02T00:00:00Z", 86400 },
  { "more-than-a-day", "requests-remaining: 0; requests-reset: 2026-01-02T00:00:01Z", 86400 },
  { "far", "requests-remaining: 0; requests-reset: 9999-12-31T23:59:59Z", 86400 },
  { "negative", "requests-remaining: -5; requests-reset: 2026-01-01T00:00:30Z", 30 },
  { "huge", "requests-remaining: 99999999999999999999999; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "hugely-negative", "requests-remaining: -99999999999999999999999; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "word", "requests-remaining: none; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "empty", "requests-remaining: ; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "trailing", "requests-remaining: 0x; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "fractional-rest", "requests-remaining: 0.5; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "other-digits", "requests-remaining: \xef\xbc\x90; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "not-utf8", "requests-remaining: 0\xff; requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "no-reset", "requests-remaining: 0", -1 },
  { "reset-alone", "requests-reset: 2026-01-01T00:00:30Z", -1 },
  { "reset-of-another", "requests-remaining: 0; tokens-reset: 2026-01-01T00:00:30Z", -1 },
  { "reset-empty", "requests-remaining: 0; requests-reset: ", -1 },
  { "reset-seconds", "requests-remaining: 0; requests-reset: 30", -1 },
  { "reset-no-zone", "requests-remaining: 0; requests-reset: 2026-01-01T00:00:30", -1 },
  { "reset-no-such-day", "requests-remaining: 0; requests-reset: 2026-02-30T00:00:30Z", -1 },
  { "reset-huge-year", "requests-remaining: 0; requests-reset: 99999999-01-01T00:00:30Z", -1 },
  { "reset-not-utf8", "requests-remaining: 0; requests-reset: 2026-01-01T00:00:30Z\xff\xfe", -1 },
  { "one-malformed",
    "requests-remaining: x; requests-reset: 2026-01-01T00:10:00Z; "
    "tokens-remaining: 0; tokens-reset: 2026-01-01T00:00:05Z",
    5 },

  { "unified", "unified-status: rejected; unified-reset: 1767225640", 40 },
  { "unified-allowed", "unified-status: allowed; unified-reset: 1767225640", -1 },
  { "unified-warning", "unified-status: allowed_warning; unified-reset: 1767225640", -1 },
  { "unified-strange", "unified-status: rejected\xff; unified-reset: 1767225640", -1 },
  { "unified-no-status", "unified-reset: 1767225640", -1 },
  { "unified-no-reset", "unified-status: rejected", -1 },
  { "unified-past", "unified-status: rejected; unified-reset: 1767225600", -1 },
  { "unified-soon", "unified-status: rejected; unified-reset: 1767225601", 1 },
  { "unified-milliseconds", "unified-status: rejected; unified-reset: 1767225640000", 86400 },
  { "unified-largest", "unified-status: rejected; unified-reset: 9223372036854775807", 86400 },
  { "unified-huge", "unified-status: rejected; unified-reset: 9223372036854775808", -1 },
  { "unified-negative", "unified-status: rejected; unified-reset: -1", -1 },
  { "unified-date", "unified-status: rejected; unified-reset: 2026-01-01T00:00:30Z", -1 },
  { "unified-other-digits", "unified-status: rejected; unified-reset: \xd9\xa1\xd9\xa7", -1 },
  { "unified-shorter",
    "unified-status: rejected; unified-reset: 1767225640; tokens-remaining: 0; tokens-reset: 2026-01-01T00:00:50Z",
    50 },
  { "unified-longer",
    "unified-status: rejected; unified-reset: 1767225660; tokens-remaining: 0; tokens-reset: 2026-01-01T00:00:50Z",
    60 },
};

static SoupMessageHeaders *
parse (const char *text)
{
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  g_auto (GStrv) lines = g_strsplit (text, "; ", -1);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], ": ", 2);
      g_autofree char *name = g_strconcat ("Anthropic-RateLimit-", parts[0], NULL);

      g_assert_cmpuint (g_strv_length (parts), ==, 2);
      soup_message_headers_append (headers, name, parts[1]);
      g_assert_nonnull (soup_message_headers_get_one (headers, name));
    }

  return headers;
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (SoupMessageHeaders) headers = parse (row->headers);

  g_assert_cmpint (qcc_rate_limit_exhausted_for (headers, NOW), ==, row->expected);
}

/* Whatever the machine takes the time to be. */
static void
test_clock (void)
{
  static const gint64 times[] = { G_MININT64, -1, 0, 1, NOW, G_MAXINT64 };
  g_autoptr (SoupMessageHeaders) headers = parse ("unified-status: rejected; unified-reset: 9223372036854775807; "
                                                  "requests-remaining: 0; requests-reset: 0001-01-01T00:00:30Z");

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    g_assert_cmpint (qcc_rate_limit_exhausted_for (headers, times[i]), ==, times[i] == G_MAXINT64 ? -1 : 86400);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/rate-limit/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/rate-limit/clock", test_clock);

  return g_test_run ();
}
