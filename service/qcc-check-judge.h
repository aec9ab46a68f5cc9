/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-check-private.h"

G_BEGIN_DECLS

/* What is asked in a check, and what the answers mean. Pure. */

/**
 * QccCheckStep:
 *
 * What is being asked. A check of level api goes down from the first that the endpoint knows:
 *
 *     MODELS ─► COUNT_TOKENS ─► CONNECT        CHAT ─► CHAT_PLAIN
 */
typedef enum
{
  QCC_CHECK_STEP_MODELS,
  QCC_CHECK_STEP_COUNT_TOKENS,
  QCC_CHECK_STEP_CONNECT,
  QCC_CHECK_STEP_CHAT,
  QCC_CHECK_STEP_CHAT_PLAIN, /* without the member `thinking`, which not every model takes */
} QccCheckStep;

/**
 * QccCheckOutcome:
 *
 * What a reply means for the check.
 */
typedef enum
{
  QCC_CHECK_OUTCOME_PASSED,
  QCC_CHECK_OUTCOME_NEXT_STEP, /* it does not know what it was asked */
  QCC_CHECK_OUTCOME_FAILED,
} QccCheckOutcome;

/**
 * QccCheckQuestion:
 * @step: what was asked
 * @code: (unowned): what a message was asked to repeat
 * @network_available: what the network monitor says
 * @local_or_proxied: as in #QccFailure
 * @rules: (unowned) (nullable): likewise
 */
typedef struct
{
  QccCheckStep step;
  const char *code;
  gboolean network_available;
  gboolean local_or_proxied;
  const GPtrArray *rules;
} QccCheckQuestion;

QccCheckOutcome qcc_check_judge (const QccCheckQuestion *question,
                                 QccCheckReply *reply,
                                 QccVerdict *out_verdict,
                                 gboolean *out_weak);
QccCheckStep qcc_check_get_next_step (QccCheckStep step);

/* Bodies: what is asked, and what the answers are. */
char *qcc_check_make_count_tokens (const char *model);
char *qcc_check_make_chat (const char *model, const char *code, gboolean thinking_off);
QccTransportFailure qcc_check_judge_document (const QccCheckReply *reply);
gboolean qcc_check_has_token_count (const QccCheckReply *reply);
gboolean qcc_check_is_message (const QccCheckReply *reply);
gboolean qcc_check_message_says (const QccCheckReply *reply, const char *code);

/* What people are told. */
char *qcc_check_describe_pass (const QccCheckResult *result, QccCheckLevel asked, gboolean has_key);
char *qcc_check_describe_failure (const QccVerdict *verdict, const QccCheckReply *reply);

G_END_DECLS
