/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/* The size of request bodies, one and all together (spec 2.4). */

#define MIB ((gsize) 1024 * 1024)
#define LARGEST (128 * MIB) /* that the setting allows */

static void
send_filler (QccRawClient *client,
             gsize length)
{
  g_autofree char *filler = g_strnfill (length, 'x');

  qcc_raw_client_send (client, filler, (gssize) length);
}

static void
send_head (QccRawClient *client,
           gsize content_length)
{
  g_autofree char *head = g_strdup_printf ("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                                           content_length);

  qcc_raw_client_send (client, head, -1);
}

static void
send_chunked_head (QccRawClient *client)
{
  qcc_raw_client_send (client, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", -1);
}

static void
send_chunk (QccRawClient *client,
            gsize length)
{
  g_autofree char *size = g_strdup_printf ("%" G_GSIZE_MODIFIER "x\r\n", length);

  qcc_raw_client_send (client, size, -1);
  if (length > 0)
    send_filler (client, length);
  qcc_raw_client_send (client, "\r\n", -1);
}

static void
assert_too_large (QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = qcc_raw_client_read_answer (client);
  g_autofree char *connection = NULL;
  g_autofree char *type = NULL;

  g_assert_nonnull (answer);
  connection = qcc_raw_answer_get_header (answer, "Connection");
  type = qcc_raw_answer_get_header (answer, "Content-Type");
  g_assert_cmpuint (answer->status, ==, 413);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_cmpstr (connection, ==, "close");
  g_assert_cmpstr (type, ==, "application/json");
  g_assert_true (g_str_has_prefix (answer->body->str, "{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\",\"message\":\""));
  g_assert_true (qcc_raw_client_is_closed (client));
}

/* A client that announces too much hears it although it has sent nothing. */
static void
client_announces_too_much (QccProxyFixture *fixture,
                           QccRawClient *client)
{
  send_head (client, MIB + 1);
  assert_too_large (client);
}

/* More than libsoup or the kernel read on the side is on its way when the answer comes. */
static void
client_is_still_sending (QccProxyFixture *fixture,
                         QccRawClient *client)
{
  send_head (client, 4 * MIB);
  send_filler (client, MIB * 7 / 8);
  assert_too_large (client);
}

static void
client_sends_one_byte_more (QccProxyFixture *fixture,
                            QccRawClient *client)
{
  send_chunked_head (client);
  send_chunk (client, MIB);
  send_chunk (client, 1);
  assert_too_large (client);
}

static void
client_is_still_sending_chunks (QccProxyFixture *fixture,
                                QccRawClient *client)
{
  send_chunked_head (client);
  send_chunk (client, MIB + MIB / 2);
  send_chunk (client, 0);
  assert_too_large (client);
}

static void
client_announces_absurdly_much (QccProxyFixture *fixture,
                                QccRawClient *client)
{
  send_head (client, G_MAXINT64);
  assert_too_large (client);
}

static void
test_too_large (gconstpointer test)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_set_int (fixture, "proxy", "max-body-size", (int) MIB);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, *(const QccProxyTest *) test);
  qcc_proxy_fixture_wait_records (fixture, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, 0);
}

static void
assert_good (QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = qcc_raw_client_read_answer (client);

  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static void
client_sends_exactly_so_much (QccProxyFixture *fixture,
                              QccRawClient *client)
{
  send_head (client, MIB);
  send_filler (client, MIB);
  assert_good (client);
}

static void
client_sends_exactly_so_much_in_chunks (QccProxyFixture *fixture,
                                        QccRawClient *client)
{
  send_chunked_head (client);
  send_chunk (client, MIB - 1);
  send_chunk (client, 1);
  send_chunk (client, 0);
  assert_good (client);
}

static void
test_exact (gconstpointer test)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autoptr (QccFakeRequest) request = NULL;

  qcc_fake_provider_set_recording (fixture->providers[0], TRUE);
  qcc_proxy_fixture_set_int (fixture, "proxy", "max-body-size", (int) MIB);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, *(const QccProxyTest *) test);
  qcc_proxy_fixture_wait_records (fixture, 1);
  request = qcc_fake_provider_get_request (fixture->providers[0], 0);
  g_assert_cmpuint (request->body_length, ==, MIB);
}

