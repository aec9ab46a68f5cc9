/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-client.h"
#include "cli/qcc-bus-json.h"
#include "cli/qcc-bus-lookup.h"
#include "cli/qcc-time-text.h"
#include "cli/qcc-words.h"

#define SECONDS_DEFAULT 60
#define SECONDS_MAX 600 /* spec 10.5 */
#define MSEC_PER_SEC 1000
#define NO_FAULT "none"

static gboolean
check_words (const QccCall *call,
             guint *out_seconds,
             GError **error)
{
  static const char *const faults[] = { "refuse", "429", "529", "stall", "cut", NO_FAULT, NULL };
  int seconds = SECONDS_DEFAULT;

  if (!g_strv_contains (faults, call->args[1]))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("the fault must be one of: refuse, 429, 529, stall, cut, none"));
      return FALSE;
    }

  qcc_call_get_number (call, "for", &seconds);
  if (seconds < 1 || seconds > SECONDS_MAX)
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("--for must be 1 to %d seconds"), SECONDS_MAX);
      return FALSE;
    }

  *out_seconds = (guint) seconds;
  return TRUE;
}

static void
tell (const QccCall *call,
      const char *id,
      guint seconds)
{
  const char *fault = call->args[1];
  gint64 now = g_get_real_time ();
  g_autofree char *duration = qcc_time_text_duration ((gint64) seconds * MSEC_PER_SEC);
  g_autofree char *until = qcc_time_text_short (now + seconds * G_USEC_PER_SEC, now);

  if (g_str_equal (fault, NO_FAULT))
    qcc_call_say (call, _ ("“%s” is what it is again."), id);
  else
    /* Translators: an endpoint, what it seems to do, like “refuses connections”, how long and until when. */
    qcc_call_say (call, _ ("“%s” %s for %s, until %s."), id, qcc_words_get (QCC_WORDS_FAULT, fault), duration, until);
}

static void
put_json (const QccCall *call,
          GPtrArray *endpoints,
          guint seconds)
{
  gboolean ended = g_str_equal (call->args[1], NO_FAULT);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *until = qcc_time_text_iso (g_get_real_time () + seconds * G_USEC_PER_SEC);

  json_builder_begin_array (builder);
  for (guint i = 0; i < endpoints->len; i++)
    {
      json_builder_begin_object (builder);
      qcc_bus_json_add_text (builder, "id", qcc_dbus_endpoint1_get_id (g_ptr_array_index (endpoints, i)));
      qcc_bus_json_add_text (builder, "simulated", ended ? "" : call->args[1]);
      if (!ended)
        qcc_bus_json_add_text (builder, "until", until);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  qcc_call_put_json (call, builder);
}

static gboolean
run_simulate (QccCall *call,
              GError **error)
{
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (GPtrArray) endpoints = NULL;
  guint seconds = 0;

  if (!check_words (call, &seconds, error))
    return FALSE;

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  endpoints = client != NULL ? qcc_bus_lookup_targets (client, call->args[0], error) : NULL;
  if (endpoints == NULL)
    return FALSE;

  for (guint i = 0; i < endpoints->len; i++)
    {
      QccDBusEndpoint1 *endpoint = g_ptr_array_index (endpoints, i);

      if (!qcc_dbus_endpoint1_call_simulate_sync (endpoint, call->args[1], seconds, QCC_BUS_CALL, NULL, error))
        return FALSE;
      tell (call, qcc_dbus_endpoint1_get_id (endpoint), seconds);
    }

  if (call->json)
    put_json (call, endpoints, seconds);
  if (endpoints->len == 0)
    qcc_call_say (call, _ ("Profile “%s” has no endpoints; “qcc endpoint add” makes one."), call->args[0]);
  else if (!g_str_equal (call->args[1], NO_FAULT))
    qcc_call_say (call, _ ("“qcc simulate %s none” ends it earlier."), call->args[0]);
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "simulate",
      .synopsis = "PROFILE|ID refuse|429|529|stall|cut|none",
      .summary = N_ ("Let an endpoint seem broken for a while"),
      .description = N_ ("To see what QCC does then. Nothing is sent to the endpoint meanwhile, and what is thought of it "
                         "afterwards is what it was before. The name of a profile stands for all its endpoints. refuse refuses "
                         "connections, 429 and 529 are answers, stall never begins one, cut breaks it off, none ends it."),
      .examples = (const QccVerbExample[]){
          { "qcc simulate work-1 529", N_ ("One endpoint is overloaded, for a minute") },
          { "qcc simulate work refuse --for 300", N_ ("A whole profile is away, for five minutes") },
          { "qcc simulate work none", N_ ("All is as it was") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "for", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("How long, 1 to 600; else 60"), "SECONDS" },
          G_OPTION_ENTRY_NULL,
      },
      .min_args = 2,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_simulate,
  },
};

const QccVerbGroup qcc_verbs_simulate = { N_ ("Trying things out:"), verbs, G_N_ELEMENTS (verbs) };
