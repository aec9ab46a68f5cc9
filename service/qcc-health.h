/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-check.h"
#include "service/qcc-clock.h"
#include "service/qcc-endpoint-table.h"
#include "service/qcc-policy.h"
#include "service/qcc-profile-health.h"
#include "service/qcc-store.h"

G_BEGIN_DECLS

/**
 * QccHealth:
 *
 * Keeps the state and the figures of all endpoints: the one place where they change. Charges those that share an
 * account, moves on what time moves, keeps it in the store.
 *
 * Signals, each with the id of an endpoint: `changed`, when what can be read of it has changed; `disabled` and
 * `enabled`, when its key was rejected and when that ended; `unbind`, when no session shall stay bound to it; `billing`;
 * `doubted`, when a check should be made soon. `observed` with id and whether it was an exchange (a check otherwise),
 * after each of them; the id is empty for an exchange that made no attempt.
 */
#define QCC_TYPE_HEALTH (qcc_health_get_type ())
G_DECLARE_FINAL_TYPE (QccHealth, qcc_health, QCC, HEALTH, GObject)

/**
 * QccHealthAttempt:
 * @id: unique while the service runs; 0 for one that is not to be judged
 * @sent_at: microseconds of the clock
 * @simulation: (unowned) (nullable): the fault that was simulated then; never looked into
 *
 * One attempt, as long as something may still be said of its endpoint.
 */
typedef struct
{
  guint64 id;
  gint64 sent_at;
  gconstpointer simulation;
} QccHealthAttempt;

QccHealth *qcc_health_new (QccEndpointTable *table, QccPolicy *policy, QccStore *store, QccClock *clock);

void qcc_health_load_async (QccHealth *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean qcc_health_load_finish (QccHealth *self, GAsyncResult *result, GError **error);
void qcc_health_set_snapshot (QccHealth *self, QccSnapshot *snapshot);
void qcc_health_flush (QccHealth *self);

QccHealthAttempt qcc_health_note_sent (QccHealth *self, QccEndpointEntry *entry);
void qcc_health_note_committed (QccHealth *self, QccEndpointEntry *entry, const QccHealthAttempt *attempt, const char *model);
void qcc_health_note_completed (QccHealth *self, QccEndpointEntry *entry, const QccHealthAttempt *attempt);
void qcc_health_note_failed (QccHealth *self,
                             QccEndpointEntry *entry,
                             const QccHealthAttempt *attempt,
                             const QccVerdict *verdict,
                             guint status);
void qcc_health_note_cut (QccHealth *self, QccEndpointEntry *entry, const QccHealthAttempt *attempt);
void qcc_health_note_dropped (QccHealth *self, QccEndpointEntry *entry, const QccHealthAttempt *attempt);
void qcc_health_note_exhausted (QccHealth *self, QccEndpointEntry *entry, const QccHealthAttempt *attempt, int wait_seconds);
void qcc_health_note_exchange (QccHealth *self, const char *endpoint_id);

void qcc_health_note_check (QccHealth *self, QccEndpointEntry *entry, const QccCheckResult *result);
void qcc_health_reset (QccHealth *self, const char *endpoint_id);
void qcc_health_tick (QccHealth *self);

QccEndpointEntry *qcc_health_find (QccHealth *self, const char *endpoint_id);
GPtrArray *qcc_health_get_failure_rules (QccHealth *self);
QccEndpointView qcc_health_view (QccHealth *self, const QccEndpointEntry *entry);
QccStateRules qcc_health_get_rules (QccHealth *self, const QccEndpointEntry *entry);
QccProfileHealth qcc_health_view_profile (QccHealth *self, const QccProfile *profile);
gint64 qcc_health_get_best_first_byte (QccHealth *self, const char *endpoint_id);
gint64 qcc_health_to_wall (QccHealth *self, gint64 time);

G_END_DECLS
