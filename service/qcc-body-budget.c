/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-body-budget.h"

/* All buffered request bodies together stay under one limit (spec 2.4), and reading never gets
 * stuck although bodies of unknown length ask for room in steps.
 *
 * Each holder has a cap: the largest body allowed when it came. The oldest holder is always granted
 * what it asks for, within its cap ("free" grants). Any other is granted only while the total stays
 * within the limit less the largest cap among the holders ("bound" grants).
 *
 * The total never exceeds the limit. Let O be the oldest holder now and C its cap. Holders leave with
 * all they have, so what is held now was granted to holders that are still here: O and younger ones.
 * Take the last bound grant among these.
 * - There is none: only O holds anything, at most C, and C is within the limit.
 * - It was made while O was already here. Then it left the total at limit - C or less. Since
 *   then only free grants were made; of these, what is still held is O's own, and with what O
 *   held before it is at most C. So the total is at most limit - C + C.
 * - It was not made before O came, since its receiver is O or younger.
 *
 * Nobody waits for ever: the oldest holder never waits once qcc_body_budget_next_ready() has been
 * asked, each holder leaves in bounded time once it has its body, and then the next is the oldest.
 *
 * The cap is remembered per holder because the setting may change while bodies are being read.
 */

typedef struct
{
  guint64 ticket;
  gsize cap;
  gsize held;
  gsize wanted; /* bytes that it waits for, 0 when it does not wait */
} Holder;

struct _QccBodyBudget
{
  gsize limit;
  gsize headroom; /* cap of the next holder */
  gsize total;    /* always the sum of what all holders hold */
  guint64 last_ticket;
  GQueue holders; /* (owned) (element-type Holder): the oldest first */
};

/**
 * qcc_body_budget_new:
 * @limit: bytes that all bodies together may take
 * @headroom: size in bytes of the largest body that is allowed, at most @limit
 *
 * Returns: (transfer full): a new budget of which nothing is taken
 */
QccBodyBudget *
qcc_body_budget_new (gsize limit,
                     gsize headroom)
{
  QccBodyBudget *self;

  g_return_val_if_fail (headroom <= limit, NULL);

  self = g_new0 (QccBodyBudget, 1);
  self->limit = limit;
  self->headroom = headroom;
  g_queue_init (&self->holders);

  return self;
}

/**
 * qcc_body_budget_free:
 * @self: (transfer full): the budget
 */
void
qcc_body_budget_free (QccBodyBudget *self)
{
  g_return_if_fail (self != NULL);

  g_queue_clear_full (&self->holders, g_free);
  g_free (self);
}

static Holder *
find_holder (const QccBodyBudget *self,
             guint64 ticket)
{
  for (const GList *l = self->holders.head; l != NULL; l = l->next)
    {
      Holder *holder = l->data;

      if (holder->ticket == ticket)
        return holder;
    }

  return NULL;
}

static gboolean
may_grant (const QccBodyBudget *self,
           const Holder *holder,
           gsize bytes)
{
  gsize largest_cap = 0;

  if (bytes == 0 || holder == self->holders.head->data)
    return TRUE;

  for (const GList *l = self->holders.head; l != NULL; l = l->next)
    largest_cap = MAX (largest_cap, ((const Holder *) l->data)->cap);

  return self->total <= self->limit - largest_cap && bytes <= self->limit - largest_cap - self->total;
}

static void
grant (QccBodyBudget *self,
       Holder *holder,
       gsize bytes)
{
  holder->held += bytes;
  holder->wanted = 0;
  self->total += bytes;

  g_assert (self->total <= self->limit);
}

/**
 * qcc_body_budget_set_headroom:
 * @self: the budget
 * @headroom: size in bytes of the largest body that is allowed, at most the limit
 *
 * Holds for those that enter from now on.
 */
void
qcc_body_budget_set_headroom (QccBodyBudget *self,
                              gsize headroom)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (headroom <= self->limit);

  self->headroom = headroom;
}

/**
 * qcc_body_budget_get_total:
 * @self: the budget
 *
 * Returns: bytes that are taken now, never more than the limit
 */
gsize
qcc_body_budget_get_total (const QccBodyBudget *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->total;
}

/**
 * qcc_body_budget_enter:
 * @self: the budget
 *
 * Takes a place in the order of arrival. To be called before the body of a request is read, and
 * only for a request that has one: whoever is the oldest is the one that never waits.
 *
 * Returns: a ticket, never 0, that is good until qcc_body_budget_release()
 */
guint64
qcc_body_budget_enter (QccBodyBudget *self)
{
  Holder *holder;

  g_return_val_if_fail (self != NULL, 0);

  holder = g_new0 (Holder, 1);
  holder->ticket = ++self->last_ticket;
  holder->cap = self->headroom;
  g_queue_push_tail (&self->holders, holder);

  return holder->ticket;
}

/**
 * qcc_body_budget_reserve:
 * @self: the budget
 * @ticket: a ticket that does not wait
 * @bytes: how much more of the body is about to be read. All that one ticket takes must stay within
 *   the largest body that was allowed when it entered
 *
 * Returns: %TRUE when @bytes are now taken for @ticket; %FALSE when it waits for them and reading
 *   must pause until qcc_body_budget_next_ready() gives @ticket
 */
gboolean
qcc_body_budget_reserve (QccBodyBudget *self,
                         guint64 ticket,
                         gsize bytes)
{
  Holder *holder;

  g_return_val_if_fail (self != NULL, FALSE);

  holder = find_holder (self, ticket);
  g_return_val_if_fail (holder != NULL, FALSE);
  g_return_val_if_fail (holder->wanted == 0, FALSE);
  g_return_val_if_fail (bytes <= holder->cap - holder->held, FALSE);

  if (!may_grant (self, holder, bytes))
    {
      holder->wanted = bytes;
      return FALSE;
    }

  grant (self, holder, bytes);
  return TRUE;
}

/**
 * qcc_body_budget_release:
 * @self: the budget
 * @ticket: a ticket; it may wait
 *
 * Gives back all that @ticket holds and ends it: its body is freed, or it will not be read. Others
 * may be ready now, so ask qcc_body_budget_next_ready() until it gives 0.
 */
void
qcc_body_budget_release (QccBodyBudget *self,
                         guint64 ticket)
{
  Holder *holder;

  g_return_if_fail (self != NULL);

  holder = find_holder (self, ticket);
  g_return_if_fail (holder != NULL);

  self->total -= holder->held;
  g_queue_remove (&self->holders, holder);
  g_free (holder);
}

/**
 * qcc_body_budget_next_ready:
 * @self: the budget
 *
 * Finds the oldest waiting ticket that can have what it waits for, and takes that for it.
 *
 * Returns: the ticket, whose reading can go on, or 0 when there is none
 */
guint64
qcc_body_budget_next_ready (QccBodyBudget *self)
{
  g_return_val_if_fail (self != NULL, 0);

  for (GList *l = self->holders.head; l != NULL; l = l->next)
    {
      Holder *holder = l->data;

      if (holder->wanted == 0 || !may_grant (self, holder, holder->wanted))
        continue;

      grant (self, holder, holder->wanted);
      return holder->ticket;
    }

  return 0;
}
