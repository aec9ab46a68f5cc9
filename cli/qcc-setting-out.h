/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-call.h"
#include "cli/qcc-setting.h"

G_BEGIN_DECLS

/**
 * QccSettingOption:
 * @option: the long name of an option of a verb
 * @setting: what it sets
 * @value: (nullable): to what; %NULL for the number or text that the option was given
 *
 * An option that stands for a setting. Tables of them end with an empty one.
 */
typedef struct
{
  const char *option;
  const char *setting;
  const char *value;
} QccSettingOption;

void qcc_setting_out_put_table (const QccCall *call, GPtrArray *settings);
void qcc_setting_out_add_json (GPtrArray *settings, JsonBuilder *builder);

gboolean qcc_setting_out_change (const QccCall *call,
                                 QccDBusManager1 *manager,
                                 const QccSettingOption *options,
                                 guint *out_n_changed,
                                 GError **error);

G_END_DECLS
