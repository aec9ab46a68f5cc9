/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-figures.h"

/* The oldest first, wherever the ring begins. */
static GVariant *
save_samples (const guint32 *samples,
              guint n,
              guint next)
{
  guint32 ordered[QCC_FIGURES_SAMPLES];

  for (guint i = 0; i < n; i++)
    ordered[i] = samples[(next + QCC_FIGURES_SAMPLES - n + i) % QCC_FIGURES_SAMPLES];

  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, ordered, n, sizeof *ordered);
}

static GVariant *
save_outcomes (const QccEndpointFigures *self)
{
  guint8 ordered[QCC_FIGURES_SAMPLES];
  guint first = self->next_outcome + QCC_FIGURES_SAMPLES - self->n_outcomes;

  for (guint i = 0; i < self->n_outcomes; i++)
    ordered[i] = self->outcomes[(first + i) % QCC_FIGURES_SAMPLES];

  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, ordered, self->n_outcomes, sizeof *ordered);
}

/**
 * qcc_figures_save:
 * @self: figures
 *
 * Returns: (transfer floating): `a{sv}` for qcc_figures_load()
 */
GVariant *
qcc_figures_save (const QccEndpointFigures *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_dict_insert (&dict, "requests", "t", self->requests);
  g_variant_dict_insert (&dict, "successes", "t", self->successes);
  g_variant_dict_insert_value (&dict, "failures",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, self->failures,
                                                          QCC_N_CLASSES, sizeof *self->failures));
  g_variant_dict_insert (&dict, "cuts", "t", self->cuts);
  g_variant_dict_insert (&dict, "checks", "t", self->checks);
  g_variant_dict_insert (&dict, "checks-passed", "t", self->checks_passed);
  g_variant_dict_insert (&dict, "failures-in-row", "u", self->failures_in_row);
  g_variant_dict_insert (&dict, "successes-in-row", "u", self->successes_in_row);
  g_variant_dict_insert (&dict, "last-request", "x", self->last_request);
  g_variant_dict_insert (&dict, "last-success", "x", self->last_success);
  g_variant_dict_insert (&dict, "last-error", "x", self->last_error);
  g_variant_dict_insert (&dict, "last-check", "x", self->last_check);
  g_variant_dict_insert (&dict, "last-check-ms", "x", self->last_check_ms);
  g_variant_dict_insert (&dict, "last-error-text", "s", self->last_error_text);
  g_variant_dict_insert_value (&dict, "first-byte",
                               save_samples (self->first_byte, self->n_first_byte, self->next_first_byte));
  g_variant_dict_insert_value (&dict, "total", save_samples (self->total, self->n_total, self->next_total));
  g_variant_dict_insert_value (&dict, "outcomes", save_outcomes (self));

  return g_variant_dict_end (&dict);
}

static void
load_samples (GVariantDict *saved,
              const char *name,
              guint32 *samples,
              guint *n,
              guint *next)
{
  g_autoptr (GVariant) array = g_variant_dict_lookup_value (saved, name, G_VARIANT_TYPE ("au"));
  const guint32 *values;
  gsize length;

  if (array == NULL)
    return;

  values = g_variant_get_fixed_array (array, &length, sizeof *values);
  *n = MIN (length, QCC_FIGURES_SAMPLES);
  *next = *n % QCC_FIGURES_SAMPLES;
  for (guint i = 0; i < *n; i++)
    samples[i] = values[length - *n + i];
}

static void
load_outcomes (QccEndpointFigures *self,
               GVariantDict *saved)
{
  g_autoptr (GVariant) array = g_variant_dict_lookup_value (saved, "outcomes", G_VARIANT_TYPE_BYTESTRING);
  const guint8 *values;
  gsize length;

  if (array == NULL)
    return;

  values = g_variant_get_fixed_array (array, &length, sizeof *values);
  self->n_outcomes = MIN (length, QCC_FIGURES_SAMPLES);
  self->next_outcome = self->n_outcomes % QCC_FIGURES_SAMPLES;
  for (guint i = 0; i < self->n_outcomes; i++)
    self->outcomes[i] = values[length - self->n_outcomes + i] != 0 ? 1 : 0;
}

static void
load_failures (QccEndpointFigures *self,
               GVariantDict *saved)
{
  g_autoptr (GVariant) array = g_variant_dict_lookup_value (saved, "failures", G_VARIANT_TYPE ("at"));
  const guint64 *values;
  gsize length;

  if (array == NULL)
    return;

  values = g_variant_get_fixed_array (array, &length, sizeof *values);
  for (gsize i = 0; i < MIN (length, QCC_N_CLASSES); i++)
    self->failures[i] = values[i];
}

static gboolean
has_control (const char *text)
{
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return TRUE;

  return FALSE;
}

static void
load_text (QccEndpointFigures *self,
           GVariantDict *saved)
{
  const char *text;

  if (g_variant_dict_lookup (saved, "last-error-text", "&s", &text) && strlen (text) < sizeof self->last_error_text &&
      !has_control (text))
    g_strlcpy (self->last_error_text, text, sizeof self->last_error_text);
}

/* Times of day and durations are not negative. */
static gint64
load_time (GVariantDict *saved,
           const char *name)
{
  gint64 value = 0;

  g_variant_dict_lookup (saved, name, "x", &value);

  return MAX (value, 0);
}

/**
 * qcc_figures_load:
 * @self: (out caller-allocates): figures
 * @saved: (nullable): what qcc_figures_save() has made, or whatever else a file had instead
 *
 * Members that are unknown, of another type or impossible are as if nothing had been measured.
 */
void
qcc_figures_load (QccEndpointFigures *self,
                  GVariant *saved)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_return_if_fail (self != NULL);

  memset (self, 0, sizeof *self);
  if (saved == NULL || !g_variant_is_of_type (saved, G_VARIANT_TYPE_VARDICT))
    return;

  g_variant_dict_init (&dict, saved);
  g_variant_dict_lookup (&dict, "requests", "t", &self->requests);
  g_variant_dict_lookup (&dict, "successes", "t", &self->successes);
  load_failures (self, &dict);
  g_variant_dict_lookup (&dict, "cuts", "t", &self->cuts);
  g_variant_dict_lookup (&dict, "checks", "t", &self->checks);
  g_variant_dict_lookup (&dict, "checks-passed", "t", &self->checks_passed);
  g_variant_dict_lookup (&dict, "failures-in-row", "u", &self->failures_in_row);
  g_variant_dict_lookup (&dict, "successes-in-row", "u", &self->successes_in_row);
  self->last_request = load_time (&dict, "last-request");
  self->last_success = load_time (&dict, "last-success");
  self->last_error = load_time (&dict, "last-error");
  self->last_check = load_time (&dict, "last-check");
  self->last_check_ms = load_time (&dict, "last-check-ms");
  load_text (self, &dict);
  load_samples (&dict, "first-byte", self->first_byte, &self->n_first_byte, &self->next_first_byte);
  load_samples (&dict, "total", self->total, &self->n_total, &self->next_total);
  load_outcomes (self, &dict);
}
