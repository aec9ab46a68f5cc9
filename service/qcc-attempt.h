/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "common/qcc-endpoint.h"
#include "common/qcc-secret.h"
#include "service/qcc-classifier.h"
#include "service/qcc-connection-pool.h"
#include "service/qcc-request-facts.h"
#include "service/qcc-watch.h"

G_BEGIN_DECLS

/**
 * QccAttemptRequest:
 * @method: (unowned): the client's method
 * @path: (unowned): as it was received
 * @query: (unowned) (nullable): as it was received
 * @headers: (unowned): the client's
 * @body: (unowned) (nullable): the client's body, whole
 * @facts: (unowned): what is known of the request
 * @passes_credential: whether the client's own credential goes where there is no key (spec 2.14)
 *
 * What the client asked for; must outlive the attempt.
 */
typedef struct
{
  const char *method;
  const char *path;
  const char *query;
  SoupMessageHeaders *headers;
  GBytes *body;
  QccRequestFacts *facts;
  gboolean passes_credential;
} QccAttemptRequest;

/**
 * QccAttemptLimits:
 *
 * Milliseconds.
 */
typedef struct
{
  gint64 connect;
  gint64 first_byte;
  gint64 idle;
} QccAttemptLimits;

/**
 * QccAttemptFunc:
 * @user_data: the reader's data
 *
 * Something can be read from the answer: bytes, its end, or an error.
 */
typedef void (*QccAttemptFunc) (gpointer user_data);

#define QCC_TYPE_ATTEMPT (qcc_attempt_get_type ())
G_DECLARE_FINAL_TYPE (QccAttempt, qcc_attempt, QCC, ATTEMPT, GObject)

QccAttempt *qcc_attempt_new (QccEndpoint *endpoint,
                             QccConnectionPool *pool,
                             QccWatcher *watcher,
                             const QccAttemptRequest *request,
                             const QccAttemptLimits *limits,
                             QccSecret *key);

void qcc_attempt_send_async (QccAttempt *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean qcc_attempt_send_finish (QccAttempt *self, GAsyncResult *result, GError **error);

gboolean qcc_attempt_was_connected (QccAttempt *self);
QccSecret *qcc_attempt_get_key (QccAttempt *self);
guint qcc_attempt_get_status (QccAttempt *self);
SoupMessageHeaders *qcc_attempt_get_headers (QccAttempt *self);
const char *qcc_attempt_get_reason_phrase (QccAttempt *self);

void qcc_attempt_start_reading (QccAttempt *self, QccAttemptFunc func, gpointer user_data);
void qcc_attempt_pause_reading (QccAttempt *self);
void qcc_attempt_resume_reading (QccAttempt *self);
gssize qcc_attempt_read (QccAttempt *self, char *buffer, gsize size, GError **error);
void qcc_attempt_expect_stream (QccAttempt *self);
void qcc_attempt_forget_request (QccAttempt *self);
void qcc_attempt_close (QccAttempt *self);

G_END_DECLS
