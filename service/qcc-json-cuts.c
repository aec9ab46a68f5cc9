/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-json-cuts.h"

#include <string.h>

/**
 * qcc_json_cuts_new:
 *
 * Returns: (transfer full) (element-type QccJsonCut): nothing to take out
 */
GArray *
qcc_json_cuts_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (QccJsonCut));
}

/**
 * qcc_json_cuts_add:
 * @cuts: (element-type QccJsonCut): what was collected so far, in any order
 * @start: where it begins, in the document's buffer
 * @end: behind its last byte
 * @instead: (nullable): what to put there; must outlive @cuts
 *
 * Adds a part that overlaps none of the others.
 */
void
qcc_json_cuts_add (GArray *cuts,
                   const char *start,
                   const char *end,
                   const char *instead)
{
  QccJsonCut cut = { { start, (gsize) (end - start) }, instead };

  g_return_if_fail (cuts != NULL);

  g_array_append_val (cuts, cut);
}

/**
 * qcc_json_run_add:
 * @self: the items before
 * @start: where the next item begins, a member at its name
 * @end: behind its last byte
 * @drop: whether it goes
 * @cuts: (element-type QccJsonCut): gets what goes, with the commas
 *
 * When all items go nothing is added: what the empty container becomes is the caller's matter.
 */
void
qcc_json_run_add (QccJsonRun *self,
                  const char *start,
                  const char *end,
                  gboolean drop,
                  GArray *cuts)
{
  g_return_if_fail (self != NULL && cuts != NULL);

  if (drop && self->kept)
    qcc_json_cuts_add (cuts, self->last_end, end, NULL);
  else if (drop && self->dropped == NULL)
    self->dropped = start;
  else if (!drop && self->dropped != NULL && !self->kept)
    qcc_json_cuts_add (cuts, self->dropped, start, NULL);

  self->kept |= !drop;
  self->last_end = end;
}

/**
 * qcc_json_run_has_dropped_all:
 * @self: all items of a container
 *
 * Returns: whether there were items and none stays
 */
gboolean
qcc_json_run_has_dropped_all (const QccJsonRun *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->dropped != NULL && !self->kept;
}

static int
compare_cuts (gconstpointer a,
              gconstpointer b)
{
  const QccJsonCut *one = a;
  const QccJsonCut *other = b;

  return (one->span.start > other->span.start) - (one->span.start < other->span.start);
}

static gsize
count_left (const GArray *cuts,
            gsize length)
{
  for (guint i = 0; i < cuts->len; i++)
    {
      const QccJsonCut *cut = &g_array_index (cuts, QccJsonCut, i);

      length -= cut->span.length;
      length += cut->instead != NULL ? strlen (cut->instead) : 0;
    }

  return length;
}

/**
 * qcc_json_cuts_apply:
 * @cuts: (element-type QccJsonCut): what to take out; is sorted
 * @document: the document
 *
 * Returns: (transfer full): a copy of @document without it
 */
GBytes *
qcc_json_cuts_apply (GArray *cuts,
                     GBytes *document)
{
  gsize length, size;
  const char *from;
  const char *end;
  char *copy, *to;

  g_return_val_if_fail (cuts != NULL, NULL);
  g_return_val_if_fail (document != NULL, NULL);

  from = g_bytes_get_data (document, &length);
  end = from + length;
  size = count_left (cuts, length);
  copy = to = g_malloc (size);

  g_array_sort (cuts, compare_cuts);
  for (guint i = 0; i < cuts->len; i++)
    {
      const QccJsonCut *cut = &g_array_index (cuts, QccJsonCut, i);

      g_assert (cut->span.start >= from && cut->span.length <= (gsize) (end - cut->span.start));
      to = (char *) memcpy (to, from, (gsize) (cut->span.start - from)) + (cut->span.start - from);
      if (cut->instead != NULL)
        to = (char *) memcpy (to, cut->instead, strlen (cut->instead)) + strlen (cut->instead);
      from = cut->span.start + cut->span.length;
    }
  memcpy (to, from, (gsize) (end - from));

  return g_bytes_new_take (copy, size);
}
