/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-bus.h"
#include "service/qcc-service.h"

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
  QccProxy *proxy;                /* (owned) */
  QccLifecycle *lifecycle;        /* (owned) */
  QccBus *bus;                    /* (owned) (nullable): not before the profiles are loaded */
  GDBusConnection *connection;    /* (owned) (nullable) */
  GCancellable *cancellable;      /* (owned): of the start */
  guint key_limit_id;             /* the start waits for keys */
  gboolean closing;               /* the store is being closed, or is closed */
};

void qcc_service_update_notices (QccService *self);

G_END_DECLS
