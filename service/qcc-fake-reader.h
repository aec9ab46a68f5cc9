/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-request.h"
#include "service/qcc-fake-wire.h"

G_BEGIN_DECLS

QccFakeRequest *qcc_fake_reader_read (QccFakeWire *wire, guint connection, guint number);

G_END_DECLS
