/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-entry.h"

/**
 * qcc_endpoint_entry_new:
 * @endpoint: (transfer none): its configuration
 * @trust_store: (transfer none): verifies its certificates
 *
 * Returns: (transfer full): an entry without a key
 */
QccEndpointEntry *
qcc_endpoint_entry_new (QccEndpoint *endpoint,
                        QccTrustStore *trust_store)
{
  QccEndpointEntry *self = g_rc_box_new0 (QccEndpointEntry);

  self->key_state = QCC_KEY_STATE_CHECKING;
  self->unsupported = qcc_unsupported_new ();
  qcc_endpoint_entry_set_endpoint (self, endpoint, trust_store);

  return self;
}

/**
 * qcc_endpoint_entry_ref:
 * @self: an entry
 *
 * Returns: (transfer full): @self
 */
QccEndpointEntry *
qcc_endpoint_entry_ref (QccEndpointEntry *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  QccEndpointEntry *self = data;

  g_clear_object (&self->pool);
  g_clear_pointer (&self->key, qcc_secret_unref);
  g_clear_pointer (&self->endpoint, qcc_endpoint_unref);
  g_clear_pointer (&self->unsupported, qcc_unsupported_free);
  g_clear_pointer (&self->simulation, qcc_simulation_free);
  g_free (self->last_model);
}

/**
 * qcc_endpoint_entry_unref:
 * @self: (transfer full): an entry
 */
void
qcc_endpoint_entry_unref (QccEndpointEntry *self)
{
  g_return_if_fail (self != NULL);

  g_rc_box_release_full (self, clear);
}

/**
 * qcc_simulation_free:
 * @self: (transfer full): a simulated fault
 */
void
qcc_simulation_free (QccSimulation *self)
{
  g_return_if_fail (self != NULL);

  g_clear_object (&self->pool);
  g_clear_pointer (&self->endpoint, qcc_endpoint_unref);
  g_free (self);
}

/**
 * qcc_endpoint_entry_set_simulation:
 * @self: an entry
 * @simulation: (transfer full) (nullable): a fault to simulate, %NULL to end it
 *
 * With the first the state starts anew; with the end the one from before comes back.
 */
void
qcc_endpoint_entry_set_simulation (QccEndpointEntry *self,
                                   QccSimulation *simulation)
{
  QccEndpointState real;

  g_return_if_fail (self != NULL);

  real = self->simulation != NULL ? self->simulation->real : self->state;
  g_clear_pointer (&self->simulation, qcc_simulation_free);
  self->simulation = simulation;
  if (simulation != NULL)
    {
      simulation->real = real;
      self->state = (QccEndpointState){ 0 };
    }
  else
    {
      self->state = real;
    }
}

/**
 * qcc_endpoint_entry_set_endpoint:
 * @self: an entry
 * @endpoint: (transfer none): its new configuration, with the same id
 * @trust_store: (transfer none): verifies its certificates
 *
 * Attempts that run keep the connection that they have; the key stays.
 */
void
qcc_endpoint_entry_set_endpoint (QccEndpointEntry *self,
                                 QccEndpoint *endpoint,
                                 QccTrustStore *trust_store)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (endpoint != NULL);

  if (self->endpoint != NULL)
    qcc_endpoint_unref (self->endpoint);
  self->endpoint = qcc_endpoint_ref (endpoint);
  g_clear_object (&self->pool);
  self->pool = qcc_connection_pool_new (endpoint, trust_store);
  self->no_count_tokens_until = 0;
  self->counts_instead = FALSE;
}
