/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-active.h"
#include "service/qcc-affinity.h"
#include "service/qcc-event-log.h"
#include "service/qcc-failover.h"
#include "service/qcc-health.h"

G_BEGIN_DECLS

/**
 * QccFailoverManager:
 *
 * Moves the active profile: asks the rules of spec 6 after each exchange and check, does what they say, and does what the
 * user says. Puts everything that happens into the log of events.
 *
 * Signals: `changed`, after a move.
 */
#define QCC_TYPE_FAILOVER_MANAGER (qcc_failover_manager_get_type ())
G_DECLARE_FINAL_TYPE (QccFailoverManager, qcc_failover_manager, QCC, FAILOVER_MANAGER, GObject)

/**
 * QccFailoverManagerParts:
 *
 * What it is made of; all (transfer none). @affinity outlives it.
 */
typedef struct
{
  QccActive *active;
  QccHealth *health;
  QccEventLog *events;
  QccPolicy *policy;
  QccStore *store;
  QccClock *clock;
  QccAffinity *affinity;
} QccFailoverManagerParts;

QccFailoverManager *qcc_failover_manager_new (const QccFailoverManagerParts *parts);

void qcc_failover_manager_load_async (QccFailoverManager *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean qcc_failover_manager_load_finish (QccFailoverManager *self, GAsyncResult *result, GError **error);
void qcc_failover_manager_stop (QccFailoverManager *self);
void qcc_failover_manager_set_snapshot (QccFailoverManager *self, QccSnapshot *snapshot);

void qcc_failover_manager_switch_async (QccFailoverManager *self,
                                        const char *name,
                                        const char *reason,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
void qcc_failover_manager_release_async (QccFailoverManager *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean qcc_failover_manager_change_finish (QccFailoverManager *self, GAsyncResult *result, GError **error);

guint qcc_failover_manager_get_moves_last_hour (QccFailoverManager *self);
gint64 qcc_failover_manager_get_cooldown_until (QccFailoverManager *self);

G_END_DECLS
