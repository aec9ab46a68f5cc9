/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-policy-backend.h"
#include "service/qcc-policy.h"

G_BEGIN_DECLS

/**
 * QccSetting:
 *
 * One setting. Usually @value is what the back end has. From the moment it is set through QCC
 * until the back end says the same, it is held: the back end may not know yet, may report an older
 * value meanwhile, and may fail to store it, whereupon QCC goes on with what the user wanted.
 */
typedef struct
{
  char *name;              /* (owned): dotted */
  GSettings *settings;     /* (owned): the child that it belongs to */
  GSettingsSchemaKey *key; /* (owned) */
  GVariant *value;         /* (owned): what holds now */
  GVariant *before;        /* (owned) (nullable): while held: what the back end had before */
  gboolean held;
  gboolean is_lost; /* while held: it could not be stored */
  guint n_writes;   /* that run; > 0 only while held */
} QccSetting;

struct _QccPolicy
{
  GObject parent_instance;

  QccPolicyBackend backend;
  QccPolicyStorage storage;
  GSettings *root;      /* (owned) */
  GHashTable *children; /* (owned) (element-type utf8 GSettings) */
  GTree *settings;      /* (owned) (element-type utf8 QccSetting): by name */
  GHashTable *texts;    /* (owned) (nullable): see qcc_policy_texts_new(); made when first asked for */
  GThreadPool *writer;  /* (owned): one thread, so that the last value set is the one that stays */
  char *failure;        /* (owned) (nullable): while a setting is lost: the notice about it */
  QccPolicyValues values;
};

QccSetting *qcc_policy_find (QccPolicy *self, const char *name, GError **error);
gboolean qcc_policy_is_locked (QccPolicy *self, QccSetting *setting);
void qcc_policy_apply (QccPolicy *self, QccSetting *setting, GVariant *value);
void qcc_policy_write_func (gpointer data, gpointer user_data);

G_END_DECLS
