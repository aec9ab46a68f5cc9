/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-thinking-repair.h"

#include "service/qcc-json-cuts.h"
#include "service/qcc-json-iter.h"

/* The API refuses an assistant message without content, and a text that is empty or blank. */
static const char no_content[] = "[{\"type\":\"text\",\"text\":\"(no content)\"}]";

typedef enum
{
  MEMBER_OTHER,
  MEMBER_THINKING,
  MEMBER_CONTEXT_MANAGEMENT,
} MemberKind;

typedef struct
{
  const char *name; /* at its quote */
  QccJsonSpan value;
  MemberKind kind;
} Member;

typedef struct
{
  QccJsonScanner scanner;
  GArray *cuts;              /* (owned) (element-type QccJsonCut) */
  GArray *members;           /* (owned) (element-type Member): of the body's object */
  gboolean ends_with_result; /* the last message brings the result of a tool */
} Repair;

typedef enum
{
  BLOCK_OTHER,
  BLOCK_THINKING,
  BLOCK_TOOL_RESULT,
} BlockKind;

/*
 * Below, the body is read in one pass, down to the members of a content block. That is all that megabytes may cost
 * on the main loop; an iterator in an iterator would read them once per level. Where the text is not valid the
 * scanner says so for ever, all loops end, and qcc_thinking_repair() sees it last.
 */

/* Moves to the first token of the next value of the container that is @depth deep; FALSE behind the last. */
static gboolean
next_value (QccJsonScanner *scanner,
            guint depth,
            QccJsonSpan *out_name,
            QccJsonToken *out_token)
{
  *out_token = qcc_json_scanner_next (scanner);
  *out_name = scanner->span;
  if (*out_token == QCC_JSON_TOKEN_NAME)
    *out_token = qcc_json_scanner_next (scanner);

  return *out_token != QCC_JSON_TOKEN_INVALID && scanner->depth >= depth;
}

/* Completes a value of the container that is @depth deep; returns where it ends. */
static const char *
end_value (QccJsonScanner *scanner,
           guint depth)
{
  while (scanner->depth > depth && qcc_json_scanner_next (scanner) != QCC_JSON_TOKEN_INVALID)
    ;

  return scanner->span.start + scanner->span.length;
}

/* What a content block is by its type; of several the last counts. */
static BlockKind
read_block (QccJsonScanner *scanner)
{
  guint depth = scanner->depth;
  BlockKind kind = BLOCK_OTHER;
  QccJsonSpan name;
  QccJsonToken token;

  while (next_value (scanner, depth, &name, &token))
    {
      if (qcc_json_span_equals (&name, "type"))
        {
          if (qcc_json_span_equals (&scanner->span, "thinking") ||
              qcc_json_span_equals (&scanner->span, "redacted_thinking"))
            kind = BLOCK_THINKING;
          else if (qcc_json_span_equals (&scanner->span, "tool_result"))
            kind = BLOCK_TOOL_RESULT;
          else
            kind = BLOCK_OTHER;
        }
      end_value (scanner, depth);
    }

  return kind;
}

/* Drops the thinking of one message; returns whether the content brings the result of a tool. */
static gboolean
read_content (Repair *self)
{
  QccJsonScanner *scanner = &self->scanner;
  const char *start = scanner->span.start;
  guint depth = scanner->depth;
  gboolean has_result = FALSE;
  QccJsonRun run = { 0 };
  QccJsonSpan name;
  QccJsonToken token;

  while (next_value (scanner, depth, &name, &token))
    {
      const char *block = scanner->span.start;
      BlockKind kind = token == QCC_JSON_TOKEN_OBJECT ? read_block (scanner) : BLOCK_OTHER;

      qcc_json_run_add (&run, block, end_value (scanner, depth), kind == BLOCK_THINKING, self->cuts);
      has_result |= kind == BLOCK_TOOL_RESULT;
    }

  if (qcc_json_run_has_dropped_all (&run))
    qcc_json_cuts_add (self->cuts, start, scanner->span.start + scanner->span.length, no_content);

  return has_result;
}

/* Returns whether it is a message of the user that brings the result of a tool. */
static gboolean
read_message (Repair *self)
{
  guint depth = self->scanner.depth;
  gboolean is_users = FALSE;
  gboolean has_result = FALSE;
  QccJsonSpan name;
  QccJsonToken token;

  while (next_value (&self->scanner, depth, &name, &token))
    {
      if (qcc_json_span_equals (&name, "role"))
        is_users = qcc_json_span_equals (&self->scanner.span, "user");
      else if (qcc_json_span_equals (&name, "content"))
        has_result = token == QCC_JSON_TOKEN_ARRAY && read_content (self);
      end_value (&self->scanner, depth);
    }

  return is_users && has_result;
}

static void
read_messages (Repair *self)
{
  guint depth = self->scanner.depth;
  QccJsonSpan name;
  QccJsonToken token;

  while (next_value (&self->scanner, depth, &name, &token))
    {
      self->ends_with_result = token == QCC_JSON_TOKEN_OBJECT && read_message (self);
      end_value (&self->scanner, depth);
    }
}

