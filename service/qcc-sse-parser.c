/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-sse-parser.h"

#include <string.h>

/* Memory for data that an event leaves allocated for the next one. */
#define KEEP_ALLOCATED (64 * 1024)

static const char byte_order_mark[] = { '\xef', '\xbb', '\xbf' };

typedef enum
{
  STATE_MARK,       /* at the very start, where a byte order mark may stand */
  STATE_LINE_START, /* nothing of the line was read */
  STATE_NAME,       /* in the name of a field */
  STATE_SPACE,      /* behind the colon, where one space is dropped */
  STATE_VALUE,      /* in the value of a field */
} LineState;

typedef enum
{
  FIELD_OTHER,
  FIELD_EVENT,
  FIELD_DATA,
} Field;

struct _QccSseParser
{
  gsize max_event;

  const char *chunk; /* (unowned): the chunk that is being read */
  gsize length;
  gsize pos;

  LineState state;
  Field field;          /* of the value that is being read */
  guint mark_length;    /* bytes of the byte order mark that were seen */
  char field_name[5];   /* as long as the longest that matters */
  gsize field_length;   /* bytes of the field's name, may be more than are kept */
  gboolean skip_lf;     /* a line ended in CR, so that an LF right behind belongs to it */
  gboolean block_begun; /* a line of the block has ended */
  gboolean reported;    /* the block was given out and is cleared by the next call */

  char name[QCC_SSE_NAME_MAX];
  gsize name_length;
  guint64 data_lines;
  gboolean oversized;
  const char *slice;  /* (unowned) (nullable): data that lies in the chunk; then @data is empty */
  gsize slice_length; /* bytes of @slice */
  GString *data;      /* (owned): data that had to be put together */
};

/**
 * qcc_sse_parser_new:
 * @max_event: bytes of data up to which an event is collected, for instance %QCC_SSE_MAX_EVENT_DEFAULT
 *
 * Returns: (transfer full): a parser at the start of a stream
 */
QccSseParser *
qcc_sse_parser_new (gsize max_event)
{
  QccSseParser *self = g_new0 (QccSseParser, 1);

  self->max_event = max_event;
  self->chunk = "";
  self->state = STATE_MARK;
  self->data = g_string_new (NULL);

  return self;
}

/**
 * qcc_sse_parser_free:
 * @self: (transfer full): a parser
 *
 * Frees the parser.
 */
void
qcc_sse_parser_free (QccSseParser *self)
{
  g_return_if_fail (self != NULL);

  g_string_free (self->data, TRUE);
  g_free (self);
}

static void
clear_data (QccSseParser *self)
{
  self->slice = NULL;
  self->slice_length = 0;
  if (self->data->allocated_len > KEEP_ALLOCATED)
    {
      g_string_free (self->data, TRUE);
      self->data = g_string_new (NULL);
    }
  g_string_truncate (self->data, 0);
}

static void
clear_block (QccSseParser *self)
{
  self->block_begun = FALSE;
  self->reported = FALSE;
  self->name_length = 0;
  self->data_lines = 0;
  self->oversized = FALSE;
  clear_data (self);
}

/* Copies what points into the chunk, which may be gone before the event is complete. */
static void
keep_slice (QccSseParser *self)
{
  g_string_append_len (self->data, self->slice, (gssize) self->slice_length);
  self->slice = NULL;
  self->slice_length = 0;
}

static void
add_data (QccSseParser *self,
          const char *text,
          gsize length)
{
  if (self->oversized)
    return;

  if (length > self->max_event - self->slice_length - self->data->len)
    {
      self->oversized = TRUE;
      clear_data (self);
      return;
    }

  if (self->data->len == 0 && self->slice_length == 0)
    {
      self->slice = text;
      self->slice_length = length;
      return;
    }

  keep_slice (self);
  g_string_append_len (self->data, text, (gssize) length);
}

/* The colon or the end of a line says that the name of the field is complete. */
static void
begin_value (QccSseParser *self)
{
  self->field = FIELD_OTHER;
  if (self->field_length == 5 && memcmp (self->field_name, "event", 5) == 0)
    {
      self->field = FIELD_EVENT;
      self->name_length = 0;
    }
  else if (self->field_length == 4 && memcmp (self->field_name, "data", 4) == 0)
    {
      self->field = FIELD_DATA;
      if (self->data_lines > 0)
        add_data (self, "\n", 1);
      self->data_lines++;
    }
}

static void
add_value (QccSseParser *self,
           const char *text,
           gsize length)
{
  switch (self->field)
    {
    case FIELD_OTHER:
      break;
    case FIELD_EVENT:
      length = MIN (length, QCC_SSE_NAME_MAX - self->name_length);
      memcpy (self->name + self->name_length, text, length);
      self->name_length += length;
      break;
    case FIELD_DATA:
      add_data (self, text, length);
      break;
    }
}

static void
begin_line (QccSseParser *self)
{
  self->state = STATE_NAME;
  self->field_length = 0;
}

static void
add_field_char (QccSseParser *self,
                char c)
{
  if (self->field_length < sizeof self->field_name)
    self->field_name[self->field_length] = c;
  self->field_length++;
}

