/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "tests/qcc-policy-fixture.h"

/* What each setting may be, and what is said of it (spec 11.1). */

typedef QccTestPolicy Fixture;

/* Spec 11.1 names these; the rest is of notifications and tray. */
static const char *const names_of_spec =
    "admission: max-active max-waiting rate-per-second;"
    "failover: auto-failover auto-recovery cooldown failure-threshold fallback-enabled max-failovers-per-hour recovery-delay "
    "repair-thinking success-threshold;"
    "health: alert-enabled alert-threshold check-interval enabled level paid-probes paid-probes-per-day retry-count timeout "
    "weight-adjustment;"
    "loadbalancer: affinity-ttl health-aware sticky-session strategy;"
    "proxy: access-log allowed-origins connect-timeout exchange-timeout first-byte-timeout host idle-timeout log-level "
    "max-body-size max-upstream-per-endpoint port require-token ssl-certificate ssl-enabled ssl-key transparent;"
    "queue: alert-threshold enabled hold-limit max-retries max-size persistence-enabled retry-strategy store-bodies ttl";

static void
test_names (Fixture *self,
            gconstpointer data)
{
  g_autoptr (GPtrArray) list = qcc_policy_list (self->policy);
  g_auto (GStrv) children = g_strsplit (names_of_spec, ";", -1);
  guint n = 0;

  for (gsize i = 0; children[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (children[i], ": ", 2);
      g_auto (GStrv) keys = g_strsplit (parts[1], " ", -1);

      for (gsize j = 0; keys[j] != NULL; j++)
        {
          g_autofree char *name = g_strdup_printf ("%s.%s", parts[0], keys[j]);
          QccSettingInfo *info;

          while (g_str_has_prefix (((QccSettingInfo *) list->pdata[n])->name, "notifications."))
            n++;
          info = list->pdata[n++];
          g_assert_cmpstr (info->name, ==, name);
        }
    }
  for (; n < list->len; n++)
    g_assert_true (g_str_has_prefix (((QccSettingInfo *) list->pdata[n])->name, "tray."));
}

static void
test_described (Fixture *self,
                gconstpointer data)
{
  g_autoptr (GPtrArray) list = qcc_policy_list (self->policy);
  const char *const types[] = { "integer", "boolean", "choice", "text", "list", NULL };

  g_assert_cmpuint (list->len, >, 60);
  for (guint i = 0; i < list->len; i++)
    {
      QccSettingInfo *info = list->pdata[i];

      g_test_message ("%s", info->name);
      g_assert_true (g_strv_contains (types, info->type));
      g_assert_cmpint (strlen (info->summary), >, 10);
      g_assert_cmpint (strlen (info->description), >, 10);
      g_assert_cmpint (strlen (info->allowed), >, 3);
      g_assert_cmpstr (info->value, ==, info->default_value);
      g_assert_true (info->is_default);
      g_assert_true (info->is_writable);
    }
}

/* Spec 11.1 and the chapters that it stands for. */
static void
test_defaults (Fixture *self,
               gconstpointer data)
{
  const char *const defaults[][2] = {
    { "proxy.host", "localhost" },
    { "proxy.port", "7860" },
    { "proxy.require-token", "false" },
    { "proxy.max-body-size", "67108864" },
    { "proxy.allowed-origins", "" },
    { "admission.max-active", "100" },
    { "admission.max-waiting", "1000" },
    { "health.level", "api" },
    { "health.check-interval", "60" },
    { "health.retry-count", "3" },
    { "queue.hold-limit", "45" },
    { "queue.retry-strategy", "exponential" },
    { "queue.ttl", "86400" },
    { "loadbalancer.strategy", "weighted" },
    { "loadbalancer.affinity-ttl", "18000" },
    { "failover.cooldown", "300" },
    { "failover.recovery-delay", "600" },
    { "failover.max-failovers-per-hour", "10" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++)
    qcc_test_policy_assert_value (self->policy, defaults[i][0], defaults[i][1]);
}

static void
assert_good (Fixture *self,
             const char *name,
             const char *text,
             const char *printed)
{
  g_autofree char *expected = g_strdup_printf ("%s=%s;", name, printed);
  g_autofree char *before = qcc_test_policy_get (self->policy, name);

  g_string_truncate (self->log, 0);
  qcc_test_policy_assert_set (self->policy, name, text);
  qcc_test_policy_assert_value (self->policy, name, printed);
  g_assert_cmpstr (self->log->str, ==, g_str_equal (before, printed) ? "" : expected);
}

static void
test_integers (Fixture *self,
               gconstpointer data)
{
  const char *const bad[] = { "", "x", "1x", "0x10", "1.5", "- 1", "1 2", "99999999999999999999", "true", "\xff" };
  g_autoptr (GPtrArray) list = qcc_policy_list (self->policy);

  for (guint i = 0; i < list->len; i++)
    {
      QccSettingInfo *info = list->pdata[i];
      int min, max;
      g_autofree char *low = NULL, *high = NULL, *below = NULL, *above = NULL;

      if (!g_str_equal (info->type, "integer"))
        continue;
      g_test_message ("%s", info->name);
      g_assert_cmpint (sscanf (info->allowed, "%d to %d", &min, &max), ==, 2);
      low = g_strdup_printf ("%d", min);
      high = g_strdup_printf (" %d\n", max);
      below = g_strdup_printf ("%d", min - 1);
      above = g_strdup_printf ("%d", max + 1);

      assert_good (self, info->name, low, low);
      assert_good (self, info->name, high, g_strstrip (high));
      qcc_test_policy_assert_refused (self, info->name, below, QCC_ERROR_INVALID_ARGUMENT, info->allowed);
      qcc_test_policy_assert_refused (self, info->name, above, QCC_ERROR_INVALID_ARGUMENT, info->allowed);
      for (gsize j = 0; j < G_N_ELEMENTS (bad); j++)
        qcc_test_policy_assert_refused (self, info->name, bad[j], QCC_ERROR_INVALID_ARGUMENT, info->allowed);
    }
}

static void
test_booleans (Fixture *self,
               gconstpointer data)
{
  const char *const good[][2] = {
    { "on", "true" },
    { "off", "false" },
    { "yes", "true" },
    { "no", "false" },
    { "1", "true" },
    { "0", "false" },
    { "TRUE", "true" },
    { " false ", "false" },
  };
  const char *const bad[] = { "", "2", "ja", "truefalse", "maybe", "\xc3" };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    assert_good (self, "proxy.access-log", good[i][0], good[i][1]);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    qcc_test_policy_assert_refused (self, "proxy.access-log", bad[i], QCC_ERROR_INVALID_ARGUMENT, "true or false");
}

static void
test_choices (Fixture *self,
              gconstpointer data)
{
  const char *const bad[] = { "", "Weighted", "weighted,failover", "0", "round_robin" };
  g_autofree char *strategies = qcc_enum_list_nicks (QCC_TYPE_STRATEGY);

  assert_good (self, "loadbalancer.strategy", "round-robin", "round-robin");
  g_assert_cmpint (qcc_policy_get_values (self->policy)->strategy, ==, QCC_STRATEGY_ROUND_ROBIN);
  assert_good (self, "loadbalancer.strategy", "least-connections", "least-connections");
  g_assert_cmpint (qcc_policy_get_values (self->policy)->strategy, ==, QCC_STRATEGY_LEAST_CONNECTIONS);
  assert_good (self, "loadbalancer.strategy", "failover", "failover");
  g_assert_cmpint (qcc_policy_get_values (self->policy)->strategy, ==, QCC_STRATEGY_FAILOVER);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    qcc_test_policy_assert_refused (self, "loadbalancer.strategy", bad[i], QCC_ERROR_INVALID_ARGUMENT, strategies);

  assert_good (self, "proxy.log-level", "debug", "debug");
  g_assert_cmpint (qcc_policy_get_values (self->policy)->log_level, ==, G_LOG_LEVEL_DEBUG);
}

static void
test_texts_and_lists (Fixture *self,
                      gconstpointer data)
{
  const char *const paths[] = { "relative", "~/cert.pem", "./x", " /etc/x", "/etc/\xff" };
  const QccPolicyValues *values = qcc_policy_get_values (self->policy);

  assert_good (self, "proxy.ssl-certificate", "/etc/ssl/a b.pem", "/etc/ssl/a b.pem");
  assert_good (self, "proxy.ssl-certificate", "", "");
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      qcc_test_policy_assert_refused (self, "proxy.ssl-certificate", paths[i], QCC_ERROR_INVALID_ARGUMENT, "absolute path");
      qcc_test_policy_assert_refused (self, "proxy.ssl-key", paths[i], QCC_ERROR_INVALID_ARGUMENT, "absolute path");
    }

  assert_good (self, "proxy.allowed-origins", " http://a , http://b,, ", "http://a,http://b");
  g_assert_cmpuint (g_strv_length (values->allowed_origins), ==, 2);
  assert_good (self, "proxy.allowed-origins", "", "");
  g_assert_cmpuint (g_strv_length (values->allowed_origins), ==, 0);
  qcc_test_policy_assert_refused (self, "proxy.allowed-origins", "http://\xe4", QCC_ERROR_INVALID_ARGUMENT, "commas");
}

static void
test_host (Fixture *self,
           gconstpointer data)
{
  const char *const bad[] = { "", "example.com", "LOCALHOST", "127.0.0.1:80", "[::1]", "256.1.1.1", "localhost " };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    qcc_test_policy_assert_refused (self, "proxy.host", bad[i], QCC_ERROR_INVALID_ARGUMENT, "IP address");
  qcc_test_policy_assert_refused (self, "proxy.host", "192.0.2.1", QCC_ERROR_REFUSED, "proxy.require-token");
  qcc_test_policy_assert_refused (self, "proxy.host", "0.0.0.0", QCC_ERROR_REFUSED, "proxy.require-token");
  qcc_test_policy_assert_refused (self, "proxy.host", "::", QCC_ERROR_REFUSED, "proxy.require-token");
  assert_good (self, "proxy.host", "::1", "::1");
  assert_good (self, "proxy.host", "127.0.0.2", "127.0.0.2");

  assert_good (self, "proxy.require-token", "on", "true");
  g_assert_true (qcc_policy_get_values (self->policy)->require_token);
  assert_good (self, "proxy.host", "0.0.0.0", "0.0.0.0");
  qcc_test_policy_assert_refused (self, "proxy.require-token", "off", QCC_ERROR_REFUSED, "proxy.host");
  {
    g_autoptr (GError) error = NULL;

    g_assert_false (qcc_test_policy_reset (self->policy, "proxy.require-token", &error));
    g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
    qcc_test_policy_assert_value (self->policy, "proxy.require-token", "true");
  }
  qcc_test_policy_assert_reset (self->policy, "proxy.host");
  qcc_test_policy_assert_reset (self->policy, "proxy.require-token");
}

static void
test_unknown (Fixture *self,
              gconstpointer data)
{
  const struct
  {
    const char *name;
    const char *hint;
  } names[] = {
    { "port", "Similar ones are: proxy.port" },
    { "prox.port", "Similar ones are: proxy.port" },
    { "queue.nothing", "queue.hold-limit" },
    { "queue", "queue.hold-limit" },
    { "", "proxy.port" },
    { ".", "proxy.port" },
    { "proxy.port.x", "proxy.port" },
    { "PROXY.PORT", "config list" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) set_error = NULL;
      g_autoptr (GError) reset_error = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", names[i].name);
      g_assert_null (qcc_policy_describe (self->policy, names[i].name, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
      g_assert_nonnull (strstr (error->message, names[i].hint));
      g_assert_false (qcc_test_policy_set (self->policy, names[i].name, "1", &set_error));
      g_assert_error (set_error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
      g_assert_false (qcc_test_policy_reset (self->policy, names[i].name, &reset_error));
      g_assert_error (reset_error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
    }
}

/* What a person gave by mistake may be a key. */
static void
test_bad_value_not_repeated (Fixture *self,
                             gconstpointer data)
{
  const char *const names[] = { "proxy.port", "proxy.access-log", "loadbalancer.strategy", "proxy.host", "proxy.ssl-key" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (qcc_test_policy_set (self->policy, names[i], "precious", &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
      g_assert_null (strstr (error->message, "precious"));
      g_assert_true (g_str_has_prefix (error->message, names[i]));
    }
}

#define ADD(name, function) g_test_add ("/policy-values/" name, Fixture, said, qcc_test_policy_set_up, function, qcc_test_policy_tear_down)

int
main (int argc,
      char **argv)
{
  GString *said = g_string_new (NULL);
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  qcc_test_policy_keep_log (said);

  ADD ("names", test_names);
  ADD ("described", test_described);
  ADD ("defaults", test_defaults);
  ADD ("integers", test_integers);
  ADD ("booleans", test_booleans);
  ADD ("choices", test_choices);
  ADD ("texts-and-lists", test_texts_and_lists);
  ADD ("host", test_host);
  ADD ("unknown", test_unknown);
  ADD ("bad-value-not-repeated", test_bad_value_not_repeated);

  status = g_test_run ();
  g_string_free (said, TRUE);

  return status;
}
