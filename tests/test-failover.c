/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-failover.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)
#define HOUR (3600 * SECOND)
#define START (50000 * SECOND)

/*
 * Each row is a script of words, and what comes of its observations.
 *
 *   a=bad          the health of a profile, see healths below; a is primary, b secondary, c and d are fallbacks
 *   fail=a         it has just had a failure
 *   x xb           an exchange has finished; an endpoint of b was asked
 *   c cb           a check has finished, of b
 *   xb*3           the same three times, one second apart
 *   +5 +20ms       time passes
 *   active=b       the user goes there; active=- leaves none
 *   home=b pin=b   where the user wants to be
 *   cooldown=0     a setting, see setting() below
 *   hold           decisions are no longer carried out
 *   forget=a       the profile is gone
 *   boot           the clock has just begun to run
 *
 * Each observation answers "." for nothing, ">b" for a move, "<b" for a recovery, and its news.
 */
typedef struct
{
  const char *name;
  const char *script;
  const char *expected;
} Row;

static const Row move_rows[] = {
  { "threshold", "a=bad x*3", ". . >b" },
  { "threshold-one", "failures=1 a=bad x", ">b" },
  { "healthy-between", "a=bad x*2 +1 a=well x +1 a=bad x*3", ". . . . . >b" },
  { "degraded-between", "a=bad x*2 +1 a=weak x +1 a=bad x*3", ". . . . . >b" },
  { "well-now", "hold a=bad x*3 +1 a=weak x", ". . >b ." },
  { "merged", "a=bad x +999ms x +1ms x +999ms x +1ms x", ". . . . >b" },
  { "merged-not-sliding", "a=bad x +600ms x +600ms x +600ms x +600ms x", ". . . . >b" },
  { "merged-newest-bad", "a=bad x*2 +1 a=well x +500ms a=bad x", ". . . >b" },
  { "merged-newest-well", "a=bad x*2 +500ms a=well x +500ms a=bad x*3", ". . . . . >b" },
  { "checks-count", "a=bad ca*3", ". . >b" },
  { "checks-of-others", "a=bad cb*5", ". . . . ." },
  { "checks-of-nobody", "a=bad c*5", ". . . . ." },
  { "served-elsewhere", "a=bad xb*3", ". . >b" },
  { "active-named", "a=bad xa*3", ". . >b" },
  { "stranger-named", "a=bad xz*3", ". . >b" },
  { "empty", "a=empty x*3", ". . >b" },
  { "off", "auto=0 a=dead x*5", ". . . . ." },
  { "repeated", "hold a=bad x*5", ". . >b >b >b" },
  { "probing-says-nothing", "a=bad x*2 +1 a=probing x*3 +1 a=bad x", ". . . . . >b" },
  { "probing-does-not-count", "a=bad x +1 a=probing x*3 +1 a=bad x*2", ". . . . . >b" },
  { "probing-stays", "hold a=bad x*3 +1 a=probing x", ". . >b ." },
  { "probing-first", "a=probing x*5", ". . . . ." },
  { "manual-resets", "a=bad x*2 active=b active=a +1 x*3", ". . . . >b" },
  { "new-one-resets", "b=bad cb*2 active=b +1 x*3", ". . . . >a" },
  { "forgotten", "a=bad x*2 forget=a +1 x*3", ". . . . >b" },
  { "no-active", "active=- a=bad x*3 ca*3 cb*4", ". . . . . . . . . ." },
};

static const Row target_rows[] = {
  { "first", "active=c c=bad x*3", ". . >a" },
  { "healthy-before-degraded", "b=weak a=bad x*3", ". . >c" },
  { "first-degraded", "b=weak c=weak d=weak a=bad x*3", ". . >b" },
  { "not-unhealthy", "b=bad c=empty d=weak a=bad x*3", ". . >d" },
  { "none-once", "b=bad c=dead d=empty a=bad x*5", ". . none . ." },
  { "none-then-one", "b=bad c=bad d=bad a=bad x*3 +1 c=weak x", ". . none >c" },
  { "none-again", "b=bad c=bad d=bad a=bad x*3 +1 a=weak x +1 a=bad x*4", ". . none . . . none ." },
  { "none-after-move", "b=bad c=bad d=bad a=bad x*3 active=b +1 x*3", ". . none . . none" },
  { "none-in-cooldown", "a=bad x*3 b=bad c=bad d=bad +1 x*5 +300 x", ". . >b . . . . . none" },
  { "none-before-cap", "cap=1 cooldown=0 a=bad x*3 b=bad c=bad d=bad +1 x*4", ". . >b . . none ." },
  { "pinned-is-protected", "pin=a a=bad x*3", ". . >b" },
};

