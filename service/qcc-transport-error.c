/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-transport-error.h"

#include <libsoup/soup.h>

#include "common/qcc-error.h"

static QccTransportFailure
from_time_out (QccTransportPhase phase)
{
  switch (phase)
    {
    case QCC_TRANSPORT_PHASE_CONNECTING:
      return QCC_TRANSPORT_FAILURE_CONNECT_TIMEOUT;
    case QCC_TRANSPORT_PHASE_WAITING:
      return QCC_TRANSPORT_FAILURE_FIRST_BYTE_TIMEOUT;
    case QCC_TRANSPORT_PHASE_READING:
      return QCC_TRANSPORT_FAILURE_IDLE_TIMEOUT;
    }

  g_return_val_if_reached (QCC_TRANSPORT_FAILURE_IDLE_TIMEOUT);
}

static QccTransportFailure
from_io_error (int code,
               QccTransportPhase phase)
{
  if (code == G_IO_ERROR_TIMED_OUT)
    return from_time_out (phase);
  if (code == G_IO_ERROR_CONNECTION_REFUSED)
    return QCC_TRANSPORT_FAILURE_REFUSED;
  if (code == G_IO_ERROR_HOST_UNREACHABLE || code == G_IO_ERROR_NETWORK_UNREACHABLE)
    return QCC_TRANSPORT_FAILURE_NO_ROUTE;
  if (code == G_IO_ERROR_HOST_NOT_FOUND)
    return QCC_TRANSPORT_FAILURE_DNS;
  if (phase == QCC_TRANSPORT_PHASE_READING)
    return QCC_TRANSPORT_FAILURE_TRUNCATED;

  return QCC_TRANSPORT_FAILURE_RESET;
}

/**
 * qcc_transport_failure_from_error:
 * @error: what GIO, GnuTLS or libsoup said
 * @phase: how far the attempt had come
 *
 * Returns: the failure that it is
 */
QccTransportFailure
qcc_transport_failure_from_error (const GError *error,
                                  QccTransportPhase phase)
{
  g_return_val_if_fail (error != NULL, QCC_TRANSPORT_FAILURE_RESET);

  if (g_error_matches (error, QCC_ERROR, QCC_ERROR_TIMED_OUT))
    return from_time_out (phase);
  if (error->domain == G_RESOLVER_ERROR)
    return QCC_TRANSPORT_FAILURE_DNS;
  if (error->domain == G_TLS_ERROR || error->domain == QCC_ERROR)
    return QCC_TRANSPORT_FAILURE_TLS;
  if (error->domain == G_IO_ERROR)
    return from_io_error (error->code, phase);
  if (error->domain == SOUP_SESSION_ERROR && error->code == SOUP_SESSION_ERROR_PARSING)
    return QCC_TRANSPORT_FAILURE_MALFORMED;

  return QCC_TRANSPORT_FAILURE_RESET;
}
