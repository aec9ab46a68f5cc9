/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-snapshot.h"

/**
 * qcc_snapshot_find_profile:
 * @self: a snapshot
 * @name: (nullable): the name of a profile
 *
 * Returns: (transfer none) (nullable): the profile, or %NULL when there is none of that name
 */
QccProfile *
qcc_snapshot_find_profile (const QccSnapshot *self,
                           const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; i < self->profiles->len; i++)
    {
      QccProfile *profile = g_ptr_array_index (self->profiles, i);

      if (g_strcmp0 (profile->name, name) == 0)
        return profile;
    }

  return NULL;
}

static QccEndpoint *
find_endpoint (const QccSnapshot *self,
               const char *id,
               QccProfile **out_profile)
{
  for (guint i = 0; i < self->profiles->len; i++)
    {
      *out_profile = g_ptr_array_index (self->profiles, i);
      for (guint j = 0; j < (*out_profile)->endpoints->len; j++)
        {
          QccEndpoint *endpoint = g_ptr_array_index ((*out_profile)->endpoints, j);

          if (g_strcmp0 (endpoint->id, id) == 0)
            return endpoint;
        }
    }

  *out_profile = NULL;
  return NULL;
}

/**
 * qcc_snapshot_find_endpoint:
 * @self: a snapshot
 * @id: (nullable): the id of an endpoint
 *
 * Returns: (transfer none) (nullable): the endpoint, or %NULL when no profile has one with that id
 */
QccEndpoint *
qcc_snapshot_find_endpoint (const QccSnapshot *self,
                            const char *id)
{
  QccProfile *profile;

  g_return_val_if_fail (self != NULL, NULL);

  return find_endpoint (self, id, &profile);
}

/**
 * qcc_snapshot_find_profile_of:
 * @self: a snapshot
 * @endpoint_id: (nullable): the id of an endpoint
 *
 * Returns: (transfer none) (nullable): the profile that the endpoint belongs to, or %NULL when none has it
 */
QccProfile *
qcc_snapshot_find_profile_of (const QccSnapshot *self,
                              const char *endpoint_id)
{
  QccProfile *profile;

  g_return_val_if_fail (self != NULL, NULL);

  find_endpoint (self, endpoint_id, &profile);

  return profile;
}

/**
 * qcc_snapshot_find_token:
 * @self: a snapshot
 * @presented: what a client says its token is
 *
 * Like qcc_tokens_find(): the time it takes tells nothing about the tokens.
 *
 * Returns: (transfer none) (nullable): the token, or %NULL when the file has none like it
 */
const QccToken *
qcc_snapshot_find_token (const QccSnapshot *self,
                         const char *presented)
{
  g_return_val_if_fail (self != NULL, NULL);

  return qcc_tokens_find (self->tokens, presented);
}
