/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-table.h"

G_BEGIN_DECLS

/**
 * QccEndpointTable:
 *
 * Owner of what is known of the endpoints while the service runs. Follows the profiles and the key
 * store.
 *
 * Signals, each with the id of an endpoint: `key-changed`, after its key or the state of its key changed;
 * `key-replaced`, when it has got another key than it had before; `address-changed`, when requests go
 * somewhere else now, or by another way. And `applied`, after the endpoints of a new snapshot were taken in.
 *
 * In two files: qcc-endpoint-table.c takes the endpoints in, qcc-endpoint-table-keys.c looks their keys up.
 */
struct _QccEndpointTable
{
  GObject parent_instance;

  QccKeyStore *key_store;     /* (owned) */
  QccTrustStore *trust_store; /* (owned) */
  GHashTable *entries;        /* (owned) (element-type utf8 QccEndpointEntry): by id; keys and values owned */
  GCancellable *cancellable;  /* (owned): of lookups that nobody waits for */
  guint max_connections;
};

void qcc_endpoint_table_look_up_all (QccEndpointTable *self,
                                     gboolean only_new,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

G_END_DECLS
