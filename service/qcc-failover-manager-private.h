/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-failover-manager.h"

G_BEGIN_DECLS

/* When the active profile moved last, as the store keeps it. */
#define QCC_FAILOVER_DOCUMENT_KIND "failover"
#define QCC_FAILOVER_DOCUMENT_ID "moves"

/* The manager in two files: qcc-failover-manager.c decides, qcc-failover-manager-move.c does it and tells of it. */
struct _QccFailoverManager
{
  GObject parent_instance;

  QccActive *active;     /* (owned) */
  QccHealth *health;     /* (owned) */
  QccEventLog *events;   /* (owned) */
  QccPolicy *policy;     /* (owned) */
  QccStore *store;       /* (owned) */
  QccClock *clock;       /* (owned) */
  QccAffinity *affinity; /* (unowned) */
  QccSnapshot *snapshot; /* (owned) */
  QccFailover *rules;    /* (owned): what was observed so far */
  guint n_changes;       /* of the active profile that are being stored, the user's too */
  char *at;              /* (owned) (nullable): where the next of them to be stored begins */
  gboolean stopped;      /* the store takes nothing any more */
};

void qcc_failover_manager_add_event (QccFailoverManager *self,
                                     QccEventType type,
                                     const char *from,
                                     const char *to,
                                     const char *reason);
char *qcc_failover_manager_describe (QccFailoverManager *self, const char *name);
void qcc_failover_manager_move (QccFailoverManager *self, QccEventType type, const char *to);

G_END_DECLS
