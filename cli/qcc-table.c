/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-table.h"

#include "cli/qcc-text.h"

#define GAP 2              /* columns between two cells */
#define SHRUNK_WIDTH_MIN 4 /* columns: three characters and the ellipsis */

#define BOLD "\033[1m"
#define PLAIN "\033[0m"

struct _QccTable
{
  GPtrArray *rows; /* (owned) (element-type GStrv): the headings first; @n_columns clean texts each */
  guint n_columns;
};

/**
 * qcc_table_new:
 * @headings: (array zero-terminated=1): translated
 *
 * Returns: (transfer full): a table without rows
 */
QccTable *
qcc_table_new (const char *const *headings)
{
  QccTable *self;

  g_return_val_if_fail (headings != NULL && *headings != NULL, NULL);

  self = g_new0 (QccTable, 1);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  self->n_columns = g_strv_length ((char **) headings);
  qcc_table_add_row (self, headings);

  return self;
}

/**
 * qcc_table_free:
 * @self: (transfer full): a table
 */
void
qcc_table_free (QccTable *self)
{
  g_return_if_fail (self != NULL);

  g_ptr_array_unref (self->rows);
  g_free (self);
}

/**
 * qcc_table_add_row:
 * @self: a table
 * @cells: (array zero-terminated=1): as many as there are headings, from anywhere
 */
void
qcc_table_add_row (QccTable *self,
                   const char *const *cells)
{
  char **row;

  g_return_if_fail (self != NULL);
  g_return_if_fail (cells != NULL && g_strv_length ((char **) cells) == self->n_columns);

  row = g_new0 (char *, self->n_columns + 1);
  for (guint i = 0; i < self->n_columns; i++)
    row[i] = qcc_text_clean (cells[i]);
  g_ptr_array_add (self->rows, row);
}

static void
measure (const QccTable *self,
         guint *widths)
{
  for (guint row = 0; row < self->rows->len; row++)
    {
      char **cells = g_ptr_array_index (self->rows, row);

      for (guint i = 0; i < self->n_columns; i++)
        widths[i] = MAX (widths[i], qcc_text_width (cells[i]));
    }
}

/* Takes from the widest column until all fit into @width or none is left to take from. */
static void
shrink (guint *widths,
        guint n_columns,
        guint width)
{
  guint total = GAP * (n_columns - 1);

  for (guint i = 0; i < n_columns; i++)
    total += widths[i];

  while (total > width)
    {
      guint widest = 0;

      for (guint i = 1; i < n_columns; i++)
        if (widths[i] >= widths[widest])
          widest = i;
      if (widths[widest] <= SHRUNK_WIDTH_MIN)
        return;

      widths[widest]--;
      total--;
    }
}

static void
append_row (GString *text,
            char **cells,
            const guint *widths,
            guint n_columns)
{
  guint pending = 0; /* spaces; only written before another cell, so that no line ends with them */

  for (guint i = 0; i < n_columns; i++)
    {
      g_autofree char *cell = qcc_text_shorten (cells[i], MAX (widths[i], 1));

      if (*cell != '\0')
        {
          g_string_append_printf (text, "%*s%s", (int) pending, "", cell);
          pending = 0;
        }
      pending += widths[i] - qcc_text_width (cell) + GAP;
    }
}

/**
 * qcc_table_format:
 * @self: a table
 * @width: columns that a line may take, 0 for as many as it needs
 * @flags: how
 *
 * Where the cells need more than @width, the widest are cut and end with an ellipsis. Columns are not made
 * narrower than some characters, so that a very small @width is exceeded.
 *
 * Returns: (transfer full): a line for the headings and for each row
 */
char *
qcc_table_format (const QccTable *self,
                  guint width,
                  QccTableFlags flags)
{
  g_autofree guint *widths = NULL;
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  widths = g_new0 (guint, self->n_columns);
  measure (self, widths);
  if (width > 0)
    shrink (widths, self->n_columns, width);

  text = g_string_new (NULL);
  for (guint row = 0; row < self->rows->len; row++)
    {
      gboolean bold = row == 0 && (flags & QCC_TABLE_BOLD_HEADINGS) != 0;

      if (bold)
        g_string_append (text, BOLD);
      append_row (text, g_ptr_array_index (self->rows, row), widths, self->n_columns);
      if (bold)
        g_string_append (text, PLAIN);
      g_string_append_c (text, '\n');
    }

  return g_string_free (text, FALSE);
}
