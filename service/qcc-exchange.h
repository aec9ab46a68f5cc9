/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "service/qcc-active.h"
#include "service/qcc-affinity.h"
#include "service/qcc-body-budget.h"
#include "service/qcc-clock.h"
#include "service/qcc-end-history.h"
#include "service/qcc-endpoint-table.h"
#include "service/qcc-explain-ring.h"
#include "service/qcc-health.h"
#include "service/qcc-policy.h"
#include "service/qcc-recorder.h"
#include "service/qcc-watch.h"

G_BEGIN_DECLS

typedef struct _QccExchange QccExchange;

/**
 * QccExchangeHost:
 * @server: (unowned): where requests come from
 * @policy: (unowned): the settings
 * @active: (unowned): where an exchange starts
 * @table: (unowned): the endpoints
 * @health: (unowned): is told how the endpoints do
 * @affinity: (unowned): where sessions stay
 * @explanations: (unowned): why exchanges went where they went
 * @clock: (unowned): the time that endpoints are judged by
 * @watcher: (unowned): watches sockets
 * @budget: (unowned): room for bodies
 * @recorder: (unowned): is told the outcome
 * @history: (unowned): how streams were ended
 * @network: (unowned) (nullable): whether there is a network
 * @transparent: (unowned) (nullable): where requests go without any profile (spec 2.14)
 * @read_limit: milliseconds that a client may pause in the middle of its request
 * @shutdown: (unowned): cancelled when the service ends
 * @finished: called once for every exchange, last of all
 * @room_freed: called when room for bodies became free
 * @user_data: for the functions
 *
 * What all exchanges share. Outlives them.
 */
typedef struct
{
  SoupServer *server;
  QccPolicy *policy;
  QccActive *active;
  QccEndpointTable *table;
  QccHealth *health;
  QccAffinity *affinity;
  QccExplainRing *explanations;
  QccClock *clock;
  QccWatcher *watcher;
  QccBodyBudget *budget;
  QccRecorder *recorder;
  QccEndHistory *history;
  GNetworkMonitor *network;
  QccEndpointEntry *transparent;
  guint read_limit;
  GCancellable *shutdown;
  void (*finished) (QccExchange *exchange, gpointer user_data);
  void (*room_freed) (gpointer user_data);
  gpointer user_data;
} QccExchangeHost;

QccExchange *qcc_exchange_new (const QccExchangeHost *host,
                               guint64 id,
                               SoupServerMessage *message,
                               QccSnapshot *snapshot);
QccExchange *qcc_exchange_ref (QccExchange *self);
void qcc_exchange_unref (QccExchange *self);

void qcc_exchange_start (QccExchange *self);
void qcc_exchange_body_complete (QccExchange *self);
void qcc_exchange_resume_body (QccExchange *self);
void qcc_exchange_cancel (QccExchange *self);

SoupServerMessage *qcc_exchange_get_message (QccExchange *self);
guint64 qcc_exchange_get_ticket (QccExchange *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccExchange, qcc_exchange_unref)

G_END_DECLS
