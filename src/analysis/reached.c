/* What some nodes reach over edges that own: the deep size of a structure. Memory follows what is reached, not the
 * graph, so that many small questions cost little. */
#include <refgraph/analysis.h>

#include "analysis/node_set.h"
#include "graph/graph_private.h"

/* Add what a node owns and is no part of the program. RG_OK or RG_ERR_NOMEM. */
static rg_status add_owned(rg__node_set *set, const rg_graph *g, uint32_t node)
{
    uint32_t ordinal = 0;
    rg_status status = RG_OK;
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node) && !status; e++)
        if (rg__label_strength(g->labels[e]) == RG_STRENGTH_OWN &&
            !(rg__node_flags(&g->tables, g->targets[e]) & RG_NODE_PROGRAM))
            status = rg__node_set_add(set, &ordinal, g->targets[e]);
    return status;
}

rg_status rg_reached_find(rg_reached *out, const rg_graph *graph, const uint32_t *nodes,
                          size_t node_count, const rg_allocator *allocator)
{
    rg__node_set set = {.allocator = allocator ? *allocator : graph->allocator};
    rg_reached found = {0};
    rg_status status = RG_OK;
    uint32_t ordinal = 0;
    for (size_t i = 0; i < node_count; i++)
        if (nodes[i] >= graph->tables.node_count)
            return RG_ERR_ARGUMENT;
    rg__watch watch = rg__watch_begin(graph, "what is reached", 0);
    for (size_t i = 0; i < node_count && !status; i++)
        status = rg__node_set_add(&set, &ordinal, nodes[i]);
    for (size_t i = 0; i < set.count && !status; i++) {
        const uint32_t node = set.nodes[i];
        if (rg__tick(&watch, 1 + rg__edges_end(graph, node) - rg__edges_begin(graph, node)))
            break;
        found.count++;
        found.size += rg__node_size(&graph->tables, set.nodes[i]);
        status = add_owned(&set, graph, set.nodes[i]);
    }
    rg__node_set_dispose(&set);
    if (!status)
        status = rg__watch_status(&watch);
    if (!status)
        *out = found;
    return status;
}
