/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-bus-client.h"
#include "cli/qcc-call.h"
#include "common/qcc-key-store.h"

G_BEGIN_DECLS

/*
 * The local token that Claude Code is given when the user asks for nothing else (spec 3.3). Its text is in the key
 * store, its SHA-256 with the service, under this name. Calls block.
 */
#define QCC_DEFAULT_TOKEN_NAME "default"

/**
 * QccTokenRecord:
 * @name: (owned): its name
 * @profile: (owned): where requests with it start, empty for the active profile
 * @cross: whether they may go on to other profiles
 *
 * What the service tells of a token.
 */
typedef struct
{
  char *name;
  char *profile;
  gboolean cross;
} QccTokenRecord;

void qcc_token_record_free (QccTokenRecord *self);
GPtrArray *qcc_token_record_list (QccDBusManager1 *manager, GError **error);
const QccTokenRecord *qcc_token_record_find (GPtrArray *records, const char *name);

QccSecret *qcc_default_token_get (QccDBusManager1 *manager, QccKeyStore *store, GError **error);
gboolean qcc_default_token_ensure (const QccCall *call, QccDBusManager1 *manager, QccSecret **out_token, GError **error);
QccSecret *qcc_default_token_add (QccDBusManager1 *manager,
                                  QccKeyStore *store,
                                  const char *profile,
                                  gboolean cross,
                                  GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccTokenRecord, qcc_token_record_free)

G_END_DECLS
