/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-affinity.h"

#define TTL_SECONDS (5 * 60 * 60) /* spec 5.4, until the setting says something else */

/* How long a provider keeps what it has cached of a session (spec 5.5). */
#define CACHE_USEC (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)
#define LONG_CACHE_USEC (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

/* More than one, so that what has expired goes away faster than new bindings come. */
#define SWEPT_AT_ONCE 4

typedef struct
{
  QccAffinityKey key;      /* its strings are owned */
  GRefString *endpoint_id; /* (owned): shared by all sessions of the endpoint */
  gint64 bound_at;
  gint64 last_success;
  gint64 last_use;
  gboolean long_cache;
  GList link; /* in the order of use */
} Entry;

struct _QccAffinity
{
  GHashTable *entries; /* (owned) (element-type QccAffinityKey Entry): the key is a member of the value, which is owned */
  GQueue by_use;       /* (element-type Entry) (unowned): the same entries, the one used longest ago first */
  guint max;
  gint64 ttl; /* microseconds */
  guint era;
};

static guint
hash_text (const char *text)
{
  return text != NULL ? g_str_hash (text) : 0;
}

static guint
key_hash (gconstpointer data)
{
  const QccAffinityKey *key = data;

  return (g_str_hash (key->session) * 31 + hash_text (key->model)) * 31 + hash_text (key->token_profile);
}

static gboolean
key_equal (gconstpointer a,
           gconstpointer b)
{
  const QccAffinityKey *left = a;
  const QccAffinityKey *right = b;

  return g_str_equal (left->session, right->session) && g_strcmp0 (left->model, right->model) == 0 &&
         g_strcmp0 (left->token_profile, right->token_profile) == 0;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free ((char *) entry->key.session);
  g_free ((char *) entry->key.model);
  g_free ((char *) entry->key.token_profile);
  g_ref_string_release (entry->endpoint_id);
  g_free (entry);
}

static void
remove_entry (QccAffinity *self,
              Entry *entry)
{
  g_queue_unlink (&self->by_use, &entry->link);
  g_hash_table_remove (self->entries, &entry->key);
}

static gboolean
is_expired (QccAffinity *self,
            const Entry *entry,
            gint64 now)
{
  return now - entry->last_use >= self->ttl;
}

/* There is no timer, which would wake an idle machine: each use makes room. */
static void
sweep (QccAffinity *self,
       gint64 now)
{
  for (guint i = 0; i < SWEPT_AT_ONCE; i++)
    {
      Entry *oldest = g_queue_peek_head (&self->by_use);

      if (oldest == NULL || !is_expired (self, oldest, now))
        return;
      remove_entry (self, oldest);
    }
}

static void
use (QccAffinity *self,
     Entry *entry,
     gint64 now)
{
  entry->last_use = now;
  g_queue_unlink (&self->by_use, &entry->link);
  g_queue_push_tail_link (&self->by_use, &entry->link);
}

static Entry *
find (QccAffinity *self,
      const QccAffinityKey *key,
      gint64 now)
{
  Entry *entry;

  sweep (self, now);
  entry = g_hash_table_lookup (self->entries, key);

  return entry != NULL && !is_expired (self, entry, now) ? entry : NULL;
}

/**
 * qcc_affinity_new:
 * @max: how many bindings are kept at most, not 0
 *
 * Returns: (transfer full): no bindings
 */
QccAffinity *
qcc_affinity_new (guint max)
{
  QccAffinity *self;

  g_return_val_if_fail (max > 0, NULL);

  self = g_new0 (QccAffinity, 1);
  self->entries = g_hash_table_new_full (key_hash, key_equal, NULL, entry_free);
  g_queue_init (&self->by_use);
  self->max = max;
  qcc_affinity_set_ttl (self, TTL_SECONDS);

  return self;
}

/**
 * qcc_affinity_free:
 * @self: (transfer full): the bindings
 */
void
qcc_affinity_free (QccAffinity *self)
{
  g_return_if_fail (self != NULL);

  g_hash_table_unref (self->entries);
  g_free (self);
}

/**
 * qcc_affinity_set_ttl:
 * @self: the bindings
 * @seconds: how long one is kept after it was used last (spec 5.4)
 *
 * Holds for those that are there, too.
 */
void
qcc_affinity_set_ttl (QccAffinity *self,
                      guint seconds)
{
  g_return_if_fail (self != NULL);

  self->ttl = (gint64) seconds * G_USEC_PER_SEC;
}

/**
 * qcc_affinity_lookup:
 * @self: the bindings
 * @key: whose
 * @now: microseconds
 * @out_binding: (out) (optional): the binding
 *
 * Counts as a use: the binding is kept for its whole time again.
 *
 * Returns: whether there is one
 */
gboolean
qcc_affinity_lookup (QccAffinity *self,
                     const QccAffinityKey *key,
                     gint64 now,
                     QccBinding *out_binding)
{
  Entry *entry;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL && key->session != NULL, FALSE);

  entry = find (self, key, now);
  if (entry == NULL)
    return FALSE;

  use (self, entry, now);
  if (out_binding != NULL)
    *out_binding = (QccBinding){
      .endpoint_id = entry->endpoint_id,
      .bound_at = entry->bound_at,
      .last_success = entry->last_success,
      .long_cache = entry->long_cache,
    };

  return TRUE;
}

