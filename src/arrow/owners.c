/* The columns of the owners. */
#include "arrow/table.h"

static rg_status fill_owner_kind(rg__cells *out, const rg__table *table, const rg__column *column,
                                 uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = (uint8_t)of[table->options.owners->items[first + i].kind];
    return RG_OK;
}

/* From RG_OWNER_LASTING on an owner is no one object. */
static rg_status fill_owner_node(rg__cells *out, const rg__table *table, const rg__column *column,
                                 uint64_t first)
{
    (void)column;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++) {
        const rg_owner *owner = &table->options.owners->items[first + i];
        values[i] = owner->node;
        if (owner->kind >= RG_OWNER_LASTING)
            rg__set_null(out, i);
    }
    return RG_OK;
}

static rg_status fill_owner_count(rg__cells *out, const rg__table *table, const rg__column *column,
                                  uint64_t first)
{
    (void)column;
    uint64_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = table->options.owners->items[first + i].count;
    return RG_OK;
}

static rg_status fill_owner_size(rg__cells *out, const rg__table *table, const rg__column *column,
                                 uint64_t first)
{
    (void)column;
    uint64_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = table->options.owners->items[first + i].size;
    return RG_OK;
}

const rg__column rg__owner_columns[] = {
    {.name = "id", .layout = RG__U32, .fill = rg__fill_id},
    {.name = "owner_name",
     .layout = RG__SYMBOL32,
     .fill = rg__fill_symbol,
     .symbols = RG__OWNER_NAMES},
    {.name = "owner_kind",
     .layout = RG__SYMBOL8,
     .fill = fill_owner_kind,
     .symbols = RG__OWNER_KINDS},
    {.name = "node", .layout = RG__U32, .fill = fill_owner_node, .is_nullable = true},
    {.name = "count", .layout = RG__U64, .fill = fill_owner_count},
    {.name = "size", .layout = RG__U64, .fill = fill_owner_size},
};
const size_t rg__owner_column_count = sizeof rg__owner_columns / sizeof *rg__owner_columns;