/*
 * All bodies together. With the largest setting two clients are enough to fill the 256 MiB as far
 * as they go for anyone but the oldest (256 less the largest body); nothing of what they announce
 * need be sent.
 */

/* What was sent before on other connections has been seen by the service when this returns. */
static void
round_trip (QccProxyFixture *fixture)
{
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (QccRawClient) client = qcc_proxy_fixture_connect (fixture);
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_send (client, "GET /qcc/health HTTP/1.1\r\nHost: localhost\r\n\r\n", -1);
      answer = qcc_raw_client_read_answer (client);
      g_assert_cmpuint (answer->status, ==, 200);
    }
}

/* One that finds no room waits, and goes on when there is some. */
static void
client_waits_for_room (QccProxyFixture *fixture,
                       QccRawClient *client)
{
  g_autoptr (QccRawClient) hog = qcc_proxy_fixture_connect (fixture);

  send_head (hog, LARGEST);
  round_trip (fixture);
  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  round_trip (fixture);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 0);

  qcc_raw_client_close (hog);
  assert_good (client);
}

/* One that waits and leaves is forgotten; the next in line is not kept. */
static void
client_leaves_while_it_waits (QccProxyFixture *fixture,
                              QccRawClient *client)
{
  g_autoptr (QccRawClient) hog = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawClient) leaving = qcc_proxy_fixture_connect (fixture);

  send_head (hog, LARGEST);
  round_trip (fixture);
  qcc_raw_client_post (leaving, "/v1/messages", "", QCC_STREAM_REQUEST);
  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  round_trip (fixture);
  qcc_raw_client_close (leaving);
  qcc_raw_client_close (hog);
  assert_good (client);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 1);
}

/* The oldest gets what it needs although the others have taken the rest. */
static void
client_is_the_oldest (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  g_autoptr (QccRawClient) hog = qcc_proxy_fixture_connect (fixture);

  send_chunked_head (client);
  send_chunk (client, 1);
  round_trip (fixture);
  send_head (hog, LARGEST - MIB);
  round_trip (fixture);
  send_chunk (client, 4 * MIB);
  send_chunk (client, 0);
  assert_good (client);
}

/* A body is freed at commit, not at the end of its answer. */
static void
client_streams_while_others_send (QccProxyFixture *fixture,
                                  QccRawClient *client)
{
  g_autoptr (QccRawClient) hog = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawAnswer) answer = NULL;

  send_head (hog, LARGEST - 6 * MIB);
  round_trip (fixture);
  send_head (client, 5 * MIB);
  send_filler (client, 5 * MIB);
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "word");

  send_head (next, 5 * MIB);
  send_filler (next, 5 * MIB);
  assert_good (next);

  qcc_fake_provider_release (fixture->providers[0], "rest");
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static gpointer
upload_thread (gpointer user_data)
{
  QccProxyFixture *fixture = user_data;
  g_autoptr (QccRawClient) client = qcc_proxy_fixture_connect (fixture);

  send_chunked_head (client);
  for (guint i = 0; i < 3; i++)
    send_chunk (client, MIB);
  send_chunk (client, 0);
  assert_good (client);

  return NULL;
}

/* Each has some of the room and wants more, and none can have it: they go on one after another. */
static void
clients_want_more_than_there_is (QccProxyFixture *fixture,
                                 QccRawClient *client)
{
  GThread *uploads[8];

  send_head (client, LARGEST - 3 * MIB);
  round_trip (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (uploads); i++)
    uploads[i] = g_thread_new ("upload", upload_thread, fixture);
  round_trip (fixture);

  qcc_raw_client_close (client);
  for (gsize i = 0; i < G_N_ELEMENTS (uploads); i++)
    g_thread_join (uploads[i]);
}

