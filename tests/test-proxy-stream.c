/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/* Streaming is streaming (spec 2.4), and the ends of a broken stream (spec 2.6). */

static void
post_stream (QccRawClient *client,
             const char *session)
{
  g_autofree char *headers = g_strdup_printf ("Content-Type: application/json\r\nX-Claude-Code-Session-Id: %s\r\n", session);

  qcc_raw_client_post (client, "/v1/messages?beta=true", headers, QCC_STREAM_REQUEST);
}

static void
client_reads_before_next (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  post_stream (client, "s");
  answer = qcc_raw_client_read_head (client);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *word = g_strdup_printf ("word%u", i);
      g_autofree char *gate = g_strdup_printf ("gate%u", i);

      /* The provider sends the next word only after this one was seen. */
      qcc_raw_client_read_until (client, answer, word);
      qcc_fake_provider_release (fixture->providers[0], gate);
    }
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (strstr (answer->body->str, "message_stop"));
}

static void
test_handshake (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autoptr (GString) script = g_string_new ("message_start\nblock_start text\n");

  for (guint i = 0; i < 5; i++)
    g_string_append_printf (script, "delta word%u\nhold gate%u\n", i, i);
  g_string_append (script, "block_stop\nmessage_delta end_turn\nmessage_stop\n");
  qcc_proxy_fixture_script (fixture, 0, script->str);
  qcc_proxy_fixture_start (fixture);

  qcc_proxy_fixture_run (fixture, client_reads_before_next);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

/* A piece of an event goes on as well: nothing waits for the whole. */
static void
client_reads_torso (QccProxyFixture *fixture,
                    QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  post_stream (client, "s");
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "event: half");
  qcc_fake_provider_release (fixture->providers[0], "rest");
  qcc_raw_client_read_until (client, answer, "way");
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static void
test_piece_of_event (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_script (fixture, 0,
                            "message_start\nblock_start text\nbody event: half\nhold rest\nbody way\\ndata: {}\\n\\n\n"
                            "block_stop\nmessage_delta end_turn\nmessage_stop");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_torso);
}

/* The gate holds message_start and pings; with the first content all of it comes, in order. */
static void
client_sees_nothing_held (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  post_stream (client, "s");
  g_assert_true (qcc_fake_provider_wait_gate (fixture->providers[0], "content", 10000));
  qcc_fake_provider_release (fixture->providers[0], "content");
  answer = qcc_raw_client_read_answer (client);
  g_assert_true (g_str_has_prefix (answer->body->str, "event: message_start"));
  g_assert_nonnull (strstr (answer->body->str, "event: ping"));
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static void
test_gate_keeps_order (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_script (fixture, 0, "message_start\nping\nhold content\ntext_block hello\nmessage_delta end_turn\nmessage_stop");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sees_nothing_held);
}

/* 64 held events are enough (spec 2.5): the stream is committed unproven. */
static void
client_gets_many_pings (QccProxyFixture *fixture,
                        QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  post_stream (client, "s");
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "event: ping");
  qcc_fake_provider_release (fixture->providers[0], "more");
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static void
test_gate_is_bounded (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_script (fixture, 0,
                            "message_start\nrepeat 70\nping\nend\nhold more\ntext_block hello\nmessage_delta end_turn\nmessage_stop");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_gets_many_pings);
}

/* The ends of spec 2.6. */

typedef struct
{
  const char *name;
  const char *script;
  QccRawEnd end;
  const char *tail; /* (nullable): what the body must end with */
  gboolean never;   /* no error event may be in it */
} End;

#define ADDED_STOP "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

