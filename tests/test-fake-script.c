/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <glib/gstdio.h>

#include "common/qcc-error.h"
#include "service/qcc-fake-script.h"

/* A step owns its texts and so has no place for constant ones. */
#define TEXT(text) ((char *) (text))

/* One line each, every step at least once. Members that are not named are zero. */
static const struct
{
  const char *line;
  QccFakeStep step;
} lines[] = {
  { "status 404", { .kind = QCC_FAKE_STEP_STATUS, .numbers = { 404 } } },
  { "status 404 Not Here", { .kind = QCC_FAKE_STEP_STATUS, .numbers = { 404 }, .text = TEXT ("Not Here") } },
  { "header Retry-After: 3", { .kind = QCC_FAKE_STEP_HEADER, .word = TEXT ("Retry-After"), .text = TEXT ("3") } },
  { "header x-empty:", { .kind = QCC_FAKE_STEP_HEADER, .word = TEXT ("x-empty"), .text = TEXT ("") } },
  { "header x-colons:a:b", { .kind = QCC_FAKE_STEP_HEADER, .word = TEXT ("x-colons"), .text = TEXT ("a:b") } },
  { "header x-bad : \\377\\r\\n", { .kind = QCC_FAKE_STEP_HEADER, .word = TEXT ("x-bad "), .text = TEXT ("\377\r\n") } },
  { "many_headers 3 20", { .kind = QCC_FAKE_STEP_MANY_HEADERS, .numbers = { 3, 20 } } },
  { "version 1.0", { .kind = QCC_FAKE_STEP_VERSION, .choice = 0, .word = TEXT ("1.0") } },
  { "version 1.1", { .kind = QCC_FAKE_STEP_VERSION, .choice = 1, .word = TEXT ("1.1") } },
  { "framing chunked", { .kind = QCC_FAKE_STEP_FRAMING, .choice = 0, .word = TEXT ("chunked") } },
  { "framing length", { .kind = QCC_FAKE_STEP_FRAMING, .choice = 1, .word = TEXT ("length") } },
  { "framing close", { .kind = QCC_FAKE_STEP_FRAMING, .choice = 2, .word = TEXT ("close") } },
  { "content_length 9223372036854775807", { .kind = QCC_FAKE_STEP_CONTENT_LENGTH, .numbers = { G_MAXINT64 } } },
  { "encode gzip", { .kind = QCC_FAKE_STEP_ENCODE, .choice = 0, .word = TEXT ("gzip") } },
  { "encode zstd", { .kind = QCC_FAKE_STEP_ENCODE, .choice = 3, .word = TEXT ("zstd") } },
  { "encode_lie br", { .kind = QCC_FAKE_STEP_ENCODE_LIE, .choice = 2, .word = TEXT ("br") } },
  { "informational 100", { .kind = QCC_FAKE_STEP_INFORMATIONAL, .numbers = { 100 } } },
  { "informational 103 Link: </a>", { .kind = QCC_FAKE_STEP_INFORMATIONAL, .numbers = { 103 }, .word = TEXT ("Link"), .text = TEXT ("</a>") } },
  { "head", { .kind = QCC_FAKE_STEP_HEAD } },
  { "half_head", { .kind = QCC_FAKE_STEP_HALF_HEAD } },
  { "raw \\1\\377", { .kind = QCC_FAKE_STEP_RAW, .text = TEXT ("\1\377") } },
  { "garbage 7", { .kind = QCC_FAKE_STEP_GARBAGE, .numbers = { 7 } } },
  { "body a \"b\"  c", { .kind = QCC_FAKE_STEP_BODY, .text = TEXT ("a \"b\"  c") } },
  { "bytes 10", { .kind = QCC_FAKE_STEP_BYTES, .numbers = { 10 } } },
  { "file /dev/null", { .kind = QCC_FAKE_STEP_FILE } },
  { "json {\"a\": \"\\\\n\"}", { .kind = QCC_FAKE_STEP_JSON, .text = TEXT ("{\"a\": \"\\n\"}") } },
  { "html 502", { .kind = QCC_FAKE_STEP_HTML, .numbers = { 502 } } },
  { "empty", { .kind = QCC_FAKE_STEP_EMPTY } },
  { "error 529 overloaded_error too busy", { .kind = QCC_FAKE_STEP_ERROR, .numbers = { 529 }, .word = TEXT ("overloaded_error"), .text = TEXT ("too busy") } },
  { "count_tokens", { .kind = QCC_FAKE_STEP_COUNT_TOKENS } },
  { "auto hi there", { .kind = QCC_FAKE_STEP_AUTO, .text = TEXT ("hi there") } },
  { "say \t hi", { .kind = QCC_FAKE_STEP_SAY, .text = TEXT ("hi") } },
  { "say \\040hi\\040", { .kind = QCC_FAKE_STEP_SAY, .text = TEXT (" hi ") } },
  { "say \\303\\244", { .kind = QCC_FAKE_STEP_SAY, .text = TEXT ("ä") } },
  { "use_tool Read {\"a\":1}", { .kind = QCC_FAKE_STEP_USE_TOOL, .word = TEXT ("Read"), .text = TEXT ("{\"a\":1}") } },
  { "use_tool \"Read it\" {}", { .kind = QCC_FAKE_STEP_USE_TOOL, .word = TEXT ("Read it"), .text = TEXT ("{}") } },
  { "think_and_say \"so \\\"be\\\" it\" fine", { .kind = QCC_FAKE_STEP_THINK_AND_SAY, .word = TEXT ("so \"be\" it"), .text = TEXT ("fine") } },
  { "think_and_say \"\" fine", { .kind = QCC_FAKE_STEP_THINK_AND_SAY, .word = TEXT (""), .text = TEXT ("fine") } },
  { "message_start", { .kind = QCC_FAKE_STEP_MESSAGE_START } },
  { "message_start claude-x", { .kind = QCC_FAKE_STEP_MESSAGE_START, .word = TEXT ("claude-x") } },
  { "text_block a b", { .kind = QCC_FAKE_STEP_TEXT_BLOCK, .text = TEXT ("a b") } },
  { "thinking_block a b", { .kind = QCC_FAKE_STEP_THINKING_BLOCK, .text = TEXT ("a b") } },
  { "tool_block Bash {}", { .kind = QCC_FAKE_STEP_TOOL_BLOCK, .word = TEXT ("Bash"), .text = TEXT ("{}") } },
  { "block_start tool_use", { .kind = QCC_FAKE_STEP_BLOCK_START, .choice = 2, .word = TEXT ("tool_use") } },
  { "delta a", { .kind = QCC_FAKE_STEP_DELTA, .text = TEXT ("a") } },
  { "block_stop", { .kind = QCC_FAKE_STEP_BLOCK_STOP } },
  { "message_delta end_turn", { .kind = QCC_FAKE_STEP_MESSAGE_DELTA, .word = TEXT ("end_turn") } },
  { "message_stop", { .kind = QCC_FAKE_STEP_MESSAGE_STOP } },
  { "ping", { .kind = QCC_FAKE_STEP_PING } },
  { "comment", { .kind = QCC_FAKE_STEP_COMMENT } },
  { "comment a b", { .kind = QCC_FAKE_STEP_COMMENT, .text = TEXT ("a b") } },
  { "event ping", { .kind = QCC_FAKE_STEP_EVENT, .word = TEXT ("ping") } },
  { "event ping {}\\n\\377", { .kind = QCC_FAKE_STEP_EVENT, .word = TEXT ("ping"), .text = TEXT ("{}\n\377") } },
  { "error_event api_error oh no", { .kind = QCC_FAKE_STEP_ERROR_EVENT, .word = TEXT ("api_error"), .text = TEXT ("oh no") } },
  { "malformed_event", { .kind = QCC_FAKE_STEP_MALFORMED_EVENT } },
  { "deltas 4", { .kind = QCC_FAKE_STEP_DELTAS, .numbers = { 4 } } },
  { "interval 10", { .kind = QCC_FAKE_STEP_INTERVAL, .numbers = { 10 } } },
  { "wait 0", { .kind = QCC_FAKE_STEP_WAIT, .numbers = { 0 } } },
  { "hold gate", { .kind = QCC_FAKE_STEP_HOLD, .word = TEXT ("gate") } },
  { "stall", { .kind = QCC_FAKE_STEP_STALL } },
  { "cut 5 reset", { .kind = QCC_FAKE_STEP_CUT, .numbers = { 5 }, .choice = 0, .word = TEXT ("reset") } },
  { "cut 5 fin", { .kind = QCC_FAKE_STEP_CUT, .numbers = { 5 }, .choice = 1, .word = TEXT ("fin") } },
  { "drip 1", { .kind = QCC_FAKE_STEP_DRIP, .numbers = { 1 } } },
  { "reset", { .kind = QCC_FAKE_STEP_RESET } },
  { "fin", { .kind = QCC_FAKE_STEP_FIN } },
  { "no_final_chunk", { .kind = QCC_FAKE_STEP_NO_FINAL_CHUNK } },
  { "keepalive_close", { .kind = QCC_FAKE_STEP_KEEPALIVE_CLOSE } },
};

