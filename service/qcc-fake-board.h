/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-request.h"
#include "service/qcc-fake-wire.h"

G_BEGIN_DECLS

/**
 * QccFakeFigure:
 *
 * What a board counts since it was made.
 */
typedef enum
{
  QCC_FAKE_FIGURE_REQUESTS,    /* requests read, whole or not */
  QCC_FAKE_FIGURE_CONNECTIONS, /* connections accepted */
  QCC_FAKE_FIGURE_OPEN,        /* connections open now */
  QCC_FAKE_FIGURE_BYTES,       /* bytes of body sent, in their content coding, without the transfer's framing */
} QccFakeFigure;

#define QCC_FAKE_FIGURE_N (QCC_FAKE_FIGURE_BYTES + 1)

/**
 * QccFakeBoard:
 *
 * Where connections and tests tell each other what happened: figures, recorded requests, gates. Thread-safe.
 */
typedef struct _QccFakeBoard QccFakeBoard;

QccFakeBoard *qcc_fake_board_new (void);
void qcc_fake_board_free (QccFakeBoard *self);

/* For connections. */
guint qcc_fake_board_accept (QccFakeBoard *self);
void qcc_fake_board_enter (QccFakeBoard *self, QccFakeWire *wire);
void qcc_fake_board_leave (QccFakeBoard *self, QccFakeWire *wire);
void qcc_fake_board_record (QccFakeBoard *self, QccFakeRequest *request);
void qcc_fake_board_add_bytes (QccFakeBoard *self, gsize n);
gboolean qcc_fake_board_hold (QccFakeBoard *self, QccFakeWire *wire, const char *gate);
guint qcc_fake_board_get_idle_epoch (QccFakeBoard *self);

/* For tests. */
void qcc_fake_board_set_recording (QccFakeBoard *self, gboolean recording);
QccFakeRequest *qcc_fake_board_get_request (QccFakeBoard *self, guint index);
guint64 qcc_fake_board_get_figure (QccFakeBoard *self, QccFakeFigure figure);
gboolean qcc_fake_board_wait_at_least (QccFakeBoard *self, QccFakeFigure figure, guint64 n, guint timeout_ms);
gboolean qcc_fake_board_wait_exactly (QccFakeBoard *self, QccFakeFigure figure, guint64 n, guint timeout_ms);
void qcc_fake_board_release (QccFakeBoard *self, const char *gate);
gboolean qcc_fake_board_wait_gate (QccFakeBoard *self, const char *gate, guint timeout_ms);
void qcc_fake_board_close_idle (QccFakeBoard *self);
void qcc_fake_board_wake_all (QccFakeBoard *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeBoard, qcc_fake_board_free)

G_END_DECLS
