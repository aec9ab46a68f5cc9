/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

/**
 * qcc_verb_list_groups:
 *
 * Returns: (transfer none) (array zero-terminated=1): all groups, in the order of the overview
 */
const QccVerbGroup *const *
qcc_verb_list_groups (void)
{
  static const QccVerbGroup *const groups[] = {
    &qcc_verbs_status,
    &qcc_verbs_profile,
    &qcc_verbs_endpoint,
    &qcc_verbs_endpoint_test,
    &qcc_verbs_priority,
    &qcc_verbs_health,
    &qcc_verbs_explain,
    &qcc_verbs_simulate,
    &qcc_verbs_keys,
    &qcc_verbs_token,
    &qcc_verbs_env,
    &qcc_verbs_proxy,
    &qcc_verbs_config,
    &qcc_verbs_demo,
    &qcc_verbs_completion,
    &qcc_verbs_help,
    NULL,
  };

  return groups;
}
