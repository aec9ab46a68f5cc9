/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-classifier.h"

G_BEGIN_DECLS

/**
 * QccFailedAttempt:
 * @verdict: how it was judged
 * @transport: how it failed without an answer
 * @status: the answer's HTTP status, 0 when there was none
 * @error_type: (nullable): the answer's error type
 * @message: (nullable): the answer's error text; where TLS failed, why
 * @endpoint_id: the endpoint
 * @profile_name: its profile
 * @has_answer: the whole answer is at hand and could be passed on
 *
 * One attempt that failed. All strings are borrowed for the call.
 */
typedef struct
{
  QccVerdict verdict;
  QccTransportFailure transport;
  guint status;
  const char *error_type;
  const char *message;
  const char *endpoint_id;
  const char *profile_name;
  gboolean has_answer;
} QccFailedAttempt;

/**
 * QccNoAttempt:
 * @QCC_NO_ATTEMPT_NO_PROFILE: no profile is configured
 * @QCC_NO_ATTEMPT_NO_KEY: no endpoint that could be used has a key
 * @QCC_NO_ATTEMPT_DISABLED: all endpoints or their profiles are disabled
 * @QCC_NO_ATTEMPT_WAITING: all are in a stated Retry-After
 * @QCC_NO_ATTEMPT_OFFLINE: there is no network
 *
 * Why no endpoint was tried at all.
 */
typedef enum
{
  QCC_NO_ATTEMPT_NO_PROFILE,
  QCC_NO_ATTEMPT_NO_KEY,
  QCC_NO_ATTEMPT_DISABLED,
  QCC_NO_ATTEMPT_WAITING,
  QCC_NO_ATTEMPT_OFFLINE,
} QccNoAttempt;

/**
 * QccFinalInput:
 * @attempts: (array length=n_attempts) (nullable): the failed attempts in the order they were made
 * @n_attempts: how many
 * @no_attempt: why there are none; only read when @n_attempts is 0
 * @next_usable: seconds until an endpoint that was not tried may be used again, -1 when not known
 */
typedef struct
{
  const QccFailedAttempt *attempts;
  gsize n_attempts;
  QccNoAttempt no_attempt;
  int next_usable;
} QccFinalInput;

/**
 * QccFinalAnswer:
 * @attempt: index of the attempt whose answer is passed on, or -1
 * @status: the HTTP status
 * @error_type: (owned): Anthropic's error type, for the record and wherever @message is set
 * @message: (owned) (nullable): the text of a body to make with qcc_error_body_new(); %NULL: the
 *   body of @attempt is passed on as it came. Never %NULL when @attempt is -1
 * @retry_after: value of the header Retry-After in seconds, -1 for no such header
 * @no_retry: whether to send `x-should-retry: false`
 *
 * What the client gets. With @attempt, all its other headers are passed on too.
 */
typedef struct
{
  gssize attempt;
  guint status;
  char *error_type;
  char *message;
  int retry_after;
  gboolean no_retry;
} QccFinalAnswer;

QccFinalAnswer *qcc_final_answer_new (const QccFinalInput *input);
void qcc_final_answer_free (QccFinalAnswer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFinalAnswer, qcc_final_answer_free)

G_END_DECLS
