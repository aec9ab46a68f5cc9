/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-json-scan.h"
#include "service/qcc-request-facts.h"
#include "service/qcc-token-estimate.h"
#include "tests/fuzz/fuzz-target.h"

static void
check_facts (const QccRequestFacts *facts,
             GBytes *body)
{
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  QccJsonSpan value;

  g_assert_true (facts->body_valid || !(facts->stream || facts->long_cache || facts->model != NULL));
  g_assert_true (!facts->body_valid || qcc_json_validate (data, length));
  g_assert_cmpuint (facts->stainless_timeout, <=, 86400);
  if (facts->session != NULL)
    g_assert_cmpuint (strlen (facts->session), <=, QCC_REQUEST_SESSION_MAX);

  g_assert_true ((facts->model == NULL) == (facts->model_length == 0));
  if (facts->model != NULL)
    {
      g_assert_cmpuint (facts->model_offset + facts->model_length, <, length);
      value = (QccJsonSpan){ data + facts->model_offset, facts->model_length };
      g_assert_true (qcc_json_span_equals (&value, facts->model));
    }
}

/* A body whose model was replaced says the same but for the model. */
static void
check_map (const QccRequestFacts *facts,
           SoupMessageHeaders *headers,
           GBytes *body)
{
  static const char new_model[] = "new \"model\"";
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GBytes) mapped = NULL;
  g_autoptr (QccRequestFacts) again = NULL;
  g_autofree char *data = NULL;
  gsize length = 0;
  gsize given = 0;

  stream = qcc_request_facts_map_model (facts, body, new_model, &length);
  data = g_malloc (length + 1);
  g_assert_true (g_input_stream_read_all (stream, data, length + 1, &given, NULL, NULL));
  g_assert_cmpuint (given, ==, length);

  mapped = g_bytes_new_take (g_steal_pointer (&data), length);
  again = qcc_request_facts_new ("POST", "/v1/messages", headers, mapped);
  g_assert_true (again->body_valid);
  g_assert_cmpstr (again->model, ==, new_model);
  g_assert_cmpuint (again->model_offset, ==, facts->model_offset);
  g_assert_cmpstr (again->session, ==, facts->session);
  g_assert_true (again->stream == facts->stream);
  g_assert_true (again->long_cache == facts->long_cache);
}

/* The first line of an input is the value of every header, the rest is the body. */
int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  static const char *const names[] = {
    "x-claude-code-session-id",
    "x-stainless-timeout",
    "x-qcc-priority",
  };
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  const uint8_t *line_end = size > 0 ? memchr (data, '\n', size) : NULL;
  gsize line = line_end != NULL ? (gsize) (line_end - data) : 0;
  gsize body_start = line_end != NULL ? line + 1 : 0;
  g_autofree char *value = g_strndup ((const char *) data, line);
  g_autoptr (GBytes) body = g_bytes_new (data + body_start, size - body_start);
  g_autoptr (QccRequestFacts) facts = NULL;

  g_strdelimit (value, "\r", ' ');
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (*value != '\0')
      soup_message_headers_append (headers, names[i], value);

  facts = qcc_request_facts_new ("POST", "/v1/messages", headers, body);
  check_facts (facts, body);
  if (facts->model != NULL)
    check_map (facts, headers, body);

  /* An image is the most that a few bytes can be worth, and it takes more than eight of them. */
  g_assert_cmpuint (qcc_token_estimate (g_bytes_get_data (body, NULL), g_bytes_get_size (body)), <=,
                    1 + 200 * (guint64) size);

  return 0;
}
