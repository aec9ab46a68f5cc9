/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-simulator.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-base-url.h"
#include "common/qcc-error.h"
#include "service/qcc-fake-provider.h"

/* Each connection costs the stand-in a thread. As many as an endpoint gets by default (spec 2.12). */
#define MAX_CONNECTIONS 100

/* What is sent of a message before the cut. More than its beginning and some content together, unless the name of the
 * model is longer than any that is taken for one. */
#define CUT_AFTER "4096"
#define CUT_SENTENCE "This answer is made up by QCC and ends in the middle. "
#define CUT_SENTENCES 200

/* How the stand-in answers every request. For a cut only those that are not for messages; those have no content. */
static const char *const scripts[] = {
  [QCC_FAULT_REFUSE] = NULL,
  [QCC_FAULT_429] = "header Retry-After: 5\n"
                    "error 429 rate_limit_error This rate limit is made up by QCC.",
  [QCC_FAULT_529] = "error 529 overloaded_error This overload is made up by QCC.",
  [QCC_FAULT_STALL] = "stall",
  [QCC_FAULT_CUT] = "header Content-Type: application/json\n"
                    "content_length 2\n"
                    "body {\n"
                    "fin",
};

G_STATIC_ASSERT (G_N_ELEMENTS (scripts) == QCC_FAULT_CUT + 1);

G_DEFINE_ENUM_TYPE (QccFault, qcc_fault, G_DEFINE_ENUM_VALUE (QCC_FAULT_REFUSE, "refuse"), G_DEFINE_ENUM_VALUE (QCC_FAULT_429, "429"), G_DEFINE_ENUM_VALUE (QCC_FAULT_529, "529"), G_DEFINE_ENUM_VALUE (QCC_FAULT_STALL, "stall"), G_DEFINE_ENUM_VALUE (QCC_FAULT_CUT, "cut"))

struct _QccSimulator
{
  GObject parent_instance;

  QccEndpointTable *table;    /* (owned) */
  QccTrustStore *trust_store; /* (owned) */
  QccClock *clock;            /* (owned) */
  GHashTable *runs;           /* (owned) (element-type utf8 Run): by id of the endpoint; keys and values owned */
};

/* One fault that is simulated. */
typedef struct
{
  QccSimulator *simulator;  /* (unowned): owns this */
  QccEndpointEntry *entry;  /* (owned): the very one, since another may get its id */
  QccFakeProvider *answers; /* (owned) (nullable): %NULL with %QCC_FAULT_REFUSE */
  GSocket *deaf;            /* (owned) (nullable): with %QCC_FAULT_REFUSE: has a port and does not listen */
  guint timer;              /* of the clock; 0 once it was called */
} Run;

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccSimulator, qcc_simulator, G_TYPE_OBJECT)

/* Waits for the threads of the stand-in, which only have to see that they are cancelled: below 1 ms for a few
 * connections, 8 ms for a hundred that stall. */
static void
run_free (gpointer data)
{
  Run *run = data;

  if (run->timer != 0)
    qcc_clock_remove_timer (run->simulator->clock, run->timer);
  g_clear_object (&run->answers);
  g_clear_object (&run->deaf);
  qcc_endpoint_entry_unref (run->entry);
  g_free (run);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

static void
qcc_simulator_dispose (GObject *object)
{
  QccSimulator *self = QCC_SIMULATOR (object);
  GHashTableIter iter;
  gpointer run;

  g_hash_table_iter_init (&iter, self->runs);
  while (g_hash_table_iter_next (&iter, NULL, &run))
    {
      qcc_endpoint_entry_set_simulation (((const Run *) run)->entry, NULL);
      g_hash_table_iter_remove (&iter);
    }

  G_OBJECT_CLASS (qcc_simulator_parent_class)->dispose (object);
}

static void
qcc_simulator_finalize (GObject *object)
{
  QccSimulator *self = QCC_SIMULATOR (object);

  g_clear_pointer (&self->runs, g_hash_table_unref);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->trust_store, qcc_trust_store_unref);
  g_clear_object (&self->table);

  G_OBJECT_CLASS (qcc_simulator_parent_class)->finalize (object);
}

static void
qcc_simulator_class_init (QccSimulatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_simulator_dispose;
  object_class->finalize = qcc_simulator_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", QCC_TYPE_SIMULATOR, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
qcc_simulator_init (QccSimulator *self)
{
  self->runs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, run_free);
}

/* Does nothing when nothing is simulated for @id. */
static void
end_run (QccSimulator *self,
         const char *id)
{
  g_autofree char *key = NULL;
  gpointer stolen_key, run;

  if (!g_hash_table_steal_extended (self->runs, id, &stolen_key, &run))
    return;

  key = stolen_key;
  qcc_endpoint_entry_set_simulation (((Run *) run)->entry, NULL);
  run_free (run);
  g_message ("%s is what it was; nothing is simulated for it any more", key);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0, key);
}

