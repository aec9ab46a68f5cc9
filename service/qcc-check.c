/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-check.h"

#include "common/qcc-random.h"
#include "service/qcc-check-judge.h"

G_DEFINE_ENUM_TYPE (QccCheckLevel,
                    qcc_check_level,
                    G_DEFINE_ENUM_VALUE (QCC_CHECK_CONNECT, "connect"),
                    G_DEFINE_ENUM_VALUE (QCC_CHECK_API, "api"),
                    G_DEFINE_ENUM_VALUE (QCC_CHECK_CHAT, "chat"))

/* A hiccup is over by then. */
#define PAUSE_MS 250

/* When no model was used yet: the cheapest one that Claude Code itself asks for. */
#define DEFAULT_MODEL "claude-haiku-5-5"

typedef struct
{
  QccEndpointEntry *entry; /* (owned) */
  gboolean simulated;
  QccCheckTarget *target;   /* (owned): @entry as it was at first */
  GNetworkMonitor *network; /* (owned) (nullable) */
  GPtrArray *rules;         /* (owned) (nullable) */
  guint timeout;            /* seconds */
  guint max_tries;
  char *model; /* (owned) */
  char *code;  /* (owned) */
  QccCheckLevel asked;
  QccCheckStep step;
  gint64 limit;           /* monotonic time in microseconds: the end of this try */
  GSource *pause;         /* (owned) (nullable): before the next try */
  QccCheckResult *result; /* (owned) (nullable): %NULL when it was handed over */
} Check;

static void begin_try (GTask *task);

/**
 * qcc_check_result_free:
 * @self: (transfer full): a result
 */
void
qcc_check_result_free (QccCheckResult *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->detail);
  g_free (self);
}

static void
check_free (gpointer data)
{
  Check *self = data;

  g_assert (self->pause == NULL);
  qcc_endpoint_entry_unref (self->entry);
  qcc_check_target_unref (self->target);
  g_clear_object (&self->network);
  g_clear_pointer (&self->rules, g_ptr_array_unref);
  g_free (self->model);
  g_free (self->code);
  g_clear_pointer (&self->result, qcc_check_result_free);
  g_free (self);
}

/* Letters only, so that no model takes it for a number to tell about or a word to translate. */
static char *
make_code (void)
{
  guint8 random[8];
  char code[sizeof random + 1] = { 0 };

  qcc_random_fill (random, sizeof random);
  for (gsize i = 0; i < sizeof random; i++)
    code[i] = (char) ('A' + random[i] % 26);

  return g_strdup (code);
}

static void
end (GTask *task)
{
  Check *self = g_task_get_task_data (task);

  g_task_return_pointer (task, g_steal_pointer (&self->result), (GDestroyNotify) qcc_check_result_free);
}

static gboolean
on_pause_over (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Check *self = g_task_get_task_data (task);

  g_clear_pointer (&self->pause, g_source_unref);
  if (!g_task_return_error_if_cancelled (task))
    begin_try (g_steal_pointer (&task));

  return G_SOURCE_REMOVE;
}

/* Cancellation ends it early. */
static void
pause_then_try (GTask *task)
{
  Check *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  self->pause = g_timeout_source_new (PAUSE_MS);
  if (cancellable != NULL)
    {
      g_autoptr (GSource) cancelled = g_cancellable_source_new (cancellable);

      g_source_set_dummy_callback (cancelled);
      g_source_add_child_source (self->pause, cancelled);
    }
  g_source_set_callback (self->pause, on_pause_over, task, NULL);
  g_source_attach (self->pause, g_main_context_get_thread_default ());
}

static QccCheckOutcome
judge (Check *self,
       QccCheckReply *reply)
{
  QccCheckQuestion question = {
    .step = self->step,
    .code = self->code,
    .network_available = self->network == NULL || g_network_monitor_get_network_available (self->network),
    .local_or_proxied = qcc_endpoint_is_local_or_proxied (self->target->endpoint),
    .rules = self->rules,
  };

  return qcc_check_judge (&question, reply, &self->result->verdict, &self->result->weak);
}

/* What a message costs it has cost once it may have arrived (spec 3). */
static gboolean
may_try_again (Check *self,
               const QccCheckReply *reply)
{
  QccClass klass = self->result->verdict.klass;
  gboolean is_paid = self->step == QCC_CHECK_STEP_CHAT || self->step == QCC_CHECK_STEP_CHAT_PLAIN;

  if (self->result->n_tries >= self->max_tries || (klass != QCC_CLASS_TRANSIENT && klass != QCC_CLASS_OVERLOAD))
    return FALSE;
  if (reply->status >= SOUP_STATUS_INTERNAL_SERVER_ERROR)
    return TRUE;

  return reply->transport != QCC_TRANSPORT_FAILURE_NONE && (!is_paid || !reply->connected);
}

static void
pass (GTask *task)
{
  Check *self = g_task_get_task_data (task);

  self->result->passed = TRUE;
  self->result->verdict = (QccVerdict){ 0 };
  self->result->proves_key = self->step != QCC_CHECK_STEP_CONNECT && self->target->key != NULL;
  self->result->detail = qcc_check_describe_pass (self->result, self->asked, self->target->key != NULL);
  if (!self->simulated && self->step <= QCC_CHECK_STEP_COUNT_TOKENS)
    self->entry->counts_instead = self->step == QCC_CHECK_STEP_COUNT_TOKENS;

  end (task);
}

static void run_step (GTask *task);

