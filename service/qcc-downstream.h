/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "service/qcc-client.h"

G_BEGIN_DECLS

/**
 * QccDownstreamEvent:
 * @QCC_DOWNSTREAM_DRAINED: the last write was taken; the next one may come
 * @QCC_DOWNSTREAM_FINISHED: the answer is with the client to its end
 * @QCC_DOWNSTREAM_BROKEN: the client cannot be written to any more
 */
typedef enum
{
  QCC_DOWNSTREAM_DRAINED,
  QCC_DOWNSTREAM_FINISHED,
  QCC_DOWNSTREAM_BROKEN,
} QccDownstreamEvent;

typedef void (*QccDownstreamFunc) (QccDownstreamEvent event, gpointer user_data);

/**
 * QccDownstream:
 *
 * The body of one answer on its way to the client, with back-pressure. Two back ends: libsoup's
 * own writer, and a stolen connection with our framing, which costs a quarter for a stream of
 * small chunks and lets its end be ours (design 2).
 */
#define QCC_TYPE_DOWNSTREAM (qcc_downstream_get_type ())
G_DECLARE_DERIVABLE_TYPE (QccDownstream, qcc_downstream, QCC, DOWNSTREAM, GObject)

struct _QccDownstreamClass
{
  GObjectClass parent_class;

  gboolean (*write) (QccDownstream *self, const char *data, gsize length);
  void (*finish) (QccDownstream *self);
  void (*break_off) (QccDownstream *self);
};

void qcc_downstream_set_func (QccDownstream *self, QccDownstreamFunc func, gpointer user_data);
gboolean qcc_downstream_write (QccDownstream *self, const char *data, gsize length);
void qcc_downstream_finish (QccDownstream *self);
void qcc_downstream_break_off (QccDownstream *self);
guint64 qcc_downstream_get_n_bytes (QccDownstream *self);

/* For the back ends. */
void qcc_downstream_emit (QccDownstream *self, QccDownstreamEvent event);

QccDownstream *qcc_downstream_message_new (SoupServerMessage *message, QccClient *client);
QccDownstream *qcc_downstream_stream_new (SoupServer *server,
                                          SoupServerMessage *message,
                                          QccClient *client,
                                          guint status,
                                          const char *reason,
                                          SoupMessageHeaders *headers);

G_END_DECLS
