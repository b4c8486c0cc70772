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

/* ---- the flow graph ---- */

typedef struct flow {
    uint64_t *offsets; /* nodes + 2 */
    uint32_t *targets;
    size_t capacity;
} flow;

static void flow_dispose(flow *f, const rg_graph *graph, const rg_allocator *a)
{
    rg__array_free(a, f->targets, f->capacity, sizeof *f->targets);
    rg__array_free(a, f->offsets, graph->tables.node_count + 2, sizeof *f->offsets);
}

/* To be disposed of in either case. RG_OK or RG_ERR_NOMEM. */
static rg_status flow_start(flow *f, const rg_graph *g, const rg__starts *starts,
                            const rg_allocator *a)
{
    const size_t count = g->tables.node_count;
    f->capacity = (size_t)g->edge_count + starts->count;
    f->offsets = rg__array_new_raw(a, count + 2, sizeof *f->offsets);
    f->targets = rg__array_new_raw(a, f->capacity, sizeof *f->targets);
    if (!f->offsets || (f->capacity && !f->targets))
        return RG_ERR_NOMEM;
    uint64_t at = 0;
    for (size_t n = 0; n < count; n++) {
        f->offsets[n] = at;
        for (uint64_t e = rg__edges_begin(g, n); e < rg__edges_end(g, n); e++)
            if (rg__label_strength(g->labels[e]) < RG_STRENGTH_WEAK)
                f->targets[at++] = g->targets[e];
    }
    f->offsets[count] = at;
    for (size_t i = 0; i < starts->count; i++)
        f->targets[at++] = starts->items[i];
    f->offsets[count + 1] = at;
    return RG_OK;
}

/* RG_OK or RG_ERR_NOMEM. */
static rg_status find_dominators(rg__dominators *out, const rg_graph *graph, const rg_allocator *a)
{
    const uint32_t virtual_root = (uint32_t)graph->tables.node_count;
    rg__starts starts = {.allocator = *a};
    flow f = {0};
    rg_status status = rg__starts_find(&starts, graph, a);
    if (!status)
        status = flow_start(&f, graph, &starts, a);
    if (!status) {
        const rg__flow whole = {virtual_root + 1, f.offsets, f.targets, virtual_root};
        status = rg__dominators_find(out, &whole, a);
    }
    flow_dispose(&f, graph, a);
    rg__starts_dispose(&starts);
    return status;
}

/* ---- up and down the tree ---- */

enum { AHEAD = 16 }; /* how far memory is asked for before it is needed */

/* A node stands in the dominators' order behind those that dominate it: from the end, each is whole before it
 * is added to the one above. Arrays have an entry for the virtual root. */
static void sum_up(rg_retained *r, const rg_graph *graph, const rg__dominators *dominators)
{
    for (uint32_t n = 0; n < r->node_count; n++) {
        r->count[n] = 1;
        r->size[n] = rg__node_size(&graph->tables, n);
    }
    r->count[r->node_count] = 1;
    r->size[r->node_count] = 0;
    for (uint32_t i = dominators->reached; i-- > 1;) {
        const uint32_t node = dominators->order[i];
        const uint32_t above = dominators->idom[node];
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
 * its own. `next` has an entry per node and one for the virtual root. */
static void lay_flat(rg_retained *r, const rg__dominators *dominators, uint32_t *next)
{
    next[r->node_count] = 0;
    for (uint32_t i = 1; i < dominators->reached; i++) {
        const uint32_t node = dominators->order[i];
        const uint32_t above = dominators->idom[node];
        if (i + AHEAD < dominators->reached) {
            const uint32_t later = dominators->order[i + AHEAD];
            rg__prefetch(&r->count[later]);
            rg__prefetch(&dominators->idom[later]);
        }
        const uint32_t place = next[above];
        next[above] += r->count[node];
        next[node] = place + 1;
        r->order[place] = node;
    }
}

/* Takes the dominators' own array over. */
static void keep_dominators(rg_retained *r, rg__dominators *dominators)
{
    for (uint32_t n = 0; n < r->node_count; n++)
        if (dominators->idom[n] == r->node_count)
            dominators->idom[n] = RG_NONE;
    r->dominator = dominators->idom;
    dominators->idom = NULL;
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
    found.order = rg__array_new_raw(a, room, sizeof *found.order);
    next = rg__array_new_raw(a, room, sizeof *next);
    if (!found.count || !found.size || !found.order || !next)
        goto done;
    sum_up(&found, graph, &dominators);
    lay_flat(&found, &dominators, next);
    keep_dominators(&found, &dominators);
    *out = found;
    found = (rg_retained){.allocator = *a};
    status = RG_OK;

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
