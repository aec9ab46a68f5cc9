/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/socket.h>

#include "service/qcc-fake-player.h"
#include "tests/qcc-fake-fixture.h"

/*
 * What the steps of a script send, byte for byte. How connections begin, end and wait is in
 * test-fake-provider.c.
 */

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define CLOSE "Connection: close\r\n\r\n"
#define END "0\r\n\r\n"
#define JSON "Content-Type: application/json\r\n"
#define SSE "Content-Type: text/event-stream; charset=utf-8\r\n"
#define HTML "<html><head><title>Error</title></head><body><h1>Something is wrong</h1></body></html>\n"

typedef struct
{
  const char *name;
  const char *script;
  const char *expected;
} Case;

/* Whole answers as they are on the wire, identifiers replaced. The request says that it is the last one. */
static const Case wire_cases[] = {
  { "nothing", "", OK CHUNKED CLOSE END },
  { "status", "status 404\nbody x", "HTTP/1.1 404 Not Found\r\n" CHUNKED CLOSE "1\r\nx\r\n" END },
  { "status-reason", "status 299 Odd One", "HTTP/1.1 299 Odd One\r\n" CHUNKED CLOSE END },
  { "status-twice", "status 404 Odd\nstatus 200", OK CHUNKED CLOSE END },
  { "status-unknown", "status 299", "HTTP/1.1 299 Unknown\r\n" CHUNKED CLOSE END },
  { "status-204", "status 204\nbody x", "HTTP/1.1 204 No Content\r\n" CLOSE },
  { "status-304", "status 304\nframing length\nbody x", "HTTP/1.1 304 Not Modified\r\n" CLOSE },
  { "header-twice", "header X-A: 1\nempty\nheader x-a: 2", OK "X-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n" CLOSE },
  { "header-bad", "header X A : \\377\\n\nempty", OK "X A : \377\n\r\nContent-Length: 0\r\n" CLOSE },
  { "header-instead", "header content-type: text/odd\nheader content-length: 7\njson {}", OK "content-type: text/odd\r\ncontent-length: 7\r\n" CLOSE "{}" },
  { "many-headers", "many_headers 3 2\nempty", OK "x-filler-0: vv\r\nx-filler-1: vv\r\nx-filler-2: vv\r\nContent-Length: 0\r\n" CLOSE },
  { "version-1.0", "version 1.0\nbody x", "HTTP/1.0 200 OK\r\n" CLOSE "x" },
  { "version-1.0-json", "version 1.0\njson {}", "HTTP/1.0 200 OK\r\n" JSON "Content-Length: 2\r\n" CLOSE "{}" },
  { "version-1.0-chunked", "version 1.0\nframing chunked\nbody x", "HTTP/1.0 200 OK\r\n" CHUNKED CLOSE "1\r\nx\r\n" END },
  { "version-1.1", "version 1.0\nversion 1.1\nbody x", OK CHUNKED CLOSE "1\r\nx\r\n" END },
  { "framing-chunked", "framing chunked\njson {}", OK JSON CHUNKED CLOSE "2\r\n{}\r\n" END },
  { "framing-length", "framing length\nbody a\nbody bc", OK "Content-Length: 3\r\n" CLOSE "abc" },
  { "framing-length-head", "framing length\nbody a\nhead\nbody bc", OK "Content-Length: 1\r\n" CLOSE "abc" },
  { "framing-length-fin", "framing length\nbody a\nfin", "" },
  { "framing-close", "framing close\nbody a\nbody bc", OK CLOSE "abc" },
  { "content-length-long", "content_length 9\nbody ab", OK "Content-Length: 9\r\n" CLOSE "ab" },
  { "content-length-short", "content_length 1\nbody ab", OK "Content-Length: 1\r\n" CLOSE "ab" },
  { "encode-lie", "encode_lie zstd\nbody ab", OK "Content-Encoding: zstd\r\n" CHUNKED CLOSE "2\r\nab\r\n" END },
  { "informational", "informational 103 Link: </a>\ninformational 100\nempty",
    "HTTP/1.1 103 Informational\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Informational\r\n\r\n" OK "Content-Length: 0\r\n" CLOSE },
  { "informational-late", "head\ninformational 100", OK CHUNKED CLOSE "HTTP/1.1 100 Informational\r\n\r\n" END },
  { "head", "head\nhead\nfin", OK CHUNKED CLOSE },
  { "head-json", "head\njson {}", OK CHUNKED CLOSE "2\r\n{}\r\n" END },
  { "half-head", "half_head\nfin", OK "Transfer-Encodin" },
  { "half-head-only", "half_head", OK "Transfer-Encodin" },
  { "raw", "raw HTTP/2 x\\r\nraw \\n\nbody y", "HTTP/2 x\r\ny" },
  { "raw-after-head", "body x\nraw zz", OK CHUNKED CLOSE "1\r\nx\r\nzz" END },
  { "raw-after-collected", "framing length\nbody x\nraw zz", OK "Content-Length: 1\r\n" CLOSE "xzz" },
  { "raw-after-informational", "informational 100\nraw zz", "HTTP/1.1 100 Informational\r\n\r\nzz" },
  { "garbage", "garbage 3", "\200\201\202" },
  { "garbage-after-head", "head\ngarbage 1", OK CHUNKED CLOSE "\200" END },
  { "body", "body a\\r\\n\nbody \\377", OK CHUNKED CLOSE "3\r\na\r\n\r\n1\r\n\377\r\n" END },
  { "bytes", "bytes 20", OK CHUNKED CLOSE "14\r\nxxxxxxxxxxxxxxxxxxxx\r\n" END },
  { "bytes-0", "bytes 0", OK CHUNKED CLOSE END },
  { "json", "json {\"a\": 1}", OK JSON "Content-Length: 8\r\n" CLOSE "{\"a\": 1}" },
  { "html", "html 502", "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 87\r\n" CLOSE HTML },
  { "empty", "empty", OK "Content-Length: 0\r\n" CLOSE },
  { "error", "error 529 overloaded_error too \"busy\"",
    "HTTP/1.1 529 Unknown\r\nrequest-id: req_ID\r\n" JSON "Content-Length: 121\r\n" CLOSE
    "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"too \\\"busy\\\"\"},\"request_id\":\"req_ID\"}" },
  { "count-tokens", "count_tokens", OK JSON "Content-Length: 18\r\n" CLOSE "{\"input_tokens\":9}" },
  { "events", "event a 1\nevent b\ncomment c\ncomment", OK SSE CHUNKED CLOSE "12\r\nevent: a\ndata: 1\n\n\r\na\r\nevent: b\n\n\r\n5\r\n: c\n\n\r\n4\r\n: \n\n\r\n" END },
  { "events-length", "framing length\nevent a 1\nevent b", OK SSE "Content-Length: 28\r\n" CLOSE "event: a\ndata: 1\n\nevent: b\n\n" },
  { "event-lines", "framing close\nevent a 1\\ndata: 2\\nid: 3", OK SSE CLOSE "event: a\ndata: 1\ndata: 2\nid: 3\n\n" },
  { "repeat", "framing close\nrepeat 2\nbody a\nrepeat 3\nbody b\nend\nend\nrepeat 0\nbody c\nend", OK CLOSE "abbbabbb" },
  { "repeat-fin", "framing close\nrepeat 9\nbody a\nfin\nend\nbody b", OK CLOSE "a" },
  { "drip", "drip 3\nbody 0123456789", OK CHUNKED CLOSE "a\r\n0123456789\r\n" END },
  { "fin", "fin", "" },
  { "fin-late", "body x\nfin\nbody y", OK CHUNKED CLOSE "1\r\nx\r\n" },
  { "no-final-chunk", "body x\nno_final_chunk\nbody y", OK CHUNKED CLOSE "1\r\nx\r\n1\r\ny\r\n" },
  { "keepalive-close", "keepalive_close\nempty", OK "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n" },
  { "hold-timed", "body x\nwait 0\ninterval 0\nbody y", OK CHUNKED CLOSE "1\r\nx\r\n1\r\ny\r\n" END },
};

