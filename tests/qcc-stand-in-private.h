/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-stand-in.h"

G_BEGIN_DECLS

struct _QccStandIn
{
  GDBusConnection *connection;       /* (owned) */
  GDBusObjectManagerServer *objects; /* (owned) */
  QccDBusManager1 *manager;          /* (owned) */
  QccDBusFailover1 *failover;        /* (owned) (nullable): not there with an old service */
  QccDBusHealth1 *health;            /* (owned) (nullable): likewise */
  guint name_id;
  guint n_endpoints; /* that AddEndpoint() made */

  GHashTable *answers; /* (owned) (element-type utf8 GVariant): by the name of the method */
  GString *calls;      /* (owned): a line for each, "Method(arguments)" */
  char *failing;       /* (owned) (nullable): the method that fails */
  QccError code;       /* how */
};

gboolean qcc_stand_in_takes (QccStandIn *self, GDBusMethodInvocation *invocation);
void qcc_stand_in_start_answers (QccStandIn *self);
void qcc_stand_in_stop_answers (QccStandIn *self);
void qcc_stand_in_connect_endpoint (QccStandIn *self, QccDBusEndpoint1 *endpoint);

G_END_DECLS
