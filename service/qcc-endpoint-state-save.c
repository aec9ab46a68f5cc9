/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-state-private.h"

#include "common/qcc-enums.h"

/* More than this in a row says no more. */
#define MAX_COUNT 1000

/* What lies longer back than any cool-down lasts is just old. */
#define MAX_AGE_USEC (86400 * (gint64) G_USEC_PER_SEC)

typedef struct
{
  GVariantDict *saved; /* (unowned) */
  gint64 saved_at;     /* wall time */
  gint64 now;
  gint64 wall_now;
} Loader;

static void
save_enum (GVariantDict *dict,
           const char *name,
           GType type,
           int value)
{
  g_variant_dict_insert (dict, name, "s", qcc_enum_to_nick (type, value));
}

/**
 * qcc_endpoint_state_save:
 * @state: what QCC thinks of an endpoint
 * @now: microseconds
 * @wall_now: the same moment, microseconds since the epoch
 *
 * What outlives a restart: times become wall time. A probe does not outlive it, nor does the window of the error rate.
 *
 * Returns: (transfer floating): `a{sv}` for qcc_endpoint_state_load()
 */
GVariant *
qcc_endpoint_state_save (const QccEndpointState *state,
                         gint64 now,
                         gint64 wall_now)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  gboolean probing;

  g_return_val_if_fail (state != NULL, NULL);

  probing = state->circuit == QCC_CIRCUIT_PROBING;
  g_variant_dict_insert (&dict, "saved-at", "x", wall_now);

  save_enum (&dict, "circuit", QCC_TYPE_CIRCUIT, probing ? QCC_CIRCUIT_HALF_OPEN : state->circuit);
  if (state->open_until != 0)
    g_variant_dict_insert (&dict, "open-until", "x", wall_now + (state->open_until - now));
  g_variant_dict_insert (&dict, "open-seconds", "u", state->open_seconds);
  g_variant_dict_insert (&dict, "half-open-successes", "u", state->half_open_successes);
  g_variant_dict_insert (&dict, "checked", "b", state->checked);

  g_variant_dict_insert (&dict, "failures", "u", state->failures);
  g_variant_dict_insert (&dict, "check-failures", "u", state->check_failures);
  g_variant_dict_insert (&dict, "cuts", "u", state->cuts);
  g_variant_dict_insert (&dict, "level-failures", "u", state->level_failures);
  g_variant_dict_insert (&dict, "successes", "u", state->successes);
  g_variant_dict_insert (&dict, "weak", "b", state->weak);

  save_enum (&dict, "cooling", QCC_TYPE_COOLING, state->cooling);
  save_enum (&dict, "cooling-last", QCC_TYPE_COOLING, state->cooling_last);
  g_variant_dict_insert (&dict, "cooling-stated", "b", state->cooling_stated);
  if (state->cooling != QCC_COOLING_NONE)
    g_variant_dict_insert (&dict, "cooling-until", "x", wall_now + (state->cooling_until - now));
  g_variant_dict_insert (&dict, "cooling-seconds", "u", state->cooling_seconds);

  save_enum (&dict, "credential", QCC_TYPE_CREDENTIAL, state->credential);
  g_variant_dict_insert (&dict, "refused-message", "b", state->refused_message);
  g_variant_dict_insert (&dict, "lifted-by-check", "b", state->lifted_by_check);
  g_variant_dict_insert (&dict, "check-is-blind", "b", state->check_is_blind);
  if (state->credential_since != 0)
    g_variant_dict_insert (&dict, "credential-since", "x", wall_now + (state->credential_since - now));

  if (state->last_failure != 0)
    g_variant_dict_insert (&dict, "last-failure", "x", wall_now + (state->last_failure - now));
  if (state->last_success != 0)
    g_variant_dict_insert (&dict, "last-success", "x", wall_now + (state->last_success - now));

  return g_variant_dict_end (&dict);
}

static gboolean
load_flag (const Loader *loader,
           const char *name)
{
  gboolean value = FALSE;

  g_variant_dict_lookup (loader->saved, name, "b", &value);

  return value;
}

static guint
load_count (const Loader *loader,
            const char *name,
            guint max)
{
  guint value = 0;

  g_variant_dict_lookup (loader->saved, name, "u", &value);

  return MIN (value, max);
}

/* The first value of @type where there is none that is known. */
static int
load_enum (const Loader *loader,
           const char *name,
           GType type)
{
  const char *nick;
  int value = 0;

  if (g_variant_dict_lookup (loader->saved, name, "&s", &nick))
    qcc_enum_from_nick (type, nick, &value, NULL);

  return value;
}

/* A time to come. It is over when it has passed, and when the clock was set back: nobody knows then how much of it
 * has, and whoever waits for a wrong clock may wait for long. */