static const Row limit_rows[] = {
  { "cooldown", "a=bad x*3 b=bad +1 x*3 +296 x +1 x", ". . >b . . . . >c" },
  { "cooldown-unusable", "a=bad x*3 b=dead +1 x*3", ". . >b . . >c" },
  { "cooldown-empty", "a=bad x*3 b=empty +1 x*3", ". . >b . . >c" },
  { "cooldown-none", "cooldown=0 a=bad x*3 b=bad +1 x*3", ". . >b . . >c" },
  { "cooldown-manual", "active=b b=bad x*3", ". . >a" },
  { "cooldown-of-recovery", "active=b ca*3 +1 a=bad x*5 +1 a=dead x", ". . <a . . . . . >b" },
  { "cap-once", "cap=2 cooldown=0 a=bad x*3 +1 b=bad x*3 +1 c=bad x*5", ". . >b . . >c . . cap . ." },
  { "cap-ends", "cap=1 cooldown=0 a=bad x*3 +1 b=bad x*3 +3596 x +1 x", ". . >b . . cap . >c" },
  { "cap-again", "cap=1 cooldown=0 a=bad x*3 +1 b=bad x*3 +1 b=well x +1 b=bad x*4", ". . >b . . cap . . . cap ." },
  { "cap-after-move", "cap=1 cooldown=0 a=bad x*3 +1 b=bad x*3 active=c c=bad +1 x*4", ". . >b . . cap . . cap ." },
  { "cap-unusable", "cap=1 a=bad x*3 +1 b=dead x*4", ". . >b . . cap ." },
  { "cap-manual", "cap=1 active=b active=a a=bad x*3", ". . >b" },
  { "cap-not-recovery",
    "cap=2 cooldown=0 a=bad x*3 +1 a=well ca*3 +1 a=bad x*3 +1 a=well ca*3 +1 a=bad x*3",
    ". . >b . . <a . . >b . . <a . . cap" },
  { "cap-or-home", "cap=1 cooldown=0 a=bad x*3 +1 a=well b=bad xa*3", ". . >b . . <a" },
};

static const Row recovery_rows[] = {
  { "home", "active=b ca*3", ". . <a" },
  { "home-by-exchange", "active=b xa*3", ". . <a" },
  { "home-merged", "active=b ca ca ca +1 ca +1 ca", ". . . . <a" },
  { "threshold", "success=5 active=b ca*5", ". . . . <a" },
  { "row-broken", "active=b ca*2 +1 a=bad ca +1 a=well ca*3", ". . . . . <a" },
  { "delay", "active=b fail=a ca*3 +597 ca +1 ca", ". . . . <a" },
  { "delay-none", "delay=0 active=b fail=a ca*3", ". . <a" },
  { "not-degraded", "active=b a=weak ca*5 +1 a=well ca", ". . . . . <a" },
  { "not-unhealthy-now", "hold active=b ca*3 +1 a=bad x", ". . <a ." },
  { "not-unobserved", "active=b x*5 cb*5", ". . . . . . . . . ." },
  { "while-probing", "active=b a=trying ca*3", ". . <a" },
  { "off", "recovery=0 active=b ca*5", ". . . . ." },
  { "repeated", "hold active=b ca*5", ". . <a <a <a" },
  { "in-cooldown", "delay=0 a=bad x*3 +1 a=well ca*3", ". . >b . . <a" },
  { "after-boot", "boot active=b ca*3", ". . <a" },
  { "left-one-resets", "active=b x*3 active=c a=dead +1 cb*3", ". . . . . <b" },
  { "counts-anew", "active=b ca*2 active=a active=b +1 ca*3", ". . . . <a" },
  { "no-home", "home=- active=b ca*5", ". . . . ." },
  { "at-home", "home=c active=c ca*5 cb*5", ". . . . . . . . . ." },
  { "home-of-worse-tier", "home=c active=a cc*3", ". . <c" },
  { "better-tier", "active=c a=dead cb*3", ". . <b" },
  { "best-of-better", "home=d d=dead active=c hold ca*3 +1 cb*3", ". . <a <a <a <a" },
  { "home-before-better", "home=b active=c hold cb*3 +1 ca*3", ". . <b <b <b <b" },
  { "better-than-home", "home=b b=dead active=c ca*3", ". . <a" },
  { "same-tier", "active=d a=dead b=dead cc*5", ". . . . ." },
  { "worse-tier", "active=b a=dead cc*5", ". . . . ." },
  { "pinned-only-home", "pin=b b=dead active=c ca*4 +1 b=well cb*3", ". . . . . . <b" },
  { "move-first", "active=b b=bad xa*3", ". . >a" },
};

