/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"
#include "service/qcc-active.h"
#include "service/qcc-endpoint-table.h"
#include "service/qcc-event-log.h"
#include "service/qcc-explain-ring.h"
#include "service/qcc-failover-manager.h"
#include "service/qcc-health.h"
#include "service/qcc-lifecycle.h"
#include "service/qcc-monitor.h"
#include "service/qcc-policy.h"
#include "service/qcc-profile-store.h"
#include "service/qcc-simulator.h"
#include "service/qcc-store.h"

G_BEGIN_DECLS

/**
 * QccBusParts:
 *
 * What the adapters of the bus call; all (transfer none), and outlive them.
 */
typedef struct
{
  QccLifecycle *lifecycle;
  QccPolicy *policy;
  QccProfileStore *profile_store;
  QccActive *active;
  QccEndpointTable *table;
  QccKeyStore *key_store;
  QccStore *store;
  QccHealth *health;
  QccMonitor *monitor;
  QccFailoverManager *failover;
  QccEventLog *events;
  QccExplainRing *explanations;
  QccSimulator *simulator;
} QccBusParts;

G_END_DECLS
