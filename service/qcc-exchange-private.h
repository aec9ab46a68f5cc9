/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-attempt.h"
#include "service/qcc-classifier.h"
#include "service/qcc-client.h"
#include "service/qcc-deadline.h"
#include "service/qcc-downstream.h"
#include "service/qcc-exchange.h"
#include "service/qcc-gate.h"
#include "service/qcc-relay.h"
#include "service/qcc-route-plan.h"

G_BEGIN_DECLS

/*
 * One exchange, in three files by phase:
 *
 *   qcc-exchange.c          RECEIVED ─► ADMITTED ─► READ      the request comes in
 *   qcc-exchange-forward.c  ─► ROUTED ─► FORWARDING ─► GATED   attempts, one after another
 *   qcc-exchange-answer.c   ─► RELAYING ─► DONE                the answer goes out
 *
 *   GATED and FORWARDING go back to ROUTED when an attempt fails before commit. DONE is reached
 *   from every state, once; the recorder runs there.
 */
typedef enum
{
  QCC_EXCHANGE_RECEIVED,
  QCC_EXCHANGE_ADMITTED,
  QCC_EXCHANGE_READ,
  QCC_EXCHANGE_ROUTED,
  QCC_EXCHANGE_FORWARDING,
  QCC_EXCHANGE_GATED,
  QCC_EXCHANGE_RELAYING,
  QCC_EXCHANGE_DONE,
} QccExchangeState;

/**
 * QccFailedAnswer:
 *
 * An attempt that failed, with its answer as far as it could be passed on.
 */
typedef struct
{
  char *endpoint_id;  /* (owned) */
  char *profile_name; /* (owned) */
  QccVerdict verdict;
  QccTransportFailure transport;
  guint status;
  char *error_type;            /* (owned) (nullable) */
  char *message;               /* (owned) (nullable) */
  SoupMessageHeaders *headers; /* (owned) (nullable) */
  GBytes *body;                /* (owned) (nullable): the whole answer, or none */
  gint64 milliseconds;
} QccFailedAnswer;

struct _QccExchange
{
  const QccExchangeHost *host; /* (unowned) */
  guint64 id;
  QccExchangeState state;
  gint64 arrived;    /* monotonic time in microseconds */
  gint64 first_byte; /* the same, 0 before it */

  SoupServerMessage *message; /* (owned) */
  QccSnapshot *snapshot;      /* (owned): as it was at the start */
  const QccToken *token;      /* (unowned) (nullable): that lets the client in; of @snapshot */
  QccClient *client;          /* (owned) (nullable) */
  GCancellable *cancellable;  /* (owned): cancelled at the end, whatever it is */

  guint64 ticket;          /* of the body budget, 0 for none */
  gsize reserved;          /* bytes */
  gboolean starved;        /* reading waits for room */
  guint too_large_id;      /* idle source */
  QccDeadline *read_limit; /* (owned) (nullable): while the body comes; stopped while it waits for room */
  GByteArray *coming;      /* (owned) (nullable): the body while it comes */
  GBytes *body;            /* (owned) (nullable): the body when it is whole; freed at commit */
  guint64 bytes_in;
  char *path;             /* (owned) */
  char *query;            /* (owned) (nullable) */
  QccRequestFacts *facts; /* (owned) (nullable) */

  QccRoutePlan *plan;       /* (owned) (nullable) */
  QccEndpointEntry *entry;  /* (owned) (nullable): where the current attempt goes */
  const char *profile_name; /* (unowned): its profile, owned by @snapshot */
  QccAttempt *attempt;      /* (owned) (nullable) */
  gint64 sent_at;           /* monotonic time in microseconds */
  gboolean repeated;        /* this endpoint had its second try */
  QccGate *gate;            /* (owned) (nullable) */
  QccDeadline *hold_limit;  /* (owned): of the gate */
  GByteArray *error_body;   /* (owned) (nullable): start of an answer that is no success */
  GPtrArray *failures;      /* (owned) (element-type QccFailedAnswer) */

  QccDownstream *downstream; /* (owned) (nullable) */
  QccRelay *relay;           /* (owned) (nullable) */
  guint status;              /* as the client gets it */
  const char *end;           /* a word for the record */
  char *detail;              /* (owned) (nullable) */
};

void qcc_exchange_set_state (QccExchange *self, QccExchangeState state);
void qcc_exchange_finish (QccExchange *self, const char *end);
void qcc_exchange_free_body (QccExchange *self);
void qcc_exchange_drop_attempt (QccExchange *self);

void qcc_exchange_forward (QccExchange *self);

void qcc_exchange_commit (QccExchange *self, const GByteArray *held);
void qcc_exchange_answer (QccExchange *self, guint status, const char *body, const char *end);
void qcc_exchange_answer_failed (QccExchange *self, QccFailedAnswer *offline);
void qcc_exchange_answer_estimate (QccExchange *self);

void qcc_failed_answer_free (QccFailedAnswer *self);

G_END_DECLS
