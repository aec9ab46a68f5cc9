/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Enums cross files and the bus as their nicks, never as numbers. */

/**
 * QccTier:
 *
 * Where a profile stands in the order of failover (spec 1.2); @QCC_TIER_DISABLED is never used.
 */
typedef enum
{
  QCC_TIER_PRIMARY,
  QCC_TIER_SECONDARY,
  QCC_TIER_FALLBACK,
  QCC_TIER_DISABLED,
} QccTier;

/**
 * QccStrategy:
 *
 * How a profile balances between its endpoints.
 */
typedef enum
{
  QCC_STRATEGY_WEIGHTED,          /* smooth weighted round robin */
  QCC_STRATEGY_FAILOVER,          /* the first usable one by priority */
  QCC_STRATEGY_ROUND_ROBIN,       /* each in turn */
  QCC_STRATEGY_LEAST_CONNECTIONS, /* the one with the fewest running exchanges for its weight */
} QccStrategy;

/**
 * QccAuthScheme:
 *
 * The header that carries an endpoint's key. @QCC_AUTH_SCHEME_AUTO is x-api-key for
 * api.anthropic.com and bearer elsewhere.
 */
typedef enum
{
  QCC_AUTH_SCHEME_AUTO,
  QCC_AUTH_SCHEME_X_API_KEY,
  QCC_AUTH_SCHEME_BEARER,
} QccAuthScheme;

/**
 * QccKeyState:
 *
 * Whether an endpoint has a key. @QCC_KEY_STATE_LOCKED: its store must be unlocked first;
 * @QCC_KEY_STATE_UNAVAILABLE: a key store could not be asked.
 */
typedef enum
{
  QCC_KEY_STATE_CHECKING,
  QCC_KEY_STATE_OK,
  QCC_KEY_STATE_MISSING,
  QCC_KEY_STATE_LOCKED,
  QCC_KEY_STATE_UNAVAILABLE,
} QccKeyState;

#define QCC_TYPE_TIER (qcc_tier_get_type ())
GType qcc_tier_get_type (void);

#define QCC_TYPE_STRATEGY (qcc_strategy_get_type ())
GType qcc_strategy_get_type (void);

#define QCC_TYPE_AUTH_SCHEME (qcc_auth_scheme_get_type ())
GType qcc_auth_scheme_get_type (void);

#define QCC_TYPE_KEY_STATE (qcc_key_state_get_type ())
GType qcc_key_state_get_type (void);

const char *qcc_enum_to_nick (GType enum_type, int value);
char *qcc_enum_list_nicks (GType enum_type);
gboolean qcc_enum_from_nick (GType enum_type, const char *nick, int *out_value, GError **error);

G_END_DECLS
