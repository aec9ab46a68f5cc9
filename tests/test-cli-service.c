/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/qcc-cli-service.h"

/* The verbs about profiles and endpoints against the real service; test-cli-verbs.c has them against one that does
 * what it is told. Verbs of other groups have files of their own. */

#define KEY "test-key-0123456789"

/* How this program is told that it is the one with mounts of its own, and how it says that it cannot be. */
#define SMALL_DISK "--small-disk"
#define EXIT_NO_MOUNT 77

static const char *program;
static const char *service;
static QccBusFixture *fixture;

/* One after the other on one service: each begins with what the ones before have left. */
static const QccCliCase cases[] = {
  { "list-empty", "list", 0, "“qcc add” makes one", NULL },
  { "status-empty", "status", 0, "\nActive    none; “qcc add” makes one\n", NULL },
  { "add", "add work --description 'At the office'", 0, "Profile “work” was added.\n", NULL },
  { "add-spare", "add spare --tier fallback --strategy weighted", 0, "Profile “spare” was added.\n", NULL },
  { "add-exists", "add work", 1, NULL, "qcc: There is a profile of that name already. Choose another name.\n" },
  { "add-bad-tier", "add home --tier best", 1, NULL, "qcc: tier: must be one of: primary, secondary, fallback, disabled" },
  { "add-bad-strategy", "add home --strategy luck", 1, NULL, "qcc: strategy: must be one of: " },
  { "add-bad-name", "add a/b", 1, NULL, "qcc: name: must be " },
  { "list", "list", 0, "work   primary   active, default  ", NULL },
  { "list-json", "list --json", 0, "\"tier\" : \"fallback\"", NULL },

  { "endpoint-add", "endpoint add work --base-url https://api.example.com --key-env QCC_TEST_KEY", 0, "Endpoint “work-1” was added to profile “work”.\n", NULL },
  { "endpoint-add-json", "endpoint add work -u https://b.example --id b --weight 5 --model 'a*=b' --meta region=eu --json", 0, "\"weight\" : 5", NULL },
  { "endpoint-add-exists", "endpoint add work -u https://c.example --id b", 1, NULL, "qcc: id: another endpoint has this id; choose another one\n" },
  { "endpoint-add-bad-weight", "endpoint add work -u https://c.example --weight 1001", 1, NULL, "qcc: weight: must be a whole number from 1 to 1000\n" },
  { "endpoint-add-bad-priority", "endpoint add work -u https://c.example --priority -- -1", 2, NULL, "qcc: " },
  { "endpoint-add-bad-url", "endpoint add work -u ftp://c.example", 1, NULL, "https://" },
  { "endpoint-add-bad-auth", "endpoint add work -u https://c.example --auth basic", 1, NULL, "auto, x-api-key, bearer" },
  { "endpoint-add-no-source", "endpoint add work --from nowhere", 4, NULL, "qcc: from: there is no profile of that name\n" },
  { "endpoint-add-many-sources", "endpoint add spare --from work", 1, NULL, "work-1, b" },
  { "endpoint-add-from", "endpoint add spare --from work/b", 0, "“qcc keys set spare-1” asks for it.\n", NULL },
  { "endpoint-list", "endpoint list work", 0, "  100     0         https://api.example.com\n", NULL },
  { "endpoint-list-json", "endpoint list work --json", 0, "\"region\" : \"eu\"", NULL },
  { "endpoint-edit", "endpoint edit work b --weight 7 --json", 0, "\"weight\" : 7", NULL },
  { "endpoint-edit-everything",
    "endpoint edit work b -u https://e.example --auth x-api-key --priority 3 --max-failures 4 --proxy none --ca-file roots.pem"
    " --connect-timeout 5 --first-byte-timeout 6 --idle-timeout 7 --model 'x*=y' --meta zone=a --json",
    0, "\"connect_timeout\" : 5,\n  \"first_byte_timeout\" : 6,\n  \"idle_timeout\" : 7,\n", NULL },
  { "endpoint-edit-bad-timeout", "endpoint edit work b --idle-timeout 86401", 1, NULL, "idle: must be " },
  { "endpoint-edit-bad-weight", "endpoint edit work b --weight 0", 1, NULL, "qcc: weight: must be a whole number from 1 to 1000\n" },
  { "endpoint-edit-not-there", "endpoint edit spare b --weight 7", 4, NULL, "qcc: “spare” has no endpoint “b”; it has: spare-1\n" },
  { "endpoint-disable", "endpoint disable work b --json", 0, "\"enabled\" : false", NULL },
  { "endpoint-enable", "endpoint enable work b", 0, "The endpoint is enabled.\n", NULL },
  { "endpoint-remove", "endpoint remove work b --yes", 0, "Endpoint “b” and its key were removed.\n", NULL },
  { "endpoint-add-retired", "endpoint add work -u https://c.example --id b", 1, NULL, "ids are not used again; choose another one\n" },

  { "priority-set", "priority set spare disabled", 0, "“spare” is of tier disabled", NULL },
  { "priority-set-bad", "priority set spare best", 1, NULL, "qcc: tier: must be one of: primary, secondary, fallback, disabled" },
  { "default-disabled", "default spare", 1, NULL, "qcc: This profile is disabled. Give it a tier first: “qcc priority set NAME primary”.\n" },
  { "switch-disabled", "priority switch spare", 1, NULL, "qcc: This profile is disabled. Give it a tier first: “qcc priority set NAME primary”.\n" },
  { "priority-set-again", "priority set spare secondary --json", 0, "\"tier\" : \"secondary\"", NULL },
  { "priority-list", "priority list", 0, "\nspare  secondary  ", NULL },
  { "switch", "priority switch spare --reason 'quota is used up'", 0, "New requests start in “spare”", NULL },
  { "status-pinned", "status", 0, ": quota is used up\n", NULL },
  { "status-json", "status --json", 0, "\"active_profile\" : \"spare\"", NULL },
  { "status-line", "status --line", 0, "QCC spare (pinned)", NULL },
  { "release", "priority release", 0, "start in “work”", NULL },
  { "default", "default spare", 0, "“spare” is the default profile.\n", NULL },

  { "rename", "rename spare reserve", 0, "is now called “reserve”", NULL },
  { "rename-exists", "rename reserve work", 1, NULL, "qcc: There is a profile of that name already." },
  { "rename-not-there", "rename spare other", 4, NULL, "qcc: there is no profile “spare”; there are: work, reserve\n" },
  { "token", "token add laptop --profile work --json", 0, "\"profile\" : \"work\"", NULL },
  { "remove-with-token", "remove work --yes", 1, NULL, "qcc: Requests with these tokens start at the profile: laptop. Remove the tokens first.\n" },
  { "token-remove", "token remove laptop --yes", 0, "laptop", NULL },
  { "remove", "remove work --yes", 0, "Profile “work” was removed.\n", NULL },
  { "remove-not-there", "remove work --yes", 4, NULL, "qcc: there is no profile “work”; there are: reserve\n" },
  { "remove-last-json", "remove reserve --yes --json", 0, "\"removed\" : true", NULL },
  { "list-empty-again", "list --json", 0, "[]", NULL },
};