/* Replaces what is made new for each message. */
static char *
normalise (const char *text)
{
  g_autoptr (GRegex) ids = g_regex_new ("\\b(msg|toolu|req)_01[0-9a-f]{22}\\b", G_REGEX_RAW, 0, NULL);
  g_autoptr (GRegex) signatures = g_regex_new ("\"signature\":\"bXNnXzAx[0-9A-Za-z+/]{30}==\"", G_REGEX_RAW, 0, NULL);
  g_autofree char *without_ids = g_regex_replace (ids, text, -1, 0, "\\1_ID", 0, NULL);

  return g_regex_replace (signatures, without_ids, -1, 0, "\"signature\":\"SIG\"", 0, NULL);
}

static void
test_wire (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autofree char *bytes = qcc_fake_fixture_ask_bytes (fixture, test->script, NULL);
  g_autofree char *normalised = normalise (bytes);

  g_assert_cmpstr (normalised, ==, test->expected);
  g_assert_false (qcc_raw_client_was_reset (fixture->client));
}

#define EVENT(name, more) "event: " name "\ndata: {\"type\":\"" name "\"" more "}\n\n"
#define USAGE(output) "{\"input_tokens\":3,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":6,\"output_tokens\":" output "}"
#define START_WITH(model) \
  EVENT ("message_start", ",\"message\":{\"id\":\"msg_ID\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"" model "\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":" USAGE ("1") "}")
