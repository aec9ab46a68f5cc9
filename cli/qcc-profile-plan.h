/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-endpoint-plan.h"

G_BEGIN_DECLS

/**
 * QccProfilePlan:
 * @name: (owned) (nullable): of the profile
 * @options: (owned) (nullable): `a{sv}` for Manager1.AddProfile()
 * @endpoint: its first endpoint; without options for none
 *
 * A profile to be made. All of it is known before anything is changed.
 */
typedef struct
{
  char *name;
  GVariant *options;
  QccEndpointPlan endpoint;
} QccProfilePlan;

void qcc_profile_plan_clear (QccProfilePlan *self);
gboolean qcc_profile_plan_ask (QccProfilePlan *self, const QccCall *call, const QccBusClient *client, GError **error);

QccDBusProfile1 *qcc_profile_plan_carry_out (const QccProfilePlan *self,
                                             const QccCall *call,
                                             const QccBusClient *client,
                                             GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccProfilePlan, qcc_profile_plan_clear)

G_END_DECLS
