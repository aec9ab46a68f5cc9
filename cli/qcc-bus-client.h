/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"

G_BEGIN_DECLS

/* What generated calls take between what goes in and what comes out: flags, and the usual time limit. */
#define QCC_BUS_CALL G_DBUS_CALL_FLAGS_NO_AUTO_START, -1

/* The same for calls whose time the settings of the service limit, like checks. When it ends, they end too. */
#define QCC_BUS_LONG_CALL G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT

/**
 * QccBusClient:
 *
 * The service as the command sees it: a picture of its profiles and endpoints from the moment of the
 * connection, and proxies to change them. Calls block.
 */
typedef struct _QccBusClient QccBusClient;

/**
 * QccBusClientStart:
 * @QCC_BUS_CLIENT_START: start the service where it does not run
 * @QCC_BUS_CLIENT_DO_NOT_START: fail instead, for verbs that only look
 */
typedef enum
{
  QCC_BUS_CLIENT_START,
  QCC_BUS_CLIENT_DO_NOT_START,
} QccBusClientStart;

QccBusClient *qcc_bus_client_new (QccBusClientStart start, GError **error);
void qcc_bus_client_free (QccBusClient *self);

QccDBusManager1 *qcc_bus_client_get_manager (const QccBusClient *self);
GPtrArray *qcc_bus_client_list_profiles (const QccBusClient *self);
GPtrArray *qcc_bus_client_list_endpoints (const QccBusClient *self, QccDBusProfile1 *profile);

QccDBusProfile1 *qcc_bus_client_find_profile (const QccBusClient *self, const char *name, GError **error);
QccDBusEndpoint1 *qcc_bus_client_find_endpoint (const QccBusClient *self,
                                                const char *profile_name,
                                                const char *id,
                                                GError **error);

QccDBusProfile1 *qcc_bus_client_open_profile (const QccBusClient *self, const char *path, GError **error);
QccDBusEndpoint1 *qcc_bus_client_open_endpoint (const QccBusClient *self, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccBusClient, qcc_bus_client_free)

G_END_DECLS