static const Row all_rows[] = {
  { "down-once", "a=dead b=dead c=dead d=empty x*5", "down . none . ." },
  { "back-once", "auto=0 a=dead b=dead c=dead d=dead x*2 +1 a=bad x*2", "down . back ." },
  { "back-and-move", "a=dead b=dead c=dead d=dead x*3 +1 d=well cd", "down . none >d,back" },
  { "down-again", "auto=0 a=dead b=dead c=dead d=dead x +1 b=weak x +1 b=dead x", "down back down" },
  { "move-is-not-back", "auto=0 a=dead b=dead c=dead d=dead x active=b +1 x", "down ." },
  { "with-others", "auto=0 a=dead b=dead c=dead d=bad x*2", ". ." },
  { "last-one-falls", "auto=0 a=dead b=dead c=dead x +1 d=dead cd", ". down" },
  { "not-set-up", "a=empty b=empty c=empty d=empty x*5", ". . . . ." },
  { "emptied-is-not-back", "auto=0 a=dead b=empty c=empty d=empty x +1 a=empty x +1 a=dead x", "down . ." },
  { "probing", "auto=0 a=probing b=dead c=dead d=dead ca +1 a=dead ca +1 a=probing ca +1 a=well ca", ". down . back" },
  { "no-active", "active=- a=dead b=dead c=dead d=dead x*2 +1 c=well cc", "down . back" },
};

/* Outages of every tier and the way back, one step after the other. */
static const Row story_rows[] = {
  { "chain", "a=bad x*3 +1 b=dead x*3 +1 b=well cb*3 +1 a=well ca*3", ". . >b . . >c . . <b . . <a" },
  { "chain-timed",
    "fail=a a=bad x*3 +1 fail=b b=dead x*3 +590 a=well b=well ca*3 +1 cb*3",
    ". . >b . . >c . . . . . <a" },
};

typedef struct
{
  QccFailover *failover; /* (owned) */
  QccFailoverRules rules;
  QccFailoverProfile profiles[4];
  QccFailoverInput input;
  gint64 now;
  gboolean hold;
  GString *answers; /* (owned) */
} Bench;

static const struct
{
  const char *word;
  QccProfileHealth health;
} healths[] = {
  { "well", { .status = QCC_HEALTH_HEALTHY, .n_usable = 2 } },
  { "trying", { .status = QCC_HEALTH_HEALTHY, .n_usable = 1, .probing = TRUE } },
  { "weak", { .status = QCC_HEALTH_DEGRADED, .n_usable = 1 } },
  { "bad", { .status = QCC_HEALTH_UNHEALTHY, .n_usable = 1 } },
  { "dead", { .status = QCC_HEALTH_UNHEALTHY } },
  { "probing", { .status = QCC_HEALTH_UNHEALTHY, .probing = TRUE } },
  { "empty", { .status = QCC_HEALTH_EMPTY } },
};

static void
set_health (QccFailoverProfile *profile,
            const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (healths); i++)
    if (g_str_equal (healths[i].word, word))
      {
        gint64 last_failure = profile->health.last_failure;

        profile->health = healths[i].health;
        profile->health.last_failure = last_failure;
        return;
      }

  g_error ("no such health: %s", word);
}

static void
bench_init (Bench *self)
{
  static const QccTier tiers[] = { QCC_TIER_PRIMARY, QCC_TIER_SECONDARY, QCC_TIER_FALLBACK, QCC_TIER_FALLBACK };
  static const char *const names[] = { "a", "b", "c", "d" };

  *self = (Bench){
    .failover = qcc_failover_new (),
    .rules = { TRUE, TRUE, .failure_threshold = 3, .success_threshold = 3, .cooldown = 300, .recovery_delay = 600, .max_per_hour = 10 },
    .now = START,
    .answers = g_string_new (NULL),
  };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      self->profiles[i] = (QccFailoverProfile){ .name = names[i], .tier = tiers[i] };
      set_health (&self->profiles[i], "well");
    }
  self->input = (QccFailoverInput){ .profiles = self->profiles, .n_profiles = G_N_ELEMENTS (names) };
}

static void
bench_clear (Bench *self)
{
  qcc_failover_free (self->failover);
  g_string_free (self->answers, TRUE);
}

/* "-" is none. */
static gssize
find (const char *name)
{
  g_assert_cmpuint (strlen (name), ==, 1);

  return name[0] == '-' ? -1 : name[0] - 'a';
}