static const End ends[] = {
  { "in-block-fin", "message_start\nblock_start text\ndelta a\nfin", QCC_RAW_END_COMPLETE, "event: error", FALSE },
  { "in-block-reset", "message_start\nblock_start text\ndelta a\nreset", QCC_RAW_END_COMPLETE, "event: error", FALSE },
  { "in-block-clean-end", "message_start\nblock_start text\ndelta a", QCC_RAW_END_COMPLETE, "event: error", FALSE },
  { "in-block-error-event", "message_start\nblock_start text\ndelta a\nerror_event overloaded_error busy", QCC_RAW_END_COMPLETE, "event: error", FALSE },
  { "after-block", "message_start\ntext_block hello\nfin", QCC_RAW_END_COMPLETE, "event: error", FALSE },
  { "in-tool-block", "message_start\nblock_start tool_use\ndelta {\nfin", QCC_RAW_END_COMPLETE, "event: error", FALSE },
  { "after-tool-fin", "message_start\ntool_block Read {}\nfin", QCC_RAW_END_CUT, NULL, TRUE },
  { "after-tool-clean-end", "message_start\ntool_block Read {}", QCC_RAW_END_CUT, NULL, TRUE },
  { "after-tool-error-event", "message_start\ntool_block Read {}\nerror_event api_error oops", QCC_RAW_END_CUT, NULL, TRUE },
  { "after-stop-reason-fin", "message_start\ntext_block hello\nmessage_delta end_turn\nfin", QCC_RAW_END_COMPLETE, ADDED_STOP, TRUE },
  { "after-stop-reason-clean-end", "message_start\ntext_block hello\nmessage_delta end_turn", QCC_RAW_END_COMPLETE, ADDED_STOP, TRUE },
  { "after-stop-reason-error-event", "message_start\ntext_block hello\nmessage_delta end_turn\nerror_event api_error oops", QCC_RAW_END_COMPLETE, ADDED_STOP, TRUE },
  { "tool-and-stop-reason", "message_start\ntool_block Read {}\nmessage_delta tool_use\nreset", QCC_RAW_END_COMPLETE, ADDED_STOP, TRUE },
  { "after-message-stop-reset", "say hello\nreset", QCC_RAW_END_COMPLETE, NULL, TRUE },
  { "after-message-stop-stall", "say hello\nstall", QCC_RAW_END_COMPLETE, NULL, TRUE },
};

static const End *current_end;

static void
client_sees_end (QccProxyFixture *fixture,
                 QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  post_stream (client, "s");
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpint (answer->end, ==, current_end->end);

  if (g_strcmp0 (current_end->tail, ADDED_STOP) == 0)
    g_assert_true (g_str_has_suffix (answer->body->str, ADDED_STOP));
  else if (current_end->tail != NULL)
    g_assert_nonnull (strstr (answer->body->str, current_end->tail));
  if (current_end->tail != NULL && !current_end->never)
    {
      g_assert_nonnull (strstr (answer->body->str, "\"api_error\""));
      g_assert_null (strstr (answer->body->str, "overloaded_error"));
    }
  if (current_end->never)
    g_assert_null (strstr (answer->body->str, "event: error"));
}

static void
test_end (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  current_end = data;
  qcc_proxy_fixture_script (fixture, 0, current_end->script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sees_end);
  qcc_proxy_fixture_wait_records (fixture, 1);
  /* Two answers are never spliced. */
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[1]), ==, 0);
}

/* The third error event of a session within a minute is a broken transfer instead. */
static void
client_sees_third_broken (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  const QccRawEnd expected[] = { QCC_RAW_END_COMPLETE, QCC_RAW_END_COMPLETE, QCC_RAW_END_CUT, QCC_RAW_END_CUT };
  g_autoptr (QccRawAnswer) other = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
      g_autoptr (QccRawAnswer) answer = NULL;

      post_stream (next, "same");
      answer = qcc_raw_client_read_answer (next);
      g_assert_cmpint (answer->end, ==, expected[i]);
    }

  post_stream (client, "another");
  other = qcc_raw_client_read_answer (client);
  g_assert_cmpint (other->end, ==, QCC_RAW_END_COMPLETE);
}

static void
test_third_end (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_script (fixture, 0, "message_start\nblock_start text\ndelta a\nfin");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sees_third_broken);
}

/*
 * The property: a stream with a text and a tool block is cut after every single byte. Whatever the
 * client got before is a prefix of what the provider sent; the end is one of those of spec 2.6,
 * and which one follows from that prefix alone.
 */

#define WHOLE                                                                                                            \
  "event message_start {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n"                                        \
  "ping\n"                                                                                                               \
  "event content_block_start {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\"}}\n"     \
  "event content_block_stop {\"type\":\"content_block_stop\",\"index\":0}\n"                                             \
  "event content_block_start {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\"}}\n" \
  "event content_block_stop {\"type\":\"content_block_stop\",\"index\":1}\n"                                             \
  "event message_delta {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n"                          \
  "message_stop\n"

static GString *whole;

static void
client_reads_whole (QccProxyFixture *fixture,
                    QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  post_stream (client, "whole");
  answer = qcc_raw_client_read_answer (client);
  whole = g_string_new (answer->body->str);
}

/* How much of an answer is complete events: up to the last blank line. */
static gsize
complete_events (const char *text,
                 gsize length)
{
  const char *last = g_strrstr_len (text, (gssize) length, "\n\n");

  return last != NULL ? (gsize) (last - text) + 2 : 0;
}

