/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccBusDocs:
 *
 * The members of dictionaries, as the comments of the interfaces' XML files name them: `name type`.
 */
typedef struct _QccBusDocs QccBusDocs;

QccBusDocs *qcc_bus_docs_new (void);
void qcc_bus_docs_free (QccBusDocs *self);

void qcc_bus_docs_add (QccBusDocs *self, const char *interface, const char *argument);
void qcc_bus_docs_assert (QccBusDocs *self, GVariant *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccBusDocs, qcc_bus_docs_free)

G_END_DECLS
