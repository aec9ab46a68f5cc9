/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-simulator-fixture.h"

#include "common/qcc-key-store-memory.h"

#define ENDPOINT_ONE "{\"id\":\"one\",\"base_url\":\"http://192.0.2.1\",\"weight\":%d," \
                     "\"timeouts\":{\"connect\":3,\"first_byte\":4,\"idle\":5}}"

/**
 * qcc_simulator_fixture_apply:
 * @endpoints: JSON of the endpoints that there are from now on, with commas between them
 */
void
qcc_simulator_fixture_apply (QccSimulatorFixture *fixture,
                             const char *endpoints)
{
  g_autofree char *text = g_strdup_printf ("{\"version\":1,\"profiles\":[{\"name\":\"p\",\"endpoints\":[%s]}]}", endpoints);
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSnapshot) snapshot = qcc_snapshot_new_from_json (text, -1, &error);

  g_assert_no_error (error);
  qcc_endpoint_table_apply_async (fixture->table, snapshot, NULL, NULL, NULL);
}

void
qcc_simulator_fixture_apply_both (QccSimulatorFixture *fixture,
                                  int weight_of_one)
{
  g_autofree char *endpoints = g_strdup_printf (ENDPOINT_ONE "," QCC_SIMULATOR_ENDPOINT_TWO, weight_of_one);

  qcc_simulator_fixture_apply (fixture, endpoints);
}

static void
on_changed (QccSimulator *simulator,
            const char *id,
            gpointer user_data)
{
  QccSimulatorFixture *fixture = user_data;
  const char *fault = qcc_simulator_get_fault (simulator, id);

  g_string_append_printf (fixture->changes, "%s:%s ", id, fault != NULL ? fault : "none");
}

void
qcc_simulator_fixture_set_up (QccSimulatorFixture *fixture,
                              gconstpointer data)
{
  fixture->keys = qcc_key_store_memory_new ();
  fixture->trust_store = qcc_trust_store_new (g_tls_backend_get_default ());
  fixture->watcher = qcc_watcher_new (NULL, NULL);
  fixture->table = qcc_endpoint_table_new (fixture->keys, fixture->trust_store);
  fixture->clock = qcc_manual_clock_new (QCC_SIMULATOR_START);
  fixture->simulator = qcc_simulator_new (fixture->table, fixture->trust_store, QCC_CLOCK (fixture->clock));
  fixture->changes = g_string_new (NULL);
  g_signal_connect (fixture->simulator, "changed", G_CALLBACK (on_changed), fixture);
  qcc_simulator_fixture_apply_both (fixture, 1);
}

void
qcc_simulator_fixture_tear_down (QccSimulatorFixture *fixture,
                                 gconstpointer data)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;

  if (fixture->simulator != NULL)
    g_assert_finalize_object (g_steal_pointer (&fixture->simulator));
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->clock), ==, 0);
  g_assert_finalize_object (g_steal_pointer (&fixture->clock));
  g_assert_finalize_object (g_steal_pointer (&fixture->table));
  g_clear_pointer (&fixture->watcher, qcc_watcher_unref);
  g_clear_pointer (&fixture->trust_store, qcc_trust_store_unref);
  g_clear_object (&fixture->keys);
  g_string_free (fixture->changes, TRUE);
}

QccEndpointEntry *
qcc_simulator_fixture_lookup (QccSimulatorFixture *fixture,
                              const char *id)
{
  QccEndpointEntry *entry = qcc_endpoint_table_lookup (fixture->table, id);

  g_assert_nonnull (entry);

  return entry;
}

void
qcc_simulator_fixture_start (QccSimulatorFixture *fixture,
                             const char *id,
                             QccFault fault,
                             guint seconds)
{
  g_autoptr (GError) error = NULL;
  gboolean started = qcc_simulator_start (fixture->simulator, id, fault, seconds, &error);

  g_assert_no_error (error);
  g_assert_true (started);
}

void
qcc_simulator_fixture_stop (QccSimulatorFixture *fixture,
                            const char *id)
{
  g_autoptr (GError) error = NULL;
  gboolean stopped = qcc_simulator_stop (fixture->simulator, id, &error);

  g_assert_no_error (error);
  g_assert_true (stopped);
}

/* Nothing is simulated for @id, and nothing waits for an end. */
void
qcc_simulator_fixture_assert_over (QccSimulatorFixture *fixture,
                                   const char *id)
{
  g_assert_null (qcc_simulator_get_fault (fixture->simulator, id));
  g_assert_cmpuint (qcc_simulator_get_n (fixture->simulator), ==, 0);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->clock), ==, 0);
}

static void
on_sent (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  QccSimulatorProbe *probe = user_data;

  qcc_attempt_send_finish (QCC_ATTEMPT (source), result, &probe->error);
  probe->done = TRUE;
}

/**
 * qcc_simulator_probe_new:
 * @passes_credential: whether the client's credential goes along
 * @first_byte_ms: how long to wait for the head
 *
 * Returns: (transfer full): an attempt that is under way
 */
QccSimulatorProbe *
qcc_simulator_probe_new (QccSimulatorFixture *fixture,
                         QccEndpoint *endpoint,
                         QccConnectionPool *pool,
                         gboolean passes_credential,
                         gint64 first_byte_ms)
{
  QccSimulatorProbe *probe = g_new0 (QccSimulatorProbe, 1);
  QccAttemptLimits limits = { .connect = QCC_SIMULATOR_LIMIT_MS, .first_byte = first_byte_ms, .idle = QCC_SIMULATOR_LIMIT_MS };
  QccAttemptRequest request = { .method = "GET", .path = "/v1/models", .passes_credential = passes_credential };

  probe->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  soup_message_headers_append (probe->headers, "x-api-key", "of-the-client");
  soup_message_headers_append (probe->headers, "Authorization", "Bearer of-the-client");
  soup_message_headers_append (probe->headers, "anthropic-version", "2023-06-01");
  probe->facts = qcc_request_facts_new (request.method, request.path, probe->headers, NULL);
  request.headers = probe->headers;
  request.facts = probe->facts;
  probe->attempt = qcc_attempt_new (endpoint, pool, fixture->watcher, &request, &limits, NULL);
  qcc_attempt_send_async (probe->attempt, NULL, on_sent, probe);

  return probe;
}

/* The same, to what stands for the endpoint @id, as the data path would do it. */
QccSimulatorProbe *
qcc_simulator_fixture_probe (QccSimulatorFixture *fixture,
                             const char *id,
                             gint64 first_byte_ms)
{
  const QccSimulation *simulation = qcc_simulator_fixture_lookup (fixture, id)->simulation;

  return qcc_simulator_probe_new (fixture, simulation->endpoint, simulation->pool, FALSE, first_byte_ms);
}

void
qcc_simulator_probe_wait (QccSimulatorProbe *probe)
{
  while (!probe->done)
    g_main_context_iteration (NULL, TRUE);
}

void
qcc_simulator_probe_free (QccSimulatorProbe *probe)
{
  qcc_simulator_probe_wait (probe);
  g_clear_object (&probe->attempt);
  g_clear_error (&probe->error);
  qcc_request_facts_unref (probe->facts);
  soup_message_headers_unref (probe->headers);
  g_free (probe);
}