static QccFakeScript *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  QccFakeScript *script = qcc_fake_script_new_from_text (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (script);
  return script;
}

static void
test_steps (void)
{
  /* A repeat is no line; see test_structure(). */
  gboolean seen[QCC_FAKE_STEP_N_KINDS] = { [QCC_FAKE_STEP_REPEAT] = TRUE, [QCC_FAKE_STEP_END] = TRUE };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      const QccFakeStep *expected = &lines[i].step;
      g_autoptr (QccFakeScript) script = NULL;
      const QccFakeStep *step;

      g_test_message ("%s", lines[i].line);
      script = parse (lines[i].line);
      g_assert_cmpuint (script->steps->len, ==, 1);
      step = g_ptr_array_index (script->steps, 0);

      g_assert_cmpint (step->kind, ==, expected->kind);
      g_assert_cmpuint (step->numbers[0], ==, expected->numbers[0]);
      g_assert_cmpuint (step->numbers[1], ==, expected->numbers[1]);
      g_assert_cmpuint (step->choice, ==, expected->choice);
      g_assert_cmpstr (step->word, ==, expected->word);
      g_assert_cmpstr (step->text, ==, expected->text);
      g_assert_null (step->steps);
      g_assert_true ((step->data != NULL) == (step->kind == QCC_FAKE_STEP_FILE));
      seen[step->kind] = TRUE;
    }

  for (guint i = 0; i < QCC_FAKE_STEP_N_KINDS; i++)
    {
      if (!seen[i])
        g_error ("no line has the step “%s”", qcc_fake_step_get_info (i)->name);
    }
}

