/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * QccEditOptionKind:
 * @QCC_EDIT_OPTION_TEXT: `s`, as it is; an empty one removes the member
 * @QCC_EDIT_OPTION_WORD: `s`, one of the member's words
 * @QCC_EDIT_OPTION_NUMBER: any signed or unsigned integer, or `s` with one
 * @QCC_EDIT_OPTION_BOOLEAN: `b`, or `s` with `true` or `false`
 * @QCC_EDIT_OPTION_MODELS: `as` of `PATTERN=MODEL`: the whole model map; an array, since the order counts and
 *   a dictionary need not keep it on its way over the bus; an empty one removes the member
 * @QCC_EDIT_OPTION_TIMEOUTS: `a{si}` or a dictionary of what a number can be: those that are named change;
 *   0 removes one
 * @QCC_EDIT_OPTION_META: `a{ss}`: those that are named change; an empty text removes one
 *
 * What a value may be. Of a word, a number and a boolean an empty text and `default` remove the member.
 */
typedef enum
{
  QCC_EDIT_OPTION_TEXT,
  QCC_EDIT_OPTION_WORD,
  QCC_EDIT_OPTION_NUMBER,
  QCC_EDIT_OPTION_BOOLEAN,
  QCC_EDIT_OPTION_MODELS,
  QCC_EDIT_OPTION_TIMEOUTS,
  QCC_EDIT_OPTION_META,
} QccEditOptionKind;

/**
 * QccEditOption:
 * @name: the name of the option and of the member; %NULL ends an array of options
 * @kind: what its value may be
 */
typedef struct
{
  const char *name;
  QccEditOptionKind kind;
} QccEditOption;

gboolean qcc_edit_options_apply (const QccEditOption *known, GVariant *options, JsonObject *object, GError **error);

G_END_DECLS