static void
on_time_over (gpointer user_data)
{
  Run *run = user_data;

  run->timer = 0;
  end_run (run->simulator, run->entry->endpoint->id);
}

/* An endpoint that was removed takes what is simulated for it along. */
static void
on_applied (QccEndpointTable *table,
            QccSimulator *self)
{
  g_autofree gpointer *ids = g_hash_table_get_keys_as_array (self->runs, NULL);

  for (gsize i = 0; ids[i] != NULL; i++)
    {
      const Run *run = g_hash_table_lookup (self->runs, ids[i]);

      if (run != NULL && qcc_endpoint_table_lookup (table, ids[i]) != run->entry)
        end_run (self, ids[i]);
    }
}

/**
 * qcc_simulator_new:
 * @table: (transfer none): the endpoints
 * @trust_store: (transfer none): for the connections to what stands for an endpoint
 * @clock: (transfer none): says when a fault is over
 *
 * Returns: (transfer full): a simulator that simulates nothing yet; it needs neither a port nor a thread until it does
 */
QccSimulator *
qcc_simulator_new (QccEndpointTable *table,
                   QccTrustStore *trust_store,
                   QccClock *clock)
{
  QccSimulator *self;

  g_return_val_if_fail (QCC_IS_ENDPOINT_TABLE (table), NULL);
  g_return_val_if_fail (trust_store != NULL, NULL);
  g_return_val_if_fail (QCC_IS_CLOCK (clock), NULL);

  self = g_object_new (QCC_TYPE_SIMULATOR, NULL);
  self->table = g_object_ref (table);
  self->trust_store = qcc_trust_store_ref (trust_store);
  self->clock = g_object_ref (clock);
  g_signal_connect_object (self->table, "applied", G_CALLBACK (on_applied), self, 0);

  return self;
}

/* A port on which nobody can listen while this lives: without the option to share addresses another socket that
 * wants it is refused too. */
static GSocket *
open_deaf_socket (guint16 *out_port,
                  GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  if (socket == NULL || !g_socket_bind (socket, address, FALSE, error))
    return NULL;

  bound = g_socket_get_local_address (socket, error);
  if (bound == NULL)
    return NULL;

  *out_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return g_steal_pointer (&socket);
}

/* For scripts of our own. */
static void
set_script (QccFakeProvider *provider,
            const char *path,
            const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (provider, path, script, &error);
  g_assert_no_error (error);
}

static QccFakeProvider *
start_provider (QccFault fault,
                guint16 *out_port,
                GError **error)
{
  g_autoptr (QccFakeProvider) provider = qcc_fake_provider_new (NULL);

  /* What it is sent are the user's conversations. */
  qcc_fake_provider_set_recording (provider, FALSE);
  set_script (provider, "*", scripts[fault]);
  if (fault == QCC_FAULT_CUT)
    {
      g_autoptr (GString) script = g_string_new ("cut " CUT_AFTER " fin\ndeltas 200\nauto ");

      for (guint i = 0; i < CUT_SENTENCES; i++)
        g_string_append (script, CUT_SENTENCE);
      set_script (provider, NULL, script->str);
    }

  if (!qcc_fake_provider_start (provider, 0, error))
    return NULL;

  *out_port = qcc_fake_provider_get_port (provider);
  return g_steal_pointer (&provider);
}

static Run *
run_new (QccSimulator *self,
         QccEndpointEntry *entry,
         QccFault fault,
         guint16 *out_port,
         GError **error)
{
  g_autoptr (Run) run = g_new0 (Run, 1);

  run->simulator = self;
  run->entry = qcc_endpoint_entry_ref (entry);
  if (fault == QCC_FAULT_REFUSE)
    run->deaf = open_deaf_socket (out_port, error);
  else
    run->answers = start_provider (fault, out_port, error);
  if (run->deaf == NULL && run->answers == NULL)
    return NULL;

  return g_steal_pointer (&run);
}

/* The limits are those of @real, so that a fault is noticed as soon as it would be there. */
static QccEndpoint *
create_stand_in (const QccEndpoint *real,
                 guint16 port)
{
  g_autofree char *address = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_autoptr (GUri) url = qcc_base_url_parse (address, NULL);
  QccEndpoint *endpoint = qcc_endpoint_new (real->id, url);

  endpoint->proxy = g_strdup ("none");
  endpoint->connect_timeout = real->connect_timeout;
  endpoint->first_byte_timeout = real->first_byte_timeout;
  endpoint->idle_timeout = real->idle_timeout;

  return endpoint;
}

