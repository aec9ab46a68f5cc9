/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-board.h"

typedef struct
{
  gboolean is_open; /* for good */
  guint n_standing; /* connections that stand at it */
} Gate;

struct _QccFakeBoard
{
  GMutex lock;   /* protects all below */
  GCond changed; /* a figure or a gate changed */
  guint64 figures[QCC_FAKE_FIGURE_N];
  GPtrArray *requests; /* (owned) (element-type QccFakeRequest) */
  GHashTable *wires;   /* (owned) (element-type QccFakeWire): a set of unowned ones, each from enter to leave */
  GHashTable *gates;   /* (owned) (element-type utf8 Gate): those that were spoken of; never removed */
  guint idle_epoch;    /* how often idle connections were closed */
  gboolean recording;
};

/**
 * qcc_fake_board_new:
 *
 * Returns: (transfer full): a board that records all
 */
QccFakeBoard *
qcc_fake_board_new (void)
{
  QccFakeBoard *self = g_new0 (QccFakeBoard, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_fake_request_unref);
  self->wires = g_hash_table_new (NULL, NULL);
  self->gates = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->recording = TRUE;
  return self;
}

/**
 * qcc_fake_board_free:
 * @self: (transfer full): a board without open connections
 */
void
qcc_fake_board_free (QccFakeBoard *self)
{
  g_assert (g_hash_table_size (self->wires) == 0);

  g_ptr_array_unref (self->requests);
  g_hash_table_unref (self->wires);
  g_hash_table_unref (self->gates);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
add_locked (QccFakeBoard *self,
            QccFakeFigure figure,
            gint64 n)
{
  self->figures[figure] += (guint64) n;
  g_cond_broadcast (&self->changed);
}

static void
wake_all_locked (QccFakeBoard *self)
{
  GHashTableIter iter;
  gpointer wire;

  g_hash_table_iter_init (&iter, self->wires);
  while (g_hash_table_iter_next (&iter, &wire, NULL))
    qcc_fake_wire_wake (wire);
}

/**
 * qcc_fake_board_accept:
 * @self: a board
 *
 * Counts a connection that was accepted.
 *
 * Returns: its number, 1 for the first
 */
guint
qcc_fake_board_accept (QccFakeBoard *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  add_locked (self, QCC_FAKE_FIGURE_CONNECTIONS, 1);
  return (guint) self->figures[QCC_FAKE_FIGURE_CONNECTIONS];
}

/**
 * qcc_fake_board_enter:
 * @self: a board
 * @wire: a connection that is open from now on; to be woken by what happens on the board
 */
void
qcc_fake_board_enter (QccFakeBoard *self,
                      QccFakeWire *wire)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_hash_table_add (self->wires, wire);
  add_locked (self, QCC_FAKE_FIGURE_OPEN, 1);
}

/**
 * qcc_fake_board_leave:
 * @self: a board
 * @wire: a connection that was closed
 */
void
qcc_fake_board_leave (QccFakeBoard *self,
                      QccFakeWire *wire)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_hash_table_remove (self->wires, wire);
  add_locked (self, QCC_FAKE_FIGURE_OPEN, -1);
}

/**
 * qcc_fake_board_record:
 * @self: a board
 * @request: a request that was read
 *
 * Counts @request, and keeps it unless qcc_fake_board_set_recording() said not to.
 */
void
qcc_fake_board_record (QccFakeBoard *self,
                       QccFakeRequest *request)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->recording)
    g_ptr_array_add (self->requests, qcc_fake_request_ref (request));
  add_locked (self, QCC_FAKE_FIGURE_REQUESTS, 1);
}

/**
 * qcc_fake_board_add_bytes:
 * @self: a board
 * @n: bytes of body that were sent
 */
void
qcc_fake_board_add_bytes (QccFakeBoard *self,
                          gsize n)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  add_locked (self, QCC_FAKE_FIGURE_BYTES, (gint64) n);
}

static Gate *
find_gate_locked (QccFakeBoard *self,
                  const char *name)
{
  Gate *gate = g_hash_table_lookup (self->gates, name);

  if (gate == NULL)
    {
      gate = g_new0 (Gate, 1);
      g_hash_table_insert (self->gates, g_strdup (name), gate);
    }

  return gate;
}

typedef struct
{
  QccFakeBoard *board; /* (unowned) */
  Gate *gate;          /* (unowned) */
} HoldData;

static gboolean
is_released (gpointer user_data)
{
  const HoldData *hold = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&hold->board->lock);

  return hold->gate->is_open;
}

static void
come_to_gate (HoldData *hold,
              const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&hold->board->lock);

  hold->gate = find_gate_locked (hold->board, name);
  hold->gate->n_standing++;
  g_cond_broadcast (&hold->board->changed);
}

static void
go_from_gate (HoldData *hold)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&hold->board->lock);

  hold->gate->n_standing--;
}

