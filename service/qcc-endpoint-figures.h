/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "service/qcc-verdict.h"

G_BEGIN_DECLS

/*
 * What was measured of one endpoint (spec 7.4). Times are wall time in microseconds since the epoch, 0 for never;
 * durations milliseconds.
 */

#define QCC_FIGURES_SAMPLES 128 /* the newest, for percentiles */

/**
 * QccEndpointFigures:
 *
 * Public so that it can be read; changed only by the functions below. All zero is a valid start. Kept across restarts.
 */
typedef struct
{
  guint64 requests; /* attempts that said something about the endpoint */
  guint64 successes;
  guint64 failures[QCC_N_CLASSES];
  guint64 cuts;
  guint64 checks;
  guint64 checks_passed;
  guint failures_in_row;
  guint successes_in_row;
  gint64 last_request;
  gint64 last_success;
  gint64 last_error;
  gint64 last_check;
  gint64 last_check_ms;      /* how long the last check took */
  char last_error_text[160]; /* UTF-8, of our own making: class, status, rule; never from outside */
  guint n_first_byte;        /* values that are there */
  guint next_first_byte;
  guint32 first_byte[QCC_FIGURES_SAMPLES];
  guint n_total;
  guint next_total;
  guint32 total[QCC_FIGURES_SAMPLES];
  guint n_outcomes;
  guint next_outcome;
  guint8 outcomes[QCC_FIGURES_SAMPLES]; /* 1 for a success */
} QccEndpointFigures;

/**
 * QccDistribution:
 *
 * Milliseconds, -1 where nothing was measured.
 */
typedef struct
{
  gint64 mean;
  gint64 p50;
  gint64 p95;
} QccDistribution;

void qcc_figures_note_commit (QccEndpointFigures *self, gint64 first_byte_ms, gint64 wall_now);
void qcc_figures_note_end (QccEndpointFigures *self, gint64 total_ms);
void qcc_figures_note_failure (QccEndpointFigures *self, const QccVerdict *verdict, guint status, gint64 wall_now);
void qcc_figures_note_cut (QccEndpointFigures *self, gint64 wall_now);
void qcc_figures_note_check (QccEndpointFigures *self, gboolean passed, gint64 latency_ms, const char *error_text, gint64 wall_now);

QccDistribution qcc_figures_first_byte (const QccEndpointFigures *self);
QccDistribution qcc_figures_total (const QccEndpointFigures *self);
double qcc_figures_success_rate (const QccEndpointFigures *self);
double qcc_figures_stability (const QccEndpointFigures *self);
guint qcc_figures_score (const QccEndpointFigures *self, gint64 best_first_byte_ms);

/* Percent of the configured weight, 10 to 200 (spec 5.6); @previous is 0 at first. */
double qcc_figures_weight_percent (const QccEndpointFigures *self, gint64 best_first_byte_ms, double previous);
guint qcc_weight_apply (guint configured, double percent);

GVariant *qcc_figures_save (const QccEndpointFigures *self);
void qcc_figures_load (QccEndpointFigures *self, GVariant *saved);

G_END_DECLS
