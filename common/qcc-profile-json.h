/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-profile.h"

G_BEGIN_DECLS

QccProfile *qcc_profile_new_from_json (JsonObject *object, GError **error);

G_END_DECLS
