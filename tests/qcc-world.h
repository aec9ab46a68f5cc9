/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-classifier.h"
#include "service/qcc-failover-manager.h"
#include "service/qcc-trust-store.h"
#include "tests/qcc-manual-clock.h"
#include "tests/qcc-store-fixture.h"

G_BEGIN_DECLS

typedef struct _QccWorld QccWorld;

/**
 * QccWorldFunc:
 * @world: the world
 * @endpoint_id: who is asked
 * @failure: (out): what goes wrong; filled in with nothing wrong before the call
 *
 * Returns: whether something goes wrong
 */
typedef gboolean (*QccWorldFunc) (QccWorld *world, const char *endpoint_id, QccFailure *failure);

/**
 * QccWorld:
 * @answers: what the endpoints do
 * @broken: (nullable): for @answers: the ids of those that fail
 * @start: when it began, of @clock
 * @n_attempts: made by qcc_world_ask()
 * @n_checks: made by qcc_world_check()
 *
 * Everything that decides about endpoints and profiles, put together as the service does it, on a clock that the test
 * moves, with a database and settings of its own; only the network is missing: the test says what each endpoint answers.
 */
struct _QccWorld
{
  QccStoreFixture files;
  QccWorldFunc answers;
  const char *broken;
  gint64 start;
  guint n_attempts;
  guint n_checks;

  QccManualClock *clock;
  GSettingsBackend *settings;
  QccPolicy *policy;
  QccStore *store;
  QccKeyStore *keys;
  QccTrustStore *trust_store;
  QccEndpointTable *table;
  QccActive *active;
  QccHealth *health;
  QccEventLog *events;
  QccAffinity *affinity;
  QccFailoverManager *failover;
  QccSnapshot *snapshot;
};

QccWorld *qcc_world_new (const char *profiles, QccWorldFunc answers);
void qcc_world_free (QccWorld *self);
void qcc_world_restart (QccWorld *self);
void qcc_world_apply (QccWorld *self, const char *profiles);
void qcc_world_set_key (QccWorld *self, const char *endpoint_id, const char *text);
void qcc_world_set_switch (QccWorld *self, const char *group, const char *key, gboolean on);
void qcc_world_set_number (QccWorld *self, const char *group, const char *key, int number);

gint64 qcc_world_get_time (QccWorld *self);
gint64 qcc_world_get_second (QccWorld *self);
QccEndpointEntry *qcc_world_get_entry (QccWorld *self, const char *endpoint_id);
void qcc_world_settle (QccWorld *self);
char *qcc_world_ask (QccWorld *self, const char *session);
void qcc_world_check (QccWorld *self, const char *endpoint_id);
gboolean qcc_world_is_well (QccWorld *self, const char *endpoint_id);
char *qcc_world_list_events (QccWorld *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccWorld, qcc_world_free)

G_END_DECLS
