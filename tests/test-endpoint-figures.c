/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-figures.h"

#define WALL G_GINT64_CONSTANT (1700000000000000)

#define assert_near(a, b) g_assert_cmpfloat_with_epsilon (a, b, 1e-9)

static void
note_failures (QccEndpointFigures *figures,
               QccClass klass,
               guint n)
{
  const QccVerdict verdict = { .klass = klass, .retry_after = -1, .rule = "some-rule" };

  for (guint i = 0; i < n; i++)
    qcc_figures_note_failure (figures, &verdict, 503, WALL);
}

static void
note_commits (QccEndpointFigures *figures,
              gint64 first_byte_ms,
              guint n)
{
  for (guint i = 0; i < n; i++)
    qcc_figures_note_commit (figures, first_byte_ms, WALL);
}

static void
test_empty (void)
{
  const QccEndpointFigures figures = { 0 };

  g_assert_cmpint (qcc_figures_first_byte (&figures).mean, ==, -1);
  g_assert_cmpint (qcc_figures_first_byte (&figures).p50, ==, -1);
  g_assert_cmpint (qcc_figures_total (&figures).p95, ==, -1);
  assert_near (qcc_figures_success_rate (&figures), 1);
  assert_near (qcc_figures_stability (&figures), 1);
  g_assert_cmpuint (qcc_figures_score (&figures, -1), ==, 100);
  g_assert_cmpuint (qcc_figures_score (&figures, 200), ==, 100);
}

static void
test_counts (void)
{
  QccEndpointFigures figures = { 0 };

  qcc_figures_note_commit (&figures, 120, WALL);
  qcc_figures_note_commit (&figures, -1, WALL + 1);
  qcc_figures_note_end (&figures, 900);
  g_assert_cmpuint (figures.requests, ==, 2);
  g_assert_cmpuint (figures.successes, ==, 2);
  g_assert_cmpuint (figures.successes_in_row, ==, 2);
  g_assert_cmpint (figures.last_success, ==, WALL + 1);
  g_assert_cmpint (figures.last_request, ==, WALL + 1);
  g_assert_cmpuint (figures.n_first_byte, ==, 1);
  g_assert_cmpint (qcc_figures_total (&figures).mean, ==, 900);

  note_failures (&figures, QCC_CLASS_OVERLOAD, 2);
  g_assert_cmpuint (figures.requests, ==, 4);
  g_assert_cmpuint (figures.failures[QCC_CLASS_OVERLOAD], ==, 2);
  g_assert_cmpuint (figures.failures_in_row, ==, 2);
  g_assert_cmpuint (figures.successes_in_row, ==, 0);
  g_assert_cmpint (figures.last_error, ==, WALL);
  g_assert_cmpstr (figures.last_error_text, ==, "overload, 503 (some-rule)");
  assert_near (qcc_figures_success_rate (&figures), 0.5);

  qcc_figures_note_commit (&figures, 100, WALL);
  g_assert_cmpuint (figures.failures_in_row, ==, 0);
  g_assert_cmpuint (figures.successes_in_row, ==, 1);
}

/* Spec 4.1: who is charged. */
static void
test_charged (void)
{
  for (int klass = 0; klass < QCC_N_CLASSES; klass++)
    {
      gboolean charged = klass != QCC_CLASS_UNSUPPORTED && klass != QCC_CLASS_REQUEST && klass != QCC_CLASS_CLIENT &&
                         klass != QCC_CLASS_OFFLINE;
      QccEndpointFigures figures = { 0 };

      note_failures (&figures, klass, 1);
      g_assert_cmpuint (figures.failures[klass], ==, 1);
      g_assert_cmpuint (figures.requests, ==, charged ? 1 : 0);
      g_assert_cmpuint (figures.failures_in_row, ==, charged ? 1 : 0);
      g_assert_cmpuint (figures.n_outcomes, ==, charged ? 1 : 0);
      g_assert_cmpint (figures.last_error, ==, charged ? WALL : 0);
      assert_near (qcc_figures_success_rate (&figures), charged ? 0 : 1);
    }
}

static void
test_transport (void)
{
  const QccVerdict refused = { .klass = QCC_CLASS_TRANSIENT, .rule = "refused" };
  const QccVerdict unnamed = { .klass = QCC_CLASS_TRANSIENT };
  QccEndpointFigures figures = { 0 };

  qcc_figures_note_failure (&figures, &refused, 0, WALL);
  g_assert_cmpstr (figures.last_error_text, ==, "transient (refused)");
  qcc_figures_note_failure (&figures, &unnamed, 500, WALL);
  g_assert_cmpstr (figures.last_error_text, ==, "transient, 500 (-)");
}

