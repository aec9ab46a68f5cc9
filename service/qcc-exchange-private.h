/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-attempt.h"
#include "service/qcc-classifier.h"
#include "service/qcc-client.h"
#include "service/qcc-deadline.h"
#include "service/qcc-downstream.h"
#include "service/qcc-exchange.h"
#include "service/qcc-explanation.h"
#include "service/qcc-failed-answer.h"
#include "service/qcc-gate.h"
#include "service/qcc-relay.h"
#include "service/qcc-route-plan.h"
#include "service/qcc-transport-error.h"

G_BEGIN_DECLS

/*
 * One exchange, in files by phase:
 *
 *   qcc-exchange.c          RECEIVED ─► ADMITTED ─► READ      the request comes in
 *   qcc-exchange-forward.c  ─► ROUTED ─► FORWARDING            attempts, one after another
 *   qcc-exchange-judge.c    ─► GATED                           what becomes of an attempt
 *   qcc-exchange-answer.c   ─► RELAYING ─► DONE                the answer goes out
 *   qcc-exchange-repair.c   FORWARDING ─► ROUTED               the request is mended once, spec 4.3
 *
 *   qcc-exchange-health.c   what is told of its attempts, wherever it is
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
  char *path;                   /* (owned) */
  char *query;                  /* (owned) (nullable) */
  QccRequestFacts *facts;       /* (owned) (nullable) */
  QccRequestFacts *first_facts; /* (owned) (nullable): of the body as it came, once it is mended; @plan may borrow */

  QccRoutePlan *plan;              /* (owned) (nullable) */
  QccEndpointEntry *entry;         /* (owned) (nullable): where the current attempt goes */
  const char *profile_name;        /* (unowned): its profile, owned by @snapshot */
  QccAttempt *attempt;             /* (owned) (nullable) */
  gint64 sent_at;                  /* monotonic time in microseconds */
  QccHealthAttempt health_attempt; /* as the health of @entry knows it; its id is 0 when nothing is open */
  QccExplanation *explanation;     /* (owned) (nullable) */
  gboolean repeated;               /* this endpoint had its second try */
  QccGate *gate;                   /* (owned) (nullable) */
  QccDeadline *hold_limit;         /* (owned): of the gate */
  GByteArray *error_body;          /* (owned) (nullable): start of an answer that is no success */
  GPtrArray *failures;             /* (owned) (element-type QccFailedAnswer) */

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
gboolean qcc_exchange_may_go_on (QccExchange *self);
void qcc_exchange_send (QccExchange *self);
void qcc_exchange_go_on (QccExchange *self, QccAction action);
void qcc_exchange_head_received (QccExchange *self);
void qcc_exchange_fail_by_error (QccExchange *self, const GError *error, QccTransportPhase phase);

gboolean qcc_exchange_repair (QccExchange *self, guint status, const char *text, gsize length);

void qcc_exchange_commit (QccExchange *self, const GByteArray *held);
void qcc_exchange_answer (QccExchange *self, guint status, const char *body, const char *end);
void qcc_exchange_answer_failed (QccExchange *self, QccFailedAnswer *offline);
void qcc_exchange_answer_estimate (QccExchange *self);

void qcc_exchange_note_sent (QccExchange *self);
void qcc_exchange_note_failed (QccExchange *self, const QccVerdict *verdict, guint status);
void qcc_exchange_note_committed (QccExchange *self);
void qcc_exchange_note_ended (QccExchange *self, QccRelayEnd end);
void qcc_exchange_note_dropped (QccExchange *self);
void qcc_exchange_note_over (QccExchange *self);

G_END_DECLS
