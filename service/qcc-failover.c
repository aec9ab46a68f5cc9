/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-failover.h"

#include "service/qcc-failover-private.h"

/* Spec 6.2: what is observed of one profile within this time counts once. */
#define MERGE_USEC G_USEC_PER_SEC

/* Observations in a row; one of the two is always 0. */
typedef struct
{
  guint unhealthy;
  guint healthy;
} Row;

typedef struct
{
  gint64 since; /* when the newest observation began; what comes within MERGE_USEC replaces it */
  Row before;   /* without the newest observation */
  Row row;
} Record;

/**
 * qcc_failover_new:
 *
 * Returns: (transfer full): one that has observed nothing
 */
QccFailover *
qcc_failover_new (void)
{
  QccFailover *self = g_new0 (QccFailover, 1);

  self->records = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->moves = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->last_switch = QCC_FAILOVER_NEVER;

  return self;
}

void
qcc_failover_free (QccFailover *self)
{
  g_return_if_fail (self != NULL);

  g_hash_table_unref (self->records);
  g_array_unref (self->moves);
  g_free (self->active);
  g_free (self->recovery_target);
  g_free (self);
}

static gboolean
is_down (const QccProfileHealth *health)
{
  switch (health->status)
    {
    case QCC_HEALTH_EMPTY:
    case QCC_HEALTH_UNHEALTHY:
      return TRUE;
    case QCC_HEALTH_HEALTHY:
    case QCC_HEALTH_DEGRADED:
      return FALSE;
    }

  g_assert_not_reached ();
}

static void
count (QccFailover *self,
       const QccFailoverProfile *profile,
       gint64 now)
{
  gboolean down = is_down (&profile->health);
  Record *record;

  /* Nobody knows yet: that is no observation at all (spec 6.4). */
  if (down && profile->health.probing)
    return;

  record = g_hash_table_lookup (self->records, profile->name);
  if (record == NULL)
    {
      record = g_new0 (Record, 1);
      record->since = now;
      g_hash_table_insert (self->records, g_strdup (profile->name), record);
    }
  else if (now - record->since >= MERGE_USEC)
    {
      record->since = now;
      record->before = record->row;
    }

  if (down)
    record->row = (Row){ .unhealthy = record->before.unhealthy + 1 };
  else
    record->row = (Row){ .healthy = record->before.healthy + 1 };
}

static void
count_all (QccFailover *self,
           const QccFailoverInput *input,
           const QccObservation *observation,
           gint64 now)
{
  for (gsize i = 0; i < input->n_profiles; i++)
    {
      gboolean is_active = (gssize) i == input->active;
      gboolean is_named = g_strcmp0 (input->profiles[i].name, observation->profile) == 0;

      if (is_named || observation->everywhere || (is_active && observation->exchange))
        count (self, &input->profiles[i], now);
    }
}

static Row
get_row (const QccFailover *self,
         const char *name)
{
  const Record *record = g_hash_table_lookup (self->records, name);

  return record != NULL ? record->row : (Row){ 0 };
}

/* The active profile is down, has been for long enough, and may be left by now. */
static gboolean
wants_move (const QccFailover *self,
            const QccFailoverProfile *active,
            const QccFailoverRules *rules,
            gint64 now)
{
  if (!rules->auto_failover || !is_down (&active->health) || active->health.probing)
    return FALSE;
  if (get_row (self, active->name).unhealthy < rules->failure_threshold)
    return FALSE;

  return active->health.n_usable == 0 || now >= qcc_failover_get_cooldown_until (self, rules);
}

/*
 * One that is merely degraded is not unhealthy either; it is taken where there is nothing better. Never the active one:
 * that is down.
 */
static gssize
find_target (const QccFailoverInput *input)
{
  gssize degraded = -1;

  for (gsize i = 0; i < input->n_profiles; i++)
    {
      if (input->profiles[i].health.status == QCC_HEALTH_HEALTHY)
        return (gssize) i;
      if (input->profiles[i].health.status == QCC_HEALTH_DEGRADED && degraded < 0)
        degraded = (gssize) i;
    }

  return degraded;
}

