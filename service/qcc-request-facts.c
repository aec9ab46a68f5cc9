/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-request-facts.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "service/qcc-json-iter.h"

/* A user_id holds three ids, some 200 bytes. One that is longer is not looked into. */
#define USER_ID_MAX 4096

/* The longest wait that a client's header is believed, a day. */
#define STAINLESS_TIMEOUT_MAX 86400

/* The member of the body's object whose value is being read, as far as it matters. */
typedef enum
{
  REGION_NONE,
  REGION_METADATA,
  REGION_CONTENT, /* system, tools, messages */
} Region;

/* The name that was read just before a value. */
typedef enum
{
  KEY_NONE,
  KEY_MODEL,
  KEY_STREAM,
  KEY_USER_ID,
  KEY_CACHE_CONTROL,
  KEY_TTL,
} Key;

typedef struct
{
  QccJsonScanner scanner;
  Region region;
  Key key;
  guint cache_depth; /* depth inside the cache_control that is being read, 0 outside */

  QccJsonSpan model;   /* length 0: none */
  QccJsonSpan user_id; /* length 0: none */
  gboolean stream;
  gboolean long_cache;
} BodyScan;

static const struct
{
  const char *name;
  Key key;
  Region region;
} body_members[] = {
  { "model", KEY_MODEL, REGION_NONE },
  { "stream", KEY_STREAM, REGION_NONE },
  { "cache_control", KEY_CACHE_CONTROL, REGION_NONE },
  { "metadata", KEY_NONE, REGION_METADATA },
  { "system", KEY_NONE, REGION_CONTENT },
  { "tools", KEY_NONE, REGION_CONTENT },
  { "messages", KEY_NONE, REGION_CONTENT },
};

static void
body_scan_body_member (BodyScan *scan)
{
  scan->region = REGION_NONE;
  for (gsize i = 0; i < G_N_ELEMENTS (body_members); i++)
    if (qcc_json_span_equals (&scan->scanner.span, body_members[i].name))
      {
        scan->key = body_members[i].key;
        scan->region = body_members[i].region;
        break;
      }

  /* A second metadata replaces the first with all that was in it. */
  if (scan->region == REGION_METADATA)
    scan->user_id = (QccJsonSpan){ NULL, 0 };
}

static void
body_scan_name (BodyScan *scan)
{
  const QccJsonSpan *name = &scan->scanner.span;
  guint depth = scan->scanner.depth;

  scan->key = KEY_NONE;
  if (depth == 1)
    body_scan_body_member (scan);
  else if (depth == scan->cache_depth)
    scan->key = qcc_json_span_equals (name, "ttl") ? KEY_TTL : KEY_NONE;
  else if (scan->region == REGION_CONTENT)
    scan->key = qcc_json_span_equals (name, "cache_control") ? KEY_CACHE_CONTROL : KEY_NONE;
  else if (scan->region == REGION_METADATA && depth == 2)
    scan->key = qcc_json_span_equals (name, "user_id") ? KEY_USER_ID : KEY_NONE;
}

static void
body_scan_value (BodyScan *scan,
                 QccJsonToken token)
{
  const QccJsonSpan none = { NULL, 0 };
  const QccJsonSpan *span = &scan->scanner.span;

  switch (scan->key)
    {
    case KEY_NONE:
      break;
    case KEY_MODEL:
      scan->model = token == QCC_JSON_TOKEN_STRING ? *span : none;
      break;
    case KEY_STREAM:
      scan->stream = token == QCC_JSON_TOKEN_TRUE;
      break;
    case KEY_USER_ID:
      scan->user_id = token == QCC_JSON_TOKEN_STRING ? *span : none;
      break;
    case KEY_CACHE_CONTROL:
      if (token == QCC_JSON_TOKEN_OBJECT)
        scan->cache_depth = scan->scanner.depth;
      break;
    case KEY_TTL:
      scan->long_cache |= qcc_json_span_equals (span, "1h");
      break;
    }

  scan->key = KEY_NONE;
  if (scan->scanner.depth < scan->cache_depth)
    scan->cache_depth = 0;
}

