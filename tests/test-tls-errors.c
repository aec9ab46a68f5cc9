/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-tls-errors.h"

static void
test_text (void)
{
  const struct
  {
    GTlsCertificateFlags errors;
    const char *words[2];
  } cases[] = {
    { G_TLS_CERTIFICATE_BAD_IDENTITY, { "another host name", "refused" } },
    { G_TLS_CERTIFICATE_EXPIRED, { "has expired", "refused" } },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, { "not valid yet", "refused" } },
    { G_TLS_CERTIFICATE_UNKNOWN_CA, { "issuer is not trusted", "CA file" } },
    { G_TLS_CERTIFICATE_REVOKED, { "revoked", "refused" } },
    { G_TLS_CERTIFICATE_INSECURE, { "insecure", "refused" } },
    { G_TLS_CERTIFICATE_GENERIC_ERROR, { "could not be verified", "certificate" } },
    { G_TLS_CERTIFICATE_EXPIRED | G_TLS_CERTIFICATE_BAD_IDENTITY, { "host name; ", "has expired" } },
    { G_TLS_CERTIFICATE_EXPIRED | G_TLS_CERTIFICATE_GENERIC_ERROR, { "has expired", "refused" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = qcc_tls_errors_to_text (cases[i].errors);

      g_assert_nonnull (strstr (text, cases[i].words[0]));
      g_assert_nonnull (strstr (text, cases[i].words[1]));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/tls-errors/text", test_text);

  return g_test_run ();
}
