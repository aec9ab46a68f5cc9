/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-fake-network.h"
#include "tests/qcc-manual-clock.h"
#include "tests/qcc-proxy-fixture.h"

G_BEGIN_DECLS

#define QCC_DAY_SECOND ((gint64) G_USEC_PER_SEC)
#define QCC_DAY_MINUTE 60
#define QCC_DAY_HOUR 3600

/* What is due within a step happens at its end. */
#define QCC_DAY_STEP 5

/* The indices of the providers. */
enum
{
  QCC_DAY_ONE,
  QCC_DAY_TWO,
  QCC_DAY_THREE,
  QCC_DAY_FOUR,
  QCC_DAY_N_PROVIDERS,
};

/**
 * QccDay:
 * @fixture: (owned): a service with four providers, which are asked in turn, and with the settings that it comes with
 * @clock: (unowned): its time
 * @n_asked: exchanges of the test
 * @checks: (owned) (element-type gint64): when each endpoint was checked, seconds of the clock
 * @last_checks: wall time of the last of them
 *
 * Days of a whole service, as long as a test wants them to be.
 */
typedef struct
{
  QccProxyFixture *fixture;
  QccManualClock *clock;
  guint n_asked;
  GArray *checks[QCC_DAY_N_PROVIDERS];
  gint64 last_checks[QCC_DAY_N_PROVIDERS];
} QccDay;

QccMonitor *qcc_day_get_monitor (QccDay *day);
QccEndpointEntry *qcc_day_get_entry (QccDay *day, guint index);
QccEndpointView qcc_day_view (QccDay *day, guint index);
gint64 qcc_day_get_seconds (QccDay *day);
void qcc_day_settle (QccDay *day);
void qcc_day_pass (QccDay *day, guint seconds);
void qcc_day_set_up (QccDay *day, gconstpointer data);
void qcc_day_tear_down (QccDay *day, gconstpointer data);
guint qcc_day_count_requests (QccDay *day, guint index, const char *method, const char *path);
guint qcc_day_count_all (QccDay *day);
guint qcc_day_count_messages (QccDay *day);
void qcc_day_ask (QccDay *day);
guint qcc_day_open_stream (QccDay *day, QccRawClient *client);
void qcc_day_assert_quiet (QccDay *day);
void qcc_day_assert_stays_quiet (QccDay *day);
void qcc_day_forget_checks (QccDay *day);
void qcc_day_assert_events (QccDay *day, const char *expected);

G_END_DECLS
