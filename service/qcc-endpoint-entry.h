/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-enums.h"
#include "common/qcc-secret.h"
#include "service/qcc-connection-pool.h"
#include "service/qcc-endpoint-figures.h"
#include "service/qcc-endpoint-state.h"
#include "service/qcc-unsupported.h"

G_BEGIN_DECLS

/**
 * QccSimulation:
 * @fault: what is simulated, as its nick; a static string
 * @until: when it ends, of the clock that counts sleep too
 * @endpoint: (owned): stands for the real one; nothing of value goes there
 * @pool: (owned): its connections
 * @real: the state from before, which comes back
 */
typedef struct
{
  const char *fault;
  gint64 until;
  QccEndpoint *endpoint;
  QccConnectionPool *pool;
  QccEndpointState real;
} QccSimulation;

/**
 * QccEndpointEntry:
 * @endpoint: (owned): its configuration; replaced when the user changes it
 * @pool: (owned): its connections; replaced with @endpoint
 * @key: (owned) (nullable): its key; %NULL when none was found
 * @key_state: what the last lookup of the key said
 * @key_store: (nullable): the kind of the store that had the key; a static string
 * @had_key: whether a key was ever found
 * @key_serial: of the last lookup that was begun; an older one that ends later is passed over
 * @wrr_current: state of strategy `weighted`
 * @last_turn: state of strategies `round-robin` and `least-connections`
 * @in_flight: attempts that run: from sending to the end of the answer
 * @no_count_tokens_until: monotonic time in microseconds until which it is known not to count
 *   tokens, 0 when it is not known
 * @state: what QCC thinks of it; changed by QccHealth only
 * @figures: what was measured of it; likewise
 * @unsupported: (owned): the models and sizes that it does not take
 * @weight_percent: of its weight with dynamic weights (spec 5.6), 0 before anything was measured
 * @last_model: (owned) (nullable): the model that an answer of it was for last
 * @counts_instead: it has no list of models, but it counts tokens; qcc-check.c remembers how to check it
 * @simulation: (owned) (nullable): the fault that is simulated for it (spec 10.5)
 *
 * What is known of an endpoint while the service runs. Reference-counted, since an exchange may
 * outlive the endpoint's removal.
 */
typedef struct
{
  QccEndpoint *endpoint;
  QccConnectionPool *pool;
  QccSecret *key;
  QccKeyState key_state;
  const char *key_store;
  gboolean had_key;
  guint key_serial;
  int wrr_current;
  guint64 last_turn;
  guint in_flight;
  gint64 no_count_tokens_until;
  QccEndpointState state;
  QccEndpointFigures figures;
  QccUnsupported *unsupported;
  double weight_percent;
  char *last_model;
  gboolean counts_instead;
  QccSimulation *simulation;
} QccEndpointEntry;

QccEndpointEntry *qcc_endpoint_entry_new (QccEndpoint *endpoint, QccTrustStore *trust_store);
QccEndpointEntry *qcc_endpoint_entry_ref (QccEndpointEntry *self);
void qcc_endpoint_entry_unref (QccEndpointEntry *self);
void qcc_endpoint_entry_set_simulation (QccEndpointEntry *self, QccSimulation *simulation);
void qcc_endpoint_entry_set_endpoint (QccEndpointEntry *self, QccEndpoint *endpoint, QccTrustStore *trust_store);

void qcc_simulation_free (QccSimulation *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccSimulation, qcc_simulation_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccEndpointEntry, qcc_endpoint_entry_unref)

G_END_DECLS
