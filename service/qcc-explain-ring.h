/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-explanation.h"

G_BEGIN_DECLS

#define QCC_EXPLAIN_RING_SIZE 1000 /* spec 5.7 */

/**
 * QccExplainRing:
 *
 * The explanations of the last exchanges.
 */
typedef struct _QccExplainRing QccExplainRing;

QccExplainRing *qcc_explain_ring_new (guint size);
void qcc_explain_ring_free (QccExplainRing *self);
void qcc_explain_ring_add (QccExplainRing *self, QccExplanation *explanation);
QccExplanation *qcc_explain_ring_find (QccExplainRing *self, guint64 id);
GPtrArray *qcc_explain_ring_list (QccExplainRing *self, guint max);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccExplainRing, qcc_explain_ring_free)

G_END_DECLS
