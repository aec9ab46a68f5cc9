/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-entry.h"

G_BEGIN_DECLS

/*
 * What is the matter with an endpoint, in a word for programs and in words for people.
 */

const char *qcc_health_get_word (const QccEndpointEntry *entry, const QccEndpoint *endpoint, const QccEndpointView *view);
char *qcc_health_describe (const QccEndpointEntry *entry, const QccEndpoint *endpoint, const QccEndpointView *view);

G_END_DECLS
