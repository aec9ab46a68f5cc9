/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define QCC_TYPE_FAKE_BACKEND (qcc_fake_backend_get_type ())
G_DECLARE_FINAL_TYPE (QccFakeBackend, qcc_fake_backend, QCC, FAKE_BACKEND, GObject)

/* A TLS back end whose "system" roots are a file of the test's choice, and which counts how often they are loaded. */
QccFakeBackend *qcc_fake_backend_new (const char *roots_file,
                                      gboolean supports_tls);
guint qcc_fake_backend_get_loads (QccFakeBackend *self);

G_END_DECLS
