/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "common/qcc-key-file.h"
#include "service/qcc-fake-provider.h"
#include "tests/qcc-raw-client.h"

/* The program `qcc-service` as a process of its own, in directories of its own (spec 2.1, 13.4). */

#define REQUEST "{\"model\":\"claude-test\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

static const char *program;

typedef struct
{
  char *root;            /* (owned) */
  char *port_file;       /* (owned) */
  GSubprocess *process;  /* (owned) (nullable) */
  GDataInputStream *log; /* (owned) (nullable): its standard error */
  GString *said;         /* (owned): what came of it */
  guint16 port;
} Instance;

static void
write_file (Instance *self,
            const char *directory,
            const char *name,
            const char *text)
{
  g_autofree char *folder = g_build_filename (self->root, directory, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static Instance *
instance_new (const char *proxy_settings)
{
  Instance *self = g_new0 (Instance, 1);
  g_autofree char *settings = g_strdup_printf ("[io/github/qcc/proxy]\n%s\n", proxy_settings);
  g_autoptr (GError) error = NULL;

  self->root = g_dir_make_tmp ("qcc-test-XXXXXX", &error);
  g_assert_no_error (error);
  self->port_file = g_build_filename (self->root, "port", NULL);
  self->said = g_string_new (NULL);
  write_file (self, "config/glib-2.0/settings", "keyfile", settings);

  return self;
}

static void
write_profiles (Instance *self,
                QccFakeProvider *provider,
                const char *id)
{
  g_autofree char *url = qcc_fake_provider_dup_url (provider);
  g_autofree char *profiles = g_strdup_printf ("{\"version\":1,\"default\":\"main\",\"profiles\":[{\"name\":\"main\",\"endpoints\":[{\"id\":\"%s\",\"base_url\":\"%s\"}]}]}",
                                               id, url);
  g_autofree char *keys = g_build_filename (self->root, "config", "qcc", "keys.json", NULL);
  g_autoptr (QccSecret) key = qcc_secret_new ("key-of-program", -1);
  g_autoptr (GError) error = NULL;

  write_file (self, "config/qcc", "profiles.json", profiles);
  qcc_key_file_create_empty (keys, &error);
  g_assert_no_error (error);
  qcc_key_file_change (keys, id, key, &error);
  g_assert_no_error (error);
}

static void
launch (Instance *self,
        const char *option)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  const char *const variables[][2] = {
    { "HOME", "home" },
    { "XDG_CONFIG_HOME", "config" },
    { "XDG_STATE_HOME", "state" },
    { "XDG_DATA_HOME", "data" },
    { "XDG_CACHE_HOME", "cache" },
    { "XDG_RUNTIME_DIR", "run" },
  };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (variables); i++)
    {
      g_autofree char *path = g_build_filename (self->root, variables[i][1], NULL);

      g_subprocess_launcher_setenv (launcher, variables[i][0], path, TRUE);
    }

  if (option != NULL)
    self->process = g_subprocess_launcher_spawn (launcher, &error, program, option, NULL);
  else
    self->process = g_subprocess_launcher_spawn (launcher, &error, program, "--port-file", self->port_file, NULL);
  g_assert_no_error (error);
  self->log = g_data_input_stream_new (g_subprocess_get_stderr_pipe (self->process));
}

/* Reads its standard error until @needle came. Returns FALSE at its end. */
static gboolean
wait_said (Instance *self,
           const char *needle)
{
  while (strstr (self->said->str, needle) == NULL)
    {
      g_autofree char *line = g_data_input_stream_read_line (self->log, NULL, NULL, NULL);

      if (line == NULL)
        return FALSE;
      g_string_append_printf (self->said, "%s\n", line);
    }

  return TRUE;
}

static void
wait_listens (Instance *self)
{
  const char *found;

  if (!wait_said (self, "Listening on http://127.0.0.1:"))
    g_error ("it does not listen: %s", self->said->str);
  found = strstr (self->said->str, "Listening on http://127.0.0.1:");
  self->port = (guint16) g_ascii_strtoull (found + strlen ("Listening on http://127.0.0.1:"), NULL, 10);
  g_assert_cmpuint (self->port, >, 0);
}

/* Returns its exit code; it must not have been killed. */
static int
wait_exit (Instance *self)
{
  g_autoptr (GError) error = NULL;

  wait_said (self, "(never said)");
  g_subprocess_wait (self->process, NULL, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_if_exited (self->process))
    g_error ("it was killed: %s", self->said->str);

  return g_subprocess_get_exit_status (self->process);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }
  g_remove (path);
}

