/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-book.h"

#define MESSAGES_PATH "/v1/messages"
#define ANY_PATH "*"

struct _QccFakeBook
{
  GMutex lock;         /* of all below */
  GHashTable *scripts; /* (owned) (element-type utf8 QccFakeScript): by path */
  GQueue pushed;       /* (element-type QccFakeScript): (owned): used once, in order */
  char *key;           /* (owned) (nullable) */
};

/* For scripts of our own. */
static QccFakeScript *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  QccFakeScript *script = qcc_fake_script_new_from_text (text, &error);

  g_assert_no_error (error);

  return script;
}

/**
 * qcc_fake_book_new:
 *
 * Returns: (transfer full): a book with an answer to every path that Claude Code asks for
 */
QccFakeBook *
qcc_fake_book_new (void)
{
  QccFakeBook *self = g_new0 (QccFakeBook, 1);

  g_mutex_init (&self->lock);
  g_queue_init (&self->pushed);
  self->scripts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) qcc_fake_script_unref);

  g_hash_table_insert (self->scripts, g_strdup (MESSAGES_PATH), parse ("auto Hello from the fake provider."));
  g_hash_table_insert (self->scripts, g_strdup (MESSAGES_PATH "/count_tokens"), parse ("count_tokens"));
  g_hash_table_insert (self->scripts, g_strdup ("/v1/models"),
                       parse ("json {\"data\":[{\"type\":\"model\",\"id\":\"claude-fake-1\"},"
                              "{\"type\":\"model\",\"id\":\"claude-fake-2\"}],\"has_more\":false}"));
  g_hash_table_insert (self->scripts, g_strdup ("/"), parse ("empty"));

  return self;
}

void
qcc_fake_book_free (QccFakeBook *self)
{
  g_queue_clear_full (&self->pushed, (GDestroyNotify) qcc_fake_script_unref);
  g_hash_table_unref (self->scripts);
  g_free (self->key);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * qcc_fake_book_set_key:
 * @self: a book
 * @key: (nullable): the only key that is let in, by either header
 */
void
qcc_fake_book_set_key (QccFakeBook *self,
                       const char *key)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_free (self->key);
  self->key = g_strdup (key);
}

/**
 * qcc_fake_book_push:
 * @self: a book
 * @script: how to answer one of the next requests for messages
 * @error: return location for an error
 *
 * Possible errors: those of qcc_fake_script_new_from_text().
 *
 * Returns: whether the script can be understood
 */
gboolean
qcc_fake_book_push (QccFakeBook *self,
                    const char *script,
                    GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  QccFakeScript *parsed = qcc_fake_script_new_from_text (script, error);

  if (parsed != NULL)
    g_queue_push_tail (&self->pushed, parsed);

  return parsed != NULL;
}

/**
 * qcc_fake_book_set:
 * @self: a book
 * @path: (nullable): which requests; %NULL for those for messages, `*` for all, whatever was set before
 * @script: how to answer them when no pushed script is left
 * @error: return location for an error
 *
 * Possible errors: those of qcc_fake_script_new_from_text().
 *
 * Returns: whether the script can be understood
 */
gboolean
qcc_fake_book_set (QccFakeBook *self,
                   const char *path,
                   const char *script,
                   GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  QccFakeScript *parsed = qcc_fake_script_new_from_text (script, error);

  if (parsed == NULL)
    return FALSE;

  if (g_strcmp0 (path, ANY_PATH) == 0)
    g_hash_table_remove_all (self->scripts);
  g_hash_table_replace (self->scripts, g_strdup (path != NULL ? path : MESSAGES_PATH), parsed);

  return TRUE;
}

static gboolean
has_key (const QccFakeBook *self,
         const QccFakeRequest *request)
{
  const char *bearer = qcc_fake_request_get_header (request, "Authorization");
  const char *api_key = qcc_fake_request_get_header (request, "x-api-key");
  g_autofree char *expected = NULL;

  if (self->key == NULL)
    return TRUE;

  expected = g_strconcat ("Bearer ", self->key, NULL);
  return g_strcmp0 (api_key, self->key) == 0 || g_strcmp0 (bearer, expected) == 0;
}

/**
 * qcc_fake_book_choose:
 * @self: a book
 * @request: a request
 *
 * Returns: (transfer full): how to answer it
 */
QccFakeScript *
qcc_fake_book_choose (QccFakeBook *self,
                      const QccFakeRequest *request)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autofree char *path = qcc_fake_request_dup_path (request);
  QccFakeScript *script;

  if (request->problem != NULL)
    return parse ("error 400 invalid_request_error The request is malformed.");
  if (!has_key (self, request))
    return parse ("error 401 authentication_error invalid x-api-key");
  if (g_str_equal (path, MESSAGES_PATH) && !g_queue_is_empty (&self->pushed))
    return g_queue_pop_head (&self->pushed);

  script = g_hash_table_lookup (self->scripts, path);
  if (script == NULL)
    script = g_hash_table_lookup (self->scripts, ANY_PATH);
  return script != NULL ? qcc_fake_script_ref (script) : parse ("error 404 not_found_error There is nothing here.");
}
