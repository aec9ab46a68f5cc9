/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "common/qcc-enums.h"

G_BEGIN_DECLS

/**
 * QccModelRule:
 * @pattern: (owned): a glob (`*`, `?`) that the model in a request is matched against
 * @name: (owned): the model that is asked for instead
 */
typedef struct
{
  char *pattern;
  char *name;
} QccModelRule;

/**
 * QccEndpoint:
 * @id: (owned): `[a-z0-9-]{1,64}`, unique in the whole profile file
 * @base_url: (owned): http or https, no userinfo, query or fragment, path without a trailing slash
 * @auth: the header that carries the key
 * @weight: share of the traffic with strategies `weighted` and `least-connections`, 1 to 1000
 * @priority: place in strategy `failover`, 0 is first
 * @max_failures: consecutive failures that open the circuit breaker
 * @enabled: the user's own switch
 * @ca_file: (owned) (nullable): absolute path of a PEM file whose certificates are trusted too
 * @proxy: (owned) (nullable): %NULL for the system's proxy, `none`, or a proxy URL without a password
 * @models: (owned) (element-type QccModelRule): the model map, first match wins; never %NULL
 * @connect_timeout: seconds, 0 for the setting's value
 * @first_byte_timeout: seconds, 0 for the setting's value
 * @idle_timeout: seconds, 0 for the setting's value
 * @meta: (owned) (nullable): the user's own metadata
 *
 * One upstream: a base URL and what belongs to it. The key is not here, it is in the key store
 * under @id. Immutable after it was built, so that an exchange can keep it over a change of
 * configuration. Reference-counted; may be shared between threads.
 */
typedef struct
{
  char *id;
  GUri *base_url;
  QccAuthScheme auth;
  guint weight;
  guint priority;
  guint max_failures;
  gboolean enabled;
  char *ca_file;
  char *proxy;
  GPtrArray *models;
  guint connect_timeout;
  guint first_byte_timeout;
  guint idle_timeout;
  JsonObject *meta;
} QccEndpoint;

#define QCC_ENDPOINT_WEIGHT_DEFAULT 100
#define QCC_ENDPOINT_WEIGHT_MAX 1000
#define QCC_ENDPOINT_PRIORITY_MAX 1000
#define QCC_ENDPOINT_MAX_FAILURES_DEFAULT 3
#define QCC_ENDPOINT_MAX_FAILURES_MAX 100
#define QCC_ENDPOINT_TIMEOUT_MAX 86400 /* seconds */
#define QCC_ENDPOINT_ID_MAX 64         /* bytes */

QccEndpoint *qcc_endpoint_new (const char *id, GUri *base_url);
QccEndpoint *qcc_endpoint_ref (QccEndpoint *self);
void qcc_endpoint_unref (QccEndpoint *self);

gboolean qcc_endpoint_equal (const QccEndpoint *a, const QccEndpoint *b);
gboolean qcc_endpoint_id_is_valid (const char *id);
const char *qcc_endpoint_map_model (const QccEndpoint *self, const char *model);
QccAuthScheme qcc_endpoint_get_effective_auth (const QccEndpoint *self);
gboolean qcc_endpoint_is_local_or_proxied (const QccEndpoint *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccEndpoint, qcc_endpoint_unref)

G_END_DECLS
