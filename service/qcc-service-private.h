/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-bus.h"
#include "service/qcc-service.h"
#include "service/qcc-sleep-watch.h"

G_BEGIN_DECLS

/* The service in two files: qcc-service.c puts it together, qcc-service-start.c starts and stops it. */
struct _QccService
{
  GObject parent_instance;

  QccPolicy *policy;              /* (owned) */
  QccKeyStore *key_store;         /* (owned) */
  QccProfileStore *profile_store; /* (owned) */
  QccStore *store;                /* (owned) */
  QccActive *active;              /* (owned) */
  QccTrustStore *trust_store;     /* (owned) */
  QccEndpointTable *table;        /* (owned) */
  QccRecorder *recorder;          /* (owned) */
  QccClock *clock;                /* (owned) */
  QccWatcher *watcher;            /* (owned) */
  QccEventLog *events;            /* (owned) */
  QccAffinity *affinity;          /* (owned) */
  QccExplainRing *explanations;   /* (owned) */
  QccHealth *health;              /* (owned) */
  QccFailoverManager *failover;   /* (owned) */
  QccSleepWatch *sleep;           /* (owned) */
  QccMonitor *monitor;            /* (owned) */
  QccSimulator *simulator;        /* (owned) */
  QccProxy *proxy;                /* (owned) */
  QccLifecycle *lifecycle;        /* (owned) */
  QccBus *bus;                    /* (owned) (nullable): not before the profiles are loaded */
  GDBusConnection *connection;    /* (owned) (nullable) */
  GCancellable *cancellable;      /* (owned): of the start */
  guint key_limit_id;             /* the start waits for keys */
  gboolean closing;               /* the store is being closed, or is closed */
};

void qcc_service_update_notices (QccService *self);
void qcc_service_apply_snapshot (QccService *self, GAsyncReadyCallback on_keys, gpointer user_data);

G_END_DECLS
