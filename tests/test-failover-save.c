/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-failover.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

/* Two services in a row: the second one was booted anew. */
#define FIRST_NOW (90000 * SECOND)
#define SECOND_NOW (40 * SECOND)
#define WALL (1767225600 * SECOND)

static const QccFailoverRules rules = { .cooldown = 300 };

/* One that failed over 3000 s and 100 s before it is saved. */
static GVariant *
save_two (void)
{
  g_autoptr (QccFailover) failover = qcc_failover_new ();

  qcc_failover_note_move (failover, "b", TRUE, FIRST_NOW - 3000 * SECOND);
  qcc_failover_note_move (failover, "c", TRUE, FIRST_NOW - 100 * SECOND);

  return g_variant_ref_sink (qcc_failover_save (failover, FIRST_NOW, WALL));
}

static void
assert_loads (GVariant *saved,
              gint64 wall_now,
              guint n_last_hour,
              gint64 cooldown_until)
{
  g_autoptr (QccFailover) failover = qcc_failover_new ();

  qcc_failover_load (failover, saved, SECOND_NOW, wall_now);
  g_assert_cmpuint (qcc_failover_get_n_last_hour (failover, SECOND_NOW), ==, n_last_hour);
  g_assert_cmpint (qcc_failover_get_cooldown_until (failover, &rules), ==, cooldown_until);
}

static void
test_wall (void)
{
  static const struct
  {
    gint64 later; /* what the wall clock says has passed since */
    guint n_last_hour;
    gint64 cooldown_until;
  } rows[] = {
    { 0, 2, SECOND_NOW + 200 * SECOND },
    { 50 * SECOND, 2, SECOND_NOW + 150 * SECOND },
    { 230 * SECOND, 2, SECOND_NOW - 30 * SECOND },
    { 600 * SECOND - 1, 2, 0 },
    { 600 * SECOND, 1, 0 },
    { 3500 * SECOND - 1, 1, 0 },
    { 3500 * SECOND, 0, 0 },
    { DAY, 0, 0 },
    { 10000 * DAY, 0, 0 },
    { -1, 0, 0 },
    { -DAY, 0, 0 },
    { -WALL, 0, 0 },
    { -WALL - DAY, 0, 0 },
  };
  g_autoptr (GVariant) saved = save_two ();

  g_assert_true (g_variant_is_of_type (saved, G_VARIANT_TYPE_VARDICT));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("row %" G_GSIZE_FORMAT, i);
      assert_loads (saved, WALL + rows[i].later, rows[i].n_last_hour, rows[i].cooldown_until);
    }
}

/* What was loaded holds the next failover back, and only for as long as it should. */
static void
test_effect (void)
{
  const QccFailoverRules capped = { .auto_failover = TRUE, .failure_threshold = 1, .cooldown = 300, .max_per_hour = 2 };
  const QccFailoverProfile profiles[] = {
    { "a", QCC_TIER_PRIMARY, { .status = QCC_HEALTH_UNHEALTHY, .n_usable = 1 } },
    { "b", QCC_TIER_SECONDARY, { .status = QCC_HEALTH_HEALTHY, .n_usable = 1 } },
  };
  const QccFailoverInput input = { profiles, G_N_ELEMENTS (profiles), .home = -1 };
  const QccObservation observation = { .exchange = TRUE };
  const struct
  {
    gint64 later;
    QccFailoverAction action;
    QccFailoverNews news;
  } rows[] = {
    { 0, QCC_FAILOVER_STAY, QCC_FAILOVER_NEWS_NONE },
    { 200 * SECOND - 1, QCC_FAILOVER_STAY, QCC_FAILOVER_NEWS_NONE },
    { 200 * SECOND, QCC_FAILOVER_STAY, QCC_FAILOVER_NEWS_CAP },
    { 600 * SECOND, QCC_FAILOVER_MOVE, QCC_FAILOVER_NEWS_NONE },
    { -DAY, QCC_FAILOVER_MOVE, QCC_FAILOVER_NEWS_NONE },
    { DAY, QCC_FAILOVER_MOVE, QCC_FAILOVER_NEWS_NONE },
  };
  g_autoptr (GVariant) saved = save_two ();

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (QccFailover) failover = qcc_failover_new ();
      QccFailoverDecision decision;

      qcc_failover_load (failover, saved, SECOND_NOW, WALL + rows[i].later);
      decision = qcc_failover_observe (failover, &input, &capped, &observation, SECOND_NOW);
      g_assert_cmpint (decision.action, ==, rows[i].action);
      g_assert_cmpint (decision.news, ==, rows[i].news);
    }
}