#define START START_WITH ("claude-test")
#define PING EVENT ("ping", "")
#define BLOCK(index, block) EVENT ("content_block_start", ",\"index\":" index ",\"content_block\":{\"type\":" block "}")
#define TEXT(index) BLOCK (index, "\"text\",\"text\":\"\"")
#define THINKING(index) BLOCK (index, "\"thinking\",\"thinking\":\"\",\"signature\":\"\"")
#define TOOL(index, name) BLOCK (index, "\"tool_use\",\"id\":\"toolu_ID\",\"name\":\"" name "\",\"input\":{}")
#define DELTA(index, type, member, text) EVENT ("content_block_delta", ",\"index\":" index ",\"delta\":{\"type\":\"" type "\",\"" member "\":\"" text "\"}")
#define SAY(index, text) DELTA (index, "text_delta", "text", text)
#define THINK(index, text) DELTA (index, "thinking_delta", "thinking", text)
#define SIGN(index) DELTA (index, "signature_delta", "signature", "SIG")
#define INPUT(index, text) DELTA (index, "input_json_delta", "partial_json", text)
#define STOP_BLOCK(index) EVENT ("content_block_stop", ",\"index\":" index)
#define REASON(reason, output) EVENT ("message_delta", ",\"delta\":{\"stop_reason\":\"" reason "\",\"stop_sequence\":null},\"usage\":" USAGE (output))
#define STOP EVENT ("message_stop", "")

/* Event streams, identifiers replaced. */
static const Case stream_cases[] = {
  { "say", "say Hello, you!", START PING TEXT ("0") SAY ("0", "Hel") SAY ("0", "lo, ") SAY ("0", "you!") STOP_BLOCK ("0") REASON ("end_turn", "2") STOP },
  { "auto", "auto abc", START PING TEXT ("0") SAY ("0", "a") SAY ("0", "b") SAY ("0", "c") STOP_BLOCK ("0") REASON ("end_turn", "1") STOP },
  { "use-tool", "deltas 1\nuse_tool Read {\"path\":\"/a\"}", START TOOL ("0", "Read") INPUT ("0", "{\\\"path\\\":\\\"/a\\\"}") STOP_BLOCK ("0") REASON ("tool_use", "3") STOP },
  { "think-and-say", "deltas 1\nthink_and_say \"well now\" yes",
    START THINKING ("0") THINK ("0", "well now") SIGN ("0") STOP_BLOCK ("0") TEXT ("1") SAY ("1", "yes") STOP_BLOCK ("1") REASON ("end_turn", "2") STOP },
  { "message-start", "message_start", START },
  { "message-start-model", "message_start m\\\\\"", START_WITH ("m\\\\\\\"") },
  { "blocks", "text_block a\nthinking_block b\ntool_block Bash {}",
    TEXT ("0") SAY ("0", "a") STOP_BLOCK ("0") THINKING ("1") THINK ("1", "b") SIGN ("1") STOP_BLOCK ("1") TOOL ("2", "Bash") INPUT ("2", "{") INPUT ("2", "}") STOP_BLOCK ("2") },
  { "block-by-hand", "block_start text\ndelta a\\n\ndelta b\nblock_stop\nblock_start thinking\ndelta c\nblock_stop\nblock_start tool_use\ndelta {}\nblock_stop",
    TEXT ("0") SAY ("0", "a\\n") SAY ("0", "b") STOP_BLOCK ("0") THINKING ("1") THINK ("1", "c") STOP_BLOCK ("1") TOOL ("2", "Read") INPUT ("2", "{}") STOP_BLOCK ("2") },
  { "two-messages", "say a\nmessage_start\nblock_start text", START PING TEXT ("0") SAY ("0", "a") STOP_BLOCK ("0") REASON ("end_turn", "1") STOP START TEXT ("0") },
  { "message-delta", "delta 12345678\nmessage_delta max_tokens\nmessage_stop", SAY ("0", "12345678") REASON ("max_tokens", "2") STOP },
  { "ping", "ping", PING },
  { "error-event", "error_event overloaded_error so \"busy\"", "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"so \\\"busy\\\"\"}}\n\n" },
  { "malformed-event", "malformed_event", "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_bl\n\n" },
  { "deltas", "deltas 2\ntext_block äöü", TEXT ("0") SAY ("0", "ä") SAY ("0", "öü") STOP_BLOCK ("0") },
  { "deltas-0", "deltas 0\ntext_block ab", TEXT ("0") SAY ("0", "ab") STOP_BLOCK ("0") },
};

