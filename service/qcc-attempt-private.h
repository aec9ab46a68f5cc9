/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-attempt.h"
#include "service/qcc-deadline.h"

G_BEGIN_DECLS

/**
 * QccAttempt:
 *
 * One request to one endpoint, and its answer. Knows nothing of retries but one: a kept-alive
 * connection that turns out to be dead before any byte of an answer is no news about the
 * endpoint, so the request is repeated once on a fresh one (spec 2.12).
 *
 *     NEW ─► CONNECTING ─► WAITING ─► READING ─► CLOSED
 *               ▲             │          │
 *               └── stale ────┘          └── from any state by close() or an error
 */
typedef enum
{
  QCC_ATTEMPT_NEW,
  QCC_ATTEMPT_CONNECTING,
  QCC_ATTEMPT_WAITING,
  QCC_ATTEMPT_READING,
  QCC_ATTEMPT_CLOSED,
} QccAttemptState;

struct _QccAttempt
{
  GObject parent_instance;

  QccEndpoint *endpoint;     /* (owned) */
  QccConnectionPool *pool;   /* (owned) */
  QccWatcher *watcher;       /* (owned) */
  QccSecret *key;            /* (owned) (nullable) */
  QccAttemptRequest request; /* what it points to is the exchange's */
  QccAttemptLimits limits;

  QccAttemptState state;
  GCancellable *cancellable; /* (owned): of the sending; cancelled by the outer one or a limit */
  gulong outer_id;
  QccDeadline *deadline; /* (owned) */
  gboolean expired;
  gboolean repeated; /* the repetition on a fresh connection was used */
  gboolean reused;   /* the connection in use had an answer before */

  QccConnection *connection; /* (owned) (nullable): handed out by @pool */
  SoupMessage *message;      /* (owned) (nullable) */
  GInputStream *body;        /* (owned) (nullable) */
  gboolean body_complete;
  GError *read_error; /* (owned) (nullable): libsoup reports an error once, and then an end */
  gboolean was_connected;
  gboolean paused;

  QccWatch *watch; /* (owned) (nullable) */
  guint resume_id;
  QccAttemptFunc func;
  gpointer func_data;
};

void qcc_attempt_set_state (QccAttempt *self, QccAttemptState state);
void qcc_attempt_drop_connection (QccAttempt *self, gboolean reusable);

G_END_DECLS
