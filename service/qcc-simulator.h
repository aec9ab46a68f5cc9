/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-clock.h"
#include "service/qcc-endpoint-table.h"

G_BEGIN_DECLS

/**
 * QccFault:
 *
 * What `qcc simulate` makes of an endpoint (spec 10.5).
 */
typedef enum
{
  QCC_FAULT_REFUSE, /* connections are refused */
  QCC_FAULT_429,    /* 429 with Retry-After 5 */
  QCC_FAULT_529,    /* overloaded */
  QCC_FAULT_STALL,  /* the answer never begins */
  QCC_FAULT_CUT,    /* the stream is cut in the middle */
} QccFault;

#define QCC_SIMULATION_MAX_SECONDS 600

/**
 * QccSimulator:
 *
 * Lets an endpoint seem broken for a while, so that people can see what QCC does then. While it lasts, attempts go to a
 * provider in this process, without the key, and what they say is charged to a fresh state; the real one comes back
 * afterwards. What still runs at the stand-in then is cut off; it says nothing about the endpoint.
 *
 * A new configuration of the endpoint does not end it, its removal does.
 *
 * Signals: `changed` with the id of an endpoint, when something begins or ends to be simulated for it; not while the
 * simulator itself goes away, which ends all.
 */
#define QCC_TYPE_SIMULATOR (qcc_simulator_get_type ())
G_DECLARE_FINAL_TYPE (QccSimulator, qcc_simulator, QCC, SIMULATOR, GObject)

QccSimulator *qcc_simulator_new (QccEndpointTable *table, QccTrustStore *trust_store, QccClock *clock);
gboolean qcc_simulator_start (QccSimulator *self, const char *endpoint_id, QccFault fault, guint seconds, GError **error);
gboolean qcc_simulator_stop (QccSimulator *self, const char *endpoint_id, GError **error);

const char *qcc_simulator_get_fault (QccSimulator *self, const char *endpoint_id);
guint qcc_simulator_get_n (QccSimulator *self);

#define QCC_TYPE_FAULT (qcc_fault_get_type ())
GType qcc_fault_get_type (void);

G_END_DECLS
