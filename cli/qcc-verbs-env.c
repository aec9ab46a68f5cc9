/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-json.h"
#include "cli/qcc-default-token.h"
#include "cli/qcc-proxy-state.h"
#include "cli/qcc-shell.h"
#include "common/qcc-enums.h"

#define URL_VARIABLE "ANTHROPIC_BASE_URL"
#define TOKEN_VARIABLE "ANTHROPIC_AUTH_TOKEN"

/* Claude Code wants some token. The service lets any word in that is none of its tokens, as long as it requires none. */
#define ANY_WORD "qcc"

static gboolean
read_shell (const QccCall *call,
            QccShell *out_shell,
            GError **error)
{
  const char *name = qcc_call_get_text (call, "shell");
  g_autoptr (GError) local_error = NULL;
  int value = QCC_SHELL_SH;

  if (name == NULL || qcc_enum_from_nick (QCC_TYPE_SHELL, name, &value, &local_error))
    {
      *out_shell = (QccShell) value;
      return TRUE;
    }

  g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, "--shell: %s", local_error->message);
  return FALSE;
}

static void
put_json (const QccCall *call,
          const char *url,
          const QccSecret *token)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  qcc_bus_json_add_text (builder, URL_VARIABLE, url);
  qcc_bus_json_add_text (builder, TOKEN_VARIABLE, qcc_secret_peek (token));
  json_builder_end_object (builder);
  qcc_call_put_json (call, builder);
}

static gboolean
run_env (QccCall *call,
         GError **error)
{
  QccShell shell = QCC_SHELL_SH;
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccSecret) token = NULL;
  g_autofree char *url_line = NULL;
  g_autofree char *token_line = NULL;
  QccDBusManager1 *manager;

  if (!read_shell (call, &shell, error))
    return FALSE;

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;
  if (manager == NULL || !qcc_proxy_state_check_listening (manager, error))
    return FALSE;
  if (!qcc_default_token_ensure (call, manager, &token, error))
    return FALSE;
  if (token == NULL)
    token = qcc_secret_new (ANY_WORD, -1);

  if (call->json)
    {
      put_json (call, qcc_dbus_manager1_get_url (manager), token);
      return TRUE;
    }

  url_line = qcc_shell_dup_export (shell, URL_VARIABLE, qcc_dbus_manager1_get_url (manager));
  token_line = qcc_shell_dup_export (shell, TOKEN_VARIABLE, qcc_secret_peek (token));
  qcc_call_put (call, url_line);
  qcc_call_put (call, token_line);
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "env",
      .summary = N_ ("Print the variables that lead Claude Code to QCC"),
      .description = N_ ("Shell lines that set ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN, to be evaluated by the shell that "
                         "starts Claude Code. The token is the one named “default”, which is made when there is none and kept "
                         "in your key store. Starts the service where it does not run.\n"
                         "To keep a project to one profile give it a token of its own: qcc token add NAME --profile PROFILE"),
      .examples = (const QccVerbExample[]){
          { "qcc env", N_ ("Only print them") },
          { "eval \"$(qcc env)\"", N_ ("In bash, zsh and other shells of their kind") },
          { "qcc env --shell fish | source", N_ ("In fish") },
          { "qcc env --shell powershell | Out-String | Invoke-Expression", N_ ("In PowerShell") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "shell", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Whose language; sh when not given"), "sh|fish|powershell|cmd" },
          G_OPTION_ENTRY_NULL,
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_env,
  },
};

const QccVerbGroup qcc_verbs_env = { N_ ("Claude Code:"), verbs, G_N_ELEMENTS (verbs) };
