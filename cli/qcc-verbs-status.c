/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-json.h"
#include "cli/qcc-bus-lookup.h"
#include "cli/qcc-dict.h"
#include "cli/qcc-text.h"
#include "cli/qcc-time-text.h"
#include "cli/qcc-words.h"

#define LABEL_WIDTH 10 /* columns, the gap behind the label included */

static gboolean
is_given (const char *text)
{
  return text != NULL && *text != '\0';
}

static void
append_field (GString *text,
              const char *label,
              const char *value)
{
  qcc_text_append_field (text, label, value, LABEL_WIDTH);
}

static char *
describe_proxy (QccDBusManager1 *manager)
{
  const char *state = qcc_dbus_manager1_get_state (manager);

  if (g_strcmp0 (state, "running") == 0)
    return g_strdup_printf (_ ("listens on %s"), qcc_dbus_manager1_get_url (manager));
  if (g_strcmp0 (state, "failed") == 0)
    return g_strdup_printf (_ ("cannot listen: %s"), qcc_dbus_manager1_get_state_reason (manager));
  if (g_strcmp0 (state, "stopping") == 0)
    return g_strdup (_ ("is stopping; answers that are under way finish"));

  return g_strdup (_ ("is stopped; “qcc proxy start” starts it"));
}

static char *
describe_active (QccDBusManager1 *manager)
{
  const char *active = qcc_dbus_manager1_get_active_profile (manager);
  const char *reason = qcc_dbus_manager1_get_pin_reason (manager);
  g_autoptr (GDateTime) since = NULL;
  g_autofree char *when = NULL;

  if (!is_given (active))
    return g_strdup (_ ("none; “qcc add” makes one"));
  if (!qcc_dbus_manager1_get_pinned (manager))
    return g_strdup (active);

  since = g_date_time_new_from_unix_local ((gint64) (qcc_dbus_manager1_get_pinned_since (manager) / G_USEC_PER_SEC));
  when = since != NULL ? g_date_time_format (since, "%F %R") : NULL;
  if (!is_given (reason))
    return g_strdup_printf (_ ("%s, pinned since %s"), active, when != NULL ? when : "?");

  /* Translators: the last is the reason that was given. */
  return g_strdup_printf (_ ("%s, pinned since %s: %s"), active, when != NULL ? when : "?", reason);
}