/* What is cut was no success after all: an endpoint that always cuts has a rate of nothing. */
static void
test_cut (void)
{
  QccEndpointFigures figures = { 0 };

  for (guint i = 0; i < 200; i++)
    {
      qcc_figures_note_commit (&figures, 100, WALL);
      qcc_figures_note_cut (&figures, WALL + 5);
    }
  assert_near (qcc_figures_success_rate (&figures), 0);
  g_assert_cmpuint (figures.cuts, ==, 200);
  g_assert_cmpuint (figures.requests, ==, 200);
  g_assert_cmpuint (figures.failures_in_row, ==, 1);
  g_assert_cmpuint (figures.successes_in_row, ==, 0);
  g_assert_cmpint (figures.last_error, ==, WALL + 5);
  g_assert_cmpstr (figures.last_error_text, ==, "cut");

  note_commits (&figures, 100, 64);
  qcc_figures_note_cut (&figures, WALL);
  assert_near (qcc_figures_success_rate (&figures), 63 / 128.0);
}

static void
test_check (void)
{
  g_autofree char *text = NULL;
  GString *long_text = g_string_new ("x");
  QccEndpointFigures figures = { 0 };

  qcc_figures_note_check (&figures, TRUE, 40, NULL, WALL);
  g_assert_cmpuint (figures.checks, ==, 1);
  g_assert_cmpuint (figures.checks_passed, ==, 1);
  g_assert_cmpint (figures.last_check, ==, WALL);
  g_assert_cmpint (figures.last_check_ms, ==, 40);
  g_assert_cmpint (figures.last_error, ==, 0);
  g_assert_cmpuint (figures.n_first_byte, ==, 0);

  qcc_figures_note_check (&figures, FALSE, 50, "nothing listens there", WALL + 1);
  g_assert_cmpuint (figures.checks, ==, 2);
  g_assert_cmpuint (figures.checks_passed, ==, 1);
  g_assert_cmpint (figures.last_error, ==, WALL + 1);
  g_assert_cmpstr (figures.last_error_text, ==, "nothing listens there");
  g_assert_cmpuint (figures.requests, ==, 0);
  g_assert_cmpuint (figures.failures_in_row, ==, 0);

  /* A text of people's words that does not fit is not cut within one of its characters. */
  for (guint i = 0; i < 100; i++)
    g_string_append (long_text, "错");
  text = g_string_free (long_text, FALSE);
  qcc_figures_note_check (&figures, FALSE, 50, text, WALL);
  g_assert_true (g_utf8_validate (figures.last_error_text, -1, NULL));
  g_assert_cmpuint (strlen (figures.last_error_text), ==, 1 + 3 * 52);
  g_assert_true (g_str_has_prefix (text, figures.last_error_text));
}

/* Nearest rank, of the newest 128. */
static void
test_percentiles (void)
{
  QccEndpointFigures figures = { 0 };
  QccDistribution distribution;

  for (gint64 i = 5; i >= 1; i--)
    qcc_figures_note_commit (&figures, i * 10, WALL);
  distribution = qcc_figures_first_byte (&figures);
  g_assert_cmpint (distribution.mean, ==, 30);
  g_assert_cmpint (distribution.p50, ==, 30);
  g_assert_cmpint (distribution.p95, ==, 50);

  qcc_figures_note_commit (&figures, 1000, WALL);
  g_assert_cmpint (qcc_figures_first_byte (&figures).p50, ==, 30);
  g_assert_cmpint (qcc_figures_first_byte (&figures).mean, ==, 192);

  for (gint64 i = 1; i <= 100; i++)
    qcc_figures_note_end (&figures, i);
  g_assert_cmpint (qcc_figures_total (&figures).p50, ==, 50);
  g_assert_cmpint (qcc_figures_total (&figures).p95, ==, 95);

  for (guint i = 0; i < QCC_FIGURES_SAMPLES; i++)
    qcc_figures_note_end (&figures, G_MAXINT64);
  g_assert_cmpint (qcc_figures_total (&figures).mean, ==, G_MAXUINT32);
  g_assert_cmpuint (figures.n_total, ==, QCC_FIGURES_SAMPLES);
}