static void
instance_free (Instance *self)
{
  if (self->process != NULL && g_subprocess_get_identifier (self->process) != NULL)
    g_subprocess_force_exit (self->process);
  g_clear_object (&self->log);
  g_clear_object (&self->process);
  remove_all (self->root);
  g_free (self->root);
  g_free (self->port_file);
  g_string_free (self->said, TRUE);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Instance, instance_free)

static QccFakeProvider *
start_provider (const char *script)
{
  QccFakeProvider *provider = qcc_fake_provider_new (NULL);
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_key (provider, "key-of-program");
  qcc_fake_provider_set_script (provider, NULL, script, &error);
  g_assert_no_error (error);
  qcc_fake_provider_start (provider, 0, &error);
  g_assert_no_error (error);

  return provider;
}

static QccRawAnswer *
ask (Instance *self)
{
  g_autoptr (QccRawClient) client = qcc_raw_client_new ("127.0.0.1", self->port);

  qcc_raw_client_post (client, "/v1/messages", "", REQUEST);
  return qcc_raw_client_read_answer (client);
}

static void
test_version (void)
{
  g_autoptr (Instance) instance = instance_new ("port=0");
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *line = NULL;

  launch (instance, "--version");
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (instance->process));
  line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_true (g_str_has_prefix (line, "qcc-service "));
  g_assert_true (g_ascii_isdigit (line[strlen ("qcc-service ")]));
  g_assert_cmpint (wait_exit (instance), ==, 0);
}

static void
test_wrong_usage (void)
{
  g_autoptr (Instance) instance = instance_new ("port=0");

  launch (instance, "--nonsense");
  g_assert_cmpint (wait_exit (instance), ==, 2);
  g_assert_nonnull (strstr (instance->said->str, "--nonsense"));
}

static void
test_terminate_idle (void)
{
  g_autoptr (Instance) instance = instance_new ("port=0");

  launch (instance, NULL);
  wait_listens (instance);
  g_subprocess_send_signal (instance->process, SIGTERM);
  g_assert_cmpint (wait_exit (instance), ==, 0);
}

/* An answer that is under way comes to its end. */
static void
test_terminate_streaming (void)
{
  g_autoptr (Instance) instance = instance_new ("port=0");
  g_autoptr (QccFakeProvider) provider = start_provider ("message_start\nblock_start text\ndelta word\nhold rest\nblock_stop\nmessage_delta end_turn\nmessage_stop");
  g_autoptr (QccRawClient) client = NULL;
  g_autoptr (QccRawAnswer) answer = NULL;

  write_profiles (instance, provider, "one");
  launch (instance, NULL);
  wait_listens (instance);
  client = qcc_raw_client_new ("127.0.0.1", instance->port);
  qcc_raw_client_post (client, "/v1/messages", "", REQUEST);
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "word");

  g_subprocess_send_signal (instance->process, SIGTERM);
  g_assert_true (wait_said (instance, "Ending"));
  qcc_fake_provider_release (provider, "rest");
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_cmpint (wait_exit (instance), ==, 0);
  g_assert_null (strstr (instance->said->str, "key-of-program"));
  qcc_fake_provider_stop (provider);
}

/* Asked twice it does not wait. */
static void
test_terminate_twice (void)
{
  g_autoptr (Instance) instance = instance_new ("port=0");
  g_autoptr (QccFakeProvider) provider = start_provider ("message_start\nblock_start text\ndelta word\nstall");
  g_autoptr (QccRawClient) client = NULL;
  g_autoptr (QccRawAnswer) answer = NULL;
  gint64 before;

  write_profiles (instance, provider, "one");
  launch (instance, NULL);
  wait_listens (instance);
  client = qcc_raw_client_new ("127.0.0.1", instance->port);
  qcc_raw_client_post (client, "/v1/messages", "", REQUEST);
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "word");

  before = g_get_monotonic_time ();
  g_subprocess_send_signal (instance->process, SIGTERM);
  g_assert_true (wait_said (instance, "Ending"));
  g_subprocess_send_signal (instance->process, SIGTERM);
  g_assert_cmpint (wait_exit (instance), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 9 * G_USEC_PER_SEC);
  qcc_fake_provider_stop (provider);
}

/* Spec 2.1: the message names the process. */
static void
test_port_taken (void)
{
  g_autoptr (QccFakeProvider) owner = start_provider ("say hello");
  g_autofree char *settings = g_strdup_printf ("port=%u", qcc_fake_provider_get_port (owner));
  g_autofree char *pid = g_strdup_printf ("(pid %d)", (int) getpid ());
  g_autofree char *port = g_strdup_printf ("Port %u", qcc_fake_provider_get_port (owner));
  g_autoptr (Instance) instance = instance_new (settings);

  launch (instance, NULL);
  g_assert_cmpint (wait_exit (instance), ==, 1);
  g_assert_nonnull (strstr (instance->said->str, port));
  g_assert_nonnull (strstr (instance->said->str, "test-service-program"));
  g_assert_nonnull (strstr (instance->said->str, pid));
  qcc_fake_provider_stop (owner);
}

