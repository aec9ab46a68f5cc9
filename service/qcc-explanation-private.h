/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-explanation.h"

G_BEGIN_DECLS

/*
 * One explanation, in two files:
 *
 *   qcc-explanation.c          how it is gathered
 *   qcc-explanation-variant.c  how it goes on the bus
 */

/* A thousand of these are kept: names are shared, and numbers no larger than they must be. */
typedef struct
{
  GRefString *profile;  /* (owned) */
  GRefString *endpoint; /* (owned) */
  gint32 wait;          /* seconds, -1 for no end */
  guint8 level;
  guint8 reason;
} QccExplainedCandidate;

typedef struct
{
  gint64 offset;
  QccRouteStep step;
  guint n_candidates;
  guint n_omitted;
  QccExplainedCandidate *candidates; /* (owned) (array length=n_candidates): the chosen one first, if one was */
} QccExplainedChoice;

typedef struct
{
  GRefString *profile;  /* (owned) */
  GRefString *endpoint; /* (owned) */
  GRefString *rule;     /* (owned) (nullable): %NULL for the attempt that was used */
  gint64 offset;
  gint64 duration;
  guint status;
  QccClass klass;
  QccScope scope;
} QccExplainedAttempt;

struct _QccExplanation
{
  guint64 id;
  gint64 time;
  GRefString *method;   /* (owned) */
  GRefString *path;     /* (owned) */
  GRefString *model;    /* (owned) */
  GRefString *session;  /* (owned) */
  GRefString *endpoint; /* (owned): that answered, or empty */
  GRefString *end;      /* (owned) */
  GRefString *start;    /* (owned) */
  const char *start_reason;
  guint status;
  gint64 total;
  GArray *choices;  /* (owned) (element-type QccExplainedChoice) */
  GArray *attempts; /* (owned) (element-type QccExplainedAttempt) */
  guint n_choices;  /* with those that are not kept */
  guint n_attempts;
};

G_END_DECLS
