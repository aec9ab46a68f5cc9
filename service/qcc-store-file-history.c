/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store-file-private.h"

/* What a newer version may have written, or a hand, is skipped; the rest is still worth having. */

static gboolean
is_text (const char *text)
{
  return text != NULL && g_utf8_validate (text, -1, NULL);
}

typedef struct
{
  GPtrArray *events;
  GEnumClass *types;
  guint64 highest_id;
} EventReader;

static void
read_event (sqlite3_stmt *row,
            gpointer user_data)
{
  EventReader *reader = user_data;
  gint64 id = sqlite3_column_int64 (row, 0);
  const char *nick = (const char *) sqlite3_column_text (row, 1);
  const char *source = (const char *) sqlite3_column_text (row, 2);
  const char *target = (const char *) sqlite3_column_text (row, 3);
  const char *reason = (const char *) sqlite3_column_text (row, 4);
  const GEnumValue *type = nick != NULL ? g_enum_get_value_by_nick (reader->types, nick) : NULL;

  if (id <= 0)
    return;

  reader->highest_id = MAX (reader->highest_id, (guint64) id);
  if (type == NULL || !is_text (source) || !is_text (target) || !is_text (reason))
    {
      g_debug ("Event %" G_GINT64_FORMAT " of the state file is none of this version and is skipped", id);
      return;
    }

  g_ptr_array_add (reader->events, qcc_event_new ((guint64) id, (QccEventType) type->value, source, target, reason,
                                                  sqlite3_column_int64 (row, 5), sqlite3_column_int (row, 6) != 0));
}

/**
 * qcc_store_file_read_events:
 * @self: a file
 * @out_highest_id: (out): the highest id that is taken, also by what is skipped; 0 when none is
 * @error: return location for an error
 *
 * Returns: (transfer full) (element-type QccEvent): the last %QCC_STORE_MAX_EVENTS, the newest first
 */
GPtrArray *
qcc_store_file_read_events (QccStoreFile *self,
                            guint64 *out_highest_id,
                            GError **error)
{
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GTypeClass) types = NULL;
  EventReader reader;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (out_highest_id != NULL, NULL);

  events = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_event_unref);
  types = g_type_class_ref (QCC_TYPE_EVENT_TYPE);
  reader = (EventReader){ events, G_ENUM_CLASS (types), 0 };
  sqlite3_bind_int (self->statements[QCC_STORE_SQL_READ_EVENTS], 1, QCC_STORE_MAX_EVENTS);
  if (!qcc_store_file_read (self, QCC_STORE_SQL_READ_EVENTS, read_event, &reader, error))
    return NULL;

  *out_highest_id = reader.highest_id;
  return g_steal_pointer (&events);
}

/**
 * qcc_store_file_write_event:
 * @self: a file
 * @event: an event, in the place of one that has its id
 * @error: return location for an error
 *
 * Returns: whether it is written
 */
gboolean
qcc_store_file_write_event (QccStoreFile *self,
                            const QccEvent *event,
                            GError **error)
{
  sqlite3_stmt *statement;
  g_autoptr (GTypeClass) types = NULL;
  const GEnumValue *type;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (event != NULL, FALSE);

  types = g_type_class_ref (QCC_TYPE_EVENT_TYPE);
  type = g_enum_get_value (G_ENUM_CLASS (types), (int) event->type);
  statement = self->statements[QCC_STORE_SQL_WRITE_EVENT];
  sqlite3_bind_int64 (statement, 1, (gint64) event->id);
  sqlite3_bind_text (statement, 2, type->value_nick, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 3, event->from, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 4, event->to, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 5, event->reason, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 6, event->time);
  sqlite3_bind_int (statement, 7, event->success ? 1 : 0);

  return qcc_store_file_run (self, QCC_STORE_SQL_WRITE_EVENT, error);
}

/**
 * qcc_store_file_trim_events:
 * @self: a file
 * @error: return location for an error
 *
 * Returns: whether there are no more than %QCC_STORE_MAX_EVENTS, the newest ones
 */
gboolean
qcc_store_file_trim_events (QccStoreFile *self,
                            GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  sqlite3_bind_int (self->statements[QCC_STORE_SQL_TRIM_EVENTS], 1, QCC_STORE_MAX_EVENTS);

  return qcc_store_file_run (self, QCC_STORE_SQL_TRIM_EVENTS, error);
}

typedef struct
{
  const char *endpoint;
  GPtrArray *samples;
} SampleReader;

