/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-profile-plan.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-terminal.h"
#include "cli/qcc-text.h"
#include "common/qcc-profile.h"

/* What the first profile is called when the user does not care. */
#define NAME_PROPOSED "default"

/**
 * qcc_profile_plan_clear:
 * @self: a plan
 */
void
qcc_profile_plan_clear (QccProfilePlan *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->options, g_variant_unref);
  qcc_endpoint_plan_clear (&self->endpoint);
}

/* Returns whether a new profile can have that name; else says why it cannot. */
static gboolean
is_name_usable (const QccBusClient *client,
                const char *name)
{
  g_autoptr (QccDBusProfile1) taken = NULL;

  if (qcc_text_looks_like_key (name))
    {
      g_printerr ("%s\n", _ ("That looks like a key; here the name of the profile is wanted."));
      return FALSE;
    }
  if (!qcc_profile_name_is_valid (name))
    {
      g_printerr (_ ("A name has 1 to %d characters, without “/”.\n"), QCC_PROFILE_NAME_MAX);
      return FALSE;
    }

  taken = qcc_bus_client_find_profile (client, name, NULL);
  if (taken != NULL)
    g_printerr ("%s\n", _ ("There is a profile of that name already."));
  return taken == NULL;
}

/**
 * qcc_profile_plan_ask:
 * @self: a plan; questions are asked for what it does not have
 * @call: a call for which qcc_call_can_ask()
 * @client: the service
 * @error: return location for an error
 *
 * Possible errors: those of qcc_terminal_ask() and qcc_endpoint_plan_ask().
 *
 * Returns: whether the questions were answered
 */
gboolean
qcc_profile_plan_ask (QccProfilePlan *self,
                      const QccCall *call,
                      const QccBusClient *client,
                      GError **error)
{
  g_autofree char *question = g_strdup_printf (_ ("Name of the profile [%s]:"), NAME_PROPOSED);

  g_return_val_if_fail (self != NULL, FALSE);

  while (self->name == NULL)
    {
      g_autofree char *answer = qcc_terminal_ask (question, error);
      const char *name;

      if (answer == NULL)
        return FALSE;
      name = *answer != '\0' ? answer : NAME_PROPOSED;
      if (is_name_usable (client, name))
        self->name = g_strdup (name);
    }

  return self->endpoint.options != NULL || qcc_endpoint_plan_ask (&self->endpoint, call, client, error);
}

static void
take_back (const QccBusClient *client,
           const char *name,
           GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (!qcc_dbus_manager1_call_remove_profile_sync (qcc_bus_client_get_manager (client), name, QCC_BUS_CALL, NULL, &local_error))
    g_prefix_error (error, _ ("profile “%s” was added without an endpoint: "), name);
}

/**
 * qcc_profile_plan_carry_out:
 * @self: a plan with a name
 * @call: a call, which is told what was done
 * @client: the service
 * @error: return location for an error
 *
 * Adds the profile and its endpoint. When that fails, the profile is removed again.
 *
 * Possible errors: those of Manager1.AddProfile() and of qcc_endpoint_plan_carry_out().
 *
 * Returns: (transfer full): the new profile
 */
QccDBusProfile1 *
qcc_profile_plan_carry_out (const QccProfilePlan *self,
                            const QccCall *call,
                            const QccBusClient *client,
                            GError **error)
{
  GVariant *options;
  g_autofree char *path = NULL;
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;

  g_return_val_if_fail (self != NULL && self->name != NULL, NULL);

  options = self->options != NULL ? self->options : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
  if (!qcc_dbus_manager1_call_add_profile_sync (qcc_bus_client_get_manager (client), self->name, options, QCC_BUS_CALL, &path, NULL, error))
    return NULL;
  profile = qcc_bus_client_open_profile (client, path, error);
  if (profile == NULL)
    return NULL;

  if (self->endpoint.options != NULL)
    {
      endpoint = qcc_endpoint_plan_carry_out (&self->endpoint, client, profile, error);
      if (endpoint == NULL)
        {
          take_back (client, self->name, error);
          return NULL;
        }
    }

  qcc_call_say (call, _ ("Profile “%s” was added."), self->name);
  if (endpoint != NULL)
    qcc_endpoint_plan_tell (call, endpoint);
  else
    qcc_call_say (call, _ ("It has no endpoint yet; “qcc endpoint add %s” makes one."), self->name);

  return qcc_bus_client_open_profile (client, path, error);
}
