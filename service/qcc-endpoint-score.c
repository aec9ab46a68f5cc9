/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "service/qcc-endpoint-figures.h"

/* Spec 5.6: what the score is made of, how slowly a weight follows it, and how far it goes. */
#define RESPONSE_SHARE 0.3
#define SUCCESS_SHARE 0.4
#define STABILITY_SHARE 0.2
#define IN_ROW_SHARE 0.1
#define SMOOTHING 0.7
#define MIN_PERCENT 10.0
#define MAX_PERCENT 200.0

/* With fewer values the deviation is mere chance. */
#define MIN_FOR_STABILITY 5

static int
compare_samples (const void *a,
                 const void *b)
{
  guint32 x = *(const guint32 *) a;
  guint32 y = *(const guint32 *) b;

  return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that @percent of all do not exceed. */
static guint32
percentile (const guint32 *sorted,
            guint n,
            guint percent)
{
  guint rank = (n * percent + 99) / 100;

  return sorted[MAX (rank, 1) - 1];
}

static double
mean_of (const guint32 *samples,
         guint n)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += samples[i];

  return sum / n;
}

static QccDistribution
distribution_of (const guint32 *samples,
                 guint n)
{
  guint32 sorted[QCC_FIGURES_SAMPLES];

  if (n == 0)
    return (QccDistribution){ -1, -1, -1 };

  memcpy (sorted, samples, n * sizeof *samples);
  qsort (sorted, n, sizeof *sorted, compare_samples);

  return (QccDistribution){
    .mean = llround (mean_of (samples, n)),
    .p50 = percentile (sorted, n, 50),
    .p95 = percentile (sorted, n, 95),
  };
}

/**
 * qcc_figures_first_byte:
 * @self: figures
 *
 * Returns: how long the newest answers took to their first byte
 */
QccDistribution
qcc_figures_first_byte (const QccEndpointFigures *self)
{
  g_return_val_if_fail (self != NULL, ((QccDistribution){ -1, -1, -1 }));

  return distribution_of (self->first_byte, self->n_first_byte);
}

/**
 * qcc_figures_total:
 * @self: figures
 *
 * Returns: how long the newest answers took to their end
 */
QccDistribution
qcc_figures_total (const QccEndpointFigures *self)
{
  g_return_val_if_fail (self != NULL, ((QccDistribution){ -1, -1, -1 }));

  return distribution_of (self->total, self->n_total);
}

/**
 * qcc_figures_success_rate:
 * @self: figures
 *
 * Returns: the share of the newest attempts that were answered, 0 to 1; 1 when there were none
 */
double
qcc_figures_success_rate (const QccEndpointFigures *self)
{
  guint successes = 0;

  g_return_val_if_fail (self != NULL, 1);

  if (self->n_outcomes == 0)
    return 1;

  for (guint i = 0; i < self->n_outcomes; i++)
    successes += self->outcomes[i];

  return (double) successes / self->n_outcomes;
}

/**
 * qcc_figures_stability:
 * @self: figures
 *
 * Returns: how alike the times to the first byte are, 0 to 1: 1 less the coefficient of variation; 1 with too few
 */
double
qcc_figures_stability (const QccEndpointFigures *self)
{
  double squares = 0;
  double mean;

  g_return_val_if_fail (self != NULL, 1);

  if (self->n_first_byte < MIN_FOR_STABILITY)
    return 1;

  mean = mean_of (self->first_byte, self->n_first_byte);
  if (mean <= 0)
    return 1;

  for (guint i = 0; i < self->n_first_byte; i++)
    squares += (self->first_byte[i] - mean) * (self->first_byte[i] - mean);

  return CLAMP (1 - sqrt (squares / self->n_first_byte) / mean, 0, 1);
}

/* How its time compares with that of the best. Less than a millisecond is a millisecond. */
static double
response_of (const QccEndpointFigures *self,
             gint64 best_first_byte_ms)
{
  gint64 own = qcc_figures_first_byte (self).p50;

  if (own < 0 || best_first_byte_ms < 0)
    return 1;

  return CLAMP ((double) MAX (best_first_byte_ms, 1) / MAX (own, 1), 0, 1);
}

/**
 * qcc_figures_score:
 * @self: figures
 * @best_first_byte_ms: the least median time to the first byte among those compared, -1 when it is not known
 *
 * Returns: how good the endpoint is, 0 to 100 (spec 5.6, 7.4)
 */
guint
qcc_figures_score (const QccEndpointFigures *self,
                   gint64 best_first_byte_ms)
{
  double score;

  g_return_val_if_fail (self != NULL, 0);

  score = RESPONSE_SHARE * response_of (self, best_first_byte_ms) +
          SUCCESS_SHARE * qcc_figures_success_rate (self) +
          STABILITY_SHARE * qcc_figures_stability (self) +
          IN_ROW_SHARE / (1.0 + self->failures_in_row);

  return (guint) lround (100 * score);
}

/**
 * qcc_figures_weight_percent:
 * @self: figures
 * @best_first_byte_ms: as for qcc_figures_score()
 * @previous: what this has returned last, 0 at first
 *
 * Returns: percent of the configured weight, 10 to 200; moves slowly from @previous (spec 5.6)
 */
double
qcc_figures_weight_percent (const QccEndpointFigures *self,
                            gint64 best_first_byte_ms,
                            double previous)
{
  double target;

  g_return_val_if_fail (self != NULL, 100);

  target = CLAMP (2.0 * qcc_figures_score (self, best_first_byte_ms), MIN_PERCENT, MAX_PERCENT);

  return previous > 0 ? SMOOTHING * previous + (1 - SMOOTHING) * target : target;
}

/**
 * qcc_weight_apply:
 * @configured: the weight that the user set
 * @percent: of qcc_figures_weight_percent(), 0 when nothing was measured
 *
 * Returns: the weight to choose by, at least 1
 */
guint
qcc_weight_apply (guint configured,
                  double percent)
{
  if (percent <= 0)
    return configured;

  return (guint) MAX (lround (configured * percent / 100), 1);
}