/* Reads what may be a byte order mark; returns whether the byte at the position is for somebody else. */
static gboolean
read_mark (QccSseParser *self)
{
  if (self->chunk[self->pos] == byte_order_mark[self->mark_length])
    {
      self->pos++;
      self->mark_length++;
      if (self->mark_length == sizeof byte_order_mark)
        self->state = STATE_LINE_START;
      return FALSE;
    }

  /* A part of the mark is the beginning of a name like any other. */
  self->state = STATE_LINE_START;
  if (self->mark_length > 0)
    begin_line (self);
  for (guint i = 0; i < self->mark_length; i++)
    add_field_char (self, byte_order_mark[i]);

  return TRUE;
}

/* Takes the line's end at the position; returns whether it ends a block. */
static gboolean
end_line (QccSseParser *self)
{
  gboolean blank = self->state == STATE_LINE_START;

  if (self->state == STATE_NAME)
    begin_value (self);

  self->skip_lf = self->chunk[self->pos] == '\r';
  self->pos++;
  self->state = STATE_LINE_START;
  if (!blank)
    {
      self->block_begun = TRUE;
      return FALSE;
    }

  return self->block_begun;
}

/* Reads on inside a line, up to its end or to a change of state. */
static void
read_line (QccSseParser *self)
{
  const char *text = self->chunk + self->pos;
  const char *end = self->chunk + self->length;
  const char *p = text;

  switch (self->state)
    {
    case STATE_MARK:
    case STATE_LINE_START:
      begin_line (self);
      break;
    case STATE_NAME:
      if (*p == ':')
        {
          begin_value (self);
          self->state = STATE_SPACE;
        }
      else
        {
          add_field_char (self, *p);
        }
      self->pos++;
      break;
    case STATE_SPACE:
      self->pos += *p == ' ' ? 1 : 0;
      self->state = STATE_VALUE;
      break;
    case STATE_VALUE:
      while (p < end && *p != '\n' && *p != '\r')
        p++;
      add_value (self, text, (gsize) (p - text));
      self->pos += (gsize) (p - text);
      break;
    }
}

static void
report (QccSseParser *self,
        QccSseEvent *out_event)
{
  /* The line feed of a CRLF belongs to the event when it is here; in the next chunk it is dropped. */
  if (self->skip_lf && self->pos < self->length && self->chunk[self->pos] == '\n')
    {
      self->skip_lf = FALSE;
      self->pos++;
    }

  self->reported = TRUE;
  *out_event = (QccSseEvent){
    .name = self->name,
    .name_length = self->name_length,
    .data = self->slice != NULL ? self->slice : self->data->str,
    .data_length = self->slice_length + self->data->len,
    .comment_only = self->name_length == 0 && self->data_lines == 0,
    .oversized = self->oversized,
    .end = self->pos,
  };
}

/**
 * qcc_sse_parser_begin:
 * @self: a parser that has read the last chunk to its end
 * @chunk: (array length=length) (nullable): the next bytes of the stream; they must stay until
 *   qcc_sse_parser_next() returned %FALSE
 * @length: bytes of @chunk
 *
 * Feeds the parser.
 */
void
qcc_sse_parser_begin (QccSseParser *self,
                      const char *chunk,
                      gsize length)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (chunk != NULL || length == 0);
  g_return_if_fail (self->pos == self->length);

  self->chunk = chunk;
  self->length = length;
  self->pos = 0;
}

/**
 * qcc_sse_parser_next:
 * @self: a parser
 * @out_event: (out caller-allocates): the event, untouched when there is none
 *
 * Gives the next event that the chunk completes. A blank line that ends in CR completes its event
 * at once: an LF that comes with the next chunk is dropped.
 *
 * Returns: %FALSE when the chunk is read to its end
 */
gboolean
qcc_sse_parser_next (QccSseParser *self,
                     QccSseEvent *out_event)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (out_event != NULL, FALSE);

  if (self->reported)
    clear_block (self);

  while (self->pos < self->length)
    {
      char c = self->chunk[self->pos];

      if (self->skip_lf && c == '\n')
        {
          self->skip_lf = FALSE;
          self->pos++;
          continue;
        }
      self->skip_lf = FALSE;

      if (self->state == STATE_MARK && !read_mark (self))
        continue;

      if (c != '\n' && c != '\r')
        {
          read_line (self);
        }
      else if (end_line (self))
        {
          report (self, out_event);
          return TRUE;
        }
    }

  if (self->slice != NULL)
    keep_slice (self);

  return FALSE;
}

/**
 * qcc_sse_parser_in_event:
 * @self: a parser that has read its chunk to its end
 *
 * Returns: whether a part of an event was fed that is not complete
 */
gboolean
qcc_sse_parser_in_event (const QccSseParser *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return (self->block_begun && !self->reported) || !qcc_sse_parser_at_line_start (self);
}

/**
 * qcc_sse_parser_at_line_start:
 * @self: a parser that has read its chunk to its end
 *
 * Returns: whether what is fed next begins a line
 */
gboolean
qcc_sse_parser_at_line_start (const QccSseParser *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->state == STATE_LINE_START || self->state == STATE_MARK;
}
