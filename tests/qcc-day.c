/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-day.h"

#define START (1000 * QCC_DAY_HOUR * QCC_DAY_SECOND)
#define LIMIT_SECONDS 60

static const char *const ids[QCC_DAY_N_PROVIDERS] = { "one", "two", "three", "four" };

QccMonitor *
qcc_day_get_monitor (QccDay *day)
{
  return qcc_service_get_monitor (day->fixture->service);
}

QccEndpointEntry *
qcc_day_get_entry (QccDay *day,
                   guint index)
{
  return qcc_endpoint_table_lookup (qcc_service_get_table (day->fixture->service), ids[index]);
}

QccEndpointView
qcc_day_view (QccDay *day,
              guint index)
{
  return qcc_health_view (qcc_service_get_health (day->fixture->service), qcc_day_get_entry (day, index));
}

gint64
qcc_day_get_seconds (QccDay *day)
{
  return qcc_clock_get_time (QCC_CLOCK (day->clock)) / QCC_DAY_SECOND;
}

static gboolean
on_limit (gpointer user_data)
{
  g_error ("the checks were not over in %d s", LIMIT_SECONDS);

  return G_SOURCE_REMOVE;
}

static void
note_checks (QccDay *day)
{
  gint64 now = qcc_day_get_seconds (day);

  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    {
      gint64 last = qcc_day_get_entry (day, i)->figures.last_check;

      if (last == day->last_checks[i])
        continue;
      day->last_checks[i] = last;
      g_array_append_val (day->checks[i], now);
    }
}

/* What is due has happened when this returns. */
void
qcc_day_settle (QccDay *day)
{
  guint limit_id = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, NULL);

  while (qcc_monitor_get_n_running (qcc_day_get_monitor (day)) > 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_source_remove (limit_id);
  note_checks (day);
}

void
qcc_day_pass (QccDay *day,
              guint seconds)
{
  g_assert_cmpuint (seconds % QCC_DAY_STEP, ==, 0);
  for (guint i = 0; i < seconds / QCC_DAY_STEP; i++)
    {
      qcc_manual_clock_advance (day->clock, QCC_DAY_STEP * QCC_DAY_SECOND);
      qcc_day_settle (day);
    }
}

void
qcc_day_set_up (QccDay *day,
                gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("{\"version\":1,\"default\":\"main\",\"profiles\":[{\"name\":\"main\",\"strategy\":\"round-robin\",\"endpoints\":[");

  day->fixture = qcc_proxy_fixture_new (QCC_DAY_N_PROVIDERS);
  day->clock = qcc_manual_clock_new (START);
  day->fixture->clock = QCC_CLOCK (day->clock);
  day->fixture->network = G_NETWORK_MONITOR (qcc_fake_network_new ());
  day->fixture->sleep = qcc_sleep_watch_new (NULL);
  qcc_proxy_fixture_set_boolean (day->fixture, "health", "enabled", TRUE);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    {
      g_autofree char *endpoint = qcc_proxy_fixture_describe_endpoint (day->fixture, i, "");

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", endpoint);
      day->checks[i] = g_array_new (FALSE, FALSE, sizeof (gint64));
    }
  g_string_append (text, "]}]}");
  qcc_proxy_fixture_start_with_profiles (day->fixture, text->str);
  qcc_day_settle (day);
}

guint
qcc_day_count_requests (QccDay *day,
                        guint index,
                        const char *method,
                        const char *path)
{
  QccFakeProvider *provider = day->fixture->providers[index];
  guint n = 0;

  for (guint i = 0; i < qcc_fake_provider_get_n_requests (provider); i++)
    {
      g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (provider, i);
      g_autofree char *own_path = NULL;

      g_assert_nonnull (request);
      own_path = qcc_fake_request_dup_path (request);
      n += g_str_equal (request->method, method) && g_str_equal (own_path, path);
    }

  return n;
}

guint
qcc_day_count_all (QccDay *day)
{
  guint n = 0;

  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    n += qcc_fake_provider_get_n_requests (day->fixture->providers[i]);

  return n;
}

