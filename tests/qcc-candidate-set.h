/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-selector.h"

G_BEGIN_DECLS

#define QCC_CANDIDATE_SET_MAX 5

/* Endpoints with the given weights (or priorities) and candidates that are usable. */
typedef struct
{
  QccEndpoint endpoints[QCC_CANDIDATE_SET_MAX];
  QccCandidate candidates[QCC_CANDIDATE_SET_MAX];
  gsize n;
} QccCandidateSet;

void qcc_candidate_set_init (QccCandidateSet *set, const guint *numbers, gsize n);

G_END_DECLS
