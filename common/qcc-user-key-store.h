/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"

G_BEGIN_DECLS

QccKeyStore *qcc_user_key_store_new (void);
QccKeyStore *qcc_user_key_store_get_platform (QccKeyStore *self);
QccKeyStore *qcc_user_key_store_get_file (QccKeyStore *self);

gboolean qcc_user_key_store_has_file (void);

G_END_DECLS
