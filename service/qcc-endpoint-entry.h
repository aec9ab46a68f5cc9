/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-enums.h"
#include "common/qcc-secret.h"
#include "service/qcc-connection-pool.h"

G_BEGIN_DECLS

/**
 * QccEndpointEntry:
 * @endpoint: (owned): its configuration; replaced when the user changes it
 * @pool: (owned): its connections; replaced with @endpoint
 * @key: (owned) (nullable): its key; %NULL when none was found
 * @key_state: what the last lookup of the key said
 * @key_store: (nullable): the kind of the store that had the key; a static string
 * @key_serial: of the last lookup that was begun; an older one that ends later is passed over
 * @wrr_current: state of strategy `weighted`
 * @last_turn: state of strategies `round-robin` and `least-connections`
 * @in_flight: attempts that run: from sending to the end of the answer
 * @no_count_tokens_until: monotonic time in microseconds until which it is known not to count
 *   tokens, 0 when it is not known
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
  guint key_serial;
  int wrr_current;
  guint64 last_turn;
  guint in_flight;
  gint64 no_count_tokens_until;
} QccEndpointEntry;

QccEndpointEntry *qcc_endpoint_entry_new (QccEndpoint *endpoint, QccTrustStore *trust_store);
QccEndpointEntry *qcc_endpoint_entry_ref (QccEndpointEntry *self);
void qcc_endpoint_entry_unref (QccEndpointEntry *self);
void qcc_endpoint_entry_set_endpoint (QccEndpointEntry *self, QccEndpoint *endpoint, QccTrustStore *trust_store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccEndpointEntry, qcc_endpoint_entry_unref)

G_END_DECLS
