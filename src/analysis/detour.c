/* See detour.h. */
#include "analysis/detour.h"

#include "graph/graph_private.h"

enum { EDGES_A_NODE = 128 /* followed forwards in the time of a node's visit backwards */ };

static rg_status start(rg__detour *d)
{
    const rg_allocator *a = &d->allocator;
    d->reached = rg__array_new(a, rg__bit_words(d->graph), sizeof *d->reached);
    if (!d->reached)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < d->avoided->count; i++)
        rg__bit_set(d->reached, d->avoided->nodes[i]);
    return rg__front_start(&d->front, d->graph, d->reached, a);
}

void rg__detour_dispose(rg__detour *self)
{
    const rg_allocator *a = &self->allocator;
    if (!self->reached)
        return;
    rg__front_dispose(&self->front, a);
    rg__array_free(a, self->reached, rg__bit_words(self->graph), sizeof *self->reached);
    self->reached = NULL;
    self->next_root = 0;
    self->is_over = false;
}

/* True: all that the roots reach is met. */
static bool follow(rg__detour *d, uint64_t edges)
{
    const rg__tables *t = &d->graph->tables;
    while (d->next_root < t->root_count && !d->front.watch.is_stopped) {
        const uint32_t node = t->roots[d->next_root].node;
        if (!rg__bit(d->reached, node))
            rg__front_add(&d->front, node);
        d->next_root++;
    }
    return rg__front_follow(&d->front, edges);
}

static bool meets(const rg__detour *d, const rg__queue *waiting)
{
    for (size_t i = 0; i < waiting->count; i++)
        if (rg__bit(d->reached, waiting->items[i].node))
            return true;
    return false;
}

/* Whether an edge leads from a node into a set. */
static bool leads_into(const rg_graph *g, uint32_t node, const uint64_t *set)
{
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++)
        if (rg__label_strength(g->labels[e]) < RG_STRENGTH_WEAK && rg__bit(set, g->targets[e]))
            return true;
    return false;
}

rg_status rg__detour_remember(rg_barriers *barriers, const rg_graph *graph,
                              const rg__node_set *avoided, const uint64_t *behind,
                              const rg_allocator *allocator)
{
    uint32_t *nodes = rg__array_new_raw(allocator, avoided->count, sizeof *nodes);
    size_t count = 0;
    if (avoided->count && !nodes)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < avoided->count; i++)
        if (!rg__bit(behind, avoided->nodes[i]) && leads_into(graph, avoided->nodes[i], behind))
            nodes[count++] = avoided->nodes[i];
    const rg_status status = rg__barriers_add(barriers, nodes, count, behind);
    rg__array_free(allocator, nodes, avoided->count, sizeof *nodes);
    return status;
}

/* Whether a node is a root, or something that is reached refers to it, be it by a weak edge: no matter, the barrier may
 * be a little larger then. */
static bool is_touched(const rg__detour *d, uint32_t node)
{
    const rg_graph *g = d->graph;
    bool is = d->distances->root[node] != RG_NONE;
    for (uint64_t i = rg__sources_begin(g, node); i < rg__sources_end(g, node) && !is; i++)
        is = rg__bit(d->reached, g->sources[i]);
    return is;
}

/* From what is reached to what is behind: of the avoided nodes those that are not touched are, too. */
static rg_status turn_round(rg__detour *d)
{
    const rg__node_set *avoided = d->avoided;
    bool *touched = rg__array_new(&d->allocator, avoided->count, sizeof *touched);
    if (avoided->count && !touched)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < avoided->count; i++)
        d->reached[avoided->nodes[i] / 64] &= ~(UINT64_C(1) << avoided->nodes[i] % 64);
    for (size_t i = 0; i < avoided->count; i++)
        touched[i] = is_touched(d, avoided->nodes[i]);
    for (size_t i = 0; i < avoided->count; i++)
        if (touched[i])
            rg__bit_set(d->reached, avoided->nodes[i]);
    for (size_t i = 0; i < rg__bit_words(d->graph); i++)
        d->reached[i] = ~d->reached[i];
    rg__array_free(&d->allocator, touched, avoided->count, sizeof *touched);
    return RG_OK;
}

rg_status rg__detour_go(rg__detour *self, const rg__queue *waiting, uint64_t nodes, uint64_t *work,
                        bool *is_closed)
{
    rg_status status = self->reached ? RG_OK : start(self);
    *is_closed = false;
    if (status || self->is_over)
        return status;
    const bool has_met_all = follow(self, nodes * EDGES_A_NODE);
    *work += nodes * EDGES_A_NODE;
    status = rg__watch_status(&self->front.watch);
    if (status)
        return status;
    self->is_over = meets(self, waiting);
    if (self->is_over || !has_met_all)
        return RG_OK;
    *is_closed = true;
    status = turn_round(self);
    return status || !self->distances->barriers
               ? status
               : rg__detour_remember(self->distances->barriers, self->graph, self->avoided,
                                     self->reached, &self->allocator);
}
