/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "tests/qcc-bus-fixture.h"
#include "tests/qcc-cli-run.h"

G_BEGIN_DECLS

/* The command against the real service, in the environment that a #QccBusFixture has made. */

/**
 * QccCliCase:
 * @name: of the test
 * @words: what stands behind `qcc`, as in a shell
 * @exit_code: what it must end with
 * @out: (nullable): a part of standard output, %NULL when there must be nothing
 * @err: (nullable): a part of standard error, likewise
 *
 * A call of the command.
 */
typedef struct
{
  const char *name;
  const char *words;
  int exit_code;
  const char *out;
  const char *err;
} QccCliCase;

QccCliRun *qcc_cli_service_run (const char *program, const char *words, const char *input);
void qcc_cli_service_check (const char *program, const QccCliCase *test);
JsonNode *qcc_cli_service_ask (const char *program, const char *words);
char *qcc_cli_service_get_port (QccBusFixture *fixture);

G_END_DECLS
