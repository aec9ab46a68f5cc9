/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-gate.h"

#include <string.h>

#define START "event: message_start\ndata: {\"type\":\"message_start\"}\n\n"
#define PING "event: ping\ndata: {\"type\":\"ping\"}\n\n"
#define CONTENT "event: content_block_start\ndata: {\"type\":\"content_block_start\"}\n\n"
#define DELTA "event: message_delta\ndata: {\"type\":\"message_delta\"}\n\n"
#define STOP "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
#define OVERLOADED "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n"

/**
 * Case:
 * @text: all of the answer
 * @fed: the decision when it has come
 * @ended: the decision at its end, when @fed is %QCC_GATE_HOLD
 * @transport: the failure, where it fails
 * @alive: whether it has shown life
 */
typedef struct
{
  const char *name;
  QccGateKind kind;
  const char *text;
  QccGateDecision fed;
  QccGateDecision ended;
  QccTransportFailure transport;
  const char *error_type;
  gboolean alive;
} Case;

#define EVENTS QCC_GATE_KIND_EVENTS
#define DOCUMENT QCC_GATE_KIND_DOCUMENT
#define HOLD QCC_GATE_HOLD
#define COMMIT QCC_GATE_COMMIT
#define FAIL QCC_GATE_FAIL
#define NONE QCC_TRANSPORT_FAILURE_NONE

static const Case cases[] = {
  { "nothing", EVENTS, "", HOLD, FAIL, QCC_TRANSPORT_FAILURE_EMPTY, NULL, FALSE },
  { "blank", EVENTS, "\n\n", HOLD, FAIL, QCC_TRANSPORT_FAILURE_EMPTY, NULL, FALSE },
  { "comment", EVENTS, ": hello\n\n", HOLD, FAIL, QCC_TRANSPORT_FAILURE_TRUNCATED, NULL, FALSE },
  { "ping", EVENTS, PING, HOLD, FAIL, QCC_TRANSPORT_FAILURE_TRUNCATED, NULL, TRUE },
  { "start", EVENTS, START PING, HOLD, FAIL, QCC_TRANSPORT_FAILURE_TRUNCATED, NULL, TRUE },
  { "content", EVENTS, START PING CONTENT, COMMIT, COMMIT, NONE, NULL, TRUE },
  { "content-without-start", EVENTS, CONTENT, COMMIT, COMMIT, NONE, NULL, TRUE },
  { "message-delta", EVENTS, START DELTA, COMMIT, COMMIT, NONE, NULL, TRUE },
  { "stop", EVENTS, START STOP, COMMIT, COMMIT, NONE, NULL, TRUE },
  { "unknown", EVENTS, START "event: news\ndata: {}\n\n", COMMIT, COMMIT, NONE, NULL, TRUE },
  { "half-content", EVENTS, START "event: content_block_start\ndata: {\"type\"", HOLD, FAIL, QCC_TRANSPORT_FAILURE_TRUNCATED, NULL, TRUE },
  { "error-first", EVENTS, OVERLOADED, FAIL, FAIL, NONE, "overloaded_error", TRUE },
  { "error-after-start", EVENTS, START OVERLOADED, FAIL, FAIL, NONE, "overloaded_error", TRUE },
  { "error-after-content", EVENTS, START CONTENT OVERLOADED, COMMIT, COMMIT, NONE, NULL, TRUE },
  { "bad-start", EVENTS, "event: message_start\ndata: {\"type\"\n\n", FAIL, FAIL, QCC_TRANSPORT_FAILURE_BAD_JSON, NULL, TRUE },
  { "bad-content", EVENTS, START "event: content_block_start\ndata: nonsense\n\n", FAIL, FAIL, QCC_TRANSPORT_FAILURE_BAD_JSON, NULL, TRUE },
  { "html-events", EVENTS, "<html>", FAIL, FAIL, QCC_TRANSPORT_FAILURE_HTML, NULL, FALSE },
  { "json", DOCUMENT, "{\"type\":\"message\"}", HOLD, COMMIT, NONE, NULL, TRUE },
  { "json-array", DOCUMENT, " [1, 2] ", HOLD, COMMIT, NONE, NULL, TRUE },
  { "half-json", DOCUMENT, "{\"type\":\"mess", HOLD, FAIL, QCC_TRANSPORT_FAILURE_BAD_JSON, NULL, TRUE },
  { "no-json", DOCUMENT, "sorry", HOLD, FAIL, QCC_TRANSPORT_FAILURE_BAD_JSON, NULL, TRUE },
  { "empty-document", DOCUMENT, " ", HOLD, FAIL, QCC_TRANSPORT_FAILURE_EMPTY, NULL, FALSE },
  { "html", DOCUMENT, "  <!DOCTYPE html>", FAIL, FAIL, QCC_TRANSPORT_FAILURE_HTML, NULL, FALSE },
  { "error-document", DOCUMENT, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}", HOLD, FAIL, NONE, "overloaded_error", TRUE },
};

static void
assert_case (const Case *c,
             gsize step)
{
  g_autoptr (QccGate) gate = qcc_gate_new (c->kind, QCC_CODING_IDENTITY);
  QccGateDecision decision = QCC_GATE_HOLD;
  gsize length = strlen (c->text);

  for (gsize at = 0; at < length && decision == QCC_GATE_HOLD; at += step)
    decision = qcc_gate_feed (gate, c->text + at, MIN (step, length - at));

  g_assert_cmpint (decision, ==, c->fed);
  if (decision == QCC_GATE_HOLD)
    {
      g_assert_cmpuint (qcc_gate_get_held (gate)->len, ==, length);
      g_assert_cmpint (qcc_gate_end (gate, TRUE), ==, c->ended);
    }
  if (c->ended == QCC_GATE_FAIL)
    {
      g_assert_cmpint (qcc_gate_get_failure (gate).transport, ==, c->transport);
      g_assert_cmpstr (qcc_gate_get_failure (gate).error_type, ==, c->error_type);
    }
  g_assert_cmpint (qcc_gate_is_alive (gate), ==, c->alive);
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;

  /* However it is cut into pieces. */
  for (gsize step = 1; step <= strlen (c->text) + 1; step++)
    assert_case (c, step);
}

