/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-state.h"

G_BEGIN_DECLS

/* The parts of QccEndpointState; all of them expect that the time that has passed was applied by qcc_endpoint_state_tick(). */

#define QCC_BREAKER_FIRST_SECONDS 60
#define QCC_BREAKER_LONGEST_SECONDS 600

QccStateChange qcc_endpoint_state_tick (QccEndpointState *state, gint64 now);
QccEndpointView qcc_endpoint_state_read (const QccEndpointState *state, const QccStateRules *rules);

QccStateChange qcc_breaker_tick (QccEndpointState *state, gint64 now);
void qcc_breaker_note_sent (QccEndpointState *state, guint64 attempt, gint64 now);
void qcc_breaker_release (QccEndpointState *state, guint64 attempt, gint64 now);
void qcc_breaker_count (QccEndpointState *state, guint total, guint failed, gint64 now);
QccStateChange qcc_breaker_note_success (QccEndpointState *state, guint64 attempt, gint64 sent_at, gint64 now);
void qcc_breaker_note_failure (QccEndpointState *state, gint64 sent_at, const QccStateRules *rules, gint64 now);
QccStateChange qcc_breaker_note_check_passed (QccEndpointState *state, gint64 now);
void qcc_breaker_close (QccEndpointState *state, gint64 now);

void qcc_cooling_tick (QccEndpointState *state, gint64 now);
gboolean qcc_cooling_begin (QccEndpointState *state, QccCooling kind, int wait, gint64 sent_at, gint64 now);
void qcc_cooling_note_success (QccEndpointState *state, gint64 sent_at);
void qcc_cooling_end (QccEndpointState *state);

G_END_DECLS