static void
test_stream (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccRawAnswer) answer = qcc_fake_fixture_ask (fixture, test->script);
  g_autofree char *body = normalise (answer->body->str);

  g_assert_cmpstr (answer->head, ==, OK SSE "Transfer-Encoding: chunked");
  g_assert_cmpstr (body, ==, test->expected);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

/* What a request without a stream gets from auto, by its body. */
static const Case unary_cases[] = {
  { "unary", "{\"stream\":false,\"model\":\"claude-test\",\"max_tokens\":1}", "claude-test" },
  { "no-stream", "{\"x\":{\"stream\":true,\"model\":\"no\"},\"model\":\"claude-test\"}", "claude-test" },
  { "string", "{\"x\":\"stream\",\"y\":[\"stream\",true],\"stream\":\"true\",\"model\":1}", "fake-model" },
  { "model-escaped", "{\"model\":\"a\\\"\\u0062,}\",\"\\\\\":1}", "a\\\"b,}" },
  { "no-object", "stream", "fake-model" },
  { "broken", "{\"stream\":true", "fake-model" },
  { "empty", "", "fake-model" },
};

static void
test_unary (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  guint64 tokens = MAX (strlen (test->script) / 4, 1);
  g_autofree char *expected = NULL;
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *body = NULL;

  qcc_fake_fixture_push (fixture, "auto Hello\\tyou");
  qcc_raw_client_post (fixture->client, "/v1/messages", "", test->script);
  answer = qcc_raw_client_read_answer (fixture->client);
  body = normalise (answer->body->str);
  expected = g_strdup_printf ("{\"id\":\"msg_ID\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"%s\","
                              "\"content\":[{\"type\":\"text\",\"text\":\"Hello\\tyou\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
                              "\"usage\":{\"input_tokens\":%" G_GUINT64_FORMAT ",\"cache_creation_input_tokens\":0,"
                              "\"cache_read_input_tokens\":%" G_GUINT64_FORMAT ",\"output_tokens\":2}}",
                              test->expected, tokens - tokens * 3 / 4, tokens * 3 / 4);

  g_assert_cmpstr (body, ==, expected);
  g_assert_true (g_str_has_prefix (answer->head, OK JSON "Content-Length: "));
}

/* An identifier is the same in all of a message and another in the next. */
static void
test_ids (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccRawAnswer) first = qcc_fake_fixture_ask (fixture, "message_start");
  g_autoptr (QccRawAnswer) second = qcc_fake_fixture_ask (fixture, "message_start");
  g_autoptr (QccRawAnswer) error = qcc_fake_fixture_ask (fixture, "error 500 api_error oops");
  g_autofree char *request_id = qcc_raw_answer_get_header (error, "request-id");

  g_assert_cmpstr (first->body->str, !=, second->body->str);
  g_assert_nonnull (strstr (error->body->str, request_id));
}

/* Bodies come in pieces of 64 KiB, a chunk each. */
static void
test_bytes (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (GString) expected = g_string_new (OK CHUNKED CLOSE);
  g_autofree char *bytes = NULL;
  const gsize sizes[] = { 65536, 65536, 18928 };
  gsize length;

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *filler = g_strnfill (sizes[i], 'x');

      g_string_append_printf (expected, "%" G_GSIZE_MODIFIER "x\r\n%s\r\n", sizes[i], filler);
    }
  g_string_append (expected, END);

  bytes = qcc_fake_fixture_ask_bytes (fixture, "bytes 150000", &length);
  g_assert_cmpmem (bytes, length, expected->str, expected->len);
  g_assert_true (qcc_fake_provider_wait_bytes (fixture->provider, 150000, QCC_FAKE_LIMIT_MS));
  g_assert_false (qcc_fake_provider_wait_bytes (fixture->provider, 150001, 1));
}