/* Saved once more at once, it is the same; what is too old by then is left out. */
static void
test_again (void)
{
  g_autoptr (QccFailover) failover = qcc_failover_new ();
  g_autoptr (GVariant) saved = save_two ();
  g_autoptr (GVariant) again = NULL;
  g_autoptr (GVariant) later = NULL;
  g_autoptr (GVariant) moves = NULL;

  qcc_failover_load (failover, saved, SECOND_NOW, WALL);
  again = g_variant_ref_sink (qcc_failover_save (failover, SECOND_NOW, WALL));
  g_assert_true (g_variant_equal (again, saved));

  later = g_variant_ref_sink (qcc_failover_save (failover, SECOND_NOW + 600 * SECOND, WALL + 600 * SECOND));
  moves = g_variant_lookup_value (later, "moves", G_VARIANT_TYPE ("ax"));
  g_assert_cmpuint (g_variant_n_children (moves), ==, 1);
}

/* It takes the place of what was there, also when there is nothing in it. */
static void
test_replaces (void)
{
  g_autoptr (QccFailover) failover = qcc_failover_new ();
  g_autoptr (GVariant) saved = save_two ();

  qcc_failover_note_move (failover, "b", TRUE, SECOND_NOW);
  qcc_failover_load (failover, saved, SECOND_NOW, WALL);
  g_assert_cmpuint (qcc_failover_get_n_last_hour (failover, SECOND_NOW), ==, 2);

  qcc_failover_load (failover, NULL, SECOND_NOW, WALL);
  g_assert_cmpuint (qcc_failover_get_n_last_hour (failover, SECOND_NOW), ==, 0);
  g_assert_cmpint (qcc_failover_get_cooldown_until (failover, &rules), ==, 0);
}

static void
test_nothing (void)
{
  g_autoptr (QccFailover) failover = qcc_failover_new ();
  g_autoptr (GVariant) saved = g_variant_ref_sink (qcc_failover_save (failover, FIRST_NOW, WALL));

  assert_loads (saved, WALL, 0, 0);
}

/* Saved where the machine did not know the date. */
static void
test_epoch (void)
{
  g_autoptr (QccFailover) failover = qcc_failover_new ();
  g_autoptr (GVariant) saved = NULL;

  qcc_failover_note_move (failover, "b", TRUE, FIRST_NOW - 100 * SECOND);
  saved = g_variant_ref_sink (qcc_failover_save (failover, FIRST_NOW, 50 * SECOND));
  assert_loads (saved, 60 * SECOND, 0, 0);
}

