/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-verdict.h"

G_BEGIN_DECLS

/**
 * QccTransportPhase:
 * @QCC_TRANSPORT_PHASE_CONNECTING: there was no connection yet
 * @QCC_TRANSPORT_PHASE_WAITING: nothing of an answer was there yet
 * @QCC_TRANSPORT_PHASE_READING: in the middle of an answer
 */
typedef enum
{
  QCC_TRANSPORT_PHASE_CONNECTING,
  QCC_TRANSPORT_PHASE_WAITING,
  QCC_TRANSPORT_PHASE_READING,
} QccTransportPhase;

QccTransportFailure qcc_transport_failure_from_error (const GError *error, QccTransportPhase phase);

G_END_DECLS
