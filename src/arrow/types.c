/* The columns of the types. */
#include "arrow/table.h"

#include "base/text.h"

static rg_status fill_bare_name(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    (void)column;
    for (size_t i = 0; i < out->count; i++) {
        const rg_string name = rg_graph_type(table->graph, (uint32_t)(first + i)).name;
        const rg_status status = rg__write_utf8(&out->text, name);
        if (status)
            return status;
        rg__end_text(out, i);
    }
    return RG_OK;
}

static rg_status fill_type_kind(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = (uint8_t)of[rg_graph_type(table->graph, (uint32_t)(first + i)).kind];
    return RG_OK;
}

static rg_status fill_type_node(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    (void)column;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++) {
        values[i] = rg_graph_type(table->graph, (uint32_t)(first + i)).node;
        if (values[i] == RG_NONE)
            rg__set_null(out, i);
    }
    return RG_OK;
}

static rg_status fill_type_count(rg__cells *out, const rg__table *table, const rg__column *column,
                                 uint64_t first)
{
    (void)column;
    uint64_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = table->totals.items[first + i].count;
    return RG_OK;
}

static rg_status fill_type_size(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    (void)column;
    uint64_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = table->totals.items[first + i].size;
    return RG_OK;
}

const rg__column rg__type_columns[] = {
    {.name = "id", .layout = RG__U32, .fill = rg__fill_id},
    {.name = "type_name",
     .layout = RG__SYMBOL32,
     .fill = rg__fill_symbol,
     .symbols = RG__TYPE_NAMES},
    {.name = "module",
     .layout = RG__SYMBOL32,
     .fill = rg__fill_symbol,
     .symbols = RG__MODULE_NAMES},
    {.name = "name", .layout = RG__TEXT, .fill = fill_bare_name},
    {.name = "kind", .layout = RG__SYMBOL8, .fill = fill_type_kind, .symbols = RG__KINDS},
    {.name = "node", .layout = RG__U32, .fill = fill_type_node, .is_nullable = true},
    {.name = "count", .layout = RG__U64, .fill = fill_type_count},
    {.name = "size", .layout = RG__U64, .fill = fill_type_size},
};
const size_t rg__type_column_count = sizeof rg__type_columns / sizeof *rg__type_columns;
