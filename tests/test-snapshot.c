/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/qcc-error.h"
#include "common/qcc-snapshot.h"

#define PROFILE_WITH(member) "{\"version\":1,\"profiles\":[{\"name\":\"p\"," member "}]}"

static QccSnapshot *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  QccSnapshot *snapshot = qcc_snapshot_new_from_json (text, -1, &error);

  g_assert_no_error (error);
  return snapshot;
}

static void
test_newer (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSnapshot) snapshot = qcc_snapshot_new_from_json ("{\"version\":2,\"profiles\":5}", -1, &error);

  g_test_summary ("A file of a newer QCC is told from a damaged one");
  g_assert_null (snapshot);
  g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "newer QCC"));
}

static void
test_balancing (void)
{
  g_autoptr (QccSnapshot) unset = parse (PROFILE_WITH ("\"tier\":\"primary\""));
  g_autoptr (QccSnapshot) set = parse (PROFILE_WITH ("\"health_aware\":true,\"sticky_session\":false"));
  const QccProfile *profile = qcc_snapshot_find_profile (unset, "p");

  g_assert_false (profile->has_health_aware);
  g_assert_false (profile->has_sticky_session);

  profile = qcc_snapshot_find_profile (set, "p");
  g_assert_true (profile->has_health_aware && profile->health_aware);
  g_assert_true (profile->has_sticky_session && !profile->sticky_session);
}

static void
test_retired_ids (void)
{
  g_autoptr (QccSnapshot) snapshot = parse ("{\"version\":1,\"retired_ids\":[\"p-1\",\"p-3\",\"other\"],\"profiles\":[{\"name\":\"p\","
                                            "\"endpoints\":[{\"base_url\":\"https://h\"},{\"base_url\":\"https://h\"}]}]}");

  g_test_summary ("A default id is none that was used once");
  g_assert_cmpuint (g_hash_table_size (snapshot->retired_ids), ==, 3);
  g_assert_nonnull (qcc_snapshot_find_endpoint (snapshot, "p-2"));
  g_assert_nonnull (qcc_snapshot_find_endpoint (snapshot, "p-4"));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/snapshot/newer", test_newer);
  g_test_add_func ("/snapshot/balancing", test_balancing);
  g_test_add_func ("/snapshot/retired-ids", test_retired_ids);

  return g_test_run ();
}