static void
test_hostile (void)
{
  static const struct
  {
    const char *text;
    guint n_last_hour;
    gint64 cooldown_until;
  } rows[] = {
    { "'text'", 0, 0 },
    { "@a{sv} {}", 0, 0 },
    { "{'moves': <[int64 1767225599000000]>, 'last-switch': <int64 1767225599000000>}", 0, 0 },
    { "{'saved-at': <'today'>, 'moves': <[int64 1767225599000000]>}", 0, 0 },
    { "{'saved-at': <int64 0>, 'moves': <'many'>, 'last-switch': <true>}", 0, 0 },
    { "{'saved-at': <int64 0>, 'moves': <[uint64 1767225599000000]>}", 0, 0 },
    { "{'saved-at': <int64 0>, 'moves': <[int64 1767225599000000, 1767225600000001, 1767225598000000]>}", 2, 0 },
    { "{'saved-at': <int64 0>, 'moves': <[int64 -9223372036854775808, -1, 0, 1, 9223372036854775807]>}", 0, 0 },
    { "{'saved-at': <int64 0>, 'last-switch': <int64 1767225599000000>}", 0, SECOND_NOW + 299 * SECOND },
    { "{'saved-at': <int64 0>, 'last-switch': <int64 1767225600000000>}", 0, SECOND_NOW + 300 * SECOND },
    { "{'saved-at': <int64 0>, 'last-switch': <int64 1767225600000001>}", 0, 0 },
    { "{'saved-at': <int64 0>, 'last-switch': <int64 -9223372036854775808>}", 0, 0 },
    { "{'saved-at': <int64 0>, 'last-switch': <int64 9223372036854775807>}", 0, 0 },
    { "{'saved-at': <int64 0>, 'last-switch': <int64 1>}", 0, 0 },
    { "{'saved-at': <int64 -9223372036854775808>, 'last-switch': <int64 0>}", 0, 0 },
    { "{'saved-at': <int64 9223372036854775807>, 'moves': <[int64 1767225599000000]>}", 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) saved = g_variant_parse (NULL, rows[i].text, NULL, NULL, &error);

      g_assert_no_error (error);
      g_test_message ("%s", rows[i].text);
      assert_loads (saved, WALL, rows[i].n_last_hour, rows[i].cooldown_until);
    }
}

/* No more than the setting allows is kept, however many there are. */
static void
test_many (void)
{
  GVariantBuilder moves;
  GVariantDict dict;
  g_autoptr (GVariant) saved = NULL;

  g_variant_builder_init (&moves, G_VARIANT_TYPE ("ax"));
  for (gint64 i = 0; i < 5000; i++)
    g_variant_builder_add (&moves, "x", WALL - i);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "saved-at", "x", WALL);
  g_variant_dict_insert_value (&dict, "moves", g_variant_builder_end (&moves));
  saved = g_variant_ref_sink (g_variant_dict_end (&dict));

  assert_loads (saved, WALL, 1000, 0);
}

/* Any bytes. */
static void
test_bytes (void)
{
  g_autoptr (GVariant) saved = save_two ();
  gsize size = g_variant_get_size (saved);

  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (QccFailover) failover = qcc_failover_new ();
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GVariant) broken = NULL;
      guint8 *data = g_memdup2 (g_variant_get_data (saved), size);

      data[g_test_rand_int_range (0, (gint32) size)] = (guint8) g_test_rand_int_range (0, 256);
      data[g_test_rand_int_range (0, (gint32) size)] ^= (guint8) (1u << g_test_rand_int_range (0, 8));
      bytes = g_bytes_new_take (data, (gsize) g_test_rand_int_range (0, (gint32) size + 1));
      broken = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
      qcc_failover_load (failover, broken, SECOND_NOW, WALL + 50 * SECOND);
      g_assert_cmpuint (qcc_failover_get_n_last_hour (failover, SECOND_NOW), <=, size / sizeof (gint64));
      g_assert_cmpint (qcc_failover_get_cooldown_until (failover, &rules), <=, SECOND_NOW + 300 * SECOND);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/failover-save/wall", test_wall);
  g_test_add_func ("/failover-save/effect", test_effect);
  g_test_add_func ("/failover-save/again", test_again);
  g_test_add_func ("/failover-save/replaces", test_replaces);
  g_test_add_func ("/failover-save/nothing", test_nothing);
  g_test_add_func ("/failover-save/epoch", test_epoch);
  g_test_add_func ("/failover-save/hostile", test_hostile);
  g_test_add_func ("/failover-save/many", test_many);
  g_test_add_func ("/failover-save/bytes", test_bytes);

  return g_test_run ();
}
