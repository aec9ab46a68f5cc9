/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-rename.h"

#include <glib/gi18n-lib.h>

#include "service/qcc-bus-edit.h"
#include "service/qcc-profile-edit.h"

/* A profile's name is in the profile file and, when it is pinned, in the store. The store comes first: a
 * pin whose profile is not there yet waits, one whose profile is gone would be dropped. */
typedef struct
{
  const QccBusParts *parts;          /* (unowned) */
  GDBusMethodInvocation *invocation; /* (owned) */
  char *name;                        /* (owned) */
  char *new_name;                    /* (owned) */
  GError *error;                     /* (owned) (nullable): why the file could not be changed */
} Rename;

static void
rename_free (Rename *self)
{
  g_clear_object (&self->invocation);
  g_free (self->name);
  g_free (self->new_name);
  g_clear_error (&self->error);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rename, rename_free)

static QccSnapshot *
apply (const QccSnapshot *snapshot,
       gpointer data,
       GError **error)
{
  const Rename *self = data;

  return qcc_profile_edit_rename_profile (snapshot, self->name, self->new_name, error);
}

static void
on_pin_restored (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  g_autoptr (Rename) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!qcc_active_change_finish (QCC_ACTIVE (source), result, &error))
    g_warning ("%s", error->message);
  qcc_bus_return_error (g_steal_pointer (&self->invocation), self->error);
}

static void
on_file_changed (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  g_autoptr (Rename) self = user_data;
  QccActive *active = self->parts->active;
  const char *name = self->name;
  const char *new_name = self->new_name;

  if (qcc_profile_store_edit_finish (QCC_PROFILE_STORE (source), result, &self->error))
    g_dbus_method_invocation_return_value (g_steal_pointer (&self->invocation), NULL);
  else
    qcc_active_rename_async (active, new_name, name, on_pin_restored, g_steal_pointer (&self));
}

static void
on_pin_changed (GObject *source,
                GAsyncResult *result,
                gpointer user_data)
{
  g_autoptr (Rename) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *summary = NULL;

  if (!qcc_active_change_finish (QCC_ACTIVE (source), result, &error))
    {
      qcc_bus_return_error (g_steal_pointer (&self->invocation), error);
      return;
    }

  summary = g_strdup_printf (_ ("profile %s renamed to %s"), self->name, self->new_name);
  qcc_profile_store_edit_async (self->parts->profile_store, apply, self, NULL, summary, NULL, on_file_changed, self);
  g_steal_pointer (&self);
}

static gboolean
on_rename_profile (QccDBusManager1 *manager,
                   GDBusMethodInvocation *invocation,
                   const char *name,
                   const char *new_name,
                   gpointer user_data)
{
  const QccBusParts *parts = user_data;
  const QccSnapshot *snapshot = qcc_profile_store_get_snapshot (parts->profile_store);
  g_autoptr (Rename) self = g_new0 (Rename, 1);
  g_autoptr (QccSnapshot) trial = NULL;

  self->parts = parts;
  self->invocation = invocation;
  self->name = g_strdup (name);
  self->new_name = g_strdup (new_name);

  /* What is refused anyway shall not touch the pin. */
  trial = apply (snapshot, self, &self->error);
  if (trial == NULL)
    qcc_bus_return_error (g_steal_pointer (&self->invocation), self->error);
  else
    qcc_active_rename_async (parts->active, name, new_name, on_pin_changed, g_steal_pointer (&self));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/**
 * qcc_bus_rename_implement:
 * @manager: the manager on the bus
 * @parts: (transfer none): what it calls
 *
 * Answers RenameProfile().
 */
void
qcc_bus_rename_implement (QccDBusManager1 *manager,
                          const QccBusParts *parts)
{
  g_return_if_fail (QCC_DBUS_IS_MANAGER1 (manager));

  g_signal_connect (manager, "handle-rename-profile", G_CALLBACK (on_rename_profile), (gpointer) parts);
}
