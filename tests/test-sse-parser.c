/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-sse-parser.h"

#define LIMIT 20

#define EVENT(name, data) "[" name "|" data "]"
#define COMMENT "[#]"
#define OVERSIZED(name) "[" name "!]"

/* Streams and what they mean, one bracket for each block. The limit is LIMIT bytes of data. */
static const struct
{
  const char *stream;
  const char *events;
  const char *rest; /* what is left behind the last event */
} cases[] = {
  { "", "", "" },
  { "event: ping\ndata: {}\n\n", EVENT ("ping", "{}"), "" },
  { "event:ping\rdata:{}\r\r", EVENT ("ping", "{}"), "" },
  { "event: ping\r\ndata: {}\r\n\r\n", EVENT ("ping", "{}"), "" },
  { "data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r", EVENT ("", "a") EVENT ("", "b") EVENT ("", "c") EVENT ("", "d"), "" },
  { "data: a\rdata: b\n\n", EVENT ("", "a\nb"), "" },
  { "data: a\n\ndata: b\n\n", EVENT ("", "a") EVENT ("", "b"), "" },
  { "data: a\ndata: b\ndata: c\n\n", EVENT ("", "a\nb\nc"), "" },
  { "data:a\n\n", EVENT ("", "a"), "" },
  { "data:  a \n\n", EVENT ("", " a "), "" },
  { "data: \t\n\n", EVENT ("", "\t"), "" },
  { "data: a:b: c\n\n", EVENT ("", "a:b: c"), "" },
  { "data\n\n", EVENT ("", ""), "" },
  { "data:\n\n", EVENT ("", ""), "" },
  { "data\ndata\n\n", EVENT ("", "\n"), "" },
  { "data:\ndata: a\ndata:\n\n", EVENT ("", "\na\n"), "" },
  { "event: stop\n\n", EVENT ("stop", ""), "" },
  { "event: a\nevent: bc\ndata: x\n\n", EVENT ("bc", "x"), "" },
  { "data: x\nevent: late\n\n", EVENT ("late", "x"), "" },
  { "event: a\nevent\ndata: x\n\n", EVENT ("", "x"), "" },
  { "event: a\nevent:\n\n", COMMENT, "" },
  { "event: a\n\ndata: x\n\n", EVENT ("a", "") EVENT ("", "x"), "" },
  { ": hello\n\n", COMMENT, "" },
  { ":\n\n:\n\n", COMMENT COMMENT, "" },
  { ": hello\ndata: x\n: bye\n\n", EVENT ("", "x"), "" },
  { "id: 1\nretry: 5\n\n", COMMENT, "" },
  { "id: 1\ndata: x\nother: y\n\n", EVENT ("", "x"), "" },
  { "Data: x\n data: y\ndata : z\ndat: v\ndatas: w\nevents: u\n\n", COMMENT, "" },
  { "\n\n\r\n\r\rdata: x\n\n\n\n", EVENT ("", "x"), "" },
  { "\xef\xbb\xbf"
    "data: x\n\n",
    EVENT ("", "x"), "" },
  { "\xef\xbb\xbf\xef\xbb\xbf"
    "data: x\n\n",
    COMMENT, "" },
  { "\xef\xbb"
    "data: x\n\ndata: y\n\n",
    COMMENT EVENT ("", "y"), "" },
  { "\xef\n\ndata: y\n\n", COMMENT EVENT ("", "y"), "" },
  { "\xef\xbb\r\n\r\ndata: y\n\n", COMMENT EVENT ("", "y"), "" },
  { "data: \xef\xbb\xbf\n\n\xef\xbb\xbf"
    "data: x\n\n",
    EVENT ("", "\xef\xbb\xbf") COMMENT, "" },
  { "data: \xff\x80\n\n", EVENT ("", "\xff\x80"), "" },
  { "data: x", "", "data: x" },
  { "data: x\n", "", "data: x\n" },
  { "data: x\n\nda", EVENT ("", "x"), "da" },
  { "data: x\r\n\r\n:", EVENT ("", "x"), ":" },
  { "data: x\n\nid: 1\n", EVENT ("", "x"), "id: 1\n" },
  { "data: 12345678901234567890\n\n", EVENT ("", "12345678901234567890"), "" },
  { "data: 123456789012345678901\n\ndata: x\n\n", OVERSIZED ("") EVENT ("", "x"), "" },
  { "data: 123456789\ndata: 1234567890\n\n", EVENT ("", "123456789\n1234567890"), "" },
  { "event: big\ndata: 1234567890\ndata: 1234567890\ndata: more\n\n", OVERSIZED ("big"), "" },
  { "data: 1234567890123456789012345\ndata: x\nevent: big\n\nevent: a\n\n", OVERSIZED ("big") EVENT ("a", ""), "" },
  { ": a comment may be as long as it likes\ndata: x\n\n", EVENT ("", "x"), "" },
  { "event: 0123456789012345678901234567890123456789012345678901234567890123cut\ndata: x\n\n",
    EVENT ("0123456789012345678901234567890123456789012345678901234567890123", "x"), "" },
};

