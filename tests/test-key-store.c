/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-endpoint.h"
#include "common/qcc-key-store-chain.h"
#include "common/qcc-key-store-memory.h"

#include <string.h>

#include "tests/qcc-key-store-fixture.h"

/* A back end that only fails. */
#define TEST_TYPE_FAILING_STORE (test_failing_store_get_type ())
G_DECLARE_FINAL_TYPE (TestFailingStore, test_failing_store, TEST, FAILING_STORE, GObject)

struct _TestFailingStore
{
  GObject parent_instance;

  QccError code;
};

static void failing_store_iface_init (QccKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestFailingStore, test_failing_store, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (QCC_TYPE_KEY_STORE, failing_store_iface_init))

static void
test_failing_store_class_init (TestFailingStoreClass *klass)
{
}

static void
test_failing_store_init (TestFailingStore *self)
{
}

static void
fail_async (QccKeyStore *store,
            const char *endpoint_id,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  g_task_report_new_error (store, callback, user_data, fail_async, QCC_ERROR, (int) TEST_FAILING_STORE (store)->code, "failed");
}

static void
fail_store_async (QccKeyStore *store,
                  const char *endpoint_id,
                  QccSecret *secret,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  fail_async (store, endpoint_id, cancellable, callback, user_data);
}

static void
failing_store_iface_init (QccKeyStoreInterface *iface)
{
  iface->lookup_async = fail_async;
  iface->store_async = fail_store_async;
  iface->remove_async = fail_async;
}

static QccKeyStore *
failing_store_new (QccError code)
{
  TestFailingStore *self = g_object_new (TEST_TYPE_FAILING_STORE, NULL);

  self->code = code;
  return QCC_KEY_STORE (self);
}

static QccKeyStore *
make_memory (QccKeyFixture *fixture)
{
  return qcc_key_store_memory_new ();
}

static QccKeyStore *
make_chain (QccKeyFixture *fixture)
{
  g_autoptr (QccKeyStore) file = qcc_key_fixture_make_file_store (fixture);
  g_autoptr (QccKeyStore) memory = make_memory (fixture);
  QccKeyStore *stores[] = { file, memory };

  return qcc_key_store_chain_new (stores, G_N_ELEMENTS (stores));
}

