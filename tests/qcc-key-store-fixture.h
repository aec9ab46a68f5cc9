/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-error.h"
#include "common/qcc-key-store.h"

G_BEGIN_DECLS

/* Waits for operations and keeps the result of the last. */
typedef struct
{
  guint n_pending;
  GAsyncResult *result; /* (owned) (nullable) */
} QccTestWaiter;

void qcc_test_waiter_done (GObject *source, GAsyncResult *result, gpointer user_data);
void qcc_test_waiter_wait (QccTestWaiter *waiter);

QccSecret *qcc_test_lookup (QccKeyStore *store, const char *id, GCancellable *cancellable, GError **error);
gboolean qcc_test_store (QccKeyStore *store,
                         const char *id,
                         const char *text,
                         GCancellable *cancellable,
                         GError **error);
gboolean qcc_test_opt_in (QccKeyStore *store, GError **error);
gboolean qcc_test_remove (QccKeyStore *store, const char *id, GCancellable *cancellable, GError **error);

void qcc_assert_key (QccKeyStore *store, const char *id, const char *key);
void qcc_assert_key_of (QccKeyStore *store, const char *id, const char *key, const char *kind);
void qcc_assert_no_key (QccKeyStore *store, const char *id, QccError code);
void qcc_assert_store (QccKeyStore *store, const char *id, const char *key);
void qcc_assert_store_fails (QccKeyStore *store, const char *id, QccError code);
void qcc_assert_remove (QccKeyStore *store, const char *id);
void qcc_assert_remove_fails (QccKeyStore *store, const char *id, QccError code);

/* A folder for a key file. */
typedef struct
{
  char *directory;    /* (owned): there, for what a test keeps */
  char *path;         /* (owned): of the key file; its folder is made with it */
  QccKeyStore *store; /* (owned) */
} QccKeyFixture;

/* Makes the store that a fixture is for; the data of a test is the address of one. */
typedef QccKeyStore *(*QccMakeKeyStore) (QccKeyFixture *fixture);

QccKeyStore *qcc_key_fixture_make_unchosen_store (QccKeyFixture *fixture);
QccKeyStore *qcc_key_fixture_make_file_store (QccKeyFixture *fixture);
void qcc_key_fixture_set_up (QccKeyFixture *fixture, gconstpointer data);
void qcc_key_fixture_tear_down (QccKeyFixture *fixture, gconstpointer data);

G_END_DECLS
