/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-health-sample.h"

static char *
copy_text (const char *text)
{
  return g_strdup (text != NULL ? text : "");
}

/**
 * qcc_health_sample_copy:
 * @self: a sample; a text may be %NULL
 *
 * Returns: (transfer full): a copy of it, with an empty text for each that is %NULL
 */
QccHealthSample *
qcc_health_sample_copy (const QccHealthSample *self)
{
  QccHealthSample *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_new (QccHealthSample, 1);
  *copy = *self;
  copy->endpoint = copy_text (self->endpoint);
  copy->level = copy_text (self->level);
  copy->detail = copy_text (self->detail);

  return copy;
}

void
qcc_health_sample_free (QccHealthSample *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->endpoint);
  g_free (self->level);
  g_free (self->detail);
  g_free (self);
}
