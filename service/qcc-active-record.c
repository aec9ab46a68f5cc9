/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-active-record.h"

/**
 * qcc_active_record_copy:
 * @self: (nullable): a record
 *
 * Returns: (transfer full) (nullable): a copy of it, %NULL of %NULL
 */
QccActiveRecord *
qcc_active_record_copy (const QccActiveRecord *self)
{
  QccActiveRecord *copy;

  if (self == NULL)
    return NULL;

  copy = g_new0 (QccActiveRecord, 1);
  copy->active_profile = g_strdup (self->active_profile);
  copy->pinned = self->pinned;
  copy->reason = g_strdup (self->reason);
  copy->since = self->since;
  copy->pinned_profile = g_strdup (self->pinned_profile);

  return copy;
}

void
qcc_active_record_free (QccActiveRecord *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->active_profile);
  g_free (self->reason);
  g_free (self->pinned_profile);
  g_free (self);
}
