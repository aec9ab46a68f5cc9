/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"

G_BEGIN_DECLS

/**
 * QccBusFixture:
 * @root: (owned): folder with all the instance has: home, config, state, data, cache, run
 * @bus: (owned): a bus of its own, on which the service can be activated
 * @connection: (owned): the test's own
 * @manager: (owned) (nullable): after qcc_bus_fixture_activate()
 *
 * The built qcc-service as a process that the bus starts, in folders of its own (spec 13.4), with its
 * settings in a key file, its port a free one, and the key file chosen for keys.
 */
typedef struct
{
  char *root;
  GTestDBus *bus;
  GDBusConnection *connection;
  QccDBusManager1 *manager;
} QccBusFixture;

QccBusFixture *qcc_bus_fixture_new (const char *service_program);
void qcc_bus_fixture_free (QccBusFixture *self);

void qcc_bus_fixture_write (QccBusFixture *self, const char *name, const char *text);
char *qcc_bus_fixture_read (QccBusFixture *self, const char *name);

void qcc_bus_fixture_activate (QccBusFixture *self);
void qcc_bus_fixture_quit (QccBusFixture *self);
void qcc_bus_fixture_kill (QccBusFixture *self);
guint32 qcc_bus_fixture_get_pid (QccBusFixture *self);
gboolean qcc_bus_fixture_is_running (QccBusFixture *self);

QccDBusProfile1 *qcc_bus_fixture_get_profile (QccBusFixture *self, const char *name);
QccDBusEndpoint1 *qcc_bus_fixture_get_endpoint (QccBusFixture *self, const char *id);
void qcc_bus_fixture_add_endpoint (QccBusFixture *self, const char *profile, const char *id, const char *base_url);
void qcc_bus_fixture_set_key (QccBusFixture *self, const char *id, const char *key, GError **error);
char *qcc_bus_fixture_get_text (QccBusFixture *self, const char *property);
void qcc_bus_fixture_assert_text (QccBusFixture *self, const char *property, const char *expected);
guint16 qcc_bus_fixture_get_port (QccBusFixture *self);
char *qcc_bus_fixture_ask (QccBusFixture *self);
char *qcc_bus_fixture_get_setting (QccBusFixture *self, const char *name);
void qcc_bus_fixture_wait_for (QccBusFixture *self, gboolean (*done) (gpointer), gpointer data);

G_END_DECLS
