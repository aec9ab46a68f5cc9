/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-platform-key-store.h"

#include <glib/gi18n-lib.h>
#include <libsecret/secret.h>

#include "common/qcc-error.h"
#include "common/qcc-keyring-error.h"
#include "common/qcc-keyring-items.h"
#include "common/qcc-keyring-watch.h"

/*
 * Works with the objects of libsecret, not with secret_password_*(): those may prompt, and with SECRET_BACKEND=file
 * or in a sandbox they keep the keys elsewhere. A search that finds nothing does not tell whether a locked
 * collection has the key, since a daemon may hide what is locked.
 */

static const SecretSchema key_schema = {
  "io.github.qcc.Key",
  SECRET_SCHEMA_NONE,
  {
      { "endpoint", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, 0 },
  },
};

struct _QccPlatformKeyStore
{
  GObject parent_instance;

  QccKeyringWatch *watch; /* (owned) */
  SecretService *service; /* (owned) (nullable): with the session of the daemon that runs now */
  gboolean seen;          /* there was a daemon */
};

/* The first call of an operation; @then is the callback of that, with the task as its data. */
typedef void (*Begin) (GTask *task, SecretService *service, GAsyncReadyCallback then);

/* The data of a task. */
typedef struct
{
  char *id;               /* (owned) */
  QccSecret *secret;      /* (owned) (nullable): what to store */
  GList *items;           /* (owned) (element-type SecretItem): what is left to remove */
  SecretService *service; /* (owned) (nullable): items and collections do not keep it */
  Begin first;
  GAsyncReadyCallback then;
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->secret, qcc_secret_unref);
  g_list_free_full (self->items, g_object_unref);
  g_clear_object (&self->service);
  g_free (self);
}

static void key_store_iface_init (QccKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccPlatformKeyStore, qcc_platform_key_store, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (QCC_TYPE_KEY_STORE, key_store_iface_init))

static void
qcc_platform_key_store_dispose (GObject *object)
{
  QccPlatformKeyStore *self = QCC_PLATFORM_KEY_STORE (object);

  g_clear_object (&self->watch);
  g_clear_object (&self->service);

  G_OBJECT_CLASS (qcc_platform_key_store_parent_class)->dispose (object);
}

static void
qcc_platform_key_store_class_init (QccPlatformKeyStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = qcc_platform_key_store_dispose;
}

static void
on_owner_changed (QccPlatformKeyStore *self)
{
  self->seen = TRUE;
  g_clear_object (&self->service);
}

