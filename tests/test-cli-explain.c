/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <json-glib/json-glib.h>

#include "cli/qcc-explain-text.h"
#include "cli/qcc-text.h"
#include "tests/qcc-cli-fixture.h"

/* Why a request went where it went, in words (spec 5.7). */

static const char *program;

#define NOW (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)

#define EXCHANGE "'id': <uint64 17>, 'time': <uint64 1700000000000000>, 'method': <'POST'>, 'path': <'/v1/messages'>," \
                 "'model': <'claude-opus-5'>, 'endpoint': <'spare-1'>, 'profile': <'spare'>, 'status': <uint32 200>,"  \
                 "'end': <'complete'>, 'total': <int64 1240>, 'n-attempts': <uint32 2>"
#define EXPLANATION "{" EXCHANGE ", 'start': <'work'>, 'start-reason': <'active'>, 'choices': <["                                           \
                    "{'offset': <int64 1>, 'step': <'start'>, 'profile': <'work'>, 'endpoint': <'work-1'>, 'candidates': <["                \
                    " {'profile': <'work'>, 'endpoint': <'work-1'>, 'level': <'healthy'>, 'reason': <'chosen'>, 'wait': <int64 -1>},"       \
                    " {'profile': <'work'>, 'endpoint': <'work-2'>, 'level': <'unhealthy'>, 'reason': <'waiting'>, 'wait': <int64 65>}]>}," \
                    "{'offset': <int64 20>, 'step': <'fallback'>, 'endpoint': <'spare-1'>, 'candidates': <["                                \
                    " {'profile': <'spare'>, 'endpoint': <'spare-1'>, 'reason': <'of-tomorrow'>}]>}]>,"                                     \
                    "'attempts': <["                                                                                                        \
                    "{'offset': <int64 1>, 'duration': <int64 19>, 'endpoint': <'work-1'>, 'status': <uint32 529>, 'class': <'overload'>,"  \
                    " 'scope': <'endpoint'>, 'rule': <'529'>},"                                                                             \
                    "{'offset': <int64 21>, 'duration': <int64 1219>, 'endpoint': <'spare-1'>, 'status': <uint32 200>, 'class': <''>}]>}"

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
assert_part (const char *text,
             const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("“%s” is not in: %s", part, text);
}

static void
assert_clean (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    g_assert_true (*p == '\n' || !g_unichar_iscntrl (g_utf8_get_char (p)));
}

static void
test_text (void)
{
  static const char *const parts[] = {
    " POST /v1/messages, claude-opus-5: 200 by spare-1, spare, complete,\nafter 1.2 s\n",
    "It started in “work”: the active profile.\n",
    "\n\nAfter 1 ms: work-1 (the start profile)\n",
    "\nwork-1    work     healthy    was chosen\n",
    "\nwork-2    work     unhealthy  asked to be left alone, for 1 min 5 s\n",
    "\n\nAfter 20 ms: spare-1 (another profile)\n",
    "\nspare-1   spare            of-tomorrow\n",
    "\nwork-1   1 ms   19 ms  529     overloaded  the endpoint  529\n",
    "\nspare-1  21 ms  1.2 s  200     used\n",
  };
  g_autoptr (GVariant) explanation = parse (EXPLANATION);
  g_autofree char *text = qcc_explain_text_format (explanation, 0, NOW);

  g_assert_true (g_str_has_prefix (text, "#17 "));
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    assert_part (text, parts[i]);
}

/* Whatever is missing or something else, nothing is made up. */
static void
test_bad_members (void)
{
  static const char *const bad[] = {
    "@a{sv} {}",
    "{'id': <'x'>, 'time': <uint64 18446744073709551615>, 'status': <int64 -4>, 'total': <int64 -9>}",
    "{'choices': <'none'>, 'attempts': <uint32 3>}",
    "{'choices': <[@a{sv} {}]>, 'attempts': <[@a{sv} {}]>}",
    "{'choices': <[{'candidates': <[{'wait': <int64 9223372036854775807>}]>}]>}",
    "{'choices': <[{'endpoint': <'a\033[2J'>, 'step': <'\033c'>, 'candidates': <[{'reason': <'\007'>}]>}]>,"
    " 'start': <'\033]0;x'>, 'model': <'m\302\2332J'>, 'attempts': <[{'class': <'\033[1m'>, 'scope': <'\r'>}]>}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GVariant) explanation = parse (bad[i]);
      g_autofree char *text = qcc_explain_text_format (explanation, 80, NOW);
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

      g_test_message ("%s", text);
      assert_part (text, "no answer");
      assert_clean (text);
      for (guint j = 0; lines[j] != NULL; j++)
        g_assert_cmpuint (qcc_text_width (lines[j]), <=, QCC_TEXT_WIDTH_DEFAULT);
    }
}

