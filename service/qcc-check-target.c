/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-check-private.h"

#include "common/qcc-error.h"
#include "service/qcc-transport-error.h"

/**
 * qcc_check_target_new:
 * @entry: (transfer none): an endpoint; where a fault is simulated, that is the target, and no key goes there
 * @watcher: (transfer none): watches sockets
 *
 * Returns: (transfer full): the endpoint as it is now
 */
QccCheckTarget *
qcc_check_target_new (QccEndpointEntry *entry,
                      QccWatcher *watcher)
{
  QccCheckTarget *self = g_rc_box_new0 (QccCheckTarget);
  const QccSimulation *simulation = entry->simulation;

  self->endpoint = qcc_endpoint_ref (simulation != NULL ? simulation->endpoint : entry->endpoint);
  self->pool = g_object_ref (simulation != NULL ? simulation->pool : entry->pool);
  if (simulation == NULL && entry->key != NULL)
    self->key = qcc_secret_ref (entry->key);
  self->watcher = qcc_watcher_ref (watcher);

  return self;
}

QccCheckTarget *
qcc_check_target_ref (QccCheckTarget *self)
{
  return g_rc_box_acquire (self);
}

static void
clear_target (gpointer data)
{
  QccCheckTarget *self = data;

  qcc_endpoint_unref (self->endpoint);
  g_object_unref (self->pool);
  g_clear_pointer (&self->key, qcc_secret_unref);
  qcc_watcher_unref (self->watcher);
}

void
qcc_check_target_unref (QccCheckTarget *self)
{
  g_rc_box_release_full (self, clear_target);
}

/**
 * qcc_check_reply_new:
 *
 * Returns: (transfer full): a reply in which nothing has come yet
 */
QccCheckReply *
qcc_check_reply_new (void)
{
  QccCheckReply *self = g_new0 (QccCheckReply, 1);

  self->retry_after = -1;
  self->first_byte_ms = -1;

  return self;
}

void
qcc_check_reply_free (QccCheckReply *self)
{
  g_free (self->reason);
  g_clear_pointer (&self->body, g_byte_array_unref);
  g_free (self);
}

/**
 * qcc_check_reply_set_error:
 * @self: a reply
 * @error: why no more of it comes
 * @reading: whether it was in the middle of an answer
 *
 * Errors of QCC itself and those about certificates, which qcc_trust_store_explain() has put in words, are kept for
 * people. All others might quote what came from outside.
 */
void
qcc_check_reply_set_error (QccCheckReply *self,
                           const GError *error,
                           gboolean reading)
{
  QccTransportPhase phase = QCC_TRANSPORT_PHASE_CONNECTING;

  if (reading)
    phase = QCC_TRANSPORT_PHASE_READING;
  else if (self->connected)
    phase = QCC_TRANSPORT_PHASE_WAITING;

  self->transport = qcc_transport_failure_from_error (error, phase);
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE) ||
      (error->domain == QCC_ERROR && error->code != QCC_ERROR_TIMED_OUT))
    self->reason = g_strdup (error->message);
}
