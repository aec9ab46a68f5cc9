/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store-pending.h"

#define KIND_ENDPOINT "endpoint"

struct _QccStorePending
{
  QccActiveRecord *active; /* (owned) (nullable) */
  GQueue events;           /* (owned) (element-type QccEvent): as they came */
  GHashTable *documents;   /* (owned) (element-type utf8 GHashTable): by kind; each by id, %NULL to remove */
  GHashTable *forgotten;   /* (owned) (element-type utf8): endpoints whose checks go, before @samples come */
  GPtrArray *samples;      /* (owned) (element-type QccHealthSample): as they came */
};

static void
unref_body (gpointer body)
{
  if (body != NULL)
    g_variant_unref (body);
}

/**
 * qcc_store_pending_new:
 *
 * Returns: (transfer full): nothing waits to be written
 */
QccStorePending *
qcc_store_pending_new (void)
{
  QccStorePending *self = g_new0 (QccStorePending, 1);

  g_queue_init (&self->events);
  self->documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  self->forgotten = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_health_sample_free);

  return self;
}

/**
 * qcc_store_pending_clear:
 * @self: what is not written
 *
 * To be called when it is.
 */
void
qcc_store_pending_clear (QccStorePending *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->active, qcc_active_record_free);
  g_queue_clear_full (&self->events, (GDestroyNotify) qcc_event_unref);
  g_hash_table_remove_all (self->documents);
  g_hash_table_remove_all (self->forgotten);
  g_ptr_array_set_size (self->samples, 0);
}

/**
 * qcc_store_pending_free:
 * @self: (transfer full): what is not written, and shall not be
 */
void
qcc_store_pending_free (QccStorePending *self)
{
  g_return_if_fail (self != NULL);

  qcc_store_pending_clear (self);
  g_hash_table_unref (self->documents);
  g_hash_table_unref (self->forgotten);
  g_ptr_array_unref (self->samples);
  g_free (self);
}

/**
 * qcc_store_pending_put_active:
 * @self: what is not written
 * @record: (transfer none): the record, in the place of the one before
 */
void
qcc_store_pending_put_active (QccStorePending *self,
                              const QccActiveRecord *record)
{
  QccActiveRecord *copy;

  g_return_if_fail (self != NULL);
  g_return_if_fail (record != NULL);

  copy = qcc_active_record_copy (record);
  g_clear_pointer (&self->active, qcc_active_record_free);
  self->active = copy;
}

/**
 * qcc_store_pending_put_event:
 * @self: what is not written
 * @event: (transfer none): an event, newer than those before
 */
void
qcc_store_pending_put_event (QccStorePending *self,
                             QccEvent *event)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (event != NULL);

  g_queue_push_tail (&self->events, qcc_event_ref (event));
  if (self->events.length > QCC_STORE_MAX_EVENTS)
    qcc_event_unref (g_queue_pop_head (&self->events));
}

/**
 * qcc_store_pending_put_document:
 * @self: what is not written
 * @kind: a kind of document
 * @id: which of the kind
 * @body: (transfer none) (nullable): its content, not floating, in the place of the one before; %NULL to remove it
 */
void
qcc_store_pending_put_document (QccStorePending *self,
                                const char *kind,
                                const char *id,
                                GVariant *body)
{
  GHashTable *of_kind;

  g_return_if_fail (self != NULL);
  g_return_if_fail (kind != NULL && id != NULL);

  of_kind = g_hash_table_lookup (self->documents, kind);
  if (of_kind == NULL)
    {
      of_kind = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_body);
      g_hash_table_insert (self->documents, g_strdup (kind), of_kind);
    }
  g_hash_table_replace (of_kind, g_strdup (id), body != NULL ? g_variant_ref (body) : NULL);
}

/**
 * qcc_store_pending_put_sample:
 * @self: what is not written
 * @sample: (transfer none): a check, newer than those before
 */
void
qcc_store_pending_put_sample (QccStorePending *self,
                              const QccHealthSample *sample)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (sample != NULL);

  g_ptr_array_add (self->samples, qcc_health_sample_copy (sample));
}

