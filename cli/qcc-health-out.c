/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-health-out.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-dict.h"
#include "cli/qcc-text.h"
#include "cli/qcc-time-text.h"
#include "cli/qcc-words.h"

#define LABEL_WIDTH 20 /* columns, the gap behind the label included */

static void
put_json (const QccCall *call,
          GVariant *list)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  qcc_dict_add_list_json (list, builder);
  qcc_call_put_json (call, builder);
}

static const char *
describe_outcome (GVariant *result)
{
  if (!qcc_dict_get_flag (result, "passed"))
    return _ ("failed");

  return qcc_dict_get_flag (result, "weak") ? _ ("passed, without the code") : _ ("passed");
}

/* What happened, for people; the class where the service says no more. */
static const char *
describe_detail (GVariant *result)
{
  const char *detail = qcc_dict_get_text (result, "detail");

  return *detail != '\0' ? detail : qcc_words_get (QCC_WORDS_CLASS, qcc_dict_get_text (result, "class"));
}

/* Returns (transfer full): a status of HTTP, empty where there was no answer. */
static char *
dup_status (GVariant *result)
{
  gint64 status = qcc_dict_get_number (result, "status", 0);

  return status > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, status) : g_strdup ("");
}

/**
 * qcc_health_out_put_results:
 * @call: a call
 * @results: of Health1.Check()
 *
 * Prints what was checked, how far, and what came of it.
 */
void
qcc_health_out_put_results (const QccCall *call,
                            GVariant *results)
{
  const char *const headings[] = {
    C_ ("column", "ENDPOINT"),
    C_ ("column", "PROFILE"),
    C_ ("column", "RESULT"),
    C_ ("column", "BY"),
    C_ ("column", "STATUS"),
    C_ ("column", "TIME"),
    C_ ("column", "DETAIL"),
    NULL,
  };
  g_autoptr (QccTable) table = NULL;

  if (call->json)
    {
      put_json (call, results);
      return;
    }
  if (g_variant_n_children (results) == 0)
    {
      qcc_call_say (call, _ ("There is no endpoint to check."));
      return;
    }

  table = qcc_table_new (headings);
  for (gsize i = 0; i < g_variant_n_children (results); i++)
    {
      g_autoptr (GVariant) result = g_variant_get_child_value (results, i);
      g_autofree char *status = dup_status (result);
      g_autofree char *latency = qcc_time_text_duration (qcc_dict_get_number (result, "latency", -1));
      const char *const cells[] = {
        qcc_dict_get_text (result, "endpoint"),
        qcc_dict_get_text (result, "profile"),
        describe_outcome (result),
        qcc_words_get (QCC_WORDS_CHECK, qcc_dict_get_text (result, "level")),
        status,
        latency,
        describe_detail (result),
        NULL,
      };

      qcc_table_add_row (table, cells);
    }
  qcc_call_put_table (call, table);
}

/* Returns (transfer full): a count, empty when the service does not say. */
static char *
dup_count (GVariant *dict,
           const char *name)
{
  gint64 count = qcc_dict_get_number (dict, name, -1);

  return count >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, count) : g_strdup ("");
}

/* Returns (transfer full): a share of 0 to 1 in percent, empty when the service does not say. */
static char *
dup_percent (GVariant *dict,
             const char *name)
{
  double share = qcc_dict_get_fraction (dict, name, -1);

  return share >= 0 && share <= 1 ? g_strdup_printf (_ ("%.0f %%"), share * 100) : g_strdup ("");
}