/* Returns whether the body is a valid object. Of members with one name all are mended, and the last one counts. */
static gboolean
read_body (Repair *self)
{
  const guint depth = 1;
  QccJsonSpan name;
  QccJsonToken token;

  if (qcc_json_scanner_next (&self->scanner) != QCC_JSON_TOKEN_OBJECT)
    return FALSE;

  while (next_value (&self->scanner, depth, &name, &token))
    {
      Member member = { .name = name.start, .value = self->scanner.span };
      const char *end;

      if (qcc_json_span_equals (&name, "thinking"))
        member.kind = MEMBER_THINKING;
      else if (qcc_json_span_equals (&name, "context_management"))
        member.kind = MEMBER_CONTEXT_MANAGEMENT;
      else if (qcc_json_span_equals (&name, "messages"))
        {
          self->ends_with_result = FALSE;
          if (token == QCC_JSON_TOKEN_ARRAY)
            read_messages (self);
        }
      end = end_value (&self->scanner, depth);
      member.value.length = (gsize) (end - member.value.start);
      g_array_append_val (self->members, member);
    }

  return qcc_json_scanner_next (&self->scanner) == QCC_JSON_TOKEN_END;
}

static gboolean
thinking_is_enabled (const Repair *self)
{
  static const char *const path[] = { "type", NULL };
  gboolean enabled = FALSE;

  for (guint i = 0; i < self->members->len; i++)
    {
      const Member *member = &g_array_index (self->members, Member, i);
      QccJsonSpan type;

      if (member->kind == MEMBER_THINKING)
        enabled = qcc_json_find (member->value.start, member->value.length, path, &type) &&
                  qcc_json_span_equals (&type, "enabled");
    }

  return enabled;
}

static gboolean
is_thinking_edit (const QccJsonSpan *edit)
{
  static const char *const path[] = { "type", NULL };
  g_autofree char *name = NULL;
  QccJsonSpan type;

  return qcc_json_find (edit->start, edit->length, path, &type) && qcc_json_span_get_string (&type, &name) &&
         g_str_has_prefix (name, "clear_thinking");
}

/* Drops the edits that need thinking; returns whether no others are left. */
static gboolean
cut_edits (const QccJsonSpan *edits,
           GArray *cuts)
{
  QccJsonRun run = { 0 };
  QccJsonIter iter;
  QccJsonSpan edit;

  qcc_json_iter_init (&iter, edits->start, edits->length);
  while (qcc_json_iter_next (&iter, NULL, &edit))
    qcc_json_run_add (&run, edit.start, edit.start + edit.length, is_thinking_edit (&edit), cuts);

  return qcc_json_run_has_dropped_all (&run);
}

/* Returns whether a context_management has no edits left, so that all of that name have to go: one that stayed would
 * count from then on. */
static gboolean
cut_context_management (Repair *self)
{
  gboolean emptied = FALSE;
  guint n_cuts = self->cuts->len;

  for (guint i = 0; i < self->members->len; i++)
    {
      const Member *member = &g_array_index (self->members, Member, i);
      QccJsonIter iter;
      QccJsonSpan name, value;

      if (member->kind != MEMBER_CONTEXT_MANAGEMENT || *member->value.start != '{')
        continue;

      qcc_json_iter_init (&iter, member->value.start, member->value.length);
      while (qcc_json_iter_next (&iter, &name, &value))
        if (*value.start == '[' && qcc_json_span_equals (&name, "edits"))
          emptied |= cut_edits (&value, self->cuts);
    }

  if (emptied)
    g_array_set_size (self->cuts, n_cuts);

  return emptied;
}

/* With thinking enabled, the turn that a tool's result belongs to has to begin with thinking, which is gone. Without,
 * an edit of thinking is refused (spec 4.3). */
static void
disable_thinking (Repair *self)
{
  gboolean drop_context_management = cut_context_management (self);
  QccJsonRun run = { 0 };

  for (guint i = 0; i < self->members->len; i++)
    {
      const Member *member = &g_array_index (self->members, Member, i);
      gboolean drop = member->kind == MEMBER_THINKING ||
                      (member->kind == MEMBER_CONTEXT_MANAGEMENT && drop_context_management);

      qcc_json_run_add (&run, member->name, member->value.start + member->value.length, drop, self->cuts);
    }
}

/**
 * qcc_thinking_repair:
 * @body: the body of a request for a message, any bytes
 *
 * Takes all blocks of the types `thinking` and `redacted_thinking` out of the contents in `messages`; a content that
 * consists of nothing else becomes a short text. Where `thinking.type` is `enabled` and the last message brings the
 * result of a tool, thinking is disabled too, and its edits in `context_management` go. Every other byte stays as it
 * is. Where a name occurs twice in an object all its members are mended.
 *
 * Returns: (transfer full) (nullable): the new body; %NULL when there is nothing to take out or @body is no valid JSON
 */
GBytes *
qcc_thinking_repair (GBytes *body)
{
  g_autoptr (GArray) cuts = qcc_json_cuts_new ();
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (Member));
  Repair self = { .cuts = cuts, .members = members };
  gsize length;
  const char *data;

  g_return_val_if_fail (body != NULL, NULL);

  data = g_bytes_get_data (body, &length);
  qcc_json_scanner_init (&self.scanner, data, length);
  if (!read_body (&self))
    return NULL;

  if (self.ends_with_result && thinking_is_enabled (&self))
    disable_thinking (&self);

  return cuts->len > 0 ? qcc_json_cuts_apply (cuts, body) : NULL;
}
