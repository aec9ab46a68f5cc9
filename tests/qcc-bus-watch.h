/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-bus-fixture.h"

G_BEGIN_DECLS

/**
 * QccBusWatch:
 *
 * Keeps every signal of the service in the order in which they came, so that a test can tell one from two. A property
 * is named by the last part of its object's path: `one.Health` of an endpoint, `work.Health` of a profile,
 * `qcc.ActiveProfile` of what is at the root.
 */
typedef struct _QccBusWatch QccBusWatch;

QccBusWatch *qcc_bus_watch_new (QccBusFixture *fixture);
void qcc_bus_watch_free (QccBusWatch *self);

void qcc_bus_watch_settle (QccBusWatch *self);
void qcc_bus_watch_forget (QccBusWatch *self);
guint qcc_bus_watch_count (QccBusWatch *self, const char *prefix);
void qcc_bus_watch_wait (QccBusWatch *self, const char *prefix);
void qcc_bus_watch_expect (QccBusWatch *self, const char *property, const char *values);
void qcc_bus_watch_expect_one (QccBusWatch *self, const char *prefix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccBusWatch, qcc_bus_watch_free)

G_END_DECLS