static void
test_keys (QccKeyFixture *fixture,
           gconstpointer data)
{
  QccKeyStore *store = fixture->store;

  qcc_assert_no_key (store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_remove_fails (store, "a-1", QCC_ERROR_NOT_FOUND);

  qcc_assert_store (store, "a-1", "key-a");
  qcc_assert_store (store, "b-1", "key-b\"\\");
  qcc_assert_key (store, "a-1", "key-a");
  qcc_assert_key (store, "b-1", "key-b\"\\");
  qcc_assert_no_key (store, "a", QCC_ERROR_NOT_FOUND);
  qcc_assert_store (store, QCC_KEY_ID_DEFAULT_TOKEN, "token");
  qcc_assert_key (store, QCC_KEY_ID_DEFAULT_TOKEN, "token");

  qcc_assert_store (store, "a-1", "key-c");
  qcc_assert_key (store, "a-1", "key-c");

  qcc_assert_remove (store, "a-1");
  qcc_assert_no_key (store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_remove_fails (store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_key (store, "b-1", "key-b\"\\");
}

static void
test_not_found_message (QccKeyFixture *fixture,
                        gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (qcc_test_lookup (fixture->store, "a-1", NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "a-1"));
}

static void
test_bad_key (QccKeyFixture *fixture,
              gconstpointer data)
{
  const char *bad[] = { "", "hunter2 x", "hunter2\n", "hunter2ü" };

  qcc_assert_store (fixture->store, "a-1", "key-a");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (qcc_test_store (fixture->store, "a-1", bad[i], NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
      g_assert_null (strstr (error->message, "hunter2"));
    }
  qcc_assert_key (fixture->store, "a-1", "key-a");
}

static void
test_cancelled (QccKeyFixture *fixture,
                gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) lookup_error = NULL;
  g_autoptr (GError) store_error = NULL;
  g_autoptr (GError) remove_error = NULL;

  qcc_assert_store (fixture->store, "a-1", "key-a");
  g_cancellable_cancel (cancellable);

  g_assert_null (qcc_test_lookup (fixture->store, "a-1", cancellable, &lookup_error));
  g_assert_error (lookup_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (qcc_test_store (fixture->store, "a-1", "key-b", cancellable, &store_error));
  g_assert_error (store_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (qcc_test_remove (fixture->store, "a-1", cancellable, &remove_error));
  g_assert_error (remove_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  qcc_assert_key (fixture->store, "a-1", "key-a");
}

/* Changes that are under way at the same time all last. */
static void
test_concurrent (QccKeyFixture *fixture,
                 gconstpointer data)
{
  const QccMakeKeyStore make = *(const QccMakeKeyStore *) data;
  g_autoptr (QccKeyStore) other = make == qcc_key_fixture_make_file_store ? qcc_key_fixture_make_file_store (fixture) : g_object_ref (fixture->store);
  QccTestWaiter waiter = { 0, NULL };

  qcc_assert_store (fixture->store, "gone", "key");
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *id = g_strdup_printf ("a-%u", i);
      g_autofree char *key = g_strdup_printf ("key-%u", i);
      g_autoptr (QccSecret) secret = qcc_secret_new (key, -1);

      waiter.n_pending++;
      qcc_key_store_store_async (i % 2 == 0 ? fixture->store : other, id, secret, NULL, qcc_test_waiter_done, &waiter);
    }
  waiter.n_pending++;
  qcc_key_store_remove_async (fixture->store, "gone", NULL, qcc_test_waiter_done, &waiter);
  qcc_test_waiter_wait (&waiter);
  g_clear_object (&waiter.result);

  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *id = g_strdup_printf ("a-%u", i);
      g_autofree char *key = g_strdup_printf ("key-%u", i);

      qcc_assert_key (other, id, key);
    }
  qcc_assert_no_key (other, "gone", QCC_ERROR_NOT_FOUND);
}

static QccKeyStore *
make_pair (QccKeyStore *first,
           QccKeyStore *second)
{
  QccKeyStore *stores[] = { first, second };

  return qcc_key_store_chain_new (stores, G_N_ELEMENTS (stores));
}

static void
test_chain_order (void)
{
  g_autoptr (QccKeyStore) first = qcc_key_store_memory_new ();
  g_autoptr (QccKeyStore) second = qcc_key_store_memory_new ();
  g_autoptr (QccKeyStore) chain = make_pair (first, second);

  qcc_assert_store (second, "a-1", "key-2");
  qcc_assert_key (chain, "a-1", "key-2");
  qcc_assert_store (first, "a-1", "key-1");
  qcc_assert_key (chain, "a-1", "key-1");

  qcc_assert_store (chain, "b", "key-b");
  qcc_assert_key (first, "b", "key-b");
  qcc_assert_no_key (second, "b", QCC_ERROR_NOT_FOUND);

  qcc_assert_remove (chain, "a-1");
  qcc_assert_no_key (first, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_no_key (second, "a-1", QCC_ERROR_NOT_FOUND);
}

static void
test_chain_empty (void)
{
  g_autoptr (QccKeyStore) chain = qcc_key_store_chain_new (NULL, 0);

  qcc_assert_no_key (chain, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_store_fails (chain, "a-1", QCC_ERROR_UNAVAILABLE);
  qcc_assert_remove_fails (chain, "a-1", QCC_ERROR_NOT_FOUND);
}

static void
test_chain_errors (void)
{
  g_autoptr (QccKeyStore) locked = failing_store_new (QCC_ERROR_LOCKED);
  g_autoptr (QccKeyStore) unavailable = failing_store_new (QCC_ERROR_UNAVAILABLE);
  g_autoptr (QccKeyStore) memory = qcc_key_store_memory_new ();
  g_autoptr (QccKeyStore) locked_first = make_pair (locked, memory);
  g_autoptr (QccKeyStore) locked_last = make_pair (memory, locked);
  g_autoptr (QccKeyStore) unavailable_first = make_pair (unavailable, memory);
  g_autoptr (QccKeyStore) neither = make_pair (unavailable, locked);

  /* A key of a later store counts more than an error, an error more than "not found". */
  qcc_assert_no_key (locked_first, "a-1", QCC_ERROR_LOCKED);
  qcc_assert_no_key (locked_last, "a-1", QCC_ERROR_LOCKED);
  qcc_assert_no_key (unavailable_first, "a-1", QCC_ERROR_UNAVAILABLE);
  qcc_assert_no_key (neither, "a-1", QCC_ERROR_LOCKED);
  qcc_assert_store (memory, "a-1", "key-a");
  qcc_assert_key (locked_first, "a-1", "key-a");
  qcc_assert_key (unavailable_first, "a-1", "key-a");

  /* Only a store that cannot be used is passed over when writing. */
  qcc_assert_store_fails (locked_first, "a-1", QCC_ERROR_LOCKED);
  qcc_assert_store_fails (neither, "a-1", QCC_ERROR_LOCKED);
  qcc_assert_key (memory, "a-1", "key-a");
  qcc_assert_store (unavailable_first, "a-1", "key-b");
  qcc_assert_key (memory, "a-1", "key-b");

  /* A key that may be left in a locked store is not reported as removed. */
  qcc_assert_remove_fails (locked_first, "a-1", QCC_ERROR_LOCKED);
  qcc_assert_no_key (memory, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_store (memory, "a-1", "key-a");
  qcc_assert_remove (unavailable_first, "a-1");
  qcc_assert_no_key (memory, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_remove_fails (unavailable_first, "a-1", QCC_ERROR_UNAVAILABLE);
}

static void
test_chain_kind (QccKeyFixture *fixture,
                 gconstpointer data)
{
  g_autoptr (QccKeyStore) memory = qcc_key_store_memory_new ();
  g_autoptr (QccKeyStore) inner = make_pair (memory, memory);
  g_autoptr (QccKeyStore) chain = make_pair (fixture->store, inner);

  qcc_assert_store (memory, "a-1", "key-a");
  qcc_assert_key_of (chain, "a-1", "key-a", "memory");
  qcc_assert_store (fixture->store, "a-1", "key-b");
  qcc_assert_key_of (chain, "a-1", "key-b", "file");
  g_assert_cmpstr (qcc_key_store_get_kind (chain), ==, "chain");
  g_assert_true (qcc_key_store_chain_find (QCC_KEY_STORE_CHAIN (chain), QCC_TYPE_KEY_STORE_CHAIN) == inner);
  g_assert_null (qcc_key_store_chain_find (QCC_KEY_STORE_CHAIN (chain), QCC_TYPE_KEY_STORE_MEMORY));
}

static void
count_up (guint *count)
{
  (*count)++;
}

static void
test_chain_changed (void)
{
  g_autoptr (QccKeyStore) first = qcc_key_store_memory_new ();
  g_autoptr (QccKeyStore) second = qcc_key_store_memory_new ();
  g_autoptr (QccKeyStore) chain = make_pair (first, second);
  guint count = 0;

  g_signal_connect_swapped (chain, "changed", G_CALLBACK (count_up), &count);
  qcc_key_store_emit_changed (first);
  g_assert_cmpuint (count, ==, 1);
  qcc_key_store_emit_changed (second);
  g_assert_cmpuint (count, ==, 2);

  /* A store may live longer than the chain. */
  g_assert_finalize_object (g_steal_pointer (&chain));
  qcc_key_store_emit_changed (second);
  g_assert_cmpuint (count, ==, 2);
}

static void
test_chain_reasons (void)
{
  g_autoptr (QccKeyStore) first = failing_store_new (QCC_ERROR_UNAVAILABLE);
  g_autoptr (QccKeyStore) second = failing_store_new (QCC_ERROR_UNAVAILABLE);
  g_autoptr (QccKeyStore) chain = make_pair (first, second);
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_test_store (chain, "a-1", "key-a", NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_cmpstr (error->message, ==, "failed; failed");
}

static void
test_ids (void)
{
  const char *bad[] = { "", "A", "a/b", "..", "token.other", "token.default.x", "a.b" };

  g_assert_true (qcc_key_store_id_is_valid ("a-1"));
  g_assert_true (qcc_key_store_id_is_valid (QCC_KEY_ID_DEFAULT_TOKEN));
  g_assert_false (qcc_endpoint_id_is_valid (QCC_KEY_ID_DEFAULT_TOKEN));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (qcc_key_store_id_is_valid (bad[i]));
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *name;
    QccMakeKeyStore make;
  } back_ends[] = {
    { "memory", make_memory },
    { "file", qcc_key_fixture_make_file_store },
    { "chain", make_chain },
  };
  static const struct
  {
    const char *name;
    void (*test) (QccKeyFixture *fixture, gconstpointer data);
  } shared[] = {
    { "keys", test_keys },
    { "not-found-message", test_not_found_message },
    { "bad-key", test_bad_key },
    { "cancelled", test_cancelled },
    { "concurrent", test_concurrent },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (back_ends); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (shared); j++)
      {
        g_autofree char *path = g_strdup_printf ("/key-store/%s/%s", back_ends[i].name, shared[j].name);

        g_test_add (path, QccKeyFixture, &back_ends[i].make, qcc_key_fixture_set_up, shared[j].test,
                    qcc_key_fixture_tear_down);
      }

  g_test_add_func ("/key-store/chain/order", test_chain_order);
  g_test_add_func ("/key-store/chain/empty", test_chain_empty);
  g_test_add_func ("/key-store/chain/errors", test_chain_errors);
  g_test_add ("/key-store/chain/kind", QccKeyFixture, &back_ends[1].make, qcc_key_fixture_set_up, test_chain_kind,
              qcc_key_fixture_tear_down);
  g_test_add_func ("/key-store/chain/changed", test_chain_changed);
  g_test_add_func ("/key-store/chain/reasons", test_chain_reasons);
  g_test_add_func ("/key-store/ids", test_ids);

  return g_test_run ();
}
