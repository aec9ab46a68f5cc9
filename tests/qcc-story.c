/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-story.h"

/* Not 0, so that nobody takes it for never. */
#define START_USEC (1000 * (gint64) G_USEC_PER_SEC)

/**
 * qcc_story_new:
 * @n_providers: how many providers to start
 *
 * Returns: (transfer full): a fixture with a clock of its own, whose service is not started yet
 */
QccProxyFixture *
qcc_story_new (guint n_providers)
{
  QccProxyFixture *fixture = qcc_proxy_fixture_new (n_providers);

  fixture->clock = QCC_CLOCK (qcc_manual_clock_new (START_USEC));

  return fixture;
}

static gboolean
checks_are_over (gpointer user_data)
{
  QccProxyFixture *fixture = user_data;

  return qcc_monitor_get_n_running (qcc_service_get_monitor (fixture->service)) == 0;
}

/**
 * qcc_story_pass:
 * @fixture: the running service
 * @seconds: how long
 *
 * Makes time pass, and waits for the checks that are due then.
 */
void
qcc_story_pass (QccProxyFixture *fixture,
                guint seconds)
{
  qcc_manual_clock_advance (QCC_MANUAL_CLOCK (fixture->clock), seconds * (gint64) G_USEC_PER_SEC);
  qcc_talk_wait_for (checks_are_over, fixture);
}

/**
 * qcc_story_post:
 * @fixture: the running service
 * @headers: lines that end in CRLF, or an empty string
 * @until: (nullable): text to wait for
 *
 * Returns: (transfer full): a request for a stream; where @until is given, its answer has come that far
 */
QccTalk *
qcc_story_post (QccProxyFixture *fixture,
                const char *headers,
                const char *until)
{
  QccTalk *talk = qcc_talk_new (fixture, "/v1/messages", headers, QCC_STREAM_REQUEST, until);

  if (until != NULL)
    qcc_talk_wait_text (talk);

  return talk;
}

typedef struct
{
  QccService *service;
  guint64 n_records;
} Recorded;

static gboolean
is_recorded (gpointer user_data)
{
  const Recorded *recorded = user_data;

  return qcc_service_get_n_records (recorded->service) >= recorded->n_records;
}

/**
 * qcc_story_ask:
 * @fixture: the running service, in which no other exchange is about to end
 * @headers: lines that end in CRLF, or an empty string
 * @status: expected
 * @endpoint: (nullable): who is expected to answer
 *
 * Sends a request for a stream, and waits until all is over.
 */
void
qcc_story_ask (QccProxyFixture *fixture,
               const char *headers,
               guint status,
               const char *endpoint)
{
  Recorded recorded = { fixture->service, qcc_service_get_n_records (fixture->service) + 1 };
  g_autoptr (QccTalk) talk = qcc_story_post (fixture, headers, NULL);
  const QccRawAnswer *answer = qcc_talk_wait (talk);

  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, status);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_cmpstr (qcc_talk_get_endpoint (talk), ==, endpoint);
  qcc_talk_wait_for (is_recorded, &recorded);
}

static gboolean
is_quiet (gpointer user_data)
{
  QccProxyFixture *fixture = user_data;

  return qcc_service_get_n_exchanges (fixture->service) == 0;
}

/* Waits until no exchange runs any more. */
void
qcc_story_wait_quiet (QccProxyFixture *fixture)
{
  qcc_talk_wait_for (is_quiet, fixture);
}

static void
on_looked_up (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  gboolean *done = user_data;
  g_autoptr (GError) error = NULL;

  qcc_endpoint_table_look_up_keys_finish (QCC_ENDPOINT_TABLE (source), result, &error);
  g_assert_no_error (error);
  *done = TRUE;
}

static gboolean
is_set (gpointer user_data)
{
  const gboolean *flag = user_data;

  return *flag;
}

/* The user stores another key and tells the service so. */
void
qcc_story_set_key (QccProxyFixture *fixture,
                   const char *endpoint_id,
                   const char *key)
{
  gboolean done = FALSE;

  qcc_proxy_fixture_store_key (fixture, endpoint_id, key);
  qcc_endpoint_table_look_up_keys_async (qcc_service_get_table (fixture->service), endpoint_id, NULL, on_looked_up, &done);
  qcc_talk_wait_for (is_set, &done);
}

/**
 * qcc_story_get_state:
 * @fixture: the running service
 * @endpoint_id: of an endpoint
 *
 * Returns: (transfer none): what QCC thinks of it
 */
const QccEndpointState *
qcc_story_get_state (QccProxyFixture *fixture,
                     const char *endpoint_id)
{
  return &qcc_health_find (qcc_service_get_health (fixture->service), endpoint_id)->state;
}

QccEndpointView
qcc_story_view (QccProxyFixture *fixture,
                const char *endpoint_id)
{
  QccHealth *health = qcc_service_get_health (fixture->service);

  return qcc_health_view (health, qcc_health_find (health, endpoint_id));
}

guint
qcc_story_count_events (QccProxyFixture *fixture,
                        QccEventType type)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (qcc_service_get_events (fixture->service), QCC_EVENT_LOG_MAX);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    if (((const QccEvent *) g_ptr_array_index (events, i))->type == type)
      n++;

  return n;
}

typedef struct
{
  QccProxyFixture *fixture;
  QccEventType type;
  guint n;
} Expected;

static gboolean
has_happened (gpointer user_data)
{
  const Expected *expected = user_data;

  return qcc_story_count_events (expected->fixture, expected->type) >= expected->n;
}

/**
 * qcc_story_wait_events:
 * @fixture: the running service
 * @type: what is to happen
 * @n: how often since the start
 *
 * A move of the active profile is stored before it holds, so that its event comes a little later than its reason.
 */
void
qcc_story_wait_events (QccProxyFixture *fixture,
                       QccEventType type,
                       guint n)
{
  Expected expected = { fixture, type, n };

  qcc_talk_wait_for (has_happened, &expected);
}

guint
qcc_story_count_all_events (QccProxyFixture *fixture)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (qcc_service_get_events (fixture->service), QCC_EVENT_LOG_MAX);

  return events->len;
}

/* What provider number @index has been asked so far. */
guint
qcc_story_count_requests (QccProxyFixture *fixture,
                          guint index)
{
  return qcc_fake_provider_get_n_requests (fixture->providers[index]);
}
