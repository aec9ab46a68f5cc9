/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-words.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  QccWords about;
  const char *word;
  const char *text; /* translatable */
} Entry;

static const Entry entries[] = {
  { QCC_WORDS_CHECK, "api", N_ ("free request") },
  { QCC_WORDS_CHECK, "chat", N_ ("message") },
  { QCC_WORDS_CHECK, "connect", N_ ("connection") },
  { QCC_WORDS_CHECK, "traffic", N_ ("your requests") },

  { QCC_WORDS_CLASS, "auth", N_ ("refuses the key") },
  { QCC_WORDS_CLASS, "billing", N_ ("cannot be paid") },
  { QCC_WORDS_CLASS, "client", N_ ("client gone") },
  { QCC_WORDS_CLASS, "forbidden", N_ ("forbidden") },
  { QCC_WORDS_CLASS, "offline", N_ ("offline") },
  { QCC_WORDS_CLASS, "overload", N_ ("overloaded") },
  { QCC_WORDS_CLASS, "rate-limit", N_ ("rate limit") },
  { QCC_WORDS_CLASS, "request", N_ ("bad request") },
  { QCC_WORDS_CLASS, "transient", N_ ("failed") },
  { QCC_WORDS_CLASS, "unsupported", N_ ("not supported") },

  { QCC_WORDS_END, "broken-off", N_ ("the answer broke off") },
  { QCC_WORDS_END, "client-gone", N_ ("the client left") },
  { QCC_WORDS_END, "complete", N_ ("complete") },
  { QCC_WORDS_END, "completed", N_ ("cut, but complete") },
  { QCC_WORDS_END, "error-event", N_ ("cut, with an error") },
  { QCC_WORDS_END, "estimate", N_ ("estimated") },
  { QCC_WORDS_END, "failed", N_ ("failed everywhere") },
  { QCC_WORDS_END, "local", N_ ("answered by QCC") },
  { QCC_WORDS_END, "refused", N_ ("refused by QCC") },
  { QCC_WORDS_END, "shutdown", N_ ("QCC ended") },

  { QCC_WORDS_EVENT, "all-down", N_ ("all down") },
  { QCC_WORDS_EVENT, "back", N_ ("back") },
  { QCC_WORDS_EVENT, "billing", N_ ("cannot be paid") },
  { QCC_WORDS_EVENT, "cap", N_ ("moved too often") },
  { QCC_WORDS_EVENT, "endpoint-disabled", N_ ("disabled") },
  { QCC_WORDS_EVENT, "endpoint-enabled", N_ ("enabled") },
  { QCC_WORDS_EVENT, "failover", N_ ("failover") },
  { QCC_WORDS_EVENT, "no-target", N_ ("nowhere to go") },
  { QCC_WORDS_EVENT, "recovery", N_ ("recovery") },
  { QCC_WORDS_EVENT, "release", N_ ("release") },
  { QCC_WORDS_EVENT, "switch", N_ ("switch") },

  /* Translators: these follow the id of an endpoint, like “work-1 refuses connections”. */
  { QCC_WORDS_FAULT, "429", N_ ("answers with 429, rate limit") },
  { QCC_WORDS_FAULT, "529", N_ ("answers with 529, overloaded") },
  { QCC_WORDS_FAULT, "cut", N_ ("cuts its answers in the middle") },
  { QCC_WORDS_FAULT, "refuse", N_ ("refuses connections") },
  { QCC_WORDS_FAULT, "stall", N_ ("never begins to answer") },

  { QCC_WORDS_HEALTH, "", N_ ("unknown") },
  { QCC_WORDS_HEALTH, "cooling", N_ ("cooling down") },
  { QCC_WORDS_HEALTH, "degraded", N_ ("degraded") },
  { QCC_WORDS_HEALTH, "disabled", N_ ("disabled") },
  { QCC_WORDS_HEALTH, "empty", N_ ("empty") },
  { QCC_WORDS_HEALTH, "healthy", N_ ("healthy") },
  { QCC_WORDS_HEALTH, "no-key", N_ ("no key") },
  { QCC_WORDS_HEALTH, "open", N_ ("circuit open") },
  { QCC_WORDS_HEALTH, "probing", N_ ("being tried") },
  { QCC_WORDS_HEALTH, "quarantined", N_ ("quarantined") },
  { QCC_WORDS_HEALTH, "rejected", N_ ("key rejected") },
  { QCC_WORDS_HEALTH, "unhealthy", N_ ("unhealthy") },
  { QCC_WORDS_HEALTH, "unknown", N_ ("unknown") },
  { QCC_WORDS_HEALTH, "waiting", N_ ("asked to wait") },

  { QCC_WORDS_REASON, "chosen", N_ ("was chosen") },
  { QCC_WORDS_REASON, "cooling", N_ ("is left alone for a while") },
  { QCC_WORDS_REASON, "disabled", N_ ("is switched off") },
  { QCC_WORDS_REASON, "no-key", N_ ("has no key") },
  { QCC_WORDS_REASON, "not-preferred", N_ ("could have been, another one was") },
  { QCC_WORDS_REASON, "open", N_ ("its circuit is open") },
  { QCC_WORDS_REASON, "out-of-reach", N_ ("the request must stay in its profile") },
  { QCC_WORDS_REASON, "probing", N_ ("another request is trying it") },
  { QCC_WORDS_REASON, "profile-disabled", N_ ("its profile is switched off") },
  { QCC_WORDS_REASON, "quarantined", N_ ("is in quarantine") },
  { QCC_WORDS_REASON, "rejected", N_ ("refuses its key") },
  { QCC_WORDS_REASON, "tried", N_ ("was tried before") },
  { QCC_WORDS_REASON, "unsupported", N_ ("does not take this model or size") },
  { QCC_WORDS_REASON, "waiting", N_ ("asked to be left alone") },
  { QCC_WORDS_REASON, "worse-level", N_ ("there was a healthier one") },

  { QCC_WORDS_SCOPE, "account", N_ ("the account") },
  { QCC_WORDS_SCOPE, "endpoint", N_ ("the endpoint") },
  { QCC_WORDS_SCOPE, "model", N_ ("the model there") },
  { QCC_WORDS_SCOPE, "none", N_ ("nobody") },

  { QCC_WORDS_START, "active", N_ ("the active profile") },
  { QCC_WORDS_START, "binding", N_ ("where its session is at home") },
  { QCC_WORDS_START, "token", N_ ("the profile of its token") },

  { QCC_WORDS_STEP, "fallback", N_ ("another profile") },
  { QCC_WORDS_STEP, "last-resort", N_ ("the least bad that is left") },
  { QCC_WORDS_STEP, "none", N_ ("nothing is left") },
  { QCC_WORDS_STEP, "start", N_ ("the start profile") },
};

/**
 * qcc_words_get:
 * @about: what @word is about
 * @word: (nullable): what the service says, %NULL for nothing
 *
 * Returns: (transfer none): what it means, translated; @word itself, which is not clean, when it is not known
 */
const char *
qcc_words_get (QccWords about,
               const char *word)
{
  if (word == NULL)
    word = "";

  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    if (entries[i].about == about && g_str_equal (entries[i].word, word))
      return _ (entries[i].text);

  return word;
}
