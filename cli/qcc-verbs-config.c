/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-client.h"
#include "cli/qcc-setting-out.h"
#include "cli/qcc-text.h"

#define DESCRIPTION_INDENT 2

static void
put_setting_json (const QccCall *call,
                  QccSetting *setting)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  qcc_setting_add_json (setting, builder);
  qcc_call_put_json (call, builder);
}

static void
put_settings_json (const QccCall *call,
                   GPtrArray *settings)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  qcc_setting_out_add_json (settings, builder);
  qcc_call_put_json (call, builder);
}

static gboolean
run_get (QccCall *call,
         GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GVariant) setting = NULL;
  g_autofree char *line = NULL;

  setting = client != NULL ? qcc_setting_find (qcc_bus_client_get_manager (client), call->args[0], error) : NULL;
  if (setting == NULL)
    return FALSE;

  if (call->json)
    {
      put_setting_json (call, setting);
      return TRUE;
    }

  line = g_strconcat (qcc_setting_get_text (setting, "value"), "\n", NULL);
  qcc_call_put (call, line);
  return TRUE;
}

static void
append_member (GString *text,
               const char *label,
               const char *value)
{
  g_autofree char *clean = qcc_text_clean (value);
  g_autofree char *line = g_strdup_printf ("%s %s", label, clean);
  g_autofree char *folded = qcc_text_fold (line, QCC_TEXT_WIDTH_DEFAULT, DESCRIPTION_INDENT);

  g_string_append (text, folded);
}

static void
put_description (const QccCall *call,
                 QccSetting *setting)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *title = NULL;
  g_autofree char *folded = NULL;
  g_autofree char *description = NULL;

  /* Translators: the name of a setting and what it is. */
  title = g_strdup_printf (_ ("%s: %s"), qcc_setting_get_text (setting, "name"), qcc_setting_get_text (setting, "summary"));
  folded = qcc_text_fold (title, QCC_TEXT_WIDTH_DEFAULT, 0);
  description = qcc_text_fold (qcc_setting_get_text (setting, "description"), QCC_TEXT_WIDTH_DEFAULT, DESCRIPTION_INDENT);
  g_string_append_printf (text, "%s%s\n", folded, description);
  append_member (text, _ ("Value:"), qcc_setting_get_text (setting, "value"));
  append_member (text, _ ("Default:"), qcc_setting_get_text (setting, "default"));
  append_member (text, _ ("Allowed:"), qcc_setting_get_text (setting, "allowed"));
  if (!qcc_setting_get_flag (setting, "is-writable"))
    append_member (text, _ ("Locked:"), _ ("your administrator has set it"));

  qcc_call_put (call, text->str);
}

static gboolean
run_describe (QccCall *call,
              GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GVariant) setting = NULL;

  setting = client != NULL ? qcc_setting_find (qcc_bus_client_get_manager (client), call->args[0], error) : NULL;
  if (setting == NULL)
    return FALSE;

  if (call->json)
    put_setting_json (call, setting);
  else
    put_description (call, setting);
  return TRUE;
}

static gboolean
run_list (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GPtrArray) settings = NULL;

  settings = client != NULL ? qcc_setting_list (qcc_bus_client_get_manager (client), call->args[0], error) : NULL;
  if (settings == NULL)
    return FALSE;

  if (call->json)
    put_settings_json (call, settings);
  else
    qcc_setting_out_put_table (call, settings);
  return TRUE;
}

/* The listener is made when the proxy starts; the schema says the same of these. */
static gboolean
waits_for_start (QccSetting *setting)
{
  static const char *const names[] = { "proxy.host", "proxy.port", "proxy.ssl-certificate", "proxy.ssl-enabled", "proxy.ssl-key", NULL };

  return g_strv_contains (names, qcc_setting_get_text (setting, "name"));
}

static gboolean
tell_change (const QccCall *call,
             QccDBusManager1 *manager,
             GError **error)
{
  g_autoptr (GVariant) setting = qcc_setting_find (manager, call->args[0], error);

  if (setting == NULL)
    return FALSE;

  if (call->json)
    put_setting_json (call, setting);
  qcc_call_say (call, _ ("%s is now “%s”."), qcc_setting_get_text (setting, "name"), qcc_setting_get_text (setting, "value"));
  if (waits_for_start (setting))
    qcc_call_say (call, _ ("It takes effect with the next start of the proxy: “qcc proxy restart”."));
  return TRUE;
}

