/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-explanation-private.h"

#include "common/qcc-enums.h"

static const char *
scope_to_nick (QccScope scope)
{
  switch (scope)
    {
    case QCC_SCOPE_NONE:
      return "none";
    case QCC_SCOPE_ENDPOINT:
      return "endpoint";
    case QCC_SCOPE_ACCOUNT:
      return "account";
    case QCC_SCOPE_MODEL:
      return "model";
    }

  g_return_val_if_reached ("");
}

static GVariant *
candidate_to_variant (const QccExplainedCandidate *candidate)
{
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "profile", g_variant_new_string (candidate->profile));
  g_variant_builder_add (&dict, "{sv}", "endpoint", g_variant_new_string (candidate->endpoint));
  g_variant_builder_add (&dict, "{sv}", "level", g_variant_new_string (qcc_enum_to_nick (QCC_TYPE_LEVEL, candidate->level)));
  g_variant_builder_add (&dict, "{sv}", "reason", g_variant_new_string (qcc_enum_to_nick (QCC_TYPE_REASON, candidate->reason)));
  g_variant_builder_add (&dict, "{sv}", "wait", g_variant_new_int64 ((gint64) candidate->wait));

  return g_variant_builder_end (&dict);
}

static GVariant *
choice_to_variant (const QccExplainedChoice *choice)
{
  const QccExplainedCandidate *chosen = choice->step != QCC_ROUTE_STEP_NONE ? &choice->candidates[0] : NULL;
  GVariantBuilder candidates;
  GVariantBuilder dict;

  g_variant_builder_init (&candidates, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < choice->n_candidates; i++)
    g_variant_builder_add_value (&candidates, candidate_to_variant (&choice->candidates[i]));

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "offset", g_variant_new_int64 (choice->offset));
  g_variant_builder_add (&dict, "{sv}", "step", g_variant_new_string (qcc_enum_to_nick (QCC_TYPE_ROUTE_STEP, (int) choice->step)));
  g_variant_builder_add (&dict, "{sv}", "profile", g_variant_new_string (chosen != NULL ? chosen->profile : ""));
  g_variant_builder_add (&dict, "{sv}", "endpoint", g_variant_new_string (chosen != NULL ? chosen->endpoint : ""));
  g_variant_builder_add (&dict, "{sv}", "omitted", g_variant_new_uint32 (choice->n_omitted));
  g_variant_builder_add (&dict, "{sv}", "candidates", g_variant_builder_end (&candidates));

  return g_variant_builder_end (&dict);
}

static GVariant *
attempt_to_variant (const QccExplainedAttempt *attempt)
{
  gboolean failed = attempt->rule != NULL;
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "offset", g_variant_new_int64 (attempt->offset));
  g_variant_builder_add (&dict, "{sv}", "duration", g_variant_new_int64 (attempt->duration));
  g_variant_builder_add (&dict, "{sv}", "profile", g_variant_new_string (attempt->profile));
  g_variant_builder_add (&dict, "{sv}", "endpoint", g_variant_new_string (attempt->endpoint));
  g_variant_builder_add (&dict, "{sv}", "status", g_variant_new_uint32 (attempt->status));
  g_variant_builder_add (&dict, "{sv}", "class", g_variant_new_string (failed ? qcc_enum_to_nick (QCC_TYPE_CLASS, (int) attempt->klass) : ""));
  g_variant_builder_add (&dict, "{sv}", "scope", g_variant_new_string (failed ? scope_to_nick (attempt->scope) : ""));
  g_variant_builder_add (&dict, "{sv}", "rule", g_variant_new_string (failed ? attempt->rule : ""));

  return g_variant_builder_end (&dict);
}

static void
insert_choices (const QccExplanation *self,
                GVariantBuilder *dict)
{
  GVariantBuilder choices;
  GVariantBuilder attempts;

  g_variant_builder_init (&choices, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->choices->len; i++)
    g_variant_builder_add_value (&choices, choice_to_variant (&g_array_index (self->choices, QccExplainedChoice, i)));

  g_variant_builder_init (&attempts, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->attempts->len; i++)
    g_variant_builder_add_value (&attempts, attempt_to_variant (&g_array_index (self->attempts, QccExplainedAttempt, i)));

  g_variant_builder_add (dict, "{sv}", "start", g_variant_new_string (self->start));
  g_variant_builder_add (dict, "{sv}", "start-reason", g_variant_new_string (self->start_reason));
  g_variant_builder_add (dict, "{sv}", "n-choices", g_variant_new_uint32 (self->n_choices));
  g_variant_builder_add (dict, "{sv}", "choices", g_variant_builder_end (&choices));
  g_variant_builder_add (dict, "{sv}", "attempts", g_variant_builder_end (&attempts));
}

/* Of the endpoint that answered. */
static const char *
get_profile (const QccExplanation *self)
{
  for (guint i = self->attempts->len; i > 0; i--)
    {
      const QccExplainedAttempt *attempt = &g_array_index (self->attempts, QccExplainedAttempt, i - 1);

      if (g_str_equal (attempt->endpoint, self->endpoint))
        return attempt->profile;
    }

  return "";
}

/**
 * qcc_explanation_to_variant:
 * @self: an explanation
 * @with_choices: as Explain() gives it, not only as ListExchanges() does
 *
 * Returns: (transfer floating): a{sv}; its members are documented at these methods of io.github.qcc.Manager1
 */
GVariant *
qcc_explanation_to_variant (const QccExplanation *self,
                            gboolean with_choices)
{
  GVariantBuilder dict;

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "id", g_variant_new_uint64 (self->id));
  g_variant_builder_add (&dict, "{sv}", "time", g_variant_new_uint64 ((guint64) self->time));
  g_variant_builder_add (&dict, "{sv}", "method", g_variant_new_string (self->method));
  g_variant_builder_add (&dict, "{sv}", "path", g_variant_new_string (self->path));
  g_variant_builder_add (&dict, "{sv}", "model", g_variant_new_string (self->model));
  g_variant_builder_add (&dict, "{sv}", "session", g_variant_new_string (self->session));
  g_variant_builder_add (&dict, "{sv}", "endpoint", g_variant_new_string (self->endpoint));
  g_variant_builder_add (&dict, "{sv}", "profile", g_variant_new_string (get_profile (self)));
  g_variant_builder_add (&dict, "{sv}", "status", g_variant_new_uint32 (self->status));
  g_variant_builder_add (&dict, "{sv}", "end", g_variant_new_string (self->end));
  g_variant_builder_add (&dict, "{sv}", "total", g_variant_new_int64 (self->total));
  g_variant_builder_add (&dict, "{sv}", "n-attempts", g_variant_new_uint32 (self->n_attempts));
  if (with_choices)
    insert_choices (self, &dict);

  return g_variant_builder_end (&dict);
}
