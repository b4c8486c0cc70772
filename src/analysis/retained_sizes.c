/* Retained sizes: the graph under a virtual root as a flow graph, its dominators, sums up their tree.
 *
 *             ┌──► root ──► …
 *     virtual ┼──► root ──► …                  All that no root reaches hangs on the starts of
 *       root  └──► start of garbage ──► …      garbage (starts.h): every node is in the tree.
 *
 * The virtual root is the node behind the last one. Weak edges are left out. */
#include <refgraph/analysis.h>

#include "analysis/dominators.h"
#include "analysis/prefetch.h"
#include "analysis/starts.h"
#include "graph/graph_private.h"

#include <assert.h>

/* RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. */
static rg_status find_dominators(rg__dominators *out, const rg_graph *graph, const rg_allocator *a)
{
    rg__starts starts = {.allocator = *a};
    rg__weak_edges weak = {.allocator = *a};
    rg_status status = rg__starts_find(&starts, graph, a);
    if (!status)
        status = rg__weak_edges_find(&weak, graph, a);
    if (!status) {
        const rg__flow flow = {
            .count = (uint32_t)graph->tables.node_count,
            .offsets = graph->offsets,
            .targets = graph->targets,
            .source_offsets = graph->reverse_offsets,
            .sources = graph->sources,
            .labels = graph->labels,
            .weak = &weak,
            .starts = starts.items,
            .start_count = starts.count,
            .watched = graph,
        };
        status = rg__dominators_find(out, &flow, a);
    }
    rg__weak_edges_dispose(&weak);
    rg__starts_dispose(&starts);
    return status;
}

/* ---- up and down the tree ---- */

enum { AHEAD = 16 }; /* how far memory is asked for before it is needed */

/* Where a node's dominator has its sums and its next free place: the virtual root's stand last. */
static uint32_t entry_of(const rg_retained *r, uint32_t dominator)
{
    return dominator == RG_NONE ? r->node_count : dominator;
}

/* A node stands in the dominators' order behind those that dominate it: from the end, each is whole before it
 * is added to the one above. Arrays have an entry for the virtual root. */
static void sum_up(rg_retained *r, const rg_graph *graph, const rg__dominators *dominators,
                   rg__watch *watch)
{
    for (uint32_t n = 0; n < r->node_count && !rg__tick(watch, 1); n++) {
        r->count[n] = 1;
        r->size[n] = rg__node_size(&graph->tables, n);
    }
    r->count[r->node_count] = 1;
    r->size[r->node_count] = 0;
    for (uint32_t i = dominators->reached; i-- > 1 && !rg__tick(watch, 1);) {
        const uint32_t node = dominators->order[i];
        const uint32_t above = entry_of(r, dominators->idom[node]);
        if (i > AHEAD) {
            const uint32_t later = dominators->order[i - AHEAD];
            rg__prefetch(&r->count[later]);
            rg__prefetch(&r->size[later]);
            rg__prefetch(&dominators->idom[later]);
        }
        r->count[above] += r->count[node];
        r->size[above] += r->size[node];
    }
}

/* A node's place in the flat tree is the next that is free within its dominator's, and as many behind it are
 * its own. `next` has an entry per node and one for the virtual root: in the end what follows a node's own. Then the
 * dominators' order is of no use any more, and becomes the flat one. */
static void lay_flat(rg_retained *r, rg__dominators *dominators, uint32_t *next, rg__watch *watch)
{
    next[r->node_count] = 0;
    for (uint32_t i = 1; i < dominators->reached && !rg__tick(watch, 1); i++) {
        const uint32_t node = dominators->order[i];
        const uint32_t above = entry_of(r, dominators->idom[node]);
        if (i + AHEAD < dominators->reached) {
            const uint32_t later = dominators->order[i + AHEAD];
            rg__prefetch(&r->count[later]);
            rg__prefetch(&dominators->idom[later]);
            rg__prefetch(&next[later]);
        }
        next[node] = next[above] + 1;
        next[above] += r->count[node];
    }
    r->order = dominators->order;
    dominators->order = NULL;
    for (uint32_t n = 0; n < r->node_count && !rg__tick(watch, 1); n++)
        r->order[next[n] - r->count[n]] = n;
}

rg_status rg_retained_find(rg_retained *out, const rg_graph *graph, const rg_allocator *allocator)
{
    const size_t room =
        graph->tables.node_count + 1; /* with the virtual root: never zero elements */
    rg_retained found = {
        .node_count = (uint32_t)graph->tables.node_count,
        .allocator = allocator ? *allocator : graph->allocator,
    };
    const rg_allocator *a = &found.allocator;
    rg__dominators dominators = {.allocator = *a};
    uint32_t *next = NULL;
    rg_status status = find_dominators(&dominators, graph, a);
    if (status)
        goto done;
    assert(dominators.reached == room);
    status = RG_ERR_NOMEM;
    found.count = rg__array_new_raw(a, room, sizeof *found.count);
    found.size = rg__array_new_raw(a, room, sizeof *found.size);
    next = rg__array_new_raw(a, room, sizeof *next);
    if (!found.count || !found.size || !next)
        goto done;
    rg__watch watch = rg__watch_begin(graph, "retained sizes", 4 * (uint64_t)room);
    sum_up(&found, graph, &dominators, &watch);
    if (!watch.is_stopped)
        lay_flat(&found, &dominators, next, &watch);
    status = rg__watch_status(&watch);
    if (status)
        goto done;
    found.dominator = dominators.idom;
    dominators.idom = NULL;
    *out = found;
    found = (rg_retained){.allocator = *a};

done:
    rg__array_free(a, next, room, sizeof *next);
    rg__dominators_dispose(&dominators);
    rg_retained_dispose(&found);
    return status;
}

void rg_retained_dispose(rg_retained *self)
{
    const size_t room = (size_t)self->node_count + 1;
    rg__array_free(&self->allocator, self->order, room, sizeof *self->order);
    rg__array_free(&self->allocator, self->size, room, sizeof *self->size);
    rg__array_free(&self->allocator, self->count, room, sizeof *self->count);
    rg__array_free(&self->allocator, self->dominator, room, sizeof *self->dominator);
    *self = (rg_retained){0};
}
