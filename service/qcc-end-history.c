/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-end-history.h"

/* Spec 2.6: the third within a minute. */
#define WINDOW_SECONDS 60
#define ALLOWED_IN_WINDOW 2

#define MAX_SESSIONS 1000

typedef struct
{
  gint64 times[ALLOWED_IN_WINDOW]; /* newest first; G_MININT64 for none */
} Ends;

struct _QccEndHistory
{
  GHashTable *sessions; /* (owned) (element-type utf8 Ends) */
};

QccEndHistory *
qcc_end_history_new (void)
{
  QccEndHistory *self = g_new0 (QccEndHistory, 1);

  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  return self;
}

static void
forget_old (QccEndHistory *self,
            gint64 since)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((const Ends *) value)->times[0] < since)
      g_hash_table_iter_remove (&iter);

  /* Sessions are as cheap to make up as requests are. */
  if (g_hash_table_size (self->sessions) >= MAX_SESSIONS)
    g_hash_table_remove_all (self->sessions);
}

/**
 * qcc_end_history_note:
 * @self: a history
 * @session: (nullable): whose stream ends; %NULL is never too often
 * @now: monotonic time in microseconds
 *
 * Returns: %TRUE when the stream may end with an error event, which is noted; %FALSE when there
 *   were too many
 */
gboolean
qcc_end_history_note (QccEndHistory *self,
                      const char *session,
                      gint64 now)
{
  gint64 since = now - (gint64) WINDOW_SECONDS * G_USEC_PER_SEC;
  Ends *ends;

  g_return_val_if_fail (self != NULL, TRUE);

  if (session == NULL)
    return TRUE;

  ends = g_hash_table_lookup (self->sessions, session);
  if (ends == NULL)
    {
      forget_old (self, since);
      ends = g_new (Ends, 1);
      for (gsize i = 0; i < ALLOWED_IN_WINDOW; i++)
        ends->times[i] = G_MININT64;
      g_hash_table_insert (self->sessions, g_strdup (session), ends);
    }

  if (ends->times[ALLOWED_IN_WINDOW - 1] > since)
    return FALSE;

  for (gsize i = ALLOWED_IN_WINDOW - 1; i > 0; i--)
    ends->times[i] = ends->times[i - 1];
  ends->times[0] = now;

  return TRUE;
}

void
qcc_end_history_free (QccEndHistory *self)
{
  g_return_if_fail (self != NULL);

  g_hash_table_unref (self->sessions);
  g_free (self);
}
