/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-world.h"

/*
 * An hour in which everything happens, on a clock that the test moves: three tiers with two endpoints each, a request
 * every second, a free check a minute for whatever is not healthy. Asserted is every single event of that hour and when
 * it came, who served at every moment, and how many requests found nobody.
 */

#define N_ENDPOINTS 6

#define ENDPOINT(id, priority) "{\"id\":\"" id "\",\"base_url\":\"https://" id ".example\",\"priority\":" #priority "}"
#define PROFILE(name, tier, one, two) \
  "{\"name\":\"" name "\",\"tier\":\"" tier "\",\"strategy\":\"failover\",\"endpoints\":[" ENDPOINT (one, 0) "," ENDPOINT (two, 1) "]}"

static const char *const profiles =
    "{\"version\":1,\"default\":\"A\",\"profiles\":[" PROFILE ("A", "primary", "a1", "a2") "," PROFILE ("B", "secondary", "b1", "b2") "," PROFILE ("C", "fallback", "c1", "c2") "]}";

static const char *const ids[N_ENDPOINTS] = { "a1", "a2", "b1", "b2", "c1", "c2" };

/* How an endpoint behaves for a time. */
typedef enum
{
  WELL,
  DOWN,      /* refuses connections */
  BROKEN,    /* 500 */
  LIMITED,   /* 429, Retry-After 30 */
  BAD_KEY,   /* 401 authentication_error */
  WALL,      /* 403 with a page in HTML */
  FLAPS,     /* 500 every other time */
  UNREACHED, /* no route, and the network monitor says so */
} Mood;

typedef struct
{
  guint from; /* seconds into the hour */
  guint to;
  const char *endpoints; /* ids, separated by spaces */
  Mood mood;
} Act;

static const Act hour[] = {
  /* One endpoint of two: its neighbour serves, the profile stays. */
  { 60, 240, "a1", DOWN },
  /* Both: the profile moves to B. */
  { 300, 760, "a1 a2", BROKEN },
  /* Then B too, inside of the cool-down, which does not hold who has nobody: on to C. A comes back when it has been well
   * for long enough. */
  { 600, 700, "b1 b2", BROKEN },
  /* A rate limit on all of A: 30 s each time, so that A has nobody. */
  { 1500, 1560, "a1 a2", LIMITED },
  /* The key of b1 is refused while A is away; B's other endpoint serves. */
  { 1500, 1700, "b1", BAD_KEY },
  /* A wall before c1 says nothing about anybody while nobody is sent there. */
  { 1500, 2400, "c1", WALL },
  /* An endpoint that flaps is never reason enough to move. */
  { 2300, 2500, "a1", FLAPS },
  /* No network at all: nobody is charged. */
  { 2600, 2660, "a1 a2 b1 b2 c1 c2", UNREACHED },
  /* The machine sleeps from 2700 to 3000: see below. */
  /* Everything is down: all tiers, then back. */
  { 3100, 3220, "a1 a2 b1 b2 c1 c2", DOWN },
};

#define SLEEP_FROM 2700
#define SLEEP_SECONDS 300

static Mood
get_mood (QccWorld *world,
          const char *id)
{
  gint64 second = qcc_world_get_second (world);
  Mood mood = WELL;

  for (guint i = 0; i < G_N_ELEMENTS (hour); i++)
    {
      g_auto (GStrv) names = g_strsplit (hour[i].endpoints, " ", -1);

      if (second >= hour[i].from && second < hour[i].to && g_strv_contains ((const char *const *) names, id))
        mood = hour[i].mood;
    }

  return mood;
}

static gboolean
answer (QccWorld *world,
        const char *id,
        QccFailure *failure)
{
  switch (get_mood (world, id))
    {
    case WELL:
      return FALSE;
    case DOWN:
      failure->transport = QCC_TRANSPORT_FAILURE_REFUSED;
      return TRUE;
    case BROKEN:
      failure->status = 500;
      failure->error_type = "api_error";
      return TRUE;
    case LIMITED:
      failure->status = 429;
      failure->error_type = "rate_limit_error";
      failure->retry_after = 30;
      return TRUE;
    case BAD_KEY:
      failure->status = 401;
      failure->error_type = "authentication_error";
      return TRUE;
    case WALL:
      failure->status = 403;
      failure->text = "<html>no</html>";
      failure->text_length = 15;
      return TRUE;
    case FLAPS:
      failure->status = 500;
      return qcc_world_get_second (world) % 2 == 0;
    case UNREACHED:
      failure->transport = QCC_TRANSPORT_FAILURE_NO_ROUTE;
      failure->network_available = FALSE;
      return TRUE;
    }

  g_assert_not_reached ();
}

