/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccFakeHeader:
 * @name: (owned): as it was sent
 * @value: (owned): without blanks around it
 */
typedef struct
{
  char *name;
  char *value;
} QccFakeHeader;

/**
 * QccFakeRequest:
 * @method: (owned): empty when the request line could not be read
 * @target: (owned): with the query; empty when the request line could not be read
 * @version: (owned): `HTTP/1.1` or `HTTP/1.0`; empty when the request line could not be read
 * @headers: (owned) (element-type QccFakeHeader): in the order in which they came; never %NULL
 * @body: (owned): without the chunk framing
 * @body_length: its length, bytes
 * @connection: number of the connection it came on, 1 is the first that was accepted
 * @number: its number on that connection, 1 is the first
 * @problem: (owned) (nullable): why it was answered with 400, or that the client left inside it
 *
 * A request as the fake provider received it. Immutable after it was read; reference-counted; may be shared
 * between threads.
 */
typedef struct
{
  char *method;
  char *target;
  char *version;
  GPtrArray *headers;
  GBytes *body;
  guint64 body_length;
  guint connection;
  guint number;
  char *problem;
} QccFakeRequest;

QccFakeHeader *qcc_fake_header_new (const char *name, const char *value);
void qcc_fake_header_free (QccFakeHeader *self);

QccFakeRequest *qcc_fake_request_new (guint connection, guint number);
QccFakeRequest *qcc_fake_request_ref (QccFakeRequest *self);
void qcc_fake_request_unref (QccFakeRequest *self);

const char *qcc_fake_request_get_header (const QccFakeRequest *self, const char *name);
gboolean qcc_fake_request_header_has_token (const QccFakeRequest *self, const char *name, const char *token);
char *qcc_fake_request_dup_path (const QccFakeRequest *self);
char *qcc_fake_request_dup_member (const QccFakeRequest *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeHeader, qcc_fake_header_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeRequest, qcc_fake_request_unref)

G_END_DECLS
