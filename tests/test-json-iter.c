/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-json-iter.h"

/* In memory of its own size, so that the address sanitizer sees a read behind the end. */
static char *
copy_bare (const char *data,
           gsize length)
{
  char *copy = g_malloc (MAX (length, 1));

  memcpy (copy, data, length);
  return copy;
}

static void
test_find (void)
{
  static const struct
  {
    const char *document;
    const char *path[4];
    const char *value; /* NULL: not found */
  } cases[] = {
    { "{\"model\":\"m\"}", { "model" }, "\"m\"" },
    { " { \"a\" : 1 , \"model\" : [ 1 , 2 ] } ", { "model" }, "[ 1 , 2 ]" },
    { "{\"mod\\u0065l\":\"m\"}", { "model" }, "\"m\"" },
    { "{\"\\u006d\\u006F\\u0064\\u0065\\u006c\":1}", { "model" }, "1" },
    { "{\"model\":1,\"model\":2}", { "model" }, "2" },
    { "{\"model\":1,\"mod\\u0065l\":2}", { "model" }, "2" },
    { "{\"a\":{\"model\":1},\"model\":2}", { "model" }, "2" },
    { "{\"a\":{\"model\":1}}", { "model" }, NULL },
    { "{\"a\":{\"b\":{\"c\":3}}}", { "a", "b", "c" }, "3" },
    { "{\"a\":{\"b\":{\"c\":3}}}", { "a", "b" }, "{\"c\":3}" },
    { "{\"a\":{\"b\":1},\"a\":{\"c\":2}}", { "a", "b" }, NULL },
    { "{\"a\":{\"b\":1},\"a\":{\"b\":2}}", { "a", "b" }, "2" },
    { "{\"a\":[{\"b\":1}]}", { "a", "b" }, NULL },
    { "{\"a\":\"b\"}", { "a", "b" }, NULL },
    { "{\"models\":1,\"mode\":2,\"Model\":3,\"\":4}", { "model" }, NULL },
    { "{\"mod\\u0065\":1,\"mod\\u0065ls\":2}", { "model" }, NULL },
    { "{\"model\\u0000\":1}", { "model" }, NULL },
    { "{\"\\u0000\":1}", { "" }, NULL },
    { "{\"\":1}", { "" }, "1" },
    { "{\"\xe4\xb8\xad\\u6587\":1}", { "\xe4\xb8\xad\xe6\x96\x87" }, "1" },
    { "{\"\\ud83d\\ude00\":1}", { "\xf0\x9f\x98\x80" }, "1" },
    { "{\"a\\n\":1}", { "a\n" }, "1" },
    { "{\"a\\n\":1}", { "a\\n" }, NULL },
    { "{\"model\":1", { "model" }, NULL },
    { "{\"model\":1}x", { "model" }, NULL },
    { "{\"model\":1,\"b\":[}", { "model" }, NULL },
    { "[\"model\",1]", { "model" }, NULL },
    { "\"model\"", { "model" }, NULL },
    { "1", { "model" }, NULL },
    { "", { "model" }, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].document);
      g_autofree char *copy = copy_bare (cases[i].document, length);
      QccJsonSpan value = { "untouched", 9 };
      gboolean found = qcc_json_find (copy, length, cases[i].path, &value);

      g_test_message ("%s", cases[i].document);
      g_assert_true (found == (cases[i].value != NULL));
      if (found)
        g_assert_cmpmem (value.start, value.length, cases[i].value, strlen (cases[i].value));
      else
        g_assert_cmpmem (value.start, value.length, "untouched", 9);
    }
}

static void
test_iter (void)
{
  static const char object[] = " {\"a\":1, \"b\" : {\"c\":[2]},\"a\":\"x\"} ";
  static const char array[] = "[ [1,2], {\"a\":[]} ,\"x\",3]";
  static const char *const names[] = { "\"a\"", "\"b\"", "\"a\"" };
  static const char *const members[] = { "1", "{\"c\":[2]}", "\"x\"" };
  static const char *const elements[] = { "[1,2]", "{\"a\":[]}", "\"x\"", "3" };
  QccJsonIter iter;
  QccJsonSpan name, value;

  g_assert_true (qcc_json_iter_init (&iter, object, strlen (object)));
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_assert_true (qcc_json_iter_next (&iter, &name, &value));
      g_assert_cmpmem (name.start, name.length, names[i], strlen (names[i]));
      g_assert_cmpmem (value.start, value.length, members[i], strlen (members[i]));
    }
  g_assert_false (qcc_json_iter_next (&iter, &name, &value));
  g_assert_false (qcc_json_iter_next (&iter, &name, &value));
  g_assert_true (qcc_json_iter_finish (&iter));

  g_assert_true (qcc_json_iter_init (&iter, array, strlen (array)));
  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++)
    {
      g_assert_true (qcc_json_iter_next (&iter, &name, &value));
      g_assert_null (name.start);
      g_assert_cmpmem (value.start, value.length, elements[i], strlen (elements[i]));
    }
  g_assert_false (qcc_json_iter_next (&iter, NULL, &value));
  g_assert_true (qcc_json_iter_finish (&iter));
}

static void
test_iter_broken (void)
{
  static const struct
  {
    const char *document;
    gboolean starts;
    guint members;
  } cases[] = {
    { "", FALSE, 0 },
    { "1", FALSE, 0 },
    { "\"a\"", FALSE, 0 },
    { "x", FALSE, 0 },
    { "[", TRUE, 0 },
    { "[1", TRUE, 1 },
    { "[1,", TRUE, 1 },
    { "[1,[2", TRUE, 1 },
    { "[1,[2,x]]", TRUE, 1 },
    { "[1]]", TRUE, 1 },
    { "{\"a\"", TRUE, 0 },
    { "{\"a\":1,\"b\"}", TRUE, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccJsonIter iter;
      QccJsonSpan value;
      guint members = 0;

      g_test_message ("%s", cases[i].document);
      g_assert_true (qcc_json_iter_init (&iter, cases[i].document, strlen (cases[i].document)) == cases[i].starts);
      while (qcc_json_iter_next (&iter, NULL, &value))
        members++;
      g_assert_cmpuint (members, ==, cases[i].members);
      g_assert_false (qcc_json_iter_finish (&iter));
    }
}

/* What was found in a document that then turns out to be cut off does not count. */
static void
test_truncated (void)
{
  static const char document[] = "{\"b\":{\"c\":{}},\"d\":[1,\"x\"]}";
  const char *const path[] = { "b", "c", NULL };
  QccJsonSpan value;

  for (gsize length = 0; length <= strlen (document); length++)
    {
      g_autofree char *copy = copy_bare (document, length);

      g_assert_true (qcc_json_find (copy, length, path, &value) == (length == strlen (document)));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/json-iter/find", test_find);
  g_test_add_func ("/json-iter/truncated", test_truncated);
  g_test_add_func ("/json-iter/members", test_iter);
  g_test_add_func ("/json-iter/broken", test_iter_broken);

  return g_test_run ();
}
