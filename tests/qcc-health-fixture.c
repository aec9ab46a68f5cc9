/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-health-fixture.h"

static void
on_disabled (QccHealth *health,
             const char *id,
             QccHealthFixture *fixture)
{
  g_string_append_printf (fixture->signals, "disabled:%s ", id);
}

static void
on_enabled (QccHealth *health,
            const char *id,
            QccHealthFixture *fixture)
{
  g_string_append_printf (fixture->signals, "enabled:%s ", id);
}

static void
on_unbind (QccHealth *health,
           const char *id,
           QccHealthFixture *fixture)
{
  g_string_append_printf (fixture->signals, "unbind:%s ", id);
}

static void
on_billing (QccHealth *health,
            const char *id,
            QccHealthFixture *fixture)
{
  g_string_append_printf (fixture->signals, "billing:%s ", id);
}

static void
on_doubted (QccHealth *health,
            const char *id,
            QccHealthFixture *fixture)
{
  g_string_append_printf (fixture->signals, "doubted:%s ", id);
}

static void
on_changed (QccHealth *health,
            const char *id,
            QccHealthFixture *fixture)
{
  fixture->n_changed++;
}

static void
listen (QccHealthFixture *fixture)
{
  QccHealth *health = fixture->world->health;

  g_signal_connect (health, "disabled", G_CALLBACK (on_disabled), fixture);
  g_signal_connect (health, "enabled", G_CALLBACK (on_enabled), fixture);
  g_signal_connect (health, "unbind", G_CALLBACK (on_unbind), fixture);
  g_signal_connect (health, "billing", G_CALLBACK (on_billing), fixture);
  g_signal_connect (health, "doubted", G_CALLBACK (on_doubted), fixture);
  g_signal_connect (health, "changed", G_CALLBACK (on_changed), fixture);
}

void
qcc_health_fixture_set_up (QccHealthFixture *fixture,
                           gconstpointer data)
{
  fixture->world = qcc_world_new (QCC_HEALTH_ALL, NULL);
  fixture->signals = g_string_new (NULL);
  qcc_world_set_key (fixture->world, "one", "shared");
  qcc_world_set_key (fixture->world, "three", "shared");
  qcc_world_set_key (fixture->world, "four", "shared");
  listen (fixture);
}

void
qcc_health_fixture_tear_down (QccHealthFixture *fixture,
                              gconstpointer data)
{
  qcc_world_free (fixture->world);
  g_string_free (fixture->signals, TRUE);
}

void
qcc_health_fixture_restart (QccHealthFixture *fixture)
{
  qcc_world_restart (fixture->world);
  listen (fixture);
}

void
qcc_health_fixture_assert_signals (QccHealthFixture *fixture,
                                   const char *expected)
{
  g_assert_cmpstr (fixture->signals->str, ==, expected);
  g_string_truncate (fixture->signals, 0);
}

QccEndpointEntry *
qcc_health_fixture_get_entry (QccHealthFixture *fixture,
                              const char *id)
{
  return qcc_world_get_entry (fixture->world, id);
}

QccObstacle
qcc_health_fixture_get_obstacle (QccHealthFixture *fixture,
                                 const char *id)
{
  return qcc_health_view (fixture->world->health, qcc_health_fixture_get_entry (fixture, id)).obstacle;
}

void
qcc_health_fixture_pass_seconds (QccHealthFixture *fixture,
                                 guint seconds)
{
  qcc_manual_clock_advance (fixture->world->clock, seconds * QCC_HEALTH_SECOND);
}

QccHealthAttempt
qcc_health_fixture_send (QccHealthFixture *fixture,
                         const char *id)
{
  return qcc_health_note_sent (fixture->world->health, qcc_health_fixture_get_entry (fixture, id));
}

QccVerdict
qcc_health_fixture_make_verdict (guint status,
                                 const char *type,
                                 int retry_after)
{
  const QccFailure failure = {
    .status = status, .error_type = type, .retry_after = retry_after, .network_available = TRUE, .elapsed_ms = 2000
  };

  return qcc_classifier_judge (&failure);
}

void
qcc_health_fixture_fail_attempt (QccHealthFixture *fixture,
                                 const char *id,
                                 const QccHealthAttempt *attempt,
                                 guint status,
                                 const char *type,
                                 int retry_after)
{
  QccVerdict verdict = qcc_health_fixture_make_verdict (status, type, retry_after);

  qcc_health_note_failed (fixture->world->health, qcc_health_fixture_get_entry (fixture, id), attempt, &verdict, status);
}

