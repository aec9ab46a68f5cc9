/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-downstream.h"

typedef struct
{
  QccDownstreamFunc func; /* (nullable) */
  gpointer user_data;
  guint64 n_bytes;
  gboolean ended; /* finish() or break_off() was called */
} QccDownstreamPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QccDownstream, qcc_downstream, G_TYPE_OBJECT)

static void
qcc_downstream_class_init (QccDownstreamClass *klass)
{
}

static void
qcc_downstream_init (QccDownstream *self)
{
}

/**
 * qcc_downstream_set_func:
 * @self: a downstream
 * @func: (nullable): told what happens, always from the loop and never from inside a call
 * @user_data: for @func
 */
void
qcc_downstream_set_func (QccDownstream *self,
                         QccDownstreamFunc func,
                         gpointer user_data)
{
  QccDownstreamPrivate *priv = qcc_downstream_get_instance_private (self);

  priv->func = func;
  priv->user_data = user_data;
}

/**
 * qcc_downstream_write:
 * @self: a downstream whose last write was taken
 * @data: bytes of the body
 * @length: bytes in @data, more than 0
 *
 * Returns: %TRUE when the client took them all; else they are kept, and the next write must wait
 *   for %QCC_DOWNSTREAM_DRAINED
 */
gboolean
qcc_downstream_write (QccDownstream *self,
                      const char *data,
                      gsize length)
{
  QccDownstreamPrivate *priv = qcc_downstream_get_instance_private (self);

  g_return_val_if_fail (QCC_IS_DOWNSTREAM (self), FALSE);
  g_return_val_if_fail (length > 0 && !priv->ended, FALSE);

  priv->n_bytes += length;
  return QCC_DOWNSTREAM_GET_CLASS (self)->write (self, data, length);
}

/**
 * qcc_downstream_finish:
 * @self: a downstream
 *
 * Ends the answer properly; %QCC_DOWNSTREAM_FINISHED follows.
 */
void
qcc_downstream_finish (QccDownstream *self)
{
  QccDownstreamPrivate *priv = qcc_downstream_get_instance_private (self);

  g_return_if_fail (QCC_IS_DOWNSTREAM (self));
  g_return_if_fail (!priv->ended);

  priv->ended = TRUE;
  QCC_DOWNSTREAM_GET_CLASS (self)->finish (self);
}

/**
 * qcc_downstream_break_off:
 * @self: a downstream
 *
 * Closes the connection in a way that shows the client that the answer is not complete. No event
 * follows.
 */
void
qcc_downstream_break_off (QccDownstream *self)
{
  QccDownstreamPrivate *priv = qcc_downstream_get_instance_private (self);

  g_return_if_fail (QCC_IS_DOWNSTREAM (self));

  priv->ended = TRUE;
  priv->func = NULL;
  QCC_DOWNSTREAM_GET_CLASS (self)->break_off (self);
}

/**
 * qcc_downstream_get_n_bytes:
 * @self: a downstream
 *
 * Returns: bytes of the body that were handed over
 */
guint64
qcc_downstream_get_n_bytes (QccDownstream *self)
{
  QccDownstreamPrivate *priv = qcc_downstream_get_instance_private (self);

  return priv->n_bytes;
}

void
qcc_downstream_emit (QccDownstream *self,
                     QccDownstreamEvent event)
{
  QccDownstreamPrivate *priv = qcc_downstream_get_instance_private (self);

  if (priv->func != NULL)
    priv->func (event, priv->user_data);
}
