/* Nodes by type: one pass over the node table. */
#include <refgraph/analysis.h>

#include "graph/graph_private.h"

void rg_type_totals_dispose(rg_type_totals *self)
{
    rg__array_free(&self->allocator, self->items, self->count, sizeof *self->items);
    *self = (rg_type_totals){0};
}

rg_status rg_type_totals_find(rg_type_totals *out, const rg_graph *graph,
                              const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    rg_type_totals found = {
        .count = (uint32_t)t->type_count,
        .allocator = allocator ? *allocator : graph->allocator,
    };
    found.items = rg__array_new_raw(&found.allocator, found.count, sizeof *found.items);
    if (found.count && !found.items)
        return RG_ERR_NOMEM;
    for (uint32_t i = 0; i < found.count; i++)
        found.items[i] = (rg_type_total){.first = RG_NONE};
    for (size_t n = 0; n < t->node_count; n++) {
        rg_type_total *total = &found.items[t->nodes[n].type];
        if (!total->count++)
            total->first = (uint32_t)n;
        total->size += t->nodes[n].size;
    }
    *out = found;
    return RG_OK;
}

void rg_node_list_dispose(rg_node_list *self)
{
    rg__array_free(&self->allocator, self->items, self->count, sizeof *self->items);
    *self = (rg_node_list){0};
}

/* The nodes of wanted types, ascending, into `out` where it is not NULL; how many there are. */
static size_t collect(const rg__tables *t, const unsigned char *is_wanted, uint32_t *out)
{
    size_t count = 0;
    for (size_t n = 0; n < t->node_count; n++) {
        if (!is_wanted[t->nodes[n].type])
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
    found.count = collect(t, is_wanted, NULL);
    found.items = rg__array_new_raw(&found.allocator, found.count, sizeof *found.items);
    if (found.count && !found.items)
        goto done;
    (void)collect(t, is_wanted, found.items);
    *out = found;
    status = RG_OK;

done:
    rg__array_free(&found.allocator, is_wanted, t->type_count + 1, 1);
    return status;
}
