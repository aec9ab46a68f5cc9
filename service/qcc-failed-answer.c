/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-failed-answer.h"

/**
 * qcc_failed_answer_free:
 * @self: (transfer full): an attempt that failed
 */
void
qcc_failed_answer_free (QccFailedAnswer *self)
{
  g_free (self->endpoint_id);
  g_free (self->profile_name);
  g_free (self->error_type);
  g_free (self->message);
  g_clear_pointer (&self->headers, soup_message_headers_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self);
}
