/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store.h"

#include "service/qcc-store-private.h"

/* What the store keeps of endpoints and of the service: the active record, documents, checks. */

static gpointer
load_active (QccStoreState *state,
             gpointer data)
{
  qcc_store_state_open (state);

  return qcc_active_record_copy (qcc_store_state_get_active (state));
}

/**
 * qcc_store_load_active_async:
 * @self: a store
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when the record is there
 * @user_data: for @callback
 *
 * Operations are done in the order in which they are begun, so it gives what was saved before.
 */
void
qcc_store_load_active_async (QccStore *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_load_active_async);
  qcc_store_submit_read (self, task, load_active, (GDestroyNotify) qcc_active_record_free);
}

/**
 * qcc_store_load_active_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED, %QCC_ERROR_UNAVAILABLE after qcc_store_close_async().
 *
 * Returns: (transfer full) (nullable): the record; %NULL without an error when none was ever saved
 */
QccActiveRecord *
qcc_store_load_active_finish (QccStore *self,
                              GAsyncResult *result,
                              GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
save_active (QccStorePending *pending,
             gpointer data)
{
  qcc_store_pending_put_active (pending, data);
}

/**
 * qcc_store_save_active_async:
 * @self: a store
 * @record: (transfer none): the record, in the place of the one before; UTF-8
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when it is on the disk, or cannot be
 * @user_data: for @callback
 */
void
qcc_store_save_active_async (QccStore *self,
                             const QccActiveRecord *record,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (record != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_save_active_async);
  g_task_set_task_data (task, qcc_active_record_copy (record), (GDestroyNotify) qcc_active_record_free);
  qcc_store_submit_write (self, task, save_active);
}

/**
 * qcc_store_save_active_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE when it is in memory only, and tried again at the next save and at
 * the end; %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_store_save_active_finish (QccStore *self,
                              GAsyncResult *result,
                              GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  char *kind;     /* (owned) */
  char *id;       /* (owned) (nullable) */
  GVariant *body; /* (owned) (nullable) */
} Document;

static void
document_free (gpointer data)
{
  Document *self = data;

  g_free (self->kind);
  g_free (self->id);
  g_clear_pointer (&self->body, g_variant_unref);
  g_free (self);
}

/* @body: (transfer full) (nullable) */
static Document *
document_new (const char *kind,
              const char *id,
              GVariant *body)
{
  Document *self = g_new (Document, 1);

  self->kind = g_strdup (kind);
  self->id = g_strdup (id);
  self->body = body;

  return self;
}

static void
put_document (QccStorePending *pending,
              gpointer data)
{
  const Document *document = data;

  qcc_store_pending_put_document (pending, document->kind, document->id, document->body);
}

/**
 * qcc_store_save_document_async:
 * @self: a store
 * @kind: a kind of document, such as “endpoint”
 * @id: which of the kind; UTF-8
 * @body: (transfer none): its content, of type a{sv}, in the place of the one before; a floating reference is sunk
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when it is on the disk, or cannot be
 * @user_data: for @callback
 *
 * A document is a state that is saved and loaded as a whole.
 */
void
qcc_store_save_document_async (QccStore *self,
                               const char *kind,
                               const char *id,
                               GVariant *body,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (kind != NULL && id != NULL);
  g_return_if_fail (g_variant_is_of_type (body, G_VARIANT_TYPE_VARDICT));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_save_document_async);
  g_task_set_task_data (task, document_new (kind, id, g_variant_ref_sink (body)), document_free);
  qcc_store_submit_write (self, task, put_document);
}

/**
 * qcc_store_save_document_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_save_active_finish().
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_store_save_document_finish (QccStore *self,
                                GAsyncResult *result,
                                GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_store_remove_document_async:
 * @self: a store
 * @kind: a kind of document
 * @id: which of the kind; there need not be one
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when it is on the disk, or cannot be
 * @user_data: for @callback
 */
void
qcc_store_remove_document_async (QccStore *self,
                                 const char *kind,
                                 const char *id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (kind != NULL && id != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_remove_document_async);
  g_task_set_task_data (task, document_new (kind, id, NULL), document_free);
  qcc_store_submit_write (self, task, put_document);
}

/**
 * qcc_store_remove_document_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_save_active_finish().
 *
 * Returns: whether there is none on the disk
 */
gboolean
qcc_store_remove_document_finish (QccStore *self,
                                  GAsyncResult *result,
                                  GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static gpointer
load_documents (QccStoreState *state,
                gpointer data)
{
  return qcc_store_state_load_documents (state, data);
}

/**
 * qcc_store_load_documents_async:
 * @self: a store
 * @kind: a kind of document
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when they are there
 * @user_data: for @callback
 *
 * One that cannot be read is skipped.
 */
void
qcc_store_load_documents_async (QccStore *self,
                                const char *kind,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (kind != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_load_documents_async);
  g_task_set_task_data (task, g_strdup (kind), g_free);
  qcc_store_submit_read (self, task, load_documents, (GDestroyNotify) g_hash_table_unref);
}

/**
 * qcc_store_load_documents_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_load_active_finish().
 *
 * Returns: (transfer full) (element-type utf8 GVariant): all of the kind by id, each of type a{sv}
 */
GHashTable *
qcc_store_load_documents_finish (QccStore *self,
                                 GAsyncResult *result,
                                 GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
