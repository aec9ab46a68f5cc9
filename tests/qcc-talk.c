/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-talk.h"

#define LIMIT_SECONDS 60

struct _QccTalk
{
  QccRawClient *client; /* (owned): of the thread until it has ended */
  char *path;           /* (owned) */
  char *headers;        /* (owned) */
  char *body;           /* (owned) */
  char *until;          /* (owned) (nullable) */
  QccRawAnswer *answer; /* (owned) (nullable): likewise; %NULL when there was none */
  char *endpoint;       /* (owned) (nullable): whose answer it is */
  GThread *thread;      /* (owned) (nullable) */
  int reached;          /* atomic: @until has come */
  int over;             /* atomic: all has come */
};

static gpointer
talk_thread (gpointer user_data)
{
  QccTalk *self = user_data;

  qcc_raw_client_post (self->client, self->path, self->headers, self->body);
  self->answer = qcc_raw_client_read_head (self->client);
  if (self->answer != NULL)
    {
      self->endpoint = qcc_raw_answer_get_header (self->answer, "x-qcc-endpoint");
      if (self->until != NULL)
        qcc_raw_client_read_until (self->client, self->answer, self->until);
      g_atomic_int_set (&self->reached, TRUE);
      g_main_context_wakeup (NULL);
      qcc_raw_client_read_rest (self->client, self->answer);
    }

  g_atomic_int_set (&self->over, TRUE);
  g_main_context_wakeup (NULL);

  return NULL;
}

/**
 * qcc_talk_new:
 * @fixture: the running service
 * @path: what to ask for
 * @headers: lines that end in CRLF, or an empty string
 * @body: what to send
 * @until: (nullable): text of the answer that qcc_talk_wait_text() waits for
 *
 * Sends a request on a connection of its own. Does not wait.
 *
 * Returns: (transfer full): the request
 */
QccTalk *
qcc_talk_new (QccProxyFixture *fixture,
              const char *path,
              const char *headers,
              const char *body,
              const char *until)
{
  QccTalk *self = g_new0 (QccTalk, 1);

  /* The kernel accepts on behalf of the service, so this does not wait for it. */
  self->client = qcc_proxy_fixture_connect (fixture);
  self->path = g_strdup (path);
  self->headers = g_strdup (headers);
  self->body = g_strdup (body);
  self->until = g_strdup (until);
  self->thread = g_thread_new ("talk", talk_thread, self);

  return self;
}

static gboolean
on_limit (gpointer user_data)
{
  g_error ("what the test waits for has not come about in %d s", LIMIT_SECONDS);

  return G_SOURCE_REMOVE;
}

/**
 * qcc_talk_wait_for:
 * @condition: what to wait for; asked after everything that happens in the main thread
 * @user_data: for @condition
 */
void
qcc_talk_wait_for (QccTalkCondition condition,
                   gpointer user_data)
{
  guint limit_id = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, NULL);

  while (!condition (user_data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit_id);
}

static gboolean
has_text (gpointer user_data)
{
  QccTalk *self = user_data;

  return g_atomic_int_get (&self->reached) || g_atomic_int_get (&self->over);
}

/**
 * qcc_talk_wait_text:
 * @self: a request
 *
 * Waits for the head of the answer and the text that was named; the test fails when the answer ends before it.
 */
void
qcc_talk_wait_text (QccTalk *self)
{
  qcc_talk_wait_for (has_text, self);
  g_assert_true (g_atomic_int_get (&self->reached));
}

static gboolean
is_over (gpointer user_data)
{
  return qcc_talk_is_over (user_data);
}

/**
 * qcc_talk_wait:
 * @self: a request
 *
 * Waits for the end of the answer.
 *
 * Returns: (transfer none) (nullable): the answer; %NULL when the connection ended without one
 */
const QccRawAnswer *
qcc_talk_wait (QccTalk *self)
{
  qcc_talk_wait_for (is_over, self);
  if (self->thread != NULL)
    g_thread_join (g_steal_pointer (&self->thread));

  return self->answer;
}

gboolean
qcc_talk_is_over (QccTalk *self)
{
  return g_atomic_int_get (&self->over);
}

/**
 * qcc_talk_get_endpoint:
 * @self: a request whose text or end has come
 *
 * Returns: (transfer none) (nullable): who answers
 */
const char *
qcc_talk_get_endpoint (QccTalk *self)
{
  g_return_val_if_fail (has_text (self), NULL);

  return self->endpoint;
}

/**
 * qcc_talk_free:
 * @self: (transfer full): a request; waits for the end of its answer
 */
void
qcc_talk_free (QccTalk *self)
{
  qcc_talk_wait (self);
  g_clear_pointer (&self->answer, qcc_raw_answer_free);
  qcc_raw_client_free (self->client);
  g_free (self->path);
  g_free (self->headers);
  g_free (self->body);
  g_free (self->until);
  g_free (self->endpoint);
  g_free (self);
}
