/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/qcc-error.h"
#include "tests/qcc-monitor-fixture.h"

/* Checks that somebody asks for, those that cost something, and what becomes of their results. */

#define SECOND QCC_MONITOR_SECOND
#define MINUTE QCC_MONITOR_MINUTE
#define LIMIT_MS 30000

/* One that was asked for. */
typedef struct
{
  QccCheckResult *result; /* (owned) (nullable) */
  GError *error;          /* (owned) (nullable) */
  gboolean done;
} Demand;

static void
demand_clear (Demand *self)
{
  g_clear_pointer (&self->result, qcc_check_result_free);
  g_clear_error (&self->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Demand, demand_clear)

static void
on_checked (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Demand *demand = user_data;

  g_assert_false (demand->done);
  demand->result = qcc_monitor_check_finish (QCC_MONITOR (source), result, &demand->error);
  demand->done = TRUE;
}

static void
ask (QccMonitorFixture *self,
     const char *id,
     QccCheckLevel level,
     GCancellable *cancellable,
     Demand *demand)
{
  qcc_monitor_check_async (self->monitor, id, level, cancellable, on_checked, demand);
  g_assert_false (demand->done);
}

static void
wait_for (const Demand *demand)
{
  while (!demand->done)
    g_main_context_iteration (NULL, TRUE);
}

/* Runs the loop until the provider has @n requests. */
static void
wait_requests (QccMonitorFixture *self,
               guint n)
{
  while (qcc_fake_provider_get_n_requests (self->provider) < n)
    g_main_context_iteration (NULL, FALSE);
}

/* Whatever the schedule, the settings and the user's switch say. */
static void
test_demand (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");
  g_auto (Demand) demand = { 0 };

  g_settings_set_boolean (qcc_monitor_fixture_get_settings (self), "enabled", FALSE);
  entry->endpoint->enabled = FALSE;
  ask (self, "one", QCC_CHECK_API, NULL, &demand);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), >, 0);
  wait_for (&demand);
  g_assert_no_error (demand.error);
  g_assert_true (demand.result->passed);
  g_assert_cmpuint (entry->figures.checks_passed, ==, 1);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);
}

/* It counts like any other. */
static void
test_demand_counts (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  g_auto (Demand) demand = { 0 };

  qcc_monitor_fixture_start (self);
  qcc_monitor_note_exchange (self->monitor);
  qcc_monitor_fixture_settle (self);
  qcc_monitor_fixture_advance (self, 90 * SECOND);
  qcc_monitor_fixture_take_requests (self, NULL);
  ask (self, "one", QCC_CHECK_API, NULL, &demand);
  wait_for (&demand);
  qcc_monitor_fixture_settle (self);
  g_assert_cmpuint (qcc_monitor_fixture_take_requests (self, NULL), ==, 1);
  qcc_monitor_fixture_advance (self, 59 * SECOND);
  g_assert_cmpuint (qcc_monitor_fixture_take_requests (self, NULL), ==, 0);
  qcc_monitor_fixture_advance (self, SECOND);
  g_assert_cmpuint (qcc_monitor_fixture_take_requests (self, NULL), ==, 1);
}