static void
collect (GString *out,
         const QccSseEvent *event)
{
  g_string_append_c (out, '[');
  if (event->comment_only)
    {
      g_assert_cmpuint (event->name_length + event->data_length, ==, 0);
      g_string_append_c (out, '#');
    }
  else
    {
      g_string_append_len (out, event->name, (gssize) event->name_length);
      g_string_append_c (out, event->oversized ? '!' : '|');
      g_string_append_len (out, event->data, (gssize) event->data_length);
    }
  g_string_append_c (out, ']');
}

/* Feeds @length bytes from @offset of @stream in memory of their own that is then gone. Each event must end where
 * a blank line does. */
static void
feed (QccSseParser *parser,
      const char *stream,
      gsize offset,
      gsize length,
      GString *out)
{
  g_autofree char *chunk = g_memdup2 (stream + offset, length);
  QccSseEvent event;
  gsize last = 0;

  qcc_sse_parser_begin (parser, chunk, length);
  while (qcc_sse_parser_next (parser, &event))
    {
      gsize end = offset + event.end;

      g_assert_cmpuint (event.end, >, last);
      g_assert_cmpuint (event.end, <=, length);
      g_assert_nonnull (strchr ("\r\n", stream[end - 1]));
      g_assert_cmpuint (end, >=, 2);
      g_assert_nonnull (strchr ("\r\n", stream[end - 2]));
      /* A CRLF is not torn when all of it is in the chunk. */
      g_assert_false (stream[end - 1] == '\r' && event.end < length && stream[end] == '\n');
      last = event.end;
      collect (out, &event);
    }
}

static void
check_end (QccSseParser *parser,
           gsize number,
           const GString *events)
{
  const char *rest = cases[number].rest;

  g_assert_cmpstr (events->str, ==, cases[number].events);
  g_assert_true (qcc_sse_parser_in_event (parser) == (*rest != '\0'));
  g_assert_true (qcc_sse_parser_at_line_start (parser) == (*rest == '\0' || g_str_has_suffix (rest, "\n")));
}

static void
test_whole (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QccSseParser) parser = qcc_sse_parser_new (LIMIT);
      g_autoptr (GString) events = g_string_new (NULL);
      g_autofree char *shown = g_strescape (cases[i].stream, NULL);

      g_test_message ("%s", shown);
      feed (parser, cases[i].stream, 0, strlen (cases[i].stream), events);
      check_end (parser, i, events);
    }
}

static void
test_every_border (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *stream = cases[i].stream;
      gsize length = strlen (stream);

      for (gsize first = 0; first <= length; first++)
        for (gsize second = first; second <= length; second++)
          {
            g_autoptr (QccSseParser) parser = qcc_sse_parser_new (LIMIT);
            g_autoptr (GString) events = g_string_new (NULL);

            feed (parser, stream, 0, first, events);
            feed (parser, stream, first, second - first, events);
            feed (parser, stream, second, length - second, events);
            check_end (parser, i, events);
          }
    }
}