static const struct
{
  const char *text;
  guint line;
  const char *message; /* a part of it */
} errors[] = {
  { "sya hello", 1, "“sya” is not a step" },
  { "Say hello", 1, "“Say” is not a step" },
  { "say: hello", 1, "“say:” is not a step" },
  { "ping\n\n# a comment\nsya hello\nping", 4, "“sya” is not a step" },
  { "say", 1, "write: say TEXT" },
  { "say \t ", 1, "write: say TEXT" },
  { "status", 1, "write: status CODE [REASON]" },
  { "ping\nuse_tool Read", 2, "write: use_tool NAME INPUT" },
  { "error 500 api_error", 1, "write: error STATUS TYPE MESSAGE" },
  { "ping pong", 1, "“pong” is too much; write: ping" },
  { "bytes 1 2", 1, "“2” is too much; write: bytes N" },
  { "message_start a b", 1, "“b” is too much" },
  { "bytes many", 1, "many" },
  { "bytes -1", 1, "-1" },
  { "bytes 1x", 1, "1x" },
  { "bytes 0x10", 1, "0x10" },
  { "bytes 9223372036854775808", 1, "9223372036854775808" },
  { "many_headers 1 two", 1, "two" },
  { "version 2.0", 1, "“2.0” is not known here; use one of: 1.0|1.1" },
  { "framing Chunked", 1, "“Chunked” is not known here" },
  { "encode lzma", 1, "“lzma” is not known here" },
  { "cut 5 drop", 1, "“drop” is not known here; use one of: reset|fin" },
  { "cut 5", 1, "write: cut N reset|fin" },
  { "header no colon", 1, "NAME: VALUE" },
  { "header : no name", 1, "NAME: VALUE" },
  { "header bad\\: x", 1, "backslash" },
  { "header x: bad\\", 1, "backslash" },
  { "informational 103 no colon", 1, "NAME: VALUE" },
  { "think_and_say \"no end", 1, "closing quote" },
  { "think_and_say \"no end\\\" here", 1, "closing quote" },
  { "say a\\", 1, "backslash" },
  { "raw a\\000b", 1, "NUL" },
  { "raw a\\0b", 1, "NUL" },
  { "raw a\\400b", 1, "NUL" },
  { "say \\377", 1, "UTF-8" },
  { "event \\377 x", 1, "UTF-8" },
  { "ping\nend", 2, "no repeat before it" },
  { "repeat 2\nping\nend\nend\n", 4, "no repeat before it" },
  { "ping\nrepeat 2\nping\n", 2, "no end" },
  { "repeat 1\nrepeat 2\nping\nend\n\n\n", 1, "no end" },
  { "repeat 1\nrepeat 2\nping\n", 2, "no end" },
  { "repeat 2\nping\nsya\nend", 3, "“sya” is not a step" },
  { "repeat\nend", 1, "write: repeat N" },
  { "ping\nfile /nonexistent/qcc", 2, "/nonexistent/qcc" },
};

