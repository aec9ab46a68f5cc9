/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-router.h"
#include "service/qcc-verdict.h"

G_BEGIN_DECLS

/* What is kept of one exchange; the rest is counted. */
#define QCC_EXPLANATION_CANDIDATES_MAX 64 /* of one choice: the chosen one, then those of the start profile */
#define QCC_EXPLANATION_CHOICES_MAX 32    /* the first ones and the last */
#define QCC_EXPLANATION_ATTEMPTS_MAX 64   /* likewise */

/**
 * QccExplanation:
 *
 * Why one exchange went where it went: every choice with all its candidates and their reasons, and every attempt
 * (spec 5.7). Reference-counted; changed only while its exchange runs.
 */
typedef struct _QccExplanation QccExplanation;

QccExplanation *qcc_explanation_new (guint64 id, const char *method, const char *path, gint64 wall_now);
QccExplanation *qcc_explanation_ref (QccExplanation *self);
void qcc_explanation_unref (QccExplanation *self);

void qcc_explanation_set_request (QccExplanation *self, const char *model, const char *session);
void qcc_explanation_set_start (QccExplanation *self, const char *profile, const char *why);
void qcc_explanation_add_choice (QccExplanation *self,
                                 const QccRouteInput *input,
                                 const QccRoute *route,
                                 gint64 now,
                                 gint64 offset_ms);
void qcc_explanation_add_attempt (QccExplanation *self,
                                  const char *endpoint_id,
                                  const char *profile,
                                  gint64 offset_ms,
                                  gint64 duration_ms,
                                  guint status,
                                  const QccVerdict *verdict);
void qcc_explanation_set_end (QccExplanation *self, const char *endpoint_id, guint status, const char *end, gint64 total_ms);

guint64 qcc_explanation_get_id (const QccExplanation *self);
GVariant *qcc_explanation_to_variant (const QccExplanation *self, gboolean with_choices);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccExplanation, qcc_explanation_unref)

G_END_DECLS
