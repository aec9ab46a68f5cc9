/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "service/qcc-endpoint-entry.h"
#include "service/qcc-verdict.h"
#include "service/qcc-watch.h"

G_BEGIN_DECLS

/**
 * QccCheckLevel:
 * @QCC_CHECK_CONNECT: a connection, TLS included
 * @QCC_CHECK_API: a free request with the key
 * @QCC_CHECK_CHAT: a real message, which costs
 *
 * How deep an endpoint is checked (spec 7.1).
 */
typedef enum
{
  QCC_CHECK_CONNECT,
  QCC_CHECK_API,
  QCC_CHECK_CHAT,
} QccCheckLevel;

/**
 * QccCheckResult:
 * @level: what was really done: an endpoint without a free request falls back to %QCC_CHECK_CONNECT
 * @passed: it answered as it should
 * @weak: %QCC_CHECK_CHAT: it answered, but without the code
 * @proves_key: it answered for the key
 * @verdict: what it means, where it did not pass
 * @status: HTTP status, 0 without an answer
 * @latency_ms: milliseconds to the end of the answer, or to the failure, of the last try
 * @first_byte_ms: milliseconds to the first byte, -1 without one
 * @n_tries: tries that it took
 * @detail: (owned): what happened, for people, translated; never text from outside unmasked
 */
typedef struct
{
  QccCheckLevel level;
  gboolean passed;
  gboolean weak;
  gboolean proves_key;
  QccVerdict verdict;
  guint status;
  gint64 latency_ms;
  gint64 first_byte_ms;
  guint n_tries;
  char *detail;
} QccCheckResult;

void qcc_check_result_free (QccCheckResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccCheckResult, qcc_check_result_free)

/**
 * QccCheckOptions:
 * @watcher: (unowned): watches sockets
 * @network: (unowned) (nullable): whether there is a network
 * @timeout: seconds for each try
 * @max_tries: tries; what says something for sure (an answer about key, rate or money) is not tried again
 * @rules: (unowned) (nullable) (element-type QccFailureRule): the user's, of what an answer means
 * @model: (unowned) (nullable): for %QCC_CHECK_CHAT and for counting tokens: the model that was used last
 */
typedef struct
{
  QccWatcher *watcher;
  GNetworkMonitor *network;
  guint timeout;
  guint max_tries;
  GPtrArray *rules;
  const char *model;
} QccCheckOptions;

void qcc_check_run_async (QccEndpointEntry *entry,
                          QccCheckLevel level,
                          const QccCheckOptions *options,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
QccCheckResult *qcc_check_run_finish (GAsyncResult *result, GError **error);

#define QCC_TYPE_CHECK_LEVEL (qcc_check_level_get_type ())
GType qcc_check_level_get_type (void);

G_END_DECLS
