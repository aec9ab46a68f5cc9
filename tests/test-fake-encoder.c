/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <glib/gstdio.h>

#include "tests/qcc-fake-fixture.h"

#define FILE_SIZE 200000

/* How a body is decoded: by GLib, or by a command that may be missing. */
typedef struct
{
  const char *name;
  const char *command; /* (nullable) */
  GZlibCompressorFormat format;
} Coding;

static const Coding codings[] = {
  { "gzip", NULL, G_ZLIB_COMPRESSOR_FORMAT_GZIP },
  { "deflate", NULL, G_ZLIB_COMPRESSOR_FORMAT_ZLIB },
  { "br", "brotli", 0 },
  { "zstd", "zstd", 0 },
};

static GBytes *
run_command (const char *command,
             const GString *encoded)
{
  g_autoptr (GBytes) input = g_bytes_new (encoded->str, encoded->len);
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, command, "-d", "-c", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate (process, input, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));

  return g_steal_pointer (&output);
}

/* Decodes what has come so far, whether it is all or not. */
static GByteArray *
inflate (const Coding *coding,
         const GString *encoded,
         GConverterResult *out_result)
{
  g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_decompressor_new (coding->format));
  GByteArray *output = g_byte_array_new ();
  gsize used = 0;

  do
    {
      guint8 block[4096];
      gsize n_read = 0;
      gsize n_written = 0;
      g_autoptr (GError) error = NULL;

      *out_result = g_converter_convert (converter, encoded->str + used, encoded->len - used, block, sizeof block,
                                         G_CONVERTER_NO_FLAGS, &n_read, &n_written, &error);
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
        break;
      g_assert_no_error (error);
      g_byte_array_append (output, block, (guint) n_written);
      used += n_read;
    }
  while (*out_result == G_CONVERTER_CONVERTED);

  return output;
}

static void
assert_decodes (const Coding *coding,
                const GString *encoded,
                gconstpointer expected,
                gsize length)
{
  if (coding->command != NULL)
    {
      g_autoptr (GBytes) decoded = run_command (coding->command, encoded);

      g_assert_cmpmem (g_bytes_get_data (decoded, NULL), g_bytes_get_size (decoded), expected, length);
    }
  else
    {
      GConverterResult result;
      g_autoptr (GByteArray) decoded = inflate (coding, encoded, &result);

      g_assert_cmpint (result, ==, G_CONVERTER_FINISHED);
      g_assert_cmpmem (decoded->data, decoded->len, expected, length);
    }
}

static gboolean
is_missing (const Coding *coding)
{
  g_autofree char *path = coding->command != NULL ? g_find_program_in_path (coding->command) : NULL;

  if (coding->command == NULL || path != NULL)
    return FALSE;

  g_test_skip_printf ("there is no command %s to decode %s with", coding->command, coding->name);
  return TRUE;
}

static void
check_body (const Coding *coding,
            const char *steps,
            gconstpointer expected,
            gsize length)
{
  const char *const framings[] = { "chunked", "length", "close" };

  for (gsize i = 0; i < G_N_ELEMENTS (framings); i++)
    {
      g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
      g_autofree char *script = g_strdup_printf ("encode %s\nframing %s\n%s", coding->name, framings[i], steps);
      g_autoptr (QccRawAnswer) answer = qcc_fake_fixture_ask (fixture, script);
      g_autofree char *name = qcc_raw_answer_get_header (answer, "Content-Encoding");

      g_test_message ("%s", script);
      g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
      g_assert_cmpstr (name, ==, coding->name);
      assert_decodes (coding, answer->body, expected, length);
    }
}

static void
test_events (gconstpointer data)
{
  const char *expected = "event: a\ndata: 1\n\nevent: b\ndata: 2\n\n";

  if (!is_missing (data))
    check_body (data, "event a 1\nevent b 2", expected, strlen (expected));
}

static void
test_nothing (gconstpointer data)
{
  if (!is_missing (data))
    check_body (data, "bytes 0", "", 0);
}

/* More than one block, of bytes that compress badly. */
static void
test_file (gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autofree char *content = g_malloc (FILE_SIZE);
  g_autofree char *path = NULL;
  g_autofree char *script = NULL;
  g_autoptr (GError) error = NULL;
  int fd;

  if (is_missing (data))
    return;

  for (gsize i = 0; i < FILE_SIZE; i++)
    content[i] = (char) g_rand_int_range (random, 0, 256);
  fd = g_file_open_tmp ("qcc-test-XXXXXX", &path, &error);
  g_assert_no_error (error);
  g_close (fd, &error);
  g_assert_no_error (error);
  g_file_set_contents (path, content, FILE_SIZE, &error);
  g_assert_no_error (error);

  script = g_strconcat ("file ", path, NULL);
  check_body (data, script, content, FILE_SIZE);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* What has come can be decoded although the rest never follows. */
static void
test_flush (gconstpointer data)
{
  const Coding *coding = data;
  const char *expected = "event: a\ndata: 1\n\n";
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autofree char *script = g_strdup_printf ("encode %s\nframing close\nevent a 1\nfin", coding->name);
  g_autoptr (QccRawAnswer) answer = qcc_fake_fixture_ask (fixture, script);

  if (coding->command != NULL)
    {
      /* These are stored as they are. */
      g_assert_cmpuint (answer->body->len, >, strlen (expected));
      g_assert_cmpstr (answer->body->str + answer->body->len - strlen (expected), ==, expected);
    }
  else
    {
      GConverterResult result;
      g_autoptr (GByteArray) decoded = inflate (coding, answer->body, &result);

      g_assert_cmpmem (decoded->data, decoded->len, expected, strlen (expected));
      g_assert_cmpint (result, !=, G_CONVERTER_FINISHED);
    }
}

static void
add_cases (const char *name,
           GTestDataFunc test)
{
  for (gsize i = 0; i < G_N_ELEMENTS (codings); i++)
    {
      g_autofree char *path = g_strdup_printf ("/fake-encoder/%s/%s", name, codings[i].name);

      g_test_add_data_func (path, &codings[i], test);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  add_cases ("events", test_events);
  add_cases ("nothing", test_nothing);
  add_cases ("file", test_file);
  add_cases ("flush", test_flush);

  return g_test_run ();
}