static void
test_case (gconstpointer data)
{
  const QccCliCase *test = data;

  qcc_cli_service_check (program, test);

  /* Nothing that another test is about is left over by one that was refused. */
  if (test->exit_code != 0)
    {
      g_autoptr (QccCliRun) home = qcc_cli_service_run (program, "endpoint list home", NULL);

      g_assert_cmpint (home->exit_code, ==, 4);
    }
}

/* The members that scripts rely on (spec 13.3), from the real service. */
static void
test_members (void)
{
  static const char *const profile_members[] = { "name", "tier", "active", "enabled", "health" };
  static const char *const endpoint_members[] = { "id", "active", "enabled", "health" };
  g_autoptr (QccCliRun) add = qcc_cli_service_run (program, "add work", NULL);
  g_autoptr (QccCliRun) endpoint = qcc_cli_service_run (program, "endpoint add work -u https://a.example", NULL);
  g_autoptr (JsonNode) status = qcc_cli_service_ask (program, "status");
  g_autoptr (JsonNode) list = qcc_cli_service_ask (program, "list");
  g_autoptr (JsonNode) endpoints = qcc_cli_service_ask (program, "endpoint list work");
  JsonObject *first = json_array_get_object_element (json_node_get_array (list), 0);
  JsonObject *second = json_array_get_object_element (json_node_get_array (endpoints), 0);

  g_assert_cmpint (add->exit_code, ==, 0);
  g_assert_cmpint (endpoint->exit_code, ==, 0);
  for (gsize i = 0; i < 3; i++)
    g_assert_true (json_object_has_member (json_node_get_object (status), ((const char *[]){ "service", "proxy", "profiles" })[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (profile_members); i++)
    g_assert_true (json_object_has_member (first, profile_members[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (endpoint_members); i++)
    g_assert_true (json_object_has_member (second, endpoint_members[i]));
}

/* Every change is refused with @advice, or what the system says, and nothing is changed but a setting, which holds
 * until the service ends. */
static void
check_refused (const char *advice,
               const char *reason)
{
  static const char *const changes[] = {
    "add home",
    "rename work office",
    "remove work --yes",
    "endpoint add work --base-url https://b.example",
    "endpoint edit work work-1 --weight 5",
    "endpoint remove work work-1 --yes",
    "priority set work fallback",
    "token add laptop",
  };
  g_autofree char *before = qcc_bus_fixture_read (fixture, "config/qcc/profiles.json");
  g_autofree char *after = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    qcc_cli_service_check (program, &(QccCliCase){ "", changes[i], 1, NULL, advice });
  qcc_cli_service_check (program, &(QccCliCase){ "", "keys set work-1 --key-env QCC_TEST_KEY", 1, NULL, reason });
  qcc_cli_service_check (program, &(QccCliCase){ "", "config set failover.cooldown 600", 1, NULL, reason });
  qcc_cli_service_check (program, &(QccCliCase){ "", "config get failover.cooldown", 0, "600\n", NULL });
  qcc_cli_service_check (program, &(QccCliCase){ "", "list", 0, "work ", NULL });
  after = qcc_bus_fixture_read (fixture, "config/qcc/profiles.json");
  g_assert_cmpstr (after, ==, before);
}

static void
fill_disk (const char *path)
{
  char block[512] = { 0 };
  int fd = g_open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, block, sizeof block) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
}

/* Runs in mounts of its own, with a file system of a few pages for what the user has configured. */
static int
run_on_small_disk (void)
{
  g_autofree char *config = NULL;
  g_autofree char *filler = NULL;

  fixture = qcc_bus_fixture_new (service);
  config = g_build_filename (fixture->root, "config", NULL);
  filler = g_build_filename (config, "filler", NULL);
  if (mount ("none", config, "tmpfs", 0, "size=96k,mode=0700") != 0)
    return EXIT_NO_MOUNT;

  qcc_bus_fixture_write (fixture, "config/glib-2.0/settings/keyfile", "[io/github/qcc/proxy]\nport=0\n");
  qcc_bus_fixture_write (fixture, "config/qcc/keys.json", "{\"version\":1,\"keys\":{}}\n");
  qcc_bus_fixture_activate (fixture);
  qcc_bus_fixture_add_endpoint (fixture, "work", "work-1", "https://a.example");

  fill_disk (filler);
  check_refused ("free some space", "No space left on device");
  g_assert_cmpint (g_unlink (filler), ==, 0);
  qcc_cli_service_check (program, &(QccCliCase){ "", "add reserve", 0, "was added", NULL });

  g_assert_cmpint (mount ("none", config, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  check_refused ("make its folder writable", "Read-only file system");
  qcc_bus_fixture_free (fixture);
  return 0;
}

static void
test_small_disk (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) probe = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, "unshare", "-Urm", "true", NULL);
  g_autoptr (GSubprocess) process = NULL;

  if (probe == NULL || !g_subprocess_wait_check (probe, NULL, NULL))
    {
      g_test_skip ("mounts of one's own are not allowed here");
      return;
    }

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, "unshare", "-Urm", self, SMALL_DISK, program, service, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  if (g_subprocess_get_if_exited (process) && g_subprocess_get_exit_status (process) == EXIT_NO_MOUNT)
    g_test_skip ("mounts of one's own are not allowed here");
  else
    g_assert_true (g_subprocess_get_successful (process));
}

int
main (int argc,
      char **argv)
{
  int result;

  g_setenv ("QCC_TEST_KEY", KEY, TRUE);
  if (argc == 4 && g_str_equal (argv[1], SMALL_DISK))
    {
      program = argv[2];
      service = argv[3];
      return run_on_small_disk ();
    }

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  service = argv[2];
  fixture = qcc_bus_fixture_new (service);
  qcc_bus_fixture_activate (fixture);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cli/service/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/cli/service/members", test_members);
  g_test_add_func ("/cli/service/small-disk", test_small_disk);

  result = g_test_run ();
  qcc_bus_fixture_free (fixture);
  return result;
}