static void
observe (Bench *self,
         gboolean exchange,
         const char *profile)
{
  static const char *const news[] = { "cap", "none", "down", "back" };
  const QccObservation observation = { .exchange = exchange, .profile = *profile != '\0' ? profile : NULL };
  QccFailoverDecision decision =
      qcc_failover_observe (self->failover, &self->input, &self->rules, &observation, self->now);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *answer = NULL;

  g_assert_cmpint (decision.target >= 0, ==, decision.action != QCC_FAILOVER_STAY);
  if (decision.action != QCC_FAILOVER_STAY)
    {
      const char *name = self->profiles[decision.target].name;

      g_ptr_array_add (parts, g_strconcat (decision.action == QCC_FAILOVER_MOVE ? ">" : "<", name, NULL));
      if (!self->hold)
        {
          qcc_failover_note_move (self->failover, name, TRUE, self->now);
          self->input.active = decision.target;
        }
    }
  for (gsize i = 0; i < G_N_ELEMENTS (news); i++)
    if (decision.news & (1u << i))
      g_ptr_array_add (parts, g_strdup (news[i]));
  if (parts->len == 0)
    g_ptr_array_add (parts, g_strdup ("."));
  g_ptr_array_add (parts, NULL);

  answer = g_strjoinv (",", (char **) parts->pdata);
  if (self->answers->len > 0)
    g_string_append_c (self->answers, ' ');
  g_string_append (self->answers, answer);
}

static void
observe_often (Bench *self,
               const char *word)
{
  g_auto (GStrv) parts = g_strsplit (word + 1, "*", 2);
  guint64 times = parts[0] != NULL && parts[1] != NULL ? g_ascii_strtoull (parts[1], NULL, 10) : 1;

  for (guint64 i = 0; i < times; i++)
    {
      self->now += i > 0 ? SECOND : 0;
      observe (self, word[0] == 'x', parts[0] != NULL ? parts[0] : "");
    }
}

static gboolean
setting (Bench *self,
         const char *name,
         const char *value)
{
  const struct
  {
    const char *name;
    guint *value;
  } settings[] = {
    { "failures", &self->rules.failure_threshold },
    { "success", &self->rules.success_threshold },
    { "cooldown", &self->rules.cooldown },
    { "delay", &self->rules.recovery_delay },
    { "cap", &self->rules.max_per_hour },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (settings[i].name, name))
      {
        *settings[i].value = (guint) g_ascii_strtoull (value, NULL, 10);
        return TRUE;
      }

  return FALSE;
}

static void
assign (Bench *self,
        const char *name,
        const char *value)
{
  if (setting (self, name, value))
    return;

  if (g_str_equal (name, "auto"))
    self->rules.auto_failover = *value == '1';
  else if (g_str_equal (name, "recovery"))
    self->rules.auto_recovery = *value == '1';
  else if (g_str_equal (name, "forget"))
    qcc_failover_forget (self->failover, value);
  else if (g_str_equal (name, "fail"))
    self->profiles[find (value)].health.last_failure = self->now;
  else if (g_str_equal (name, "home") || g_str_equal (name, "pin"))
    {
      self->input.home = find (value);
      self->input.pinned = g_str_equal (name, "pin");
    }
  else if (g_str_equal (name, "active"))
    {
      self->input.active = find (value);
      if (self->input.active >= 0)
        qcc_failover_note_move (self->failover, value, FALSE, self->now);
    }
  else
    set_health (&self->profiles[find (name)], value);
}

static void
run (Bench *self,
     const char *script)
{
  g_auto (GStrv) words = g_strsplit (script, " ", -1);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      char *value = strchr (words[i], '=');

      if (value != NULL)
        {
          *value = '\0';
          assign (self, words[i], value + 1);
        }
      else if (words[i][0] == '+')
        self->now += g_ascii_strtoll (words[i] + 1, NULL, 10) * (g_str_has_suffix (words[i], "ms") ? 1000 : SECOND);
      else if (g_str_equal (words[i], "hold"))
        self->hold = TRUE;
      else if (g_str_equal (words[i], "boot"))
        self->now = SECOND;
      else if (words[i][0] == 'x' || words[i][0] == 'c')
        observe_often (self, words[i]);
      else
        g_error ("no such word: %s", words[i]);
    }
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  Bench bench;

  bench_init (&bench);
  run (&bench, row->script);
  g_assert_cmpstr (bench.answers->str, ==, row->expected);
  bench_clear (&bench);
}

