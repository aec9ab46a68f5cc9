/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-recorder.h"

#include "common/qcc-redact.h"

struct _QccRecorder
{
  QccPolicy *policy; /* (owned) */
  guint64 n_records;
};

QccRecorder *
qcc_recorder_new (QccPolicy *policy)
{
  QccRecorder *self;

  g_return_val_if_fail (QCC_IS_POLICY (policy), NULL);

  self = g_new0 (QccRecorder, 1);
  self->policy = g_object_ref (policy);

  return self;
}

/* Words that a request brings may hold anything, a key in the wrong place too. */
static void
append_outside (GString *line,
                const char *label,
                const char *text)
{
  g_autofree char *safe = NULL;

  if (text == NULL)
    return;

  safe = qcc_redact (text);
  g_string_append_printf (line, " %s%s", label, safe);
}

static void
append_attempts (GString *line,
                 const QccExchangeRecord *record)
{
  for (gsize i = 0; i < record->n_attempts; i++)
    {
      const QccAttemptRecord *attempt = &record->attempts[i];

      g_string_append_printf (line, "%s%s", i == 0 ? " tried=" : ",", attempt->endpoint_id);
      if (attempt->klass_name != NULL)
        g_string_append_printf (line, ":%s", attempt->klass_name);
      if (attempt->status != 0)
        g_string_append_printf (line, ":%u", attempt->status);
      g_string_append_printf (line, ":%" G_GINT64_FORMAT "ms", attempt->milliseconds);
    }
}

static char *
format_line (const QccExchangeRecord *record)
{
  g_autoptr (GString) line = g_string_new (NULL);

  g_string_append_printf (line, "#%" G_GUINT64_FORMAT, record->id);
  append_outside (line, "", record->method);
  append_outside (line, "", record->path);
  append_outside (line, "model=", record->model);
  append_outside (line, "session=", record->session);
  g_string_append_printf (line, " endpoint=%s", record->endpoint_id != NULL ? record->endpoint_id : "-");
  g_string_append_printf (line, " status=%u end=%s", record->status, record->end);
  append_outside (line, "detail=", record->detail);
  if (record->first_byte >= 0)
    g_string_append_printf (line, " first-byte=%" G_GINT64_FORMAT "ms", record->first_byte);
  g_string_append_printf (line, " total=%" G_GINT64_FORMAT "ms in=%" G_GUINT64_FORMAT " out=%" G_GUINT64_FORMAT,
                          record->total, record->bytes_in, record->bytes_out);
  append_attempts (line, record);

  return g_string_free (g_steal_pointer (&line), FALSE);
}

/**
 * qcc_recorder_record:
 * @self: a recorder
 * @record: the outcome of an exchange
 *
 * Called exactly once for every exchange. Writes the line of the access log.
 */
void
qcc_recorder_record (QccRecorder *self,
                     const QccExchangeRecord *record)
{
  g_autofree char *line = NULL;
  char id[24];
  char status[12];
  char duration[24];

  g_return_if_fail (self != NULL && record != NULL);

  self->n_records++;
  if (!qcc_policy_get_values (self->policy)->access_log)
    return;

  line = format_line (record);
  g_snprintf (id, sizeof id, "%" G_GUINT64_FORMAT, record->id);
  g_snprintf (status, sizeof status, "%u", record->status);
  g_snprintf (duration, sizeof duration, "%" G_GINT64_FORMAT, record->total);
  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE,
                    "QCC_EXCHANGE", id,
                    "QCC_ENDPOINT", record->endpoint_id != NULL ? record->endpoint_id : "",
                    "QCC_STATE", record->end,
                    "QCC_STATUS", status,
                    "QCC_DURATION_MS", duration,
                    "MESSAGE", "%s", line);
}

/**
 * qcc_recorder_get_n_records:
 * @self: a recorder
 *
 * Returns: how many exchanges were recorded
 */
guint64
qcc_recorder_get_n_records (QccRecorder *self)
{
  return self->n_records;
}

void
qcc_recorder_free (QccRecorder *self)
{
  g_return_if_fail (self != NULL);

  g_clear_object (&self->policy);
  g_free (self);
}
