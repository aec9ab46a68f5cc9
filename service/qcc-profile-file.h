/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-snapshot.h"

G_BEGIN_DECLS

/*
 * The profile file and its revisions (spec 11.2) on the disk. Every function blocks: for worker threads only.
 */

/**
 * QccProfilePlace:
 * @path: (owned) (type filename): the profile file, which may be a symbolic link
 * @revisions: (owned) (type filename): the folder of the revisions
 */
typedef struct
{
  char *path;
  char *revisions;
} QccProfilePlace;

/**
 * QccProfileFileState:
 * @QCC_PROFILE_FILE_MISSING: there is no file
 * @QCC_PROFILE_FILE_SAME: it holds what is known
 * @QCC_PROFILE_FILE_GOOD: it holds something else, which can be used
 * @QCC_PROFILE_FILE_DAMAGED: what it holds cannot be used
 * @QCC_PROFILE_FILE_UNUSABLE: it cannot be read, or is of a newer version; it must not be touched
 */
typedef enum
{
  QCC_PROFILE_FILE_MISSING,
  QCC_PROFILE_FILE_SAME,
  QCC_PROFILE_FILE_GOOD,
  QCC_PROFILE_FILE_DAMAGED,
  QCC_PROFILE_FILE_UNUSABLE,
} QccProfileFileState;

/**
 * QccProfileReading:
 * @state: how the file was found
 * @target: (owned) (type filename): the file itself, where the place is a symbolic link
 * @content: (owned) (nullable): what it holds now, as far as it could be read
 * @snapshot: (owned) (nullable): the profiles to use from now on; %NULL for those that are in use
 * @notice: (owned) (nullable): what the user has to know of what was done, translated
 * @error: (owned) (nullable): what is wrong with it, when it is damaged or unusable
 */
typedef struct
{
  QccProfileFileState state;
  char *target;
  GBytes *content;
  QccSnapshot *snapshot;
  char *notice;
  GError *error;
} QccProfileReading;

QccProfileReading *qcc_profile_file_open (const QccProfilePlace *place);
QccProfileReading *qcc_profile_file_read (const QccProfilePlace *place, GBytes *known, const QccSnapshot *before);
void qcc_profile_reading_free (QccProfileReading *reading);

gboolean qcc_profile_file_write (const QccProfilePlace *place,
                                 GBytes *expected,
                                 const QccSnapshot *snapshot,
                                 const char *summary,
                                 GBytes **out_content,
                                 GError **error);
char *qcc_profile_file_set_aside (const QccProfilePlace *place, GBytes *content, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccProfileReading, qcc_profile_reading_free)

G_END_DECLS
