/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * Readers for members of an object that came from outside. Each returns %TRUE when the member is absent
 * (the out value stays as it was, so it can be set to the default before) or right, and otherwise %FALSE
 * with %QCC_ERROR_CORRUPT and a message of the form "member: what is allowed". A value is never repeated in
 * a message, since it may be a secret in the wrong place. JSON's null is a wrong value.
 */

gboolean qcc_json_member_get_string (JsonObject *object,
                                     const char *member,
                                     const char **out_value,
                                     GError **error);
gboolean qcc_json_member_get_int (JsonObject *object,
                                  const char *member,
                                  int minimum,
                                  int maximum,
                                  int *out_value,
                                  GError **error);
gboolean qcc_json_member_get_uint (JsonObject *object,
                                   const char *member,
                                   guint minimum,
                                   guint maximum,
                                   guint *out_value,
                                   GError **error);
gboolean qcc_json_member_get_boolean (JsonObject *object,
                                      const char *member,
                                      gboolean *out_value,
                                      GError **error);
gboolean qcc_json_member_get_enum (JsonObject *object,
                                   const char *member,
                                   GType enum_type,
                                   int *out_value,
                                   GError **error);
gboolean qcc_json_member_get_object (JsonObject *object,
                                     const char *member,
                                     JsonObject **out_value,
                                     GError **error);
gboolean qcc_json_member_get_array (JsonObject *object,
                                    const char *member,
                                    JsonArray **out_value,
                                    GError **error);

G_END_DECLS
