/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-endpoint.h"

G_BEGIN_DECLS

/**
 * QccProfile:
 * @name: (owned): 1 to 64 characters, no control characters, no `/`
 * @description: (owned) (nullable): the user's words
 * @tier: its place in the order of failover
 * @order: its place inside the tier, lower first
 * @strategy: how it balances; only meaningful when @has_strategy
 * @has_strategy: %FALSE: the setting `loadbalancer.strategy` decides
 * @health_aware: whether it prefers healthy endpoints; only meaningful when @has_health_aware
 * @has_health_aware: %FALSE: the setting `loadbalancer.health-aware` decides
 * @sticky_session: whether a session stays with its endpoint; only meaningful when @has_sticky_session
 * @has_sticky_session: %FALSE: the setting `loadbalancer.sticky-session` decides
 * @endpoints: (owned) (element-type QccEndpoint): in the order of the file; never %NULL
 *
 * A named set of endpoints. Immutable after it was built; reference-counted; may be shared
 * between threads.
 */
typedef struct
{
  char *name;
  char *description;
  QccTier tier;
  int order;
  QccStrategy strategy;
  gboolean has_strategy;
  gboolean health_aware;
  gboolean has_health_aware;
  gboolean sticky_session;
  gboolean has_sticky_session;
  GPtrArray *endpoints;
} QccProfile;

#define QCC_PROFILE_NAME_MAX 64 /* characters */

QccProfile *qcc_profile_new (const char *name);
QccProfile *qcc_profile_ref (QccProfile *self);
void qcc_profile_unref (QccProfile *self);

gboolean qcc_profile_name_is_valid (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccProfile, qcc_profile_unref)

G_END_DECLS