static QccSimulation *
create_simulation (QccSimulator *self,
                   const QccEndpoint *real,
                   QccFault fault,
                   gint64 until,
                   guint16 port)
{
  QccSimulation *simulation = g_new0 (QccSimulation, 1);

  simulation->fault = qcc_enum_to_nick (QCC_TYPE_FAULT, fault);
  simulation->until = until;
  simulation->endpoint = create_stand_in (real, port);
  simulation->pool = qcc_connection_pool_new (simulation->endpoint, self->trust_store);
  qcc_connection_pool_set_max_connections (simulation->pool, MAX_CONNECTIONS);

  return simulation;
}

static QccEndpointEntry *
find_entry (QccSimulator *self,
            const char *endpoint_id,
            GError **error)
{
  QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, endpoint_id);

  if (entry == NULL)
    g_set_error_literal (error, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                         _ ("There is no endpoint with that id. “qcc endpoint list PROFILE” shows them."));

  return entry;
}

/**
 * qcc_simulator_start:
 * @self: a simulator
 * @endpoint_id: the endpoint that is to seem broken
 * @fault: how
 * @seconds: for how long, 1 to %QCC_SIMULATION_MAX_SECONDS
 * @error: return location for an error
 *
 * From now on attempts are to go to the stand-in of the entry's simulation, and without a key. What was simulated for
 * this endpoint before is replaced; the state that comes back is that from before the first.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_INVALID_ARGUMENT for @seconds, %QCC_ERROR_UNAVAILABLE when there is
 * no port for the stand-in. Nothing has changed then.
 *
 * Returns: whether the fault is simulated
 */
gboolean
qcc_simulator_start (QccSimulator *self,
                     const char *endpoint_id,
                     QccFault fault,
                     guint seconds,
                     GError **error)
{
  QccEndpointEntry *entry;
  g_autoptr (GError) local_error = NULL;
  guint16 port = 0;
  gint64 until;
  Run *run;

  g_return_val_if_fail (QCC_IS_SIMULATOR (self), FALSE);
  g_return_val_if_fail (endpoint_id != NULL, FALSE);
  g_return_val_if_fail ((guint) fault < G_N_ELEMENTS (scripts), FALSE);

  entry = find_entry (self, endpoint_id, error);
  if (entry == NULL)
    return FALSE;
  if (seconds == 0 || seconds > QCC_SIMULATION_MAX_SECONDS)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("A fault can be simulated for 1 to %d seconds, not for %u"), QCC_SIMULATION_MAX_SECONDS, seconds);
      return FALSE;
    }

  run = run_new (self, entry, fault, &port, &local_error);
  if (run == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                   _ ("The fault cannot be simulated, since there is no free port for it: %s"), local_error->message);
      return FALSE;
    }

  until = qcc_clock_get_time (self->clock) + (gint64) seconds * G_USEC_PER_SEC;
  run->timer = qcc_clock_add_timer (self->clock, until, on_time_over, run);
  qcc_endpoint_entry_set_simulation (entry, create_simulation (self, entry->endpoint, fault, until, port));
  g_hash_table_replace (self->runs, g_strdup (endpoint_id), run);
  g_message ("%s: the fault “%s” is simulated for %u s", endpoint_id, entry->simulation->fault, seconds);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0, endpoint_id);

  return TRUE;
}

/**
 * qcc_simulator_stop:
 * @self: a simulator
 * @endpoint_id: an endpoint
 * @error: return location for an error
 *
 * Ends what is simulated for it. That it has ended already is no error.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND.
 *
 * Returns: whether there is such an endpoint
 */
gboolean
qcc_simulator_stop (QccSimulator *self,
                    const char *endpoint_id,
                    GError **error)
{
  g_return_val_if_fail (QCC_IS_SIMULATOR (self), FALSE);
  g_return_val_if_fail (endpoint_id != NULL, FALSE);

  if (find_entry (self, endpoint_id, error) == NULL)
    return FALSE;

  end_run (self, endpoint_id);

  return TRUE;
}

/**
 * qcc_simulator_get_fault:
 * @self: a simulator
 * @endpoint_id: an endpoint
 *
 * Returns: (transfer none) (nullable): the nick of the fault that is simulated for it, a static string; %NULL for none
 */
const char *
qcc_simulator_get_fault (QccSimulator *self,
                         const char *endpoint_id)
{
  const Run *run;

  g_return_val_if_fail (QCC_IS_SIMULATOR (self), NULL);
  g_return_val_if_fail (endpoint_id != NULL, NULL);

  run = g_hash_table_lookup (self->runs, endpoint_id);

  return run != NULL ? run->entry->simulation->fault : NULL;
}

/**
 * qcc_simulator_get_n:
 * @self: a simulator
 *
 * Returns: for how many endpoints something is simulated
 */
guint
qcc_simulator_get_n (QccSimulator *self)
{
  g_return_val_if_fail (QCC_IS_SIMULATOR (self), 0);

  return g_hash_table_size (self->runs);
}
