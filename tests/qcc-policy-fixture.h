/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-error.h"
#include "service/qcc-policy.h"

G_BEGIN_DECLS

/* Runs the main loop until @condition holds; fails the test after a generous limit. */
#define qcc_test_wait_until(condition)                                                \
  G_STMT_START                                                                        \
  {                                                                                   \
    gint64 give_up = g_get_monotonic_time () + 60 * G_TIME_SPAN_SECOND;               \
    guint wake_up = g_timeout_add (5, G_SOURCE_FUNC (qcc_test_policy_wake_up), NULL); \
    while (!(condition) && g_get_monotonic_time () < give_up)                         \
      g_main_context_iteration (NULL, TRUE);                                          \
    g_source_remove (wake_up);                                                        \
    g_assert_true (condition);                                                        \
  }                                                                                   \
  G_STMT_END

/**
 * QccTestPolicy:
 *
 * A policy in a key file of the test's own, and what it says.
 */
typedef struct
{
  char *folder; /* (owned) */
  char *path;   /* (owned): the key file */
  QccPolicy *policy;
  GString *log;  /* (owned): of the signals */
  GString *said; /* (unowned): what was logged; a test takes away what it expects */
} QccTestPolicy;

gboolean qcc_test_policy_wake_up (gpointer user_data);

void qcc_test_policy_keep_log (GString *said);
QccPolicy *qcc_test_policy_new_in_file (const char *path);
gboolean qcc_test_policy_set (QccPolicy *policy, const char *name, const char *text, GError **error);
gboolean qcc_test_policy_reset (QccPolicy *policy, const char *name, GError **error);
char *qcc_test_policy_get (QccPolicy *policy, const char *name);
GString *qcc_test_policy_log (QccPolicy *policy);

void qcc_test_policy_set_up (QccTestPolicy *self, gconstpointer data);
void qcc_test_policy_tear_down (QccTestPolicy *self, gconstpointer data);
void qcc_test_policy_assert_value (QccPolicy *policy, const char *name, const char *expected);
void qcc_test_policy_assert_set (QccPolicy *policy, const char *name, const char *text);
void qcc_test_policy_assert_set_twice (QccPolicy *policy, const char *name, const char *first, const char *second);
void qcc_test_policy_assert_reset (QccPolicy *policy, const char *name);
void qcc_test_policy_assert_refused (QccTestPolicy *self, const char *name, const char *text, QccError code, const char *hint);

G_END_DECLS
