/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-keyring-watch.h"

/* What happens within this time is reported once: one stored key makes three signals. */
#define QUIET_MILLISECONDS 200

/**
 * QccKeyringWatch:
 *
 * Watches the Secret Service on the session bus without starting it. Signals:
 *
 * `owner-changed`, at once: its daemon went or another one came, so what was agreed with the one before is void.
 * `changed`, at most once in 200 ms: its daemon came back, or a collection was locked or unlocked or has other items.
 */
struct _QccKeyringWatch
{
  GObject parent_instance;

  GDBusConnection *connection; /* (owned) (nullable): what the subscriptions are on */
  guint subscriptions[3];
  guint name_watch;
  guint timer;
  gboolean known; /* whether the daemon was there at the start is known */
};

G_DEFINE_FINAL_TYPE (QccKeyringWatch, qcc_keyring_watch, G_TYPE_OBJECT)

static void
qcc_keyring_watch_dispose (GObject *object)
{
  QccKeyringWatch *self = QCC_KEYRING_WATCH (object);

  for (gsize i = 0; self->connection != NULL && i < G_N_ELEMENTS (self->subscriptions); i++)
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscriptions[i]);
  g_clear_object (&self->connection);
  g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
  g_clear_handle_id (&self->timer, g_source_remove);

  G_OBJECT_CLASS (qcc_keyring_watch_parent_class)->dispose (object);
}

static void
qcc_keyring_watch_class_init (QccKeyringWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = qcc_keyring_watch_dispose;

  g_signal_new ("owner-changed", QCC_TYPE_KEYRING_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("changed", QCC_TYPE_KEYRING_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_keyring_watch_init (QccKeyringWatch *self)
{
}

static gboolean
on_quiet (gpointer user_data)
{
  QccKeyringWatch *self = user_data;

  self->timer = 0;
  g_signal_emit_by_name (self, "changed");
  return G_SOURCE_REMOVE;
}

static void
report (QccKeyringWatch *self)
{
  if (self->timer == 0)
    self->timer = g_timeout_add (QUIET_MILLISECONDS, on_quiet, self);
}

static void
on_signal (GDBusConnection *connection,
           const char *sender,
           const char *object_path,
           const char *interface_name,
           const char *signal_name,
           GVariant *parameters,
           gpointer user_data)
{
  report (user_data);
}

static guint
subscribe (QccKeyringWatch *self,
           const char *interface_name,
           const char *member,
           const char *arg0)
{
  return g_dbus_connection_signal_subscribe (self->connection, QCC_KEYRING_NAME, interface_name, member, NULL, arg0,
                                             G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
}

/* The first answer is no change: it was asked for before the first key was looked up. */
static void
take_owner (QccKeyringWatch *self,
            GDBusConnection *connection,
            gboolean has_owner)
{
  if (self->connection == NULL && connection != NULL)
    {
      self->connection = g_object_ref (connection);
      self->subscriptions[0] = subscribe (self, "org.freedesktop.Secret.Service", NULL, NULL);
      self->subscriptions[1] = subscribe (self, "org.freedesktop.Secret.Collection", NULL, NULL);
      self->subscriptions[2] = subscribe (self, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                          "org.freedesktop.Secret.Collection");
    }

  if (self->known)
    {
      g_signal_emit_by_name (self, "owner-changed");
      if (has_owner)
        report (self);
    }
  self->known = TRUE;
}

static void
on_appeared (GDBusConnection *connection,
             const char *name,
             const char *name_owner,
             gpointer user_data)
{
  take_owner (user_data, connection, TRUE);
}

static void
on_vanished (GDBusConnection *connection,
             const char *name,
             gpointer user_data)
{
  take_owner (user_data, connection, FALSE);
}

/**
 * qcc_keyring_watch_new:
 *
 * Starts to watch. Without a session bus nothing is ever reported.
 *
 * Returns: (transfer full): a new watch
 */
QccKeyringWatch *
qcc_keyring_watch_new (void)
{
  QccKeyringWatch *self = g_object_new (QCC_TYPE_KEYRING_WATCH, NULL);

  self->name_watch = g_bus_watch_name (G_BUS_TYPE_SESSION, QCC_KEYRING_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, on_appeared,
                                       on_vanished, self, NULL);

  return self;
}