/**
 * qcc_fake_board_hold:
 * @self: a board
 * @wire: the connection that is to wait
 * @gate: a gate's name
 *
 * Waits until @gate is released.
 *
 * Returns: whether @wire is open
 */
gboolean
qcc_fake_board_hold (QccFakeBoard *self,
                     QccFakeWire *wire,
                     const char *gate)
{
  HoldData hold = { self };
  gboolean is_open;

  come_to_gate (&hold, gate);
  is_open = qcc_fake_wire_wait (wire, -1, is_released, &hold);
  go_from_gate (&hold);
  return is_open;
}

/**
 * qcc_fake_board_get_idle_epoch:
 * @self: a board
 *
 * A connection takes the epoch before it lets its client see the end of an answer, and closes when it finds
 * another one while it waits for the next request. So qcc_fake_board_close_idle() also gets a connection that its
 * client already takes for idle and whose thread has not come that far.
 *
 * Returns: how often idle connections were closed
 */
guint
qcc_fake_board_get_idle_epoch (QccFakeBoard *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->idle_epoch;
}

/**
 * qcc_fake_board_close_idle:
 * @self: a board
 *
 * Ends each connection that waits for a request.
 */
void
qcc_fake_board_close_idle (QccFakeBoard *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->idle_epoch++;
  wake_all_locked (self);
}

/**
 * qcc_fake_board_wake_all:
 * @self: a board
 *
 * Makes each waiting connection look whether it is cancelled.
 */
void
qcc_fake_board_wake_all (QccFakeBoard *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  wake_all_locked (self);
}

/**
 * qcc_fake_board_set_recording:
 * @self: a board
 * @recording: whether later requests are kept; they are counted anyway
 */
void
qcc_fake_board_set_recording (QccFakeBoard *self,
                              gboolean recording)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->recording = recording;
}

/**
 * qcc_fake_board_get_request:
 * @self: a board
 * @index: its place among the recorded ones, 0 is the first
 *
 * Returns: (transfer full) (nullable): the request, %NULL when there are not so many
 */
QccFakeRequest *
qcc_fake_board_get_request (QccFakeBoard *self,
                            guint index)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (index >= self->requests->len)
    return NULL;

  return qcc_fake_request_ref (g_ptr_array_index (self->requests, index));
}

/**
 * qcc_fake_board_get_figure:
 * @self: a board
 * @figure: what to look up
 *
 * Returns: the figure now
 */
guint64
qcc_fake_board_get_figure (QccFakeBoard *self,
                           QccFakeFigure figure)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->figures[figure];
}

static gint64
deadline_of (guint timeout_ms)
{
  return g_get_monotonic_time () + (gint64) timeout_ms * G_TIME_SPAN_MILLISECOND;
}

/**
 * qcc_fake_board_wait_at_least:
 * @self: a board
 * @figure: what to look at
 * @n: the value to wait for
 * @timeout_ms: when to give up, milliseconds
 *
 * Returns: whether @figure reached @n
 */
gboolean
qcc_fake_board_wait_at_least (QccFakeBoard *self,
                              QccFakeFigure figure,
                              guint64 n,
                              guint timeout_ms)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 deadline = deadline_of (timeout_ms);

  while (self->figures[figure] < n)
    {
      if (!g_cond_wait_until (&self->changed, &self->lock, deadline))
        return FALSE;
    }

  return TRUE;
}

/**
 * qcc_fake_board_wait_exactly:
 * @self: a board
 * @figure: what to look at
 * @n: the value to wait for
 * @timeout_ms: when to give up, milliseconds
 *
 * Returns: whether @figure became @n
 */
gboolean
qcc_fake_board_wait_exactly (QccFakeBoard *self,
                             QccFakeFigure figure,
                             guint64 n,
                             guint timeout_ms)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 deadline = deadline_of (timeout_ms);

  while (self->figures[figure] != n)
    {
      if (!g_cond_wait_until (&self->changed, &self->lock, deadline))
        return FALSE;
    }

  return TRUE;
}

/**
 * qcc_fake_board_release:
 * @self: a board
 * @gate: a gate's name
 *
 * Lets all go on that stand at @gate or will.
 */
void
qcc_fake_board_release (QccFakeBoard *self,
                        const char *gate)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  find_gate_locked (self, gate)->is_open = TRUE;
  wake_all_locked (self);
}

/**
 * qcc_fake_board_wait_gate:
 * @self: a board
 * @gate: a gate's name
 * @timeout_ms: when to give up, milliseconds
 *
 * Returns: whether a connection stands at @gate
 */
gboolean
qcc_fake_board_wait_gate (QccFakeBoard *self,
                          const char *gate,
                          guint timeout_ms)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 deadline = deadline_of (timeout_ms);

  while (find_gate_locked (self, gate)->n_standing == 0)
    {
      if (!g_cond_wait_until (&self->changed, &self->lock, deadline))
        return FALSE;
    }

  return TRUE;
}
