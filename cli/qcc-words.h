/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccWords:
 * @QCC_WORDS_CHECK: how far a check went
 * @QCC_WORDS_CLASS: what a failure means (spec 4.1)
 * @QCC_WORDS_END: how an exchange ended
 * @QCC_WORDS_EVENT: what happened (spec 6.6)
 * @QCC_WORDS_FAULT: what a simulation does; a sentence without its subject
 * @QCC_WORDS_HEALTH: how an endpoint or a profile is; an empty word is that of an older service
 * @QCC_WORDS_REASON: why a candidate was or was not taken (spec 5.7)
 * @QCC_WORDS_SCOPE: who was charged with a failure
 * @QCC_WORDS_START: why an exchange started where it did
 * @QCC_WORDS_STEP: which step of spec 6.0 found the endpoint
 *
 * What a word of the bus is about.
 */
typedef enum
{
  QCC_WORDS_CHECK,
  QCC_WORDS_CLASS,
  QCC_WORDS_END,
  QCC_WORDS_EVENT,
  QCC_WORDS_FAULT,
  QCC_WORDS_HEALTH,
  QCC_WORDS_REASON,
  QCC_WORDS_SCOPE,
  QCC_WORDS_START,
  QCC_WORDS_STEP,
} QccWords;

const char *qcc_words_get (QccWords about, const char *word);

G_END_DECLS
