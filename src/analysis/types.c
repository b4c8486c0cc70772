/* Nodes by type: one pass over the node table. */
#include <refgraph/analysis.h>

#include "graph/graph_private.h"

void rg_type_totals_dispose(rg_type_totals *self)
{
    rg__array_free(&self->allocator, self->items, self->count, sizeof *self->items);
    *self = (rg_type_totals){0};
}

/* A total per type, all zero. RG_OK or RG_ERR_NOMEM. */
static rg_status start(rg_type_totals *out, const rg_graph *graph, const rg_allocator *allocator)
{
    out->count = (uint32_t)graph->tables.type_count;
    out->allocator = allocator ? *allocator : graph->allocator;
    out->items = rg__array_new_raw(&out->allocator, out->count, sizeof *out->items);
    if (out->count && !out->items)
        return RG_ERR_NOMEM;
    for (uint32_t i = 0; i < out->count; i++)
        out->items[i] = (rg_type_total){.first = RG_NONE, .largest = RG_NONE};
    return RG_OK;
}

/* Nodes come by ascending id. */
static void add(rg_type_totals *totals, const rg__tables *t, uint32_t node)
{
    rg_type_total *total = &totals->items[rg__node_type(t, node)];
    const uint64_t size = rg__node_size(t, node);
    if (!total->count++)
        total->first = total->largest = node;
    else if (size > rg__node_size(t, total->largest))
        total->largest = node;
    total->size += size;
}

rg_status rg_type_totals_find(rg_type_totals *out, const rg_graph *graph,
                              const rg_allocator *allocator)
{
    rg_type_totals found = {0};
    rg_status status = start(&found, graph, allocator);
    if (status)
        return status;
    rg__watch watch = rg__watch_begin(graph, "types", graph->tables.node_count);
    for (size_t n = 0; n < graph->tables.node_count && !rg__tick(&watch, 1); n++)
        add(&found, &graph->tables, (uint32_t)n);
    status = rg__watch_status(&watch);
    if (status)
        rg_type_totals_dispose(&found);
    else
        *out = found;
    return status;
}

rg_status rg_nodes_totals_find(rg_type_totals *out, const rg_graph *graph, const uint32_t *nodes,
                               size_t node_count, const rg_allocator *allocator)
{
    rg_type_totals found = {0};
    for (size_t i = 0; i < node_count; i++)
        if (nodes[i] >= graph->tables.node_count || (i && nodes[i] <= nodes[i - 1]))
            return RG_ERR_ARGUMENT;
    rg_status status = start(&found, graph, allocator);
    if (status)
        return status;
    rg__watch watch = rg__watch_begin(graph, "types", node_count);
    for (size_t i = 0; i < node_count && !rg__tick(&watch, 1); i++)
        add(&found, &graph->tables, nodes[i]);
    status = rg__watch_status(&watch);
    if (status)
        rg_type_totals_dispose(&found);
    else
        *out = found;
    return status;
}

rg_status rg_cycle_types_find(rg_type_totals *out, const rg_graph *graph, const rg_cycles *cycles,
                              size_t cycle, const rg_allocator *allocator)
{
    rg_type_totals found = {0};
    if (cycle >= cycles->count)
        return RG_ERR_ARGUMENT;
    rg_status status = start(&found, graph, allocator);
    if (status)
        return status;
    const rg_cycle *c = &cycles->items[cycle];
    for (uint32_t i = 0; i < c->count; i++)
        add(&found, &graph->tables, cycles->members[c->first + i]);
    *out = found;
    return RG_OK;
}

void rg_node_list_dispose(rg_node_list *self)
{
    rg__array_free(&self->allocator, self->items, self->count, sizeof *self->items);
    *self = (rg_node_list){0};
}

/* The nodes of wanted types, ascending, into `out` where it is not NULL; how many there are. */
static size_t collect(const rg__tables *t, const unsigned char *is_wanted, uint32_t *out,
                      rg__watch *watch)
{
    size_t count = 0;
    for (size_t n = 0; n < t->node_count && !rg__tick(watch, 1); n++) {
        if (!is_wanted[rg__node_type(t, n)])
            continue;
        if (out)
            out[count] = (uint32_t)n;
        count++;
    }
    return count;
}

rg_status rg_type_nodes_find(rg_node_list *out, const rg_graph *graph, const uint32_t *types,
                             size_t type_count, const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    rg_node_list found = {.allocator = allocator ? *allocator : graph->allocator};
    rg_status status = RG_ERR_NOMEM;
    for (size_t i = 0; i < type_count; i++)
        if (types[i] >= t->type_count)
            return RG_ERR_ARGUMENT;
    unsigned char *is_wanted = rg__array_new(&found.allocator, t->type_count + 1, 1);
    if (!is_wanted)
        goto done;
    for (size_t i = 0; i < type_count; i++)
        is_wanted[types[i]] = 1;
    rg__watch watch = rg__watch_begin(graph, "types", 2 * t->node_count);
    found.count = collect(t, is_wanted, NULL, &watch);
    found.items = rg__array_new_raw(&found.allocator, found.count, sizeof *found.items);
    if (found.count && !found.items)
        goto done;
    (void)collect(t, is_wanted, found.items, &watch);
    status = rg__watch_status(&watch);
    if (status)
        goto done;
    *out = found;
    found.items = NULL;

done:
    rg__array_free(&found.allocator, found.items, found.count, sizeof *found.items);
    rg__array_free(&found.allocator, is_wanted, t->type_count + 1, 1);
    return status;
}
