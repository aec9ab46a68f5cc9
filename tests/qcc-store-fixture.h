/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-store.h"

G_BEGIN_DECLS

/**
 * QccStoreFixture:
 * @directory: (owned): a folder of the test's own
 * @path: (owned): where in it the state file shall be; its folder does not exist yet
 *
 * What the tests of the store share. Functions that wait iterate the main context.
 */
typedef struct
{
  char *directory;
  char *path;
} QccStoreFixture;

void qcc_store_fixture_set_up (QccStoreFixture *fixture, gconstpointer data);
void qcc_store_fixture_tear_down (QccStoreFixture *fixture, gconstpointer data);

void qcc_test_on_done (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *qcc_test_wait_for (GAsyncResult **result);

QccStore *qcc_test_store_open (const char *path);
void qcc_test_store_close (QccStore *store);
gboolean qcc_test_store_try_save (QccStore *store,
                                  const char *profile,
                                  gboolean pinned,
                                  const char *reason,
                                  gint64 since,
                                  GError **error);
void qcc_test_store_save (QccStore *store, const char *profile);
void qcc_test_store_save_fails (QccStore *store, const char *profile);
QccActiveRecord *qcc_test_store_load (QccStore *store);

/* An event whose texts tell its id. */
QccEvent *qcc_test_event_new (guint64 id);
gboolean qcc_test_store_add_event (QccStore *store, guint64 id, GError **error);
GPtrArray *qcc_test_store_list_events (QccStore *store, guint64 *out_highest_id);
void qcc_test_store_assert_events (QccStore *store, guint64 oldest, guint64 newest);

/* Bodies as g_variant_print() writes them; NULL removes, and is what there is of one that is not there. */
gboolean qcc_test_store_put_document (QccStore *store, const char *kind, const char *id, const char *body, GError **error);
GHashTable *qcc_test_store_load_documents (QccStore *store, const char *kind);
void qcc_test_store_assert_document (QccStore *store, const char *kind, const char *id, const char *body);

void qcc_test_run_sql (const char *path, const char *sql);
gint64 qcc_test_query_sql (const char *path, const char *sql);

void qcc_test_store_assert_profile (QccStore *store, const char *profile);
void qcc_test_store_assert_notice (QccStore *store, const char *word);
void qcc_test_store_assert_kept (const char *path, const char *profile);

G_END_DECLS
