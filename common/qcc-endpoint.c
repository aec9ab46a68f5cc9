/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-endpoint.h"

#include <string.h>

#include <gio/gio.h>

static void
model_rule_free (gpointer data)
{
  QccModelRule *rule = data;

  g_free (rule->pattern);
  g_free (rule->name);
  g_free (rule);
}

/**
 * qcc_endpoint_new:
 * @id: a valid id, see qcc_endpoint_id_is_valid()
 * @base_url: what qcc_base_url_parse() returned
 *
 * Creates an endpoint with the defaults of spec 1.1. The caller fills in the rest before it shares
 * the endpoint.
 *
 * Returns: (transfer full): a new endpoint
 */
QccEndpoint *
qcc_endpoint_new (const char *id,
                  GUri *base_url)
{
  QccEndpoint *self;

  g_return_val_if_fail (qcc_endpoint_id_is_valid (id), NULL);
  g_return_val_if_fail (base_url != NULL, NULL);

  self = g_atomic_rc_box_new0 (QccEndpoint);
  self->id = g_strdup (id);
  self->base_url = g_uri_ref (base_url);
  self->auth = QCC_AUTH_SCHEME_AUTO;
  self->weight = QCC_ENDPOINT_WEIGHT_DEFAULT;
  self->max_failures = QCC_ENDPOINT_MAX_FAILURES_DEFAULT;
  self->enabled = TRUE;
  self->models = g_ptr_array_new_with_free_func (model_rule_free);

  return self;
}

/**
 * qcc_endpoint_ref:
 * @self: an endpoint
 *
 * Returns: (transfer full): @self
 */
QccEndpoint *
qcc_endpoint_ref (QccEndpoint *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
endpoint_clear (gpointer data)
{
  QccEndpoint *self = data;

  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->base_url, g_uri_unref);
  g_clear_pointer (&self->ca_file, g_free);
  g_clear_pointer (&self->proxy, g_free);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  g_clear_pointer (&self->meta, json_object_unref);
}

/**
 * qcc_endpoint_unref:
 * @self: (transfer full): an endpoint
 */
void
qcc_endpoint_unref (QccEndpoint *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, endpoint_clear);
}

static gboolean
urls_equal (GUri *a,
            GUri *b)
{
  g_autofree char *first = g_uri_to_string (a);
  g_autofree char *second = g_uri_to_string (b);

  return g_str_equal (first, second);
}

static gboolean
models_equal (const GPtrArray *a,
              const GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;

  for (guint i = 0; i < a->len; i++)
    {
      const QccModelRule *first = g_ptr_array_index (a, i);
      const QccModelRule *second = g_ptr_array_index (b, i);

      if (!g_str_equal (first->pattern, second->pattern) || !g_str_equal (first->name, second->name))
        return FALSE;
    }

  return TRUE;
}

static gboolean
meta_equal (JsonObject *a,
            JsonObject *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return json_object_equal (a, b);
}

/**
 * qcc_endpoint_equal:
 * @a: an endpoint
 * @b: another one
 *
 * Returns: whether they are the same in every member
 */
gboolean
qcc_endpoint_equal (const QccEndpoint *a,
                    const QccEndpoint *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return a == b ||
         (g_str_equal (a->id, b->id) && urls_equal (a->base_url, b->base_url) && a->auth == b->auth &&
          a->weight == b->weight && a->priority == b->priority && a->max_failures == b->max_failures &&
          a->enabled == b->enabled && g_strcmp0 (a->ca_file, b->ca_file) == 0 && g_strcmp0 (a->proxy, b->proxy) == 0 &&
          models_equal (a->models, b->models) && a->connect_timeout == b->connect_timeout &&
          a->first_byte_timeout == b->first_byte_timeout && a->idle_timeout == b->idle_timeout &&
          meta_equal (a->meta, b->meta));
}

/**
 * qcc_endpoint_id_is_valid:
 * @id: (nullable): a text
 *
 * Returns: whether @id is `[a-z0-9-]{1,64}` (spec 1.1)
 */
gboolean
qcc_endpoint_id_is_valid (const char *id)
{
  gsize length;

  if (id == NULL)
    return FALSE;

  length = strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-");
  return length > 0 && length <= QCC_ENDPOINT_ID_MAX && id[length] == '\0';
}

/**
 * qcc_endpoint_map_model:
 * @self: an endpoint
 * @model: the model of a request, in any encoding
 *
 * Looks @model up in the model map of @self; the first pattern that matches wins (spec 1.1).
 *
 * Returns: (transfer none) (nullable): the model to ask for instead, or %NULL when no pattern
 *   matches and the request stays as it is
 */
const char *
qcc_endpoint_map_model (const QccEndpoint *self,
                        const char *model)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (model != NULL, NULL);

  /* GPatternSpec steps over whole characters and would run past the end of a cut one. */
  if (!g_utf8_validate (model, -1, NULL))
    return NULL;

  for (guint i = 0; i < self->models->len; i++)
    {
      const QccModelRule *rule = g_ptr_array_index (self->models, i);

      if (g_pattern_match_simple (rule->pattern, model))
        return rule->name;
    }

  return NULL;
}

/**
 * qcc_endpoint_get_effective_auth:
 * @self: an endpoint
 *
 * Returns: the scheme to use, never %QCC_AUTH_SCHEME_AUTO (spec 2.3)
 */
QccAuthScheme
qcc_endpoint_get_effective_auth (const QccEndpoint *self)
{
  g_return_val_if_fail (self != NULL, QCC_AUTH_SCHEME_BEARER);

  if (self->auth != QCC_AUTH_SCHEME_AUTO)
    return self->auth;

  if (g_ascii_strcasecmp (g_uri_get_host (self->base_url), "api.anthropic.com") == 0)
    return QCC_AUTH_SCHEME_X_API_KEY;

  return QCC_AUTH_SCHEME_BEARER;
}

/**
 * qcc_endpoint_is_local_or_proxied:
 * @self: an endpoint
 *
 * Returns: whether it can be reached while the system says that there is no network: over loopback, on the
 *   same link, or behind a proxy (spec 4.1, offline)
 */
gboolean
qcc_endpoint_is_local_or_proxied (const QccEndpoint *self)
{
  const char *host;
  g_autoptr (GInetAddress) address = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  if (self->proxy != NULL && !g_str_equal (self->proxy, "none"))
    return TRUE;

  host = g_uri_get_host (self->base_url);
  address = g_inet_address_new_from_string (host);
  if (address != NULL)
    return g_inet_address_get_is_loopback (address) || g_inet_address_get_is_link_local (address);

  return g_ascii_strcasecmp (host, "localhost") == 0;
}
