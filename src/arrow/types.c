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
    {"id", RG__U32, rg__fill_id},
    {"type_name", RG__SYMBOL32, rg__fill_symbol, .symbols = RG__TYPE_NAMES},
    {"module", RG__SYMBOL32, rg__fill_symbol, .symbols = RG__MODULE_NAMES},
    {"name", RG__TEXT, fill_bare_name},
    {"kind", RG__SYMBOL8, fill_type_kind, .symbols = RG__KINDS},
    {"node", RG__U32, fill_type_node, .is_nullable = true},
    {"count", RG__U64, fill_type_count},
    {"size", RG__U64, fill_type_size},
};
const size_t rg__type_column_count = sizeof rg__type_columns / sizeof *rg__type_columns;
