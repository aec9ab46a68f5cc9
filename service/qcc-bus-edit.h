/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "service/qcc-profile-store.h"

G_BEGIN_DECLS

typedef struct _QccBusEdit QccBusEdit;

/**
 * QccBusEditApply:
 * @snapshot: the profiles at the edit's turn
 * @edit: the call with its arguments
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable): the profiles as they shall be
 */
typedef QccSnapshot *(*QccBusEditApply) (const QccSnapshot *snapshot, QccBusEdit *edit, GError **error);

/**
 * QccBusEditReply:
 * @edit: the call, after the change is on disk and everybody knows of it
 *
 * Returns: (transfer floating) (nullable): what the method returns
 */
typedef GVariant *(*QccBusEditReply) (QccBusEdit *edit);

/**
 * QccBusEdit:
 * @invocation: (owned): the method call
 * @name: (owned) (nullable): of a profile, endpoint or token
 * @other: (owned) (nullable): a second name
 * @hash: (owned) (nullable): of a token
 * @options: (owned) (nullable): a{sv}
 * @flag: an argument
 * @out_id: (owned) (nullable): set by the edit
 *
 * A method call that changes the profile file.
 */
struct _QccBusEdit
{
  GDBusMethodInvocation *invocation;
  char *name;
  char *other;
  char *hash;
  GVariant *options;
  gboolean flag;
  char *out_id;

  /*< private >*/
  QccBusEditApply apply;
  QccBusEditReply reply;
};

QccBusEdit *qcc_bus_edit_new (GDBusMethodInvocation *invocation, QccBusEditApply apply, QccBusEditReply reply);
void qcc_bus_edit_run (QccBusEdit *self, QccProfileStore *store, const char *summary);

void qcc_bus_return (GDBusMethodInvocation *invocation, const GError *error);
void qcc_bus_return_error (GDBusMethodInvocation *invocation, const GError *error);

G_END_DECLS
