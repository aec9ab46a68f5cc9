/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "service/qcc-fake-request.h"

G_BEGIN_DECLS

/**
 * QccFakeProvider:
 *
 * An Anthropic-compatible provider that does what its scripts say, down to single bytes; see
 * #QccFakeStepKind. For tests, benchmarks and the demonstration. Each connection has a thread of its
 * own; all functions may be called from any thread. Listens on 127.0.0.1 only.
 */
#define QCC_TYPE_FAKE_PROVIDER (qcc_fake_provider_get_type ())
G_DECLARE_FINAL_TYPE (QccFakeProvider, qcc_fake_provider, QCC, FAKE_PROVIDER, GObject)

QccFakeProvider *qcc_fake_provider_new (GTlsCertificate *certificate);
gboolean qcc_fake_provider_start (QccFakeProvider *self, guint16 port, GError **error);
void qcc_fake_provider_stop (QccFakeProvider *self);
guint16 qcc_fake_provider_get_port (QccFakeProvider *self);
char *qcc_fake_provider_dup_url (QccFakeProvider *self);

void qcc_fake_provider_set_refusing (QccFakeProvider *self, gboolean refusing);
void qcc_fake_provider_set_close_on_accept (QccFakeProvider *self, gboolean close_on_accept);
void qcc_fake_provider_set_die_on_reuse (QccFakeProvider *self, gboolean die_on_reuse);
void qcc_fake_provider_close_idle (QccFakeProvider *self);
void qcc_fake_provider_set_key (QccFakeProvider *self, const char *key);
void qcc_fake_provider_set_recording (QccFakeProvider *self, gboolean recording);

gboolean qcc_fake_provider_push_script (QccFakeProvider *self, const char *script, GError **error);
gboolean qcc_fake_provider_set_script (QccFakeProvider *self, const char *path, const char *script, GError **error);

void qcc_fake_provider_release (QccFakeProvider *self, const char *gate);
gboolean qcc_fake_provider_wait_gate (QccFakeProvider *self, const char *gate, guint timeout_ms);

guint qcc_fake_provider_get_n_requests (QccFakeProvider *self);
guint qcc_fake_provider_get_n_connections (QccFakeProvider *self);
guint qcc_fake_provider_get_n_open (QccFakeProvider *self);
QccFakeRequest *qcc_fake_provider_get_request (QccFakeProvider *self, guint index);
gboolean qcc_fake_provider_wait_requests (QccFakeProvider *self, guint n, guint timeout_ms);
gboolean qcc_fake_provider_wait_open (QccFakeProvider *self, guint n_open, guint timeout_ms);
gboolean qcc_fake_provider_wait_bytes (QccFakeProvider *self, guint64 n, guint timeout_ms);

G_END_DECLS