static Entry *
add_entry (QccAffinity *self,
           const QccAffinityKey *key,
           gint64 now)
{
  Entry *entry;

  /* One that has expired and was not yet swept. */
  entry = g_hash_table_lookup (self->entries, key);
  if (entry != NULL)
    remove_entry (self, entry);
  else if (g_hash_table_size (self->entries) >= self->max)
    remove_entry (self, g_queue_peek_head (&self->by_use));

  entry = g_new0 (Entry, 1);
  entry->key = (QccAffinityKey){
    .session = g_strdup (key->session),
    .model = g_strdup (key->model),
    .token_profile = g_strdup (key->token_profile),
  };
  entry->last_use = now;
  entry->link.data = entry;
  g_hash_table_insert (self->entries, &entry->key, entry);
  g_queue_push_tail_link (&self->by_use, &entry->link);

  return entry;
}

/**
 * qcc_affinity_bind:
 * @self: the bindings
 * @key: whose
 * @endpoint_id: where the session stays
 * @long_cache: whether its request asks for the cache of one hour
 * @now: microseconds
 *
 * A session that is bound there already keeps the age and the success of its binding. When there are too many, the
 * binding that was used longest ago gives way.
 */
void
qcc_affinity_bind (QccAffinity *self,
                   const QccAffinityKey *key,
                   const char *endpoint_id,
                   gboolean long_cache,
                   gint64 now)
{
  Entry *entry;

  g_return_if_fail (self != NULL);
  g_return_if_fail (key != NULL && key->session != NULL);
  g_return_if_fail (endpoint_id != NULL);

  entry = find (self, key, now);
  if (entry == NULL)
    entry = add_entry (self, key, now);
  else
    use (self, entry, now);

  entry->long_cache = long_cache;
  if (entry->endpoint_id != NULL && g_str_equal (entry->endpoint_id, endpoint_id))
    return;

  g_clear_pointer (&entry->endpoint_id, g_ref_string_release);
  entry->endpoint_id = g_ref_string_new_intern (endpoint_id);
  entry->bound_at = now;
  entry->last_success = 0;
}

/**
 * qcc_affinity_note_success:
 * @self: the bindings
 * @key: whose
 * @endpoint_id: where an answer came from
 * @now: microseconds
 *
 * The cache there is warm. Does nothing when the session is not bound there.
 */
void
qcc_affinity_note_success (QccAffinity *self,
                           const QccAffinityKey *key,
                           const char *endpoint_id,
                           gint64 now)
{
  Entry *entry;

  g_return_if_fail (self != NULL);
  g_return_if_fail (key != NULL && key->session != NULL);
  g_return_if_fail (endpoint_id != NULL);

  entry = find (self, key, now);
  if (entry == NULL || !g_str_equal (entry->endpoint_id, endpoint_id))
    return;

  use (self, entry, now);
  entry->last_success = now;
}

/**
 * qcc_affinity_unbind:
 * @self: the bindings
 * @key: whose
 * @endpoint_id: an endpoint that failed
 *
 * Does nothing when the session is bound to another one by now.
 */
void
qcc_affinity_unbind (QccAffinity *self,
                     const QccAffinityKey *key,
                     const char *endpoint_id)
{
  Entry *entry;

  g_return_if_fail (self != NULL);
  g_return_if_fail (key != NULL && key->session != NULL);
  g_return_if_fail (endpoint_id != NULL);

  entry = g_hash_table_lookup (self->entries, key);
  if (entry != NULL && g_str_equal (entry->endpoint_id, endpoint_id))
    remove_entry (self, entry);
}

/**
 * qcc_affinity_unbind_endpoint:
 * @self: the bindings
 * @endpoint_id: an endpoint that was disabled or removed, or comes out of quarantine
 *
 * No session is bound to it any more. Looks at all bindings, which takes less than a millisecond.
 */
void
qcc_affinity_unbind_endpoint (QccAffinity *self,
                              const char *endpoint_id)
{
  GList *next;

  g_return_if_fail (self != NULL);
  g_return_if_fail (endpoint_id != NULL);

  for (GList *link = self->by_use.head; link != NULL; link = next)
    {
      Entry *entry = link->data;

      next = link->next;
      if (g_str_equal (entry->endpoint_id, endpoint_id))
        remove_entry (self, entry);
    }
}

/**
 * qcc_affinity_clear:
 * @self: the bindings
 *
 * Drops all, and begins a new era: exchanges that began before it bind nothing any more, so that after a manual
 * switch every next request starts in the profile that was chosen (spec 6.5).
 */
void
qcc_affinity_clear (QccAffinity *self)
{
  g_return_if_fail (self != NULL);

  g_queue_init (&self->by_use);
  g_hash_table_remove_all (self->entries);
  self->era++;
}

/**
 * qcc_affinity_get_era:
 * @self: the bindings
 *
 * Returns: a number that changes when all bindings are dropped
 */
guint
qcc_affinity_get_era (QccAffinity *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->era;
}

/**
 * qcc_affinity_get_n_bindings:
 * @self: the bindings
 *
 * Returns: how many are kept, with those that have expired and were not yet swept
 */
guint
qcc_affinity_get_n_bindings (QccAffinity *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return g_hash_table_size (self->entries);
}

/**
 * qcc_binding_is_cold:
 * @binding: a binding
 * @now: microseconds
 *
 * Returns: whether nothing is left of the session in the provider's cache, so that it loses nothing by going
 *   elsewhere (spec 5.5). One without an answer so far counts from when it was made: the answer may be on its way.
 */
gboolean
qcc_binding_is_cold (const QccBinding *binding,
                     gint64 now)
{
  gint64 warm_for;

  g_return_val_if_fail (binding != NULL, FALSE);

  warm_for = binding->long_cache ? LONG_CACHE_USEC : CACHE_USEC;

  return now - MAX (binding->bound_at, binding->last_success) >= warm_for;
}