/* Each pause is kept; more time may pass. */
static void
test_time (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  gint64 start = g_get_monotonic_time ();
  g_autoptr (QccRawAnswer) wait = qcc_fake_fixture_ask (fixture, "wait 30");
  gint64 waited = g_get_monotonic_time ();
  g_autoptr (QccRawAnswer) interval = qcc_fake_fixture_ask (fixture, "interval 15\nping\ntext_block abc");
  gint64 end = g_get_monotonic_time ();

  g_assert_cmpint (wait->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_cmpint (interval->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_cmpint (waited - start, >=, 30 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpint (end - waited, >=, 6 * 15 * G_TIME_SPAN_MILLISECOND);
}

/* A chunk, an event, is one write; a body with its length goes with the head. The bars show where writes end. */
static const Case write_cases[] = {
  { "chunks", "body a\nevent b 1\nbody c", OK CHUNKED "\r\n|1\r\na\r\n|12\r\nevent: b\ndata: 1\n\n\r\n|1\r\nc\r\n|" END "|" },
  { "length", "framing length\nbody a\nbody b", OK "Content-Length: 2\r\n\r\nab|" },
  { "drip", "drip 5\nraw 0123456789ab\nraw cde\ndrip 0\nraw 0123456789", "01234|56789|ab|cde|0123456789|" },
  { "half-head", "drip 10\nhalf_head\nfin", "HTTP/1.1 2|00 OK\r\nTra|nsf|" },
};

static QccFakeWire *
make_wire (GSocket **out_peer,
           GCancellable *cancellable)
{
  int fds[2];
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;

  /* Sockets that keep the bounds of writes. */
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], &error);
  g_assert_no_error (error);
  *out_peer = g_socket_new_from_fd (fds[1], &error);
  g_assert_no_error (error);
  g_socket_set_blocking (*out_peer, FALSE);

  return qcc_fake_wire_new (socket, NULL, cancellable);
}

static void
test_writes (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSocket) peer = NULL;
  g_autoptr (QccFakeWire) wire = make_wire (&peer, cancellable);
  g_autoptr (QccFakeBoard) board = qcc_fake_board_new ();
  g_autoptr (QccFakeRequest) request = qcc_fake_request_new (1, 1);
  g_autoptr (QccFakeScript) script = NULL;
  g_autoptr (GString) writes = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  char block[4096];
  gssize length;

  script = qcc_fake_script_new_from_text (test->script, &error);
  g_assert_no_error (error);
  qcc_fake_player_play (wire, board, request, script);

  while ((length = g_socket_receive (peer, block, sizeof block, NULL, &error)) > 0)
    {
      g_string_append_len (writes, block, length);
      g_string_append_c (writes, '|');
    }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpstr (writes->str, ==, test->expected);
}

/* A connection that is cut after each number of bytes of a short stream, in each framing. */
static void
check_cut (const char *framing,
           const char *end,
           gsize n)
{
  static const char stream[] = "event: a\ndata: 1\n\nevent: b\n\n: c\n\n";
  gboolean is_whole = n == strlen (stream) && g_str_equal (framing, "length");
  gboolean is_quiet = g_str_equal (framing, "close") && g_str_equal (end, "fin");
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autofree char *script = g_strdup_printf ("cut %" G_GSIZE_FORMAT " %s\nframing %s\nevent a 1\nevent b\ncomment c\n", n, end, framing);
  g_autofree char *expected = g_strndup (stream, n);
  g_autoptr (QccRawAnswer) answer = qcc_fake_fixture_ask (fixture, script);

  g_test_message ("%s, %s, %" G_GSIZE_FORMAT, framing, end, n);
  g_assert_nonnull (answer);
  g_assert_cmpstr (answer->body->str, ==, expected);
  if (is_whole || is_quiet)
    g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  else
    g_assert_cmpint (answer->end, ==, g_str_equal (end, "fin") ? QCC_RAW_END_CUT : QCC_RAW_END_RESET);

  g_assert_true (qcc_raw_client_is_closed (fixture->client));
  g_assert_true (qcc_raw_client_was_reset (fixture->client) == g_str_equal (end, "reset"));
  g_assert_true (qcc_fake_provider_wait_bytes (fixture->provider, n, QCC_FAKE_LIMIT_MS));
  g_assert_false (qcc_fake_provider_wait_bytes (fixture->provider, n + 1, 0));
}

