/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GPtrArray *qcc_activation_take_sockets (GError **error);

G_END_DECLS
