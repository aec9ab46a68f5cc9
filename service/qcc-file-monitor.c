/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-file-monitor.h"

/* Editors write in several steps; they have this long for them. */
#define SETTLE_MS 100

/**
 * QccFileMonitor:
 *
 * Tells when a file that people edit has changed, whether it was written in place or replaced by another,
 * and whether it is a symbolic link or not. Several changes in a row are told once.
 */
struct _QccFileMonitor
{
  GObject parent_instance;

  GFileMonitor *file_monitor;   /* (owned) (nullable): of the file, or of the link to it */
  GFileMonitor *target_monitor; /* (owned) (nullable): of where the link leads */
  GFile *file;                  /* (owned) */
  GFile *target;                /* (owned) (nullable): what is watched by @target_monitor */
  guint settle_id;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccFileMonitor, qcc_file_monitor, G_TYPE_OBJECT)

static gboolean
on_settled (gpointer user_data)
{
  QccFileMonitor *self = user_data;

  self->settle_id = 0;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
on_event (GFileMonitor *monitor,
          GFile *file,
          GFile *other_file,
          GFileMonitorEvent event,
          QccFileMonitor *self)
{
  /* Counted from the first event, so that a file that never rests is told all the same. */
  if (self->settle_id == 0)
    self->settle_id = g_timeout_add (SETTLE_MS, on_settled, self);
}

/* Returns (transfer full) (nullable): a monitor; where there is none, changes are found with the next edit. */
static GFileMonitor *
watch (QccFileMonitor *self,
       GFile *file)
{
  g_autoptr (GError) error = NULL;
  GFileMonitor *monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, &error);

  if (monitor == NULL)
    {
      g_warning ("Changes to %s are not noticed at once: %s", g_file_peek_path (file), error->message);
      return NULL;
    }

  g_signal_connect (monitor, "changed", G_CALLBACK (on_event), self);
  return monitor;
}

static void
stop (QccFileMonitor *self,
      GFileMonitor **monitor)
{
  if (*monitor == NULL)
    return;

  g_signal_handlers_disconnect_by_data (*monitor, self);
  g_file_monitor_cancel (*monitor);
  g_clear_object (monitor);
}

static void
qcc_file_monitor_dispose (GObject *object)
{
  QccFileMonitor *self = QCC_FILE_MONITOR (object);

  stop (self, &self->file_monitor);
  stop (self, &self->target_monitor);
  g_clear_handle_id (&self->settle_id, g_source_remove);

  G_OBJECT_CLASS (qcc_file_monitor_parent_class)->dispose (object);
}

static void
qcc_file_monitor_finalize (GObject *object)
{
  QccFileMonitor *self = QCC_FILE_MONITOR (object);

  g_clear_object (&self->file);
  g_clear_object (&self->target);

  G_OBJECT_CLASS (qcc_file_monitor_parent_class)->finalize (object);
}

static void
qcc_file_monitor_class_init (QccFileMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_file_monitor_dispose;
  object_class->finalize = qcc_file_monitor_finalize;

  /**
   * QccFileMonitor::changed:
   *
   * Something happened to the file; what it holds may be the same.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 0);
}

static void
qcc_file_monitor_init (QccFileMonitor *self)
{
}

/**
 * qcc_file_monitor_new:
 * @file: (transfer none): a file that need not exist
 *
 * Returns: (transfer full): a monitor
 */
QccFileMonitor *
qcc_file_monitor_new (GFile *file)
{
  QccFileMonitor *self;

  g_return_val_if_fail (G_IS_FILE (file), NULL);

  self = g_object_new (QCC_TYPE_FILE_MONITOR, NULL);
  self->file = g_object_ref (file);
  self->file_monitor = watch (self, file);

  return self;
}

/**
 * qcc_file_monitor_set_target:
 * @self: a monitor
 * @path: (type filename): where the file leads when it is a symbolic link; else the file itself
 *
 * A link does not tell when its target changes, so both are watched.
 */
void
qcc_file_monitor_set_target (QccFileMonitor *self,
                             const char *path)
{
  g_autoptr (GFile) target = NULL;

  g_return_if_fail (QCC_IS_FILE_MONITOR (self));
  g_return_if_fail (path != NULL);

  target = g_file_new_for_path (path);
  if (self->target != NULL && g_file_equal (self->target, target))
    return;

  stop (self, &self->target_monitor);
  g_set_object (&self->target, target);
  if (!g_file_equal (target, self->file))
    self->target_monitor = watch (self, target);
}
