/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-provider.h"
#include "tests/qcc-bus-fixture.h"
#include "tests/qcc-raw-client.h"

G_BEGIN_DECLS

#define QCC_LIVE_N_PROVIDERS 3

/**
 * QccLiveFixture:
 * @bus: (owned): the service as a process on a bus, without profiles at first
 * @providers: (owned): what endpoints may stand for; they take any key
 *
 * A service that is changed over the bus while it serves.
 */
typedef struct
{
  QccBusFixture *bus;
  QccFakeProvider *providers[QCC_LIVE_N_PROVIDERS];
} QccLiveFixture;

/**
 * QccLiveStream:
 *
 * An answer of which the first half has come; the provider waits.
 */
typedef struct
{
  QccFakeProvider *provider; /* (owned) */
  QccRawClient *client;      /* (owned) */
  QccRawAnswer *answer;      /* (owned) */
  char *gate;                /* (owned) */
} QccLiveStream;

QccLiveFixture *qcc_live_fixture_new (const char *service_program);
void qcc_live_fixture_free (QccLiveFixture *self);

void qcc_live_fixture_add (QccLiveFixture *self, const char *profile, guint index);
void qcc_live_fixture_set_setting (QccLiveFixture *self, const char *name, const char *value);
void qcc_live_fixture_update (QccLiveFixture *self, const char *id, const char *options);
void qcc_live_fixture_script (QccLiveFixture *self, guint index, const char *script);
QccRawAnswer *qcc_live_fixture_ask (QccLiveFixture *self, const char *headers);
guint qcc_live_fixture_serve (QccLiveFixture *self, const char *headers);
char *qcc_live_fixture_get_last_key (QccLiveFixture *self, guint index);

QccLiveStream *qcc_live_stream_begin (QccLiveFixture *fixture, guint index);
void qcc_live_stream_end (QccLiveStream *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccLiveFixture, qcc_live_fixture_free)

G_END_DECLS