static void
test_single_bytes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QccSseParser) parser = qcc_sse_parser_new (LIMIT);
      g_autoptr (GString) events = g_string_new (NULL);

      for (gsize offset = 0; cases[i].stream[offset] != '\0'; offset++)
        feed (parser, cases[i].stream, offset, 1, events);
      check_end (parser, i, events);
    }
}

/* The end of an event is known at once when its blank line ends in CR, and not one byte earlier otherwise. */
static void
test_completion (void)
{
  static const struct
  {
    const char *stream;
    gsize complete; /* bytes with which the event is complete */
  } streams[] = {
    { "data: x\n\n", 9 },
    { "data: x\r\r", 9 },
    { "data: x\r\n\r\n", 10 },
    { "data: x\n\r\n", 9 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    for (gsize length = 0; length <= strlen (streams[i].stream); length++)
      {
        g_autoptr (QccSseParser) parser = qcc_sse_parser_new (LIMIT);
        g_autoptr (GString) events = g_string_new (NULL);

        feed (parser, streams[i].stream, 0, length, events);
        g_assert_cmpstr (events->str, ==, length >= streams[i].complete ? EVENT ("", "x") : "");
        g_assert_true (qcc_sse_parser_in_event (parser) == (length > 0 && length < streams[i].complete));
      }
}

static void
test_ends (void)
{
  static const char stream[] = "data: a\n\n: c\r\n\r\ndata: b\r\rdata";
  static const gsize ends[] = { 9, 16, 25 };
  g_autoptr (QccSseParser) parser = qcc_sse_parser_new (LIMIT);
  QccSseEvent event;

  qcc_sse_parser_begin (parser, stream, strlen (stream));
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_assert_true (qcc_sse_parser_next (parser, &event));
      g_assert_cmpuint (event.end, ==, ends[i]);
    }
  g_assert_false (qcc_sse_parser_next (parser, &event));
}

/* Data on one line of one chunk is not copied. */
static void
test_no_copy (void)
{
  static const char stream[] = "event: a\ndata: hello\n\n";
  g_autoptr (QccSseParser) parser = qcc_sse_parser_new (LIMIT);
  QccSseEvent event;

  qcc_sse_parser_begin (parser, stream, strlen (stream));
  g_assert_true (qcc_sse_parser_next (parser, &event));
  g_assert_true (event.data == strstr (stream, "hello"));
}

/* A reader that takes the last event and does not ask again can go on with the next chunk. */
static void
test_last_event_taken (void)
{
  g_autoptr (QccSseParser) parser = qcc_sse_parser_new (LIMIT);
  g_autofree char *chunk = g_strdup ("event: a\ndata: x\n\n");
  g_autoptr (GString) events = g_string_new (NULL);
  QccSseEvent event;

  qcc_sse_parser_begin (parser, chunk, strlen (chunk));
  g_assert_true (qcc_sse_parser_next (parser, &event));
  g_clear_pointer (&chunk, g_free);
  g_assert_false (qcc_sse_parser_in_event (parser));

  feed (parser, "data: y\n\n", 0, 9, events);
  g_assert_cmpstr (events->str, ==, EVENT ("", "y"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/sse-parser/whole", test_whole);
  g_test_add_func ("/sse-parser/every-border", test_every_border);
  g_test_add_func ("/sse-parser/single-bytes", test_single_bytes);
  g_test_add_func ("/sse-parser/completion", test_completion);
  g_test_add_func ("/sse-parser/ends", test_ends);
  g_test_add_func ("/sse-parser/no-copy", test_no_copy);
  g_test_add_func ("/sse-parser/last-event-taken", test_last_event_taken);

  return g_test_run ();
}
