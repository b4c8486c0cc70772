/* A chain added to a selection, so that a picture of a neighbourhood shows the way to a root.
 *
 * All that can fail comes first: the edges that are new are gathered, then the arrays are made in
 * their final sizes; the selection changes once nothing can fail any more. */
#include <refgraph/analysis.h>

#include <string.h>

#include "analysis/fold.h"

typedef struct addition {
    rg_subgraph *sub;
    rg__fold fold;
    rg__node_set chain;  /* the chain's nodes, as they are shown, root first */
    rg__node_set before; /* the nodes of the selection */
    rg_edge *edges;      /* the new ones */
    size_t edge_count;
    size_t edge_capacity;
} addition;

/* Whether an edge is in the selection: then both of its ends were. */
static bool is_there(const addition *self, const rg_edge *edge)
{
    if (rg__node_set_find(&self->before, edge->from) == RG_NONE ||
        rg__node_set_find(&self->before, edge->to) == RG_NONE)
        return false;
    size_t i = 0;
    while (i < self->sub->edge_count && self->sub->edges[i].index != edge->index)
        i++;
    return i < self->sub->edge_count;
}

/* What stays itself: the asked-for nodes, and dicts of which the chain needs a key. */
static rg_status exempt_nodes(addition *self, const rg_edge *edges, size_t count)
{
    rg_status status = RG_OK;
    for (size_t i = 0; !status && i < self->sub->target_count; i++)
        status = rg__fold_exempt(&self->fold, self->sub->nodes[i]);
    for (size_t i = 0; !status && i < count; i++) {
        if (edges[i].name.kind == RG_NAME_KEY_OF)
            status = rg__fold_exempt(&self->fold, edges[i].from);
    }
    return status;
}

static rg_status gather(addition *self, const rg_edge *edges, size_t count)
{
    uint32_t ordinal = 0;
    rg_status status = RG_OK;
    for (size_t i = 0; !status && i < self->sub->node_count; i++)
        status = rg__node_set_add(&self->before, &ordinal, self->sub->nodes[i]);
    for (size_t i = 0; !status && i < count; i++) {
        rg_edge edge = edges[i];
        bool is_shown = false;
        status = rg__fold_edge(&self->fold, &edge, &is_shown);
        if (status || !is_shown)
            continue;
        status = rg__node_set_add(&self->chain, &ordinal, edge.from);
        if (!status)
            status = rg__node_set_add(&self->chain, &ordinal, edge.to);
        if (!status && !is_there(self, &edge))
            self->edges[self->edge_count++] = edge;
    }
    return status;
}

/* The asked-for nodes, the chain's from its end to its root, then the others as they were. */
static void order_nodes(const addition *self, uint32_t *nodes)
{
    const rg_subgraph *sub = self->sub;
    size_t next = sub->target_count;
    memcpy(nodes, sub->nodes, next * sizeof *nodes);
    for (size_t i = self->chain.count; i-- > 0;) {
        const uint32_t ordinal = rg__node_set_find(&self->before, self->chain.nodes[i]);
        if (ordinal == RG_NONE || ordinal >= sub->target_count)
            nodes[next++] = self->chain.nodes[i];
    }
    for (size_t i = sub->target_count; i < sub->node_count; i++) {
        if (rg__node_set_find(&self->chain, sub->nodes[i]) == RG_NONE)
            nodes[next++] = sub->nodes[i];
    }
}

/* Whether a new edge brings a neighbour to a node of the selection that had left it out. */
static bool settles(const addition *self, const rg_edge *edge, uint32_t near, uint32_t far,
                    rg_strength weakest)
{
    return edge->strength <= weakest && rg__node_set_find(&self->before, near) != RG_NONE &&
           rg__node_set_find(&self->before, far) == RG_NONE;
}

