/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-client.h"
#include "cli/qcc-completion.h"
#include "cli/qcc-completions-resources.h"
#include "cli/qcc-default-token.h"
#include "cli/qcc-setting.h"

static gboolean
run_script (QccCall *call,
            GError **error)
{
  static const char *const shells[] = { "bash", "fish", "zsh", NULL };
  g_autofree char *path = g_strdup_printf ("/io/github/qcc/completions/qcc.%s", call->args[0]);
  g_autoptr (GBytes) script = NULL;

  if (!g_strv_contains (shells, call->args[0]))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("the shell must be one of: bash, fish, zsh"));
      return FALSE;
    }

  script = g_resource_lookup_data (qcc_completions_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (script == NULL)
    return FALSE;

  qcc_call_put (call, g_bytes_get_data (script, NULL));
  return TRUE;
}

static void
add_profiles (QccCompletion *completion,
              const QccBusClient *client)
{
  g_autoptr (GPtrArray) profiles = qcc_bus_client_list_profiles (client);

  for (guint i = 0; i < profiles->len; i++)
    {
      QccDBusProfile1 *profile = g_ptr_array_index (profiles, i);

      qcc_completion_add (completion, qcc_dbus_profile1_get_name (profile), qcc_dbus_profile1_get_description (profile));
    }
}

static void
add_endpoints (QccCompletion *completion,
               const QccBusClient *client)
{
  const char *only = qcc_completion_get_profile (completion);
  g_autoptr (GPtrArray) profiles = qcc_bus_client_list_profiles (client);

  for (guint i = 0; i < profiles->len; i++)
    {
      QccDBusProfile1 *profile = g_ptr_array_index (profiles, i);
      g_autoptr (GPtrArray) endpoints = NULL;

      if (only != NULL && g_strcmp0 (qcc_dbus_profile1_get_name (profile), only) != 0)
        continue;

      endpoints = qcc_bus_client_list_endpoints (client, profile);
      for (guint j = 0; j < endpoints->len; j++)
        qcc_completion_add (completion, qcc_dbus_endpoint1_get_id (g_ptr_array_index (endpoints, j)),
                            qcc_dbus_endpoint1_get_base_url (g_ptr_array_index (endpoints, j)));
    }
}

static void
add_settings (QccCompletion *completion,
              const QccBusClient *client)
{
  g_autoptr (GPtrArray) settings = qcc_setting_list (qcc_bus_client_get_manager (client), NULL, NULL);

  for (guint i = 0; settings != NULL && i < settings->len; i++)
    {
      QccSetting *setting = g_ptr_array_index (settings, i);

      qcc_completion_add (completion, qcc_setting_get_text (setting, "name"), qcc_setting_get_text (setting, "summary"));
    }
}

static void
add_tokens (QccCompletion *completion,
            const QccBusClient *client)
{
  g_autoptr (GPtrArray) records = qcc_token_record_list (qcc_bus_client_get_manager (client), NULL);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const QccTokenRecord *record = g_ptr_array_index (records, i);

      qcc_completion_add (completion, record->name, record->profile);
    }
}

/* Nobody reads errors while typing: what is not known is left out. A service that does not run is not started. */
static gboolean
run_words (QccCall *call,
           GError **error)
{
  g_autoptr (QccCompletion) completion = qcc_completion_new ((const char *const *) call->args);
  QccCompletionSource source = qcc_completion_get_source (completion);
  g_autoptr (QccBusClient) client = NULL;
  g_autofree char *text = NULL;

  if (source != QCC_COMPLETION_NOTHING && source != QCC_COMPLETION_FILES)
    client = qcc_bus_client_new (QCC_BUS_CLIENT_DO_NOT_START, NULL);

  if (client != NULL)
    switch (source)
      {
      case QCC_COMPLETION_PROFILES:
        add_profiles (completion, client);
        break;
      case QCC_COMPLETION_ENDPOINTS:
        add_endpoints (completion, client);
        break;
      case QCC_COMPLETION_SETTINGS:
        add_settings (completion, client);
        break;
      case QCC_COMPLETION_TOKENS:
        add_tokens (completion, client);
        break;
      case QCC_COMPLETION_TARGETS:
        add_profiles (completion, client);
        add_endpoints (completion, client);
        break;
      case QCC_COMPLETION_NOTHING:
      case QCC_COMPLETION_FILES:
        break;
      }

  text = qcc_completion_format (completion);
  qcc_call_put (call, text);
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "completion",
      .synopsis = "bash|zsh|fish",
      .summary = N_ ("Print what makes a shell complete qcc"),
      .description = N_ ("Where QCC is installed, these scripts are in the folders of the shells already, and nothing is to be "
                         "done. Names of profiles, endpoints and settings are completed while the service runs."),
      .examples = (const QccVerbExample[]){
          { "qcc completion fish | source", N_ ("In config.fish") },
          { "eval \"$(qcc completion bash)\"", N_ ("In ~/.bashrc") },
          { "eval \"$(qcc completion zsh)\"", N_ ("In ~/.zshrc, behind compinit") },
          { NULL },
      },
      .min_args = 1,
      .max_args = 1,
      .run = run_script,
  },
  {
      .path = "completion words",
      .synopsis = "[--] WORD…",
      .summary = N_ ("Tell a shell what can be typed next"),
      .description = N_ ("For the scripts of “qcc completion”: takes the words behind “qcc” up to the cursor, the last of which "
                         "may be empty, and prints a line for each word that fits: it, a tabulator, what it means."),
      .examples = (const QccVerbExample[]){
          { "qcc completion words -- priority ''", N_ ("The verbs about priority") },
          { NULL },
      },
      .max_args = G_MAXUINT,
      .run = run_words,
  },
};

const QccVerbGroup qcc_verbs_completion = { N_ ("Shells:"), verbs, G_N_ELEMENTS (verbs) };