static gint64
load_deadline (const Loader *loader,
               const char *name,
               guint longest)
{
  guint64 longest_usec = longest * (guint64) G_USEC_PER_SEC;
  gint64 wall;

  if (!g_variant_dict_lookup (loader->saved, name, "x", &wall) || loader->wall_now < loader->saved_at ||
      wall <= loader->wall_now)
    return loader->now;

  return loader->now + (gint64) MIN ((guint64) wall - (guint64) loader->wall_now, longest_usec);
}

/* A time of the past, 0 for never. When the clock was set back it is as old as it was when it was saved, at least. */
static gint64
load_past (const Loader *loader,
           const char *name)
{
  gint64 until = MAX (loader->saved_at, loader->wall_now);
  guint64 age = 0;
  gint64 time;
  gint64 wall;

  if (!g_variant_dict_lookup (loader->saved, name, "x", &wall))
    return 0;

  if (wall < until)
    age = MIN ((guint64) until - (guint64) wall, MAX_AGE_USEC);
  time = loader->now - (gint64) age;

  return time != 0 ? time : -1;
}

static void
load_circuit (const Loader *loader,
              QccEndpointState *state)
{
  /* A probe would have no lease: the tick at the end takes it for lost. */
  state->circuit = load_enum (loader, "circuit", QCC_TYPE_CIRCUIT);
  state->circuit_since = loader->now;

  if (state->circuit != QCC_CIRCUIT_CLOSED)
    state->open_seconds = MAX (load_count (loader, "open-seconds", QCC_BREAKER_LONGEST_SECONDS),
                               QCC_BREAKER_FIRST_SECONDS);

  if (state->circuit == QCC_CIRCUIT_OPEN || state->circuit == QCC_CIRCUIT_QUARANTINED)
    state->open_until = load_deadline (loader, "open-until", state->open_seconds);

  if (state->circuit == QCC_CIRCUIT_HALF_OPEN)
    {
      state->half_open_successes = load_count (loader, "half-open-successes", 1);
      state->checked = load_flag (loader, "checked");
    }
}

static void
load_counts (const Loader *loader,
             QccEndpointState *state)
{
  state->failures = load_count (loader, "failures", MAX_COUNT);
  state->check_failures = load_count (loader, "check-failures", state->failures);
  state->cuts = load_count (loader, "cuts", MAX_COUNT);
  state->level_failures = load_count (loader, "level-failures", MAX_COUNT);
  state->successes = load_count (loader, "successes", MAX_COUNT);
  state->weak = load_flag (loader, "weak");
  state->last_failure = load_past (loader, "last-failure");
  state->last_success = load_past (loader, "last-success");
}

static void
load_cooling (const Loader *loader,
              QccEndpointState *state)
{
  guint longest;

  state->cooling = load_enum (loader, "cooling", QCC_TYPE_COOLING);
  state->cooling_last = state->cooling;
  if (state->cooling == QCC_COOLING_NONE)
    state->cooling_last = load_enum (loader, "cooling-last", QCC_TYPE_COOLING);

  longest = qcc_cooling_longest (state->cooling_last);
  state->cooling_since = loader->now;
  state->cooling_seconds = load_count (loader, "cooling-seconds", longest);
  if (state->cooling != QCC_COOLING_NONE)
    {
      state->cooling_stated = load_flag (loader, "cooling-stated");
      state->cooling_until = load_deadline (loader, "cooling-until", longest);
    }
}

static void
load_credential (const Loader *loader,
                 QccEndpointState *state)
{
  state->credential = load_enum (loader, "credential", QCC_TYPE_CREDENTIAL);
  state->refused_message = load_flag (loader, "refused-message");
  state->lifted_by_check = load_flag (loader, "lifted-by-check");
  state->check_is_blind = load_flag (loader, "check-is-blind");
  state->credential_since = load_past (loader, "credential-since");
}

/**
 * qcc_endpoint_state_load:
 * @state: (out caller-allocates): what QCC thinks of an endpoint
 * @saved: (nullable): what qcc_endpoint_state_save() has made, or whatever else a file had instead
 * @now: microseconds
 * @wall_now: the same moment, microseconds since the epoch
 *
 * Members that are unknown, of another type or out of range are as if nothing were known. No deadline is longer than
 * the longest of its class (spec 4.1), and where the wall clock was set back, or it is not known when @saved was made,
 * all of them are over (spec 16.1).
 */
void
qcc_endpoint_state_load (QccEndpointState *state,
                         GVariant *saved,
                         gint64 now,
                         gint64 wall_now)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  Loader loader = { &dict, G_MAXINT64, now, wall_now };

  g_return_if_fail (state != NULL);

  memset (state, 0, sizeof *state);
  if (saved == NULL || !g_variant_is_of_type (saved, G_VARIANT_TYPE_VARDICT))
    return;

  g_variant_dict_init (&dict, saved);
  g_variant_dict_lookup (&dict, "saved-at", "x", &loader.saved_at);
  load_circuit (&loader, state);
  load_counts (&loader, state);
  load_cooling (&loader, state);
  load_credential (&loader, state);
  qcc_endpoint_state_tick (state, now);
}
