/* A batch of rows: a struct array whose children own their buffers, so that each of them may be moved out and
 * outlive the batch. What is borrowed from the graph, and dictionaries, live with the table, of which each child
 * holds a reference. */
#include "arrow/table.h"

#include <string.h>

/* What a pointer to no bytes points to: some readers take no NULL. */
static const uint64_t nothing[8];

typedef struct column_part {
    rg__table *table;
    rg__cells cells;
    const void *buffers[3];
    struct ArrowArray dictionary;
} column_part;

typedef struct batch_parts {
    rg__table *table;
    const void *buffers[1];
    struct ArrowArray children[RG__MOST_COLUMNS];
    struct ArrowArray *pointers[RG__MOST_COLUMNS];
} batch_parts;

/* ---- cells ---- */

static size_t values_size_of(rg__layout layout, size_t count)
{
    switch (layout) {
    case RG__BOOL:
        return (count + 7) / 8;
    case RG__U8:
    case RG__SYMBOL8:
        return count;
    case RG__U32:
    case RG__SYMBOL32:
        return count * sizeof(uint32_t);
    case RG__U64:
        return count * sizeof(uint64_t);
    case RG__TEXT:
        return (count + 1) * sizeof(int64_t);
    case RG__LAYOUT_COUNT:
        break;
    }
    return 0;
}

static void dispose_cells(rg__cells *cells, const rg_allocator *a)
{
    rg__array_free(a, cells->validity, cells->validity_size, 1);
    rg__array_free(a, cells->values, cells->values_size, 1);
    rg_buffer_dispose(&cells->text);
}

/* Filled from values that are zero and not null. */
static rg_status fill_cells(rg__cells *cells, const rg__table *table, const rg__column *column,
                            uint64_t first)
{
    const rg_allocator *a = &table->allocator;
    if (column->is_nullable) {
        cells->validity_size = (cells->count + 7) / 8;
        cells->validity = rg__array_new_raw(a, cells->validity_size, 1);
        if (!cells->validity)
            return RG_ERR_NOMEM;
        memset(cells->validity, 0xFF, cells->validity_size);
    }
    if (!column->is_borrowed) {
        cells->values_size = values_size_of(column->layout, cells->count);
        cells->values = rg__array_new(a, cells->values_size, 1);
        if (!cells->values)
            return RG_ERR_NOMEM;
    }
    cells->text = rg_buffer_empty(a);
    return column->fill(cells, table, column, first);
}

/* ---- columns ---- */

static void release_dictionary(struct ArrowArray *array)
{
    rg__table_drop(array->private_data);
    array->release = NULL;
}

static void release_column(struct ArrowArray *array)
{
    column_part *part = array->private_data;
    rg__table *table = part->table;
    if (part->dictionary.release)
        part->dictionary.release(&part->dictionary);
    dispose_cells(&part->cells, &table->allocator);
    rg__array_free(&table->allocator, part, 1, sizeof *part);
    rg__table_drop(table);
    array->release = NULL;
}

static struct ArrowArray dictionary_of(rg__table *table, rg__symbol_set set)
{
    rg__symbols *symbols = &table->symbols[set];
    return (struct ArrowArray){
        .length = symbols->strings.count,
        .n_buffers = 3,
        .buffers = symbols->buffers,
        .release = release_dictionary,
        .private_data = rg__table_keep(table),
    };
}

static rg_status export_column(struct ArrowArray *out, rg__table *table, const rg__column *column,
                               uint64_t first, size_t rows)
{
    column_part *part = rg__array_new(&table->allocator, 1, sizeof *part);
    if (!part)
        return RG_ERR_NOMEM;
    part->table = rg__table_keep(table);
    part->cells.count = rows;
    struct ArrowArray array = {
        .length = (int64_t)rows,
        .n_buffers = column->layout == RG__TEXT ? 3 : 2,
        .buffers = part->buffers,
        .release = release_column,
        .private_data = part,
    };
    const rg_status status = fill_cells(&part->cells, table, column, first);
    if (status) {
        release_column(&array);
        return status;
    }
    const rg__cells *cells = &part->cells;
    array.null_count = (int64_t)cells->null_count;
    part->buffers[0] = cells->null_count ? cells->validity : NULL;
    part->buffers[1] = column->is_borrowed ? cells->borrowed : cells->values;
    if (column->layout == RG__TEXT)
        part->buffers[2] = cells->text.data ? cells->text.data : (const void *)nothing;
    if (rg__is_dictionary(column->layout)) {
        part->dictionary = dictionary_of(table, column->symbols);
        array.dictionary = &part->dictionary;
    }
    *out = array;
    return RG_OK;
}

/* ---- batches ---- */

static void release_batch(struct ArrowArray *array)
{
    batch_parts *parts = array->private_data;
    rg__table *table = parts->table;
    for (int64_t i = 0; i < array->n_children; i++)
        if (parts->children[i].release)
            parts->children[i].release(&parts->children[i]);
    rg__array_free(&table->allocator, parts, 1, sizeof *parts);
    rg__table_drop(table);
    array->release = NULL;
}

rg_status rg__batch_export(struct ArrowArray *out, rg__table *table, uint64_t first, size_t rows)
{
    batch_parts *parts = rg__array_new(&table->allocator, 1, sizeof *parts);
    if (!parts)
        return RG_ERR_NOMEM;
    parts->table = rg__table_keep(table);
    struct ArrowArray array = {
        .length = (int64_t)rows,
        .n_buffers = 1,
        .buffers = parts->buffers,
        .children = parts->pointers,
        .release = release_batch,
        .private_data = parts,
    };
    for (size_t i = 0; i < table->column_count; i++) {
        const rg_status status =
            export_column(&parts->children[i], table, table->columns[i], first, rows);
        if (status) {
            release_batch(&array);
            return status;
        }
        parts->pointers[i] = &parts->children[i];
        array.n_children++;
    }
    *out = array;
    return RG_OK;
}
