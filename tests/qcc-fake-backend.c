/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-fake-backend.h"

struct _QccFakeBackend
{
  GObject parent_instance;

  char *roots_file; /* (owned) (nullable) */
  gboolean supports_tls;
  guint loads;
};

static gboolean
qcc_fake_backend_supports_tls (GTlsBackend *backend)
{
  return QCC_FAKE_BACKEND (backend)->supports_tls;
}

static GTlsDatabase *
qcc_fake_backend_get_default_database (GTlsBackend *backend)
{
  QccFakeBackend *self = QCC_FAKE_BACKEND (backend);
  g_autoptr (GError) error = NULL;
  GTlsDatabase *database;

  self->loads++;
  if (self->roots_file == NULL)
    return NULL;

  database = g_tls_file_database_new (self->roots_file, &error);
  g_assert_no_error (error);

  return database;
}

static void
qcc_fake_backend_iface_init (GTlsBackendInterface *iface)
{
  iface->supports_tls = qcc_fake_backend_supports_tls;
  iface->get_default_database = qcc_fake_backend_get_default_database;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (QccFakeBackend, qcc_fake_backend, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_TLS_BACKEND, qcc_fake_backend_iface_init))

static void
qcc_fake_backend_finalize (GObject *object)
{
  g_free (QCC_FAKE_BACKEND (object)->roots_file);

  G_OBJECT_CLASS (qcc_fake_backend_parent_class)->finalize (object);
}

static void
qcc_fake_backend_class_init (QccFakeBackendClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_fake_backend_finalize;
}

static void
qcc_fake_backend_init (QccFakeBackend *self)
{
}

/* @roots_file: (nullable): a PEM file; without one there are no roots on this machine */
QccFakeBackend *
qcc_fake_backend_new (const char *roots_file,
                      gboolean supports_tls)
{
  QccFakeBackend *self = g_object_new (QCC_TYPE_FAKE_BACKEND, NULL);

  self->roots_file = g_strdup (roots_file);
  self->supports_tls = supports_tls;

  return self;
}

guint
qcc_fake_backend_get_loads (QccFakeBackend *self)
{
  g_return_val_if_fail (QCC_IS_FAKE_BACKEND (self), 0);

  return self->loads;
}
