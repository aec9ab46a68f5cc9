/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccFakeNetwork:
 *
 * A #GNetworkMonitor that says what the test wants; there is a network at first.
 */
#define QCC_TYPE_FAKE_NETWORK (qcc_fake_network_get_type ())
G_DECLARE_FINAL_TYPE (QccFakeNetwork, qcc_fake_network, QCC, FAKE_NETWORK, GObject)

QccFakeNetwork *qcc_fake_network_new (void);
void qcc_fake_network_change (QccFakeNetwork *self, gboolean available);

/**
 * QccFakeResolver:
 *
 * A #GResolver that knows no name.
 */
#define QCC_TYPE_FAKE_RESOLVER (qcc_fake_resolver_get_type ())
G_DECLARE_FINAL_TYPE (QccFakeResolver, qcc_fake_resolver, QCC, FAKE_RESOLVER, GResolver)

G_END_DECLS