static void
qcc_platform_key_store_init (QccPlatformKeyStore *self)
{
  self->watch = qcc_keyring_watch_new ();
  g_signal_connect_object (self->watch, "owner-changed", G_CALLBACK (on_owner_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (qcc_key_store_emit_changed), self, G_CONNECT_SWAPPED);
}

static void
return_locked (GTask *task)
{
  g_task_return_error (task, qcc_keyring_error_new_locked ());
}

static GError *
new_not_found (GTask *task)
{
  const Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  qcc_key_store_set_not_found (&error, request->id);
  return error;
}

/* Where there is no keyring and never was one, nothing is in it, and the next store of the chain has the word.
 * One that was there and went away may have the key; that must not look as if the user had removed it. */
static gboolean
was_never_there (GTask *task,
                 const GError *error)
{
  const QccPlatformKeyStore *self = g_task_get_source_object (task);
  const Request *request = g_task_get_task_data (task);

  return !self->seen && request->secret == NULL && qcc_keyring_error_is_absence (error);
}

/* @error: (transfer full) (nullable): what libsecret said */
static void
return_error (GTask *task,
              GError *error)
{
  g_autoptr (GError) owned = error;

  if (g_error_matches (owned, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    return_locked (task);
  else if (was_never_there (task, owned))
    g_task_return_error (task, new_not_found (task));
  else
    g_task_return_error (task, qcc_keyring_error_translate (g_steal_pointer (&owned)));
}

static void
begin (GTask *task,
       SecretService *service)
{
  QccPlatformKeyStore *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  g_autofree char *owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (service));

  self->seen |= owner != NULL;
  request->service = g_object_ref (service);
  request->first (task, service, request->then);
}

static void
on_opened (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccPlatformKeyStore *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (SecretService) service = secret_service_open_finish (result, &error);

  if (service == NULL)
    {
      return_error (task, error);
      return;
    }

  g_set_object (&self->service, service);
  begin (task, service);
}

static void
start (QccKeyStore *store,
       const char *id,
       QccSecret *secret,
       Begin first,
       GAsyncReadyCallback then,
       GCancellable *cancellable,
       GAsyncReadyCallback callback,
       gpointer user_data)
{
  QccPlatformKeyStore *self = QCC_PLATFORM_KEY_STORE (store);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->id = g_strdup (id);
  request->secret = secret != NULL ? qcc_secret_ref (secret) : NULL;
  request->first = first;
  request->then = then;
  g_task_set_source_tag (task, start);
  g_task_set_task_data (task, request, request_free);

  if (self->service != NULL)
    begin (task, self->service);
  else
    secret_service_open (SECRET_TYPE_SERVICE, QCC_KEYRING_NAME, SECRET_SERVICE_NONE, cancellable, on_opened,
                         g_object_ref (task));
}

static void
open_collection (GTask *task,
                 SecretService *service,
                 GAsyncReadyCallback then)
{
  secret_collection_for_alias (service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, g_task_get_cancellable (task),
                               then, g_object_ref (task));
}

static void
on_absent_collection (GObject *source,
                      GAsyncResult *result,
                      gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (SecretCollection) collection = secret_collection_for_alias_finish (result, &error);

  if (error != NULL)
    return_error (task, error);
  else if (collection != NULL && secret_collection_get_locked (collection))
    return_locked (task);
  else
    g_task_return_error (task, new_not_found (task));
}

static void
search (GTask *task,
        SecretService *service,
        GAsyncReadyCallback then)
{
  const Request *request = g_task_get_task_data (task);
  g_autoptr (GHashTable) attributes = secret_attributes_build (&key_schema, "endpoint", request->id, NULL);

  /* Neither unlocks nor prompts without SECRET_SEARCH_UNLOCK. */
  secret_service_search (service, &key_schema, attributes, SECRET_SEARCH_ALL, g_task_get_cancellable (task), then,
                         g_object_ref (task));
}

static void
on_secret_loaded (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Request *request = g_task_get_task_data (task);
  SecretItem *item = SECRET_ITEM (source);
  GError *error = NULL;
  SecretValue *value;
  QccSecret *secret;
  const char *text;
  gsize length = 0;

  if (!secret_item_load_secret_finish (item, result, &error))
    {
      return_error (task, error);
      return;
    }

  value = secret_item_get_secret (item);
  if (value == NULL)
    {
      return_locked (task);
      return;
    }

  text = secret_value_get (value, &length);
  secret = qcc_secret_new_key (text, (gssize) length, NULL);
  secret_value_unref (value);
  if (secret != NULL)
    g_task_return_pointer (task, secret, (GDestroyNotify) qcc_secret_unref);
  else
    g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_CORRUPT,
                             _ ("what the keyring has for %s is not a valid key; set it anew with “qcc keys set ID”"), request->id);
}

static void
on_lookup_searched (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GList *items = secret_service_search_finish (SECRET_SERVICE (source), result, &error);
  SecretItem *item = qcc_keyring_items_find_newest (items);

  if (error != NULL)
    {
      return_error (task, error);
      return;
    }

  QCC_PLATFORM_KEY_STORE (g_task_get_source_object (task))->seen = TRUE;
  if (item != NULL)
    secret_item_load_secret (item, g_task_get_cancellable (task), on_secret_loaded, g_object_ref (task));
  else if (items != NULL)
    return_locked (task);
  else
    open_collection (task, SECRET_SERVICE (source), on_absent_collection);

  g_list_free_full (items, g_object_unref);
}

static void
on_created (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (SecretItem) item = secret_item_create_finish (result, &error);

  if (item != NULL)
    g_task_return_boolean (task, TRUE);
  else
    return_error (task, error);
}

/* Once begun a change is finished; a cancellation must not hide it. */
static gboolean
pass_point_of_no_return (GTask *task)
{
  if (g_task_return_error_if_cancelled (task))
    return FALSE;

  g_task_set_check_cancellable (task, FALSE);
  return TRUE;
}

static void
create_item (GTask *task,
             SecretCollection *collection)
{
  const Request *request = g_task_get_task_data (task);
  g_autoptr (GHashTable) attributes = secret_attributes_build (&key_schema, "endpoint", request->id, NULL);
  /* Translators: how a key is called in the password manager of the desktop; %s is the id of an endpoint */
  g_autofree char *label = g_strdup_printf (_ ("QCC: %s"), request->id);
  g_autoptr (SecretValue) value = secret_value_new (qcc_secret_peek (request->secret), -1, "text/plain");

  secret_item_create (collection, &key_schema, attributes, label, value, SECRET_ITEM_CREATE_REPLACE, NULL, on_created,
                      g_object_ref (task));
}

static void
on_store_collection (GObject *source,
                     GAsyncResult *result,
                     gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (SecretCollection) collection = secret_collection_for_alias_finish (result, &error);

  if (error != NULL)
    return_error (task, error);
  else if (collection == NULL)
    g_task_return_error (task, qcc_keyring_error_new_no_collection ());
  else if (secret_collection_get_locked (collection))
    return_locked (task);
  else if (pass_point_of_no_return (task))
    create_item (task, collection);
}

static void
remove_next (GTask *task);

static void
on_deleted (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (secret_item_delete_finish (SECRET_ITEM (source), result, &error))
    remove_next (task);
  else
    return_error (task, error);
}

static void
remove_next (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  GList *first = request->items;
  g_autoptr (SecretItem) item = NULL;

  if (first == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  item = first->data;
  request->items = g_list_delete_link (first, first);
  secret_item_delete (item, NULL, on_deleted, g_object_ref (task));
}

static void
on_remove_searched (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  request->items = secret_service_search_finish (SECRET_SERVICE (source), result, &error);
  if (error != NULL)
    return_error (task, error);
  else if (request->items == NULL)
    open_collection (task, SECRET_SERVICE (source), on_absent_collection);
  else if (qcc_keyring_items_has_locked (request->items))
    return_locked (task);
  else if (pass_point_of_no_return (task))
    remove_next (task);
}

static void
lookup_async (QccKeyStore *store,
              const char *id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  start (store, id, NULL, search, on_lookup_searched, cancellable, callback, user_data);
}

static void
store_async (QccKeyStore *store,
             const char *id,
             QccSecret *secret,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  start (store, id, secret, open_collection, on_store_collection, cancellable, callback, user_data);
}

static void
remove_async (QccKeyStore *store,
              const char *id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  start (store, id, NULL, search, on_remove_searched, cancellable, callback, user_data);
}

static void
key_store_iface_init (QccKeyStoreInterface *iface)
{
  iface->kind = "secret-service";
  iface->lookup_async = lookup_async;
  iface->store_async = store_async;
  iface->remove_async = remove_async;
}

/**
 * qcc_platform_key_store_new:
 *
 * Creates a store on the Secret Service of the session bus (io.github.qcc.Key, attribute endpoint). It emits
 * `changed` when the daemon comes back and when a collection changes. Without a daemon storing says
 * %QCC_ERROR_UNAVAILABLE; so does everything after there was one, until it is back, while before that nothing is found.
 * A daemon that does not answer counts as gone after the 25 s of GDBus.
 *
 * Returns: (transfer full): a new key store
 */
QccKeyStore *
qcc_platform_key_store_new (void)
{
  return g_object_new (QCC_TYPE_PLATFORM_KEY_STORE, NULL);
}
