/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-attempt.h"
#include "service/qcc-simulator.h"
#include "tests/qcc-manual-clock.h"

G_BEGIN_DECLS

/* What the clock says at first. */
#define QCC_SIMULATOR_START (1000 * G_USEC_PER_SEC)

/* A wait that lasts longer has failed. Generous, for sanitizers on a busy machine. */
#define QCC_SIMULATOR_LIMIT_MS 30000

/* An endpoint `two`; `one` is that of qcc_simulator_fixture_apply_both(). */
#define QCC_SIMULATOR_ENDPOINT_TWO "{\"id\":\"two\",\"base_url\":\"http://192.0.2.2\"}"

/**
 * QccSimulatorFixture:
 * @simulator: (owned) (nullable): what is tested
 * @table: (owned): with the endpoints `one` and `two`, whose addresses lead nowhere
 * @clock: (owned): moves when the test says so
 * @changes: (owned): what the signal `changed` came for, as `ID:FAULT ` with `none` for the end
 *
 * A simulator and what it works on, without a service.
 */
typedef struct
{
  QccKeyStore *keys;
  QccTrustStore *trust_store;
  QccWatcher *watcher;
  QccEndpointTable *table;
  QccManualClock *clock;
  QccSimulator *simulator;
  GString *changes;
} QccSimulatorFixture;

/**
 * QccSimulatorProbe:
 * @attempt: (owned): an attempt without a key, for a client that has a credential
 * @error: (owned) (nullable): why there was no head of an answer
 * @done: whether that is known
 *
 * An attempt of which only the head is waited for.
 */
typedef struct
{
  SoupMessageHeaders *headers;
  QccRequestFacts *facts;
  QccAttempt *attempt;
  GError *error;
  gboolean done;
} QccSimulatorProbe;

void qcc_simulator_fixture_set_up (QccSimulatorFixture *fixture, gconstpointer data);
void qcc_simulator_fixture_tear_down (QccSimulatorFixture *fixture, gconstpointer data);

void qcc_simulator_fixture_apply (QccSimulatorFixture *fixture, const char *endpoints);
void qcc_simulator_fixture_apply_both (QccSimulatorFixture *fixture, int weight_of_one);
QccEndpointEntry *qcc_simulator_fixture_lookup (QccSimulatorFixture *fixture, const char *id);
void qcc_simulator_fixture_start (QccSimulatorFixture *fixture, const char *id, QccFault fault, guint seconds);
void qcc_simulator_fixture_stop (QccSimulatorFixture *fixture, const char *id);
void qcc_simulator_fixture_assert_over (QccSimulatorFixture *fixture, const char *id);
QccSimulatorProbe *qcc_simulator_fixture_probe (QccSimulatorFixture *fixture, const char *id, gint64 first_byte_ms);

QccSimulatorProbe *qcc_simulator_probe_new (QccSimulatorFixture *fixture,
                                            QccEndpoint *endpoint,
                                            QccConnectionPool *pool,
                                            gboolean passes_credential,
                                            gint64 first_byte_ms);
void qcc_simulator_probe_wait (QccSimulatorProbe *probe);
void qcc_simulator_probe_free (QccSimulatorProbe *probe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccSimulatorProbe, qcc_simulator_probe_free)

G_END_DECLS
