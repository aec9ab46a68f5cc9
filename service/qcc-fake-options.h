/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-provider.h"

G_BEGIN_DECLS

/**
 * QccFakeOptions:
 * @port: port to listen on, 0 for any that is free
 * @key_variable: (owned) (nullable): environment variable with the only key that is let in
 * @script_files: (owned) (nullable): how to answer the first, the second, ... request for messages; the last one
 *   is for all that follow, too
 * @count_tokens_file: (owned) (nullable): how to answer requests to count tokens
 * @certificate_file: (owned) (nullable): PEM file with certificate and key, to speak TLS
 * @port_file: (owned) (nullable): where to write the port
 * @record_file: (owned) (nullable): where to write what was asked
 *
 * What the command line of qcc-fake-provider says.
 */
typedef struct
{
  int port;
  char *key_variable;
  GStrv script_files;
  char *count_tokens_file;
  char *certificate_file;
  char *port_file;
  char *record_file;
} QccFakeOptions;

void qcc_fake_options_clear (QccFakeOptions *self);

QccFakeProvider *qcc_fake_options_create_provider (const QccFakeOptions *self, GError **error);
gboolean qcc_fake_options_write_record (const QccFakeOptions *self, QccFakeProvider *provider, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccFakeOptions, qcc_fake_options_clear)

G_END_DECLS
