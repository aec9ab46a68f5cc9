/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _QccDemoClient QccDemoClient;

QccDemoClient *qcc_demo_client_new (const char *url);
gboolean qcc_demo_client_say (QccDemoClient *self, const char *text, const char *expected_endpoint, GError **error);
void qcc_demo_client_free (QccDemoClient *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccDemoClient, qcc_demo_client_free)

G_END_DECLS
