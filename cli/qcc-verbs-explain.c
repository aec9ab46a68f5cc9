/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-client.h"
#include "cli/qcc-dict.h"
#include "cli/qcc-explain-text.h"
#include "cli/qcc-terminal.h"
#include "cli/qcc-time-text.h"
#include "cli/qcc-words.h"

#define LIST_DEFAULT 20

static void
put_exchanges (const QccCall *call,
               GVariant *exchanges)
{
  const char *const headings[] = {
    C_ ("column", "ID"),
    C_ ("column", "TIME"),
    C_ ("column", "PATH"),
    C_ ("column", "MODEL"),
    C_ ("column", "ENDPOINT"),
    C_ ("column", "STATUS"),
    C_ ("column", "TRIES"),
    C_ ("column", "END"),
    NULL,
  };
  gint64 now = g_get_real_time ();
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (gsize i = 0; i < g_variant_n_children (exchanges); i++)
    {
      g_autoptr (GVariant) exchange = g_variant_get_child_value (exchanges, i);
      gint64 status = qcc_dict_get_number (exchange, "status", 0);
      g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, qcc_dict_get_number (exchange, "id", 0));
      g_autofree char *when = qcc_time_text_short (qcc_dict_get_number (exchange, "time", 0), now);
      g_autofree char *number = status > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, status) : g_strdup ("");
      g_autofree char *tries = g_strdup_printf ("%" G_GINT64_FORMAT, qcc_dict_get_number (exchange, "n-attempts", 0));
      const char *const cells[] = {
        id,
        when,
        qcc_dict_get_text (exchange, "path"),
        qcc_dict_get_text (exchange, "model"),
        qcc_dict_get_text (exchange, "endpoint"),
        number,
        tries,
        qcc_words_get (QCC_WORDS_END, qcc_dict_get_text (exchange, "end")),
        NULL,
      };

      qcc_table_add_row (table, cells);
    }

  qcc_call_put_table (call, table);
}

static gboolean
list_exchanges (const QccCall *call,
                guint limit,
                GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GVariant) exchanges = NULL;
  g_autoptr (JsonBuilder) builder = NULL;

  if (client == NULL ||
      !qcc_dbus_manager1_call_list_exchanges_sync (qcc_bus_client_get_manager (client), limit, QCC_BUS_CALL, &exchanges, NULL, error))
    return FALSE;

  if (call->json)
    {
      builder = json_builder_new ();
      qcc_dict_add_list_json (exchanges, builder);
      qcc_call_put_json (call, builder);
    }
  else if (g_variant_n_children (exchanges) > 0)
    put_exchanges (call, exchanges);
  else
    qcc_call_say (call, _ ("There was no request yet."));
  return TRUE;
}

static gboolean
explain (const QccCall *call,
         GError **error)
{
  const char *id = call->n_args > 0 ? call->args[0] : "";
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (GVariant) explanation = NULL;
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree char *text = NULL;

  if (*id != '\0' && !g_ascii_string_to_unsigned (id, 10, 1, G_MAXUINT64, NULL, NULL))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("the ID of a request is a number; “qcc explain --list” shows them"));
      return FALSE;
    }

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  if (client == NULL ||
      !qcc_dbus_manager1_call_explain_sync (qcc_bus_client_get_manager (client), id, QCC_BUS_CALL, &explanation, NULL, error))
    return FALSE;

  if (call->json)
    {
      builder = json_builder_new ();
      qcc_dict_add_json (explanation, builder);
      qcc_call_put_json (call, builder);
      return TRUE;
    }

  text = qcc_explain_text_format (explanation, qcc_terminal_get_width (), g_get_real_time ());
  qcc_call_put (call, text);
  return TRUE;
}

static gboolean
run_explain (QccCall *call,
             GError **error)
{
  gboolean list = qcc_call_has_option (call, "list");
  guint limit = LIST_DEFAULT;

  if (!qcc_call_get_limit (call, &limit, error))
    return FALSE;
  if (list ? call->n_args > 0 : qcc_call_has_option (call, "number"))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("give either an ID, or --list with or without -n"));
      return FALSE;
    }

  return list ? list_exchanges (call, limit, error) : explain (call, error);
}

static const QccVerb verbs[] = {
  {
      .path = "explain",
      .synopsis = "[ID]",
      .summary = N_ ("Show why a request went where it went"),
      .description = N_ ("Of any of the last 1000 requests: every endpoint that there was, why it was or was not taken, and every "
                         "attempt with what came of it. Without an ID it is the newest. The access log has the same IDs."),
      .examples = (const QccVerbExample[]){
          { "qcc explain", N_ ("The newest request") },
          { "qcc explain --list -n 50", N_ ("The last requests, with their IDs") },
          { "qcc explain 17 --json", N_ ("A certain one, for programs") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "list", 'l', 0, G_OPTION_ARG_NONE, NULL, N_ ("List requests, the newest first"), NULL },
          QCC_CALL_LIMIT_OPTION,
          G_OPTION_ENTRY_NULL,
      },
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_explain,
  },
};

const QccVerbGroup qcc_verbs_explain = { N_ ("Requests:"), verbs, G_N_ELEMENTS (verbs) };
