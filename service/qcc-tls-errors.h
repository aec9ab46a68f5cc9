/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

char *qcc_tls_errors_to_text (GTlsCertificateFlags errors);

G_END_DECLS
