/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-demo.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>

#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>
#include <glib/gstdio.h>

#include "common/qcc-key-store-memory.h"
#include "service/qcc-demo-client.h"
#include "service/qcc-fake-provider.h"
#include "service/qcc-service.h"
#include "service/qcc-termination.h"

/*
 * The demonstration: a whole instance of QCC in this process, with its files in a directory that
 * is removed at the end and its keys in memory, two scripted providers, and a client that holds a
 * conversation. All of them talk over real sockets. The client is a thread with blocking calls,
 * as a program of its own would be.
 */

#define FIRST_ANSWER "Rain on the window,\\nthe compiler hums along,\\nno errors today."
#define SECOND_ANSWER "The clouds have moved on,\\nanother sky takes over,\\nthe poem goes on."

typedef struct
{
  GMainLoop *loop;         /* (owned) */
  QccService *service;     /* (owned) */
  QccFakeProvider *first;  /* (owned) */
  QccFakeProvider *second; /* (owned) */
  char *directory;         /* (owned) */
  char *url;               /* (owned) (nullable): of the service */
  gboolean stay;
  gboolean worked;
} Demo;

static gboolean
hold_conversation (Demo *self,
                   GError **error)
{
  g_autoptr (QccDemoClient) client = qcc_demo_client_new (self->url);
  gint64 started;

  g_print (_ ("You: %s\n"), "Write a haiku about rain.");
  if (!qcc_demo_client_say (client, "Write a haiku about rain.", "spring", error))
    return FALSE;

  g_print (_ ("\nNow the provider “spring” breaks: it refuses every connection.\n\n"));
  qcc_fake_provider_stop (self->first);

  g_print (_ ("You: %s\n"), "Another one, about the sky.");
  started = g_get_monotonic_time ();
  if (!qcc_demo_client_say (client, "Another one, about the sky.", "autumn", error))
    return FALSE;
  g_print (_ ("(The whole answer took %u ms. The client saw one ordinary answer.)\n"),
           (guint) ((g_get_monotonic_time () - started) / 1000));

  return TRUE;
}

static void
explain_use (Demo *self)
{
  g_print (_ ("\nTo point Claude Code at a running QCC:\n"
              "  ANTHROPIC_BASE_URL=%s ANTHROPIC_AUTH_TOKEN=qcc claude\n"),
           self->stay ? self->url : "http://127.0.0.1:7860");
  g_print (_ ("Your own providers go into %s/qcc/profiles.json, see README.md.\n"), g_get_user_config_dir ());
}

static gboolean
on_conversation_over (gpointer user_data)
{
  Demo *self = user_data;

  if (!self->stay || !self->worked)
    g_main_loop_quit (self->loop);

  return G_SOURCE_REMOVE;
}

static gpointer
conversation_thread (gpointer user_data)
{
  Demo *self = user_data;
  g_autoptr (GError) error = NULL;

  self->worked = hold_conversation (self, &error);
  if (self->worked)
    {
      explain_use (self);
      g_print (_ ("\nThe demonstration worked: the first provider broke, the second one answered.\n"));
      if (self->stay)
        g_print (_ ("It stays up so that you can try it. Ctrl-C ends it.\n"));
    }
  else
    {
      g_print (_ ("\nThe demonstration failed: %s\n"), error->message);
    }

  g_main_context_invoke (NULL, on_conversation_over, self);

  return NULL;
}

static void
on_started (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Demo *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *first = qcc_fake_provider_dup_url (self->first);
  g_autofree char *second = qcc_fake_provider_dup_url (self->second);

  if (!qcc_service_start_finish (self->service, result, &error))
    {
      g_print (_ ("The demonstration failed: %s\n"), error->message);
      g_main_loop_quit (self->loop);
      return;
    }

  self->url = qcc_service_dup_url (self->service);
  g_print (_ ("Two made-up providers are running: “spring” at %s, “autumn” at %s.\n"), first, second);
  g_print (_ ("QCC listens at %s; its profile has spring first, then autumn.\n\n"), self->url);
  g_thread_unref (g_thread_new ("conversation", conversation_thread, self));
}

