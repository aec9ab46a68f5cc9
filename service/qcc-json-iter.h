/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-json-scan.h"

G_BEGIN_DECLS

/**
 * QccJsonIter:
 *
 * Goes over the members of an object or the elements of an array. All of it is the iterator's own.
 */
typedef struct
{
  QccJsonScanner scanner;
} QccJsonIter;

gboolean qcc_json_iter_init (QccJsonIter *self, const char *data, gsize length);
gboolean qcc_json_iter_next (QccJsonIter *self, QccJsonSpan *out_name, QccJsonSpan *out_value);
gboolean qcc_json_iter_finish (QccJsonIter *self);

gboolean qcc_json_find (const char *data, gsize length, const char *const *path, QccJsonSpan *out_value);

G_END_DECLS
