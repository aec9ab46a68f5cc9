/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-board.h"
#include "service/qcc-fake-script.h"
#include "service/qcc-fake-wire.h"

G_BEGIN_DECLS

gboolean qcc_fake_player_play (QccFakeWire *wire,
                               QccFakeBoard *board,
                               const QccFakeRequest *request,
                               const QccFakeScript *script);

G_END_DECLS
