/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-endpoint-plan.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-cli-error.h"
#include "cli/qcc-endpoint-options.h"
#include "cli/qcc-key-access.h"
#include "cli/qcc-key-calls.h"
#include "cli/qcc-terminal.h"
#include "cli/qcc-text.h"
#include "common/qcc-base-url.h"
#include "common/qcc-error.h"
#include "common/qcc-keyring-error.h"
#include "common/qcc-user-key-store.h"

/**
 * qcc_endpoint_plan_clear:
 * @self: a plan
 */
void
qcc_endpoint_plan_clear (QccEndpointPlan *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->options, g_variant_unref);
  g_clear_pointer (&self->key, qcc_secret_unref);
}

static gboolean
is_profile (const QccBusClient *client,
            const char *name)
{
  g_autoptr (QccDBusProfile1) profile = qcc_bus_client_find_profile (client, name, NULL);

  return profile != NULL;
}

/* Returns the member of the bus that @answer is the value of, NULL when it is none; then says why. */
static const char *
classify (const QccBusClient *client,
          const char *answer)
{
  g_auto (GStrv) parts = g_strsplit (answer, "/", 2);
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GError) error = NULL;

  if (qcc_text_looks_like_key (answer))
    {
      g_printerr ("%s\n", _ ("That looks like a key; here the address is wanted."));
      return NULL;
    }
  if (is_profile (client, answer) || (parts[1] != NULL && *parts[1] != '\0' && is_profile (client, parts[0])))
    return "from";

  uri = qcc_base_url_parse (answer, &error);
  if (uri != NULL)
    return "base_url";

  g_printerr ("%s\n", error->message);
  return NULL;
}

/**
 * qcc_endpoint_plan_ask:
 * @self: an empty plan
 * @call: a call for which qcc_call_can_ask()
 * @client: the service
 * @error: return location for an error
 *
 * Asks where the endpoint is, which may be answered with nothing, and for its key (spec 11.5).
 *
 * Possible errors: those of qcc_terminal_ask() and qcc_terminal_ask_key().
 *
 * Returns: whether the questions were answered
 */
gboolean
qcc_endpoint_plan_ask (QccEndpointPlan *self,
                       const QccCall *call,
                       const QccBusClient *client,
                       GError **error)
{
  const char *member = NULL;
  g_autofree char *answer = NULL;
  g_autoptr (GVariantDict) members = g_variant_dict_new (NULL);

  g_return_val_if_fail (self != NULL, FALSE);

  while (member == NULL)
    {
      g_free (answer);
      answer = qcc_terminal_ask (_ ("Address of the provider, or a profile to take it from (Enter for later):"), error);
      if (answer == NULL)
        return FALSE;
      if (*answer == '\0')
        return TRUE;
      member = classify (client, answer);
    }

  g_variant_dict_insert (members, member, "s", answer);
  self->options = g_variant_ref_sink (g_variant_dict_end (members));
  return qcc_key_access_ask (&self->key, error);
}

/**
 * qcc_endpoint_plan_read:
 * @self: an empty plan
 * @call: a call of a verb with %QCC_ENDPOINT_OPTIONS and %QCC_KEY_ACCESS_OPTIONS
 * @error: return location for an error
 *
 * Makes the plan from the options of the command line. Where none says where the key is, and somebody can be asked, it
 * is asked for.
 *
 * Possible errors: those of qcc_endpoint_options_build(), qcc_key_access_read() and qcc_key_access_ask().
 *
 * Returns: whether the options are a plan
 */
gboolean
qcc_endpoint_plan_read (QccEndpointPlan *self,
                        const QccCall *call,
                        GError **error)
{
  GVariant *options;

  g_return_val_if_fail (self != NULL, FALSE);

  options = qcc_endpoint_options_build (call, error);
  if (options == NULL || !qcc_key_access_check_options (call, error))
    {
      g_clear_pointer (&options, g_variant_unref);
      return FALSE;
    }
  self->options = g_variant_ref_sink (options);

  if (qcc_key_access_is_given (call))
    {
      self->key = qcc_key_access_read (call, error);
      return self->key != NULL;
    }

  return !qcc_call_can_ask (call) || qcc_key_access_ask (&self->key, error);
}

