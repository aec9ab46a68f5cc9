/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-json-scan.h"
#include "service/qcc-thinking-repair.h"
#include "tests/fuzz/fuzz-target.h"

/* What is mended was valid and still is, and has nothing left to mend. Bytes only go, but for the text in place of an
 * empty content. */
static void
check_repair (GBytes *body,
              GBytes *mended)
{
  static const char instead[] = "[{\"type\":\"text\",\"text\":\"(no content)\"}]";
  gsize length, mended_length;
  const char *data = g_bytes_get_data (body, &length);
  const char *mended_data = g_bytes_get_data (mended, &mended_length);
  g_autoptr (GBytes) again = qcc_thinking_repair (mended);
  const char *from = data;

  g_assert_true (qcc_json_validate (data, length));
  g_assert_true (qcc_json_validate (mended_data, mended_length));
  g_assert_null (again);

  for (gsize i = 0; i < mended_length; i++)
    {
      const char *found = memchr (from, mended_data[i], (gsize) (data + length - from));

      if (found == NULL && g_strstr_len (mended_data, (gssize) mended_length, instead) != NULL)
        break;
      g_assert_nonnull (found);
      from = found + 1;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  const char *text = (const char *) data;
  g_autoptr (GBytes) body = g_bytes_new_static (data, size);
  g_autoptr (GBytes) mended = qcc_thinking_repair (body);

  if (mended != NULL)
    check_repair (body, mended);

  /* Whatever it says of the text, it says it of the text alone, and never of another status. */
  g_assert_cmpint (qcc_thinking_is_refused (400, text, size), ==, qcc_thinking_is_refused (400, text, MIN (size, 8192)));
  g_assert_false (qcc_thinking_is_refused (401, text, size));

  return 0;
}
