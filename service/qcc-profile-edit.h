/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-snapshot.h"

G_BEGIN_DECLS

/*
 * Changes to the profile file (spec 11.2). Each takes a snapshot and returns a new one, checked by the code
 * that reads the file, with all members that this version does not know; or @base itself when there is
 * nothing to change. All are pure. Options are `a{sv}` as they come from the bus.
 *
 * Errors are for people: %QCC_ERROR_NOT_FOUND with what there is, %QCC_ERROR_EXISTS for a name or id that is
 * taken, %QCC_ERROR_INVALID_ARGUMENT with the option and what is allowed, %QCC_ERROR_REFUSED where a rule
 * forbids it. No message repeats a value.
 */

QccSnapshot *qcc_profile_edit_add_profile (const QccSnapshot *base,
                                           const char *name,
                                           GVariant *options,
                                           GError **error);
QccSnapshot *qcc_profile_edit_update_profile (const QccSnapshot *base,
                                              const char *name,
                                              GVariant *options,
                                              GError **error);
QccSnapshot *qcc_profile_edit_rename_profile (const QccSnapshot *base,
                                              const char *name,
                                              const char *new_name,
                                              GError **error);
QccSnapshot *qcc_profile_edit_remove_profile (const QccSnapshot *base, const char *name, GError **error);
QccSnapshot *qcc_profile_edit_set_default (const QccSnapshot *base, const char *name, GError **error);

QccSnapshot *qcc_profile_edit_add_endpoint (const QccSnapshot *base,
                                            const char *profile,
                                            GVariant *options,
                                            char **out_id,
                                            GError **error);
QccSnapshot *qcc_profile_edit_update_endpoint (const QccSnapshot *base,
                                               const char *id,
                                               GVariant *options,
                                               GError **error);
QccSnapshot *qcc_profile_edit_remove_endpoint (const QccSnapshot *base, const char *id, GError **error);
QccSnapshot *qcc_profile_edit_set_endpoint_enabled (const QccSnapshot *base,
                                                    const char *id,
                                                    gboolean enabled,
                                                    GError **error);

QccSnapshot *qcc_profile_edit_add_token (const QccSnapshot *base,
                                         const char *name,
                                         const char *sha256,
                                         const char *profile,
                                         gboolean cross,
                                         GError **error);
QccSnapshot *qcc_profile_edit_remove_token (const QccSnapshot *base, const char *name, GError **error);

QccSnapshot *qcc_profile_edit_retire_missing (const QccSnapshot *found, const QccSnapshot *before);

G_END_DECLS
