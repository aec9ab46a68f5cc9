/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-cli-fixture.h"

#include <string.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-key-file.h"
#include "common/qcc-key-file.h"
#include "tests/qcc-terminal-fixture.h"

#define FLAGS (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE)

/* The test's own directories, which the isolation gives to GLib only (spec 13.4). */
static char **
dup_environment (void)
{
  g_autoptr (GStrvBuilder) variables = g_strv_builder_new ();
  const char *const folders[][2] = {
    { "HOME", g_get_home_dir () },
    { "XDG_CONFIG_HOME", g_get_user_config_dir () },
    { "XDG_STATE_HOME", g_get_user_state_dir () },
    { "XDG_DATA_HOME", g_get_user_data_dir () },
    { "XDG_CACHE_HOME", g_get_user_cache_dir () },
    { "XDG_RUNTIME_DIR", g_get_user_runtime_dir () },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *variable = g_strconcat (folders[i][0], "=", folders[i][1], NULL);

      g_strv_builder_add (variables, variable);
    }

  return g_strv_builder_end (variables);
}

/* Lets the bus start @service, in the same directories. */
static void
make_activatable (QccCliFixture *self,
                  const char *service)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "services", NULL);
  g_autofree char *path = g_build_filename (folder, QCC_BUS_NAME ".service", NULL);
  g_auto (GStrv) variables = dup_environment ();
  g_autofree char *environment = g_strjoinv (" ", variables);
  g_autofree char *text = g_strdup_printf ("[D-BUS Service]\nName=" QCC_BUS_NAME "\nExec=/usr/bin/env %s %s\n", environment, service);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  g_test_dbus_add_service_dir (self->bus, folder);
}

/* There is no keyring on this bus, so the file is where keys can go. */
static void
choose_key_file (QccCliFixture *self)
{
  g_autoptr (GError) error = NULL;

  self->keys = g_build_filename (g_get_user_config_dir (), "qcc", "keys.json", NULL);
  qcc_key_file_create_empty (self->keys, &error);
  g_assert_no_error (error);
}

static QccCliFixture *
fixture_new (const char *program,
             const char *service)
{
  QccCliFixture *self = g_new0 (QccCliFixture, 1);

  self->program = program;
  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  if (service != NULL)
    make_activatable (self, service);
  g_test_dbus_up (self->bus);
  self->address = g_strdup (g_test_dbus_get_bus_address (self->bus));
  choose_key_file (self);

  return self;
}

/**
 * qcc_cli_fixture_new:
 * @program: path of `qcc`
 *
 * Needs %G_TEST_OPTION_ISOLATE_DIRS. The service is a stand-in without profiles.
 *
 * Returns: (transfer full): a fixture
 */
QccCliFixture *
qcc_cli_fixture_new (const char *program)
{
  QccCliFixture *self = fixture_new (program, NULL);

  self->service = qcc_stand_in_new (self->address);
  return self;
}

/**
 * qcc_cli_fixture_new_activatable:
 * @program: path of `qcc`
 * @service: an absolute path of a program and its arguments, without blanks in them
 *
 * Needs %G_TEST_OPTION_ISOLATE_DIRS. There is no stand-in; the bus starts @service when it is asked to, in the
 * directories that the command has too.
 *
 * Returns: (transfer full): a fixture
 */
QccCliFixture *
qcc_cli_fixture_new_activatable (const char *program,
                                 const char *service)
{
  return fixture_new (program, service);
}

/**
 * qcc_cli_fixture_free:
 * @self: (transfer full): a fixture
 */
void
qcc_cli_fixture_free (QccCliFixture *self)
{
  g_clear_pointer (&self->service, qcc_stand_in_free);
  g_test_dbus_down (self->bus);
  g_object_unref (self->bus);
  g_free (self->address);
  g_free (self->keys);
  g_free (self);
}

static void
set_environment (QccCliFixture *self,
                 GSubprocessLauncher *launcher)
{
  g_auto (GStrv) variables = dup_environment ();

  for (char **variable = variables; *variable != NULL; variable++)
    {
      char *value = strchr (*variable, '=');

      *value++ = '\0';
      g_subprocess_launcher_setenv (launcher, *variable, value, TRUE);
    }
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", self->address, TRUE);
  g_subprocess_launcher_setenv (launcher, "QCC_TEST_KEY", QCC_CLI_TEST_KEY, TRUE);
  g_subprocess_launcher_setenv (launcher, "QCC_TEST_EMPTY", "", TRUE);
}

static char **
split (const char *words)
{
  g_autoptr (GError) error = NULL;
  char **args = NULL;

  g_shell_parse_argv (words, NULL, &args, &error);
  g_assert_no_error (error);
  return args;
}

static void
assert_no_key (const char *text)
{
  if (text != NULL && strstr (text, QCC_CLI_TEST_KEY) != NULL)
    g_error ("the key was shown");
}

/**
 * qcc_cli_fixture_run:
 * @self: a fixture
 * @words: what stands behind `qcc`, as in a shell
 * @input: (nullable): standard input
 *
 * Runs the command without a terminal.
 *
 * Returns: (transfer full): what came of it; the key is not in it
 */
QccCliRun *
qcc_cli_fixture_run (QccCliFixture *self,
                     const char *words,
                     const char *input)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (FLAGS);
  g_auto (GStrv) args = split (words);
  QccCliRun *run;

  set_environment (self, launcher);
  run = qcc_cli_run_with (launcher, self->program, (const char *const *) args, input);
  assert_no_key (run->out);
  assert_no_key (run->err);
  if (self->service != NULL)
    assert_no_key (qcc_stand_in_get_calls (self->service));

  return run;
}

/**
 * qcc_cli_fixture_type:
 * @self: a fixture
 * @words: what stands behind `qcc`, as in a shell
 * @conversation: (array zero-terminated=1): in turn what to wait for on the terminal and what to type then
 *
 * Runs the command on a terminal.
 *
 * Returns: (transfer full): what came of it; @out is all that the terminal showed, without the key
 */
QccCliRun *
qcc_cli_fixture_type (QccCliFixture *self,
                      const char *words,
                      const char *const *conversation)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_auto (GStrv) args = split (words);
  QccCliRun *run;

  set_environment (self, launcher);
  run = qcc_terminal_fixture_run (launcher, self->program, (const char *const *) args, conversation);
  assert_no_key (run->out);
  if (self->service != NULL)
    assert_no_key (qcc_stand_in_get_calls (self->service));

  return run;
}

/**
 * qcc_cli_fixture_dup_key:
 * @self: a fixture
 * @id: of an endpoint
 *
 * Returns: (transfer full) (nullable): the stored key, %NULL for none
 */
char *
qcc_cli_fixture_dup_key (QccCliFixture *self,
                         const char *id)
{
  g_autoptr (QccSecret) key = qcc_key_file_lookup (self->keys, id, NULL);

  return key != NULL ? g_strdup (qcc_secret_peek (key)) : NULL;
}
