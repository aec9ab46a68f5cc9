/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "common/qcc-failure-class.h"

G_BEGIN_DECLS

#define QCC_FAILURE_RULES_MAX 100 /* of one profile file */

/**
 * QccFailureRule:
 * @status: the HTTP status that the answer must have, 0 for any
 * @type: (owned) (nullable): what its `error.type` must look like; %NULL for any, or none
 * @text: (owned) (nullable): what must occur in it, ASCII letters in lower case; %NULL for anything
 * @klass: what the answer then means; never %QCC_CLASS_CLIENT or %QCC_CLASS_OFFLINE
 *
 * A rule of the user's own about what an answer means (spec 4.2). At least one of @status, @type and @text is
 * set. Immutable; belongs to a snapshot.
 */
typedef struct
{
  guint status;
  GPatternSpec *type;
  char *text;
  QccClass klass;
} QccFailureRule;

GPtrArray *qcc_failure_rules_new_from_json (JsonArray *array, GError **error);
void qcc_failure_rule_free (QccFailureRule *self);

gboolean qcc_failure_rule_applies (const QccFailureRule *self,
                                   guint status,
                                   const char *error_type,
                                   const char *lower_text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFailureRule, qcc_failure_rule_free)

G_END_DECLS
