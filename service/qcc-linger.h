/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

void qcc_linger_answer (SoupServerMessage *message,
                        guint status,
                        const char *body,
                        gboolean may_retry,
                        GCancellable *cancellable);

G_END_DECLS