/* Each is checked once a minute, but for those that have just answered. */
static void
check_due (QccWorld *world,
           const char *server,
           gint64 *last_checks)
{
  gint64 now = qcc_world_get_time (world);

  for (guint i = 0; i < N_ENDPOINTS; i++)
    {
      if (g_strcmp0 (ids[i], server) == 0)
        last_checks[i] = now;
      if (now - last_checks[i] < 60 * G_USEC_PER_SEC)
        continue;
      last_checks[i] = now;
      qcc_world_check (world, ids[i]);
    }
}

/* Who served, a line for each change; "-" for nobody. */
static void
note_server (GString *served,
             gint64 second,
             const char *id,
             char **last)
{
  if (g_strcmp0 (id, *last) == 0)
    return;

  g_string_append_printf (served, "%" G_GINT64_FORMAT " %s\n", second, id);
  g_free (*last);
  *last = g_strdup (id);
}

static char *
run_hour (QccWorld *world)
{
  GString *served = g_string_new (NULL);
  gint64 last_checks[N_ENDPOINTS] = { 0 };
  g_autofree char *last = NULL;

  while (qcc_world_get_second (world) < 3600)
    {
      g_autofree char *server = NULL;

      if (qcc_world_get_second (world) == SLEEP_FROM)
        {
          qcc_manual_clock_advance (world->clock, SLEEP_SECONDS * G_USEC_PER_SEC);
          qcc_health_tick (world->health);
        }
      server = qcc_world_ask (world, NULL);
      note_server (served, qcc_world_get_second (world), server != NULL ? server : "-", &last);
      check_due (world, server, last_checks);
      qcc_world_settle (world);
      qcc_manual_clock_advance (world->clock, G_USEC_PER_SEC);
    }

  return g_string_free (served, FALSE);
}

static const char *const expected_events =
    /* the third second in which A has nobody */
    "303 failover A B\n"
    "603 failover B C\n"
    /* home is not well yet, but B is better than C: 600 s after its last failure */
    "1260 recovery C B\n"
    "1319 recovery B A\n"
    /* A is limited: the sessions go to B, where the second 401 disables b1 */
    "1501 endpoint-disabled b1\n"
    "1502 failover A B\n"
    "1739 endpoint-enabled b1\n"
    "2159 recovery B A\n"
    /* no event of the flapping, of the sleep, or of being offline */
    "3102 all-down A\n"
    "3103 no-target A\n"
    "3220 back A\n";

static const char *const expected_servers =
    "0 a1\n"
    "60 a2\n"
    /* a1 is well again at 240, but the check that finds out comes a second before the next outage */
    "300 b1\n"
    "600 c1\n"
    "1261 b1\n"
    "1320 a1\n"
    "1500 b2\n"
    "1740 b1\n"
    "2160 a1\n"
    "2300 a2\n"
    "2540 a1\n"
    "2600 -\n"
    "2660 a1\n"
    "3100 -\n"
    "3220 a1\n";

static void
test_hour (void)
{
  QccWorld *world = qcc_world_new (profiles, answer);
  g_autofree char *served = run_hour (world);
  g_autofree char *events = qcc_world_list_events (world);

  g_assert_cmpstr (events, ==, expected_events);
  g_assert_cmpstr (served, ==, expected_servers);
  qcc_world_free (world);
}

/* With checks switched off nobody but the requests tells of A, and those go to B: a failover must not be for good. */
static void
test_without_checks (void)
{
  QccWorld *world = qcc_world_new (profiles, answer);
  g_autofree char *events = NULL;

  qcc_world_set_switch (world, "health", "enabled", FALSE);
  qcc_manual_clock_advance (world->clock, 290 * G_USEC_PER_SEC);
  while (qcc_world_get_second (world) < 1450)
    {
      g_autofree char *server = qcc_world_ask (world, NULL);

      g_assert_nonnull (server);
      qcc_world_settle (world);
      qcc_manual_clock_advance (world->clock, G_USEC_PER_SEC);
    }

  events = qcc_world_list_events (world);
  g_assert_cmpstr (events, ==, "303 failover A B\n603 failover B C\n1200 recovery C A\n");
  qcc_world_free (world);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/scripted-hour/events", test_hour);
  g_test_add_func ("/scripted-hour/without-checks", test_without_checks);

  return g_test_run ();
}
