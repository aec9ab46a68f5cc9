/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * An HTTP client that hides nothing: bytes out, bytes in, and how the connection ended. Blocking,
 * for the thread of qcc_proxy_fixture_run(). Every wait has a limit after which the test fails.
 */

/**
 * QccRawEnd:
 * @QCC_RAW_END_COMPLETE: the framing says that it is complete
 * @QCC_RAW_END_CUT: the connection ended before that
 * @QCC_RAW_END_RESET: the same, by a reset
 */
typedef enum
{
  QCC_RAW_END_COMPLETE,
  QCC_RAW_END_CUT,
  QCC_RAW_END_RESET,
} QccRawEnd;

/**
 * QccRawAnswer:
 * @status: its status
 * @head: (owned): the head as it came, without the blank line
 * @body: (owned): the body without its framing, with a NUL behind it
 * @end: how it ended
 */
typedef struct
{
  guint status;
  char *head;
  GString *body;
  QccRawEnd end;
} QccRawAnswer;

typedef struct _QccRawClient QccRawClient;

QccRawClient *qcc_raw_client_new (const char *host, guint16 port);
void qcc_raw_client_free (QccRawClient *self);

void qcc_raw_client_send (QccRawClient *self, const char *data, gssize length);
void qcc_raw_client_post (QccRawClient *self, const char *path, const char *headers, const char *body);
void qcc_raw_client_shutdown_sending (QccRawClient *self);
void qcc_raw_client_close (QccRawClient *self);
void qcc_raw_client_reset (QccRawClient *self);

QccRawAnswer *qcc_raw_client_read_answer (QccRawClient *self);
QccRawAnswer *qcc_raw_client_read_head (QccRawClient *self);
void qcc_raw_client_read_until (QccRawClient *self, QccRawAnswer *answer, const char *needle);
void qcc_raw_client_read_rest (QccRawClient *self, QccRawAnswer *answer);
gboolean qcc_raw_client_is_closed (QccRawClient *self);
gboolean qcc_raw_client_was_reset (QccRawClient *self);
char *qcc_raw_client_read_to_end (QccRawClient *self, gsize *out_length);

char *qcc_raw_answer_get_header (const QccRawAnswer *self, const char *name);
void qcc_raw_answer_free (QccRawAnswer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccRawClient, qcc_raw_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccRawAnswer, qcc_raw_answer_free)

G_END_DECLS