static void
put_metrics_table (const QccCall *call,
                   GVariant *metrics)
{
  const char *const headings[] = {
    C_ ("column", "ENDPOINT"),
    C_ ("column", "PROFILE"),
    C_ ("column", "HEALTH"),
    C_ ("column", "SCORE"),
    C_ ("column", "REQUESTS"),
    C_ ("column", "SUCCESS"),
    C_ ("column", "FIRST BYTE"),
    C_ ("column", "TOTAL"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (gsize i = 0; i < g_variant_n_children (metrics); i++)
    {
      g_autoptr (GVariant) dict = g_variant_get_child_value (metrics, i);
      g_autofree char *score = dup_count (dict, "score");
      g_autofree char *requests = dup_count (dict, "requests");
      g_autofree char *success = dup_percent (dict, "success-rate");
      g_autofree char *first_byte = qcc_time_text_duration (qcc_dict_get_number (dict, "first-byte-p50", -1));
      g_autofree char *total = qcc_time_text_duration (qcc_dict_get_number (dict, "total-p50", -1));
      const char *const cells[] = {
        qcc_dict_get_text (dict, "endpoint"),
        qcc_dict_get_text (dict, "profile"),
        qcc_words_get (QCC_WORDS_HEALTH, qcc_dict_get_text (dict, "health")),
        score,
        requests,
        success,
        first_byte,
        total,
        NULL,
      };

      qcc_table_add_row (table, cells);
    }

  qcc_call_put_table (call, table);
}

static void
append_count (GString *text,
              const char *label,
              GVariant *dict,
              const char *name)
{
  g_autofree char *count = dup_count (dict, name);

  qcc_text_append_field (text, label, count, LABEL_WIDTH);
}

static void
append_percent (GString *text,
                const char *label,
                GVariant *dict,
                const char *name)
{
  g_autofree char *percent = dup_percent (dict, name);

  qcc_text_append_field (text, label, percent, LABEL_WIDTH);
}

/* Returns (transfer full): a duration whose name has two parts. */
static char *
dup_duration (GVariant *dict,
              const char *prefix,
              const char *suffix)
{
  g_autofree char *name = g_strdup_printf ("%s-%s", prefix, suffix);

  return qcc_time_text_duration (qcc_dict_get_number (dict, name, -1));
}

/* @prefix: of three members, for the mean and two percentiles */
static void
append_durations (GString *text,
                  const char *label,
                  GVariant *dict,
                  const char *prefix)
{
  g_autofree char *mean = dup_duration (dict, prefix, "mean");
  g_autofree char *p50 = dup_duration (dict, prefix, "p50");
  g_autofree char *p95 = dup_duration (dict, prefix, "p95");
  g_autofree char *value = NULL;

  /* Translators: three durations; half of all took less than the second, 95 % less than the third. */
  if (*mean != '\0')
    value = g_strdup_printf (_ ("%s on average; half within %s, 95 %% within %s"), mean, p50, p95);
  qcc_text_append_field (text, label, value != NULL ? value : "", LABEL_WIDTH);
}

static void
append_time (GString *text,
             const char *label,
             GVariant *dict,
             const char *name)
{
  g_autofree char *when = qcc_time_text_short (qcc_dict_get_number (dict, name, 0), g_get_real_time ());

  qcc_text_append_field (text, label, *when != '\0' ? when : _ ("never"), LABEL_WIDTH);
}

static void
append_last_error (GString *text,
                   GVariant *dict)
{
  g_autofree char *when = qcc_time_text_short (qcc_dict_get_number (dict, "last-error", 0), g_get_real_time ());
  g_autofree char *value = g_strjoin (" ", when, qcc_dict_get_text (dict, "last-error-text"), NULL);

  qcc_text_append_field (text, _ ("Last error"), *when != '\0' ? value : _ ("never"), LABEL_WIDTH);
}

static void
append_failures (GString *text,
                 GVariant *dict)
{
  g_autoptr (GVariant) failures = g_variant_lookup_value (dict, "failures", G_VARIANT_TYPE ("a{st}"));
  g_autoptr (GString) value = g_string_new (NULL);

  for (gsize i = 0; failures != NULL && i < g_variant_n_children (failures); i++)
    {
      const char *class_word;
      guint64 count;

      g_variant_get_child (failures, i, "{&st}", &class_word, &count);
      if (count > 0)
        g_string_append_printf (value, "%s%s: %" G_GUINT64_FORMAT, value->len > 0 ? ", " : "",
                                qcc_words_get (QCC_WORDS_CLASS, class_word), count);
    }

  qcc_text_append_field (text, _ ("Failures"), value->len > 0 ? value->str : _ ("none"), LABEL_WIDTH);
}

/* Everything about one endpoint. */
static void
put_metrics_report (const QccCall *call,
                    GVariant *dict)
{
  g_autoptr (GString) text = g_string_new (NULL);

  qcc_text_append_field (text, _ ("Endpoint"), qcc_dict_get_text (dict, "endpoint"), LABEL_WIDTH);
  qcc_text_append_field (text, _ ("Profile"), qcc_dict_get_text (dict, "profile"), LABEL_WIDTH);
  qcc_text_append_field (text, _ ("Health"), qcc_words_get (QCC_WORDS_HEALTH, qcc_dict_get_text (dict, "health")), LABEL_WIDTH);
  append_count (text, _ ("Score of 100"), dict, "score");
  append_count (text, _ ("Requests"), dict, "requests");
  append_percent (text, _ ("Success"), dict, "success-rate");
  append_percent (text, _ ("Stability"), dict, "stability");
  append_failures (text, dict);
  append_count (text, _ ("Cut answers"), dict, "cuts");
  append_count (text, _ ("Failures in a row"), dict, "failures-in-row");
  append_count (text, _ ("Checks"), dict, "checks");
  append_count (text, _ ("Checks passed"), dict, "checks-passed");
  append_durations (text, _ ("First byte"), dict, "first-byte");
  append_durations (text, _ ("Whole answer"), dict, "total");
  append_count (text, _ ("Weight"), dict, "weight");
  append_count (text, _ ("Weight in use"), dict, "effective-weight");
  append_time (text, _ ("Last request"), dict, "last-request");
  append_time (text, _ ("Last success"), dict, "last-success");
  append_last_error (text, dict);
  append_time (text, _ ("Last check"), dict, "last-check");
  qcc_call_put (call, text->str);
}

/**
 * qcc_health_out_put_metrics:
 * @call: a call
 * @metrics: of Health1.ListMetrics()
 *
 * Prints what was measured: a line for each of several endpoints, all there is about one.
 */
void
qcc_health_out_put_metrics (const QccCall *call,
                            GVariant *metrics)
{
  gsize n = g_variant_n_children (metrics);
  g_autoptr (GVariant) only = n == 1 ? g_variant_get_child_value (metrics, 0) : NULL;

  if (call->json)
    put_json (call, metrics);
  else if (only != NULL)
    put_metrics_report (call, only);
  else if (n > 0)
    put_metrics_table (call, metrics);
  else
    qcc_call_say (call, _ ("There is no endpoint yet; “qcc endpoint add” makes one."));
}

/**
 * qcc_health_out_put_history:
 * @call: a call
 * @samples: of Health1.ListHistory()
 *
 * Prints checks, the newest first.
 */
void
qcc_health_out_put_history (const QccCall *call,
                            GVariant *samples)
{
  const char *const headings[] = {
    C_ ("column", "TIME"),
    C_ ("column", "RESULT"),
    C_ ("column", "BY"),
    C_ ("column", "STATUS"),
    C_ ("column", "TOOK"),
    C_ ("column", "DETAIL"),
    NULL,
  };
  gint64 now = g_get_real_time ();
  g_autoptr (QccTable) table = NULL;

  if (call->json)
    {
      put_json (call, samples);
      return;
    }
  if (g_variant_n_children (samples) == 0)
    {
      qcc_call_say (call, _ ("It was not checked yet; “qcc health check” does it."));
      return;
    }

  table = qcc_table_new (headings);
  for (gsize i = 0; i < g_variant_n_children (samples); i++)
    {
      g_autoptr (GVariant) sample = g_variant_get_child_value (samples, i);
      g_autofree char *when = qcc_time_text_short (qcc_dict_get_number (sample, "time", 0), now);
      g_autofree char *status = dup_status (sample);
      g_autofree char *latency = qcc_time_text_duration (qcc_dict_get_number (sample, "latency", -1));
      const char *const cells[] = {
        when,
        describe_outcome (sample),
        qcc_words_get (QCC_WORDS_CHECK, qcc_dict_get_text (sample, "level")),
        status,
        latency,
        describe_detail (sample),
        NULL,
      };

      qcc_table_add_row (table, cells);
    }
  qcc_call_put_table (call, table);
}