static guint cut_at;

static void
assert_end_for_cut (const QccRawAnswer *answer)
{
  gsize events = complete_events (whole->str, cut_at);
  g_autofree char *sent = g_strndup (whole->str, events);
  gboolean has_stop_reason = strstr (sent, "event: message_delta") != NULL;
  gboolean has_stop = strstr (sent, "event: message_stop") != NULL;
  gboolean has_tool = strstr (sent, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}") != NULL;
  gsize common = 0;

  while (common < cut_at && answer->body->str[common] == whole->str[common])
    common++;

  /* What is added begins a line of its own. */
  if (answer->body->len > cut_at && !has_stop && whole->str[cut_at - 1] != '\n')
    g_assert_cmpint (answer->body->str[cut_at], ==, '\n');

  if (has_stop)
    {
      g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
      g_assert_cmpstr (answer->body->str, ==, whole->str);
    }
  else if (has_stop_reason)
    {
      g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
      g_assert_cmpuint (common, ==, cut_at);
      g_assert_true (g_str_has_suffix (answer->body->str, ADDED_STOP));
    }
  else if (has_tool)
    {
      g_assert_cmpint (answer->end, ==, QCC_RAW_END_CUT);
      g_assert_cmpuint (common, ==, cut_at);
      g_assert_cmpuint (answer->body->len, ==, cut_at);
    }
  else
    {
      const char *error = strstr (answer->body->str, "event: error\n");

      g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
      g_assert_cmpuint (common, ==, cut_at);
      g_assert_nonnull (error);
      /* An event of its own: a blank line stands before it. */
      g_assert_cmpmem (error - 2, 2, "\n\n", 2);
      g_assert_true (g_str_has_suffix (error, "}\n\n"));
    }
}

static void
client_reads_cuts (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  gsize first_content = (gsize) (strstr (whole->str, "event: content_block_start") - whole->str);
  gsize commit = first_content + complete_events (whole->str + first_content,
                                                  (gsize) (strstr (whole->str + first_content, "\n\n") + 2 - (whole->str + first_content)));

  for (cut_at = 0; cut_at < whole->len; cut_at++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
      g_autofree char *script = g_strdup_printf ("cut %u fin\n%s", cut_at, WHOLE);
      g_autofree char *session = g_strdup_printf ("cut-%u", cut_at);
      g_autofree char *endpoint = NULL;
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_proxy_fixture_script (fixture, 0, script);
      post_stream (next, session);
      answer = qcc_raw_client_read_answer (next);
      endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");

      /* Nothing of it was committed: the other endpoint answers. */
      g_assert_cmpstr (endpoint, ==, cut_at < commit ? "two" : "one");
      if (cut_at >= commit)
        assert_end_for_cut (answer);
      qcc_proxy_fixture_forgive (fixture);
    }
}

static void
test_cut_at_every_byte (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  qcc_proxy_fixture_script (fixture, 0, WHOLE);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_whole);
  g_assert_cmpuint (whole->len, >, 500);
  qcc_proxy_fixture_run (fixture, client_reads_cuts);
  g_string_free (g_steal_pointer (&whole), TRUE);
}

/* A unary answer that was committed (it is over 1 MiB) and then cut is broken off. */
static void
client_sees_unary_broken (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpint (answer->end, !=, QCC_RAW_END_COMPLETE);
}

static void
test_unary_broken (gconstpointer script)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  qcc_proxy_fixture_script (fixture, 0, script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sees_unary_broken);
  qcc_proxy_fixture_wait_records (fixture, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[1]), ==, 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/stream/handshake", test_handshake);
  g_test_add_func ("/proxy/stream/piece-of-event", test_piece_of_event);
  g_test_add_func ("/proxy/stream/gate-keeps-order", test_gate_keeps_order);
  g_test_add_func ("/proxy/stream/gate-is-bounded", test_gate_is_bounded);
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/stream/end/", ends[i].name, NULL);

      g_test_add_data_func (path, &ends[i], test_end);
    }
  g_test_add_func ("/proxy/stream/third-end", test_third_end);
  g_test_add_func ("/proxy/stream/cut-at-every-byte", test_cut_at_every_byte);
  g_test_add_data_func ("/proxy/stream/unary-length-cut", "content_length 4000000\nheader Content-Type: application/json\nbytes 2000000\nfin", test_unary_broken);
  g_test_add_data_func ("/proxy/stream/unary-chunked-cut", "header Content-Type: application/json\nbytes 2000000\nno_final_chunk", test_unary_broken);

  return g_test_run ();
}
