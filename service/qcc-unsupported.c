/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-unsupported.h"

typedef struct
{
  char *model; /* (owned) (nullable) */
  gsize min_size;
  gint64 until;
} Note;

struct _QccUnsupported
{
  GPtrArray *notes; /* (owned) (element-type Note): the newest last */
};

static void
note_free (gpointer data)
{
  Note *note = data;

  g_free (note->model);
  g_free (note);
}

/**
 * qcc_unsupported_new:
 *
 * Returns: (transfer full): nothing is known to be refused
 */
QccUnsupported *
qcc_unsupported_new (void)
{
  QccUnsupported *self = g_new0 (QccUnsupported, 1);

  self->notes = g_ptr_array_new_with_free_func (note_free);

  return self;
}

/**
 * qcc_unsupported_free:
 * @self: (transfer full): what is refused
 */
void
qcc_unsupported_free (QccUnsupported *self)
{
  g_return_if_fail (self != NULL);

  g_ptr_array_unref (self->notes);
  g_free (self);
}

/**
 * qcc_unsupported_note:
 * @self: what is refused
 * @model: (nullable): the model of the request that was refused
 * @min_size: 0 when the model is not known there; else bodies of that many bytes or more are too large
 * @now: microseconds
 *
 * Holds for %QCC_UNSUPPORTED_USEC.
 */
void
qcc_unsupported_note (QccUnsupported *self,
                      const char *model,
                      gsize min_size,
                      gint64 now)
{
  Note *note;

  g_return_if_fail (self != NULL);

  for (guint i = 0; i < self->notes->len; i++)
    {
      note = g_ptr_array_index (self->notes, i);
      if (g_strcmp0 (note->model, model) == 0 && (note->min_size > 0) == (min_size > 0))
        {
          /* Of two sizes the smaller says more. */
          min_size = note->until > now ? MIN (min_size, note->min_size) : min_size;
          g_ptr_array_remove_index (self->notes, i);
          break;
        }
    }

  if (self->notes->len == QCC_UNSUPPORTED_MAX)
    g_ptr_array_remove_index (self->notes, 0);

  note = g_new0 (Note, 1);
  note->model = g_strdup (model);
  note->min_size = min_size;
  note->until = now + QCC_UNSUPPORTED_USEC;
  g_ptr_array_add (self->notes, note);
}

/**
 * qcc_unsupported_matches:
 * @self: what is refused
 * @model: (nullable): the model of a request
 * @size: bytes of its body
 * @now: microseconds
 *
 * Returns: whether such a request was refused lately
 */
gboolean
qcc_unsupported_matches (const QccUnsupported *self,
                         const char *model,
                         gsize size,
                         gint64 now)
{
  g_return_val_if_fail (self != NULL, FALSE);

  for (guint i = 0; i < self->notes->len; i++)
    {
      const Note *note = g_ptr_array_index (self->notes, i);

      if (note->until > now && size >= note->min_size && g_strcmp0 (note->model, model) == 0)
        return TRUE;
    }

  return FALSE;
}

/**
 * qcc_unsupported_forget:
 * @self: what is refused
 * @model: (nullable): a model that was answered for
 *
 * That it is not known there is no longer true.
 */
void
qcc_unsupported_forget (QccUnsupported *self,
                        const char *model)
{
  g_return_if_fail (self != NULL);

  for (guint i = 0; i < self->notes->len; i++)
    {
      const Note *note = g_ptr_array_index (self->notes, i);

      if (note->min_size == 0 && g_strcmp0 (note->model, model) == 0)
        {
          g_ptr_array_remove_index (self->notes, i);
          return;
        }
    }
}

/**
 * qcc_unsupported_clear:
 * @self: what is refused
 *
 * Nothing is known to be refused any more.
 */
void
qcc_unsupported_clear (QccUnsupported *self)
{
  g_return_if_fail (self != NULL);

  g_ptr_array_set_size (self->notes, 0);
}
