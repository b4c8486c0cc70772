/* The columns of the roots. */
#include "arrow/table.h"

#include "base/text.h"

static rg_status fill_root_kind(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = (uint8_t)of[rg_graph_root(table->graph, (uint32_t)(first + i)).kind];
    return RG_OK;
}

static rg_status fill_root_node(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    (void)column;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = rg_graph_root(table->graph, (uint32_t)(first + i)).node;
    return RG_OK;
}

static rg_status fill_root_references(rg__cells *out, const rg__table *table,
                                      const rg__column *column, uint64_t first)
{
    (void)column;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = rg_graph_root(table->graph, (uint32_t)(first + i)).references;
    return RG_OK;
}

static rg_status fill_root_name(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    (void)column;
    for (size_t i = 0; i < out->count; i++) {
        const rg_string name = rg_graph_root(table->graph, (uint32_t)(first + i)).name;
        const rg_status status = rg__write_utf8(&out->text, name);
        if (status)
            return status;
        if (!name.size)
            rg__set_null(out, i);
        rg__end_text(out, i);
    }
    return RG_OK;
}

static rg_status fill_root_text(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    (void)column;
    for (size_t i = 0; i < out->count; i++) {
        const rg_status status =
            rg_graph_write_root(table->graph, (uint32_t)(first + i), 0, &out->text);
        if (status)
            return status;
        rg__end_text(out, i);
    }
    return RG_OK;
}

const rg__column rg__root_columns[] = {
    {.name = "kind", .layout = RG__SYMBOL8, .fill = fill_root_kind, .symbols = RG__ROOT_KINDS},
    {.name = "node", .layout = RG__U32, .fill = fill_root_node},
    {.name = "name", .layout = RG__TEXT, .fill = fill_root_name, .is_nullable = true},
    {.name = "text", .layout = RG__TEXT, .fill = fill_root_text},
    {.name = "references", .layout = RG__U32, .fill = fill_root_references},
};
const size_t rg__root_column_count = sizeof rg__root_columns / sizeof *rg__root_columns;
