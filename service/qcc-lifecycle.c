/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-lifecycle.h"

G_DEFINE_ENUM_TYPE (QccLifecycleState, qcc_lifecycle_state, G_DEFINE_ENUM_VALUE (QCC_LIFECYCLE_STOPPED, "stopped"), G_DEFINE_ENUM_VALUE (QCC_LIFECYCLE_RUNNING, "running"), G_DEFINE_ENUM_VALUE (QCC_LIFECYCLE_STOPPING, "stopping"), G_DEFINE_ENUM_VALUE (QCC_LIFECYCLE_FAILED, "failed"))

/**
 * QccLifecycle:
 *
 * Whether the proxy listens, and why not: the user's wishes, of which the proxy itself knows nothing.
 *
 * Signals: `changed`, after the state changed; `quit`, when the whole service shall end.
 */
struct _QccLifecycle
{
  GObject parent_instance;

  QccProxy *proxy;    /* (owned) */
  GPtrArray *sockets; /* (owned) (nullable) (element-type GSocket): from systemd */
  guint stop_grace;   /* seconds */
  char *failure;      /* (owned) (nullable): why it could not start */
};

enum
{
  SIGNAL_CHANGED,
  SIGNAL_QUIT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccLifecycle, qcc_lifecycle, G_TYPE_OBJECT)

static void
qcc_lifecycle_finalize (GObject *object)
{
  QccLifecycle *self = QCC_LIFECYCLE (object);

  g_clear_object (&self->proxy);
  g_clear_pointer (&self->sockets, g_ptr_array_unref);
  g_clear_pointer (&self->failure, g_free);

  G_OBJECT_CLASS (qcc_lifecycle_parent_class)->finalize (object);
}

static void
qcc_lifecycle_class_init (QccLifecycleClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_lifecycle_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", QCC_TYPE_LIFECYCLE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_QUIT] = g_signal_new ("quit", QCC_TYPE_LIFECYCLE, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_lifecycle_init (QccLifecycle *self)
{
}

static void
on_proxy_state (QccProxy *proxy,
                GParamSpec *pspec,
                QccLifecycle *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * qcc_lifecycle_new:
 * @proxy: (transfer none): what listens
 * @sockets: (nullable) (transfer none) (element-type GSocket): sockets that systemd has opened; they win over the settings
 * @stop_grace: seconds that answers may go on after the wish to stop
 *
 * Returns: (transfer full): a life that has not begun
 */
QccLifecycle *
qcc_lifecycle_new (QccProxy *proxy,
                   GPtrArray *sockets,
                   guint stop_grace)
{
  QccLifecycle *self;

  g_return_val_if_fail (QCC_IS_PROXY (proxy), NULL);

  self = g_object_new (QCC_TYPE_LIFECYCLE, NULL);
  self->proxy = g_object_ref (proxy);
  self->sockets = sockets != NULL && sockets->len > 0 ? g_ptr_array_ref (sockets) : NULL;
  self->stop_grace = stop_grace;
  g_signal_connect_object (self->proxy, "notify::state", G_CALLBACK (on_proxy_state), self, 0);

  return self;
}

static void
set_failure (QccLifecycle *self,
             const char *failure)
{
  if (g_strcmp0 (self->failure, failure) == 0)
    return;

  g_free (self->failure);
  self->failure = g_strdup (failure);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * qcc_lifecycle_start:
 * @self: a life
 * @error: return location for an error
 *
 * Makes the proxy listen. Does nothing when it does already.
 *
 * Possible errors: those of qcc_proxy_start().
 *
 * Returns: whether it listens
 */
gboolean
qcc_lifecycle_start (QccLifecycle *self,
                     GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (QCC_IS_LIFECYCLE (self), FALSE);

  if (qcc_proxy_get_state (self->proxy) == QCC_PROXY_STATE_RUNNING)
    return TRUE;

  if (!qcc_proxy_start (self->proxy, self->sockets, &local_error))
    {
      if (qcc_proxy_get_state (self->proxy) == QCC_PROXY_STATE_STOPPED)
        set_failure (self, local_error->message);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  set_failure (self, NULL);
  return TRUE;
}

static void
on_proxy_stopped (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  qcc_proxy_stop_finish (QCC_PROXY (source), result);
  g_task_return_boolean (task, TRUE);
}

/**
 * qcc_lifecycle_stop_async:
 * @self: a life
 * @callback: called when the last answer has ended
 * @user_data: for @callback
 *
 * Stops listening; answers that are under way may finish for a bounded time.
 */
void
qcc_lifecycle_stop_async (QccLifecycle *self,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_LIFECYCLE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_lifecycle_stop_async);
  set_failure (self, NULL);
  qcc_proxy_stop_async (self->proxy, self->stop_grace, on_proxy_stopped, task);
}

void
qcc_lifecycle_stop_finish (QccLifecycle *self,
                           GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

/**
 * qcc_lifecycle_quit:
 * @self: a life
 *
 * Asks whoever runs the service to end it.
 */
void
qcc_lifecycle_quit (QccLifecycle *self)
{
  g_return_if_fail (QCC_IS_LIFECYCLE (self));

  g_signal_emit (self, signals[SIGNAL_QUIT], 0);
}

/**
 * qcc_lifecycle_get_state:
 * @self: a life
 *
 * Returns: its state
 */
QccLifecycleState
qcc_lifecycle_get_state (QccLifecycle *self)
{
  g_return_val_if_fail (QCC_IS_LIFECYCLE (self), QCC_LIFECYCLE_STOPPED);

  switch (qcc_proxy_get_state (self->proxy))
    {
    case QCC_PROXY_STATE_RUNNING:
      return QCC_LIFECYCLE_RUNNING;
    case QCC_PROXY_STATE_STOPPING:
      return QCC_LIFECYCLE_STOPPING;
    case QCC_PROXY_STATE_STOPPED:
      return self->failure != NULL ? QCC_LIFECYCLE_FAILED : QCC_LIFECYCLE_STOPPED;
    }

  g_assert_not_reached ();
}

/**
 * qcc_lifecycle_get_reason:
 * @self: a life
 *
 * Returns: (transfer none): what happened and what to do, when it failed; else empty
 */
const char *
qcc_lifecycle_get_reason (QccLifecycle *self)
{
  g_return_val_if_fail (QCC_IS_LIFECYCLE (self), "");

  return self->failure != NULL ? self->failure : "";
}

/**
 * qcc_lifecycle_dup_url:
 * @self: a life
 *
 * Returns: (transfer full): what ANTHROPIC_BASE_URL must be; empty while it does not listen
 */
char *
qcc_lifecycle_dup_url (QccLifecycle *self)
{
  g_return_val_if_fail (QCC_IS_LIFECYCLE (self), NULL);

  return qcc_lifecycle_get_state (self) == QCC_LIFECYCLE_RUNNING ? qcc_proxy_dup_url (self->proxy) : g_strdup ("");
}

/**
 * qcc_lifecycle_get_n_exchanges:
 * @self: a life
 *
 * Returns: how many requests are being answered
 */
guint
qcc_lifecycle_get_n_exchanges (QccLifecycle *self)
{
  g_return_val_if_fail (QCC_IS_LIFECYCLE (self), 0);

  return qcc_proxy_get_n_exchanges (self->proxy);
}
