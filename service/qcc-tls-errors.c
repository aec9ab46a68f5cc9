/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-tls-errors.h"

#include <glib/gi18n-lib.h>

/* What is told first is what the user can mend. */
static const struct
{
  GTlsCertificateFlags flag;
  const char *text;
} reasons[] = {
  /* Translators: in this and the next five, “it” is the server's certificate. */
  { G_TLS_CERTIFICATE_BAD_IDENTITY, N_ ("it is for another host name") },
  { G_TLS_CERTIFICATE_EXPIRED, N_ ("it or its issuer's certificate has expired") },
  { G_TLS_CERTIFICATE_NOT_ACTIVATED, N_ ("it or its issuer's certificate is not valid yet (check the clock)") },
  { G_TLS_CERTIFICATE_UNKNOWN_CA, N_ ("its issuer is not trusted here (name a private one as CA file)") },
  { G_TLS_CERTIFICATE_REVOKED, N_ ("it has been revoked") },
  { G_TLS_CERTIFICATE_INSECURE, N_ ("it is signed with an insecure algorithm") },
};

/**
 * qcc_tls_errors_to_text:
 * @errors: what is wrong with a certificate
 *
 * Says in plain words why a server's certificate is refused. Every reason known is named, since
 * mending only one would lead to the next refusal.
 *
 * Returns: (transfer full): translated text for a person, without a full stop
 */
char *
qcc_tls_errors_to_text (GTlsCertificateFlags errors)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  g_autofree char *joined = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      if ((errors & reasons[i].flag) != 0)
        g_ptr_array_add (texts, (gpointer) _ (reasons[i].text));
    }
  if (texts->len == 0)
    return g_strdup (_ ("the server's certificate could not be verified"));

  g_ptr_array_add (texts, NULL);
  joined = g_strjoinv ("; ", (char **) texts->pdata);

  /* Translators: %s is one reason or several, such as "it is for another host name" */
  return g_strdup_printf (_ ("the server's certificate is refused: %s"), joined);
}