static void
test_errors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_autofree char *prefix = g_strdup_printf ("Line %u of the script: ", errors[i].line);
      g_autoptr (QccFakeScript) script = NULL;
      g_autoptr (GError) error = NULL;

      script = qcc_fake_script_new_from_text (errors[i].text, &error);
      g_test_message ("“%s”: %s", errors[i].text, error != NULL ? error->message : "no error");
      g_assert_null (script);
      g_assert_nonnull (error);
      g_assert_true (error->domain == QCC_ERROR || error->domain == G_NUMBER_PARSER_ERROR || error->domain == G_FILE_ERROR);
      g_assert_true (error->domain != QCC_ERROR || error->code == QCC_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_str_has_prefix (error->message, prefix));
      g_assert_nonnull (strstr (error->message + strlen (prefix), errors[i].message));
    }
}

/* Returns: (transfer full): the kinds of @steps and, in brackets, of what they repeat */
static char *
describe (GPtrArray *steps)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < steps->len; i++)
    {
      const QccFakeStep *step = g_ptr_array_index (steps, i);

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", qcc_fake_step_get_info (step->kind)->name);
      if (step->steps != NULL)
        {
          g_autofree char *inner = describe (step->steps);

          g_string_append_printf (text, " %" G_GUINT64_FORMAT "[%s]", step->numbers[0], inner);
        }
    }

  return g_string_free (text, FALSE);
}

static const struct
{
  const char *text;
  const char *description;
} structures[] = {
  { "", "" },
  { "\n \n\t\n", "" },
  { "# ping\n  # ping\n#", "" },
  { "  ping  \r\n\tstall\t\r\n", "ping stall" },
  { "ping\nping", "ping ping" },
  { "repeat 0\nend", "repeat 0[end]" },
  { "ping\nrepeat 3\nping\n# no\n\nstall\nend\nfin", "ping repeat 3[ping stall end] fin" },
  { "repeat 2\nrepeat 3\nping\nend\nhead\nrepeat 4\nend\nend\nfin", "repeat 2[repeat 3[ping end] head repeat 4[end] end] fin" },
};

static void
test_structure (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (structures); i++)
    {
      g_autoptr (QccFakeScript) script = parse (structures[i].text);
      g_autofree char *description = describe (script->steps);

      g_assert_cmpstr (description, ==, structures[i].description);
    }
}

/* The file is read with the script, so that it can go before the script is played. */
static void
test_file (void)
{
  static const char content[] = "a\0b\n\377";
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccFakeScript) script = NULL;
  const QccFakeStep *step;
  int fd = g_file_open_tmp ("qcc test XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_close (fd, &error);
  g_assert_no_error (error);
  g_file_set_contents (path, content, sizeof content, &error);
  g_assert_no_error (error);

  text = g_strconcat ("file ", path, NULL);
  script = parse (text);
  g_assert_cmpint (g_unlink (path), ==, 0);

  step = g_ptr_array_index (script->steps, 0);
  g_assert_cmpmem (g_bytes_get_data (step->data, NULL), g_bytes_get_size (step->data), content, sizeof content);
}

/* What --help prints names each step with its arguments, in lines that have all the same form. */
static void
test_help (void)
{
  g_autofree char *help = qcc_fake_step_describe_all ();
  g_auto (GStrv) help_lines = g_strsplit (help, "\n", -1);

  g_assert_cmpuint (g_strv_length (help_lines), ==, QCC_FAKE_STEP_N_KINDS + 1);
  g_assert_cmpstr (help_lines[QCC_FAKE_STEP_N_KINDS], ==, "");
  g_assert_true (g_str_has_prefix (help_lines[QCC_FAKE_STEP_CUT], "  cut N reset|fin                        end the"));

  for (guint i = 0; i < QCC_FAKE_STEP_N_KINDS; i++)
    {
      const QccFakeStepInfo *info = qcc_fake_step_get_info (i);
      QccFakeStepKind kind;

      g_assert_true (g_str_has_prefix (help_lines[i] + 2, info->name));
      g_assert_true (qcc_fake_step_lookup (info->name, &kind));
      g_assert_cmpuint (kind, ==, i);
      g_assert_true ((strchr (info->args, 'c') != NULL) == (info->choices != NULL));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/fake-script/steps", test_steps);
  g_test_add_func ("/fake-script/errors", test_errors);
  g_test_add_func ("/fake-script/structure", test_structure);
  g_test_add_func ("/fake-script/file", test_file);
  g_test_add_func ("/fake-script/help", test_help);

  return g_test_run ();
}
