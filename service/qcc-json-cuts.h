/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-json-span.h"

G_BEGIN_DECLS

/*
 * What is to be taken out of a JSON document, collected while it is read and done at once at the end, so that every
 * byte that is not named stays as it is.
 */

/**
 * QccJsonCut:
 * @span: (unowned): what goes, in the document's buffer
 * @instead: (unowned) (nullable): what stands there then
 */
typedef struct
{
  QccJsonSpan span;
  const char *instead;
} QccJsonCut;

/**
 * QccJsonRun:
 * @dropped: (unowned) (nullable): start of the first item that is dropped
 * @last_end: (unowned) (nullable): behind the last item
 * @kept: whether an item stays
 *
 * The items of one object or array as far as they were seen; all zero before the first. With each item that is
 * dropped goes exactly one comma: the one before it, or where nothing before it stays, the one behind it.
 */
typedef struct
{
  const char *dropped;
  const char *last_end;
  gboolean kept;
} QccJsonRun;

void qcc_json_run_add (QccJsonRun *self, const char *start, const char *end, gboolean drop, GArray *cuts);
gboolean qcc_json_run_has_dropped_all (const QccJsonRun *self);

GArray *qcc_json_cuts_new (void);
void qcc_json_cuts_add (GArray *cuts, const char *start, const char *end, const char *instead);
GBytes *qcc_json_cuts_apply (GArray *cuts, GBytes *document);

G_END_DECLS