/* Messages are what costs: each that any provider ever saw is one of the test's own, word for word. */
static void
assert_nothing_paid (QccDay *day)
{
  g_autoptr (GBytes) own = g_bytes_new_static (QCC_UNARY_REQUEST, strlen (QCC_UNARY_REQUEST));

  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    {
      QccFakeProvider *provider = day->fixture->providers[i];

      for (guint j = 0; j < qcc_fake_provider_get_n_requests (provider); j++)
        {
          g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (provider, j);
          g_autofree char *path = qcc_fake_request_dup_path (request);

          if (g_str_equal (path, "/v1/messages"))
            g_assert_true (g_bytes_equal (request->body, own));
          else if (!g_str_equal (path, "/v1/messages/count_tokens"))
            g_assert_cmpstr (path, ==, "/v1/models");
        }
    }
  g_assert_cmpuint (qcc_monitor_get_paid_probes_today (qcc_day_get_monitor (day)), ==, 0);
}

guint
qcc_day_count_messages (QccDay *day)
{
  guint n = 0;

  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    n += qcc_day_count_requests (day, i, "POST", "/v1/messages");

  return n;
}

void
qcc_day_tear_down (QccDay *day,
                   gconstpointer data)
{
  assert_nothing_paid (day);
  qcc_proxy_fixture_free (day->fixture);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    g_array_unref (day->checks[i]);
}

static void
send_message (QccProxyFixture *fixture,
              QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "Content-Type: application/json\r\n", QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, 200);
}

/* One exchange, which succeeds wherever it has to go for that. */
void
qcc_day_ask (QccDay *day)
{
  qcc_proxy_fixture_run (day->fixture, send_message);
  qcc_proxy_fixture_wait_records (day->fixture, ++day->n_asked);
  qcc_day_settle (day);
}

/**
 * qcc_day_open_stream:
 * @day: a day
 * @client: sends the message
 *
 * Leaves an exchange in the middle of its answer, until the gate `rest` is opened.
 *
 * Returns: index of the provider that has it
 */
guint
qcc_day_open_stream (QccDay *day,
                     QccRawClient *client)
{
  guint limit_id = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, NULL);
  guint index = 0;

  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    qcc_proxy_fixture_script (day->fixture, i, "message_start\nblock_start text\ndelta word\nhold rest\nblock_stop\nmessage_delta end_turn\nmessage_stop");
  qcc_raw_client_post (client, "/v1/messages", "Content-Type: application/json\r\n", QCC_UNARY_REQUEST);
  while (qcc_day_get_entry (day, index)->in_flight == 0 || !qcc_fake_provider_wait_gate (day->fixture->providers[index], "rest", 0))
    {
      g_main_context_iteration (NULL, FALSE);
      index = (index + 1) % QCC_DAY_N_PROVIDERS;
    }
  g_source_remove (limit_id);

  return index;
}

void
qcc_day_assert_quiet (QccDay *day)
{
  g_assert_cmpuint (qcc_monitor_get_n_pending (qcc_day_get_monitor (day)), ==, 0);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (day->clock), ==, 0);
}

/* For a day nothing wakes up, and nobody is asked anything. */
void
qcc_day_assert_stays_quiet (QccDay *day)
{
  guint n_fired = qcc_manual_clock_get_n_fired (day->clock);
  guint n_requests = qcc_day_count_all (day);

  qcc_day_assert_quiet (day);
  /* Where nothing is due there is nothing to step for. */
  for (guint i = 0; i < 24; i++)
    {
      qcc_manual_clock_advance (day->clock, QCC_DAY_HOUR * QCC_DAY_SECOND);
      qcc_day_settle (day);
    }
  qcc_day_assert_quiet (day);
  g_assert_cmpuint (qcc_manual_clock_get_n_fired (day->clock), ==, n_fired);
  g_assert_cmpuint (qcc_day_count_all (day), ==, n_requests);
}

void
qcc_day_forget_checks (QccDay *day)
{
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    g_array_set_size (day->checks[i], 0);
}

/* The events of the whole time, the oldest first. */
void
qcc_day_assert_events (QccDay *day,
                       const char *expected)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (qcc_service_get_events (day->fixture->service), QCC_EVENT_LOG_MAX);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = events->len; i > 0; i--)
    {
      const QccEvent *event = g_ptr_array_index (events, i - 1);

      g_string_append_printf (text, "%s:%s ", qcc_enum_to_nick (QCC_TYPE_EVENT_TYPE, (int) event->type), event->from);
    }
  g_assert_cmpstr (text->str, ==, expected);
}