/**
 * qcc_store_pending_put_forgotten:
 * @self: what is not written
 * @endpoint: id of an endpoint whose document and checks go
 */
void
qcc_store_pending_put_forgotten (QccStorePending *self,
                                 const char *endpoint)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (endpoint != NULL);

  qcc_store_pending_put_document (self, KIND_ENDPOINT, endpoint, NULL);
  g_hash_table_add (self->forgotten, g_strdup (endpoint));
  for (guint i = self->samples->len; i > 0; i--)
    {
      const QccHealthSample *sample = g_ptr_array_index (self->samples, i - 1);

      if (g_str_equal (sample->endpoint, endpoint))
        g_ptr_array_remove_index (self->samples, i - 1);
    }
}

/**
 * qcc_store_pending_is_empty:
 * @self: what is not written
 *
 * Returns: whether all is
 */
gboolean
qcc_store_pending_is_empty (QccStorePending *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return self->active == NULL && self->events.length == 0 && g_hash_table_size (self->documents) == 0 &&
         g_hash_table_size (self->forgotten) == 0 && self->samples->len == 0;
}

static gboolean
write_events (QccStorePending *self,
              QccStoreFile *file,
              GError **error)
{
  for (GList *item = self->events.head; item != NULL; item = item->next)
    if (!qcc_store_file_write_event (file, item->data, error))
      return FALSE;

  return self->events.length == 0 || qcc_store_file_trim_events (file, error);
}

static gboolean
write_documents_of_kind (const char *kind,
                         GHashTable *of_kind,
                         QccStoreFile *file,
                         GError **error)
{
  GHashTableIter iter;
  gpointer id, body;
  gboolean ok = TRUE;

  g_hash_table_iter_init (&iter, of_kind);
  while (ok && g_hash_table_iter_next (&iter, &id, &body))
    {
      if (body != NULL)
        ok = qcc_store_file_write_document (file, kind, id, body, error);
      else
        ok = qcc_store_file_remove_document (file, kind, id, error);
    }

  return ok;
}

static gboolean
write_documents (QccStorePending *self,
                 QccStoreFile *file,
                 GError **error)
{
  GHashTableIter iter;
  gpointer kind, of_kind;
  gboolean ok = TRUE;

  g_hash_table_iter_init (&iter, self->documents);
  while (ok && g_hash_table_iter_next (&iter, &kind, &of_kind))
    ok = write_documents_of_kind (kind, of_kind, file, error);

  return ok;
}

static gboolean
remove_forgotten (QccStorePending *self,
                  QccStoreFile *file,
                  GError **error)
{
  GHashTableIter iter;
  gpointer endpoint;
  gboolean ok = TRUE;

  g_hash_table_iter_init (&iter, self->forgotten);
  while (ok && g_hash_table_iter_next (&iter, &endpoint, NULL))
    ok = qcc_store_file_remove_samples (file, endpoint, error);

  return ok;
}

static gboolean
write_samples (QccStorePending *self,
               QccStoreFile *file,
               GError **error)
{
  g_autoptr (GHashTable) endpoints = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer endpoint;
  gboolean ok = TRUE;

  for (guint i = 0; i < self->samples->len && ok; i++)
    {
      const QccHealthSample *sample = g_ptr_array_index (self->samples, i);

      ok = qcc_store_file_write_sample (file, sample, error);
      g_hash_table_add (endpoints, sample->endpoint);
    }

  g_hash_table_iter_init (&iter, endpoints);
  while (ok && g_hash_table_iter_next (&iter, &endpoint, NULL))
    ok = qcc_store_file_trim_samples (file, endpoint, error);

  return ok;
}

/**
 * qcc_store_pending_write:
 * @self: what is not written
 * @file: where it goes, between its begin and its commit
 * @error: return location for an error
 *
 * Changes nothing here: it is not on the disk yet.
 *
 * Returns: whether all is written
 */
