/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _QccBodyBudget QccBodyBudget;

QccBodyBudget *qcc_body_budget_new (gsize limit, gsize headroom);
void qcc_body_budget_free (QccBodyBudget *self);

void qcc_body_budget_set_headroom (QccBodyBudget *self, gsize headroom);
gsize qcc_body_budget_get_total (const QccBodyBudget *self);

guint64 qcc_body_budget_enter (QccBodyBudget *self);
gboolean qcc_body_budget_reserve (QccBodyBudget *self, guint64 ticket, gsize bytes);
void qcc_body_budget_release (QccBodyBudget *self, guint64 ticket);
guint64 qcc_body_budget_next_ready (QccBodyBudget *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccBodyBudget, qcc_body_budget_free)

G_END_DECLS