static gboolean
run_set (QccCall *call,
         GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  QccDBusManager1 *manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;

  return manager != NULL &&
         qcc_dbus_manager1_call_set_setting_sync (manager, call->args[0], call->args[1], QCC_BUS_CALL, NULL, error) &&
         tell_change (call, manager, error);
}

static gboolean
reset_all (const QccCall *call,
           QccDBusManager1 *manager,
           GError **error)
{
  g_autoptr (GPtrArray) before = qcc_setting_list (manager, NULL, error);
  g_autoptr (GPtrArray) after = NULL;
  guint n_reset = 0;

  if (before == NULL || !qcc_call_confirm (call, _ ("Give all settings their defaults?"), error))
    return FALSE;

  for (guint i = 0; i < before->len; i++)
    {
      QccSetting *setting = g_ptr_array_index (before, i);

      if (qcc_setting_get_flag (setting, "is-default") || !qcc_setting_get_flag (setting, "is-writable"))
        continue;
      if (!qcc_dbus_manager1_call_reset_setting_sync (manager, qcc_setting_get_text (setting, "name"), QCC_BUS_CALL, NULL, error))
        return FALSE;
      n_reset++;
    }

  if (call->json)
    {
      after = qcc_setting_list (manager, NULL, error);
      if (after == NULL)
        return FALSE;
      put_settings_json (call, after);
    }
  qcc_call_say (call, ngettext ("%u setting was changed back.", "%u settings were changed back.", n_reset), n_reset);
  return TRUE;
}

static gboolean
run_reset (QccCall *call,
           GError **error)
{
  gboolean all = qcc_call_has_option (call, "all");
  g_autoptr (QccBusClient) client = NULL;
  QccDBusManager1 *manager;

  if (all == (call->n_args > 0))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("give either a setting or --all"));
      return FALSE;
    }

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  if (client == NULL)
    return FALSE;

  manager = qcc_bus_client_get_manager (client);
  if (all)
    return reset_all (call, manager, error);

  return qcc_dbus_manager1_call_reset_setting_sync (manager, call->args[0], QCC_BUS_CALL, NULL, error) && tell_change (call, manager, error);
}

static const QccVerb verbs[] = {
  {
      .path = "config get",
      .synopsis = "KEY",
      .summary = N_ ("Print the value of a setting"),
      .examples = (const QccVerbExample[]){
          { "qcc config get proxy.port", N_ ("Only the value") },
          { "qcc config get proxy.port --json", N_ ("Everything about it") },
          { NULL },
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_get,
  },
  {
      .path = "config describe",
      .synopsis = "KEY",
      .summary = N_ ("Explain a setting, and what it may be"),
      .examples = (const QccVerbExample[]){
          { "qcc config describe proxy.require-token", N_ ("Meaning, value, default, what is allowed") },
          { NULL },
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_describe,
  },
  {
      .path = "config list",
      .synopsis = "[PREFIX]",
      .summary = N_ ("List settings with their values"),
      .description = N_ ("The last column has the default of what was changed."),
      .examples = (const QccVerbExample[]){
          { "qcc config list", N_ ("All of them") },
          { "qcc config list failover", N_ ("Those about failover") },
          { NULL },
      },
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_list,
  },
  {
      .path = "config set",
      .synopsis = "KEY VALUE",
      .summary = N_ ("Change a setting"),
      .description = N_ ("Takes effect at once, but for proxy.host, proxy.port and proxy.ssl-*: with the next start of the proxy, “qcc proxy restart”. Lists "
                         "are written with commas. A value that is not allowed is refused, and the message says what is."),
      .examples = (const QccVerbExample[]){
          { "qcc config set failover.cooldown 600", N_ ("Ten minutes between two failovers") },
          { "qcc config set proxy.require-token true", N_ ("Let nobody in without a token") },
          { NULL },
      },
      .min_args = 2,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_set,
  },
  {
      .path = "config reset",
      .synopsis = "KEY | --all",
      .summary = N_ ("Give a setting its default"),
      .description = N_ ("With --all a terminal is asked before."),
      .examples = (const QccVerbExample[]){
          { "qcc config reset proxy.port", N_ ("One setting") },
          { "qcc config reset --all --yes", N_ ("All of them, without a question") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "all", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("All settings"), NULL },
          { "yes", 'y', 0, G_OPTION_ARG_NONE, NULL, N_ ("Do not ask"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_reset,
  },
};

const QccVerbGroup qcc_verbs_config = { N_ ("Settings:"), verbs, G_N_ELEMENTS (verbs) };
