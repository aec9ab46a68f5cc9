/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-keyring-items.h"

/**
 * qcc_keyring_items_find_newest:
 * @items: (element-type SecretItem): what a search has found
 *
 * Returns: (transfer none) (nullable): of those that can be read the one that was changed last
 */
SecretItem *
qcc_keyring_items_find_newest (GList *items)
{
  SecretItem *newest = NULL;

  for (GList *l = items; l != NULL; l = l->next)
    {
      SecretItem *item = l->data;

      if (!secret_item_get_locked (item) &&
          (newest == NULL || secret_item_get_modified (item) > secret_item_get_modified (newest)))
        newest = item;
    }

  return newest;
}

/**
 * qcc_keyring_items_has_locked:
 * @items: (element-type SecretItem): what a search has found
 *
 * Returns: whether one of them must be unlocked first
 */
gboolean
qcc_keyring_items_has_locked (GList *items)
{
  for (GList *l = items; l != NULL; l = l->next)
    if (secret_item_get_locked (l->data))
      return TRUE;

  return FALSE;
}
