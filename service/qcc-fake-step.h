/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccFakeStepKind:
 *
 * The steps of a script, in the order of `qcc-fake-provider --help`. N, CODE, STATUS, SIZE and MS are decimal
 * numbers. TEXT, and whatever else stands last, is the rest of the line; other capitals are a word, or several in
 * double quotes. C escapes work in both, so a backslash that is meant is written twice.
 */
typedef enum
{
  /* The head; it goes out with the first byte of the body, or at the end. */
  QCC_FAKE_STEP_STATUS,         /* status CODE [REASON] */
  QCC_FAKE_STEP_HEADER,         /* header NAME: VALUE */
  QCC_FAKE_STEP_MANY_HEADERS,   /* many_headers N SIZE */
  QCC_FAKE_STEP_VERSION,        /* version 1.0|1.1 */
  QCC_FAKE_STEP_FRAMING,        /* framing chunked|length|close */
  QCC_FAKE_STEP_CONTENT_LENGTH, /* content_length N */
  QCC_FAKE_STEP_ENCODE,         /* encode gzip|deflate|br|zstd */
  QCC_FAKE_STEP_ENCODE_LIE,     /* encode_lie gzip|deflate|br|zstd */
  QCC_FAKE_STEP_INFORMATIONAL,  /* informational CODE [NAME: VALUE] */
  QCC_FAKE_STEP_HEAD,           /* head */
  QCC_FAKE_STEP_HALF_HEAD,      /* half_head */
  QCC_FAKE_STEP_RAW,            /* raw TEXT */
  QCC_FAKE_STEP_GARBAGE,        /* garbage N */
  /* The body. */
  QCC_FAKE_STEP_BODY,         /* body TEXT */
  QCC_FAKE_STEP_BYTES,        /* bytes N */
  QCC_FAKE_STEP_FILE,         /* file PATH */
  QCC_FAKE_STEP_JSON,         /* json TEXT */
  QCC_FAKE_STEP_HTML,         /* html STATUS */
  QCC_FAKE_STEP_EMPTY,        /* empty */
  QCC_FAKE_STEP_ERROR,        /* error STATUS TYPE MESSAGE */
  QCC_FAKE_STEP_COUNT_TOKENS, /* count_tokens */
  QCC_FAKE_STEP_AUTO,         /* auto TEXT */
  /* An event stream. */
  QCC_FAKE_STEP_SAY,             /* say TEXT */
  QCC_FAKE_STEP_USE_TOOL,        /* use_tool NAME INPUT */
  QCC_FAKE_STEP_THINK_AND_SAY,   /* think_and_say THOUGHT TEXT */
  QCC_FAKE_STEP_MESSAGE_START,   /* message_start [MODEL] */
  QCC_FAKE_STEP_TEXT_BLOCK,      /* text_block TEXT */
  QCC_FAKE_STEP_THINKING_BLOCK,  /* thinking_block TEXT */
  QCC_FAKE_STEP_TOOL_BLOCK,      /* tool_block NAME INPUT */
  QCC_FAKE_STEP_BLOCK_START,     /* block_start text|thinking|tool_use */
  QCC_FAKE_STEP_DELTA,           /* delta TEXT */
  QCC_FAKE_STEP_BLOCK_STOP,      /* block_stop */
  QCC_FAKE_STEP_MESSAGE_DELTA,   /* message_delta STOP_REASON */
  QCC_FAKE_STEP_MESSAGE_STOP,    /* message_stop */
  QCC_FAKE_STEP_PING,            /* ping */
  QCC_FAKE_STEP_COMMENT,         /* comment [TEXT] */
  QCC_FAKE_STEP_EVENT,           /* event NAME [DATA] */
  QCC_FAKE_STEP_ERROR_EVENT,     /* error_event TYPE MESSAGE */
  QCC_FAKE_STEP_MALFORMED_EVENT, /* malformed_event */
  QCC_FAKE_STEP_DELTAS,          /* deltas N */
  QCC_FAKE_STEP_REPEAT,          /* repeat N: from here on order and time */
  QCC_FAKE_STEP_END,             /* end */
  QCC_FAKE_STEP_INTERVAL,        /* interval MS */
  QCC_FAKE_STEP_WAIT,            /* wait MS */
  QCC_FAKE_STEP_HOLD,            /* hold GATE */
  QCC_FAKE_STEP_STALL,           /* stall */
  /* Faults of the transport. */
  QCC_FAKE_STEP_CUT,             /* cut N reset|fin */
  QCC_FAKE_STEP_DRIP,            /* drip N */
  QCC_FAKE_STEP_RESET,           /* reset */
  QCC_FAKE_STEP_FIN,             /* fin */
  QCC_FAKE_STEP_NO_FINAL_CHUNK,  /* no_final_chunk */
  QCC_FAKE_STEP_KEEPALIVE_CLOSE, /* keepalive_close */
} QccFakeStepKind;

#define QCC_FAKE_STEP_N_KINDS (QCC_FAKE_STEP_KEEPALIVE_CLOSE + 1)
/**
 * QccFakeStepInfo:
 * @name: the word that the line begins with
 * @args: one letter an argument: `n` number, `w` word, `c` one of @choices, and last `t` text, `b` bytes,
 *   `h` header or `f` file; a `?` makes the rest optional
 * @choices: (nullable): the words that a `c` may be, divided by `|`
 * @usage, @summary: what the help shows
 */
typedef struct
{
  const char *name;
  const char *args;
  const char *choices;
  const char *usage;
  const char *summary;
} QccFakeStepInfo;

/**
 * QccFakeStep:
 * @numbers: in the order of the line, 0 where there is none
 * @choice: index of the word among the kind's choices
 * @word, @text: (owned) (nullable): escapes resolved; a header's name and value
 * @data: (owned) (nullable): what `file` names
 * @steps: (owned) (nullable) (element-type QccFakeStep): what `repeat` repeats
 */
typedef struct
{
  QccFakeStepKind kind;
  guint64 numbers[2];
  guint choice;
  char *word;
  char *text;
  GBytes *data;
  GPtrArray *steps;
} QccFakeStep;

QccFakeStep *qcc_fake_step_new (QccFakeStepKind kind);
void qcc_fake_step_free (QccFakeStep *self);
const QccFakeStepInfo *qcc_fake_step_get_info (QccFakeStepKind kind);
gboolean qcc_fake_step_lookup (const char *name, QccFakeStepKind *out_kind);
char *qcc_fake_step_describe_all (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeStep, qcc_fake_step_free)

G_END_DECLS
