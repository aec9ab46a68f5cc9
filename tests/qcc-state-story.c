/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-state-story.h"

const QccStateRules qcc_state_story_rules = { .max_failures = 3, .checks = TRUE };

/* A story begins when the machine has run for some time. */
gint64
qcc_state_story_time (gint64 seconds)
{
  return (1000 + seconds) * QCC_STORY_SECOND;
}

QccStateChange
qcc_state_story_apply (QccEndpointState *state,
                       gint64 seconds,
                       QccStateEvent event)
{
  event.sent_at = qcc_state_story_time (event.sent_at > 0 ? event.sent_at : seconds);

  return qcc_endpoint_state_apply (state, &event, &qcc_state_story_rules, qcc_state_story_time (seconds));
}

/* A test: each step must read as the table says. */
void
qcc_state_story_test (gconstpointer steps)
{
  QccEndpointState state = { 0 };

  for (const QccStateStep *step = steps; step->at > 0; step++)
    {
      QccStateChange changes = qcc_state_story_apply (&state, step->at, step->event);
      QccEndpointView view = qcc_endpoint_state_view (&state, &qcc_state_story_rules,
                                                      qcc_state_story_time (step->at));
      gint64 until = step->until > 0 ? qcc_state_story_time (step->until) : 0;

      g_test_message ("step %d, at %d s", (int) (step - (const QccStateStep *) steps), step->at);
      g_assert_cmpint (state.circuit, ==, step->circuit);
      g_assert_cmpint (view.level, ==, step->level);
      g_assert_cmpint (view.obstacle, ==, step->obstacle);
      g_assert_cmpint (view.until, ==, until);
      g_assert_cmphex (changes, ==, step->changes);
    }
}
