/* The schema of a table. Names and formats are constants, so that a child that was moved out needs nothing of its
 * parent; a dictionary belongs to its child. */
#include "arrow/table.h"

#include <assert.h>

static const char *const formats[RG__LAYOUT_COUNT] = {
    [RG__BOOL] = "b", [RG__U8] = "C",      [RG__U32] = "I",      [RG__U64] = "L",
    [RG__TEXT] = "U", [RG__SYMBOL8] = "c", [RG__SYMBOL32] = "i",
};

typedef struct schema_parts {
    rg__table *table;
    struct ArrowSchema children[RG__MOST_COLUMNS];
    struct ArrowSchema *pointers[RG__MOST_COLUMNS];
} schema_parts;

typedef struct dictionary_part {
    rg__table *table;
    struct ArrowSchema dictionary;
} dictionary_part;

static void release_plain(struct ArrowSchema *schema)
{
    schema->release = NULL;
}

static void release_dictionary(struct ArrowSchema *schema)
{
    dictionary_part *part = schema->private_data;
    rg__table *table = part->table;
    if (part->dictionary.release)
        part->dictionary.release(&part->dictionary);
    rg__array_free(&table->allocator, part, 1, sizeof *part);
    rg__table_drop(table);
    schema->release = NULL;
}

static void release_schema(struct ArrowSchema *schema)
{
    schema_parts *parts = schema->private_data;
    rg__table *table = parts->table;
    for (int64_t i = 0; i < schema->n_children; i++)
        if (parts->children[i].release)
            parts->children[i].release(&parts->children[i]);
    rg__array_free(&table->allocator, parts, 1, sizeof *parts);
    rg__table_drop(table);
    schema->release = NULL;
}

static rg_status export_column(struct ArrowSchema *out, rg__table *table, const rg__column *column)
{
    *out = (struct ArrowSchema){
        .format = formats[column->layout],
        .name = column->name,
        .flags = column->is_nullable ? ARROW_FLAG_NULLABLE : 0,
        .release = release_plain,
    };
    if (!rg__is_dictionary(column->layout))
        return RG_OK;
    dictionary_part *part = rg__array_new(&table->allocator, 1, sizeof *part);
    if (!part) {
        out->release = NULL;
        return RG_ERR_NOMEM;
    }
    part->table = rg__table_keep(table);
    part->dictionary =
        (struct ArrowSchema){.format = "u", .name = "", .flags = 0, .release = release_plain};
    out->dictionary = &part->dictionary;
    out->private_data = part;
    out->release = release_dictionary;
    return RG_OK;
}

rg_status rg__schema_export(struct ArrowSchema *out, rg__table *table)
{
    schema_parts *parts = rg__array_new(&table->allocator, 1, sizeof *parts);
    if (!parts)
        return RG_ERR_NOMEM;
    parts->table = rg__table_keep(table);
    struct ArrowSchema schema = {
        .format = "+s",
        .name = "",
        .children = parts->pointers,
        .release = release_schema,
        .private_data = parts,
    };
    for (size_t i = 0; i < table->column_count; i++) {
        const rg_status status = export_column(&parts->children[i], table, table->columns[i]);
        if (status) {
            release_schema(&schema);
            return status;
        }
        parts->pointers[i] = &parts->children[i];
        schema.n_children++;
    }
    *out = schema;
    return RG_OK;
}
