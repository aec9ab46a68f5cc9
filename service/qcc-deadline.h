/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A time limit that is pushed back often and reached rarely.
 *
 * An idle limit moves with every chunk of a stream. Moving it here costs a clock reading; the
 * loop's own timer is touched only when it fires too early.
 */

typedef struct _QccDeadline QccDeadline;
typedef void (*QccDeadlineFunc) (gpointer user_data);

QccDeadline *qcc_deadline_new (QccDeadlineFunc func, gpointer user_data);
void qcc_deadline_start (QccDeadline *self, gint64 milliseconds);
void qcc_deadline_push_back (QccDeadline *self);
void qcc_deadline_stop (QccDeadline *self);
void qcc_deadline_free (QccDeadline *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccDeadline, qcc_deadline_free)

G_END_DECLS