static void
test_newest (void)
{
  QccEndpointFigures figures = { 0 };

  note_failures (&figures, QCC_CLASS_TRANSIENT, 100);
  note_commits (&figures, 100, 96);
  assert_near (qcc_figures_success_rate (&figures), 0.75);
  note_commits (&figures, 100, 32);
  assert_near (qcc_figures_success_rate (&figures), 1);
}

static void
test_stability (void)
{
  QccEndpointFigures even = { 0 };
  QccEndpointFigures uneven = { 0 };
  QccEndpointFigures wild = { 0 };
  QccEndpointFigures instant = { 0 };

  note_commits (&even, 300, 10);
  assert_near (qcc_figures_stability (&even), 1);

  /* 100 and 300 by turns: mean 200, deviation 100. */
  for (guint i = 0; i < 4; i++)
    note_commits (&uneven, i % 2 == 0 ? 100 : 300, 1);
  assert_near (qcc_figures_stability (&uneven), 1);
  for (guint i = 0; i < 4; i++)
    note_commits (&uneven, i % 2 == 0 ? 100 : 300, 1);
  assert_near (qcc_figures_stability (&uneven), 0.5);

  note_commits (&wild, 1, 20);
  note_commits (&wild, 100000, 1);
  assert_near (qcc_figures_stability (&wild), 0);

  note_commits (&instant, 0, 10);
  assert_near (qcc_figures_stability (&instant), 1);
}

/* Spec 5.6: 30, 40, 20 and 10 percent. */
static void
test_score (void)
{
  QccEndpointFigures figures = { 0 };

  note_commits (&figures, 400, 10);
  g_assert_cmpuint (qcc_figures_score (&figures, -1), ==, 100);
  g_assert_cmpuint (qcc_figures_score (&figures, 400), ==, 100);
  g_assert_cmpuint (qcc_figures_score (&figures, 200), ==, 85);
  g_assert_cmpuint (qcc_figures_score (&figures, 0), ==, 70);
  g_assert_cmpuint (qcc_figures_score (&figures, 800), ==, 100);

  /* Half of all fails, ten in a row: 30 + 20 + 20 + 10 / 11. */
  note_failures (&figures, QCC_CLASS_TRANSIENT, 10);
  g_assert_cmpuint (qcc_figures_score (&figures, 400), ==, 71);
}

static void
test_weight (void)
{
  QccEndpointFigures good = { 0 };
  QccEndpointFigures bad = { 0 };
  double percent;

  note_commits (&good, 100, 10);
  percent = qcc_figures_weight_percent (&good, 100, 0);
  assert_near (percent, 200);

  /* Slow, uneven and failing: it goes down to the least weight, but slowly. */
  note_commits (&bad, 100, 10);
  note_commits (&bad, 1000000, 1);
  note_failures (&bad, QCC_CLASS_TRANSIENT, 128);
  g_assert_cmpuint (qcc_figures_score (&bad, 1), ==, 0);
  percent = qcc_figures_weight_percent (&bad, 1, percent);
  assert_near (percent, 0.7 * 200 + 0.3 * 10);
  for (guint i = 0; i < 100; i++)
    percent = qcc_figures_weight_percent (&bad, 1, percent);
  assert_near (percent, 10);

  g_assert_cmpuint (qcc_weight_apply (100, 0), ==, 100);
  g_assert_cmpuint (qcc_weight_apply (100, 170.4), ==, 170);
  g_assert_cmpuint (qcc_weight_apply (3, 50), ==, 2);
  g_assert_cmpuint (qcc_weight_apply (1, 10), ==, 1);
  g_assert_cmpuint (qcc_weight_apply (1000, 200), ==, 2000);
}