static void
read_sample (sqlite3_stmt *row,
             gpointer user_data)
{
  const SampleReader *reader = user_data;
  const QccHealthSample sample = {
    .endpoint = (char *) reader->endpoint,
    .time = sqlite3_column_int64 (row, 0),
    .level = (char *) sqlite3_column_text (row, 1),
    .passed = sqlite3_column_int (row, 2) != 0,
    .status = (guint) sqlite3_column_int (row, 3),
    .latency_ms = sqlite3_column_int64 (row, 4),
    .detail = (char *) sqlite3_column_text (row, 5),
  };

  if (is_text (sample.level) && is_text (sample.detail))
    g_ptr_array_add (reader->samples, qcc_health_sample_copy (&sample));
  else
    g_debug ("A check of “%s” in the state file cannot be read and is skipped", reader->endpoint);
}

/**
 * qcc_store_file_read_samples:
 * @self: a file
 * @endpoint: id of an endpoint
 * @max: how many at most
 * @error: return location for an error
 *
 * Returns: (transfer full) (element-type QccHealthSample): its last checks, the newest first
 */
GPtrArray *
qcc_store_file_read_samples (QccStoreFile *self,
                             const char *endpoint,
                             guint max,
                             GError **error)
{
  g_autoptr (GPtrArray) samples = NULL;
  SampleReader reader;
  sqlite3_stmt *statement;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (endpoint != NULL, NULL);

  samples = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_health_sample_free);
  reader = (SampleReader){ endpoint, samples };
  statement = self->statements[QCC_STORE_SQL_READ_SAMPLES];
  sqlite3_bind_text (statement, 1, endpoint, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, max);
  if (!qcc_store_file_read (self, QCC_STORE_SQL_READ_SAMPLES, read_sample, &reader, error))
    return NULL;

  return g_steal_pointer (&samples);
}

/**
 * qcc_store_file_write_sample:
 * @self: a file
 * @sample: a check, behind those before
 * @error: return location for an error
 *
 * Returns: whether it is written
 */
gboolean
qcc_store_file_write_sample (QccStoreFile *self,
                             const QccHealthSample *sample,
                             GError **error)
{
  sqlite3_stmt *statement;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (sample != NULL, FALSE);

  statement = self->statements[QCC_STORE_SQL_WRITE_SAMPLE];
  sqlite3_bind_text (statement, 1, sample->endpoint, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, sample->time);
  sqlite3_bind_text (statement, 3, sample->level, -1, SQLITE_STATIC);
  sqlite3_bind_int (statement, 4, sample->passed ? 1 : 0);
  sqlite3_bind_int64 (statement, 5, sample->status);
  sqlite3_bind_int64 (statement, 6, sample->latency_ms);
  sqlite3_bind_text (statement, 7, sample->detail, -1, SQLITE_STATIC);

  return qcc_store_file_run (self, QCC_STORE_SQL_WRITE_SAMPLE, error);
}

/**
 * qcc_store_file_trim_samples:
 * @self: a file
 * @endpoint: id of an endpoint
 * @error: return location for an error
 *
 * Returns: whether it has no more than %QCC_STORE_MAX_SAMPLES, the newest ones
 */
gboolean
qcc_store_file_trim_samples (QccStoreFile *self,
                             const char *endpoint,
                             GError **error)
{
  sqlite3_stmt *statement;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (endpoint != NULL, FALSE);

  statement = self->statements[QCC_STORE_SQL_TRIM_SAMPLES];
  sqlite3_bind_text (statement, 1, endpoint, -1, SQLITE_STATIC);
  sqlite3_bind_int (statement, 2, QCC_STORE_MAX_SAMPLES);

  return qcc_store_file_run (self, QCC_STORE_SQL_TRIM_SAMPLES, error);
}

/**
 * qcc_store_file_remove_samples:
 * @self: a file
 * @endpoint: id of an endpoint
 * @error: return location for an error
 *
 * Returns: whether it has none any more
 */
gboolean
qcc_store_file_remove_samples (QccStoreFile *self,
                               const char *endpoint,
                               GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (endpoint != NULL, FALSE);

  sqlite3_bind_text (self->statements[QCC_STORE_SQL_REMOVE_SAMPLES], 1, endpoint, -1, SQLITE_STATIC);

  return qcc_store_file_run (self, QCC_STORE_SQL_REMOVE_SAMPLES, error);
}
