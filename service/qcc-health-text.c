/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-health-text.h"

#include <glib/gi18n-lib.h>

static gboolean
has_key (const QccEndpointEntry *entry)
{
  return entry != NULL && (entry->key != NULL || entry->simulation != NULL);
}

/**
 * qcc_health_get_word:
 * @entry: (nullable): what is known of it
 * @endpoint: its configuration
 * @view: how it is now
 *
 * Returns: the value of io.github.qcc.Endpoint1.Health; a static string
 */
const char *
qcc_health_get_word (const QccEndpointEntry *entry,
                     const QccEndpoint *endpoint,
                     const QccEndpointView *view)
{
  if (!endpoint->enabled)
    return "disabled";
  if (!has_key (entry))
    return "no-key";
  if (view->obstacle != QCC_OBSTACLE_NONE)
    return qcc_enum_to_nick (QCC_TYPE_OBSTACLE, (int) view->obstacle);

  return qcc_enum_to_nick (QCC_TYPE_LEVEL, (int) view->level);
}

static const char *
describe_cooling (QccCooling cooling)
{
  switch (cooling)
    {
    case QCC_COOLING_OVERLOAD:
      return _ ("It is overloaded and is left alone for a moment.");
    case QCC_COOLING_RATE_LIMIT:
      return _ ("Its rate limit is used up.");
    case QCC_COOLING_FORBIDDEN:
      return _ ("It refuses requests from here (a firewall, a region, or a model that the key may not use).");
    case QCC_COOLING_BILLING:
      return _ ("Its account cannot pay: top it up, or raise its spending limit.");
    case QCC_COOLING_NONE:
      break;
    }

  return _ ("It is left alone for a moment.");
}

static const char *
describe_obstacle (const QccEndpointEntry *entry,
                   QccObstacle obstacle)
{
  switch (obstacle)
    {
    case QCC_OBSTACLE_PROBING:
      return _ ("It failed; one request is trying it now.");
    case QCC_OBSTACLE_COOLING:
    case QCC_OBSTACLE_WAITING:
      return describe_cooling (entry->state.cooling);
    case QCC_OBSTACLE_OPEN:
      return _ ("It failed several times and is left alone for a while.");
    case QCC_OBSTACLE_QUARANTINED:
      return _ ("It has been failing for long.");
    case QCC_OBSTACLE_REJECTED:
      return _ ("It does not take its key. Give it another one: “qcc keys set ID”.");
    case QCC_OBSTACLE_NONE:
      break;
    }

  return "";
}

static const char *
describe_level (const QccEndpointEntry *entry,
                QccLevel level)
{
  switch (level)
    {
    case QCC_LEVEL_HEALTHY:
      return "";
    case QCC_LEVEL_DEGRADED:
      return entry->state.weak ? _ ("It answered a test message without its code.") : _ ("It failed lately.");
    case QCC_LEVEL_UNHEALTHY:
      return _ ("It failed several times in a row.");
    }

  g_return_val_if_reached ("");
}

/**
 * qcc_health_describe:
 * @entry: (nullable): what is known of it
 * @endpoint: its configuration
 * @view: how it is now
 *
 * Returns: (transfer full): why it is as it is, for people; empty when all is well
 */
char *
qcc_health_describe (const QccEndpointEntry *entry,
                     const QccEndpoint *endpoint,
                     const QccEndpointView *view)
{
  const char *text;

  if (!endpoint->enabled)
    return g_strdup (_ ("It is switched off: “qcc endpoint enable PROFILE ID” switches it on."));
  if (!has_key (entry))
    return g_strdup (_ ("It has no key: “qcc keys set ID” gives it one."));

  if (view->obstacle != QCC_OBSTACLE_NONE)
    text = describe_obstacle (entry, view->obstacle);
  else
    text = describe_level (entry, view->level);

  /* The last error belongs to what failed, and not to what it said of itself. */
  if (*text == '\0' || entry->figures.last_error_text[0] == '\0' || view->obstacle == QCC_OBSTACLE_REJECTED)
    return g_strdup (text);

  return g_strdup_printf (_ ("%s Last error: %s."), text, entry->figures.last_error_text);
}
