/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-encoder.h"

/* The largest piece that br and zstd store as one: it fits the 16 bits of a meta-block's length and the window
 * of 128 KiB that the zstd frame announces. */
#define MAX_STORED 65536

#define ZSTD_MAGIC 0x28, 0xb5, 0x2f, 0xfd
#define ZSTD_FRAME_DESCRIPTOR 0x00  /* no content size, checksum or dictionary */
#define ZSTD_WINDOW_DESCRIPTOR 0x38 /* 2^(10 + 7) bytes */
#define ZSTD_LAST_EMPTY_BLOCK 0x01, 0x00, 0x00

struct _QccFakeEncoder
{
  QccFakeEncoding encoding;
  GConverter *compressor; /* (owned) (nullable): for gzip and deflate */
  gboolean begun;         /* the stream's own head was written */
};

/**
 * qcc_fake_encoding_get_name:
 * @encoding: a content coding
 *
 * Returns: (transfer none): its name in Content-Encoding
 */
const char *
qcc_fake_encoding_get_name (QccFakeEncoding encoding)
{
  switch (encoding)
    {
    case QCC_FAKE_ENCODING_GZIP:
      return "gzip";
    case QCC_FAKE_ENCODING_DEFLATE:
      return "deflate";
    case QCC_FAKE_ENCODING_BR:
      return "br";
    case QCC_FAKE_ENCODING_ZSTD:
      return "zstd";
    case QCC_FAKE_ENCODING_IDENTITY:
      return "identity";
    }

  g_return_val_if_reached ("identity");
}

/**
 * qcc_fake_encoder_new:
 * @encoding: a content coding
 *
 * Returns: (transfer full): an encoder for one body
 */
QccFakeEncoder *
qcc_fake_encoder_new (QccFakeEncoding encoding)
{
  QccFakeEncoder *self = g_new0 (QccFakeEncoder, 1);

  self->encoding = encoding;
  if (encoding == QCC_FAKE_ENCODING_GZIP)
    self->compressor = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  else if (encoding == QCC_FAKE_ENCODING_DEFLATE)
    self->compressor = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, -1));

  return self;
}

/**
 * qcc_fake_encoder_free:
 * @self: (transfer full): an encoder
 */
void
qcc_fake_encoder_free (QccFakeEncoder *self)
{
  g_clear_object (&self->compressor);
  g_free (self);
}

static void
compress (QccFakeEncoder *self,
          const guint8 *data,
          gsize length,
          GConverterFlags flags,
          GByteArray *output)
{
  GConverterResult done = flags == G_CONVERTER_FLUSH ? G_CONVERTER_FLUSHED : G_CONVERTER_FINISHED;
  GConverterResult result;

  do
    {
      guint8 buffer[4096];
      gsize n_read = 0;
      gsize n_written = 0;
      g_autoptr (GError) error = NULL;

      result = g_converter_convert (self->compressor, data, length, buffer, sizeof buffer, flags, &n_read, &n_written, &error);
      /* The buffer always has room, so memory is all that could be missing. */
      g_assert_no_error (error);
      g_byte_array_append (output, buffer, (guint) n_written);
      data += n_read;
      length -= n_read;
    }
  while (result != done);
}

/* An uncompressed meta-block (RFC 7932, 9.2); the first one carries the window size in front, a 0 bit for 2^16. */
static void
store_br (QccFakeEncoder *self,
          const guint8 *data,
          guint length,
          GByteArray *output)
{
  guint shift = self->begun ? 0 : 1;
  /* ISLAST 0, MNIBBLES 4, then the length less one and ISUNCOMPRESSED; data begins at the next byte. */
  guint32 bits = ((length - 1) << (3 + shift)) | (1u << (19 + shift));
  guint8 head[] = { bits & 0xff, (bits >> 8) & 0xff, (bits >> 16) & 0xff };

  g_byte_array_append (output, head, sizeof head);
  g_byte_array_append (output, data, length);
}

/* A raw block (RFC 8878, 3.1.1.2); the first one has the frame's header in front. */
static void
store_zstd (QccFakeEncoder *self,
            const guint8 *data,
            guint length,
            GByteArray *output)
{
  static const guint8 frame[] = { ZSTD_MAGIC, ZSTD_FRAME_DESCRIPTOR, ZSTD_WINDOW_DESCRIPTOR };
  guint32 bits = length << 3;
  guint8 head[] = { bits & 0xff, (bits >> 8) & 0xff, (bits >> 16) & 0xff };

  if (!self->begun)
    g_byte_array_append (output, frame, sizeof frame);
  g_byte_array_append (output, head, sizeof head);
  g_byte_array_append (output, data, length);
}

/**
 * qcc_fake_encoder_push:
 * @self: an encoder
 * @data: (array length=length): a piece of the body
 * @length: its length, bytes
 * @output: where the encoded piece is added
 */
void
qcc_fake_encoder_push (QccFakeEncoder *self,
                       const guint8 *data,
                       gsize length,
                       GByteArray *output)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (output != NULL);

  if (self->encoding == QCC_FAKE_ENCODING_IDENTITY)
    {
      g_byte_array_append (output, data, (guint) length);
      return;
    }
  if (self->compressor != NULL)
    {
      compress (self, data, length, G_CONVERTER_FLUSH, output);
      return;
    }

  while (length > 0)
    {
      guint n = (guint) MIN (length, MAX_STORED);

      if (self->encoding == QCC_FAKE_ENCODING_BR)
        store_br (self, data, n, output);
      else
        store_zstd (self, data, n, output);
      self->begun = TRUE;
      data += n;
      length -= n;
    }
}

/**
 * qcc_fake_encoder_finish:
 * @self: an encoder
 * @output: where the end of the encoded body is added
 */
void
qcc_fake_encoder_finish (QccFakeEncoder *self,
                         GByteArray *output)
{
  static const guint8 zstd_empty_frame[] = { ZSTD_MAGIC, ZSTD_FRAME_DESCRIPTOR, ZSTD_WINDOW_DESCRIPTOR, ZSTD_LAST_EMPTY_BLOCK };
  static const guint8 zstd_end[] = { ZSTD_LAST_EMPTY_BLOCK };
  /* ISLAST and ISLASTEMPTY, in an empty stream after the window size. */
  guint8 br_end = self->begun ? 0x03 : 0x06;

  g_return_if_fail (self != NULL);
  g_return_if_fail (output != NULL);

  switch (self->encoding)
    {
    case QCC_FAKE_ENCODING_IDENTITY:
      break;
    case QCC_FAKE_ENCODING_GZIP:
    case QCC_FAKE_ENCODING_DEFLATE:
      compress (self, NULL, 0, G_CONVERTER_INPUT_AT_END, output);
      break;
    case QCC_FAKE_ENCODING_BR:
      g_byte_array_append (output, &br_end, 1);
      break;
    case QCC_FAKE_ENCODING_ZSTD:
      if (self->begun)
        g_byte_array_append (output, zstd_end, sizeof zstd_end);
      else
        g_byte_array_append (output, zstd_empty_frame, sizeof zstd_empty_frame);
      break;
    }
}
