/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-token-estimate.h"

#include "service/qcc-json-scan.h"

/* Everything is summed in sevenths of a token, so that 1 / 3.5 for a byte is a whole number. */
#define UNITS_PER_TOKEN 7
#define UNITS_PER_BYTE 2
#define UNITS_PER_CJK UNITS_PER_TOKEN
#define UNITS_PER_IMAGE (1500 * UNITS_PER_TOKEN)

typedef enum
{
  REGION_NONE,
  REGION_TEXT,  /* system and messages: what their strings say */
  REGION_TOOLS, /* tools: their JSON text */
} Region;

/* What the name before a value makes of the value. */
typedef enum
{
  KEY_TEXT,  /* counts */
  KEY_LABEL, /* an id, a role: no text */
  KEY_TYPE,  /* says what the object is */
  KEY_DATA,  /* counts unless the object's type says that it is base64 */
  KEY_INPUT, /* counts as JSON text */
} Key;

typedef enum
{
  BLOCK_OTHER,
  BLOCK_IMAGE,
  BLOCK_DOCUMENT,
  BLOCK_MEDIA,    /* a source that is not text: base64, url, file */
  BLOCK_REDACTED, /* encrypted thinking, whose data is no text */
} BlockType;

/* An object of system or messages that is open. Its type may come after what it decides about. */
typedef struct
{
  BlockType type;
  gboolean has_media;
  guint64 data; /* units of its member data */
} Block;

typedef struct
{
  QccJsonScanner scanner;
  Region region;
  Key key;
  guint json_depth; /* depth of the container that counts as JSON text, 0 for none */
  guint64 units;
  Block blocks[QCC_JSON_MAX_DEPTH + 1]; /* by depth */
} Estimate;

static const struct
{
  const char *name;
  Key key;
} text_names[] = {
  { "type", KEY_TYPE },
  { "data", KEY_DATA },
  { "input", KEY_INPUT },
  { "role", KEY_LABEL },
  { "id", KEY_LABEL },
  { "tool_use_id", KEY_LABEL },
  { "file_id", KEY_LABEL },
  { "media_type", KEY_LABEL },
  { "signature", KEY_LABEL },
  { "ttl", KEY_LABEL },
};

static const struct
{
  const char *name;
  BlockType type;
} block_types[] = {
  { "image", BLOCK_IMAGE },
  { "document", BLOCK_DOCUMENT },
  { "base64", BLOCK_MEDIA },
  { "url", BLOCK_MEDIA },
  { "file", BLOCK_MEDIA },
  { "redacted_thinking", BLOCK_REDACTED },
};

/* Chinese, Japanese and Korean writing with its punctuation and full-width forms. */
static gboolean
is_cjk (gunichar c)
{
  static const struct
  {
    gunichar first;
    gunichar last;
  } ranges[] = {
    { 0x1100, 0x11ff },   /* Hangul Jamo */
    { 0x2e80, 0x9fff },   /* radicals, punctuation, kana, Bopomofo, Hangul letters, ideographs */
    { 0xa960, 0xa97f },   /* Hangul Jamo extended A */
    { 0xac00, 0xd7ff },   /* Hangul syllables, Jamo extended B */
    { 0xf900, 0xfaff },   /* compatibility ideographs */
    { 0xfe30, 0xfe4f },   /* compatibility forms */
    { 0xff00, 0xffef },   /* full-width and half-width forms */
    { 0x20000, 0x3ffff }, /* the ideographs of planes 2 and 3 */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ranges) && c >= ranges[i].first; i++)
    if (c <= ranges[i].last)
      return TRUE;

  return FALSE;
}

static guint64
string_units (const QccJsonSpan *string)
{
  const char *text = string->start;
  guint64 units = 0;
  gsize offset = 1;
  gunichar c;

  for (;;)
    {
      /* Most text is plain, and a character at a time is several times slower. */
      for (; text[offset] != '"' && text[offset] != '\\' && (guchar) text[offset] < 0x80; offset++)
        units += UNITS_PER_BYTE;

      if (!qcc_json_span_next_char (string, &offset, &c))
        return units;
      units += is_cjk (c) ? UNITS_PER_CJK : UNITS_PER_BYTE * (guint) g_unichar_to_utf8 (c, NULL);
    }
}

/* A token of text that counts as JSON, string escapes undone. Commas are left out. */
static void
estimate_json_token (Estimate *self,
                     QccJsonToken token)
{
  const QccJsonSpan *span = &self->scanner.span;

  if (token == QCC_JSON_TOKEN_NAME)
    self->units += UNITS_PER_BYTE * 3 + string_units (span);
  else if (token == QCC_JSON_TOKEN_STRING)
    self->units += UNITS_PER_BYTE * 2 + string_units (span);
  else
    self->units += UNITS_PER_BYTE * span->length;
}

