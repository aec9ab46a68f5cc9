/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "common/qcc-error.h"
#include "tests/qcc-live-fixture.h"

/* Nothing wakes up when nothing happens (spec 7.2): the kernel counts how often each thread has slept. */

#define QUIET_MS 5000
#define CHECKED_MS 11500 /* a little longer than the shortest interval */
#define INTERVAL "10"

static const char *service_program;

/* Returns: how often the threads of the service have gone to sleep since they began */
static guint64
count_sleeps (guint32 pid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%u/task", pid);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  g_autoptr (GRegex) regex = g_regex_new ("^voluntary_ctxt_switches:\\s*([0-9]+)$", G_REGEX_MULTILINE, 0, NULL);
  const char *name;
  guint64 sum = 0;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, "status", NULL);
      g_autofree char *text = NULL;
      g_autoptr (GMatchInfo) match = NULL;
      g_autofree char *number = NULL;

      /* One that has just ended. */
      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      g_assert_true (g_regex_match (regex, text, 0, &match));
      number = g_match_info_fetch (match, 1);
      sum += g_ascii_strtoull (number, NULL, 10);
    }

  return sum;
}

static gboolean
on_over (gpointer user_data)
{
  gboolean *over = user_data;

  *over = TRUE;

  return G_SOURCE_REMOVE;
}

static void
let_pass (guint ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, on_over, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

typedef struct
{
  guint32 pid;
  guint64 n_sleeps;
  gint64 since;
} Settling;

/* What was begun by the last call ends: idle threads, figures that are stored a while later. */
static gboolean
has_settled (gpointer data)
{
  Settling *self = data;
  guint64 n_sleeps = count_sleeps (self->pid);
  gint64 now = g_get_monotonic_time ();

  if (n_sleeps != self->n_sleeps || self->since == 0)
    {
      self->n_sleeps = n_sleeps;
      self->since = now;
    }

  return now - self->since > G_USEC_PER_SEC;
}

static void
test_quiet (void)
{
  g_autoptr (QccLiveFixture) fixture = qcc_live_fixture_new (service_program);
  Settling settling = { .pid = qcc_bus_fixture_get_pid (fixture->bus) };
  guint64 before;

  g_test_summary ("Two healthy endpoints and no traffic: the process sleeps");
  qcc_live_fixture_add (fixture, "work", 0);
  qcc_live_fixture_add (fixture, "work", 1);
  qcc_bus_fixture_wait_for (fixture->bus, has_settled, &settling);

  before = count_sleeps (settling.pid);
  let_pass (QUIET_MS);
  g_assert_cmpuint (count_sleeps (settling.pid), ==, before);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[i]), ==, 0);

  /* The count is one of what it should be. */
  g_assert_cmpuint (qcc_bus_fixture_get_port (fixture->bus), !=, 0);
  g_assert_cmpuint (count_sleeps (settling.pid), >, before);
}

static void
test_checked (void)
{
  g_autoptr (QccLiveFixture) fixture = qcc_live_fixture_new (service_program);
  guint n_messages[2];

  g_test_summary ("After an exchange each endpoint is checked at most once in an interval, and without a message");
  qcc_live_fixture_set_setting (fixture, "health.check-interval", INTERVAL);
  qcc_live_fixture_add (fixture, "work", 0);
  qcc_live_fixture_add (fixture, "work", 1);
  qcc_live_fixture_serve (fixture, "");
  for (guint i = 0; i < 2; i++)
    n_messages[i] = qcc_fake_provider_get_n_requests (fixture->providers[i]);

  let_pass (CHECKED_MS);
  for (guint i = 0; i < 2; i++)
    {
      guint n = qcc_fake_provider_get_n_requests (fixture->providers[i]);

      g_assert_cmpuint (n, >, n_messages[i]);
      g_assert_cmpuint (n - n_messages[i], <=, 2);
      for (guint j = n_messages[i]; j < n; j++)
        {
          g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (fixture->providers[i], j);

          g_assert_cmpstr (request->target, ==, "/v1/models");
        }
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-idle/quiet", test_quiet);
  g_test_add_func ("/bus-idle/checked", test_checked);

  return g_test_run ();
}
