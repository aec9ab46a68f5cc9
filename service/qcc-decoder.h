/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Reads along in an answer that is compressed although identity was asked for. The client gets
 * the bytes as they came.
 */

/**
 * QccCoding:
 * @QCC_CODING_IDENTITY: not compressed
 * @QCC_CODING_GZIP: gzip
 * @QCC_CODING_DEFLATE: zlib
 * @QCC_CODING_OPAQUE: something that is not read here, for example br or zstd
 */
typedef enum
{
  QCC_CODING_IDENTITY,
  QCC_CODING_GZIP,
  QCC_CODING_DEFLATE,
  QCC_CODING_OPAQUE,
} QccCoding;

typedef struct _QccDecoder QccDecoder;

QccCoding qcc_coding_from_header (const char *content_encoding);

QccDecoder *qcc_decoder_new (QccCoding coding);
gboolean qcc_decoder_feed (QccDecoder *self,
                           const char *data,
                           gsize length,
                           const char **out_data,
                           gsize *out_length);
void qcc_decoder_free (QccDecoder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccDecoder, qcc_decoder_free)

G_END_DECLS
