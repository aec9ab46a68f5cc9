/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-base-url.h"
#include "common/qcc-error.h"
#include "common/qcc-proxy-url.h"

#include <string.h>

#include <libsoup/soup.h>

static void
test_good (void)
{
  const struct
  {
    const char *text;
    const char *host;
    int port;
    const char *path;
    const char *again;
  } cases[] = {
    { "https://api.example.com", "api.example.com", 443, "", "https://api.example.com/" },
    { "https://api.example.com/", "api.example.com", 443, "", "https://api.example.com/" },
    { "HTTPS://API.Example.com:443", "api.example.com", 443, "", "https://api.example.com/" },
    { "http://localhost:8080/", "localhost", 8080, "", "http://localhost:8080/" },
    { "http://h:1", "h", 1, "", "http://h:1/" },
    { "http://h:65535", "h", 65535, "", "http://h:65535/" },
    { "https://h:/p", "h", 443, "/p", "https://h/p" },
    { "https://h/api/anthropic", "h", 443, "/api/anthropic", "https://h/api/anthropic" },
    { "https://h/api/anthropic///", "h", 443, "/api/anthropic", "https://h/api/anthropic" },
    { "https://h/a%2Fb%41/C", "h", 443, "/a%2Fb%41/C", "https://h/a%2Fb%41/C" },
    { "https://h/a/..b/...", "h", 443, "/a/..b/...", "https://h/a/..b/..." },
    { "https://h/~u/a;v=1@2", "h", 443, "/~u/a;v=1@2", "https://h/~u/a;v=1@2" },
    { "http://127.0.0.1:3000", "127.0.0.1", 3000, "", "http://127.0.0.1:3000/" },
    { "http://[::1]:8080/x", "::1", 8080, "/x", "http://[::1]:8080/x" },
    { "http://[2001:DB8::1]", "2001:db8::1", 80, "", "http://[2001:db8::1]/" },
    { "https://my_host.lan", "my_host.lan", 443, "", "https://my_host.lan/" },
    { "https://bücher.example", "xn--bcher-kva.example", 443, "", "https://xn--bcher-kva.example/" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) uri = qcc_base_url_parse (cases[i].text, &error);
      g_autofree char *again = NULL;

      g_assert_no_error (error);
      g_assert_nonnull (uri);
      again = g_uri_to_string (uri);
      g_assert_cmpstr (g_uri_get_host (uri), ==, cases[i].host);
      g_assert_cmpint (g_uri_get_port (uri), ==, cases[i].port);
      g_assert_cmpstr (g_uri_get_path (uri), ==, cases[i].path);
      g_assert_cmpstr (again, ==, cases[i].again);
    }
}

static void
test_bad (void)
{
  const struct
  {
    const char *text;
    const char *word;
  } cases[] = {
    { "", "empty" },
    { " https://h", "space" },
    { "https://h ", "space" },
    { "https://h/a\tb", "control" },
    { "https://h/a\r\nX-Evil: 1", "control" },
    { "https://h\x7f", "control" },
    { "https://h/\xff", "UTF-8" },
    { "api.example.com", "https://" },
    { "api.example.com/v1", "https://" },
    { "localhost:8080", "https://" },
    { "//h/v1", "https://" },
    { "/v1", "https://" },
    { "https:h", "https://" },
    { "https:/h", "https://" },
    { "ftp://h", "https://" },
    { "file:///etc/passwd", "https://" },
    { "javascript://h", "https://" },
    { "https://", "host" },
    { "https:///v1", "host" },
    { "https://:8080", "host" },
    { "https://a,b", "host" },
    { "https://<h>", "host" },
    { "https://h\\x", "host" },
    { "https://[::1", "host" },
    { "https://[h]", "host" },
    { "https://user@h", "key store" },
    { "https://user:hunter2@h", "key store" },
    { "https://@h", "key store" },
    { "https://hunter2@", "key store" },
    { "https://h\\@hunter2", "key store" },
    { "https://h:0", "65535" },
    { "https://h:65536", "65535" },
    { "https://h:hunter2", "65535" },
    { "https://h:-1", "65535" },
    { "https://::1", "65535" },
    { "https://h?key=hunter2", "?" },
    { "https://h/v1?", "?" },
    { "https://h/v1#hunter2", "#" },
    { "https://h/..", "“..”" },
    { "https://h/a/../b", "“..”" },
    { "https://h/a/./b", "“..”" },
    { "https://h/a/%2e%2E/b", "“..”" },
    { "https://h/a/.%2e", "“..”" },
    { "https://h/%zz", "hexadecimal" },
    { "https://h/%", "hexadecimal" },
    { "https://h/%00", "hexadecimal" },
    { "https://h/bücher", "%XX" },
    { "https://h/a\"b", "%XX" },
    { "https://h/a\\..\\b", "%XX" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) uri = qcc_base_url_parse (cases[i].text, &error);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (uri);
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, cases[i].word));
      g_assert_null (strstr (error->message, "hunter2"));
    }
}

