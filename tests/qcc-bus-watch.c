/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-bus-watch.h"

#include <string.h>

#include "common/qcc-bus-names.h"

#define OUR_INTERFACES "io.github.qcc."
#define PROPERTIES "org.freedesktop.DBus.Properties"

struct _QccBusWatch
{
  QccBusFixture *fixture; /* (unowned) */
  guint subscription;
  GPtrArray *lines; /* (owned) (element-type utf8): `one.Health=open` or `FailedOver(work, spare, why)` */
};

static char *
to_text (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL) : g_variant_print (value, FALSE);
}

static void
keep_properties (QccBusWatch *self,
                 const char *path,
                 GVariant *parameters)
{
  const char *object = strrchr (path, '/') + 1;
  const char *interface;
  const char *name;
  g_autoptr (GVariantIter) changed = NULL;
  GVariant *value;

  g_variant_get (parameters, "(&sa{sv}as)", &interface, &changed, NULL);
  if (!g_str_has_prefix (interface, OUR_INTERFACES))
    return;

  while (g_variant_iter_next (changed, "{&sv}", &name, &value))
    {
      g_autoptr (GVariant) owned = value;
      g_autofree char *text = to_text (value);

      g_ptr_array_add (self->lines, g_strdup_printf ("%s.%s=%s", object, name, text));
    }
}

static void
keep_signal (QccBusWatch *self,
             const char *name,
             GVariant *parameters)
{
  g_autoptr (GString) line = g_string_new (name);

  for (gsize i = 0; i < g_variant_n_children (parameters); i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (parameters, i);
      g_autofree char *text = to_text (value);

      g_string_append_printf (line, "%s%s", i == 0 ? "(" : ", ", text);
    }
  g_string_append_c (line, ')');
  g_ptr_array_add (self->lines, g_string_free (g_steal_pointer (&line), FALSE));
}

static void
on_signal (GDBusConnection *connection,
           const char *sender,
           const char *path,
           const char *interface,
           const char *name,
           GVariant *parameters,
           gpointer user_data)
{
  if (g_str_equal (interface, PROPERTIES) && g_str_has_prefix (path, QCC_BUS_ROOT))
    keep_properties (user_data, path, parameters);
  else if (g_str_has_prefix (interface, OUR_INTERFACES))
    keep_signal (user_data, name, parameters);
}

/**
 * qcc_bus_watch_new:
 * @fixture: (transfer none): a service on a bus; outlives the watch
 *
 * Returns: (transfer full): a watch that has seen nothing
 */
QccBusWatch *
qcc_bus_watch_new (QccBusFixture *fixture)
{
  QccBusWatch *self = g_new0 (QccBusWatch, 1);

  self->fixture = fixture;
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->subscription = g_dbus_connection_signal_subscribe (fixture->connection, QCC_BUS_NAME, NULL, NULL, NULL, NULL,
                                                           G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
  /* The bus must know of it before anything happens. */
  g_assert_true (qcc_bus_fixture_is_running (fixture));

  return self;
}

void
qcc_bus_watch_free (QccBusWatch *self)
{
  g_dbus_connection_signal_unsubscribe (self->fixture->connection, self->subscription);
  g_ptr_array_unref (self->lines);
  g_free (self);
}

/**
 * qcc_bus_watch_settle:
 * @self: a watch
 *
 * Takes in all that the service has sent so far: what it answers now comes behind it.
 */
void
qcc_bus_watch_settle (QccBusWatch *self)
{
  g_autofree char *version = qcc_bus_fixture_get_text (self->fixture, "Version");

  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/**
 * qcc_bus_watch_forget:
 * @self: a watch
 *
 * Forgets all that was sent so far.
 */
void
qcc_bus_watch_forget (QccBusWatch *self)
{
  qcc_bus_watch_settle (self);
  g_ptr_array_set_size (self->lines, 0);
}

/**
 * qcc_bus_watch_count:
 * @self: a watch
 * @prefix: how lines begin
 *
 * Returns: how many of those that came in so far begin like that
 */
guint
qcc_bus_watch_count (QccBusWatch *self,
                     const char *prefix)
{
  guint n = 0;

  for (guint i = 0; i < self->lines->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (self->lines, i), prefix))
      n++;

  return n;
}

typedef struct
{
  QccBusWatch *watch;
  const char *prefix;
  guint n;
} Wait;

static gboolean
has_come (gpointer data)
{
  const Wait *wait = data;

  return qcc_bus_watch_count (wait->watch, wait->prefix) >= wait->n;
}

static void
wait_for (QccBusWatch *self,
          const char *prefix,
          guint n)
{
  Wait wait = { self, prefix, n };

  g_test_message ("waiting for %u of %s", n, prefix);
  qcc_bus_fixture_wait_for (self->fixture, has_come, &wait);
}

/**
 * qcc_bus_watch_wait:
 * @self: a watch
 * @prefix: how a line begins that must come, or has come
 */
void
qcc_bus_watch_wait (QccBusWatch *self,
                    const char *prefix)
{
  wait_for (self, prefix, 1);
}

/**
 * qcc_bus_watch_expect:
 * @self: a watch
 * @property: like `one.Health`
 * @values: all values that it must have been told to have, one after the other, with blanks between; may be empty
 *
 * Waits for as many changes, and fails the test when they are others, or more.
 */
void
qcc_bus_watch_expect (QccBusWatch *self,
                      const char *property,
                      const char *values)
{
  g_autofree char *prefix = g_strconcat (property, "=", NULL);
  g_autofree char *expected = g_strconcat (prefix, values, NULL);
  g_autoptr (GString) found = g_string_new (prefix);
  g_auto (GStrv) parts = g_strsplit (values, " ", -1);

  wait_for (self, prefix, g_strv_length (parts));
  qcc_bus_watch_settle (self);
  for (guint i = 0; i < self->lines->len; i++)
    {
      const char *line = g_ptr_array_index (self->lines, i);

      if (!g_str_has_prefix (line, prefix))
        continue;
      if (found->len > strlen (prefix))
        g_string_append_c (found, ' ');
      g_string_append (found, line + strlen (prefix));
    }
  g_assert_cmpstr (found->str, ==, expected);
}

/**
 * qcc_bus_watch_expect_one:
 * @self: a watch
 * @prefix: how a line begins, like `FailedOver(work, spare, `
 *
 * Waits for that signal, and fails the test when it came twice, or the same signal with other arguments came too.
 */
void
qcc_bus_watch_expect_one (QccBusWatch *self,
                          const char *prefix)
{
  g_autofree char *name = g_strndup (prefix, (gsize) (strchr (prefix, '(') + 1 - prefix));

  wait_for (self, prefix, 1);
  qcc_bus_watch_settle (self);
  g_assert_cmpuint (qcc_bus_watch_count (self, name), ==, 1);
}