static void
test_wide (void)
{
  g_autoptr (GVariant) explanation = parse ("{'choices': <[{'endpoint': <'a'>, 'candidates': <[{'endpoint': <'a'>, 'profile': "
                                            "<'工作工作工作工作工作工作工作工作工作工作工作工作工作工作工作工作工作工作工作工作工作'>, 'reason': <'not-preferred'>}]>}]>}");
  g_autofree char *text = qcc_explain_text_format (explanation, 80, NOW);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  assert_part (text, "…");
  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (qcc_text_width (lines[i]), <=, QCC_TEXT_WIDTH_DEFAULT);
}

typedef struct
{
  const char *name;
  const char *words;
  int exit_code;
  const char *out; /* a part of standard output, NULL for nothing at all */
  const char *err;
  const char *calls;
  const char *failing;
  QccError code;
} Case;

static const Case cases[] = {
  { "newest", "explain", 0, "#17 ", NULL, "Explain('',)\n" },
  { "number", "explain 17", 0, "#17 ", NULL, "Explain('17',)\n" },
  { "json", "explain 17 --json", 0, "\"start_reason\" : \"active\"", NULL, "Explain('17',)\n" },
  { "no-number", "explain work", 2, NULL, "is a number", NULL },
  { "zero", "explain 0", 2, NULL, "is a number", NULL },
  { "not-found", "explain 3", 4, NULL, "told to fail", "Explain", "Explain", QCC_ERROR_NOT_FOUND },
  { "list", "explain --list", 0, "/v1/messages  claude-opus-5  spare-1   200     2      complete\n", NULL, "ListExchanges(20,)\n" },
  { "list-limit", "explain --list -n 5", 0, "ID", NULL, "ListExchanges(5,)\n" },
  { "list-json", "explain --list --json", 0, "\"n_attempts\" : 2", NULL, "ListExchanges" },
  { "list-and-number", "explain --list 17", 2, NULL, "either", NULL },
  { "limit-alone", "explain -n 5", 2, NULL, "either", NULL },
  { "list-fails", "explain --list", 1, NULL, "told to fail", "ListExchanges", "ListExchanges", QCC_ERROR_FAILED },
};

static QccCliFixture *
make_fixture (void)
{
  QccCliFixture *self = qcc_cli_fixture_new (program);

  qcc_stand_in_answer (self->service, "Explain", "(" EXPLANATION ",)");
  qcc_stand_in_answer (self->service, "ListExchanges", "([{" EXCHANGE "}, {'path': <'/\033[2J'>}],)");

  return self;
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  if (test->failing != NULL)
    qcc_stand_in_fail (self->service, test->failing, test->code);
  run = qcc_cli_fixture_run (self, test->words, NULL);
  g_assert_cmpint (run->exit_code, ==, test->exit_code);
  assert_part (run->out, test->out != NULL ? test->out : "");
  assert_part (run->err, test->err != NULL ? test->err : "");
  g_assert_cmpint (*run->out == '\0', ==, test->out == NULL);
  g_assert_cmpint (*run->err == '\0', ==, test->err == NULL);
  assert_part (qcc_stand_in_get_calls (self->service), test->calls != NULL ? test->calls : "");
  assert_clean (run->out);
}

static void
test_list_empty (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  qcc_stand_in_answer (self->service, "ListExchanges", "(@aa{sv} [],)");
  run = qcc_cli_fixture_run (self, "explain --list", NULL);
  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (run->out, ==, "There was no request yet.\n");
}

static void
test_json (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_run (self, "explain --json", NULL);
  g_autoptr (JsonNode) root = json_from_string (run->out, NULL);
  JsonObject *choice = json_array_get_object_element (json_object_get_array_member (json_node_get_object (root), "choices"), 0);
  JsonObject *candidate = json_array_get_object_element (json_object_get_array_member (choice, "candidates"), 1);

  g_assert_cmpstr (json_object_get_string_member (choice, "step"), ==, "start");
  g_assert_cmpstr (json_object_get_string_member (candidate, "reason"), ==, "waiting");
  g_assert_cmpint (json_object_get_int_member (candidate, "wait"), ==, 65);
}

/* Cut to the terminal. */
static void
test_terminal (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_type (self, "explain --list --no-color", (const char *const[]){ NULL });
  g_auto (GStrv) lines = g_strsplit (run->out, "\r\n", -1);

  g_assert_cmpint (run->exit_code, ==, 0);
  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (qcc_text_width (lines[i]), <=, QCC_TEXT_WIDTH_DEFAULT);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];

  g_test_add_func ("/cli/explain/text", test_text);
  g_test_add_func ("/cli/explain/bad-members", test_bad_members);
  g_test_add_func ("/cli/explain/wide", test_wide);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cli/explain/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/cli/explain/list-empty", test_list_empty);
  g_test_add_func ("/cli/explain/json-members", test_json);
  g_test_add_func ("/cli/explain/terminal", test_terminal);

  return g_test_run ();
}
