/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-check-judge.h"

#include "service/qcc-classifier.h"
#include "service/qcc-error-facts.h"

static QccErrorFacts *
read_error (const QccCheckReply *reply)
{
  return reply->body != NULL ? qcc_error_facts_new ((const char *) reply->body->data, reply->body->len) : NULL;
}

static QccVerdict
classify (const QccCheckQuestion *question,
          const QccCheckReply *reply)
{
  g_autoptr (QccErrorFacts) facts = read_error (reply);
  QccFailure failure = {
    .transport = reply->transport,
    .status = reply->status,
    .error_type = facts != NULL ? facts->type : NULL,
    .text = reply->body != NULL ? (const char *) reply->body->data : NULL,
    .text_length = reply->body != NULL ? reply->body->len : 0,
    .retry_after = reply->retry_after,
    .anthropic_shape = facts != NULL && facts->anthropic_shape,
    .network_available = question->network_available,
    .destination_local_or_proxied = question->local_or_proxied,
    .elapsed_ms = reply->latency_ms,
    .rules = question->rules,
  };

  return qcc_classifier_judge (&failure);
}

static QccCheckOutcome
judge_failure (const QccCheckQuestion *question,
               const QccCheckReply *reply,
               QccVerdict *out_verdict)
{
  QccClass klass;

  *out_verdict = classify (question, reply);
  klass = out_verdict->klass;

  switch (question->step)
    {
    case QCC_CHECK_STEP_MODELS:
    case QCC_CHECK_STEP_COUNT_TOKENS:
      /* The question was wrong, not the endpoint; a count of tokens may fail for its model. */
      return klass == QCC_CLASS_UNSUPPORTED || klass == QCC_CLASS_REQUEST ? QCC_CHECK_OUTCOME_NEXT_STEP : QCC_CHECK_OUTCOME_FAILED;
    case QCC_CHECK_STEP_CHAT:
      return klass == QCC_CLASS_REQUEST ? QCC_CHECK_OUTCOME_NEXT_STEP : QCC_CHECK_OUTCOME_FAILED;
    case QCC_CHECK_STEP_CONNECT:
    case QCC_CHECK_STEP_CHAT_PLAIN:
      return QCC_CHECK_OUTCOME_FAILED;
    }

  g_return_val_if_reached (QCC_CHECK_OUTCOME_FAILED);
}

/* Whether a document is the answer to the question. */
static gboolean
is_answer (const QccCheckQuestion *question,
           const QccCheckReply *reply)
{
  switch (question->step)
    {
    case QCC_CHECK_STEP_MODELS:
      return TRUE;
    case QCC_CHECK_STEP_COUNT_TOKENS:
      return qcc_check_has_token_count (reply);
    case QCC_CHECK_STEP_CHAT:
    case QCC_CHECK_STEP_CHAT_PLAIN:
      return qcc_check_is_message (reply);
    case QCC_CHECK_STEP_CONNECT:
      break;
    }

  g_return_val_if_reached (FALSE);
}

static gboolean
is_chat (QccCheckStep step)
{
  return step == QCC_CHECK_STEP_CHAT || step == QCC_CHECK_STEP_CHAT_PLAIN;
}

/**
 * qcc_check_judge:
 * @question: what was asked
 * @reply: what came back; a 200 that is no answer gets its failure noted in it
 * @out_verdict: (out): what a failure means; untouched for a pass
 * @out_weak: (out): set to %TRUE when a message came back without the code
 *
 * Returns: what that means for the check
 */
QccCheckOutcome
qcc_check_judge (const QccCheckQuestion *question,
                 QccCheckReply *reply,
                 QccVerdict *out_verdict,
                 gboolean *out_weak)
{
  g_autoptr (QccErrorFacts) facts = NULL;

  if (question->step == QCC_CHECK_STEP_CONNECT && reply->transport == QCC_TRANSPORT_FAILURE_NONE)
    return QCC_CHECK_OUTCOME_PASSED;
  if (reply->transport != QCC_TRANSPORT_FAILURE_NONE || reply->status != SOUP_STATUS_OK)
    return judge_failure (question, reply, out_verdict);

  reply->transport = qcc_check_judge_document (reply);
  if (reply->transport != QCC_TRANSPORT_FAILURE_NONE)
    {
      /* A web page in place of the list is a gateway that has none. */
      if (question->step == QCC_CHECK_STEP_MODELS)
        return QCC_CHECK_OUTCOME_NEXT_STEP;
      return judge_failure (question, reply, out_verdict);
    }

  /* An error in disguise. */
  facts = read_error (reply);
  if (facts != NULL && (facts->anthropic_shape || facts->type != NULL || facts->message != NULL))
    return judge_failure (question, reply, out_verdict);

  if (!is_answer (question, reply))
    {
      reply->transport = QCC_TRANSPORT_FAILURE_BAD_JSON;
      return judge_failure (question, reply, out_verdict);
    }

  *out_weak = is_chat (question->step) && !qcc_check_message_says (reply, question->code);
  return QCC_CHECK_OUTCOME_PASSED;
}

/**
 * qcc_check_get_next_step:
 * @step: one that has a next one
 *
 * Returns: what to ask when %QCC_CHECK_OUTCOME_NEXT_STEP came of @step
 */
QccCheckStep
qcc_check_get_next_step (QccCheckStep step)
{
  switch (step)
    {
    case QCC_CHECK_STEP_MODELS:
      return QCC_CHECK_STEP_COUNT_TOKENS;
    case QCC_CHECK_STEP_COUNT_TOKENS:
      return QCC_CHECK_STEP_CONNECT;
    case QCC_CHECK_STEP_CHAT:
      return QCC_CHECK_STEP_CHAT_PLAIN;
    case QCC_CHECK_STEP_CONNECT:
    case QCC_CHECK_STEP_CHAT_PLAIN:
      break;
    }

  g_return_val_if_reached (QCC_CHECK_STEP_CONNECT);
}
