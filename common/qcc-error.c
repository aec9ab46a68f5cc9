/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-error.h"

G_DEFINE_QUARK (qcc_error, qcc_error)