static void
test_cut (void)
{
  const char *const framings[] = { "chunked", "length", "close" };

  for (gsize i = 0; i < G_N_ELEMENTS (framings); i++)
    {
      for (gsize n = 0; n <= 33; n++)
        {
          check_cut (framings[i], "fin", n);
          check_cut (framings[i], "reset", n);
        }
    }
}

/* A cut that the body does not reach is none. */
static void
test_cut_beyond (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccRawAnswer) first = qcc_fake_fixture_ask (fixture, "cut 4 reset\nbody abc");
  g_autoptr (QccRawAnswer) second = qcc_fake_fixture_ask (fixture, "body def");

  g_assert_cmpstr (first->body->str, ==, "abc");
  g_assert_cmpint (first->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_cmpstr (second->body->str, ==, "def");
}

/* The steps that end a connection, as the client's system tells it. */
static void
test_reset (void)
{
  const char *const scripts[] = { "reset", "body x\nreset", "half_head\nreset", "raw x\nreset" };

  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
      g_autofree char *bytes = qcc_fake_fixture_ask_bytes (fixture, scripts[i], NULL);

      g_assert_true (qcc_raw_client_was_reset (fixture->client));
      g_assert_true (g_str_has_suffix (bytes, i == 0 ? "" : (i == 1 ? "1\r\nx\r\n" : (i == 2 ? "Encodin" : "x"))));
    }
}

/* Requests that change how an answer is framed. They stand on one connection, the last one closes it. */
static const Case request_cases[] = {
  { "head", "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", OK "Content-Length: 0\r\n" CLOSE },
  { "head-json", "HEAD /v1/messages HTTP/1.1\r\nHost: a\r\n\r\nHEAD /json HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
    OK CHUNKED "\r\n" OK JSON "Content-Length: 2\r\n" CLOSE },
  { "old", "GET /v1/messages HTTP/1.0\r\n\r\n", OK CLOSE "x" },
  { "old-json", "GET /json HTTP/1.0\r\n\r\n", OK JSON "Content-Length: 2\r\n" CLOSE "{}" },
  { "old-alive", "GET /json HTTP/1.0\r\nConnection: a, Keep-Alive\r\n\r\nGET /v1/messages HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    OK JSON "Content-Length: 2\r\nConnection: keep-alive\r\n\r\n{}" OK CLOSE "x" },
};

static void
test_request (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autofree char *bytes = NULL;

  g_assert_true (qcc_fake_provider_set_script (fixture->provider, NULL, "body x", NULL));
  g_assert_true (qcc_fake_provider_set_script (fixture->provider, "/json", "json {}", NULL));
  qcc_raw_client_send (fixture->client, test->script, -1);
  bytes = qcc_raw_client_read_to_end (fixture->client, NULL);

  g_assert_cmpstr (bytes, ==, test->expected);
}

static void
add_cases (const char *prefix,
           const Case *cases,
           gsize n,
           GTestDataFunc test)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/fake-answer/%s/%s", prefix, cases[i].name);

      g_test_add_data_func (path, &cases[i], test);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  add_cases ("wire", wire_cases, G_N_ELEMENTS (wire_cases), test_wire);
  add_cases ("stream", stream_cases, G_N_ELEMENTS (stream_cases), test_stream);
  add_cases ("unary", unary_cases, G_N_ELEMENTS (unary_cases), test_unary);
  add_cases ("writes", write_cases, G_N_ELEMENTS (write_cases), test_writes);
  add_cases ("request", request_cases, G_N_ELEMENTS (request_cases), test_request);
  g_test_add_func ("/fake-answer/ids", test_ids);
  g_test_add_func ("/fake-answer/bytes", test_bytes);
  g_test_add_func ("/fake-answer/time", test_time);
  g_test_add_func ("/fake-answer/cut", test_cut);
  g_test_add_func ("/fake-answer/cut-beyond", test_cut_beyond);
  g_test_add_func ("/fake-answer/reset", test_reset);

  return g_test_run ();
}