static void
put_endpoints (const QccCall *call,
               const QccBusClient *client)
{
  const char *const headings[] = {
    C_ ("column", "PROFILE"),
    C_ ("column", "TIER"),
    C_ ("column", "HEALTH"),
    C_ ("column", "ENDPOINT"),
    C_ ("column", "STATE"),
    C_ ("column", "KEY"),
    C_ ("column", "ADDRESS"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);
  g_autoptr (GPtrArray) profiles = qcc_bus_client_list_profiles (client);

  for (guint i = 0; i < profiles->len; i++)
    {
      QccDBusProfile1 *profile = g_ptr_array_index (profiles, i);
      const char *name = qcc_dbus_profile1_get_name (profile);
      const char *tier = qcc_dbus_profile1_get_tier (profile);
      const char *health = qcc_words_get (QCC_WORDS_HEALTH, qcc_dbus_profile1_get_health (profile));
      g_autoptr (GPtrArray) endpoints = qcc_bus_client_list_endpoints (client, profile);

      for (guint j = 0; j < endpoints->len; j++)
        {
          QccDBusEndpoint1 *endpoint = g_ptr_array_index (endpoints, j);
          const char *state = qcc_dbus_endpoint1_get_enabled (endpoint) ? _ ("enabled") : _ ("disabled");

          qcc_table_add_row (table, (const char *const[]){ name, tier, health, qcc_dbus_endpoint1_get_id (endpoint), state,
                                                           qcc_dbus_endpoint1_get_key_state (endpoint),
                                                           qcc_dbus_endpoint1_get_base_url (endpoint), NULL });
        }
      if (endpoints->len == 0)
        qcc_table_add_row (table, (const char *const[]){ name, tier, health, _ ("none"), "", "", "", NULL });
    }

  if (profiles->len > 0)
    {
      qcc_call_put (call, "\n");
      qcc_call_put_table (call, table);
    }
}

/* Returns (nullable) (transfer full): the last event; NULL when there was none, or the service does not know events. */
static GVariant *
get_last_event (const QccBusClient *client)
{
  g_autoptr (QccDBusFailover1) failover = qcc_bus_lookup_failover (client, NULL);
  GVariant *event = failover != NULL ? qcc_dbus_failover1_get_last_event (failover) : NULL;

  return event != NULL && g_variant_n_children (event) > 0 ? g_variant_ref (event) : NULL;
}

static void
append_last_event (GString *text,
                   const QccBusClient *client)
{
  g_autoptr (GVariant) event = get_last_event (client);
  g_autofree char *when = NULL;
  g_autoptr (GString) value = NULL;
  const char *members[] = { "from", "to" };

  if (event == NULL)
    return;

  when = qcc_time_text_short (qcc_dict_get_number (event, "time", 0), g_get_real_time ());
  value = g_string_new (NULL);
  g_string_append_printf (value, "%s %s", when, qcc_words_get (QCC_WORDS_EVENT, qcc_dict_get_text (event, "type")));
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (*qcc_dict_get_text (event, members[i]) != '\0')
      g_string_append_printf (value, "%s%s", i > 0 ? " → " : ", ", qcc_dict_get_text (event, members[i]));
  if (*qcc_dict_get_text (event, "reason") != '\0')
    g_string_append_printf (value, ": %s", qcc_dict_get_text (event, "reason"));
  append_field (text, _ ("Event"), value->str);
}

/* Where the answers come from, if that is not where requests start (spec 6.6). */
static void
append_serving (GString *text,
                QccDBusManager1 *manager)
{
  const char *serving = qcc_dbus_manager1_get_serving (manager);
  g_autofree char *value = NULL;

  if (!is_given (serving) || g_strcmp0 (serving, qcc_dbus_manager1_get_active_profile (manager)) == 0)
    return;

  value = g_strdup_printf (_ ("%s gave the last answer, not the active profile"), serving);
  append_field (text, _ ("Serving"), value);
}

static void
append_simulations (GString *text,
                    const QccBusClient *client)
{
  g_autoptr (GPtrArray) endpoints = qcc_bus_lookup_targets (client, NULL, NULL);

  for (guint i = 0; endpoints != NULL && i < endpoints->len; i++)
    {
      QccDBusEndpoint1 *endpoint = g_ptr_array_index (endpoints, i);
      const char *fault = qcc_dbus_endpoint1_get_simulated (endpoint);
      const char *id = qcc_dbus_endpoint1_get_id (endpoint);
      g_autofree char *value = NULL;

      if (!is_given (fault))
        continue;
      /* Translators: an endpoint and what it seems to do, like “refuses connections”. */
      value = g_strdup_printf (_ ("%s %s; “qcc simulate %s none” ends it"), id, qcc_words_get (QCC_WORDS_FAULT, fault), id);
      append_field (text, _ ("Simulated"), value);
    }
}

static void
put_report (const QccCall *call,
            const QccBusClient *client)
{
  QccDBusManager1 *manager = qcc_bus_client_get_manager (client);
  const char *const *notices = qcc_dbus_manager1_get_notices (manager);
  g_autofree char *service = g_strdup_printf (_ ("runs, version %s"), qcc_dbus_manager1_get_version (manager));
  g_autofree char *proxy = describe_proxy (manager);
  g_autofree char *active = describe_active (manager);
  const char *standard = qcc_dbus_manager1_get_default_profile (manager);
  g_autoptr (GString) text = g_string_new (NULL);

  append_field (text, _ ("Service"), service);
  append_field (text, _ ("Proxy"), proxy);
  append_field (text, _ ("Active"), active);
  if (is_given (standard))
    append_field (text, _ ("Default"), standard);
  append_serving (text, manager);
  append_last_event (text, client);
  append_simulations (text, client);
  for (guint i = 0; notices != NULL && notices[i] != NULL; i++)
    append_field (text, _ ("Notice"), notices[i]);
  qcc_call_put (call, text->str);
  put_endpoints (call, client);
}

/* How the profile is that new requests start in. The picture of @client keeps the text. */
static const char *
find_active_health (const QccBusClient *client)
{
  g_autoptr (GPtrArray) profiles = qcc_bus_client_list_profiles (client);

  for (guint i = 0; i < profiles->len; i++)
    if (qcc_dbus_profile1_get_active (g_ptr_array_index (profiles, i)))
      return qcc_dbus_profile1_get_health (g_ptr_array_index (profiles, i));

  return NULL;
}

static void
add_health_json (JsonBuilder *builder,
                 const QccBusClient *client)
{
  const char *serving = qcc_dbus_manager1_get_serving (qcc_bus_client_get_manager (client));
  const char *health = find_active_health (client);
  g_autoptr (GVariant) event = get_last_event (client);

  qcc_bus_json_add_text (builder, "serving", serving);
  qcc_bus_json_add_text (builder, "health", is_given (health) ? health : "unknown");
  json_builder_set_member_name (builder, "last_event");
  if (event != NULL)
    qcc_dict_add_json (event, builder);
  else
    json_builder_add_null_value (builder);
}

static void
add_manager_json (JsonBuilder *builder,
                  QccDBusManager1 *manager)
{
  const char *const *notices = qcc_dbus_manager1_get_notices (manager);
  const char *state = qcc_dbus_manager1_get_state (manager);

  json_builder_set_member_name (builder, "proxy");
  json_builder_begin_object (builder);
  qcc_bus_json_add_flag (builder, "running", g_strcmp0 (state, "running") == 0);
  qcc_bus_json_add_text (builder, "state", state);
  qcc_bus_json_add_text (builder, "state_reason", qcc_dbus_manager1_get_state_reason (manager));
  qcc_bus_json_add_text (builder, "url", qcc_dbus_manager1_get_url (manager));
  json_builder_end_object (builder);

  qcc_bus_json_add_text (builder, "active_profile", qcc_dbus_manager1_get_active_profile (manager));
  qcc_bus_json_add_text (builder, "default_profile", qcc_dbus_manager1_get_default_profile (manager));
  qcc_bus_json_add_flag (builder, "pinned", qcc_dbus_manager1_get_pinned (manager));
  qcc_bus_json_add_text (builder, "pin_reason", qcc_dbus_manager1_get_pin_reason (manager));
  json_builder_set_member_name (builder, "pinned_since");
  json_builder_add_int_value (builder, (gint64) qcc_dbus_manager1_get_pinned_since (manager));

  json_builder_set_member_name (builder, "notices");
  json_builder_begin_array (builder);
  for (guint i = 0; notices != NULL && notices[i] != NULL; i++)
    json_builder_add_string_value (builder, notices[i]);
  json_builder_end_array (builder);
}

/* @client is NULL when there is no service, for @reason. */
static void
put_json (const QccCall *call,
          const QccBusClient *client,
          const char *reason)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  QccDBusManager1 *manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "service");
  json_builder_begin_object (builder);
  qcc_bus_json_add_flag (builder, "running", client != NULL);
  if (manager != NULL)
    qcc_bus_json_add_text (builder, "version", qcc_dbus_manager1_get_version (manager));
  else
    qcc_bus_json_add_text (builder, "reason", reason);
  json_builder_end_object (builder);

  if (manager != NULL)
    {
      add_manager_json (builder, manager);
      add_health_json (builder, client);
    }
  else
    {
      json_builder_set_member_name (builder, "proxy");
      json_builder_begin_object (builder);
      qcc_bus_json_add_flag (builder, "running", FALSE);
      json_builder_end_object (builder);
    }

  json_builder_set_member_name (builder, "profiles");
  if (client != NULL)
    qcc_bus_json_add_profiles (builder, client);
  else
    {
      json_builder_begin_array (builder);
      json_builder_end_array (builder);
    }
  json_builder_end_object (builder);
  qcc_call_put_json (call, builder);
}