/* Spec 3.1: no address that others can reach. */
static void
test_not_loopback (void)
{
  g_autoptr (Instance) instance = instance_new ("port=0\nhost='0.0.0.0'");

  launch (instance, NULL);
  g_assert_cmpint (wait_exit (instance), ==, 1);
  g_assert_nonnull (strstr (instance->said->str, "0.0.0.0"));
  g_assert_null (strstr (instance->said->str, "Listening"));
}

/* A profile file that cannot be used: where it is wrong, and an answer for clients. */
static void
test_damaged_profiles (void)
{
  g_autoptr (Instance) instance = instance_new ("port=0");
  g_autoptr (QccRawAnswer) answer = NULL;

  write_file (instance, "config/qcc", "profiles.json", "{\"version\":1,\n\"profiles\":[{\"name\":}]}");
  launch (instance, NULL);
  wait_listens (instance);
  g_assert_nonnull (strstr (instance->said->str, "profiles.json"));
  g_assert_nonnull (strstr (instance->said->str, "line 2"));
  answer = ask (instance);
  g_assert_cmpuint (answer->status, ==, 503);
  g_assert_nonnull (strstr (answer->body->str, "\"api_error\""));
  g_subprocess_send_signal (instance->process, SIGTERM);
  g_assert_cmpint (wait_exit (instance), ==, 0);
}

static void
on_changed (GFileMonitor *monitor,
            GFile *file,
            GFile *other,
            GFileMonitorEvent event,
            gpointer user_data)
{
  /* Only to wake the loop. */
}

static void
test_port_file (void)
{
  g_autoptr (Instance) instance = instance_new ("port=0");
  g_autoptr (GFile) file = g_file_new_for_path (instance->port_file);
  g_autoptr (GFileMonitor) monitor = g_file_monitor (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  g_autofree char *text = NULL;
  g_autofree char *expected = NULL;

  g_signal_connect (monitor, "changed", G_CALLBACK (on_changed), NULL);
  launch (instance, NULL);
  wait_listens (instance);
  expected = g_strdup_printf ("%u\n", instance->port);
  while (!g_file_get_contents (instance->port_file, &text, NULL, NULL) || *text == '\0')
    {
      g_clear_pointer (&text, g_free);
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpstr (text, ==, expected);
}

/* Spec 13.4. */
static void
test_two_instances (void)
{
  g_autoptr (Instance) first = instance_new ("port=0");
  g_autoptr (Instance) second = instance_new ("port=0");
  g_autoptr (QccFakeProvider) one = start_provider ("say first");
  g_autoptr (QccFakeProvider) two = start_provider ("say second");
  g_autoptr (QccRawAnswer) from_first = NULL;
  g_autoptr (QccRawAnswer) from_second = NULL;
  g_autofree char *endpoint = NULL;

  write_profiles (first, one, "first");
  write_profiles (second, two, "second");
  launch (first, NULL);
  launch (second, NULL);
  wait_listens (first);
  wait_listens (second);
  g_assert_cmpuint (first->port, !=, second->port);

  from_first = ask (first);
  from_second = ask (second);
  endpoint = qcc_raw_answer_get_header (from_second, "x-qcc-endpoint");
  g_assert_cmpstr (endpoint, ==, "second");
  g_assert_cmpuint (from_first->status, ==, 200);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (one), ==, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (two), ==, 1);

  /* The end of one is not the end of the other. */
  g_subprocess_send_signal (first->process, SIGTERM);
  g_assert_cmpint (wait_exit (first), ==, 0);
  g_clear_pointer (&from_second, qcc_raw_answer_free);
  from_second = ask (second);
  g_assert_cmpuint (from_second->status, ==, 200);
  qcc_fake_provider_stop (one);
  qcc_fake_provider_stop (two);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];

  g_test_add_func ("/service/program/version", test_version);
  g_test_add_func ("/service/program/wrong-usage", test_wrong_usage);
  g_test_add_func ("/service/program/terminate-idle", test_terminate_idle);
  g_test_add_func ("/service/program/terminate-streaming", test_terminate_streaming);
  g_test_add_func ("/service/program/terminate-twice", test_terminate_twice);
  g_test_add_func ("/service/program/port-taken", test_port_taken);
  g_test_add_func ("/service/program/not-loopback", test_not_loopback);
  g_test_add_func ("/service/program/damaged-profiles", test_damaged_profiles);
  g_test_add_func ("/service/program/port-file", test_port_file);
  g_test_add_func ("/service/program/two-instances", test_two_instances);

  return g_test_run ();
}
