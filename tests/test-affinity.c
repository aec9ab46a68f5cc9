/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-affinity.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define TTL 18000 /* seconds */

static QccAffinityKey
key_of (const char *session)
{
  return (QccAffinityKey){ .session = session };
}

static void
bind (QccAffinity *affinity,
      const char *session,
      const char *endpoint_id,
      gint64 now)
{
  QccAffinityKey key = key_of (session);

  qcc_affinity_bind (affinity, &key, endpoint_id, FALSE, now);
}

/* @expected: an endpoint, or NULL for no binding. */
static void
assert_bound (QccAffinity *affinity,
              const QccAffinityKey *key,
              gint64 now,
              const char *expected)
{
  QccBinding binding = { 0 };

  g_assert_cmpint (qcc_affinity_lookup (affinity, key, now, &binding), ==, expected != NULL);
  g_assert_cmpstr (binding.endpoint_id, ==, expected);
}

static void
assert_session (QccAffinity *affinity,
                const char *session,
                gint64 now,
                const char *expected)
{
  QccAffinityKey key = key_of (session);

  assert_bound (affinity, &key, now, expected);
}

/* Each part of the key counts, a missing one is not an empty one, and none runs into the next. */
static void
test_keys (void)
{
  static const QccAffinityKey keys[] = {
    { "s", NULL, NULL },
    { "s", "", NULL },
    { "s", NULL, "" },
    { "s", "m", NULL },
    { "s", NULL, "m" },
    { "s", "m", "t" },
    { "s", "mt", NULL },
    { "s", "n", "t" },
    { "s", "m", "u" },
    { "t", "m", "t" },
    { "sm", "", "t" },
    /* the hash of these texts is the same */
    { "aB", "m", "t" },
    { "b!", "m", "t" },
    { "s", "aB", "t" },
    { "s", "b!", "t" },
    { "s", "m", "aB" },
    { "s", "m", "b!" },
  };
  g_autoptr (QccAffinity) affinity = qcc_affinity_new (QCC_AFFINITY_MAX);

  g_assert_cmpuint (g_str_hash ("aB"), ==, g_str_hash ("b!"));
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *endpoint = g_strdup_printf ("e%" G_GSIZE_FORMAT, i);

      assert_bound (affinity, &keys[i], 0, NULL);
      qcc_affinity_bind (affinity, &keys[i], endpoint, FALSE, 0);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *endpoint = g_strdup_printf ("e%" G_GSIZE_FORMAT, i);

      assert_bound (affinity, &keys[i], 0, endpoint);
    }
}

static void
test_rebind (void)
{
  g_autoptr (QccAffinity) affinity = qcc_affinity_new (QCC_AFFINITY_MAX);
  QccAffinityKey key = key_of ("s");
  QccBinding binding;

  qcc_affinity_bind (affinity, &key, "a", FALSE, 5);
  qcc_affinity_note_success (affinity, &key, "b", 6);
  g_assert_true (qcc_affinity_lookup (affinity, &key, 6, &binding));
  g_assert_cmpint (binding.last_success, ==, 0);
  qcc_affinity_note_success (affinity, &key, "a", 7);

  /* The same again keeps what is known of it, but the kind of cache is that of the last request. */
  qcc_affinity_bind (affinity, &key, "a", TRUE, 9);
  g_assert_true (qcc_affinity_lookup (affinity, &key, 9, &binding));
  g_assert_cmpint (binding.bound_at, ==, 5);
  g_assert_cmpint (binding.last_success, ==, 7);
  g_assert_true (binding.long_cache);

  qcc_affinity_bind (affinity, &key, "b", FALSE, 11);
  g_assert_true (qcc_affinity_lookup (affinity, &key, 11, &binding));
  g_assert_cmpstr (binding.endpoint_id, ==, "b");
  g_assert_cmpint (binding.bound_at, ==, 11);
  g_assert_cmpint (binding.last_success, ==, 0);
  g_assert_false (binding.long_cache);
  g_assert_cmpuint (qcc_affinity_get_n_bindings (affinity), ==, 1);
}

static void
test_unbind (void)
{
  g_autoptr (QccAffinity) affinity = qcc_affinity_new (QCC_AFFINITY_MAX);
  QccAffinityKey key = key_of ("s");
  guint era = qcc_affinity_get_era (affinity);

  qcc_affinity_unbind (affinity, &key, "a");
  bind (affinity, "s", "a", 0);
  bind (affinity, "t", "b", 0);
  bind (affinity, "u", "a", 0);
  qcc_affinity_unbind (affinity, &key, "b");
  assert_session (affinity, "s", 0, "a");
  qcc_affinity_unbind (affinity, &key, "a");
  assert_session (affinity, "s", 0, NULL);

  bind (affinity, "s", "a", 0);
  qcc_affinity_unbind_endpoint (affinity, "a");
  assert_session (affinity, "s", 0, NULL);
  assert_session (affinity, "t", 0, "b");
  assert_session (affinity, "u", 0, NULL);
  g_assert_cmpuint (qcc_affinity_get_era (affinity), ==, era);

  qcc_affinity_clear (affinity);
  g_assert_cmpuint (qcc_affinity_get_n_bindings (affinity), ==, 0);
  g_assert_cmpuint (qcc_affinity_get_era (affinity), !=, era);
  bind (affinity, "s", "a", 0);
  assert_session (affinity, "s", 0, "a");
}

