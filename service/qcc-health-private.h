/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-health.h"

G_BEGIN_DECLS

/*
 * QccHealth in four files: qcc-health.c changes the states, qcc-health-notes.c says what for, qcc-health-view.c reads them,
 * qcc-health-keep.c keeps them over a restart.
 */
struct _QccHealth
{
  GObject parent_instance;

  QccEndpointTable *table; /* (owned) */
  QccPolicy *policy;       /* (owned) */
  QccStore *store;         /* (owned) */
  QccClock *clock;         /* (owned) */
  QccSnapshot *snapshot;   /* (owned) */
  guint64 last_attempt;
  guint timer;         /* for what time moves, 0 for none */
  gint64 timer_at;     /* when it is due */
  GHashTable *saved;   /* (owned) (element-type utf8 GVariant): what the store had at the start, until it is taken */
  GHashTable *dirty;   /* (owned) (element-type utf8): endpoints that the store does not know as they are */
  guint save_timer;    /* for what can wait, 0 for none */
  guint save_idle;     /* for what cannot */
  GHashTable *sampled; /* (owned) (element-type utf8 gint64): when traffic was last put into the history */
};

void qcc_health_apply (QccHealth *self, QccEndpointEntry *entry, const QccStateEvent *event);
void qcc_health_apply_to_account (QccHealth *self, QccEndpointEntry *entry, const QccStateEvent *event);
void qcc_health_emit_observed (QccHealth *self, const char *endpoint_id, gboolean is_exchange);
void qcc_health_take_saved (QccHealth *self, QccEndpointEntry *entry);
void qcc_health_mark_dirty (QccHealth *self, const char *endpoint_id, gboolean urgent);
void qcc_health_forget (QccHealth *self, const char *endpoint_id);
void qcc_health_keep_check (QccHealth *self, const char *endpoint_id, const QccCheckResult *result);
void qcc_health_keep_traffic (QccHealth *self, const QccEndpointEntry *entry, gboolean passed, guint status, gint64 latency_ms);

G_END_DECLS
