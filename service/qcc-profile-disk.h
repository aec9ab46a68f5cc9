/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "service/qcc-profile-file.h"

G_BEGIN_DECLS

#define QCC_TYPE_PROFILE_DISK (qcc_profile_disk_get_type ())
G_DECLARE_FINAL_TYPE (QccProfileDisk, qcc_profile_disk, QCC, PROFILE_DISK, GObject)

QccProfileDisk *qcc_profile_disk_new (GFile *file, GFile *revisions_dir);

void qcc_profile_disk_open_async (QccProfileDisk *self, GAsyncReadyCallback callback, gpointer user_data);
void qcc_profile_disk_read_async (QccProfileDisk *self,
                                  GBytes *known,
                                  QccSnapshot *before,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
QccProfileReading *qcc_profile_disk_read_finish (QccProfileDisk *self, GAsyncResult *result);

void qcc_profile_disk_write_async (QccProfileDisk *self,
                                   const QccProfileReading *reading,
                                   QccSnapshot *snapshot,
                                   const char *summary,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GBytes *qcc_profile_disk_write_finish (QccProfileDisk *self, GAsyncResult *result, char **out_notice, GError **error);

G_END_DECLS
