/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-manual-clock.h"
#include "tests/qcc-talk.h"

G_BEGIN_DECLS

/*
 * What happens to endpoints and profiles, told step by step in the main thread: a whole service on a clock that moves only
 * when the test says so, so that cool-downs and delays pass at once, while all else is real.
 */

/* A stream that has begun and goes on when the gate `end` opens. */
#define QCC_STORY_STREAM "message_start\ndelta begun\nhold end\nmessage_delta end_turn\nmessage_stop"

/* The header of a session, which is a word. */
#define QCC_STORY_SESSION "x-claude-code-session-id: "

QccProxyFixture *qcc_story_new (guint n_providers);

void qcc_story_pass (QccProxyFixture *fixture, guint seconds);
void qcc_story_ask (QccProxyFixture *fixture, const char *headers, guint status, const char *endpoint);
QccTalk *qcc_story_post (QccProxyFixture *fixture, const char *headers, const char *until);
void qcc_story_wait_quiet (QccProxyFixture *fixture);

void qcc_story_set_key (QccProxyFixture *fixture, const char *endpoint_id, const char *key);

const QccEndpointState *qcc_story_get_state (QccProxyFixture *fixture, const char *endpoint_id);
QccEndpointView qcc_story_view (QccProxyFixture *fixture, const char *endpoint_id);
guint qcc_story_count_events (QccProxyFixture *fixture, QccEventType type);
void qcc_story_wait_events (QccProxyFixture *fixture, QccEventType type, guint n);
guint qcc_story_count_all_events (QccProxyFixture *fixture);
guint qcc_story_count_requests (QccProxyFixture *fixture, guint index);

G_END_DECLS
