/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * QccClass:
 *
 * What a failure means: the rows of the table in spec 4.1. As a word, in the profile file, in logs and on the
 * bus, it is the nick of %QCC_TYPE_CLASS.
 */
typedef enum
{
  QCC_CLASS_TRANSIENT,
  QCC_CLASS_OVERLOAD,
  QCC_CLASS_RATE_LIMIT,
  QCC_CLASS_AUTH,
  QCC_CLASS_FORBIDDEN,
  QCC_CLASS_BILLING,
  QCC_CLASS_UNSUPPORTED,
  QCC_CLASS_REQUEST,
  QCC_CLASS_CLIENT,
  QCC_CLASS_OFFLINE,
} QccClass;

#define QCC_N_CLASSES (QCC_CLASS_OFFLINE + 1)

#define QCC_TYPE_CLASS (qcc_class_get_type ())
GType qcc_class_get_type (void);

G_END_DECLS
