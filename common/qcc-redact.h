/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define QCC_REDACT_LENGTH_MAX 512 /* bytes of the result */

char *qcc_redact (const char *text);

G_END_DECLS