/* Takes back what was added, so that nothing is half done. */
static void
take_back (QccDBusEndpoint1 *endpoint,
           GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (qcc_dbus_endpoint1_call_remove_sync (endpoint, QCC_BUS_CALL, NULL, &local_error))
    g_prefix_error (error, "%s", _ ("the endpoint was not added, since its key cannot be stored: "));
  else
    g_prefix_error (error, _ ("the key of endpoint “%s” cannot be stored, and the endpoint could not be removed again: "),
                    qcc_dbus_endpoint1_get_id (endpoint));
}

/* Asked before anything is added, since the id of an endpoint that is taken back is not given again. */
static gboolean
check_place_for_key (GError **error)
{
  g_autoptr (GError) reason = NULL;

  switch (qcc_key_calls_get_keyring_state ())
    {
    case QCC_PLATFORM_KEY_STORE_UNLOCKED:
      return TRUE;
    case QCC_PLATFORM_KEY_STORE_LOCKED:
      reason = qcc_keyring_error_new_locked ();
      break;
    case QCC_PLATFORM_KEY_STORE_ABSENT:
      if (qcc_user_key_store_has_file ())
        return TRUE;
      reason = g_error_new_literal (QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                                    _ ("there is no keyring here, and the key file is not in use; to keep keys in a file "
                                       "that only you can read, run “qcc keys file”"));
      break;
    }

  g_propagate_prefixed_error (error, g_steal_pointer (&reason), "%s",
                              _ ("the endpoint was not added, since its key cannot be stored: "));
  return FALSE;
}

/**
 * qcc_endpoint_plan_carry_out:
 * @self: a plan with options
 * @client: the service
 * @profile: where the endpoint belongs
 * @error: return location for an error
 *
 * Adds the endpoint and stores its key. When the key cannot be stored, the endpoint is removed again.
 *
 * Possible errors: those of Profile1.AddEndpoint() and of qcc_key_access_store().
 *
 * Returns: (transfer full): the new endpoint
 */
QccDBusEndpoint1 *
qcc_endpoint_plan_carry_out (const QccEndpointPlan *self,
                             const QccBusClient *client,
                             QccDBusProfile1 *profile,
                             GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_autoptr (QccKeyStore) store = NULL;

  g_return_val_if_fail (self != NULL && self->options != NULL, NULL);

  if (self->key != NULL && !check_place_for_key (error))
    return NULL;
  if (!qcc_dbus_profile1_call_add_endpoint_sync (profile, self->options, QCC_BUS_CALL, &path, NULL, error))
    return NULL;
  endpoint = qcc_bus_client_open_endpoint (client, path, error);
  if (endpoint == NULL || self->key == NULL)
    return g_steal_pointer (&endpoint);

  store = qcc_cli_open_key_store ();
  if (!qcc_key_access_store (store, qcc_dbus_endpoint1_get_id (endpoint), self->key, error))
    {
      take_back (endpoint, error);
      return NULL;
    }
  if (!qcc_dbus_endpoint1_call_key_changed_sync (endpoint, QCC_BUS_CALL, NULL, error))
    return NULL;

  return qcc_bus_client_open_endpoint (client, path, error);
}

/**
 * qcc_endpoint_plan_tell:
 * @call: a call
 * @endpoint: the endpoint that was added
 *
 * Says what is there now, and what is missing.
 */
void
qcc_endpoint_plan_tell (const QccCall *call,
                        QccDBusEndpoint1 *endpoint)
{
  const char *id = qcc_dbus_endpoint1_get_id (endpoint);
  const char *profile = qcc_dbus_endpoint1_get_profile (endpoint);

  qcc_call_say (call, _ ("Endpoint “%s” was added to profile “%s”."), id, profile);

  /* Not "missing", since the service may still be looking for it. */
  if (g_strcmp0 (qcc_dbus_endpoint1_get_key_state (endpoint), "ok") != 0)
    qcc_call_say (call, _ ("It has no key yet; “qcc keys set %s” asks for it."), id);
}
