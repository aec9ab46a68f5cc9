/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/*
 * What `anthropic-ratelimit-*` says (spec 4.1). Seconds until something is left again, -1 when they do not say that it is
 * exhausted.
 */
int qcc_rate_limit_exhausted_for (SoupMessageHeaders *headers, gint64 wall_now_seconds);

G_END_DECLS
