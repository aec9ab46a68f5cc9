/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * How often the stream of a session had to be ended with an error event lately (spec 2.6). The
 * client resumes after such an end at once; where an endpoint always dies in the middle, a
 * broken transfer makes it wait instead.
 */

typedef struct _QccEndHistory QccEndHistory;

QccEndHistory *qcc_end_history_new (void);
gboolean qcc_end_history_note (QccEndHistory *self, const char *session, gint64 now);
void qcc_end_history_free (QccEndHistory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccEndHistory, qcc_end_history_free)

G_END_DECLS
