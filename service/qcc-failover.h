/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-enums.h"
#include "service/qcc-profile-health.h"

G_BEGIN_DECLS

/*
 * When the active profile moves (spec 6.2 to 6.5). Pure: observations and a time in, a decision out. Times are
 * microseconds of a clock that never goes back and counts sleep too.
 */

/* The settings failover.*; durations in seconds. */
typedef struct
{
  gboolean auto_failover;
  gboolean auto_recovery;
  guint failure_threshold;
  guint success_threshold;
  guint cooldown;
  guint recovery_delay;
  guint max_per_hour;
} QccFailoverRules;

typedef struct
{
  const char *name; /* (unowned) */
  QccTier tier;     /* never disabled */
  QccProfileHealth health;
} QccFailoverProfile;

/**
 * QccFailoverInput:
 * @profiles: (unowned) (array length=n_profiles): those that are not disabled, best first
 * @active: index of the active profile, -1 for none
 * @home: index of where the user wants to be: the pinned profile, else the default one; -1 for none
 * @pinned: whether the user chose it by hand
 */
typedef struct
{
  const QccFailoverProfile *profiles;
  gsize n_profiles;
  gssize active;
  gssize home;
  gboolean pinned;
} QccFailoverInput;

/**
 * QccObservation:
 * @exchange: an exchange has finished, whoever served it: the active profile was observed by it, and the profile
 *   that is named; else a check has
 * @everywhere: it counts for all profiles: no checks are made that would tell of the others
 * @profile: (unowned) (nullable): the profile whose endpoint was asked
 */
typedef struct
{
  gboolean exchange;
  gboolean everywhere;
  const char *profile;
} QccObservation;

/**
 * QccFailoverAction:
 * @QCC_FAILOVER_STAY: nothing moves
 * @QCC_FAILOVER_MOVE: the active profile is down: go to the target
 * @QCC_FAILOVER_RECOVER: a better one is well again: go back to the target
 */
typedef enum
{
  QCC_FAILOVER_STAY,
  QCC_FAILOVER_MOVE,
  QCC_FAILOVER_RECOVER,
} QccFailoverAction;

/**
 * QccFailoverNews:
 * @QCC_FAILOVER_NEWS_CAP: it would move, but has moved too often in this hour (told once)
 * @QCC_FAILOVER_NEWS_NO_TARGET: it would move, but there is nowhere to go (told once)
 * @QCC_FAILOVER_NEWS_ALL_DOWN: no profile can be used any more
 * @QCC_FAILOVER_NEWS_BACK: one can again
 */
typedef enum
{
  QCC_FAILOVER_NEWS_NONE = 0,
  QCC_FAILOVER_NEWS_CAP = 1 << 0,
  QCC_FAILOVER_NEWS_NO_TARGET = 1 << 1,
  QCC_FAILOVER_NEWS_ALL_DOWN = 1 << 2,
  QCC_FAILOVER_NEWS_BACK = 1 << 3,
} QccFailoverNews;

typedef struct
{
  QccFailoverAction action;
  gssize target;        /* index of the profile to go to, -1 when nothing moves */
  QccFailoverNews news; /* what people should be told besides */
} QccFailoverDecision;

typedef struct _QccFailover QccFailover;

QccFailover *qcc_failover_new (void);
void qcc_failover_free (QccFailover *self);

QccFailoverDecision qcc_failover_observe (QccFailover *self,
                                          const QccFailoverInput *input,
                                          const QccFailoverRules *rules,
                                          const QccObservation *observation,
                                          gint64 now);
void qcc_failover_note_move (QccFailover *self, const char *to, gboolean automatic, gint64 now);
void qcc_failover_forget (QccFailover *self, const char *name);
guint qcc_failover_get_n_last_hour (const QccFailover *self, gint64 now);
gint64 qcc_failover_get_cooldown_until (const QccFailover *self, const QccFailoverRules *rules);

GVariant *qcc_failover_save (const QccFailover *self, gint64 now, gint64 wall_now);
void qcc_failover_load (QccFailover *self, GVariant *saved, gint64 now, gint64 wall_now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFailover, qcc_failover_free)

G_END_DECLS