static void
test_figures (void)
{
  Bench bench;

  bench_init (&bench);
  g_assert_cmpuint (qcc_failover_get_n_last_hour (bench.failover, bench.now), ==, 0);
  g_assert_cmpint (qcc_failover_get_cooldown_until (bench.failover, &bench.rules), ==, 0);

  run (&bench, "active=b active=a");
  g_assert_cmpuint (qcc_failover_get_n_last_hour (bench.failover, bench.now), ==, 0);
  g_assert_cmpint (qcc_failover_get_cooldown_until (bench.failover, &bench.rules), ==, 0);

  run (&bench, "a=bad x*3 delay=0 +8 a=well ca*3");
  g_assert_cmpstr (bench.answers->str, ==, ". . >b . . <a");
  g_assert_cmpuint (qcc_failover_get_n_last_hour (bench.failover, START + 12 * SECOND), ==, 1);
  g_assert_cmpuint (qcc_failover_get_n_last_hour (bench.failover, START + 2 * SECOND + HOUR - 1), ==, 1);
  g_assert_cmpuint (qcc_failover_get_n_last_hour (bench.failover, START + 2 * SECOND + HOUR), ==, 0);
  g_assert_cmpint (qcc_failover_get_cooldown_until (bench.failover, &bench.rules), ==, START + 312 * SECOND);
  bench_clear (&bench);
}

/* What is forgotten is neither the profile that was left nor where to recover to. */
static void
test_forget (void)
{
  Bench bench;

  bench_init (&bench);
  run (&bench, "hold active=b ca*3 forget=a forget=b forget=z");
  g_assert_cmpstr (bench.answers->str, ==, ". . <a");
  qcc_failover_note_move (bench.failover, "a", TRUE, bench.now);
  g_assert_cmpuint (qcc_failover_get_n_last_hour (bench.failover, bench.now), ==, 1);
  bench_clear (&bench);
}

/* Everything fails and heals at random for a day: no hour sees more than the cap, and the cool-down holds. */
static void
test_flapping (gconstpointer data)
{
  gint64 cooldown = GPOINTER_TO_INT (data);
  g_autoptr (GArray) moves = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 last_switch = 0;
  Bench bench;

  bench_init (&bench);
  bench.rules.cooldown = (guint) cooldown;
  bench.rules.recovery_delay = 60;
  for (gint64 second = 0; second < 24 * 3600; second += 5)
    {
      gsize flapping = (gsize) g_test_rand_int_range (0, G_N_ELEMENTS (bench.profiles));
      gssize before = bench.input.active;

      bench.now = START + second * SECOND;
      set_health (&bench.profiles[flapping], g_test_rand_bit () ? "well" : "bad");
      g_string_truncate (bench.answers, 0);
      observe (&bench, TRUE, bench.profiles[flapping].name);
      if (bench.input.active == before)
        continue;

      if (bench.answers->str[0] == '>')
        {
          g_assert_true (last_switch == 0 || bench.now - last_switch >= cooldown * SECOND);
          g_array_append_val (moves, bench.now);
        }
      last_switch = bench.now;
    }

  for (guint i = 10; i < moves->len; i++)
    g_assert_cmpint (g_array_index (moves, gint64, i) - g_array_index (moves, gint64, i - 10), >=, HOUR);
  g_test_message ("%u moves", moves->len);
  g_assert_cmpuint (moves->len, >, 24);
  g_assert_cmpuint (moves->len, <=, 240);
  bench_clear (&bench);
}

static void
add_rows (const char *folder,
          const Row *rows,
          gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++)
    {
      g_autofree char *path = g_strdup_printf ("/failover/%s/%s", folder, rows[i].name);

      g_test_add_data_func (path, &rows[i], test_row);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  add_rows ("move", move_rows, G_N_ELEMENTS (move_rows));
  add_rows ("target", target_rows, G_N_ELEMENTS (target_rows));
  add_rows ("limit", limit_rows, G_N_ELEMENTS (limit_rows));
  add_rows ("recovery", recovery_rows, G_N_ELEMENTS (recovery_rows));
  add_rows ("all", all_rows, G_N_ELEMENTS (all_rows));
  add_rows ("story", story_rows, G_N_ELEMENTS (story_rows));
  g_test_add_func ("/failover/figures", test_figures);
  g_test_add_func ("/failover/forget", test_forget);
  g_test_add_data_func ("/failover/flapping/no-cooldown", GINT_TO_POINTER (0), test_flapping);
  g_test_add_data_func ("/failover/flapping/cooldown", GINT_TO_POINTER (300), test_flapping);

  return g_test_run ();
}
