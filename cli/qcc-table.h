/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccTable:
 *
 * Rows of texts under headings, laid out in columns for a person. Pure.
 */
typedef struct _QccTable QccTable;

/**
 * QccTableFlags:
 * @QCC_TABLE_PLAIN: nothing but text
 * @QCC_TABLE_BOLD_HEADINGS: with the escape sequences of a terminal
 */
typedef enum
{
  QCC_TABLE_PLAIN = 0,
  QCC_TABLE_BOLD_HEADINGS = 1 << 0,
} QccTableFlags;

QccTable *qcc_table_new (const char *const *headings);
void qcc_table_free (QccTable *self);

void qcc_table_add_row (QccTable *self, const char *const *cells);
char *qcc_table_format (const QccTable *self, guint width, QccTableFlags flags);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccTable, qcc_table_free)

G_END_DECLS
