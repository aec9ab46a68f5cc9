/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-exchange-private.h"

#include "service/qcc-thinking-repair.h"

/* Once in an exchange: what is mended has no thinking left to take out. */
static gboolean
may_repair (QccExchange *self)
{
  return self->body != NULL && self->first_facts == NULL && self->facts->kind == QCC_REQUEST_KIND_MESSAGES &&
         qcc_policy_get_values (self->host->policy)->repair_thinking;
}

/* An attempt has failed with the answer @text: where that is about thinking of another endpoint, mends the body and
 * drops the attempt, so that the request can be sent to the same endpoint once more (spec 4.3). Returns whether it
 * did; @text may be gone then. The failure stays on the list: the final answer passes over it, since a later attempt
 * went to the same endpoint. The reservation in the body budget stays: what is taken out may be nothing, and what
 * is put in is short. */
gboolean
qcc_exchange_repair (QccExchange *self,
                     guint status,
                     const char *text,
                     gsize length)
{
  g_autoptr (GBytes) body = NULL;

  if (!may_repair (self) || !qcc_thinking_is_refused (status, text, length))
    return FALSE;

  body = qcc_thinking_repair (self->body);
  if (body == NULL)
    return FALSE;

  g_debug ("#%" G_GUINT64_FORMAT ": once more without thinking, %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes",
           self->id, g_bytes_get_size (body), g_bytes_get_size (self->body));

  /* It borrows the body and the facts. */
  qcc_exchange_drop_attempt (self);
  self->first_facts = g_steal_pointer (&self->facts);
  g_bytes_unref (self->body);
  self->body = g_steal_pointer (&body);
  self->facts = qcc_request_facts_new (soup_server_message_get_method (self->message), self->path,
                                       soup_server_message_get_request_headers (self->message), self->body);
  qcc_exchange_set_state (self, QCC_EXCHANGE_ROUTED);
  return TRUE;
}