static void
estimate_body_member (Estimate *self)
{
  const QccJsonSpan *name = &self->scanner.span;

  self->key = KEY_TEXT;
  if (qcc_json_span_equals (name, "system") || qcc_json_span_equals (name, "messages"))
    self->region = REGION_TEXT;
  else if (qcc_json_span_equals (name, "tools"))
    self->region = REGION_TOOLS;
  else
    self->region = REGION_NONE;
}

static void
estimate_text_name (Estimate *self)
{
  self->key = KEY_TEXT;
  for (gsize i = 0; i < G_N_ELEMENTS (text_names); i++)
    if (qcc_json_span_equals (&self->scanner.span, text_names[i].name))
      self->key = text_names[i].key;
}

static void
estimate_text_string (Estimate *self)
{
  const QccJsonSpan *span = &self->scanner.span;
  Block *block = &self->blocks[self->scanner.depth];

  switch (self->key)
    {
    case KEY_LABEL:
      break;
    case KEY_TYPE:
      block->type = BLOCK_OTHER;
      for (gsize i = 0; i < G_N_ELEMENTS (block_types); i++)
        if (qcc_json_span_equals (span, block_types[i].name))
          block->type = block_types[i].type;
      break;
    case KEY_DATA:
      block->data += string_units (span);
      break;
    case KEY_TEXT:
    case KEY_INPUT:
      self->units += string_units (span);
      break;
    }
}

static void
estimate_close_block (Estimate *self)
{
  const Block *block = &self->blocks[self->scanner.depth + 1];

  switch (block->type)
    {
    case BLOCK_IMAGE:
      self->units += UNITS_PER_IMAGE;
      break;
    case BLOCK_DOCUMENT:
      self->units += (block->has_media ? UNITS_PER_IMAGE : 0) + block->data;
      break;
    case BLOCK_MEDIA:
      self->blocks[self->scanner.depth].has_media = TRUE;
      break;
    case BLOCK_REDACTED:
      break;
    case BLOCK_OTHER:
      self->units += block->data;
      break;
    }
}

static void
estimate_text_token (Estimate *self,
                     QccJsonToken token)
{
  guint depth = self->scanner.depth;

  if (token == QCC_JSON_TOKEN_NAME)
    {
      estimate_text_name (self);
      return;
    }

  if (token == QCC_JSON_TOKEN_STRING)
    estimate_text_string (self);
  else if (token == QCC_JSON_TOKEN_OBJECT && self->key == KEY_INPUT)
    self->json_depth = depth;
  else if (token == QCC_JSON_TOKEN_OBJECT)
    self->blocks[depth] = (Block){ .type = BLOCK_OTHER };
  else if (token == QCC_JSON_TOKEN_OBJECT_END)
    estimate_close_block (self);

  if (self->json_depth > 0)
    estimate_json_token (self, token);
  self->key = KEY_TEXT;
}

static void
estimate_token (Estimate *self,
                QccJsonToken token)
{
  if (self->scanner.depth == 0)
    return;

  if (self->scanner.depth == 1 && token == QCC_JSON_TOKEN_NAME)
    {
      estimate_body_member (self);
    }
  else if (self->region == REGION_TOOLS || self->json_depth > 0)
    {
      estimate_json_token (self, token);
      if (self->scanner.depth < self->json_depth)
        self->json_depth = 0;
    }
  else if (self->region == REGION_TEXT)
    {
      estimate_text_token (self, token);
    }
}

/**
 * qcc_token_estimate:
 * @body: (array length=length) (nullable): the body of a request for a token count, any bytes
 * @length: bytes of @body
 *
 * Guesses how many tokens a request has, for endpoints that cannot count (spec 2.10). Text is a
 * token for 3.5 bytes and for each character of Chinese, Japanese and Korean writing; other
 * characters beyond ASCII count by their bytes in UTF-8. What counts as text:
 *
 * - the strings of `system` and `messages` but for types, roles, ids, media types and signatures;
 * - `tools` and the `input` of a tool call, as JSON without commas and spaces;
 * - an image, wherever it comes from, as 1500 tokens; a document that is not given as text as 1500
 *   too, since how many pages it has is not known. Their base64 does not count, nor does encrypted
 *   thinking.
 *
 * A body that is not valid JSON counts up to the fault.
 *
 * Returns: the estimate, at least 1
 */
guint64
qcc_token_estimate (const char *body,
                    gsize length)
{
  Estimate self = { .region = REGION_NONE };
  QccJsonToken token;

  g_return_val_if_fail (body != NULL || length == 0, 1);

  qcc_json_scanner_init (&self.scanner, body, length);
  for (token = qcc_json_scanner_next (&self.scanner);
       token != QCC_JSON_TOKEN_INVALID && token != QCC_JSON_TOKEN_END;
       token = qcc_json_scanner_next (&self.scanner))
    estimate_token (&self, token);

  return MAX ((self.units + UNITS_PER_TOKEN - 1) / UNITS_PER_TOKEN, 1);
}
