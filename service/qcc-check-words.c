/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-check-judge.h"

#include <glib/gi18n-lib.h>

/**
 * qcc_check_describe_pass:
 * @result: a check that passed
 * @asked: how deep it should have been
 * @has_key: whether there was a key
 *
 * Returns: (transfer full): what that means, for people
 */
char *
qcc_check_describe_pass (const QccCheckResult *result,
                         QccCheckLevel asked,
                         gboolean has_key)
{
  switch (result->level)
    {
    case QCC_CHECK_CONNECT:
      if (asked == QCC_CHECK_CONNECT)
        return g_strdup (_ ("It can be reached."));
      if (!has_key)
        return g_strdup (_ ("It can be reached. It has no key, so nothing more was tried."));
      return g_strdup (_ ("It answers; whether it takes the key cannot be told without a paid message."));

    case QCC_CHECK_API:
      return g_strdup (_ ("It answers and takes the key."));

    case QCC_CHECK_CHAT:
      if (result->weak)
        return g_strdup (_ ("It answered a message, but not with what it was asked for."));
      return g_strdup (_ ("It answered a message as it was asked to."));
    }

  g_return_val_if_reached (NULL);
}

static const char *
describe_transport (QccTransportFailure transport)
{
  switch (transport)
    {
    case QCC_TRANSPORT_FAILURE_REFUSED:
      return _ ("It refused the connection.");
    case QCC_TRANSPORT_FAILURE_DNS:
      return _ ("Its host name is not known. Check its address.");
    case QCC_TRANSPORT_FAILURE_NO_ROUTE:
      return _ ("There is no way to it from this machine.");
    case QCC_TRANSPORT_FAILURE_RESET:
      return _ ("It closed the connection without an answer.");
    case QCC_TRANSPORT_FAILURE_TLS:
      return _ ("No secure connection could be made.");
    case QCC_TRANSPORT_FAILURE_CONNECT_TIMEOUT:
      return _ ("There was no connection in time.");
    case QCC_TRANSPORT_FAILURE_FIRST_BYTE_TIMEOUT:
      return _ ("It did not answer in time.");
    case QCC_TRANSPORT_FAILURE_IDLE_TIMEOUT:
      return _ ("It began to answer and did not end in time.");
    case QCC_TRANSPORT_FAILURE_EMPTY:
      return _ ("Its answer was empty.");
    case QCC_TRANSPORT_FAILURE_TRUNCATED:
      return _ ("Its answer was cut.");
    case QCC_TRANSPORT_FAILURE_HTML:
      return _ ("It answered with a web page. Check its address.");
    case QCC_TRANSPORT_FAILURE_BAD_JSON:
      return _ ("It answered with something else than was asked for. Check its address.");
    case QCC_TRANSPORT_FAILURE_MALFORMED:
      return _ ("Its answer was not understood.");
    case QCC_TRANSPORT_FAILURE_CLIENT_GONE:
    case QCC_TRANSPORT_FAILURE_LOCAL_LIMIT:
    case QCC_TRANSPORT_FAILURE_NONE:
      break;
    }

  g_return_val_if_reached (NULL);
}

static char *
describe_answer (QccClass klass,
                 guint status)
{
  switch (klass)
    {
    case QCC_CLASS_TRANSIENT:
      return g_strdup_printf (_ ("It answered with an error (%u)."), status);
    case QCC_CLASS_OVERLOAD:
      return g_strdup_printf (_ ("It is overloaded (%u)."), status);
    case QCC_CLASS_RATE_LIMIT:
      return g_strdup_printf (_ ("It takes no more requests for now (%u)."), status);
    case QCC_CLASS_AUTH:
      return g_strdup_printf (_ ("It does not take the key (%u)."), status);
    case QCC_CLASS_FORBIDDEN:
      return g_strdup_printf (_ ("It refused the request, and not because of the key (%u)."), status);
    case QCC_CLASS_BILLING:
      return g_strdup_printf (_ ("Its account has nothing left to spend (%u)."), status);
    case QCC_CLASS_UNSUPPORTED:
      return g_strdup_printf (_ ("It does not know what it was asked for, or not the model (%u)."), status);
    case QCC_CLASS_REQUEST:
      return g_strdup_printf (_ ("It did not accept the request (%u)."), status);
    case QCC_CLASS_CLIENT:
    case QCC_CLASS_OFFLINE:
      break;
    }

  g_return_val_if_reached (NULL);
}

/**
 * qcc_check_describe_failure:
 * @verdict: what the failure means
 * @reply: what came of the last try
 *
 * Returns: (transfer full): what happened, for people
 */
char *
qcc_check_describe_failure (const QccVerdict *verdict,
                            const QccCheckReply *reply)
{
  if (verdict->klass == QCC_CLASS_OFFLINE)
    return g_strdup (_ ("This machine has no network."));
  if (reply->reason != NULL)
    /* Translators: %s says why: words about a certificate, or a sentence. */
    return g_strdup_printf (_ ("No secure connection could be made: %s"), reply->reason);
  if (reply->transport != QCC_TRANSPORT_FAILURE_NONE)
    return g_strdup (describe_transport (reply->transport));

  return describe_answer (verdict->klass, reply->status);
}