static gboolean
is_well_again (const QccFailover *self,
               const QccFailoverProfile *profile,
               const QccFailoverRules *rules,
               gint64 now)
{
  const QccProfileHealth *health = &profile->health;

  if (health->status != QCC_HEALTH_HEALTHY)
    return FALSE;
  if (get_row (self, profile->name).healthy < rules->success_threshold)
    return FALSE;

  return health->last_failure == 0 || now - health->last_failure >= (gint64) rules->recovery_delay * G_USEC_PER_SEC;
}

/*
 * Home before all others: it is the user's wish, whatever its tier, and for the same reason nothing recovers away
 * from it. A pinned profile is home too, and then nothing but home will do (spec 6.5).
 */
static gssize
find_recovery (const QccFailover *self,
               const QccFailoverInput *input,
               const QccFailoverRules *rules,
               gint64 now)
{
  QccTier tier = input->profiles[input->active].tier;

  if (!rules->auto_recovery || input->home < 0 || input->home == input->active)
    return -1;
  if (is_well_again (self, &input->profiles[input->home], rules, now))
    return input->home;
  if (input->pinned)
    return -1;

  for (gsize i = 0; i < input->n_profiles; i++)
    if (input->profiles[i].tier < tier && is_well_again (self, &input->profiles[i], rules, now))
      return (gssize) i;

  return -1;
}

/* Where nothing is, nothing has broken. */
static gboolean
is_set_up (const QccFailoverInput *input)
{
  for (gsize i = 0; i < input->n_profiles; i++)
    if (input->profiles[i].health.status != QCC_HEALTH_EMPTY)
      return TRUE;

  return FALSE;
}

/* Whether anything can be used at all. Where a probe runs, that is about to be known. */
static QccFailoverNews
judge_all (QccFailover *self,
           const QccFailoverInput *input)
{
  gboolean usable = FALSE;
  gboolean probing = FALSE;

  for (gsize i = 0; i < input->n_profiles; i++)
    {
      const QccProfileHealth *health = &input->profiles[i].health;

      usable |= health->n_usable > 0;
      probing |= health->probing;
    }

  if (usable && self->all_down)
    {
      self->all_down = FALSE;
      return QCC_FAILOVER_NEWS_BACK;
    }
  if (!usable && !probing && !self->all_down && is_set_up (input))
    {
      self->all_down = TRUE;
      return QCC_FAILOVER_NEWS_ALL_DOWN;
    }

  return QCC_FAILOVER_NEWS_NONE;
}

static QccFailoverDecision
decide (const QccFailover *self,
        const QccFailoverInput *input,
        const QccFailoverRules *rules,
        gint64 now)
{
  QccFailoverNews hindrance = QCC_FAILOVER_NEWS_NONE;
  gssize target;

  if (input->active < 0)
    return (QccFailoverDecision){ QCC_FAILOVER_STAY, -1, QCC_FAILOVER_NEWS_NONE };

  if (is_set_up (input) && wants_move (self, &input->profiles[input->active], rules, now))
    {
      target = find_target (input);
      if (target >= 0 && qcc_failover_get_n_last_hour (self, now) < rules->max_per_hour)
        return (QccFailoverDecision){ QCC_FAILOVER_MOVE, target, QCC_FAILOVER_NEWS_NONE };
      hindrance = target < 0 ? QCC_FAILOVER_NEWS_NO_TARGET : QCC_FAILOVER_NEWS_CAP;
    }

  /* Neither cool-down nor cap keep it from going where it belongs. */
  target = find_recovery (self, input, rules, now);
  if (target >= 0)
    return (QccFailoverDecision){ QCC_FAILOVER_RECOVER, target, QCC_FAILOVER_NEWS_NONE };

  return (QccFailoverDecision){ QCC_FAILOVER_STAY, -1, hindrance };
}

