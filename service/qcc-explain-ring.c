/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-explain-ring.h"

struct _QccExplainRing
{
  GQueue explanations; /* (owned) (element-type QccExplanation): the newest first */
  guint size;
};

/**
 * qcc_explain_ring_new:
 * @size: how many are kept, not 0
 *
 * Returns: (transfer full): an empty ring
 */
QccExplainRing *
qcc_explain_ring_new (guint size)
{
  QccExplainRing *self;

  g_return_val_if_fail (size > 0, NULL);

  self = g_new0 (QccExplainRing, 1);
  g_queue_init (&self->explanations);
  self->size = size;

  return self;
}

static void
unref_explanation (gpointer data)
{
  qcc_explanation_unref (data);
}

/**
 * qcc_explain_ring_free:
 * @self: (transfer full): a ring
 */
void
qcc_explain_ring_free (QccExplainRing *self)
{
  g_return_if_fail (self != NULL);

  g_queue_clear_full (&self->explanations, unref_explanation);
  g_free (self);
}

/**
 * qcc_explain_ring_add:
 * @self: a ring
 * @explanation: (transfer none): the newest
 *
 * The oldest gives way when there are too many.
 */
void
qcc_explain_ring_add (QccExplainRing *self,
                      QccExplanation *explanation)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (explanation != NULL);

  g_queue_push_head (&self->explanations, qcc_explanation_ref (explanation));
  if (self->explanations.length > self->size)
    qcc_explanation_unref (g_queue_pop_tail (&self->explanations));
}

/**
 * qcc_explain_ring_find:
 * @self: a ring
 * @id: number of an exchange, 0 for the newest
 *
 * Returns: (transfer none) (nullable): its explanation, %NULL when there is none or it is no longer kept
 */
QccExplanation *
qcc_explain_ring_find (QccExplainRing *self,
                       guint64 id)
{
  g_return_val_if_fail (self != NULL, NULL);

  for (GList *link = self->explanations.head; link != NULL; link = link->next)
    if (id == 0 || qcc_explanation_get_id (link->data) == id)
      return link->data;

  return NULL;
}

/**
 * qcc_explain_ring_list:
 * @self: a ring
 * @max: at most so many
 *
 * Returns: (transfer container) (element-type QccExplanation): the newest first; the ring owns them
 */
GPtrArray *
qcc_explain_ring_list (QccExplainRing *self,
                       guint max)
{
  GPtrArray *list;

  g_return_val_if_fail (self != NULL, NULL);

  list = g_ptr_array_new ();
  for (GList *link = self->explanations.head; link != NULL && list->len < max; link = link->next)
    g_ptr_array_add (list, link->data);

  return list;
}