/* One pass over the body; returns whether it is a valid object. */
static gboolean
body_scan_run (BodyScan *scan,
               GBytes *body)
{
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  QccJsonToken token;

  qcc_json_scanner_init (&scan->scanner, data, length);
  if (qcc_json_scanner_next (&scan->scanner) != QCC_JSON_TOKEN_OBJECT)
    return FALSE;

  for (;;)
    {
      token = qcc_json_scanner_next (&scan->scanner);
      if (token == QCC_JSON_TOKEN_INVALID || token == QCC_JSON_TOKEN_END)
        return token == QCC_JSON_TOKEN_END;

      if (token == QCC_JSON_TOKEN_NAME)
        body_scan_name (scan);
      else
        body_scan_value (scan, token);
    }
}

static void
take_model (QccRequestFacts *self,
            const QccJsonSpan *model,
            GBytes *body)
{
  g_autofree char *name = NULL;

  /* An escape is at most six times as long as the byte it stands for. */
  if (model->length > QCC_REQUEST_MODEL_MAX * 6 + 2 || !qcc_json_span_get_string (model, &name))
    return;
  if (*name == '\0' || strlen (name) > QCC_REQUEST_MODEL_MAX)
    return;
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return;

  self->model = g_steal_pointer (&name);
  self->model_offset = (gsize) (model->start - (const char *) g_bytes_get_data (body, NULL));
  self->model_length = model->length;
}

/* A session goes into logs, so what is no plain text is treated as if it were not there. */
static gboolean
take_session (QccRequestFacts *self,
              const char *session)
{
  if (session == NULL || *session == '\0' || strlen (session) > QCC_REQUEST_SESSION_MAX)
    return FALSE;
  for (const char *p = session; *p != '\0'; p++)
    if (!g_ascii_isprint (*p))
      return FALSE;

  self->session = g_strdup (session);
  return TRUE;
}

/* The session in metadata.user_id: a member of the JSON object that the string holds, or, as older
 * versions of Claude Code write it, the last part of `user_HEX_account_UUID_session_UUID`. */
static gboolean
take_session_from_user_id (QccRequestFacts *self,
                           const QccJsonSpan *user_id)
{
  const char *const path[] = { "session_id", NULL };
  g_autofree char *text = NULL;
  g_autofree char *session = NULL;
  const char *account;
  const char *old;
  QccJsonSpan value;

  if (user_id->length > USER_ID_MAX || !qcc_json_span_get_string (user_id, &text))
    return FALSE;

  if (qcc_json_find (text, strlen (text), path, &value))
    return qcc_json_span_get_string (&value, &session) && take_session (self, session);

  account = g_str_has_prefix (text, "user_") ? strstr (text, "_account_") : NULL;
  old = account != NULL ? g_strrstr (account, "_session_") : NULL;
  if (old == NULL || !g_uuid_string_is_valid (old + strlen ("_session_")))
    return FALSE;

  return take_session (self, old + strlen ("_session_"));
}

static QccRequestKind
kind_of (const char *method,
         const char *path)
{
  static const struct
  {
    const char *method;
    const char *path;
    QccRequestKind kind;
  } known[] = {
    { "POST", "/v1/messages", QCC_REQUEST_KIND_MESSAGES },
    { "POST", "/v1/messages/count_tokens", QCC_REQUEST_KIND_COUNT_TOKENS },
    { "GET", "/v1/models", QCC_REQUEST_KIND_MODELS },
  };
  gsize length = strcspn (path, "?");

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (method, known[i].method) && strlen (known[i].path) == length &&
        strncmp (path, known[i].path, length) == 0)
      return known[i].kind;

  return QCC_REQUEST_KIND_OTHER;
}

static guint
stainless_timeout_of (SoupMessageHeaders *headers)
{
  const char *text = soup_message_headers_get_one (headers, "x-stainless-timeout");
  guint64 seconds;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, STAINLESS_TIMEOUT_MAX, &seconds, NULL))
    return 0;

  return (guint) seconds;
}

