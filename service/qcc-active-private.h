/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-active.h"

G_BEGIN_DECLS

/**
 * QccActive:
 *
 * Which profile new requests start in (spec 1.2, 6.5), and which one the user has pinned: a failover moves the first and
 * leaves the second. Kept in the store, so that a restart changes nothing. Besides, whose answer was the last.
 *
 * Signals: `changed`, after any of it changed.
 *
 * In two files: qcc-active.c knows it, qcc-active-change.c changes it.
 */
struct _QccActive
{
  GObject parent_instance;

  QccStore *store;         /* (owned) */
  QccSnapshot *snapshot;   /* (owned): the profiles of this moment */
  QccActiveRecord *record; /* (owned): what the store has; its profiles may be gone */
  char *serving;           /* (owned) (nullable): who gave the last answer */
};

void qcc_active_set_record (QccActive *self, const QccActiveRecord *record);

G_END_DECLS