/* What is still left out, into `omissions`, which has room for all; returns how many. */
static size_t settle_omissions(const addition *self, const rg_neighbourhood_options *options,
                               rg_omission *omissions)
{
    const rg_subgraph *sub = self->sub;
    const bool referrers = options->direction == RG_REFERRERS;
    size_t left = 0;
    if (sub->omission_count)
        memcpy(omissions, sub->omissions, sub->omission_count * sizeof *omissions);
    for (size_t i = 0; i < self->edge_count; i++) {
        const rg_edge *edge = &self->edges[i];
        const uint32_t near = referrers ? edge->to : edge->from;
        const uint32_t far = referrers ? edge->from : edge->to;
        if (!settles(self, edge, near, far, options->weakest))
            continue;
        for (size_t k = 0; k < sub->omission_count; k++)
            omissions[k].count -= omissions[k].node == near && omissions[k].count;
    }
    for (size_t k = 0; k < sub->omission_count; k++) {
        if (omissions[k].count)
            omissions[left++] = omissions[k];
    }
    return left;
}

/* Put the new edges and nodes into the selection. RG_ERR_NOMEM leaves it as it was. */
static rg_status commit(addition *self, const rg_neighbourhood_options *options)
{
    rg_subgraph *sub = self->sub;
    const rg_allocator a = sub->allocator;
    rg_subgraph next = {.node_count = sub->node_count,
                        .target_count = sub->target_count,
                        .edge_count = sub->edge_count + self->edge_count,
                        .omission_count = sub->omission_count,
                        .allocator = a};
    for (size_t i = 0; i < self->chain.count; i++)
        next.node_count += rg__node_set_find(&self->before, self->chain.nodes[i]) == RG_NONE;
    next.nodes = rg__array_new_raw(&a, next.node_count, sizeof *next.nodes);
    next.edges = rg__array_new_raw(&a, next.edge_count, sizeof *next.edges);
    next.omissions = rg__array_new_raw(&a, next.omission_count, sizeof *next.omissions);
    if (!next.nodes || (next.edge_count && !next.edges) || (next.omission_count && !next.omissions))
        goto nomem;
    order_nodes(self, next.nodes);
    if (sub->edge_count)
        memcpy(next.edges, sub->edges, sub->edge_count * sizeof *next.edges);
    if (self->edge_count)
        memcpy(next.edges + sub->edge_count, self->edges, self->edge_count * sizeof *next.edges);
    const size_t left = settle_omissions(self, options, next.omissions);
    rg__array_shrink(&a, &next.omissions, &next.omission_count, left, sizeof *next.omissions);
    if (next.omission_count != left)
        goto nomem;
    rg_subgraph_dispose(sub);
    *sub = next;
    return RG_OK;

nomem:
    rg_subgraph_dispose(&next);
    return RG_ERR_NOMEM;
}

rg_status rg_subgraph_add_chain(rg_subgraph *self, const rg_graph *graph, const rg_edge *edges,
                                size_t count, const rg_neighbourhood_options *options)
{
    const rg_allocator a = self->allocator;
    const rg_neighbourhood_options o = options ? *options : (rg_neighbourhood_options){0};
    if (!count)
        return RG_OK;
    addition work = {
        .sub = self,
        .fold = rg__fold_of(graph, &a),
        .chain.allocator = a,
        .before.allocator = a,
        .edge_capacity = count,
    };
    work.fold.is_off = o.keep_dicts;
    rg_status status = RG_ERR_NOMEM;
    work.edges = rg__array_new_raw(&a, count, sizeof *work.edges);
    if (work.edges)
        status = exempt_nodes(&work, edges, count);
    if (!status)
        status = gather(&work, edges, count);
    if (!status)
        status = commit(&work, &o);
    rg__array_free(&a, work.edges, work.edge_capacity, sizeof *work.edges);
    rg__node_set_dispose(&work.before);
    rg__node_set_dispose(&work.chain);
    rg__fold_dispose(&work.fold);
    return status;
}
