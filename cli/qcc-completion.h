/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccCompletionSource:
 * @QCC_COMPLETION_NOTHING: nothing but the candidates
 * @QCC_COMPLETION_FILES: names of files, which the shell knows better
 * @QCC_COMPLETION_PROFILES: names of profiles
 * @QCC_COMPLETION_ENDPOINTS: ids of endpoints
 * @QCC_COMPLETION_SETTINGS: names of settings
 * @QCC_COMPLETION_TOKENS: names of tokens
 * @QCC_COMPLETION_TARGETS: names of profiles and ids of endpoints
 *
 * What may be typed too, and is known elsewhere.
 */
typedef enum
{
  QCC_COMPLETION_NOTHING,
  QCC_COMPLETION_FILES,
  QCC_COMPLETION_PROFILES,
  QCC_COMPLETION_ENDPOINTS,
  QCC_COMPLETION_SETTINGS,
  QCC_COMPLETION_TOKENS,
  QCC_COMPLETION_TARGETS,
} QccCompletionSource;

/**
 * QccCompletion:
 *
 * What can stand where the cursor is in a command line, by the table of verbs. Pure.
 */
typedef struct _QccCompletion QccCompletion;

QccCompletion *qcc_completion_new (const char *const *words);
void qcc_completion_free (QccCompletion *self);

QccCompletionSource qcc_completion_get_source (const QccCompletion *self);
const char *qcc_completion_get_profile (const QccCompletion *self);

void qcc_completion_add (QccCompletion *self, const char *word, const char *text);
char *qcc_completion_format (const QccCompletion *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccCompletion, qcc_completion_free)

G_END_DECLS