/* A few words for the status line of Claude Code; "!" for what “qcc status” explains. */
static void
put_line (const QccCall *call,
          const QccBusClient *client)
{
  QccDBusManager1 *manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;
  const char *const *notices = manager != NULL ? qcc_dbus_manager1_get_notices (manager) : NULL;
  const char *state = manager != NULL ? qcc_dbus_manager1_get_state (manager) : NULL;
  const char *active = manager != NULL ? qcc_dbus_manager1_get_active_profile (manager) : NULL;
  g_autoptr (GString) text = g_string_new ("QCC ");
  g_autofree char *line = NULL;

  if (manager == NULL)
    g_string_append (text, _ ("off"));
  else if (g_strcmp0 (state, "failed") == 0)
    g_string_append (text, _ ("cannot listen"));
  else if (g_strcmp0 (state, "running") != 0)
    g_string_append (text, _ ("stopped"));
  else if (!is_given (active))
    g_string_append (text, _ ("has no profile"));
  else
    g_string_append (text, active);

  if (manager != NULL && qcc_dbus_manager1_get_pinned (manager))
    g_string_append_printf (text, " %s", _ ("(pinned)"));
  if (notices != NULL && *notices != NULL)
    g_string_append (text, " !");

  line = qcc_text_clean (text->str);
  qcc_call_put (call, line);
  qcc_call_put (call, "\n");
}

static gboolean
run_status (QccCall *call,
            GError **error)
{
  gboolean line = qcc_call_has_option (call, "line");
  g_autoptr (GError) local_error = NULL;
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_DO_NOT_START, &local_error);
  g_autoptr (GString) text = NULL;

  /* That there is no service is an answer here, not an error; the exit code says it too, but for a status line. */
  if (client == NULL && !line)
    call->exit_code = QCC_CLI_EXIT_NO_SERVICE;

  if (call->json)
    put_json (call, client, client == NULL ? local_error->message : NULL);
  else if (line)
    put_line (call, client);
  else if (client != NULL)
    put_report (call, client);
  else
    {
      text = g_string_new (NULL);
      append_field (text, _ ("Service"), local_error->message);
      qcc_call_put (call, text->str);
    }

  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "status",
      .summary = N_ ("Show what QCC is doing"),
      .description = N_ ("Service, proxy, active profile, endpoints with their keys, and what you should know. Never starts the "
                         "service; without one it ends with 3, but with --line it says “QCC off” and ends with 0."),
      .examples = (const QccVerbExample[]){
          { "qcc status", N_ ("Everything at a glance") },
          { "qcc status --line", N_ ("For the status line of Claude Code") },
          { "qcc status --json", N_ ("For programs: service, proxy, profiles") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "line", 'l', 0, G_OPTION_ARG_NONE, NULL, N_ ("A few words in one line"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_status,
  },
};

const QccVerbGroup qcc_verbs_status = { N_ ("Overview:"), verbs, G_N_ELEMENTS (verbs) };
