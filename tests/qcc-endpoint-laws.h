/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-state.h"

G_BEGIN_DECLS

/* What must hold for the state of an endpoint whatever happens to it. */

/**
 * QccLaw:
 * @QCC_LAW_NONE: all of them hold
 * @QCC_LAW_EDGES: the circuit moves only as its table says, and for the reason that the table gives
 * @QCC_LAW_LEASE: a lost probe frees itself after 30 s, and is no failure
 * @QCC_LAW_FREEDOM: time frees every endpoint within a day; a good check or a reset those whose key was refused
 * @QCC_LAW_POOL: nobody is left out for what is not its fault, nor put beyond the last resort by a guess of ours
 * @QCC_LAW_READING: reading changes nothing, and needs nobody to tell the time first
 * @QCC_LAW_CHARGES: a client's error charges nobody
 * @QCC_LAW_DUE: the next time when something changes is neither earlier nor later
 * @QCC_LAW_STORE: what is kept and comes back reads the same
 *
 * The law that is broken.
 */
typedef enum
{
  QCC_LAW_NONE,
  QCC_LAW_EDGES,
  QCC_LAW_LEASE,
  QCC_LAW_FREEDOM,
  QCC_LAW_POOL,
  QCC_LAW_READING,
  QCC_LAW_CHARGES,
  QCC_LAW_DUE,
  QCC_LAW_STORE,
} QccLaw;

/**
 * QccLawCode:
 *
 * The code that the laws are for: that of the service, or one with a fault.
 */
typedef struct
{
  QccStateChange (*apply) (QccEndpointState *state, const QccStateEvent *event, const QccStateRules *rules, gint64 now);
  QccEndpointView (*view) (const QccEndpointState *state, const QccStateRules *rules, gint64 now);
  gint64 (*next_due) (const QccEndpointState *state);
  void (*load) (QccEndpointState *state, GVariant *saved, gint64 now, gint64 wall_now);
} QccLawCode;

/**
 * QccLawSubject:
 * @state: the state of an endpoint
 * @new_since: of its last reset; what was sent before is of another endpoint
 * @charged: something was its fault since it was new
 * @stated: it has named a time since then
 * @refusals: of its key, since the last answer
 *
 * An endpoint, and the books that are kept of it beside the code that is tested.
 */
typedef struct
{
  QccEndpointState state;
  gint64 new_since;
  gboolean charged;
  gboolean stated;
  guint refusals;
} QccLawSubject;

typedef struct
{
  const QccLawCode *code; /* (unowned) */
  QccStateRules rules;
  gint64 now;
  gint64 wall_now;
} QccLawContext;

QccLaw qcc_laws_apply (const QccLawContext *context, QccLawSubject *subject, const QccStateEvent *event);
QccLaw qcc_laws_check (const QccLawContext *context, const QccLawSubject *subject);
QccLaw qcc_laws_check_store (const QccLawContext *context, const QccLawSubject *subject);

G_END_DECLS
