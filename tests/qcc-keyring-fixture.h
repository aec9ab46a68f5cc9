/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-error.h"
#include "common/qcc-key-store.h"

G_BEGIN_DECLS

/* What asks for the password on a display, by the name that the bus starts it by, and where it is installed. */
#define QCC_TEST_PROMPTER_NAME "org.gnome.keyring.SystemPrompter"
#define QCC_TEST_PROMPTER_FILE "/usr/share/dbus-1/services/" QCC_TEST_PROMPTER_NAME ".service"

#define QCC_TEST_PASSWORD "correct-horse"

/* A private session bus with a real gnome-keyring, and a store on it. */
typedef struct
{
  char *home;               /* (owned): all that the daemon writes is below it */
  GTestDBus *bus;           /* (owned) */
  GDBusConnection *control; /* (owned): a second connection, for what a desktop would do */
  GSubprocess *daemon;      /* (owned) (nullable) */
  GSubprocess *xvfb;        /* (owned) (nullable) */
  char *display;            /* (owned) (nullable) */
  QccKeyStore *store;       /* (owned) */
  guint n_changed;
} QccKeyringFixture;

/* What a fixture begins with; the data of a test is the address of one. */
typedef enum
{
  QCC_KEYRING_NO_DAEMON,
  QCC_KEYRING_EMPTY, /* a daemon without any keyring */
  QCC_KEYRING_UNLOCKED,
  QCC_KEYRING_DISPLAY, /* unlocked, with a display and a prompter */
} QccKeyringStart;

void qcc_keyring_fixture_set_up (QccKeyringFixture *self, gconstpointer data);
void qcc_keyring_fixture_tear_down (QccKeyringFixture *self, gconstpointer data);

void qcc_keyring_start_display (QccKeyringFixture *self);
void qcc_keyring_start (QccKeyringFixture *self, const char *password);
void qcc_keyring_kill (QccKeyringFixture *self);
void qcc_keyring_lock (QccKeyringFixture *self);
gboolean qcc_keyring_can_prompt (void);
gboolean qcc_keyring_has_prompter (QccKeyringFixture *self);

char *qcc_keyring_wait_for_window (QccKeyringFixture *self);
void qcc_keyring_press (QccKeyringFixture *self, const char *window, const char *verb, const char *text);

/* An operation under way, or its result. */
typedef struct
{
  GAsyncResult *result; /* (owned) (nullable) */
  guint n_results;
} QccTestOperation;

void qcc_test_operation_done (GObject *source, GAsyncResult *result, gpointer user_data);
gboolean qcc_test_operation_is_done (gpointer data);

void qcc_keyring_unlock_async (QccKeyringFixture *fixture, GCancellable *cancellable, QccTestOperation *operation);
gboolean qcc_keyring_unlock_finish (QccKeyringFixture *fixture,
                                    QccTestOperation *operation,
                                    guint seconds,
                                    GError **error);
gboolean qcc_keyring_has_changed (gpointer data);

/* @advice: must be in the message */
void qcc_assert_unlock_fails (QccKeyringFixture *fixture, QccError code, const char *advice);
void qcc_assert_absent (QccKeyringFixture *fixture);
void qcc_assert_all_fail (QccKeyringFixture *fixture, QccError code, const char *advice);

gboolean qcc_test_wait (gboolean (*is_done) (gpointer data), gpointer data, guint seconds);

G_END_DECLS
