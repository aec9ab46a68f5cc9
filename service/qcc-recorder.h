/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-policy.h"

G_BEGIN_DECLS

/**
 * QccAttemptRecord:
 * @endpoint_id: (unowned): where
 * @status: HTTP status, 0 without an answer
 * @klass_name: (unowned) (nullable): what the failure was; %NULL for the attempt that was used
 * @milliseconds: from sending to the verdict
 */
typedef struct
{
  const char *endpoint_id;
  guint status;
  const char *klass_name;
  gint64 milliseconds;
} QccAttemptRecord;

/**
 * QccExchangeRecord:
 *
 * The outcome of one exchange. Strings are borrowed for the call; durations are milliseconds, -1
 * where it never came to that.
 */
typedef struct
{
  guint64 id;
  const char *method;
  const char *path;
  const char *model;       /* (nullable) */
  const char *session;     /* (nullable) */
  const char *endpoint_id; /* (nullable): who answered */
  guint status;            /* as the client got it; 0 when it got none */
  const char *end;         /* how it ended, a word */
  const char *detail;      /* (nullable): why, when something went wrong */
  gint64 first_byte;
  gint64 total;
  guint64 bytes_in;
  guint64 bytes_out;
  const QccAttemptRecord *attempts;
  gsize n_attempts;
} QccExchangeRecord;

typedef struct _QccRecorder QccRecorder;

QccRecorder *qcc_recorder_new (QccPolicy *policy);
void qcc_recorder_record (QccRecorder *self, const QccExchangeRecord *record);
guint64 qcc_recorder_get_n_records (QccRecorder *self);
void qcc_recorder_free (QccRecorder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccRecorder, qcc_recorder_free)

G_END_DECLS
