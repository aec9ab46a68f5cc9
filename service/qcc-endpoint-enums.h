/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The words in which QCC judges an endpoint; see qcc-endpoint-state.h. */

/**
 * QccCircuit:
 * @QCC_CIRCUIT_CLOSED: requests go there
 * @QCC_CIRCUIT_OPEN: none do until its interval is over or a free check passes
 * @QCC_CIRCUIT_QUARANTINED: open, with the longest interval (spec 8.5)
 * @QCC_CIRCUIT_HALF_OPEN: one request may try
 * @QCC_CIRCUIT_PROBING: one request is trying, for as long as its lease holds
 *
 * The circuit breaker. Legal edges, all others are a bug:
 *
 *   from \ to     closed  open  quarantined  half-open  probing
 *   closed          -      1        -            -         -
 *   open            2      -        -            3         -
 *   quarantined     2      -        -            3         -
 *   half-open       2,4    5        5            -         6
 *   probing         2,4    5        5            7         -
 *
 *   1 too many failures in a row, or too large a share of them; 2 reset: other key, other address, or by the user;
 *   3 interval over, free check passed, or an answer all the same (last resort); 4 the second answer;
 *   5 a failure, the interval doubles; 6 a request was sent; 7 the first answer, or the lease was lost
 */
typedef enum
{
  QCC_CIRCUIT_CLOSED,
  QCC_CIRCUIT_OPEN,
  QCC_CIRCUIT_QUARANTINED,
  QCC_CIRCUIT_HALF_OPEN,
  QCC_CIRCUIT_PROBING,
} QccCircuit;

/**
 * QccCooling:
 *
 * Why an endpoint is left alone for a time that the breaker has nothing to do with.
 */
typedef enum
{
  QCC_COOLING_NONE,
  QCC_COOLING_OVERLOAD,   /* 5 s, doubling to 60 s */
  QCC_COOLING_RATE_LIMIT, /* as stated, else 60 s */
  QCC_COOLING_FORBIDDEN,  /* 300 s, doubling to 3600 s */
  QCC_COOLING_BILLING,    /* as stated, else 3600 s */
} QccCooling;

/**
 * QccCredential:
 * @QCC_CREDENTIAL_TRUSTED: nothing speaks against it
 * @QCC_CREDENTIAL_DOUBTED: refused once since the last answer
 * @QCC_CREDENTIAL_REJECTED: the endpoint is disabled until something gives hope (spec 4.1, "auth")
 *
 * The key, as the endpoint sees it.
 */
typedef enum
{
  QCC_CREDENTIAL_TRUSTED,
  QCC_CREDENTIAL_DOUBTED,
  QCC_CREDENTIAL_REJECTED,
} QccCredential;

/**
 * QccLevel:
 *
 * How good a usable endpoint is (spec 5.2); a level is used only when those before are empty.
 */
typedef enum
{
  QCC_LEVEL_HEALTHY,
  QCC_LEVEL_DEGRADED,
  QCC_LEVEL_UNHEALTHY,
} QccLevel;

/**
 * QccObstacle:
 *
 * What keeps requests from an endpoint, least bad first: the order of the last resort (spec 6.0). The last two
 * are never overridden.
 */
typedef enum
{
  QCC_OBSTACLE_NONE,
  QCC_OBSTACLE_PROBING,     /* half-open, and the lease is taken */
  QCC_OBSTACLE_COOLING,     /* a cool-down of our own measure */
  QCC_OBSTACLE_OPEN,        /* the circuit is open */
  QCC_OBSTACLE_QUARANTINED, /* and has been for long */
  QCC_OBSTACLE_WAITING,     /* a cool-down that the endpoint stated itself */
  QCC_OBSTACLE_REJECTED,    /* it does not take the key */
} QccObstacle;

gboolean qcc_circuit_is_edge (QccCircuit from, QccCircuit to);
guint qcc_cooling_longest (QccCooling cooling);

#define QCC_TYPE_CIRCUIT (qcc_circuit_get_type ())
GType qcc_circuit_get_type (void);
#define QCC_TYPE_COOLING (qcc_cooling_get_type ())
GType qcc_cooling_get_type (void);
#define QCC_TYPE_CREDENTIAL (qcc_credential_get_type ())
GType qcc_credential_get_type (void);
#define QCC_TYPE_LEVEL (qcc_level_get_type ())
GType qcc_level_get_type (void);
#define QCC_TYPE_OBSTACLE (qcc_obstacle_get_type ())
GType qcc_obstacle_get_type (void);

G_END_DECLS
