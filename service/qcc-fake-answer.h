/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-board.h"
#include "service/qcc-fake-head.h"

G_BEGIN_DECLS

/**
 * QccFakeAnswer:
 *
 * One answer on its way to a wire: head, content coding, framing, and where it is cut. The functions that send
 * return whether the wire is open; after %FALSE the answer is over.
 */
typedef struct _QccFakeAnswer QccFakeAnswer;

QccFakeAnswer *qcc_fake_answer_new (QccFakeWire *wire, QccFakeBoard *board, const QccFakeRequest *request);
void qcc_fake_answer_free (QccFakeAnswer *self);

QccFakeHead *qcc_fake_answer_get_head (QccFakeAnswer *self);
void qcc_fake_answer_encode (QccFakeAnswer *self, QccFakeEncoding encoding);
void qcc_fake_answer_cut (QccFakeAnswer *self, guint64 n, QccFakeEnd end);
void qcc_fake_answer_omit_final_chunk (QccFakeAnswer *self);
void qcc_fake_answer_close_unannounced (QccFakeAnswer *self);

gboolean qcc_fake_answer_send_head (QccFakeAnswer *self);
gboolean qcc_fake_answer_send_half_head (QccFakeAnswer *self);
gboolean qcc_fake_answer_send_raw (QccFakeAnswer *self, gconstpointer data, gsize length);
gboolean qcc_fake_answer_send (QccFakeAnswer *self, gconstpointer data, gsize length);
gboolean qcc_fake_answer_finish (QccFakeAnswer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeAnswer, qcc_fake_answer_free)

G_END_DECLS
