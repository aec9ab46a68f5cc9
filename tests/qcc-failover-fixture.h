/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-world.h"

G_BEGIN_DECLS

#define QCC_FAILOVER_SECOND ((gint64) G_USEC_PER_SEC)

#define QCC_FAILOVER_ENDPOINT(id, more) "{\"id\":\"" id "\",\"base_url\":\"https://" id ".example\"" more "}"
#define QCC_FAILOVER_PROFILE(name, tier, endpoints) "{\"name\":\"" name "\",\"tier\":\"" tier "\",\"strategy\":\"failover\",\"endpoints\":[" endpoints "]}"
#define QCC_FAILOVER_FILE_OF(profiles) "{\"version\":1,\"default\":\"A\",\"profiles\":[" profiles "]}"
#define QCC_FAILOVER_OFF ",\"enabled\":false"

#define QCC_FAILOVER_PROFILE_A QCC_FAILOVER_PROFILE ("A", "primary", QCC_FAILOVER_ENDPOINT ("a", ""))
#define QCC_FAILOVER_PROFILE_B QCC_FAILOVER_PROFILE ("B", "secondary", QCC_FAILOVER_ENDPOINT ("b", ""))
#define QCC_FAILOVER_PROFILE_C QCC_FAILOVER_PROFILE ("C", "fallback", QCC_FAILOVER_ENDPOINT ("c", ""))

#define QCC_FAILOVER_ALL QCC_FAILOVER_FILE_OF (QCC_FAILOVER_PROFILE_A "," QCC_FAILOVER_PROFILE_B "," QCC_FAILOVER_PROFILE_C)
#define QCC_FAILOVER_B_DISABLED QCC_FAILOVER_FILE_OF (QCC_FAILOVER_PROFILE_A "," QCC_FAILOVER_PROFILE ("B", "disabled", QCC_FAILOVER_ENDPOINT ("b", "")) "," QCC_FAILOVER_PROFILE_C)
#define QCC_FAILOVER_B_RENAMED QCC_FAILOVER_FILE_OF (QCC_FAILOVER_PROFILE_A "," QCC_FAILOVER_PROFILE ("X", "secondary", QCC_FAILOVER_ENDPOINT ("b", "")) "," QCC_FAILOVER_PROFILE_C)
#define QCC_FAILOVER_WITHOUT_B QCC_FAILOVER_FILE_OF (QCC_FAILOVER_PROFILE_A "," QCC_FAILOVER_PROFILE_C)
#define QCC_FAILOVER_ENDPOINT_OFF QCC_FAILOVER_FILE_OF (QCC_FAILOVER_PROFILE ("A", "primary", QCC_FAILOVER_ENDPOINT ("a", QCC_FAILOVER_OFF)) "," QCC_FAILOVER_PROFILE_B "," QCC_FAILOVER_PROFILE_C)
#define QCC_FAILOVER_WITH_NEW QCC_FAILOVER_FILE_OF (QCC_FAILOVER_PROFILE ("A", "primary", QCC_FAILOVER_ENDPOINT ("a", "") "," QCC_FAILOVER_ENDPOINT ("n", QCC_FAILOVER_OFF)) "," QCC_FAILOVER_PROFILE_B "," QCC_FAILOVER_PROFILE_C)

/**
 * QccFailoverFixture:
 * @world: (owned): the profiles `A`, `B` and `C`, the best first, with the endpoints `a`, `b` and `c`
 * @n_changed: how often the manager said `changed`
 * @result: (owned) (nullable): of the last change by the user
 *
 * A manager of failovers, with requests and checks that a test makes.
 */
typedef struct
{
  QccWorld *world;
  guint n_changed;
  GAsyncResult *result;
} QccFailoverFixture;

void qcc_failover_fixture_set_up (QccFailoverFixture *fixture, gconstpointer data);
void qcc_failover_fixture_tear_down (QccFailoverFixture *fixture, gconstpointer data);
void qcc_failover_fixture_set_broken (QccFailoverFixture *fixture, const char *ids);
const char *qcc_failover_fixture_get_active (QccFailoverFixture *fixture);
void qcc_failover_fixture_ask_times (QccFailoverFixture *fixture, guint n);
void qcc_failover_fixture_check_minutes (QccFailoverFixture *fixture, const char *id, guint minutes);
void qcc_failover_fixture_assert_events (QccFailoverFixture *fixture, const char *expected);
const QccEvent *qcc_failover_fixture_get_last_event (QccFailoverFixture *fixture);
void qcc_failover_fixture_begin_switch (QccFailoverFixture *fixture, const char *name);
gboolean qcc_failover_fixture_end_change (QccFailoverFixture *fixture, GError **error);
void qcc_failover_fixture_switch_to (QccFailoverFixture *fixture, const char *name);
void qcc_failover_fixture_release (QccFailoverFixture *fixture);
void qcc_failover_fixture_bind_session (QccFailoverFixture *fixture, const char *session, const char *endpoint_id);
gboolean qcc_failover_fixture_is_bound (QccFailoverFixture *fixture, const char *session);

G_END_DECLS