static QccFakeProvider *
start_provider (const char *answer,
                const char *key,
                GError **error)
{
  g_autoptr (QccFakeProvider) provider = qcc_fake_provider_new (NULL);
  g_autofree char *script = g_strdup_printf ("interval 60\nauto %s\n", answer);

  qcc_fake_provider_set_key (provider, key);
  if (!qcc_fake_provider_set_script (provider, NULL, script, error) || !qcc_fake_provider_start (provider, 0, error))
    return NULL;

  return g_steal_pointer (&provider);
}

static gboolean
write_profiles (Demo *self,
                GFile **out_file,
                GError **error)
{
  g_autofree char *path = g_build_filename (self->directory, "profiles.json", NULL);
  g_autofree char *first = qcc_fake_provider_dup_url (self->first);
  g_autofree char *second = qcc_fake_provider_dup_url (self->second);
  g_autofree char *text = g_strdup_printf (
      "{\"version\":1,\"default\":\"demo\",\"profiles\":[{\"name\":\"demo\",\"strategy\":\"failover\",\"endpoints\":["
      "{\"id\":\"spring\",\"base_url\":\"%s\",\"priority\":0},"
      "{\"id\":\"autumn\",\"base_url\":\"%s\",\"priority\":1}]}]}",
      first, second);

  *out_file = g_file_new_for_path (path);
  return g_file_set_contents (path, text, -1, error);
}

static void
store_key (QccKeyStore *store,
           const char *id,
           const char *key)
{
  g_autoptr (QccSecret) secret = qcc_secret_new (key, -1);

  qcc_key_store_store_async (store, id, secret, NULL, NULL, NULL);
}

static gboolean
set_up (Demo *self,
        GError **error)
{
  g_autoptr (GFile) profiles = NULL;
  g_autoptr (GSettingsBackend) settings = g_memory_settings_backend_new ();
  g_autoptr (QccKeyStore) keys = qcc_key_store_memory_new ();
  QccServiceOptions options = { .settings_backend = settings, .key_store = keys };
  GSettings *proxy;

  self->first = start_provider (FIRST_ANSWER, "key-of-spring", error);
  if (self->first != NULL)
    self->second = start_provider (SECOND_ANSWER, "key-of-autumn", error);
  self->directory = g_dir_make_tmp ("qcc-demo-XXXXXX", error);
  if (self->second == NULL || self->directory == NULL || !write_profiles (self, &profiles, error))
    return FALSE;

  store_key (keys, "spring", "key-of-spring");
  store_key (keys, "autumn", "key-of-autumn");
  options.profile_file = profiles;
  self->service = qcc_service_new (&options, error);
  if (self->service == NULL)
    return FALSE;

  proxy = qcc_policy_get_child (qcc_service_get_policy (self->service), "proxy");
  g_settings_set_int (proxy, "port", 0);
  g_settings_set_string (proxy, "log-level", "warning");
  qcc_service_start_async (self->service, on_started, self);

  return TRUE;
}

static void
tear_down (Demo *self)
{
  g_clear_object (&self->service);
  if (self->first != NULL)
    qcc_fake_provider_stop (self->first);
  if (self->second != NULL)
    qcc_fake_provider_stop (self->second);
  g_clear_object (&self->first);
  g_clear_object (&self->second);

  if (self->directory != NULL)
    {
      g_autofree char *path = g_build_filename (self->directory, "profiles.json", NULL);

      g_unlink (path);
      g_rmdir (self->directory);
    }
  g_free (self->directory);
  g_free (self->url);
}

static void
on_terminate (gpointer user_data)
{
  g_main_loop_quit (user_data);
}

/**
 * qcc_demo_run:
 * @stay: whether to stay up afterwards until the user ends it
 *
 * Tells what happens on standard output. Blocks.
 *
 * Returns: whether the demonstration worked
 */
gboolean
qcc_demo_run (gboolean stay)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (QccTermination) termination = qcc_termination_new (on_terminate, loop);
  Demo self = { .loop = loop, .stay = stay };

  if (set_up (&self, &error))
    g_main_loop_run (loop);
  else
    g_print (_ ("The demonstration failed: %s\n"), error->message);

  tear_down (&self);
  return self.worked;
}