static void
test_unclean_end (void)
{
  g_autoptr (QccGate) gate = qcc_gate_new (QCC_GATE_KIND_DOCUMENT, QCC_CODING_IDENTITY);

  qcc_gate_feed (gate, "{}", 2);
  g_assert_cmpint (qcc_gate_end (gate, FALSE), ==, QCC_GATE_FAIL);
  g_assert_cmpint (qcc_gate_get_failure (gate).transport, ==, QCC_TRANSPORT_FAILURE_TRUNCATED);
}

/* Spec 2.5: 64 events or 256 KiB of them, 1 MiB of a document. */
static void
test_bounds (void)
{
  g_autoptr (QccGate) events = qcc_gate_new (QCC_GATE_KIND_EVENTS, QCC_CODING_IDENTITY);
  g_autoptr (QccGate) bytes = qcc_gate_new (QCC_GATE_KIND_EVENTS, QCC_CODING_IDENTITY);
  g_autoptr (QccGate) document = qcc_gate_new (QCC_GATE_KIND_DOCUMENT, QCC_CODING_IDENTITY);
  g_autofree char *filler = g_strnfill (1024 * 1024, 'x');

  for (guint i = 0; i < 63; i++)
    g_assert_cmpint (qcc_gate_feed (events, PING, strlen (PING)), ==, QCC_GATE_HOLD);
  g_assert_cmpint (qcc_gate_feed (events, PING, strlen (PING)), ==, QCC_GATE_COMMIT);

  filler[0] = ':';
  g_assert_cmpint (qcc_gate_feed (bytes, filler, 256 * 1024 - 1), ==, QCC_GATE_HOLD);
  g_assert_cmpint (qcc_gate_feed (bytes, "x", 1), ==, QCC_GATE_COMMIT);

  filler[0] = '"';
  g_assert_cmpint (qcc_gate_feed (document, filler, 1024 * 1024), ==, QCC_GATE_HOLD);
  g_assert_cmpint (qcc_gate_feed (document, "x", 1), ==, QCC_GATE_COMMIT);
}

static void
test_started (void)
{
  g_autoptr (QccGate) gate = qcc_gate_new (QCC_GATE_KIND_EVENTS, QCC_CODING_IDENTITY);

  qcc_gate_feed (gate, PING, strlen (PING));
  g_assert_false (qcc_gate_is_started (gate));
  qcc_gate_feed (gate, START, strlen (START));
  g_assert_true (qcc_gate_is_started (gate));
}

static void
test_not_the_coding (void)
{
  g_autoptr (QccGate) gate = qcc_gate_new (QCC_GATE_KIND_EVENTS, QCC_CODING_GZIP);

  g_assert_cmpint (qcc_gate_feed (gate, START, strlen (START)), ==, QCC_GATE_FAIL);
  g_assert_cmpint (qcc_gate_get_failure (gate).transport, ==, QCC_TRANSPORT_FAILURE_MALFORMED);
}

static void
test_kind (void)
{
  const struct
  {
    QccRequestKind request;
    const char *type;
    QccCoding coding;
    QccGateKind kind;
  } kinds[] = {
    { QCC_REQUEST_KIND_MESSAGES, "text/event-stream", QCC_CODING_IDENTITY, EVENTS },
    { QCC_REQUEST_KIND_MESSAGES, "Text/Event-Stream", QCC_CODING_GZIP, EVENTS },
    { QCC_REQUEST_KIND_MESSAGES, "text/event-stream", QCC_CODING_OPAQUE, QCC_GATE_KIND_OPEN },
    { QCC_REQUEST_KIND_MESSAGES, "application/json", QCC_CODING_IDENTITY, DOCUMENT },
    { QCC_REQUEST_KIND_MESSAGES, "text/html", QCC_CODING_IDENTITY, DOCUMENT },
    { QCC_REQUEST_KIND_MESSAGES, NULL, QCC_CODING_IDENTITY, DOCUMENT },
    { QCC_REQUEST_KIND_COUNT_TOKENS, NULL, QCC_CODING_IDENTITY, DOCUMENT },
    { QCC_REQUEST_KIND_MODELS, "application/json", QCC_CODING_DEFLATE, DOCUMENT },
    { QCC_REQUEST_KIND_OTHER, "application/json", QCC_CODING_IDENTITY, DOCUMENT },
    { QCC_REQUEST_KIND_OTHER, "application/octet-stream", QCC_CODING_IDENTITY, QCC_GATE_KIND_OPEN },
    { QCC_REQUEST_KIND_OTHER, NULL, QCC_CODING_IDENTITY, QCC_GATE_KIND_OPEN },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_cmpint (qcc_gate_kind_for (kinds[i].request, kinds[i].type, kinds[i].coding), ==, kinds[i].kind);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/gate/case/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/gate/unclean-end", test_unclean_end);
  g_test_add_func ("/gate/bounds", test_bounds);
  g_test_add_func ("/gate/started", test_started);
  g_test_add_func ("/gate/not-the-coding", test_not_the_coding);
  g_test_add_func ("/gate/kind", test_kind);

  return g_test_run ();
}