static void
set_name (char **name,
          const char *value)
{
  if (g_strcmp0 (*name, value) == 0)
    return;

  g_free (*name);
  *name = g_strdup (value);
}

/**
 * qcc_failover_observe:
 * @self: what was observed before
 * @input: the profiles as they are now
 * @rules: the settings
 * @observation: what has just finished
 * @now: the time
 *
 * Counts the observation and decides. It is repeated with the next observation, for as long as nobody
 * acts on it and says so with qcc_failover_note_move(); its news are not.
 *
 * While there is no active profile nothing moves; whoever left it so has to choose.
 *
 * Returns: what to do
 */
QccFailoverDecision
qcc_failover_observe (QccFailover *self,
                      const QccFailoverInput *input,
                      const QccFailoverRules *rules,
                      const QccObservation *observation,
                      gint64 now)
{
  QccFailoverDecision none = { QCC_FAILOVER_STAY, -1, QCC_FAILOVER_NEWS_NONE };
  QccFailoverDecision decision;
  const QccFailoverProfile *active;

  g_return_val_if_fail (self != NULL && rules != NULL && observation != NULL, none);
  g_return_val_if_fail (input != NULL, none);
  g_return_val_if_fail (input->active < (gssize) input->n_profiles, none);
  g_return_val_if_fail (input->home < (gssize) input->n_profiles, none);

  active = input->active >= 0 ? &input->profiles[input->active] : NULL;
  set_name (&self->active, active != NULL ? active->name : NULL);
  if (active != NULL && !is_down (&active->health))
    self->told = QCC_FAILOVER_NEWS_NONE;

  count_all (self, input, observation, now);
  decision = decide (self, input, rules, now);
  set_name (&self->recovery_target,
            decision.action == QCC_FAILOVER_RECOVER ? input->profiles[decision.target].name : NULL);

  decision.news &= ~self->told;
  self->told |= decision.news;
  decision.news |= judge_all (self, input);

  return decision;
}

/**
 * qcc_failover_note_move:
 * @self: what was observed
 * @to: the profile that is active now
 * @automatic: whether a decision was carried out; %FALSE for a wish of the user
 * @now: the time
 *
 * The profile that was left and @to are observed from scratch. An automatic move begins the cool-down. It counts for
 * the cap too, unless the last decision was to recover to @to: going back does not use up what is left for an
 * emergency.
 */
void
qcc_failover_note_move (QccFailover *self,
                        const char *to,
                        gboolean automatic,
                        gint64 now)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (to != NULL);

  if (automatic)
    {
      if (g_strcmp0 (to, self->recovery_target) != 0)
        qcc_failover_add_move (self, now, now);
      self->last_switch = now;
    }

  if (self->active != NULL)
    g_hash_table_remove (self->records, self->active);
  g_hash_table_remove (self->records, to);
  set_name (&self->recovery_target, NULL);
  self->told = QCC_FAILOVER_NEWS_NONE;
}

/**
 * qcc_failover_forget:
 * @self: what was observed
 * @name: a profile that is gone or has another name now
 *
 * A profile that takes this name later is observed from scratch.
 */
void
qcc_failover_forget (QccFailover *self,
                     const char *name)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (name != NULL);

  g_hash_table_remove (self->records, name);
  if (g_strcmp0 (self->recovery_target, name) == 0)
    set_name (&self->recovery_target, NULL);
}

/**
 * qcc_failover_get_cooldown_until:
 * @self: what was observed
 * @rules: the settings
 *
 * Returns: when the cool-down after the last automatic switch is over, which may be in the past; 0 when there was none
 */
gint64
qcc_failover_get_cooldown_until (const QccFailover *self,
                                 const QccFailoverRules *rules)
{
  g_return_val_if_fail (self != NULL && rules != NULL, 0);

  /* Never is too long ago for any cool-down. */
  return MAX (0, self->last_switch + (gint64) rules->cooldown * G_USEC_PER_SEC);
}
