/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "service/qcc-verdict.h"

G_BEGIN_DECLS

/**
 * QccFailedAnswer:
 *
 * An attempt that failed, with its answer as far as it could be passed on.
 */
typedef struct
{
  char *endpoint_id;  /* (owned) */
  char *profile_name; /* (owned) */
  QccVerdict verdict;
  QccTransportFailure transport;
  guint status;
  char *error_type;            /* (owned) (nullable) */
  char *message;               /* (owned) (nullable) */
  SoupMessageHeaders *headers; /* (owned) (nullable) */
  GBytes *body;                /* (owned) (nullable): the whole answer, or none */
  gint64 milliseconds;
} QccFailedAnswer;

void qcc_failed_answer_free (QccFailedAnswer *self);

G_END_DECLS
