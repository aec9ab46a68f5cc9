/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include <string.h>

/* Documents. */

static GLogWriterOutput
keep_warning (GLogLevelFlags level,
              const GLogField *fields,
              gsize n_fields,
              gpointer user_data)
{
  GString *said = user_data;

  for (gsize i = 0; i < n_fields && (level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_WARNING; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      g_string_append_printf (said, "%s\n", (const char *) fields[i].value);

  return G_LOG_WRITER_HANDLED;
}

static void
put (QccStore *store,
     const char *kind,
     const char *id,
     const char *body)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qcc_test_store_put_document (store, kind, id, body, &error));
  g_assert_no_error (error);
}

static void
assert_n_documents (QccStore *store,
                    const char *kind,
                    guint n)
{
  g_autoptr (GHashTable) documents = qcc_test_store_load_documents (store, kind);

  g_assert_cmpuint (g_hash_table_size (documents), ==, n);
}

static void
test_round_trip (QccStoreFixture *fixture,
                 gconstpointer data)
{
  static const char *const bodies[] = {
    "@a{sv} {}",
    "{'n': <uint32 7>, 'time': <int64 -9223372036854775808>, 'big': <uint64 18446744073709551615>}",
    "{'share': <0.10000000000000001>, 'flag': <true>, 'byte': <byte 0x01>, 'int': <7>}",
    "{'text': <'Ärger 出错 \"\\n'>, 'list': <[(1, 'a'), (2, 'b')]>, 'none': <@as []>, 'deep': <{'a': <{'b': <1>}>}>}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      QccStore *store = qcc_test_store_open (fixture->path);

      put (store, "endpoint", "Ä ' one", bodies[i]);
      qcc_test_store_assert_document (store, "endpoint", "Ä ' one", bodies[i]);
      qcc_test_store_close (store);
      store = qcc_test_store_open (fixture->path);
      qcc_test_store_assert_document (store, "endpoint", "Ä ' one", bodies[i]);
      assert_n_documents (store, "endpoint", 1);
      qcc_test_store_close (store);
    }
}

static void
test_kinds (QccStoreFixture *fixture,
            gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);

  assert_n_documents (store, "endpoint", 0);
  put (store, "endpoint", "one", "{'n': <1>}");
  put (store, "endpoint", "two", "{'n': <2>}");
  put (store, "failover", "one", "{'n': <3>}");
  put (store, "endpoint", "none", NULL);
  assert_n_documents (store, "endpoint", 2);
  assert_n_documents (store, "failover", 1);
  assert_n_documents (store, "else", 0);
  put (store, "endpoint", "one", NULL);
  qcc_test_store_assert_document (store, "endpoint", "one", NULL);
  qcc_test_store_assert_document (store, "endpoint", "two", "{'n': <2>}");
  qcc_test_store_assert_document (store, "failover", "one", "{'n': <3>}");
  qcc_test_store_close (store);
}

/* Of several that wait for the same transaction the last one counts. */
static void
test_last_counts (QccStoreFixture *fixture,
                  gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);

  for (guint i = 0; i < 50; i++)
    {
      qcc_store_save_document_async (store, "endpoint", "kept", g_variant_new_parsed ("{'n': <%u>}", i), NULL, NULL, NULL);
      qcc_store_save_document_async (store, "endpoint", "gone", g_variant_new_parsed ("{'n': <%u>}", i), NULL, NULL, NULL);
      qcc_store_remove_document_async (store, "endpoint", "kept", NULL, NULL, NULL);
      qcc_store_remove_document_async (store, "endpoint", "gone", NULL, NULL, NULL);
      qcc_store_save_document_async (store, "endpoint", "kept", g_variant_new_parsed ("{'m': <%u>}", i), NULL, NULL, NULL);
    }
  qcc_test_store_close (store);

  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_document (store, "endpoint", "kept", "{'m': <uint32 49>}");
  assert_n_documents (store, "endpoint", 1);
  qcc_test_store_close (store);
}

/* What is in one is nobody's business, the log's least of all. */
static void
test_damaged (QccStoreFixture *fixture,
              gconstpointer data)
{
  static const char *const rows[] = {
    "('endpoint', 'broken', '{''secret'': ')",
    "('endpoint', 'text', '''secret''')",
    "('endpoint', 'vardict', '<@a{sv} {''secret'': <1>}>')",
    "('endpoint', 'empty', '')",
    "('endpoint', 'null', NULL)",
    "('endpoint', 'bytes', CAST (x'7b7dff' AS TEXT))",
    "('endpoint', CAST (x'ff41' AS TEXT), '@a{sv} {}')",
  };
  static const char *const ids[] = { "broken", "text", "vardict", "empty", "null", "bytes", "not UTF-8" };
  GString *said = g_string_new (NULL);
  QccStore *store = qcc_test_store_open (fixture->path);

  put (store, "endpoint", "well", "{'n': <1>}");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *sql = g_strconcat ("INSERT INTO document VALUES ", rows[i], NULL);

      qcc_test_run_sql (fixture->path, sql);
    }

  g_log_set_writer_func (keep_warning, said, NULL);
  assert_n_documents (store, "endpoint", 1);
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_nonnull (strstr (said->str, ids[i]));
  g_assert_null (strstr (said->str, "secret"));
  qcc_test_store_assert_notice (store, NULL);
  qcc_test_store_close (store);
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (QccStoreFixture *, gconstpointer);
  } tests[] = {
    { "/store-documents/round-trip", test_round_trip },
    { "/store-documents/kinds", test_kinds },
    { "/store-documents/last-counts", test_last_counts },
    { "/store-documents/damaged", test_damaged },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccStoreFixture, NULL, qcc_store_fixture_set_up, tests[i].func, qcc_store_fixture_tear_down);

  return g_test_run ();
}