static void
test_round_trip (void)
{
  g_autoptr (GVariant) saved = NULL;
  g_autoptr (GVariant) again = NULL;
  QccEndpointFigures figures = { 0 };
  QccEndpointFigures loaded;

  for (guint i = 0; i < 150; i++)
    {
      qcc_figures_note_commit (&figures, 100 * i, WALL + i);
      qcc_figures_note_end (&figures, 2 * i);
    }
  note_failures (&figures, QCC_CLASS_OFFLINE, 3);
  note_failures (&figures, QCC_CLASS_TRANSIENT, 5);
  qcc_figures_note_cut (&figures, WALL + 7);
  qcc_figures_note_check (&figures, TRUE, 33, NULL, WALL + 9);

  saved = g_variant_ref_sink (qcc_figures_save (&figures));
  qcc_figures_load (&loaded, saved);
  again = g_variant_ref_sink (qcc_figures_save (&loaded));
  g_assert_true (g_variant_equal (saved, again));

  g_assert_cmpuint (loaded.requests, ==, 155);
  g_assert_cmpuint (loaded.failures[QCC_CLASS_OFFLINE], ==, 3);
  g_assert_cmpuint (loaded.failures_in_row, ==, 6);
  g_assert_cmpuint (loaded.cuts, ==, 1);
  g_assert_cmpuint (loaded.checks_passed, ==, 1);
  g_assert_cmpint (loaded.last_check, ==, WALL + 9);
  g_assert_cmpstr (loaded.last_error_text, ==, "cut");
  g_assert_cmpint (qcc_figures_first_byte (&loaded).p50, ==, qcc_figures_first_byte (&figures).p50);
  assert_near (qcc_figures_success_rate (&loaded), qcc_figures_success_rate (&figures));

  /* The oldest still gives way first. */
  qcc_figures_note_commit (&figures, 50000, WALL);
  qcc_figures_note_commit (&loaded, 50000, WALL);
  g_assert_cmpint (qcc_figures_first_byte (&loaded).mean, ==, qcc_figures_first_byte (&figures).mean);
}

static void
test_hostile (void)
{
  static const char *const texts[] = {
    "@a{sv} {}",
    "{'requests': <'many'>, 'failures': <[uint32 1]>, 'outcomes': <'abc'>, 'first-byte': <[int64 5]>, 'total': <1>}",
    "{'failures': <@at []>, 'outcomes': <@ay []>, 'first-byte': <@au []>}",
    "{'failures': <[uint64 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9]>}",
    "{'last-error-text': <'two\\nlines'>}",
    "{'last-error': <int64 -5>, 'last-check': <int64 -9223372036854775808>}",
    "'nothing of the kind'",
  };
  g_autoptr (GVariant) large = NULL;
  g_autofree char *long_text = g_strnfill (1000, 'x');
  guint32 samples[1000];
  guint8 outcomes[1000];
  GVariantDict dict;
  QccEndpointFigures figures;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GVariant) saved = g_variant_parse (NULL, texts[i], NULL, NULL, NULL);
      const QccEndpointFigures nothing = { 0 };

      g_assert_nonnull (saved);
      qcc_figures_load (&figures, saved);
      g_assert_cmpmem (&figures, sizeof figures, &nothing, sizeof nothing);
    }

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      samples[i] = i;
      outcomes[i] = 200;
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "last-error-text", "s", long_text);
  g_variant_dict_insert_value (&dict, "total", g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, samples, 1000, 4));
  g_variant_dict_insert_value (&dict, "outcomes", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, outcomes, 1000, 1));
  large = g_variant_ref_sink (g_variant_dict_end (&dict));

  qcc_figures_load (&figures, large);
  g_assert_cmpstr (figures.last_error_text, ==, "");
  g_assert_cmpuint (figures.n_total, ==, QCC_FIGURES_SAMPLES);
  g_assert_cmpint (qcc_figures_total (&figures).p95, >, 990);
  assert_near (qcc_figures_success_rate (&figures), 1);
  note_failures (&figures, QCC_CLASS_TRANSIENT, QCC_FIGURES_SAMPLES);
  assert_near (qcc_figures_success_rate (&figures), 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/endpoint-figures/empty", test_empty);
  g_test_add_func ("/endpoint-figures/counts", test_counts);
  g_test_add_func ("/endpoint-figures/charged", test_charged);
  g_test_add_func ("/endpoint-figures/transport", test_transport);
  g_test_add_func ("/endpoint-figures/cut", test_cut);
  g_test_add_func ("/endpoint-figures/check", test_check);
  g_test_add_func ("/endpoint-figures/percentiles", test_percentiles);
  g_test_add_func ("/endpoint-figures/newest", test_newest);
  g_test_add_func ("/endpoint-figures/stability", test_stability);
  g_test_add_func ("/endpoint-figures/score", test_score);
  g_test_add_func ("/endpoint-figures/weight", test_weight);
  g_test_add_func ("/endpoint-figures/round-trip", test_round_trip);
  g_test_add_func ("/endpoint-figures/hostile", test_hostile);

  return g_test_run ();
}
