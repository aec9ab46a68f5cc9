/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-attempt.h"
#include "service/qcc-decoder.h"
#include "service/qcc-downstream.h"
#include "service/qcc-end-history.h"

G_BEGIN_DECLS

/**
 * QccRelayEnd:
 * @QCC_RELAY_END_COMPLETE: the whole answer went through
 * @QCC_RELAY_END_COMPLETED: the upstream failed after the stop_reason; a message_stop was added
 * @QCC_RELAY_END_ERROR_EVENT: the upstream failed; the client was told by an `error` event
 * @QCC_RELAY_END_BROKEN_OFF: the upstream failed; the client's transfer was broken off
 * @QCC_RELAY_END_CLIENT_GONE: the client does not take it any more
 *
 * How a committed answer ended (spec 2.6).
 */
typedef enum
{
  QCC_RELAY_END_COMPLETE,
  QCC_RELAY_END_COMPLETED,
  QCC_RELAY_END_ERROR_EVENT,
  QCC_RELAY_END_BROKEN_OFF,
  QCC_RELAY_END_CLIENT_GONE,
} QccRelayEnd;

/**
 * QccRelayFunc:
 * @end: how it ended
 * @reason: (nullable): what the upstream did, for the log; %NULL when it did nothing wrong
 * @user_data: the owner's data
 *
 * Called once, from the loop. May free the relay.
 */
typedef void (*QccRelayFunc) (QccRelayEnd end, const char *reason, gpointer user_data);

/**
 * QccRelayOptions:
 * @events: whether the answer is an event stream
 * @coding: how it is compressed
 * @session: (unowned) (nullable): the session it belongs to
 * @history: (unowned): the ends of all sessions
 */
typedef struct
{
  gboolean events;
  QccCoding coding;
  const char *session;
  QccEndHistory *history;
} QccRelayOptions;

typedef struct _QccRelay QccRelay;

QccRelay *qcc_relay_new (QccAttempt *attempt,
                         QccDownstream *downstream,
                         const QccRelayOptions *options,
                         QccRelayFunc func,
                         gpointer user_data);
void qcc_relay_start (QccRelay *self, const GByteArray *held);
gboolean qcc_relay_conclude (QccRelay *self);
void qcc_relay_free (QccRelay *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccRelay, qcc_relay_free)

G_END_DECLS
