/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-step.h"

G_BEGIN_DECLS

/**
 * QccFakeScript:
 * @steps: (owned) (element-type QccFakeStep): what to do, in order
 *
 * How the fake provider answers one request. As text it has one step a line; blank lines and lines that begin
 * with `#` mean nothing. #QccFakeStepKind lists the steps. Immutable; reference-counted; may be shared between
 * threads.
 */
typedef struct
{
  GPtrArray *steps;
} QccFakeScript;

QccFakeScript *qcc_fake_script_new_from_text (const char *text, GError **error);
QccFakeScript *qcc_fake_script_ref (QccFakeScript *self);
void qcc_fake_script_unref (QccFakeScript *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeScript, qcc_fake_script_unref)

G_END_DECLS
