/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-sleep-watch.h"

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

struct _QccSleepWatch
{
  GObject parent_instance;

  GCancellable *cancellable; /* (owned): of the search for the bus */
  GDBusConnection *bus;      /* (owned) (nullable): once it is there */
  guint subscription;        /* at @bus */
};

enum
{
  SIGNAL_WOKE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccSleepWatch, qcc_sleep_watch, G_TYPE_OBJECT)

static void
qcc_sleep_watch_dispose (GObject *object)
{
  QccSleepWatch *self = QCC_SLEEP_WATCH (object);

  g_cancellable_cancel (self->cancellable);
  if (self->bus != NULL)
    g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  g_clear_object (&self->bus);

  G_OBJECT_CLASS (qcc_sleep_watch_parent_class)->dispose (object);
}

static void
qcc_sleep_watch_finalize (GObject *object)
{
  QccSleepWatch *self = QCC_SLEEP_WATCH (object);

  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (qcc_sleep_watch_parent_class)->finalize (object);
}

static void
qcc_sleep_watch_class_init (QccSleepWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_sleep_watch_dispose;
  object_class->finalize = qcc_sleep_watch_finalize;

  signals[SIGNAL_WOKE] = g_signal_new ("woke", QCC_TYPE_SLEEP_WATCH, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_sleep_watch_init (QccSleepWatch *self)
{
  self->cancellable = g_cancellable_new ();
}

/* logind sends TRUE before the machine sleeps and FALSE after it woke up. */
static void
on_prepare_for_sleep (GDBusConnection *bus,
                      const char *sender,
                      const char *path,
                      const char *interface,
                      const char *signal,
                      GVariant *parameters,
                      gpointer user_data)
{
  QccSleepWatch *self = user_data;
  gboolean begins;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;

  g_variant_get (parameters, "(b)", &begins);
  if (!begins)
    g_signal_emit (self, signals[SIGNAL_WOKE], 0);
}

static void
take_bus (QccSleepWatch *self,
          GDBusConnection *bus)
{
  self->bus = g_object_ref (bus);
  self->subscription = g_dbus_connection_signal_subscribe (bus, LOGIND_NAME, LOGIND_INTERFACE, "PrepareForSleep",
                                                           LOGIND_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                           on_prepare_for_sleep, self, NULL);
}

static void
on_bus (GObject *source,
        GAsyncResult *result,
        gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  /* When it was cancelled the watch is gone. */
  if (bus != NULL)
    take_bus (user_data, bus);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_debug ("Sleep is not noticed, since there is no system bus: %s", error->message);
}

/**
 * qcc_sleep_watch_new:
 * @system_bus: (transfer none) (nullable): where logind is; %NULL finds the system bus, without blocking
 *
 * Where there is no bus or no logind, the signal never comes.
 *
 * Returns: (transfer full): a watch
 */
QccSleepWatch *
qcc_sleep_watch_new (GDBusConnection *system_bus)
{
  QccSleepWatch *self;

  g_return_val_if_fail (system_bus == NULL || G_IS_DBUS_CONNECTION (system_bus), NULL);

  self = g_object_new (QCC_TYPE_SLEEP_WATCH, NULL);
  if (system_bus != NULL)
    take_bus (self, system_bus);
  else
    g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, on_bus, self);

  return self;
}