/**
 * qcc_request_facts_new:
 * @method: the request's method
 * @path: its path, with or without the query
 * @headers: its headers
 * @body: (nullable): its whole body, any bytes
 *
 * Reads headers and body of a request once. A body that is no valid JSON object is not an error
 * here: the provider will answer it.
 *
 * Returns: (transfer full): the facts
 */
QccRequestFacts *
qcc_request_facts_new (const char *method,
                       const char *path,
                       SoupMessageHeaders *headers,
                       GBytes *body)
{
  QccRequestFacts *self;
  BodyScan scan = { 0 };
  const char *priority;

  g_return_val_if_fail (method != NULL, NULL);
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (headers != NULL, NULL);

  self = g_atomic_rc_box_new0 (QccRequestFacts);
  self->kind = kind_of (method, path);
  self->body_valid = body != NULL && body_scan_run (&scan, body);
  if (self->body_valid)
    {
      self->stream = scan.stream;
      self->long_cache = scan.long_cache;
      take_model (self, &scan.model, body);
    }

  if (!take_session (self, soup_message_headers_get_one (headers, "x-claude-code-session-id")) &&
      !(self->body_valid && take_session_from_user_id (self, &scan.user_id)) &&
      !take_session (self, soup_message_headers_get_one (headers, "x-session-affinity")))
    take_session (self, soup_message_headers_get_one (headers, "x-conversation-id"));

  self->stainless_timeout = stainless_timeout_of (headers);
  priority = soup_message_headers_get_one (headers, "x-qcc-priority");
  self->background = self->kind == QCC_REQUEST_KIND_COUNT_TOKENS ||
                     (priority != NULL && g_ascii_strcasecmp (priority, "background") == 0);

  return self;
}

/**
 * qcc_request_facts_ref:
 * @self: facts
 *
 * Returns: (transfer full): @self
 */
QccRequestFacts *
qcc_request_facts_ref (QccRequestFacts *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
request_facts_clear (gpointer data)
{
  QccRequestFacts *self = data;

  g_free (self->model);
  g_free (self->session);
}

/**
 * qcc_request_facts_unref:
 * @self: (transfer full): facts
 *
 * Gives a reference up.
 */
void
qcc_request_facts_unref (QccRequestFacts *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, request_facts_clear);
}

/**
 * qcc_request_facts_map_model:
 * @self: facts whose `model` is not %NULL
 * @body: the very body that the facts were made of
 * @new_model: the name to put there, UTF-8
 * @out_length: (out) (optional): bytes the stream will give
 *
 * The one change QCC makes to a body for an endpoint's model map (spec 2.2): every other byte
 * stays. The body is shared, not copied.
 *
 * Returns: (transfer full): a stream of the changed body
 */
GInputStream *
qcc_request_facts_map_model (const QccRequestFacts *self,
                             GBytes *body,
                             const char *new_model,
                             gsize *out_length)
{
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GBytes) head = NULL;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GBytes) tail = NULL;
  char *text;
  gsize behind;

  g_return_val_if_fail (self != NULL && self->model != NULL, NULL);
  g_return_val_if_fail (body != NULL, NULL);
  g_return_val_if_fail (new_model != NULL && g_utf8_validate (new_model, -1, NULL), NULL);

  behind = self->model_offset + self->model_length;
  g_return_val_if_fail (behind <= g_bytes_get_size (body), NULL);

  node = json_node_init_string (json_node_alloc (), new_model);
  text = json_to_string (node, FALSE);
  head = g_bytes_new_from_bytes (body, 0, self->model_offset);
  value = g_bytes_new_take (text, strlen (text));
  tail = g_bytes_new_from_bytes (body, behind, g_bytes_get_size (body) - behind);

  stream = g_memory_input_stream_new_from_bytes (head);
  g_memory_input_stream_add_bytes (G_MEMORY_INPUT_STREAM (stream), value);
  g_memory_input_stream_add_bytes (G_MEMORY_INPUT_STREAM (stream), tail);
  if (out_length != NULL)
    *out_length = g_bytes_get_size (head) + g_bytes_get_size (value) + g_bytes_get_size (tail);

  return g_steal_pointer (&stream);
}
