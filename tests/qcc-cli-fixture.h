/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-cli-run.h"
#include "tests/qcc-stand-in.h"

G_BEGIN_DECLS

/**
 * QccCliFixture:
 * @program: (unowned): path of `qcc`
 * @bus: (owned): a bus of its own
 * @address: (owned): of @bus, also after it was stopped
 * @service: (owned) (nullable): the stand-in, if that answers there
 * @keys: (owned): path of the key file
 *
 * A home with a session bus and a service, and the command in it (spec 13.4).
 */
typedef struct
{
  const char *program;
  GTestDBus *bus;
  char *address;
  QccStandIn *service;
  char *keys;
} QccCliFixture;

/* The key that tests give; nothing that is printed, sent or listed may hold it. */
#define QCC_CLI_TEST_KEY "test-key-0123456789"

QccCliFixture *qcc_cli_fixture_new (const char *program);
QccCliFixture *qcc_cli_fixture_new_activatable (const char *program, const char *service);
void qcc_cli_fixture_free (QccCliFixture *self);

QccCliRun *qcc_cli_fixture_run (QccCliFixture *self, const char *words, const char *input);
QccCliRun *qcc_cli_fixture_type (QccCliFixture *self, const char *words, const char *const *conversation);

char *qcc_cli_fixture_dup_key (QccCliFixture *self, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccCliFixture, qcc_cli_fixture_free)

G_END_DECLS
