/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-client.h"
#include "cli/qcc-free-port.h"
#include "cli/qcc-proxy-state.h"
#include "common/qcc-error.h"

#define PORT_MAX 65535

/* Milliseconds. Stop() returns when the last answer has ended, which the service bounds itself. */
#define STOP_TIMEOUT 120000

/* What State is when there is no service to ask; the others are those of Manager1. */
#define STATE_NO_SERVICE "no-service"

static void
put_state_json (const QccCall *call,
                gboolean running,
                const char *url,
                const char *active_profile,
                const char *state)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "running");
  json_builder_add_boolean_value (builder, running);
  json_builder_set_member_name (builder, "url");
  json_builder_add_string_value (builder, url != NULL ? url : "");
  json_builder_set_member_name (builder, "active_profile");
  json_builder_add_string_value (builder, active_profile != NULL ? active_profile : "");
  json_builder_set_member_name (builder, "state");
  json_builder_add_string_value (builder, state != NULL ? state : "");
  json_builder_end_object (builder);
  qcc_call_put_json (call, builder);
}

static void
put_manager_json (const QccCall *call,
                  QccDBusManager1 *manager)
{
  put_state_json (call, qcc_proxy_state_is_listening (manager), qcc_dbus_manager1_get_url (manager),
                  qcc_dbus_manager1_get_active_profile (manager), qcc_dbus_manager1_get_state (manager));
}

/* The properties of the proxy follow signals, for which nothing waits here: asks again. */
static gboolean
put_state (const QccCall *call,
           const char *done,
           GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_DO_NOT_START, error);
  QccDBusManager1 *manager;

  if (client == NULL)
    return FALSE;

  manager = qcc_bus_client_get_manager (client);
  if (call->json)
    put_manager_json (call, manager);
  else if (qcc_proxy_state_is_listening (manager))
    qcc_call_say (call, _ ("The proxy listens at %s."), qcc_dbus_manager1_get_url (manager));
  else
    qcc_call_say (call, "%s", done);
  return TRUE;
}

static gboolean
stop (QccDBusManager1 *manager,
      GError **error)
{
  return qcc_dbus_manager1_call_stop_sync (manager, G_DBUS_CALL_FLAGS_NONE, STOP_TIMEOUT, NULL, error);
}

static gboolean
set_port (QccDBusManager1 *manager,
          guint port,
          GError **error)
{
  g_autofree char *text = g_strdup_printf ("%u", port);

  return qcc_dbus_manager1_call_set_setting_sync (manager, "proxy.port", text, QCC_BUS_CALL, NULL, error);
}

/* Sets @out_port to the port that is set and whether somebody has it. */
static gboolean
is_port_taken (QccDBusManager1 *manager,
               guint *out_port)
{
  g_autofree char *text = NULL;
  guint64 port = 0;

  if (!qcc_dbus_manager1_call_get_setting_sync (manager, "proxy.port", QCC_BUS_CALL, &text, NULL, NULL) ||
      !g_ascii_string_to_unsigned (text, 10, 1, PORT_MAX, &port, NULL))
    return FALSE;

  *out_port = (guint) port;
  return !qcc_free_port_check (*out_port);
}

/* Starts to listen. Where the port is taken, a terminal is offered the next one (spec 2.1); elsewhere the
 * service's message names it. */
static gboolean
start (const QccCall *call,
       QccDBusManager1 *manager,
       GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *question = NULL;
  guint taken = 0;
  guint next = 0;

  if (qcc_dbus_manager1_call_start_sync (manager, QCC_BUS_CALL, NULL, &local_error))
    return TRUE;

  if (g_error_matches (local_error, QCC_ERROR, QCC_ERROR_UNAVAILABLE) && qcc_call_can_ask (call) &&
      is_port_taken (manager, &taken))
    next = qcc_free_port_find (taken);
  if (next == 0)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  g_dbus_error_strip_remote_error (local_error);
  g_printerr ("%s\n", local_error->message);
  question = g_strdup_printf (_ ("Use port %u instead?"), next);
  return qcc_call_agree (call, question, error) && set_port (manager, next, error) &&
         qcc_dbus_manager1_call_start_sync (manager, QCC_BUS_CALL, NULL, error);
}

/* Where to listen. */
typedef struct
{
  char *host; /* (owned) */
  char *port; /* (owned): as text, as settings are */
} Address;

static void
address_clear (Address *self)
{
  g_free (self->host);
  g_free (self->port);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Address, address_clear)

static gboolean
get_address (QccDBusManager1 *manager,
             Address *address,
             GError **error)
{
  return qcc_dbus_manager1_call_get_setting_sync (manager, "proxy.host", QCC_BUS_CALL, &address->host, NULL, error) &&
         qcc_dbus_manager1_call_get_setting_sync (manager, "proxy.port", QCC_BUS_CALL, &address->port, NULL, error);
}

static gboolean
set_address (QccDBusManager1 *manager,
             const Address *address,
             GError **error)
{
  return qcc_dbus_manager1_call_set_setting_sync (manager, "proxy.host", address->host, QCC_BUS_CALL, NULL, error) &&
         qcc_dbus_manager1_call_set_setting_sync (manager, "proxy.port", address->port, QCC_BUS_CALL, NULL, error);
}

