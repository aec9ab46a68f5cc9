/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccFakeEncoding:
 *
 * A content coding. The values but the last are in the order of the choices of the step `encode`.
 */
typedef enum
{
  QCC_FAKE_ENCODING_GZIP,
  QCC_FAKE_ENCODING_DEFLATE,
  QCC_FAKE_ENCODING_BR,
  QCC_FAKE_ENCODING_ZSTD,
  QCC_FAKE_ENCODING_IDENTITY,
} QccFakeEncoding;

/**
 * QccFakeEncoder:
 *
 * Encodes one body, piece by piece. Each piece can be decoded as soon as it was received.
 */
typedef struct _QccFakeEncoder QccFakeEncoder;

QccFakeEncoder *qcc_fake_encoder_new (QccFakeEncoding encoding);
void qcc_fake_encoder_free (QccFakeEncoder *self);
void qcc_fake_encoder_push (QccFakeEncoder *self, const guint8 *data, gsize length, GByteArray *output);
void qcc_fake_encoder_finish (QccFakeEncoder *self, GByteArray *output);

const char *qcc_fake_encoding_get_name (QccFakeEncoding encoding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeEncoder, qcc_fake_encoder_free)

G_END_DECLS
