/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-json-span.h"

G_BEGIN_DECLS

/**
 * QCC_JSON_MAX_DEPTH:
 *
 * How deep objects and arrays may be nested; deeper is invalid. Far above what requests hold
 * (messages nest about ten deep, tool schemas some tens), and the state of a scanner stays on the
 * stack.
 */
#define QCC_JSON_MAX_DEPTH 512

/**
 * QccJsonToken:
 * @QCC_JSON_TOKEN_INVALID: the text is not valid JSON, is cut off or nests too deep; all later
 *   calls say so too
 * @QCC_JSON_TOKEN_END: the document is complete and valid; all later calls say so too
 * @QCC_JSON_TOKEN_OBJECT: an object begins
 * @QCC_JSON_TOKEN_OBJECT_END: it ends
 * @QCC_JSON_TOKEN_ARRAY: an array begins
 * @QCC_JSON_TOKEN_ARRAY_END: it ends
 * @QCC_JSON_TOKEN_NAME: the name of an object's member; its value comes next
 * @QCC_JSON_TOKEN_STRING: a string
 * @QCC_JSON_TOKEN_NUMBER: a number
 * @QCC_JSON_TOKEN_TRUE: `true`
 * @QCC_JSON_TOKEN_FALSE: `false`
 * @QCC_JSON_TOKEN_NULL: `null`
 */
typedef enum
{
  QCC_JSON_TOKEN_INVALID,
  QCC_JSON_TOKEN_END,
  QCC_JSON_TOKEN_OBJECT,
  QCC_JSON_TOKEN_OBJECT_END,
  QCC_JSON_TOKEN_ARRAY,
  QCC_JSON_TOKEN_ARRAY_END,
  QCC_JSON_TOKEN_NAME,
  QCC_JSON_TOKEN_STRING,
  QCC_JSON_TOKEN_NUMBER,
  QCC_JSON_TOKEN_TRUE,
  QCC_JSON_TOKEN_FALSE,
  QCC_JSON_TOKEN_NULL,
} QccJsonToken;

/**
 * QccJsonScanner:
 * @span: the text of the last token; of an object or array only the bracket
 * @depth: how many objects and arrays are open after the last token
 *
 * Reads one JSON document token by token: forward only, without a tree, without allocation,
 * strictly by RFC 8259 with UTF-8 checked. Whitespace around the document is allowed, a byte order
 * mark is not. A plain value: a copy goes on from the same place. The other fields are the
 * scanner's own.
 */
typedef struct
{
  QccJsonSpan span;
  guint depth;

  const char *cursor;
  const char *end;
  guint state;
  guint8 arrays[QCC_JSON_MAX_DEPTH / 8]; /* a bit for each open container: whether it is an array */
} QccJsonScanner;

void qcc_json_scanner_init (QccJsonScanner *self, const char *data, gsize length);
QccJsonToken qcc_json_scanner_next (QccJsonScanner *self);

gboolean qcc_json_validate (const char *data, gsize length);

G_END_DECLS
