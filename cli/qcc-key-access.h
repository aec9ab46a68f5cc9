/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-bus-client.h"
#include "cli/qcc-call.h"
#include "common/qcc-key-store.h"

G_BEGIN_DECLS

/* The user's keys, for the command: it writes them itself, they never cross the bus (spec 11.3). Calls block. */

/* What an option table takes in; see qcc_key_access_read(). */
#define QCC_KEY_ACCESS_OPTIONS                                                                     \
  { "key-stdin", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Read the key from standard input"), NULL },   \
  {                                                                                                \
    "key-env", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Take the key from this variable"), "VARIABLE" \
  }

QccKeyStore *qcc_cli_open_key_store (void);

gboolean qcc_key_access_store (QccKeyStore *store, const char *id, QccSecret *key, GError **error);
gboolean qcc_key_access_remove (QccKeyStore *store, const char *id, GError **error);

gboolean qcc_key_access_remove_all (GPtrArray *endpoints, GError **error);

gboolean qcc_key_access_check_options (const QccCall *call, GError **error);
gboolean qcc_key_access_is_given (const QccCall *call);
QccSecret *qcc_key_access_read (const QccCall *call, GError **error);
gboolean qcc_key_access_ask (QccSecret **out_key, GError **error);

G_END_DECLS