static void
take_reply (GTask *task,
            QccCheckReply *reply)
{
  g_autoptr (GTask) owned = task;
  Check *self = g_task_get_task_data (task);

  self->result->status = reply->status;
  self->result->first_byte_ms = reply->first_byte_ms;
  self->result->latency_ms = reply->latency_ms;

  switch (judge (self, reply))
    {
    case QCC_CHECK_OUTCOME_PASSED:
      pass (task);
      break;

    case QCC_CHECK_OUTCOME_NEXT_STEP:
      self->step = qcc_check_get_next_step (self->step);
      if (self->step == QCC_CHECK_STEP_CONNECT)
        {
          if (!self->simulated)
            self->entry->counts_instead = FALSE;
          self->result->level = QCC_CHECK_CONNECT;
        }
      run_step (g_steal_pointer (&owned));
      break;

    case QCC_CHECK_OUTCOME_FAILED:
      if (may_try_again (self, reply))
        {
          pause_then_try (g_steal_pointer (&owned));
          break;
        }
      self->result->detail = qcc_check_describe_failure (&self->result->verdict, reply);
      end (task);
      break;
    }
}

static void
on_connected (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccCheckReply) reply = qcc_check_connect_finish (result, &error);

  if (reply != NULL)
    take_reply (g_steal_pointer (&task), reply);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_answered (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccCheckReply) reply = qcc_check_request_finish (result, &error);

  if (reply != NULL)
    take_reply (g_steal_pointer (&task), reply);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* @task: (transfer full) */
static void
request (GTask *task,
         const char *path,
         const char *body)
{
  Check *self = g_task_get_task_data (task);
  gint64 left_ms = MAX (1, (self->limit - g_get_monotonic_time ()) / 1000);

  qcc_check_request_async (self->target, path, body, left_ms, g_task_get_cancellable (task), on_answered, task);
}

/* @task: (transfer full) */
static void
run_step (GTask *task)
{
  Check *self = g_task_get_task_data (task);
  g_autofree char *body = NULL;

  switch (self->step)
    {
    case QCC_CHECK_STEP_MODELS:
      request (task, "/v1/models", NULL);
      break;
    case QCC_CHECK_STEP_COUNT_TOKENS:
      body = qcc_check_make_count_tokens (self->model);
      request (task, "/v1/messages/count_tokens", body);
      break;
    case QCC_CHECK_STEP_CHAT:
    case QCC_CHECK_STEP_CHAT_PLAIN:
      body = qcc_check_make_chat (self->model, self->code, self->step == QCC_CHECK_STEP_CHAT);
      request (task, "/v1/messages", body);
      break;
    case QCC_CHECK_STEP_CONNECT:
      qcc_check_connect_async (self->target, MAX (1, (self->limit - g_get_monotonic_time ()) / 1000),
                               g_task_get_cancellable (task), on_connected, task);
      break;
    }
}

/* @task: (transfer full) */
static void
begin_try (GTask *task)
{
  Check *self = g_task_get_task_data (task);

  self->result->n_tries++;
  self->limit = g_get_monotonic_time () + (gint64) self->timeout * G_USEC_PER_SEC;
  run_step (task);
}

static QccCheckStep
get_first_step (const Check *self)
{
  switch (self->result->level)
    {
    case QCC_CHECK_CONNECT:
      return QCC_CHECK_STEP_CONNECT;
    case QCC_CHECK_API:
      return self->entry->counts_instead && !self->simulated ? QCC_CHECK_STEP_COUNT_TOKENS : QCC_CHECK_STEP_MODELS;
    case QCC_CHECK_CHAT:
      return QCC_CHECK_STEP_CHAT;
    }

  g_return_val_if_reached (QCC_CHECK_STEP_CONNECT);
}

/**
 * qcc_check_run_async:
 * @entry: (transfer none): the endpoint; without a key it is only connected to
 * @level: how deep
 * @options: limits, and what the check needs; copied
 * @cancellable: (nullable): ends it at once
 * @callback: called when the check is over
 * @user_data: for @callback
 *
 * Checks an endpoint with the key and the address that it has now (spec 7.1), over one connection of its pool at a time.
 * Where a fault is simulated for it, the simulated endpoint is checked. Charges nobody: that is up to the caller.
 */
void
qcc_check_run_async (QccEndpointEntry *entry,
                     QccCheckLevel level,
                     const QccCheckOptions *options,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  GTask *task;
  Check *self;

  g_return_if_fail (entry != NULL);
  g_return_if_fail (options != NULL && options->watcher != NULL);
  g_return_if_fail (options->timeout > 0 && options->max_tries > 0);

  task = g_task_new (NULL, cancellable, callback, user_data);
  self = g_new0 (Check, 1);
  g_task_set_source_tag (task, qcc_check_run_async);
  g_task_set_task_data (task, self, check_free);

  self->entry = qcc_endpoint_entry_ref (entry);
  self->simulated = entry->simulation != NULL;
  self->target = qcc_check_target_new (entry, options->watcher);
  g_set_object (&self->network, options->network);
  self->rules = options->rules != NULL ? g_ptr_array_ref (options->rules) : NULL;
  self->timeout = options->timeout;
  self->max_tries = options->max_tries;
  self->model = g_strdup (options->model != NULL ? options->model : DEFAULT_MODEL);
  self->code = make_code ();
  self->asked = level;
  self->result = g_new0 (QccCheckResult, 1);
  self->result->level = self->target->key != NULL || self->simulated ? level : QCC_CHECK_CONNECT;
  self->step = get_first_step (self);

  begin_try (task);
}

/**
 * qcc_check_run_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * A check that does not pass is no error. Possible errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what came of it
 */
QccCheckResult *
qcc_check_run_finish (GAsyncResult *result,
                      GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, qcc_check_run_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
