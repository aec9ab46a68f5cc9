/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "common/qcc-enums.h"
#include "common/qcc-secret.h"

G_BEGIN_DECLS

void qcc_headers_copy_request (SoupMessageHeaders *from, SoupMessageHeaders *to, gboolean is_messages);
void qcc_headers_copy_response (SoupMessageHeaders *from, SoupMessageHeaders *to, const QccSecret *key);
gboolean qcc_headers_is_credential (const char *name);
const char *qcc_headers_find_token (const char *value);
void qcc_headers_copy_credential (SoupMessageHeaders *from, SoupMessageHeaders *to);
void qcc_headers_apply_credential (SoupMessageHeaders *to, QccAuthScheme effective, const char *key);

G_END_DECLS
