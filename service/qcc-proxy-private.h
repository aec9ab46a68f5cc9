/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-exchange.h"
#include "service/qcc-listener.h"
#include "service/qcc-proxy.h"

G_BEGIN_DECLS

/* What the two files of the proxy share: qcc-proxy.c for requests, qcc-proxy-run.c for start and stop. */

/**
 * QccProxy:
 *
 * The data path as a whole: listens, makes an exchange of every request, and ends in order.
 */
struct _QccProxy
{
  GObject parent_instance;

  QccPolicy *policy;              /* (owned) */
  QccActive *active;              /* (owned) */
  QccProfileStore *profile_store; /* (owned) */
  QccEndpointTable *table;        /* (owned) */
  QccRecorder *recorder;          /* (unowned) */
  QccHealth *health;              /* (owned) */
  QccClock *clock;                /* (owned) */
  GNetworkMonitor *network;       /* (owned) (nullable) */

  SoupServer *server;            /* (owned) */
  QccWatcher *watcher;           /* (owned) */
  QccBodyBudget *budget;         /* (owned) */
  QccEndHistory *history;        /* (owned) */
  GCancellable *shutdown;        /* (owned) */
  QccEndpointEntry *transparent; /* (owned) */
  QccExchangeHost host;

  GHashTable *exchanges; /* (owned) (element-type SoupServerMessage QccExchange): keys and values owned */
  guint64 last_id;
  QccProxyState state;
  QccListener *listener; /* (owned) (nullable): while it runs; one with sockets of systemd from its first start on */
  gboolean handed_over;  /* whether these are sockets of systemd */
  gboolean told_no_ipv6;
  GPtrArray *stop_tasks; /* (owned) (element-type GTask): of those who wait for the end */
  guint grace_id;
};

void qcc_proxy_exchange_over (QccProxy *self);

G_END_DECLS
