/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "service/qcc-event-facts.h"
#include "service/qcc-sse-parser.h"
#include "tests/fuzz/fuzz-target.h"

/* Enough for an event to matter, little enough for the fuzzer to exceed it. */
#define LIMIT 48

static void
append_event (GString *out,
              const QccSseEvent *event)
{
  QccEventFacts facts;

  g_assert_cmpuint (event->name_length, <=, QCC_SSE_NAME_MAX);
  g_assert_cmpuint (event->data_length, <=, LIMIT);
  g_assert_true (!event->oversized || event->data_length == 0);
  g_assert_true (!event->comment_only || event->name_length + event->data_length == 0);

  qcc_event_facts_read (&facts, event);
  if (facts.kind == QCC_EVENT_KIND_COMMENT)
    g_assert_true (qcc_event_is_valid (event));

  g_string_append_printf (out, "%d %d %d ", event->comment_only, event->oversized, facts.kind);
  g_string_append_len (out, event->name, (gssize) event->name_length);
  g_string_append_c (out, ' ');
  g_string_append_len (out, event->data, (gssize) event->data_length);
  g_string_append_c (out, '\n');
}

/* Feeds chunks of @step bytes and writes down what the parser gave and how it was left. */
static GString *
parse (const char *data,
       gsize size,
       gsize step)
{
  g_autoptr (QccSseParser) parser = qcc_sse_parser_new (LIMIT);
  GString *out = g_string_new (NULL);
  QccSseEvent event;

  for (gsize offset = 0; offset < size; offset += step)
    {
      gsize length = MIN (step, size - offset);
      g_autofree char *chunk = g_memdup2 (data + offset, length);
      gsize last = 0;

      qcc_sse_parser_begin (parser, chunk, length);
      while (qcc_sse_parser_next (parser, &event))
        {
          g_assert_cmpuint (event.end, >, last);
          g_assert_cmpuint (event.end, <=, length);
          last = event.end;
          append_event (out, &event);
        }
      g_assert_true (!qcc_sse_parser_in_event (parser) || last < length);
    }

  g_string_append_printf (out, "%d ", qcc_sse_parser_in_event (parser));
  g_string_append_printf (out, "%d", qcc_sse_parser_at_line_start (parser));
  return out;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  static const gsize steps[] = { 1, 2, 3, 5, 7, 16, 61 };
  const char *text = (const char *) data;
  GString *whole = parse (text, size, MAX (size, 1));

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      GString *parts = parse (text, size, steps[i]);

      g_assert_cmpmem (parts->str, parts->len, whole->str, whole->len);
      g_string_free (parts, TRUE);
    }
  g_string_free (whole, TRUE);

  return 0;
}
