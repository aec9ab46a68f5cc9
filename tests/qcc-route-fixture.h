/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-route-plan.h"

G_BEGIN_DECLS

#define QCC_ROUTE_SECOND ((gint64) G_USEC_PER_SEC)

/* Profiles, all of them failover and sticky but where a test says otherwise: `first` with `a` before `b`, `second` with
 * `c` before `d`, and `off`, which is disabled, with `e`. */
#define QCC_ROUTE_PROFILES                                                                                \
  "{\"version\":1,\"default\":\"first\",\"profiles\":["                                                   \
  "{\"name\":\"first\",\"tier\":\"primary\",\"endpoints\":["                                              \
  "{\"id\":\"a\",\"base_url\":\"https://a\"},{\"id\":\"b\",\"base_url\":\"https://b\",\"priority\":1}]}," \
  "{\"name\":\"second\",\"tier\":\"secondary\",\"endpoints\":["                                           \
  "{\"id\":\"c\",\"base_url\":\"https://c\"},{\"id\":\"d\",\"base_url\":\"https://d\",\"priority\":1}]}," \
  "{\"name\":\"off\",\"tier\":\"disabled\",\"endpoints\":[{\"id\":\"e\",\"base_url\":\"https://e\"}]}]}"

/**
 * QccRouteFixture:
 * @snapshot: (owned): the profiles
 * @table: (owned): their endpoints, all with a key and healthy
 * @affinity: (owned): the bindings
 * @options: of the next plan: session `s`, model `m`, starts in `first`
 * @now: the time
 */
typedef struct
{
  QccSnapshot *snapshot;
  QccEndpointTable *table;
  QccAffinity *affinity;
  QccRouteOptions options;
  gint64 now;
} QccRouteFixture;

/* Made for g_test_add(): @data is the profiles as JSON, NULL for QCC_ROUTE_PROFILES. */
void qcc_route_fixture_set_up (QccRouteFixture *self, gconstpointer data);
void qcc_route_fixture_tear_down (QccRouteFixture *self, gconstpointer data);

void qcc_route_fixture_load (QccRouteFixture *self, const char *json);
QccEndpointEntry *qcc_route_fixture_get (QccRouteFixture *self, const char *id);
void qcc_route_fixture_cool (QccRouteFixture *self, const char *id, int seconds, gboolean stated);
void qcc_route_fixture_degrade (QccRouteFixture *self, const char *id, guint failures);

QccRoutePlan *qcc_route_fixture_plan (QccRouteFixture *self);
void qcc_route_fixture_assert_next (QccRouteFixture *self, QccRoutePlan *plan, const char *expected);
void qcc_route_fixture_assert_sent (QccRouteFixture *self, const char *expected);
void qcc_route_fixture_bind (QccRouteFixture *self, const char *id);
void qcc_route_fixture_assert_bound (QccRouteFixture *self, const char *expected);

G_END_DECLS
