/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-bus-client.h"
#include "cli/qcc-call.h"
#include "common/qcc-secret.h"

G_BEGIN_DECLS

/**
 * QccEndpointPlan:
 * @options: (owned) (nullable): `a{sv}` for Profile1.AddEndpoint(), %NULL for no endpoint
 * @key: (owned) (nullable): its key, %NULL when it comes later
 *
 * An endpoint to be made. All of it is known before anything is changed.
 */
typedef struct
{
  GVariant *options;
  QccSecret *key;
} QccEndpointPlan;

void qcc_endpoint_plan_clear (QccEndpointPlan *self);
gboolean qcc_endpoint_plan_ask (QccEndpointPlan *self, const QccCall *call, const QccBusClient *client, GError **error);
gboolean qcc_endpoint_plan_read (QccEndpointPlan *self, const QccCall *call, GError **error);

QccDBusEndpoint1 *qcc_endpoint_plan_carry_out (const QccEndpointPlan *self,
                                               const QccBusClient *client,
                                               QccDBusProfile1 *profile,
                                               GError **error);
void qcc_endpoint_plan_tell (const QccCall *call, QccDBusEndpoint1 *endpoint);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccEndpointPlan, qcc_endpoint_plan_clear)

G_END_DECLS
