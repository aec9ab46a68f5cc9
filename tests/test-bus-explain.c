/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-error.h"
#include "tests/qcc-bus-docs.h"
#include "tests/qcc-bus-watch.h"
#include "tests/qcc-live-fixture.h"

/* Why a request went where it went, and who serves now, as the bus tells it. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define ONE 0
#define TWO 1

static const char *service_program;

/* `work` with `one`, and `spare` with `two`, which only helps out. */
static QccLiveFixture *
start (void)
{
  QccLiveFixture *fixture = qcc_live_fixture_new (service_program);
  g_autoptr (QccDBusProfile1) spare = NULL;
  g_autoptr (GError) error = NULL;

  qcc_live_fixture_set_setting (fixture, "health.enabled", "false");
  qcc_live_fixture_add (fixture, "work", ONE);
  qcc_live_fixture_add (fixture, "spare", TWO);
  spare = qcc_bus_fixture_get_profile (fixture->bus, "spare");
  qcc_dbus_profile1_call_set_tier_sync (spare, "fallback", CALL, NULL, &error);
  g_assert_no_error (error);

  return fixture;
}

static void
refuse_explain (QccLiveFixture *fixture,
                const char *id,
                QccError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_dbus_manager1_call_explain_sync (fixture->bus->manager, id, CALL, NULL, NULL, &error));
  g_assert_error (error, QCC_ERROR, (int) code);
}

static GVariant *
explain (QccLiveFixture *fixture,
         const char *id)
{
  GVariant *explanation = NULL;
  g_autoptr (GError) error = NULL;

  qcc_dbus_manager1_call_explain_sync (fixture->bus->manager, id, CALL, &explanation, NULL, &error);
  g_assert_no_error (error);

  return explanation;
}

static GVariant *
list_exchanges (QccLiveFixture *fixture,
                guint limit)
{
  GVariant *exchanges = NULL;
  g_autoptr (GError) error = NULL;

  qcc_dbus_manager1_call_list_exchanges_sync (fixture->bus->manager, limit, CALL, &exchanges, NULL, &error);
  g_assert_no_error (error);

  return exchanges;
}

typedef struct
{
  QccLiveFixture *fixture;
  gsize n;
} Wait;

static gboolean
are_listed (gpointer data)
{
  const Wait *wait = data;
  g_autoptr (GVariant) exchanges = list_exchanges (wait->fixture, 0);

  return g_variant_n_children (exchanges) == wait->n;
}

/* An answer is whole a little before its exchange is over. */
static void
wait_for_exchanges (QccLiveFixture *fixture,
                    gsize n)
{
  Wait wait = { fixture, n };

  qcc_bus_fixture_wait_for (fixture->bus, are_listed, &wait);
}

