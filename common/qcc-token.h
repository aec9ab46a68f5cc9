/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "common/qcc-secret.h"

G_BEGIN_DECLS

#define QCC_TOKEN_PREFIX "qcc-"
#define QCC_TOKEN_NAME_MAX 64 /* characters */
#define QCC_TOKEN_SHA256_SIZE 32
#define QCC_TOKENS_MAX 1000 /* of one profile file */

/**
 * QccToken:
 * @name: (owned): 1 to 64 of `A-Za-z0-9._-`, unique in the profile file
 * @sha256: of the token's text; the text itself is nowhere
 * @profile: (owned) (nullable): name of the profile where its exchanges start; %NULL for the active one
 * @cross: whether its exchanges may leave @profile
 *
 * A local token (spec 3.3) as the profile file knows it. Immutable; belongs to a snapshot.
 */
typedef struct
{
  char *name;
  guint8 sha256[QCC_TOKEN_SHA256_SIZE];
  char *profile;
  gboolean cross;
} QccToken;

QccSecret *qcc_token_generate (void);
char *qcc_token_hash (const QccSecret *token);
gboolean qcc_token_name_is_valid (const char *name);

GPtrArray *qcc_tokens_new_from_json (JsonArray *array, GError **error);
const QccToken *qcc_tokens_find (GPtrArray *tokens, const char *presented);
void qcc_token_free (QccToken *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccToken, qcc_token_free)

G_END_DECLS
