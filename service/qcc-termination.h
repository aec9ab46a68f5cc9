/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _QccTermination QccTermination;

/**
 * QccTerminationFunc:
 * @user_data: data of the owner
 *
 * The user or the system wants the program to end. Called from the loop, each time they say so.
 */
typedef void (*QccTerminationFunc) (gpointer user_data);

QccTermination *qcc_termination_new (QccTerminationFunc func, gpointer user_data);
void qcc_termination_free (QccTermination *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccTermination, qcc_termination_free)

G_END_DECLS
