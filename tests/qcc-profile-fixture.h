/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-error.h"
#include "service/qcc-profile-store.h"

G_BEGIN_DECLS

#define PROFILE(name, id) "{\"name\":\"" name "\",\"endpoints\":[{\"id\":\"" id "\",\"base_url\":\"https://h\"}]}"
#define FILE_OF(profiles) "{\"x\":1,\"version\":1,\"profiles\":[" profiles "]}"

/* A profile store with folders of its own. */
typedef struct
{
  char *root;      /* (owned) */
  char *path;      /* (owned): the profile file; its folder is not there yet */
  char *revisions; /* (owned): not there yet */
  QccProfileStore *store;
  guint n_changed;
  guint n_notices;
} QccProfileFixture;

/* What a job came to. */
typedef struct
{
  gboolean done;
  GError *error; /* (owned) (nullable) */
} QccStoreOutcome;

void qcc_store_outcome_clear (QccStoreOutcome *self);
void qcc_store_outcome_edited (GObject *source, GAsyncResult *result, gpointer user_data);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccStoreOutcome, qcc_store_outcome_clear)

void qcc_profile_fixture_set_up (QccProfileFixture *self, gconstpointer data);
void qcc_profile_fixture_set_up_in (QccProfileFixture *self, const char *root);
void qcc_profile_fixture_tear_down (QccProfileFixture *self, gconstpointer data);
void qcc_profile_fixture_open (QccProfileFixture *self);
void qcc_profile_fixture_close (QccProfileFixture *self);
void qcc_profile_fixture_write (QccProfileFixture *self, const char *text);

void qcc_profile_fixture_load (QccProfileFixture *self, QccStoreOutcome *outcome);
void qcc_profile_fixture_load_well (QccProfileFixture *self);
QccSnapshot *qcc_profile_fixture_add_profile (const QccSnapshot *current, gpointer data, GError **error);
void qcc_profile_fixture_start_add (QccProfileFixture *self, const char *name, QccStoreOutcome *outcome);
void qcc_profile_fixture_add (QccProfileFixture *self, const char *name, QccStoreOutcome *outcome);
void qcc_profile_fixture_add_well (QccProfileFixture *self, const char *name);
guint qcc_profile_fixture_get_newest_revision (QccProfileFixture *self);

void qcc_assert_profiles (QccProfileFixture *self, const char *expected);
void qcc_assert_written (QccProfileFixture *self);
void qcc_assert_revision (QccProfileFixture *self, guint number, const char *summary);
void qcc_assert_file (const char *path, const char *expected);
void qcc_assert_mode (const char *path, guint mode);

void qcc_test_write_path (const char *path, const char *text);
char *qcc_test_read_path (const char *path);
guint qcc_test_count_files (const char *path, const char *prefix, char **out_path);
gboolean qcc_test_on_limit (gpointer data);

#define QCC_WAIT_LIMIT_SECONDS 60

#define qcc_wait_until(condition)                                                                 \
  G_STMT_START                                                                                    \
  {                                                                                               \
    gboolean is_over = FALSE;                                                                     \
    guint limit_id = g_timeout_add_seconds (QCC_WAIT_LIMIT_SECONDS, qcc_test_on_limit, &is_over); \
                                                                                                  \
    while (!(condition))                                                                          \
      {                                                                                           \
        g_assert_false (is_over);                                                                 \
        g_main_context_iteration (NULL, TRUE);                                                    \
      }                                                                                           \
    g_source_remove (limit_id);                                                                   \
  }                                                                                               \
  G_STMT_END

G_END_DECLS
