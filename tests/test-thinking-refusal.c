/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-thinking-repair.h"

static const struct
{
  const char *text;
  gboolean refused;
} answers[] = {
  { "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"messages.1.content.0: Invalid `signature` in `thinking` block\"}}", TRUE },
  { "messages.1.content.0.thinking.signature: Field required", TRUE },
  { "messages.5.content.0.thinking.signature.str: Input should be a valid string", TRUE },
  { "INVALID SIGNATURE IN THINKING BLOCK", TRUE },
  { "{\"error\":{\"message\":\"{\\\"type\\\":\\\"error\\\",\\\"error\\\":{\\\"message\\\":\\\"Invalid \\\\\\\"signature\\\\\\\" in \\\\\\\"thinking\\\\\\\" block\\\"}}\"}}", TRUE },
  { "{\"message\":\"Invalid \\u0060signature\\u0060 in \\u0060thinking\\u0060 block (request id: 20250101)\"}", TRUE },
  { "***.***.content.0: Invalid `signature` in `redacted_thinking` block", TRUE },
  { "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.", TRUE },
  { "\\u0060thinking\\u0060 or \\u0060redacted_thinking\\u0060 blocks in the latest assistant message cannot be modified", TRUE },
  { "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block", TRUE },
  { "Expected 'thinking' or 'redacted_thinking', but found 'text'", TRUE },
  { "expected \\\\u0060thinking\\\\u0060, but found \\\\u0060text\\\\u0060", TRUE },
  { "", FALSE },
  { "{}", FALSE },
  { "thinking", FALSE },
  { "signature", FALSE },
  { "messages: text content blocks must be non-empty", FALSE },
  { "`thinking.budget_tokens` must be greater than or equal to 1024", FALSE },
  { "`max_tokens` must be greater than `thinking.budget_tokens`", FALSE },
  { "thinking.type: Input should be 'enabled' or 'disabled', expected thinking.type", FALSE },
  { "adaptive thinking is not supported on this model", FALSE },
  { "The request signature we calculated does not match the signature you provided", FALSE },
  { "This field cannot be modified", FALSE },
  { "tools.0.name: bad name 'what I was thinking of' ....................................................................... in the digital signature service", FALSE },
};

static void
test_answers (void)
{
  static const guint others[] = { 0, 200, 401, 404, 413, 422, 429, 500, 529 };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      gsize length = strlen (answers[i].text);
      g_autofree char *exact = g_memdup2 (answers[i].text, MAX (length, 1));

      g_test_message ("%s", answers[i].text);
      g_assert_cmpint (qcc_thinking_is_refused (400, exact, length), ==, answers[i].refused);
      for (gsize j = 0; j < G_N_ELEMENTS (others); j++)
        g_assert_false (qcc_thinking_is_refused (others[j], exact, length));
    }

  g_assert_false (qcc_thinking_is_refused (400, NULL, 0));
}

/* Only the first 8 KiB count, and what stands before a NUL. */
static void
test_bounds (void)
{
  static const char words[] = "thinking signature";
  g_autofree char *text = g_strnfill (8192 + sizeof words, ' ');

  memcpy (text + 8192 - strlen (words), words, strlen (words));
  g_assert_true (qcc_thinking_is_refused (400, text, 8192 + sizeof words));
  g_assert_false (qcc_thinking_is_refused (400, text, 8191));

  memmove (text + 8193 - strlen (words), words, strlen (words));
  g_assert_false (qcc_thinking_is_refused (400, text, 8192 + sizeof words));

  memcpy (text + 100, "thinking\0signature", 18);
  g_assert_false (qcc_thinking_is_refused (400, text, 8000));
  text[108] = ' ';
  g_assert_true (qcc_thinking_is_refused (400, text, 8000));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/thinking-refusal/answers", test_answers);
  g_test_add_func ("/thinking-refusal/bounds", test_bounds);

  return g_test_run ();
}
