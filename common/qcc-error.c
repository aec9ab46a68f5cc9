/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-error.h"

#include <gio/gio.h>

#define BUS_PREFIX "io.github.qcc.Error."

static const GDBusErrorEntry entries[] = {
  { QCC_ERROR_FAILED, BUS_PREFIX "Failed" },
  { QCC_ERROR_INVALID_ARGUMENT, BUS_PREFIX "InvalidArgument" },
  { QCC_ERROR_NOT_FOUND, BUS_PREFIX "NotFound" },
  { QCC_ERROR_CORRUPT, BUS_PREFIX "Corrupt" },
  { QCC_ERROR_LOCKED, BUS_PREFIX "Locked" },
  { QCC_ERROR_UNAVAILABLE, BUS_PREFIX "Unavailable" },
  { QCC_ERROR_REFUSED, BUS_PREFIX "Refused" },
  { QCC_ERROR_TIMED_OUT, BUS_PREFIX "TimedOut" },
  { QCC_ERROR_EXISTS, BUS_PREFIX "Exists" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (entries) == QCC_ERROR_EXISTS + 1);

/**
 * qcc_error_quark:
 *
 * Returns: the domain of #QccError; asking for it once teaches GDBus its names
 */
GQuark
qcc_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("qcc-error", &quark, entries, G_N_ELEMENTS (entries));

  return (GQuark) quark;
}
