/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-error-facts.h"

#include "service/qcc-json-iter.h"
#include "service/qcc-json-span.h"

static void
read_error (QccErrorFacts *self,
            const QccJsonSpan *error)
{
  QccJsonIter iter;
  QccJsonSpan name;
  QccJsonSpan value;

  qcc_json_iter_init (&iter, error->start, error->length);
  while (qcc_json_iter_next (&iter, &name, &value))
    {
      if (qcc_json_span_equals (&name, "type"))
        {
          g_clear_pointer (&self->type, g_free);
          qcc_json_span_get_string (&value, &self->type);
        }
      else if (qcc_json_span_equals (&name, "message"))
        {
          g_clear_pointer (&self->message, g_free);
          qcc_json_span_get_string (&value, &self->message);
        }
    }
}

/**
 * qcc_error_facts_new:
 * @data: the body of an answer, or the data of an `error` event; any bytes
 * @length: bytes in @data
 *
 * Returns: (transfer full): what it says; all empty where it is not JSON
 */
QccErrorFacts *
qcc_error_facts_new (const char *data,
                     gsize length)
{
  QccErrorFacts *self = g_new0 (QccErrorFacts, 1);
  gboolean says_error = FALSE;
  gboolean has_object = FALSE;
  QccJsonIter iter;
  QccJsonSpan name;
  QccJsonSpan value;

  qcc_json_iter_init (&iter, data, length);
  while (qcc_json_iter_next (&iter, &name, &value))
    {
      if (qcc_json_span_equals (&name, "type"))
        {
          says_error = qcc_json_span_equals (&value, "error");
        }
      else if (qcc_json_span_equals (&name, "error"))
        {
          has_object = *value.start == '{';
          if (has_object)
            read_error (self, &value);
          else if (qcc_json_span_is_string (&value))
            qcc_json_span_get_string (&value, &self->message);
        }
    }
  self->anthropic_shape = says_error && has_object;

  return self;
}

void
qcc_error_facts_free (QccErrorFacts *self)
{
  g_free (self->type);
  g_free (self->message);
  g_free (self);
}
