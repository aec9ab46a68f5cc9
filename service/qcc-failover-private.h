/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-failover.h"

G_BEGIN_DECLS

#define QCC_FAILOVER_NEVER G_MININT64

struct _QccFailover
{
  GHashTable *records;   /* (owned) (element-type utf8 Record): what was observed of each profile, by name */
  char *active;          /* (owned) (nullable): the active profile when something was last observed */
  char *recovery_target; /* (owned) (nullable): where the last decision said to recover to */
  QccFailoverNews told;  /* what is not to be told again yet */
  gboolean all_down;     /* told, and not yet told that it is over */
  GArray *moves;         /* (owned) (element-type gint64): failovers, those of the last hour at least */
  gint64 last_switch;    /* the last automatic one, recovery too, or QCC_FAILOVER_NEVER */
};

void qcc_failover_add_move (QccFailover *self, gint64 time, gint64 now);

G_END_DECLS