typedef struct
{
  const char *name;
  QccProxyTest test;
  const char *script;
  guint n_records; /* without those for the path of QCC's own */
  guint n_round_trips;
} Budget;

static const Budget budgets[] = {
  { "wait-for-room", client_waits_for_room, "say hello", 2, 10 },
  { "leave-while-waiting", client_leaves_while_it_waits, "say hello", 3, 10 },
  { "oldest-is-never-paused", client_is_the_oldest, "say hello", 2, 10 },
  { "freed-at-commit", client_streams_while_others_send, NULL, 3, 5 },
  { "no-deadlock", clients_want_more_than_there_is, "say hello", 9, 10 },
};

static void
test_budget (gconstpointer data)
{
  const Budget *budget = data;
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_set_int (fixture, "proxy", "max-body-size", (int) LARGEST);
  if (budget->script != NULL)
    qcc_proxy_fixture_script (fixture, 0, budget->script);
  else
    qcc_proxy_fixture_push (fixture, 0, "message_start\nblock_start text\ndelta word\nhold rest\nblock_stop\nmessage_delta end_turn\nmessage_stop");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, budget->test);
  qcc_proxy_fixture_wait_records (fixture, budget->n_records + budget->n_round_trips);
}

/*
 * A client may pause in the middle of its request, but not for ever. What a stalled one had reserved
 * is free for those who wait for room; their wait is not held against them.
 */
#define PAUSE_MS 800
#define READ_LIMIT_MS 2000

static void
assert_stalled (QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = qcc_raw_client_read_answer (client);
  g_autofree char *retry = NULL;

  g_assert_nonnull (answer);
  retry = qcc_raw_answer_get_header (answer, "x-should-retry");
  g_assert_cmpuint (answer->status, ==, 408);
  g_assert_null (retry);
  g_assert_true (g_str_has_prefix (answer->body->str, "{\"type\":\"error\",\"error\":{\"type\":\"timeout_error\",\"message\":\""));
  g_assert_true (qcc_raw_client_is_closed (client));
}

static void
clients_stall (QccProxyFixture *fixture,
               QccRawClient *client)
{
  g_autoptr (QccRawClient) hog = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
  gint64 begin = g_get_monotonic_time ();

  send_head (hog, LARGEST);
  round_trip (fixture);
  qcc_raw_client_post (next, "/v1/messages", "", QCC_STREAM_REQUEST);
  g_usleep (PAUSE_MS * 1000);
  send_filler (hog, 10);

  assert_stalled (hog);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, (PAUSE_MS + READ_LIMIT_MS) * 1000);
  assert_good (next);

  send_chunked_head (client);
  send_chunk (client, 10);
  assert_stalled (client);
}

static void
test_stall (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  fixture->read_limit = READ_LIMIT_MS;
  qcc_proxy_fixture_set_int (fixture, "proxy", "max-body-size", (int) LARGEST);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, clients_stall);
  qcc_proxy_fixture_wait_records (fixture, 8);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 1);
}

typedef struct
{
  const char *name;
  QccProxyTest test;
} Client;

static const Client too_large[] = {
  { "announced", client_announces_too_much },
  { "announced-absurdly", client_announces_absurdly_much },
  { "announced-still-sending", client_is_still_sending },
  { "chunked", client_sends_one_byte_more },
  { "chunked-still-sending", client_is_still_sending_chunks },
};

static const Client exact[] = {
  { "announced", client_sends_exactly_so_much },
  { "chunked", client_sends_exactly_so_much_in_chunks },
};

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (too_large); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/body/too-large/", too_large[i].name, NULL);

      g_test_add_data_func (path, &too_large[i].test, test_too_large);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (exact); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/body/exactly/", exact[i].name, NULL);

      g_test_add_data_func (path, &exact[i].test, test_exact);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (budgets); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/body/budget/", budgets[i].name, NULL);

      g_test_add_data_func (path, &budgets[i], test_budget);
    }
  g_test_add_func ("/proxy/body/stall", test_stall);

  return g_test_run ();
}