static void
test_unknown (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  g_auto (Demand) demand = { 0 };

  ask (self, "nobody", QCC_CHECK_API, NULL, &demand);
  wait_for (&demand);
  g_assert_error (demand.error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
}

#define HOLD "hold gate\njson {\"data\":[]}"

static void
hold_all (QccMonitorFixture *self)
{
  const char *const paths[] = { "/one/v1/models", "/two/v1/models", "/three/v1/models",
                                "/four/v1/models", "/five/v1/models", "/six/v1/models" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    qcc_monitor_fixture_script (self, paths[i], HOLD);
}

/* Four at a time, and one after the other for each endpoint. */
static void
test_at_most (void)
{
  const char *const order[] = { "one", "one", "two", "three", "four", "five", "six" };
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (6);
  Demand demands[G_N_ELEMENTS (order)] = { 0 };

  hold_all (self);
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    ask (self, order[i], QCC_CHECK_API, NULL, &demands[i]);
  wait_requests (self, 4);
  for (guint i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (qcc_fake_provider_get_n_open (self->provider), ==, 4);
  g_assert_cmpuint (qcc_monitor_fixture_take_requests (self, "one"), ==, 1);

  qcc_fake_provider_release (self->provider, "gate");
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    {
      wait_for (&demands[i]);
      g_assert_no_error (demands[i].error);
      g_assert_true (demands[i].result->passed);
      demand_clear (&demands[i]);
    }
  g_assert_cmpuint (qcc_monitor_fixture_get_entry (self, "one")->figures.checks, ==, 2);
}

/* The schedule keeps to it as well. */
static void
test_at_most_scheduled (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (6);

  hold_all (self);
  qcc_monitor_start (self->monitor);
  qcc_monitor_note_exchange (self->monitor);
  g_signal_emit_by_name (self->sleep, "woke");
  qcc_manual_clock_advance (self->clock, MINUTE);
  wait_requests (self, 4);
  for (guint i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 4);

  qcc_fake_provider_release (self->provider, "gate");
  qcc_monitor_fixture_settle (self);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 6);
}

/* One that runs and one that waits for it. */
static void
test_cancelled (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  g_autoptr (GCancellable) first = g_cancellable_new ();
  g_autoptr (GCancellable) second = g_cancellable_new ();
  g_auto (Demand) runs = { 0 };
  g_auto (Demand) waits = { 0 };
  g_auto (Demand) late = { 0 };

  hold_all (self);
  ask (self, "one", QCC_CHECK_API, first, &runs);
  ask (self, "one", QCC_CHECK_API, second, &waits);
  wait_requests (self, 1);
  g_cancellable_cancel (second);
  wait_for (&waits);
  g_assert_error (waits.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (runs.done);

  g_cancellable_cancel (first);
  wait_for (&runs);
  g_assert_error (runs.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (qcc_monitor_fixture_get_entry (self, "one")->figures.checks, ==, 0);
  g_assert_true (qcc_fake_provider_wait_open (self->provider, 0, LIMIT_MS));

  ask (self, "one", QCC_CHECK_API, second, &late);
  wait_for (&late);
  g_assert_error (late.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_stopped (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  g_auto (Demand) runs = { 0 };
  g_auto (Demand) waits = { 0 };

  hold_all (self);
  ask (self, "one", QCC_CHECK_API, NULL, &runs);
  ask (self, "one", QCC_CHECK_API, NULL, &waits);
  wait_requests (self, 1);
  qcc_monitor_stop (self->monitor);
  wait_for (&runs);
  wait_for (&waits);
  g_assert_error (runs.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error (waits.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);
}

/* The old key was refused, which says nothing about the new one. */
static void
test_key_replaced (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");
  g_auto (Demand) demand = { 0 };

  qcc_monitor_fixture_script (self, "/one/v1/models", "hold gate\nerror 401 authentication_error no");
  ask (self, "one", QCC_CHECK_API, NULL, &demand);
  wait_requests (self, 1);
  qcc_monitor_fixture_set_key (self, "one", "another-key");
  qcc_fake_provider_release (self->provider, "gate");
  wait_for (&demand);

  g_assert_cmpint (demand.result->verdict.klass, ==, QCC_CLASS_AUTH);
  g_assert_cmpuint (entry->figures.checks, ==, 0);
  g_assert_cmpint (entry->state.credential, ==, QCC_CREDENTIAL_TRUSTED);
}

/* Nobody is charged for what this machine lacks. */
static void
test_offline (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (GResolver) resolver = g_object_new (QCC_TYPE_FAKE_RESOLVER, NULL);
  g_autoptr (GUri) base_url = g_uri_parse ("http://provider.invalid", G_URI_FLAGS_NONE, NULL);
  g_autoptr (QccEndpoint) endpoint = qcc_endpoint_new ("one", base_url);
  g_auto (Demand) demand = { 0 };

  endpoint->proxy = g_strdup ("none");
  qcc_endpoint_entry_set_endpoint (entry, endpoint, self->trust_store);
  g_resolver_set_default (resolver);
  qcc_fake_network_change (self->network, FALSE);
  ask (self, "one", QCC_CHECK_CONNECT, NULL, &demand);
  wait_for (&demand);
  g_resolver_set_default (usual);

  g_assert_cmpint (demand.result->verdict.klass, ==, QCC_CLASS_OFFLINE);
  g_assert_cmpuint (entry->figures.checks, ==, 0);
  g_assert_cmpint (entry->state.level_failures, ==, 0);
}

/* Messages that have arrived so far. */
static guint
count_messages (QccMonitorFixture *self)
{
  guint n = 0;

  for (guint i = 0; i < qcc_fake_provider_get_n_requests (self->provider); i++)
    {
      g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (self->provider, i);

      if (g_str_has_suffix (request->target, "/v1/messages"))
        n++;
    }

  return n;
}

/* An endpoint of which only a message can tell whether it is well again.
 * @checked: a free check has passed */
static QccMonitorFixture *
start_half_open (gboolean paid,
                 gboolean checked)
{
  QccMonitorFixture *self = qcc_monitor_fixture_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");
  GSettings *settings = qcc_monitor_fixture_get_settings (self);

  /* An answer without the code never closes the circuit. */
  qcc_monitor_fixture_script (self, "/one/v1/messages", "json {\"type\":\"message\",\"content\":[]}");
  entry->state.circuit = QCC_CIRCUIT_HALF_OPEN;
  entry->state.checked = checked;
  g_settings_set_boolean (settings, "paid-probes", paid);
  g_settings_set_int (settings, "paid-probes-per-day", 3);
  qcc_monitor_fixture_start (self);
  qcc_monitor_note_exchange (self->monitor);
  qcc_monitor_fixture_settle (self);

  return self;
}

static void
test_not_paid (void)
{
  g_autoptr (QccMonitorFixture) self = start_half_open (FALSE, TRUE);

  qcc_monitor_fixture_advance (self, 10 * MINUTE);
  g_assert_cmpuint (qcc_monitor_fixture_take_requests (self, NULL), >=, 9);
  g_assert_cmpuint (qcc_monitor_get_paid_probes_today (self->monitor), ==, 0);
}

/* As many as are allowed on a day, and free checks after that. */
static void
test_paid (void)
{
  g_autoptr (QccMonitorFixture) self = start_half_open (TRUE, TRUE);

  qcc_monitor_fixture_advance (self, 10 * MINUTE);
  g_assert_cmpuint (count_messages (self), ==, 3);
  g_assert_cmpuint (qcc_monitor_get_paid_probes_today (self->monitor), ==, 3);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), >=, 9);

  qcc_manual_clock_set_wall_offset (self->clock, QCC_MANUAL_CLOCK_WALL_OFFSET + 24 * QCC_MONITOR_HOUR);
  g_assert_cmpuint (qcc_monitor_get_paid_probes_today (self->monitor), ==, 0);
  qcc_monitor_note_exchange (self->monitor);
  qcc_monitor_fixture_advance (self, 10 * MINUTE);
  g_assert_cmpuint (count_messages (self), ==, 6);
}

/* What is free comes first, and what it costs money to find out follows at once. */
static void
test_free_first (void)
{
  g_autoptr (QccMonitorFixture) self = start_half_open (TRUE, FALSE);
  g_autoptr (QccFakeRequest) first = NULL;

  while (qcc_fake_provider_get_n_requests (self->provider) == 0)
    qcc_monitor_fixture_advance (self, SECOND);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 2);
  first = qcc_fake_provider_get_request (self->provider, 0);
  g_assert_cmpstr (first->target, ==, "/one/v1/models");
  g_assert_cmpuint (count_messages (self), ==, 1);
}

/* A circuit that is closed or open has no use for one. */
static void
test_paid_only_half_open (void)
{
  g_autoptr (QccMonitorFixture) self = start_half_open (TRUE, TRUE);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");

  entry->state.circuit = QCC_CIRCUIT_CLOSED;
  qcc_monitor_fixture_advance (self, 5 * MINUTE);
  g_assert_cmpuint (qcc_monitor_fixture_take_requests (self, NULL), >=, 4);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/monitor-demand/demand", test_demand);
  g_test_add_func ("/monitor-demand/counts", test_demand_counts);
  g_test_add_func ("/monitor-demand/unknown", test_unknown);
  g_test_add_func ("/monitor-demand/at-most", test_at_most);
  g_test_add_func ("/monitor-demand/at-most-scheduled", test_at_most_scheduled);
  g_test_add_func ("/monitor-demand/cancelled", test_cancelled);
  g_test_add_func ("/monitor-demand/stopped", test_stopped);
  g_test_add_func ("/monitor-demand/key-replaced", test_key_replaced);
  g_test_add_func ("/monitor-demand/offline", test_offline);
  g_test_add_func ("/monitor-demand/not-paid", test_not_paid);
  g_test_add_func ("/monitor-demand/paid", test_paid);
  g_test_add_func ("/monitor-demand/free-first", test_free_first);
  g_test_add_func ("/monitor-demand/paid-only-half-open", test_paid_only_half_open);

  return g_test_run ();
}
