/* The columns of the edges: in the order of the forward CSR, so that the targets are borrowed from it. */
#include "arrow/table.h"

#include "graph/graph_private.h"

/* The node that the edge at `index` goes out from. O(log V). */
static uint32_t source_of(const rg_graph *g, uint64_t index)
{
    uint32_t low = 0;
    uint32_t high =
        rg_graph_node_count(g); /* its edges begin at or before `index`, or it is the end */
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (rg__edges_begin(g, middle) <= index)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static rg_status fill_source(rg__cells *out, const rg__table *table, const rg__column *column,
                             uint64_t first)
{
    (void)column;
    const rg_graph *g = table->graph;
    uint32_t *values = out->values;
    uint32_t source = source_of(g, first);
    uint64_t end = rg__edges_end(g, source);
    for (size_t i = 0; i < out->count; i++) {
        while (first + i >= end)
            end = rg__edges_end(g, ++source);
        values[i] = source;
    }
    return RG_OK;
}

static rg_status fill_target(rg__cells *out, const rg__table *table, const rg__column *column,
                             uint64_t first)
{
    (void)column;
    out->borrowed = table->graph->targets + first;
    return RG_OK;
}

static rg_status fill_kind(rg__cells *out, const rg__table *table, const rg__column *column,
                           uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    const rg_graph *g = table->graph;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = (uint8_t)of[rg__label_name(&g->tables, g->labels[first + i]).kind];
    return RG_OK;
}

static rg_status fill_strength(rg__cells *out, const rg__table *table, const rg__column *column,
                               uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    const rg_graph *g = table->graph;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = (uint8_t)of[rg__label_strength(g->labels[first + i])];
    return RG_OK;
}

/* As a person reads it; the source does not matter, for nothing is folded. */
static rg_status fill_name(rg__cells *out, const rg__table *table, const rg__column *column,
                           uint64_t first)
{
    (void)column;
    for (size_t i = 0; i < out->count; i++) {
        const rg_edge edge = rg_graph_edge(table->graph, RG_NONE, first + i);
        const rg_status status = edge.name.kind == RG_NAME_NONE
                                     ? RG_OK
                                     : rg_graph_write_name(table->graph, &edge, 0, &out->text);
        if (status)
            return status;
        if (edge.name.kind == RG_NAME_NONE)
            rg__set_null(out, i);
        rg__end_text(out, i);
    }
    return RG_OK;
}

const rg__column rg__edge_columns[] = {
    {.name = "source", .layout = RG__U32, .fill = fill_source},
    {.name = "target", .layout = RG__U32, .fill = fill_target, .is_borrowed = true},
    {.name = "kind", .layout = RG__SYMBOL8, .fill = fill_kind, .symbols = RG__NAME_KINDS},
    {.name = "name", .layout = RG__TEXT, .fill = fill_name, .is_nullable = true},
    {.name = "strength", .layout = RG__SYMBOL8, .fill = fill_strength, .symbols = RG__STRENGTHS},
};
const size_t rg__edge_column_count = sizeof rg__edge_columns / sizeof *rg__edge_columns;
