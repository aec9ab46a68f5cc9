/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-request.h"
#include "service/qcc-fake-script.h"

G_BEGIN_DECLS

/*
 * Which script answers which request. Thread-safe.
 */

typedef struct _QccFakeBook QccFakeBook;

QccFakeBook *qcc_fake_book_new (void);
void qcc_fake_book_free (QccFakeBook *self);

void qcc_fake_book_set_key (QccFakeBook *self, const char *key);
gboolean qcc_fake_book_push (QccFakeBook *self, const char *script, GError **error);
gboolean qcc_fake_book_set (QccFakeBook *self, const char *path, const char *script, GError **error);
QccFakeScript *qcc_fake_book_choose (QccFakeBook *self, const QccFakeRequest *request);

G_END_DECLS