static void
test_ttl (void)
{
  g_autoptr (QccAffinity) affinity = qcc_affinity_new (QCC_AFFINITY_MAX);
  gint64 now = 0;

  bind (affinity, "s", "a", now);
  bind (affinity, "t", "b", now);

  /* Each look is a use. */
  now += TTL * SECOND - 1;
  assert_session (affinity, "s", now, "a");
  now += 1;
  assert_session (affinity, "t", now, NULL);
  now += TTL * SECOND - 2;
  assert_session (affinity, "s", now, "a");

  qcc_affinity_set_ttl (affinity, 10);
  now += 10 * SECOND - 1;
  assert_session (affinity, "s", now, "a");
  now += 10 * SECOND;
  assert_session (affinity, "s", now, NULL);
}

/* What has expired goes away as others come, not all at once. */
static void
test_sweep (void)
{
  g_autoptr (QccAffinity) affinity = qcc_affinity_new (QCC_AFFINITY_MAX);
  gint64 now = TTL * SECOND;

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *session = g_strdup_printf ("s%u", i);

      bind (affinity, session, "a", 0);
    }
  bind (affinity, "new", "a", now);
  g_assert_cmpuint (qcc_affinity_get_n_bindings (affinity), >, 900);
  /* One that is still there is not found all the same, and starts anew. */
  assert_session (affinity, "s999", now, NULL);
  bind (affinity, "s999", "b", now);
  assert_session (affinity, "s999", now, "b");
  for (guint i = 0; i < 1000; i++)
    assert_session (affinity, "new", now, "a");
  g_assert_cmpuint (qcc_affinity_get_n_bindings (affinity), ==, 2);
}

/* The binding that was used longest ago makes room for one too many. */
static void
test_max (void)
{
  g_autoptr (QccAffinity) affinity = qcc_affinity_new (QCC_AFFINITY_MAX);

  for (guint i = 0; i < QCC_AFFINITY_MAX; i++)
    {
      g_autofree char *session = g_strdup_printf ("s%u", i);

      bind (affinity, session, "a", i);
    }
  g_assert_cmpuint (qcc_affinity_get_n_bindings (affinity), ==, QCC_AFFINITY_MAX);
  assert_session (affinity, "s0", QCC_AFFINITY_MAX, "a");

  bind (affinity, "one-more", "b", QCC_AFFINITY_MAX);
  g_assert_cmpuint (qcc_affinity_get_n_bindings (affinity), ==, QCC_AFFINITY_MAX);
  assert_session (affinity, "s0", QCC_AFFINITY_MAX, "a");
  assert_session (affinity, "s1", QCC_AFFINITY_MAX, NULL);
  assert_session (affinity, "s2", QCC_AFFINITY_MAX, "a");
  assert_session (affinity, "one-more", QCC_AFFINITY_MAX, "b");

  /* One that is bound already needs no room. */
  bind (affinity, "s0", "b", QCC_AFFINITY_MAX);
  g_assert_cmpuint (qcc_affinity_get_n_bindings (affinity), ==, QCC_AFFINITY_MAX);
}

static void
test_cold (void)
{
  static const struct
  {
    gint64 bound_at; /* seconds */
    gint64 last_success;
    gboolean long_cache;
    gint64 cold_at;
  } rows[] = {
    { 100, 0, FALSE, 400 },
    { 100, 0, TRUE, 3700 },
    { 100, 250, FALSE, 550 },
    { 100, 250, TRUE, 3850 },
  };

  for (gsize r = 0; r < G_N_ELEMENTS (rows); r++)
    {
      QccBinding binding = {
        .bound_at = rows[r].bound_at * SECOND,
        .last_success = rows[r].last_success * SECOND,
        .long_cache = rows[r].long_cache,
      };

      g_assert_false (qcc_binding_is_cold (&binding, rows[r].cold_at * SECOND - 1));
      g_assert_true (qcc_binding_is_cold (&binding, rows[r].cold_at * SECOND));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/affinity/keys", test_keys);
  g_test_add_func ("/affinity/rebind", test_rebind);
  g_test_add_func ("/affinity/unbind", test_unbind);
  g_test_add_func ("/affinity/ttl", test_ttl);
  g_test_add_func ("/affinity/sweep", test_sweep);
  g_test_add_func ("/affinity/max", test_max);
  g_test_add_func ("/affinity/cold", test_cold);

  return g_test_run ();
}