static void
test_join (void)
{
  const struct
  {
    const char *base;
    const char *path;
    const char *query;
    const char *joined;
  } cases[] = {
    { "https://h/api/anthropic", "/v1/messages", "beta=true", "https://h/api/anthropic/v1/messages?beta=true" },
    { "https://h", "/v1/messages", NULL, "https://h/v1/messages" },
    { "https://h/", "/", NULL, "https://h/" },
    { "https://h:8443/a/", "/v1/models", "", "https://h:8443/a/v1/models?" },
    { "http://[::1]:1", "/v1", "a", "http://[::1]:1/v1?a" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) base = qcc_base_url_parse (cases[i].base, &error);
      g_autoptr (GUri) joined = NULL;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      joined = qcc_base_url_join (base, cases[i].path, cases[i].query);
      text = g_uri_to_string (joined);
      g_assert_cmpstr (text, ==, cases[i].joined);
    }
}

/* Reads the head of one request from a plain socket and answers it. */
static gpointer
serve_one (gpointer data)
{
  GSocket *listener = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_accept (listener, NULL, &error);
  g_autoptr (GString) head = g_string_new (NULL);
  const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

  g_assert_no_error (error);
  while (strstr (head->str, "\r\n\r\n") == NULL)
    {
      char buffer[1024];
      gssize n = g_socket_receive (socket, buffer, sizeof buffer, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (n, >, 0);
      g_string_append_len (head, buffer, n);
    }

  g_socket_send (socket, answer, strlen (answer), NULL, &error);
  g_assert_no_error (error);
  return g_strndup (head->str, strcspn (head->str, "\r"));
}

static char *
get_request_line (const char *prefix,
                  const char *path,
                  const char *query)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) listener = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GUri) base = NULL;
  g_autoptr (GUri) uri = NULL;
  g_autofree char *base_text = NULL;
  GThread *server;

  g_assert_no_error (error);
  g_socket_bind (listener, any_port, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (listener, &error);
  g_assert_no_error (error);
  address = g_socket_get_local_address (listener, &error);
  g_assert_no_error (error);
  server = g_thread_new ("server", serve_one, listener);

  base_text = g_strdup_printf ("http://127.0.0.1:%u%s", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)), prefix);
  base = qcc_base_url_parse (base_text, &error);
  g_assert_no_error (error);
  uri = qcc_base_url_join (base, path, query);
  message = soup_message_new_from_uri ("POST", uri);
  body = soup_session_send_and_read (session, message, NULL, &error);
  g_assert_no_error (error);

  return g_thread_join (server);
}

static void
test_bytes_on_the_wire (void)
{
  const struct
  {
    const char *prefix;
    const char *path;
    const char *query;
    const char *line;
  } cases[] = {
    { "/api/anthropic", "/v1/messages", "beta=true", "POST /api/anthropic/v1/messages?beta=true HTTP/1.1" },
    { "", "/v1/a%2Fb%2f%41%7e", NULL, "POST /v1/a%2Fb%2f%41%7e HTTP/1.1" },
    { "/p%2Fq%41", "/v1;x/m;y=1", "a=b&c=%20;d", "POST /p%2Fq%41/v1;x/m;y=1?a=b&c=%20;d HTTP/1.1" },
    { "", "/%E5%B7%A5/%e4%ff", "%E4=%ff", "POST /%E5%B7%A5/%e4%ff?%E4=%ff HTTP/1.1" },
    { "", "/a/../b/./c", "x?[y]|+", "POST /a/../b/./c?x?[y]|+ HTTP/1.1" },
    { "", "//v1/messages", "", "POST //v1/messages? HTTP/1.1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = get_request_line (cases[i].prefix, cases[i].path, cases[i].query);

      g_assert_cmpstr (line, ==, cases[i].line);
    }
}

static void
test_proxy (void)
{
  const struct
  {
    const char *text;
    const char *word; /* of the error, NULL when allowed */
  } cases[] = {
    { "http://proxy.example.com:3128", NULL },
    { "https://proxy.example.com/", NULL },
    { "socks5://[::1]:1080", NULL },
    { "http://user@proxy:3128", NULL },
    { "http://user:hunter2@proxy:3128", "key store" },
    { "http://user:@proxy", "key store" },
    { "http://proxy:hunter2", "socks5" },
    { "proxy.example.com:3128", "socks5" },
    { "socks4://proxy", "socks5" },
    { "http://", "socks5" },
    { "http://:3128", "socks5" },
    { "http://proxy:0", "socks5" },
    { "http://proxy:65536", "socks5" },
    { "http://proxy/path", "socks5" },
    { "http://proxy?x", "socks5" },
    { "http://proxy#x", "socks5" },
    { "http://pro xy", "socks5" },
    { "http://proxy\n", "socks5" },
    { "", "socks5" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean ok = qcc_proxy_url_check (cases[i].text, &error);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      if (cases[i].word == NULL)
        {
          g_assert_no_error (error);
          g_assert_true (ok);
          continue;
        }

      g_assert_false (ok);
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, cases[i].word));
      g_assert_null (strstr (error->message, "hunter2"));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/base-url/good", test_good);
  g_test_add_func ("/base-url/bad", test_bad);
  g_test_add_func ("/base-url/join", test_join);
  g_test_add_func ("/base-url/bytes-on-the-wire", test_bytes_on_the_wire);
  g_test_add_func ("/base-url/proxy", test_proxy);

  return g_test_run ();
}
