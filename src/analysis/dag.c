/* All shortest paths to a node at once. An edge (p, n) is on one when cost[p] + w(p, n) == cost[n]; the
 * costs fall along such edges backwards, so taking the dearest node next meets every node after all
 * that it leads to.
 *
 * Two passes, as in neighbourhood.c: one chooses the nodes, the other reads the out-edges of each
 * chosen node once, whatever the number of its targets. */
#include <refgraph/analysis.h>

#include "analysis/links.h"
#include "analysis/queue.h"
#include "analysis/selection.h"

enum { MAX_NODES = 10000 };

typedef struct dag {
    const rg_graph *graph;
    const rg_distances *distances;
    size_t max_nodes;
    rg__links links;
    rg__queue waiting;
    rg__node_set found; /* chosen; some wait still */
    rg__selection chosen;
} dag;

static bool is_tight(const dag *d, uint32_t from, uint32_t to, rg_strength strength)
{
    const uint64_t *cost = d->distances->cost;
    return strength <= d->distances->weakest && cost[from] != RG_UNREACHED &&
           cost[from] + rg__weight(strength) == cost[to];
}

static rg_status wait_for(dag *d, uint32_t node)
{
    return rg__queue_add(&d->waiting,
                         &(rg__queue_entry){UINT64_MAX - d->distances->cost[node], 0, node, 0, 0});
}

/* Choose `from` when it is on a shortest path to `to` and there is room; *is_left_out otherwise. */
static rg_status meet(dag *d, uint32_t from, uint32_t to, bool *is_left_out)
{
    const uint64_t *cost = d->distances->cost;
    const uint64_t gap = cost[to] - cost[from];
    uint64_t edge = RG__NO_EDGE;
    uint32_t ordinal = 0;
    *is_left_out = false;
    if (gap != rg__weight(RG_STRENGTH_OWN) && gap != rg__weight(RG_STRENGTH_FRAME))
        return RG_OK;
    if (rg__node_set_find(&d->found, from) != RG_NONE)
        return RG_OK;
    rg_status status = rg__links_strongest(&d->links, &edge, from, to, d->distances->weakest);
    if (status || edge == RG__NO_EDGE || !is_tight(d, from, to, rg__edge_strength(d->graph, edge)))
        return status;
    if (d->found.count >= d->max_nodes) {
        *is_left_out = true;
        return RG_OK;
    }
    status = rg__node_set_add(&d->found, &ordinal, from);
    return status ? status : wait_for(d, from);
}

static rg_status expand(dag *d, uint32_t node)
{
    uint64_t count = 0;
    const uint32_t *sources = rg_graph_referrers(d->graph, node, &count);
    uint64_t left_out = 0;
    for (uint64_t i = 0; i < count; i++) {
        bool is_left_out = false;
        if (i && sources[i] == sources[i - 1])
            continue;
        rg_status status = meet(d, sources[i], node, &is_left_out);
        if (status)
            return status;
        left_out += is_left_out;
    }
    return rg__selection_add_omission(&d->chosen, node, left_out, true);
}

static rg_status choose_nodes(dag *d, uint32_t target)
{
    uint32_t ordinal = 0;
    rg__queue_entry entry;
    rg_status status = rg__node_set_add(&d->found, &ordinal, target);
    if (!status)
        status = wait_for(d, target);
    while (!status && rg__queue_take(&d->waiting, &entry)) {
        status = rg__node_set_add(&d->chosen.nodes, &ordinal, entry.node);
        if (!status && d->distances->cost[entry.node] != RG_UNREACHED)
            status = expand(d, entry.node);
    }
    return status;
}

static rg_status collect_edges(dag *d)
{
    const rg_graph *g = d->graph;
    const rg__node_set *chosen = &d->chosen.nodes;
    for (size_t i = 0; i < chosen->count; i++) {
        const uint32_t from = chosen->nodes[i];
        if (rg__tick(&d->links.watch, 1 + rg__edges_end(g, from) - rg__edges_begin(g, from)))
            return RG_ERR_CANCELLED;
        for (uint64_t e = rg__edges_begin(g, from); e < rg__edges_end(g, from); e++) {
            const uint32_t to = g->targets[e];
            if (!is_tight(d, from, to, rg__edge_strength(g, e)) ||
                rg__node_set_find(chosen, to) == RG_NONE)
                continue;
            const rg_edge edge = rg_graph_edge(g, from, e);
            rg_status status = rg__selection_add_edge(&d->chosen, &edge);
            if (status)
                return status;
        }
    }
    return RG_OK;
}

static void dag_dispose(dag *d)
{
    rg__selection_dispose(&d->chosen);
    rg__node_set_dispose(&d->found);
    rg__queue_dispose(&d->waiting);
    rg__links_dispose(&d->links);
}

rg_status rg_shortest_dag_find(rg_subgraph *out, const rg_graph *graph,
                               const rg_distances *distances, uint32_t target, uint32_t max_nodes,
                               const rg_allocator *allocator)
{
    const size_t count = graph->tables.node_count;
    if (target >= count || distances->node_count != count)
        return RG_ERR_ARGUMENT;
    const rg_allocator a = allocator ? *allocator : graph->allocator;
    dag d = {
        .graph = graph,
        .distances = distances,
        .max_nodes = max_nodes ? max_nodes : MAX_NODES,
        .links = rg__links_of(graph, "shortest chains", &a),
        .waiting.allocator = a,
        .found.allocator = a,
        .chosen = rg__selection_of(&a),
    };
    rg_status status = choose_nodes(&d, target);
    if (!status)
        status = collect_edges(&d);
    if (!status)
        status = rg__watch_status(&d.links.watch);
    if (!status)
        status = rg__selection_finish(out, &d.chosen, 1);
    dag_dispose(&d);
    return status;
}
