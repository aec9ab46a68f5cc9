/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-decoder.h"
#include "service/qcc-request-facts.h"
#include "service/qcc-verdict.h"

G_BEGIN_DECLS

/*
 * Holds a 200 until it is proven good (spec 2.5): from the first byte that the client gets,
 * nothing can be tried elsewhere any more.
 */

/**
 * QccGateKind:
 * @QCC_GATE_KIND_OPEN: nothing to prove
 * @QCC_GATE_KIND_EVENTS: an event stream, good from its first content on
 * @QCC_GATE_KIND_DOCUMENT: a JSON document, good when it is complete
 */
typedef enum
{
  QCC_GATE_KIND_OPEN,
  QCC_GATE_KIND_EVENTS,
  QCC_GATE_KIND_DOCUMENT,
} QccGateKind;

/**
 * QccGateDecision:
 * @QCC_GATE_HOLD: more must be seen
 * @QCC_GATE_COMMIT: the client may have it; stays so
 * @QCC_GATE_FAIL: the attempt has failed; stays so
 */
typedef enum
{
  QCC_GATE_HOLD,
  QCC_GATE_COMMIT,
  QCC_GATE_FAIL,
} QccGateDecision;

/**
 * QccGateFailure:
 * @transport: what is wrong with the answer; %QCC_TRANSPORT_FAILURE_NONE when it says an error itself
 * @error_type: (nullable): that error's type
 * @error_message: (nullable): that error's text
 */
typedef struct
{
  QccTransportFailure transport;
  const char *error_type;
  const char *error_message;
} QccGateFailure;

/* Longest time between message_start and commit, in milliseconds (spec 2.5). */
#define QCC_GATE_MAX_HOLD_MS 30000

typedef struct _QccGate QccGate;

QccGateKind qcc_gate_kind_for (QccRequestKind request, const char *content_type, QccCoding coding);

QccGate *qcc_gate_new (QccGateKind kind, QccCoding coding);
QccGateDecision qcc_gate_feed (QccGate *self, const char *data, gsize length);
QccGateDecision qcc_gate_end (QccGate *self, gboolean clean);
void qcc_gate_free (QccGate *self);

gboolean qcc_gate_is_alive (const QccGate *self);
gboolean qcc_gate_is_started (const QccGate *self);
const GByteArray *qcc_gate_get_held (const QccGate *self);
QccGateFailure qcc_gate_get_failure (const QccGate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccGate, qcc_gate_free)

G_END_DECLS
