/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-call.h"

G_BEGIN_DECLS

/* What an endpoint consists of, as options: for tables of verbs, whose values qcc_endpoint_options_build() takes. */
#define QCC_ENDPOINT_OPTIONS                                                                                  \
  { "base-url", 'u', 0, G_OPTION_ARG_STRING, NULL, N_ ("Where requests go"), "URL" },                         \
      { "auth", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("auto, x-api-key or bearer"), "SCHEME" },                \
      { "weight", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Share of the traffic, 1 to 1000"), "N" },                \
      { "priority", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Place with strategy failover, 0 first"), "N" },        \
      { "max-failures", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Failures in a row until it rests"), "N" },         \
      { "ca-file", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_ ("PEM file that is trusted too"), "FILE" },          \
      { "proxy", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("system, none or the URL of a proxy"), "PROXY" },       \
      { "model", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, N_ ("Ask for model TO instead of FROM"), "FROM=TO" }, \
      { "meta", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, N_ ("Metadata of your own"), "KEY=VALUE" },            \
      { "connect-timeout", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Seconds to connect, 0 as set"), "S" },          \
      { "first-byte-timeout", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Seconds to the first event"), "S" },         \
  {                                                                                                           \
    "idle-timeout", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Seconds of silence in an answer"), "S"                 \
  }

GVariant *qcc_endpoint_options_build (const QccCall *call, GError **error);

G_END_DECLS
