/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-call.h"
#include "cli/qcc-cli-error.h"

G_BEGIN_DECLS

/**
 * QccVerbExample:
 * @command: what to type, as it is
 * @text: what it does, translatable; must not end with a full stop
 */
typedef struct
{
  const char *command;
  const char *text;
} QccVerbExample;

/* The exit codes that a verb can end with, as bits; 0 and 2 are those of every verb. */
#define QCC_VERB_EXIT(exit_code) (1u << (exit_code))
#define QCC_VERB_EXITS_LOCAL QCC_VERB_EXIT (QCC_CLI_EXIT_FAILED)
#define QCC_VERB_EXITS_SERVICE (QCC_VERB_EXITS_LOCAL | QCC_VERB_EXIT (QCC_CLI_EXIT_NO_SERVICE))
#define QCC_VERB_EXITS_LOOKUP (QCC_VERB_EXITS_SERVICE | QCC_VERB_EXIT (QCC_CLI_EXIT_NOT_FOUND))

/**
 * QccVerb:
 * @path: the words that name it, like `endpoint add`
 * @synopsis: (nullable): what stands behind them, like `PROFILE [ID]`; options that must be given too
 * @summary: translatable, at most 50 columns, no full stop
 * @description: (nullable): translatable; paragraphs, folded by the help
 * @examples: (array zero-terminated=1): at least one
 * @options: (nullable) (array zero-terminated=1): see qcc-options.h
 * @min_args: how many words must follow
 * @max_args: how many may
 * @exits: see %QCC_VERB_EXIT
 * @run: does it; returns whether it went well, else sets the error, from which the exit code follows
 *
 * One thing that the command can do. All texts are constant; N_() marks what is translatable.
 */
struct _QccVerb
{
  const char *path;
  const char *synopsis;
  const char *summary;
  const char *description;
  const QccVerbExample *examples;
  const GOptionEntry *options;
  guint min_args;
  guint max_args;
  guint exits;
  gboolean (*run) (QccCall *call, GError **error);
};

/**
 * QccVerbGroup:
 * @title: translatable, for the overview
 * @verbs: (array length=n_verbs): in the order of the overview
 * @n_verbs: how many
 *
 * The verbs of one file `qcc-verbs-<group>.c`. A new group is declared below and listed in qcc-verb-list.c.
 */
typedef struct
{
  const char *title;
  const QccVerb *verbs;
  guint n_verbs;
} QccVerbGroup;

extern const QccVerbGroup qcc_verbs_completion;
extern const QccVerbGroup qcc_verbs_config;
extern const QccVerbGroup qcc_verbs_demo;
extern const QccVerbGroup qcc_verbs_endpoint;
extern const QccVerbGroup qcc_verbs_endpoint_test;
extern const QccVerbGroup qcc_verbs_env;
extern const QccVerbGroup qcc_verbs_explain;
extern const QccVerbGroup qcc_verbs_health;
extern const QccVerbGroup qcc_verbs_help;
extern const QccVerbGroup qcc_verbs_keys;
extern const QccVerbGroup qcc_verbs_priority;
extern const QccVerbGroup qcc_verbs_profile;
extern const QccVerbGroup qcc_verbs_proxy;
extern const QccVerbGroup qcc_verbs_simulate;
extern const QccVerbGroup qcc_verbs_status;
extern const QccVerbGroup qcc_verbs_token;

const QccVerbGroup *const *qcc_verb_list_groups (void);

const QccVerb *qcc_verb_find (const char *const *words, guint *out_n_words);
char **qcc_verb_suggest (const char *const *words);

char *qcc_verb_dup_overview (const char *prefix);
char *qcc_verb_dup_help (const QccVerb *self);

G_END_DECLS
