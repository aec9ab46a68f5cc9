/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-port-owner.h"

/* The longest that somebody waits for the name of a process before doing without it. */
#define SOON_MS 300

static void
describe_in_thread (GTask *task,
                    gpointer source,
                    gpointer task_data,
                    GCancellable *cancellable)
{
  g_task_return_pointer (task, qcc_port_owner_describe ((guint16) GPOINTER_TO_UINT (task_data)), g_free);
}

/**
 * qcc_port_owner_describe_async:
 * @port: a TCP port
 * @cancellable: (nullable): ends the waiting
 * @callback: called when it is known
 * @user_data: for @callback
 *
 * qcc_port_owner_describe() in a thread.
 */
void
qcc_port_owner_describe_async (guint16 port,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, qcc_port_owner_describe_async);
  g_task_set_task_data (task, GUINT_TO_POINTER ((guint) port), NULL);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, describe_in_thread);
}

/**
 * qcc_port_owner_describe_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (nullable): as qcc_port_owner_describe()
 */
char *
qcc_port_owner_describe_finish (GAsyncResult *result,
                                GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, qcc_port_owner_describe_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  GAsyncQueue *answers; /* (owned) (element-type utf8) */
  guint16 port;
} Search;

static gpointer
search_thread (gpointer user_data)
{
  Search *self = user_data;
  char *owner = qcc_port_owner_describe (self->port);

  g_async_queue_push (self->answers, owner != NULL ? owner : g_strdup (""));
  g_async_queue_unref (self->answers);
  g_free (self);

  return NULL;
}

/**
 * qcc_port_owner_describe_soon:
 * @port: a TCP port
 *
 * qcc_port_owner_describe() for the message of a start that has just failed, when there are no
 * requests that could wait. Blocks at most 300 ms, however long the system takes to find a process or
 * the name of a user, which may come from the network.
 *
 * Returns: (transfer full) (nullable): as qcc_port_owner_describe(); %NULL also when it takes too long
 */
char *
qcc_port_owner_describe_soon (guint16 port)
{
  g_autoptr (GAsyncQueue) answers = g_async_queue_new_full (g_free);
  Search *search = g_new0 (Search, 1);
  g_autofree char *owner = NULL;

  search->answers = g_async_queue_ref (answers);
  search->port = port;
  g_thread_unref (g_thread_new ("port-owner", search_thread, search));

  owner = g_async_queue_timeout_pop (answers, SOON_MS * G_TIME_SPAN_MILLISECOND);

  return owner != NULL && *owner != '\0' ? g_steal_pointer (&owner) : NULL;
}