void
qcc_health_fixture_fail (QccHealthFixture *fixture,
                         const char *id,
                         guint status,
                         const char *type,
                         int retry_after)
{
  QccHealthAttempt attempt = qcc_health_fixture_send (fixture, id);

  qcc_health_fixture_fail_attempt (fixture, id, &attempt, status, type, retry_after);
}

/* @milliseconds: to its first byte; the end comes with it */
void
qcc_health_fixture_answer (QccHealthFixture *fixture,
                           const char *id,
                           guint milliseconds,
                           const char *model)
{
  QccHealthAttempt attempt = qcc_health_fixture_send (fixture, id);

  qcc_manual_clock_advance (fixture->world->clock, milliseconds * (QCC_HEALTH_SECOND / 1000));
  qcc_health_note_committed (fixture->world->health, qcc_health_fixture_get_entry (fixture, id), &attempt, model);
  qcc_health_note_completed (fixture->world->health, qcc_health_fixture_get_entry (fixture, id), &attempt);
}

void
qcc_health_fixture_note_check (QccHealthFixture *fixture,
                               const char *id,
                               guint status,
                               const char *type)
{
  QccCheckResult result = {
    .level = QCC_CHECK_API,
    .passed = status == 200,
    .proves_key = status == 200,
    .status = status,
    .latency_ms = 5,
    .first_byte_ms = 5,
    .n_tries = 1,
    .detail = (char *) "",
  };

  if (status != 200)
    result.verdict = qcc_health_fixture_make_verdict (status, type, -1);
  qcc_health_note_check (fixture->world->health, qcc_health_fixture_get_entry (fixture, id), &result);
}

/* What is in the store of @id's, the newest first. */
GPtrArray *
qcc_health_fixture_list_samples (QccHealthFixture *fixture,
                                 const char *id)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *samples;

  qcc_store_list_samples_async (fixture->world->store, id, 1000, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  samples = qcc_store_list_samples_finish (fixture->world->store, result, &error);
  g_assert_no_error (error);

  return samples;
}

gboolean
qcc_health_fixture_is_stored (QccHealthFixture *fixture,
                              const char *id)
{
  g_autoptr (GHashTable) documents = NULL;

  qcc_world_settle (fixture->world);
  documents = qcc_test_store_load_documents (fixture->world->store, "endpoint");

  return g_hash_table_contains (documents, id);
}

/* Everything that is known is in the files. */
void
qcc_health_fixture_flush (QccHealthFixture *fixture)
{
  qcc_health_flush (fixture->world->health);
  qcc_world_settle (fixture->world);
}

/* (transfer none): the entry owns it */
QccSimulation *
qcc_health_fixture_simulate (QccHealthFixture *fixture,
                             const char *id)
{
  QccSimulation *simulation = g_new0 (QccSimulation, 1);

  simulation->fault = "529";
  simulation->until = qcc_world_get_time (fixture->world) + 600 * QCC_HEALTH_SECOND;
  qcc_endpoint_entry_set_simulation (qcc_health_fixture_get_entry (fixture, id), simulation);
  qcc_health_tick (fixture->world->health);

  return simulation;
}

void
qcc_health_fixture_end_simulation (QccHealthFixture *fixture,
                                   const char *id)
{
  qcc_endpoint_entry_set_simulation (qcc_health_fixture_get_entry (fixture, id), NULL);
  qcc_health_tick (fixture->world->health);
}

void
qcc_health_fixture_break_circuit (QccHealthFixture *fixture,
                                  const char *id)
{
  for (guint i = 0; i < 3; i++)
    qcc_health_fixture_fail (fixture, id, QCC_HEALTH_BROKEN);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, id), ==, QCC_OBSTACLE_OPEN);
}

void
qcc_health_fixture_reject (QccHealthFixture *fixture,
                           const char *id)
{
  qcc_health_fixture_fail (fixture, id, QCC_HEALTH_REJECTED);
  qcc_health_fixture_fail (fixture, id, QCC_HEALTH_REJECTED);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, id), ==, QCC_OBSTACLE_REJECTED);
  qcc_world_settle (fixture->world);
  g_string_truncate (fixture->signals, 0);
}
