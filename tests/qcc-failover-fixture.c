/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-failover-fixture.h"

/* What set_broken() says. */
static gboolean
answer (QccWorld *world,
        const char *id,
        QccFailure *failure)
{
  failure->status = 500;
  failure->error_type = "api_error";

  return world->broken != NULL && strstr (world->broken, id) != NULL;
}

/* @ids: of all that fail from now on, each a letter */
void
qcc_failover_fixture_set_broken (QccFailoverFixture *fixture,
                                 const char *ids)
{
  fixture->world->broken = ids;
}

static void
on_changed (QccFailoverManager *manager,
            QccFailoverFixture *fixture)
{
  fixture->n_changed++;
}

void
qcc_failover_fixture_set_up (QccFailoverFixture *fixture,
                             gconstpointer data)
{
  fixture->world = qcc_world_new (QCC_FAILOVER_ALL, answer);
  g_signal_connect (fixture->world->failover, "changed", G_CALLBACK (on_changed), fixture);
}

void
qcc_failover_fixture_tear_down (QccFailoverFixture *fixture,
                                gconstpointer data)
{
  qcc_world_free (fixture->world);
}

const char *
qcc_failover_fixture_get_active (QccFailoverFixture *fixture)
{
  return qcc_active_get_name (fixture->world->active);
}

/* A request every other second, each of which is an observation, and what comes of it. */
void
qcc_failover_fixture_ask_times (QccFailoverFixture *fixture,
                                guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *server = qcc_world_ask (fixture->world, NULL);

      qcc_world_settle (fixture->world);
      qcc_manual_clock_advance (fixture->world->clock, 2 * QCC_FAILOVER_SECOND);
    }
}

/* As the monitor does it, once a minute. */
void
qcc_failover_fixture_check_minutes (QccFailoverFixture *fixture,
                                    const char *id,
                                    guint minutes)
{
  for (guint i = 0; i < minutes; i++)
    {
      qcc_manual_clock_advance (fixture->world->clock, 60 * QCC_FAILOVER_SECOND);
      qcc_world_check (fixture->world, id);
      qcc_world_settle (fixture->world);
    }
}

void
qcc_failover_fixture_assert_events (QccFailoverFixture *fixture,
                                    const char *expected)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (fixture->world->events, QCC_EVENT_LOG_MAX);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = events->len; i > 0; i--)
    {
      const QccEvent *event = g_ptr_array_index (events, i - 1);

      g_string_append_printf (text, "%s:%s>%s ", qcc_enum_to_nick (QCC_TYPE_EVENT_TYPE, (int) event->type), event->from, event->to);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

/* (transfer none): the newest */
const QccEvent *
qcc_failover_fixture_get_last_event (QccFailoverFixture *fixture)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (fixture->world->events, 1);

  g_assert_cmpuint (events->len, ==, 1);

  /* The log owns it too. */
  return g_ptr_array_index (events, 0);
}

static void
on_changed_by_user (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  QccFailoverFixture *fixture = user_data;

  g_set_object (&fixture->result, result);
}

void
qcc_failover_fixture_begin_switch (QccFailoverFixture *fixture,
                                   const char *name)
{
  qcc_failover_manager_switch_async (fixture->world->failover, name, "maintenance", on_changed_by_user, fixture);
}

gboolean
qcc_failover_fixture_end_change (QccFailoverFixture *fixture,
                                 GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  result = g_steal_pointer (&fixture->result);

  return qcc_failover_manager_change_finish (fixture->world->failover, result, error);
}

void
qcc_failover_fixture_switch_to (QccFailoverFixture *fixture,
                                const char *name)
{
  g_autoptr (GError) error = NULL;

  qcc_failover_fixture_begin_switch (fixture, name);
  g_assert_true (qcc_failover_fixture_end_change (fixture, &error));
  g_assert_no_error (error);
}

void
qcc_failover_fixture_release (QccFailoverFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  qcc_failover_manager_release_async (fixture->world->failover, on_changed_by_user, fixture);
  g_assert_true (qcc_failover_fixture_end_change (fixture, &error));
  g_assert_no_error (error);
}

void
qcc_failover_fixture_bind_session (QccFailoverFixture *fixture,
                                   const char *session,
                                   const char *endpoint_id)
{
  const QccAffinityKey key = { .session = session, .model = "claude-test" };

  qcc_affinity_bind (fixture->world->affinity, &key, endpoint_id, FALSE, qcc_world_get_time (fixture->world));
}

gboolean
qcc_failover_fixture_is_bound (QccFailoverFixture *fixture,
                               const char *session)
{
  const QccAffinityKey key = { .session = session, .model = "claude-test" };
  QccBinding binding;

  return qcc_affinity_lookup (fixture->world->affinity, &key, qcc_world_get_time (fixture->world), &binding);
}
