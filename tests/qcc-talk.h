/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-proxy-fixture.h"

G_BEGIN_DECLS

/**
 * QccTalk:
 *
 * One request of a client in a thread of its own. For tests that run in the main thread, as the service does: it works on
 * while they wait.
 */
typedef struct _QccTalk QccTalk;

/**
 * QccTalkCondition:
 *
 * Returns: whether it has come to that
 */
typedef gboolean (*QccTalkCondition) (gpointer user_data);

QccTalk *qcc_talk_new (QccProxyFixture *fixture, const char *path, const char *headers, const char *body, const char *until);
void qcc_talk_wait_text (QccTalk *self);
const QccRawAnswer *qcc_talk_wait (QccTalk *self);
gboolean qcc_talk_is_over (QccTalk *self);
const char *qcc_talk_get_endpoint (QccTalk *self);
void qcc_talk_free (QccTalk *self);

void qcc_talk_wait_for (QccTalkCondition condition, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccTalk, qcc_talk_free)

G_END_DECLS
