/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccJsonSpan:
 * @start: (unowned): the first byte of a JSON value inside somebody else's buffer
 * @length: bytes of the value, at least 1 in a span that a scanner gave
 *
 * The raw text of one JSON value, a string including its quotes. The first byte tells the type:
 * `{`, `[`, `"`, `t`, `f`, `n`, else a number. It lives as long as the buffer.
 *
 * The functions below expect a span that qcc-json-scan.h gave, whose text is therefore known to be
 * valid. In a string a surrogate without its other half, which RFC 8259 allows and UTF-8 cannot
 * hold, reads as U+FFFD.
 */
typedef struct
{
  const char *start;
  gsize length;
} QccJsonSpan;

gboolean qcc_json_span_is_string (const QccJsonSpan *self);
gboolean qcc_json_span_equals (const QccJsonSpan *self, const char *text);
gboolean qcc_json_span_has_suffix (const QccJsonSpan *self, const char *suffix);
gboolean qcc_json_span_next_char (const QccJsonSpan *self, gsize *offset, gunichar *out_char);

gboolean qcc_json_span_get_string (const QccJsonSpan *self, char **out_string);
gboolean qcc_json_span_get_bool (const QccJsonSpan *self, gboolean *out_value);
gboolean qcc_json_span_get_int64 (const QccJsonSpan *self, gint64 *out_value);

G_END_DECLS