/* Takes what was given from the command line, and the rest from @before. */
static void
read_address (const QccCall *call,
              const Address *before,
              Address *address)
{
  const char *host = qcc_call_get_text (call, "host");
  int port;

  address->host = g_strdup (host != NULL ? host : before->host);
  address->port = qcc_call_get_number (call, "port", &port) ? g_strdup_printf ("%d", port) : g_strdup (before->port);
}

/* Listens at @after instead of @before. */
static gboolean
move (const QccCall *call,
      QccDBusManager1 *manager,
      const Address *before,
      const Address *after,
      GError **error)
{
  gboolean was_listening = qcc_proxy_state_is_listening (manager);

  /* A service that was just started for this call listens already, where the settings said before. */
  if (set_address (manager, after, error) && (!was_listening || stop (manager, error)) && start (call, manager, error))
    return TRUE;

  (void) set_address (manager, before, NULL);
  if (was_listening)
    (void) qcc_dbus_manager1_call_start_sync (manager, QCC_BUS_CALL, NULL, NULL);
  return FALSE;
}

static gboolean
run_start (QccCall *call,
           GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  QccDBusManager1 *manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;
  g_auto (Address) before = { NULL };
  g_auto (Address) after = { NULL };
  gboolean moves;

  if (manager == NULL || !get_address (manager, &before, error))
    return FALSE;

  read_address (call, &before, &after);
  moves = !g_str_equal (before.host, after.host) || !g_str_equal (before.port, after.port);
  if (moves ? !move (call, manager, &before, &after, error) : !start (call, manager, error))
    return FALSE;

  return put_state (call, _ ("The proxy does not listen."), error);
}

static gboolean
run_stop (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_DO_NOT_START, error);

  return client != NULL && stop (qcc_bus_client_get_manager (client), error) &&
         put_state (call, _ ("The proxy is stopped; the service stays."), error);
}

static gboolean
run_restart (QccCall *call,
             GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  QccDBusManager1 *manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;

  return manager != NULL && stop (manager, error) && start (call, manager, error) &&
         put_state (call, _ ("The proxy does not listen."), error);
}

static gboolean
run_status (QccCall *call,
            GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_DO_NOT_START, &local_error);
  QccDBusManager1 *manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;

  /* Programs get the four members whatever there is (spec 13.3), so that only the values differ. */
  if (call->json && manager != NULL)
    {
      put_manager_json (call, manager);
      call->exit_code = qcc_proxy_state_is_listening (manager) ? QCC_CLI_EXIT_DONE : QCC_CLI_EXIT_FAILED;
      return TRUE;
    }
  if (call->json && qcc_cli_error_to_exit (local_error) == QCC_CLI_EXIT_NO_SERVICE)
    {
      put_state_json (call, FALSE, NULL, NULL, STATE_NO_SERVICE);
      call->exit_code = QCC_CLI_EXIT_NO_SERVICE;
      return TRUE;
    }
  if (manager == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!qcc_proxy_state_check_listening (manager, error))
    return FALSE;

  qcc_call_say (call, _ ("The proxy listens at %s."), qcc_dbus_manager1_get_url (manager));
  if (*qcc_dbus_manager1_get_active_profile (manager) != '\0')
    qcc_call_say (call, _ ("Requests start in profile “%s”."), qcc_dbus_manager1_get_active_profile (manager));
  else
    qcc_call_say (call, _ ("There is no profile; “qcc init” makes the first."));
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "proxy start",
      .summary = N_ ("Listen for Claude Code"),
      .description = N_ ("Starts the service where it does not run. An address that is given becomes the setting and stays; "
                         "a proxy that listens elsewhere moves there when its answers have ended, or stays where it is when "
                         "it cannot. Port 0 takes a free one."),
      .examples = (const QccVerbExample[]){
          { "qcc proxy start", N_ ("Where the settings say") },
          { "qcc proxy start --port 7870", N_ ("From now on at another port") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "host", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Address to listen on, usually localhost"), "HOST" },
          { "port", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Port to listen on"), "PORT" },
          G_OPTION_ENTRY_NULL,
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_start,
  },
  {
      .path = "proxy stop",
      .summary = N_ ("Stop listening"),
      .description = N_ ("Answers that run may finish for a short time. The service stays, so that “qcc” works on."),
      .examples = (const QccVerbExample[]){
          { "qcc proxy stop", N_ ("Until “qcc proxy start”") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_stop,
  },
  {
      .path = "proxy restart",
      .summary = N_ ("Stop and listen again"),
      .description = N_ ("So that proxy.host and proxy.port take effect."),
      .examples = (const QccVerbExample[]){
          { "qcc proxy restart", N_ ("After the port was changed") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_restart,
  },
  {
      .path = "proxy status",
      .summary = N_ ("Tell whether Claude Code can reach QCC"),
      .description = N_ ("Never starts the service. Ends with 0 when the proxy listens, with 1 when it does not, with 3 "
                         "when there is no service."),
      .examples = (const QccVerbExample[]){
          { "qcc proxy status", N_ ("Address and active profile") },
          { "qcc proxy status --json", N_ ("running, url, active_profile and state") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_status,
  },
};

const QccVerbGroup qcc_verbs_proxy = { N_ ("Proxy:"), verbs, G_N_ELEMENTS (verbs) };
