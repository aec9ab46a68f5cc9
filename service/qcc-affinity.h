/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Which endpoint a session stays at, so that the provider's prompt cache stays warm (spec 5.4, 5.5). One binding for
 * each session, model and token profile. Pure: times come in, in microseconds of a clock that never goes back.
 */

#define QCC_AFFINITY_MAX 10000

typedef struct _QccAffinity QccAffinity;

/**
 * QccAffinityKey:
 * @session: (unowned): the session
 * @model: (unowned) (nullable): as the client named it
 * @token_profile: (unowned) (nullable): the profile that the client's token starts in
 */
typedef struct
{
  const char *session;
  const char *model;
  const char *token_profile;
} QccAffinityKey;

/**
 * QccBinding:
 * @endpoint_id: (unowned): where the session is; valid until the bindings change
 * @bound_at: since when
 * @last_success: when an answer of it was last committed in this binding, 0 for never
 * @long_cache: whether the last request asked for the cache of one hour
 */
typedef struct
{
  const char *endpoint_id;
  gint64 bound_at;
  gint64 last_success;
  gboolean long_cache;
} QccBinding;

QccAffinity *qcc_affinity_new (guint max);
void qcc_affinity_free (QccAffinity *self);
void qcc_affinity_set_ttl (QccAffinity *self, guint seconds);

gboolean qcc_affinity_lookup (QccAffinity *self, const QccAffinityKey *key, gint64 now, QccBinding *out_binding);
void qcc_affinity_bind (QccAffinity *self, const QccAffinityKey *key, const char *endpoint_id, gboolean long_cache, gint64 now);
void qcc_affinity_note_success (QccAffinity *self, const QccAffinityKey *key, const char *endpoint_id, gint64 now);
void qcc_affinity_unbind (QccAffinity *self, const QccAffinityKey *key, const char *endpoint_id);
void qcc_affinity_unbind_endpoint (QccAffinity *self, const char *endpoint_id);
void qcc_affinity_clear (QccAffinity *self);
guint qcc_affinity_get_n_bindings (QccAffinity *self);
guint qcc_affinity_get_era (QccAffinity *self);

gboolean qcc_binding_is_cold (const QccBinding *binding, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccAffinity, qcc_affinity_free)

G_END_DECLS
