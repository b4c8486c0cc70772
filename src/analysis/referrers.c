/* The in-edges of a node. The reverse CSR names the sources; the edges are in theirs. */
#include <refgraph/analysis.h>

#include "graph/graph_private.h"

void rg_edge_list_dispose(rg_edge_list *self)
{
    rg__array_free(&self->allocator, self->items, self->count, sizeof *self->items);
    *self = (rg_edge_list){0};
}

/* The in-edges into `out` where it is not NULL; how many there are. */
static size_t collect(const rg_graph *g, uint32_t node, rg_strength weakest, rg_edge *out,
                      rg__watch *watch)
{
    uint64_t sources_count = 0;
    const uint32_t *sources = rg_graph_referrers(g, node, &sources_count);
    size_t count = 0;
    for (uint64_t i = 0; i < sources_count; i++) {
        if (i && sources[i] == sources[i - 1])
            continue;
        const uint64_t end = rg__edges_end(g, sources[i]);
        if (rg__tick(watch, 4 + end - rg__edges_begin(g, sources[i])))
            break;
        for (uint64_t e = rg__edges_begin(g, sources[i]); e < end; e++) {
            if (g->targets[e] != node || rg__label_strength(g->labels[e]) > weakest)
                continue;
            if (out)
                out[count] = rg_graph_edge(g, sources[i], e);
            count++;
        }
    }
    return count;
}

rg_status rg_referrers_find(rg_edge_list *out, const rg_graph *graph, uint32_t node,
                            rg_strength weakest, const rg_allocator *allocator)
{
    if (node >= graph->tables.node_count)
        return RG_ERR_ARGUMENT;
    rg_edge_list found = {.allocator = allocator ? *allocator : graph->allocator};
    rg__watch watch = rg__watch_begin(graph, "referrers", 0);
    found.count = collect(graph, node, weakest, NULL, &watch);
    found.items = rg__array_new_raw(&found.allocator, found.count, sizeof *found.items);
    if (found.count && !found.items)
        return RG_ERR_NOMEM;
    (void)collect(graph, node, weakest, found.items, &watch);
    const rg_status status = rg__watch_status(&watch);
    if (status)
        rg_edge_list_dispose(&found);
    else
        *out = found;
    return status;
}
