/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-enums.h"
#include "common/qcc-error.h"
#include "common/qcc-failure-class.h"

static void
test_round_trip (void)
{
  GType types[] = { QCC_TYPE_TIER, QCC_TYPE_STRATEGY, QCC_TYPE_AUTH_SCHEME, QCC_TYPE_CLASS };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GEnumClass) klass = g_type_class_ref (types[i]);

      g_assert_cmpuint (klass->n_values, >, 0);
      for (guint j = 0; j < klass->n_values; j++)
        {
          g_autoptr (GError) error = NULL;
          int value = -1;

          g_assert_true (qcc_enum_from_nick (types[i], klass->values[j].value_nick, &value, &error));
          g_assert_no_error (error);
          g_assert_cmpint (value, ==, klass->values[j].value);
          g_assert_cmpstr (qcc_enum_to_nick (types[i], value), ==, klass->values[j].value_nick);
        }
    }
}

static void
test_unknown (void)
{
  const char *bad[] = { "", "Primary", "primary ", "first" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      int value = 42;

      g_assert_false (qcc_enum_from_nick (QCC_TYPE_TIER, bad[i], &value, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, "primary, secondary, fallback, disabled"));
      g_assert_cmpint (value, ==, 42);
    }
}

/* These words are in profile files and in logs. */
static void
test_classes (void)
{
  g_autofree char *words = qcc_enum_list_nicks (QCC_TYPE_CLASS);

  g_assert_cmpstr (words, ==,
                   "transient, overload, rate-limit, auth, forbidden, billing, unsupported, request, client, offline");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/enums/round-trip", test_round_trip);
  g_test_add_func ("/enums/unknown", test_unknown);
  g_test_add_func ("/enums/classes", test_classes);

  return g_test_run ();
}
