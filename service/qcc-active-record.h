/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccActiveRecord:
 * @active_profile: (owned) (nullable): name of the active profile; %NULL for the default one
 * @pinned: whether the user chose it, so that nothing leads away from it until released (spec 6.5)
 * @reason: (owned) (nullable): why it is active, for people
 * @since: since when, wall time in microseconds since the epoch
 * @pinned_profile: (owned) (nullable): name of the profile that the user chose, while automatic failover has moved
 *   the active one elsewhere too (spec 6.5); %NULL when none is pinned
 *
 * Which profile is active, as it is kept over a restart.
 */
typedef struct
{
  char *active_profile;
  gboolean pinned;
  char *reason;
  gint64 since;
  char *pinned_profile;
} QccActiveRecord;

QccActiveRecord *qcc_active_record_copy (const QccActiveRecord *self);
void qcc_active_record_free (QccActiveRecord *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccActiveRecord, qcc_active_record_free)

G_END_DECLS
