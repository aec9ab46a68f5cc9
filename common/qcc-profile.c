/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-profile.h"

/**
 * qcc_profile_new:
 * @name: a valid name, see qcc_profile_name_is_valid()
 *
 * Creates a profile of tier `primary` without endpoints. The caller fills in the rest before it
 * shares the profile.
 *
 * Returns: (transfer full): a new profile
 */
QccProfile *
qcc_profile_new (const char *name)
{
  QccProfile *self;

  g_return_val_if_fail (qcc_profile_name_is_valid (name), NULL);

  self = g_atomic_rc_box_new0 (QccProfile);
  self->name = g_strdup (name);
  self->tier = QCC_TIER_PRIMARY;
  self->endpoints = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_endpoint_unref);

  return self;
}

/**
 * qcc_profile_ref:
 * @self: a profile
 *
 * Returns: (transfer full): @self
 */
QccProfile *
qcc_profile_ref (QccProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
profile_clear (gpointer data)
{
  QccProfile *self = data;

  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->description, g_free);
  g_clear_pointer (&self->endpoints, g_ptr_array_unref);
}

/**
 * qcc_profile_unref:
 * @self: (transfer full): a profile
 */
void
qcc_profile_unref (QccProfile *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, profile_clear);
}

/**
 * qcc_profile_name_is_valid:
 * @name: (nullable): a text
 *
 * Returns: whether @name is 1 to 64 UTF-8 characters without control characters and `/` (spec 1.2)
 */
gboolean
qcc_profile_name_is_valid (const char *name)
{
  guint n_characters = 0;

  if (name == NULL || !g_utf8_validate (name, -1, NULL))
    return FALSE;

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (*p == '/' || g_unichar_iscntrl (g_utf8_get_char (p)))
        return FALSE;
      if (++n_characters > QCC_PROFILE_NAME_MAX)
        return FALSE;
    }

  return n_characters > 0;
}
