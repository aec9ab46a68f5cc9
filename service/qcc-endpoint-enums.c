/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-enums.h"

G_DEFINE_ENUM_TYPE (QccCircuit, qcc_circuit, G_DEFINE_ENUM_VALUE (QCC_CIRCUIT_CLOSED, "closed"), G_DEFINE_ENUM_VALUE (QCC_CIRCUIT_OPEN, "open"), G_DEFINE_ENUM_VALUE (QCC_CIRCUIT_QUARANTINED, "quarantined"), G_DEFINE_ENUM_VALUE (QCC_CIRCUIT_HALF_OPEN, "half-open"), G_DEFINE_ENUM_VALUE (QCC_CIRCUIT_PROBING, "probing"))

G_DEFINE_ENUM_TYPE (QccCooling, qcc_cooling, G_DEFINE_ENUM_VALUE (QCC_COOLING_NONE, "none"), G_DEFINE_ENUM_VALUE (QCC_COOLING_OVERLOAD, "overload"), G_DEFINE_ENUM_VALUE (QCC_COOLING_RATE_LIMIT, "rate-limit"), G_DEFINE_ENUM_VALUE (QCC_COOLING_FORBIDDEN, "forbidden"), G_DEFINE_ENUM_VALUE (QCC_COOLING_BILLING, "billing"))

G_DEFINE_ENUM_TYPE (QccCredential, qcc_credential, G_DEFINE_ENUM_VALUE (QCC_CREDENTIAL_TRUSTED, "trusted"), G_DEFINE_ENUM_VALUE (QCC_CREDENTIAL_DOUBTED, "doubted"), G_DEFINE_ENUM_VALUE (QCC_CREDENTIAL_REJECTED, "rejected"))

G_DEFINE_ENUM_TYPE (QccLevel, qcc_level, G_DEFINE_ENUM_VALUE (QCC_LEVEL_HEALTHY, "healthy"), G_DEFINE_ENUM_VALUE (QCC_LEVEL_DEGRADED, "degraded"), G_DEFINE_ENUM_VALUE (QCC_LEVEL_UNHEALTHY, "unhealthy"))

G_DEFINE_ENUM_TYPE (QccObstacle, qcc_obstacle, G_DEFINE_ENUM_VALUE (QCC_OBSTACLE_NONE, "none"), G_DEFINE_ENUM_VALUE (QCC_OBSTACLE_PROBING, "probing"), G_DEFINE_ENUM_VALUE (QCC_OBSTACLE_COOLING, "cooling"), G_DEFINE_ENUM_VALUE (QCC_OBSTACLE_OPEN, "open"), G_DEFINE_ENUM_VALUE (QCC_OBSTACLE_QUARANTINED, "quarantined"), G_DEFINE_ENUM_VALUE (QCC_OBSTACLE_WAITING, "waiting"), G_DEFINE_ENUM_VALUE (QCC_OBSTACLE_REJECTED, "rejected"))

/**
 * qcc_circuit_is_edge:
 * @from: a state of the circuit breaker
 * @to: another
 *
 * Returns: whether the table of #QccCircuit leads from @from to @to
 */
gboolean
qcc_circuit_is_edge (QccCircuit from,
                     QccCircuit to)
{
  switch (from)
    {
    case QCC_CIRCUIT_CLOSED:
      return to == QCC_CIRCUIT_OPEN;
    case QCC_CIRCUIT_OPEN:
    case QCC_CIRCUIT_QUARANTINED:
      return to == QCC_CIRCUIT_CLOSED || to == QCC_CIRCUIT_HALF_OPEN;
    case QCC_CIRCUIT_HALF_OPEN:
    case QCC_CIRCUIT_PROBING:
      return to != from;
    }

  g_return_val_if_reached (FALSE);
}

/**
 * qcc_cooling_longest:
 * @cooling: why an endpoint is left alone
 *
 * Returns: seconds that this may last at most, whatever the endpoint states or a file says; 0 for %QCC_COOLING_NONE
 */
guint
qcc_cooling_longest (QccCooling cooling)
{
  switch (cooling)
    {
    case QCC_COOLING_NONE:
      return 0;
    case QCC_COOLING_OVERLOAD:
      return 300;
    case QCC_COOLING_FORBIDDEN:
      return 3600;
    case QCC_COOLING_RATE_LIMIT:
    case QCC_COOLING_BILLING:
      return 86400;
    }

  g_return_val_if_reached (0);
}
