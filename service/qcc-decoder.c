/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-decoder.h"

#include <gio/gio.h>

#define BLOCK 16384

/* What one chunk may grow to. The densest gzip is about a thousandfold; text is fivefold. */
#define MAX_OUTPUT (8 * 1024 * 1024)

struct _QccDecoder
{
  GConverter *converter; /* (owned) (nullable): %NULL for identity */
  GByteArray *output;    /* (owned) */
  GByteArray *rest;      /* (owned): input that the converter could not use yet */
};

/**
 * qcc_coding_from_header:
 * @content_encoding: (nullable): value of the header Content-Encoding
 *
 * Returns: the coding it names
 */
QccCoding
qcc_coding_from_header (const char *content_encoding)
{
  if (content_encoding == NULL || *content_encoding == '\0' || g_ascii_strcasecmp (content_encoding, "identity") == 0)
    return QCC_CODING_IDENTITY;
  if (g_ascii_strcasecmp (content_encoding, "gzip") == 0 || g_ascii_strcasecmp (content_encoding, "x-gzip") == 0)
    return QCC_CODING_GZIP;
  if (g_ascii_strcasecmp (content_encoding, "deflate") == 0)
    return QCC_CODING_DEFLATE;

  return QCC_CODING_OPAQUE;
}

/**
 * qcc_decoder_new:
 * @coding: any but %QCC_CODING_OPAQUE
 *
 * Returns: (transfer full): a decoder at the beginning of a body
 */
QccDecoder *
qcc_decoder_new (QccCoding coding)
{
  QccDecoder *self;

  g_return_val_if_fail (coding != QCC_CODING_OPAQUE, NULL);

  self = g_new0 (QccDecoder, 1);
  self->output = g_byte_array_new ();
  self->rest = g_byte_array_new ();
  if (coding != QCC_CODING_IDENTITY)
    self->converter = G_CONVERTER (g_zlib_decompressor_new (coding == QCC_CODING_GZIP ? G_ZLIB_COMPRESSOR_FORMAT_GZIP : G_ZLIB_COMPRESSOR_FORMAT_ZLIB));

  return self;
}

/**
 * qcc_decoder_feed:
 * @self: a decoder
 * @data: the next bytes of the body as they came
 * @length: bytes in @data
 * @out_data: (out) (transfer none): what they say; valid until the next call, and as long as @data
 * @out_length: (out): bytes in @out_data
 *
 * Returns: %FALSE when the bytes are not of this coding, or grow beyond all measure
 */
gboolean
qcc_decoder_feed (QccDecoder *self,
                  const char *data,
                  gsize length,
                  const char **out_data,
                  gsize *out_length)
{
  gsize used = 0;

  g_return_val_if_fail (self != NULL, FALSE);

  if (self->converter == NULL)
    {
      *out_data = data;
      *out_length = length;
      return TRUE;
    }

  g_byte_array_append (self->rest, (const guint8 *) data, (guint) length);
  g_byte_array_set_size (self->output, 0);

  while (used < self->rest->len)
    {
      g_autoptr (GError) error = NULL;
      guint8 block[BLOCK];
      gsize read = 0;
      gsize written = 0;
      GConverterResult result;

      result = g_converter_convert (self->converter, self->rest->data + used, self->rest->len - used, block, sizeof block,
                                    G_CONVERTER_NO_FLAGS, &read, &written, &error);
      if (result == G_CONVERTER_ERROR)
        {
          if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
            return FALSE;
          break;
        }

      used += read;
      g_byte_array_append (self->output, block, (guint) written);
      if (self->output->len > MAX_OUTPUT)
        return FALSE;
      if (result == G_CONVERTER_FINISHED)
        used = self->rest->len;
    }

  g_byte_array_remove_range (self->rest, 0, (guint) used);
  *out_data = (const char *) self->output->data;
  *out_length = self->output->len;

  return TRUE;
}

void
qcc_decoder_free (QccDecoder *self)
{
  g_return_if_fail (self != NULL);

  g_clear_object (&self->converter);
  g_byte_array_unref (self->output);
  g_byte_array_unref (self->rest);
  g_free (self);
}