gboolean
qcc_store_pending_write (QccStorePending *self,
                         QccStoreFile *file,
                         GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (file != NULL, FALSE);

  return (self->active == NULL || qcc_store_file_write_active (file, self->active, error)) &&
         write_events (self, file, error) &&
         write_documents (self, file, error) &&
         remove_forgotten (self, file, error) &&
         write_samples (self, file, error);
}

/**
 * qcc_store_pending_lose_samples:
 * @self: what is not written
 *
 * To be called when it could not be: the checks would fill the memory, and are worth the least.
 */
void
qcc_store_pending_lose_samples (QccStorePending *self)
{
  g_return_if_fail (self != NULL);

  g_ptr_array_set_size (self->samples, 0);
}

/**
 * qcc_store_pending_get_active:
 * @self: what is not written
 *
 * Returns: (transfer none) (nullable): the record, %NULL when it does not wait to be written
 */
const QccActiveRecord *
qcc_store_pending_get_active (QccStorePending *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->active;
}

static gint
compare_newest_first (gconstpointer a,
                      gconstpointer b)
{
  const QccEvent *one = *(const QccEvent *const *) a;
  const QccEvent *other = *(const QccEvent *const *) b;

  return one->id < other->id ? 1 : (one->id > other->id ? -1 : 0);
}

/**
 * qcc_store_pending_merge_events:
 * @self: what is not written
 * @events: (element-type QccEvent) (transfer none): what the file holds
 * @highest_id: (inout): the highest id that is taken
 *
 * Returns: (transfer full) (element-type QccEvent): the last %QCC_STORE_MAX_EVENTS of both, the newest first; what is
 *   not written stands for what has its id
 */
GPtrArray *
qcc_store_pending_merge_events (QccStorePending *self,
                                GPtrArray *events,
                                guint64 *highest_id)
{
  g_autoptr (GHashTable) ids = g_hash_table_new (g_int64_hash, g_int64_equal);
  GPtrArray *all;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (events != NULL, NULL);

  all = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_event_unref);
  for (GList *item = self->events.head; item != NULL; item = item->next)
    {
      QccEvent *event = item->data;

      g_ptr_array_add (all, qcc_event_ref (event));
      g_hash_table_add (ids, &event->id);
      *highest_id = MAX (*highest_id, event->id);
    }
  for (guint i = 0; i < events->len; i++)
    {
      QccEvent *event = g_ptr_array_index (events, i);

      if (!g_hash_table_contains (ids, &event->id))
        g_ptr_array_add (all, qcc_event_ref (event));
    }

  g_ptr_array_sort (all, compare_newest_first);
  if (all->len > QCC_STORE_MAX_EVENTS)
    g_ptr_array_set_size (all, QCC_STORE_MAX_EVENTS);

  return all;
}

/**
 * qcc_store_pending_merge_documents:
 * @self: what is not written
 * @kind: a kind of document
 * @documents: (element-type utf8 GVariant): those that the file holds; changed to what it shall hold
 */
void
qcc_store_pending_merge_documents (QccStorePending *self,
                                   const char *kind,
                                   GHashTable *documents)
{
  GHashTable *of_kind;
  GHashTableIter iter;
  gpointer id, body;

  g_return_if_fail (self != NULL);
  g_return_if_fail (kind != NULL && documents != NULL);

  of_kind = g_hash_table_lookup (self->documents, kind);
  if (of_kind == NULL)
    return;

  g_hash_table_iter_init (&iter, of_kind);
  while (g_hash_table_iter_next (&iter, &id, &body))
    {
      if (body != NULL)
        g_hash_table_replace (documents, g_strdup (id), g_variant_ref (body));
      else
        g_hash_table_remove (documents, id);
    }
}

/**
 * qcc_store_pending_is_forgotten:
 * @self: what is not written
 * @endpoint: id of an endpoint
 *
 * Returns: whether the checks of it that the file holds shall go
 */
gboolean
qcc_store_pending_is_forgotten (QccStorePending *self,
                                const char *endpoint)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (endpoint != NULL, FALSE);

  return g_hash_table_contains (self->forgotten, endpoint);
}