static void
assert_text (GVariant *dict,
             const char *member,
             const char *expected)
{
  const char *text = NULL;

  g_assert_true (g_variant_lookup (dict, member, "&s", &text));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_refused (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  const char *const nonsense[] = { "x", "1x", " 1", "-1", "0", "1.5", "99999999999999999999" };
  g_autoptr (GVariant) none = list_exchanges (fixture, 0);

  g_assert_cmpuint (g_variant_n_children (none), ==, 0);
  refuse_explain (fixture, "", QCC_ERROR_NOT_FOUND);
  refuse_explain (fixture, "1", QCC_ERROR_NOT_FOUND);

  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  wait_for_exchanges (fixture, 1);
  refuse_explain (fixture, "1000000", QCC_ERROR_NOT_FOUND);
  for (gsize i = 0; i < G_N_ELEMENTS (nonsense); i++)
    refuse_explain (fixture, nonsense[i], QCC_ERROR_INVALID_ARGUMENT);
}

static void
assert_fallback (GVariant *explanation)
{
  g_autoptr (GVariant) choices = g_variant_lookup_value (explanation, "choices", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) attempts = g_variant_lookup_value (explanation, "attempts", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) first = g_variant_get_child_value (attempts, 0);
  g_autoptr (GVariant) last_choice = g_variant_get_child_value (choices, g_variant_n_children (choices) - 1);
  g_autoptr (GVariant) last = g_variant_get_child_value (attempts, g_variant_n_children (attempts) - 1);
  guint status;

  assert_text (explanation, "endpoint", "two");
  assert_text (explanation, "profile", "spare");
  assert_text (explanation, "start", "work");
  assert_text (explanation, "start-reason", "active");
  assert_text (first, "endpoint", "one");
  assert_text (first, "class", "overload");
  g_assert_true (g_variant_lookup (first, "status", "u", &status));
  g_assert_cmpuint (status, ==, 529);
  assert_text (last_choice, "step", "fallback");
  assert_text (last, "endpoint", "two");
  assert_text (last, "class", "");
}

static void
test_explained (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccBusDocs) docs = qcc_bus_docs_new ();
  g_autoptr (QccBusDocs) line_docs = qcc_bus_docs_new ();
  g_autoptr (GVariant) exchanges = NULL;
  g_autoptr (GVariant) one_exchange = NULL;
  g_autoptr (GVariant) newest = NULL;
  g_autoptr (GVariant) oldest = NULL;
  g_autoptr (GVariant) explained = NULL;
  g_autoptr (GVariant) by_number = NULL;
  g_autofree char *number = NULL;
  guint64 newest_id;
  guint64 oldest_id;

  qcc_bus_docs_add (docs, "Manager1", "explanation");
  qcc_bus_docs_add (docs, "Manager1", "exchanges");
  qcc_bus_docs_add (line_docs, "Manager1", "exchanges");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  qcc_live_fixture_script (fixture, ONE, "error 529 overloaded_error busy");
  qcc_raw_answer_free (qcc_live_fixture_ask (fixture, ""));
  wait_for_exchanges (fixture, 2);

  exchanges = list_exchanges (fixture, 0);
  qcc_bus_docs_assert (line_docs, exchanges);
  newest = g_variant_get_child_value (exchanges, 0);
  oldest = g_variant_get_child_value (exchanges, 1);
  assert_text (newest, "endpoint", "two");
  assert_text (oldest, "endpoint", "one");
  assert_text (oldest, "model", "claude-test");
  g_assert_true (g_variant_lookup (newest, "id", "t", &newest_id));
  g_assert_true (g_variant_lookup (oldest, "id", "t", &oldest_id));
  g_assert_cmpuint (newest_id, >, oldest_id);
  one_exchange = list_exchanges (fixture, 1);
  g_assert_cmpuint (g_variant_n_children (one_exchange), ==, 1);

  explained = explain (fixture, "");
  qcc_bus_docs_assert (docs, explained);
  assert_fallback (explained);
  number = g_strdup_printf ("%" G_GUINT64_FORMAT, oldest_id);
  by_number = explain (fixture, number);
  assert_text (by_number, "endpoint", "one");
  qcc_bus_docs_assert (docs, by_number);
}

static void
test_serving (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccBusWatch) watch = qcc_bus_watch_new (fixture->bus);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Who gave the last answer, while the active profile stays what it is");
  qcc_bus_fixture_assert_text (fixture->bus, "Serving", "work");
  qcc_live_fixture_script (fixture, ONE, "error 529 overloaded_error busy");
  qcc_raw_answer_free (qcc_live_fixture_ask (fixture, ""));
  qcc_raw_answer_free (qcc_live_fixture_ask (fixture, ""));
  qcc_bus_watch_expect (watch, "qcc.Serving", "spare");
  qcc_bus_fixture_assert_text (fixture->bus, "ActiveProfile", "work");

  qcc_dbus_manager1_call_switch_profile_sync (fixture->bus->manager, "spare", "to see", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_watch_expect (watch, "qcc.PinnedProfile", "spare");
  qcc_bus_watch_expect (watch, "qcc.Pinned", "true");
  qcc_bus_watch_expect (watch, "qcc.ActiveProfile", "spare");
  qcc_bus_watch_expect (watch, "qcc.Serving", "spare");
  qcc_bus_watch_forget (watch);

  /* Nobody has answered since: it is the active one. */
  qcc_dbus_manager1_call_release_sync (fixture->bus->manager, CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_watch_expect (watch, "qcc.PinnedProfile", "");
  qcc_bus_fixture_assert_text (fixture->bus, "PinnedProfile", "");
  qcc_bus_watch_expect (watch, "qcc.ActiveProfile", "work");
  qcc_bus_watch_expect (watch, "qcc.Serving", "work");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-explain/refused", test_refused);
  g_test_add_func ("/bus-explain/explained", test_explained);
  g_test_add_func ("/bus-explain/serving", test_serving);

  return g_test_run ();
}
