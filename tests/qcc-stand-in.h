/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"
#include "common/qcc-error.h"

G_BEGIN_DECLS

/**
 * QccStandIn:
 *
 * Stands in for the service on a bus of the test, in the test's own process: keeps profiles and endpoints as far as
 * what the command shows depends on them, writes down what it is asked, and fails when it is told to. So tests
 * see exactly what crosses the bus, and reach errors that a service does not show on demand.
 */
typedef struct _QccStandIn QccStandIn;

QccStandIn *qcc_stand_in_new (const char *bus_address);
void qcc_stand_in_free (QccStandIn *self);

QccDBusManager1 *qcc_stand_in_get_manager (QccStandIn *self);
QccDBusProfile1 *qcc_stand_in_add_profile (QccStandIn *self, const char *name, const char *tier);
QccDBusEndpoint1 *qcc_stand_in_add_endpoint (QccStandIn *self, const char *profile, const char *id);
gboolean qcc_stand_in_has (QccStandIn *self, const char *kind, const char *name);

QccDBusFailover1 *qcc_stand_in_get_failover (QccStandIn *self);
QccDBusHealth1 *qcc_stand_in_get_health (QccStandIn *self);
void qcc_stand_in_answer (QccStandIn *self, const char *method, const char *reply);

void qcc_stand_in_fail (QccStandIn *self, const char *method, QccError code);
const char *qcc_stand_in_get_calls (QccStandIn *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccStandIn, qcc_stand_in_free)

G_END_DECLS
