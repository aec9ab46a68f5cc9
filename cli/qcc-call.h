/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "cli/qcc-table.h"

G_BEGIN_DECLS

typedef struct _QccVerb QccVerb;

/**
 * QccCall:
 * @verb: (unowned): what was called
 * @args: (owned) (array length=n_args zero-terminated=1): the words behind the verb's own, UTF-8, as many as it takes
 * @n_args: how many
 * @options: (owned): see qcc_options_parse()
 * @json: whether standard output is for a program
 * @quiet: whether to leave out what was not asked for
 * @color: whether standard output is a terminal that may be coloured
 * @exit_code: what the command ends with when the verb did not fail, a #QccCliExit
 *
 * One call of a verb. What a verb prints goes through here, so that `--json` and `--quiet` mean the same
 * everywhere: standard output has what was asked for, standard error has questions and errors.
 */
typedef struct
{
  const QccVerb *verb;
  char **args;
  guint n_args;
  GVariantDict *options;
  gboolean json;
  gboolean quiet;
  gboolean color;
  int exit_code;
} QccCall;

/* Of verbs that list what is kept. */
#define QCC_CALL_LIMIT_OPTION                                                        \
  {                                                                                  \
    "number", 'n', 0, G_OPTION_ARG_INT, NULL, N_ ("At most so many, 0 for all"), "N" \
  }

gboolean qcc_call_has_option (const QccCall *self, const char *name);
const char *qcc_call_get_text (const QccCall *self, const char *name);
const char **qcc_call_get_texts (const QccCall *self, const char *name);
gboolean qcc_call_get_number (const QccCall *self, const char *name, int *out_value);
char *qcc_call_dup_path (const QccCall *self, const char *name);
gboolean qcc_call_get_limit (const QccCall *self, guint *out_limit, GError **error);

void qcc_call_say (const QccCall *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void qcc_call_show_progress (const QccCall *self, const char *text);
void qcc_call_put (const QccCall *self, const char *text);
void qcc_call_put_table (const QccCall *self, const QccTable *table);
void qcc_call_put_json (const QccCall *self, JsonBuilder *builder);
void qcc_call_put_removed (const QccCall *self, const char *member, const char *value);

gboolean qcc_call_can_ask (const QccCall *self);
gboolean qcc_call_confirm (const QccCall *self, const char *question, GError **error);
gboolean qcc_call_agree (const QccCall *self, const char *question, GError **error);

G_END_DECLS
