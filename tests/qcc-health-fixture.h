/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-world.h"

G_BEGIN_DECLS

#define QCC_HEALTH_SECOND ((gint64) G_USEC_PER_SEC)

#define QCC_HEALTH_ENDPOINT(id, url) "{\"id\":\"" id "\",\"base_url\":\"" url "\"}"
#define QCC_HEALTH_PROFILE(name, endpoints) "{\"name\":\"" name "\",\"endpoints\":[" endpoints "]}"
#define QCC_HEALTH_FILE_OF(profiles) "{\"version\":1,\"default\":\"A\",\"profiles\":[" profiles "]}"

#define QCC_HEALTH_ALL QCC_HEALTH_FILE_OF (QCC_HEALTH_PROFILE ("A", QCC_HEALTH_ENDPOINT ("one", "https://a.example") "," QCC_HEALTH_ENDPOINT ("two", "https://a.example")) "," QCC_HEALTH_PROFILE ("B", QCC_HEALTH_ENDPOINT ("three", "https://a.example") "," QCC_HEALTH_ENDPOINT ("four", "https://b.example")))
#define QCC_HEALTH_WITHOUT_ONE QCC_HEALTH_FILE_OF (QCC_HEALTH_PROFILE ("A", QCC_HEALTH_ENDPOINT ("two", "https://a.example")) "," QCC_HEALTH_PROFILE ("B", QCC_HEALTH_ENDPOINT ("three", "https://a.example") "," QCC_HEALTH_ENDPOINT ("four", "https://b.example")))
#define QCC_HEALTH_ONE_ELSEWHERE QCC_HEALTH_FILE_OF (QCC_HEALTH_PROFILE ("A", QCC_HEALTH_ENDPOINT ("one", "https://c.example") "," QCC_HEALTH_ENDPOINT ("two", "https://a.example")) "," QCC_HEALTH_PROFILE ("B", QCC_HEALTH_ENDPOINT ("three", "https://a.example") "," QCC_HEALTH_ENDPOINT ("four", "https://b.example")))

#define QCC_HEALTH_REJECTED 401, "authentication_error", -1
#define QCC_HEALTH_BROKEN 500, "api_error", -1

/**
 * QccHealthFixture:
 * @world: (owned): the endpoints of %QCC_HEALTH_ALL; `three` has the address and the key of `one`, `two` only its address,
 *   `four` only its key
 * @signals: (owned): of its health, but `changed` and `observed`: `NAME:ID ` for each
 * @n_changed: how often `changed` came
 *
 * What is said of endpoints to QccHealth, in few words.
 */
typedef struct
{
  QccWorld *world;
  GString *signals;
  guint n_changed;
} QccHealthFixture;

void qcc_health_fixture_restart (QccHealthFixture *fixture);
void qcc_health_fixture_assert_signals (QccHealthFixture *fixture, const char *expected);
QccEndpointEntry *qcc_health_fixture_get_entry (QccHealthFixture *fixture, const char *id);
QccObstacle qcc_health_fixture_get_obstacle (QccHealthFixture *fixture, const char *id);
void qcc_health_fixture_pass_seconds (QccHealthFixture *fixture, guint seconds);
QccHealthAttempt qcc_health_fixture_send (QccHealthFixture *fixture, const char *id);
QccVerdict qcc_health_fixture_make_verdict (guint status, const char *type, int retry_after);
void qcc_health_fixture_fail_attempt (QccHealthFixture *fixture, const char *id, const QccHealthAttempt *attempt, guint status, const char *type, int retry_after);
void qcc_health_fixture_fail (QccHealthFixture *fixture, const char *id, guint status, const char *type, int retry_after);
void qcc_health_fixture_answer (QccHealthFixture *fixture, const char *id, guint milliseconds, const char *model);
void qcc_health_fixture_note_check (QccHealthFixture *fixture, const char *id, guint status, const char *type);
GPtrArray *qcc_health_fixture_list_samples (QccHealthFixture *fixture, const char *id);
gboolean qcc_health_fixture_is_stored (QccHealthFixture *fixture, const char *id);
void qcc_health_fixture_flush (QccHealthFixture *fixture);
QccSimulation *qcc_health_fixture_simulate (QccHealthFixture *fixture, const char *id);
void qcc_health_fixture_end_simulation (QccHealthFixture *fixture, const char *id);
void qcc_health_fixture_break_circuit (QccHealthFixture *fixture, const char *id);
void qcc_health_fixture_reject (QccHealthFixture *fixture, const char *id);
void qcc_health_fixture_set_up (QccHealthFixture *fixture, gconstpointer data);
void qcc_health_fixture_tear_down (QccHealthFixture *fixture, gconstpointer data);

G_END_DECLS
