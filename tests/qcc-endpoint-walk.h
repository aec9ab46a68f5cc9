/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-endpoint-laws.h"

G_BEGIN_DECLS

/*
 * Random walks through everything that can happen to a pool of endpoints. GLib prints the seed; --seed walks the same
 * way again.
 */

/**
 * QccWalkSeen:
 * @circuits: bit n: the circuit was n
 * @obstacles: bit n: the obstacle was n
 * @credentials: bit n: the credential was n
 *
 * Where a walk has been.
 */
typedef struct
{
  guint circuits;
  guint obstacles;
  guint credentials;
} QccWalkSeen;

QccLaw qcc_endpoint_walk (const QccLawCode *code, guint n_steps, QccWalkSeen *out_seen);

G_END_DECLS
