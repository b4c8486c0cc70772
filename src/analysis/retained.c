/* What only a block reaches, in two independent ways:
 *
 *   rg__kept_find    the blocks and a virtual root as a flow graph; a node is kept by the blocks that
 *                    dominate its own, so sums over the tree of dominators answer for all blocks at once
 *   rg__kept_nodes   the nodes that a search around the block does not meet
 *
 *             ┌──► block of a root ──► …
 *     virtual ┼──► block of a root            All other blocks hang on these: what no root and no source
 *       root  └──► source ──► …               reaches is a cycle of blocks, and its lowest becomes one.
 *
 * Blocks may be contracted: a way around block B, from outside of it, that enters another block C may go
 * on to each node of C and stays outside B, for C is strongly connected and blocks share no node. So what is
 * reached while B is avoided is the same with C contracted to one node. */
#include "analysis/retained.h"

#include "analysis/block_walk.h"
#include "analysis/flow.h"
#include "analysis/prefetch.h"
#include "graph/graph_private.h"

#include <string.h>

/* ---- the flow of blocks ---- */

typedef struct flow {
    uint64_t *offsets; /* block_count + 1 */
    uint32_t *targets;
    uint64_t capacity;
    uint32_t *starts;
    size_t start_count;
    rg__flow_edges edges;
} flow;

static void flow_dispose(flow *f, const rg__block_walk *w)
{
    const rg_allocator *a = &w->allocator;
    rg__flow_edges_dispose(&f->edges);
    rg__array_free(a, f->starts, f->start_count, sizeof *f->starts);
    rg__array_free(a, f->targets, f->capacity, sizeof *f->targets);
    rg__array_free(a, f->offsets, (size_t)w->block_count + 1, sizeof *f->offsets);
}

/* How far the blocks of edges' ends, and what stands for the blocks of nodes, are asked for before they are needed. */
enum { ENDS_AHEAD = 48, NODES_AHEAD = 16 };

static void fetch_block(const rg__block_walk *w, uint64_t edge)
{
    if (edge + ENDS_AHEAD < w->graph->edge_count)
        rg__prefetch(&w->block[w->graph->targets[edge + ENDS_AHEAD]]);
}

static void fetch_offset(const flow *f, const rg__block_walk *w, uint32_t node)
{
    if (node + NODES_AHEAD < w->graph->tables.node_count)
        rg__prefetch(&f->offsets[w->block[node + NODES_AHEAD]]);
}

static void count_edges(flow *f, const rg__block_walk *w, rg__watch *watch)
{
    const rg_graph *g = w->graph;
    const uint32_t *block = w->block;
    for (uint32_t u = 0; u < g->tables.node_count; u++) {
        const uint64_t begin = rg__edges_begin(g, u), end = rg__edges_end(g, u);
        uint64_t count = 0;
        fetch_offset(f, w, u);
        for (uint64_t e = begin; e < end; e++) {
            fetch_block(w, e);
            count += block[g->targets[e]] != block[u] && rg__is_strong(g, e);
        }
        f->offsets[block[u]] += count;
        if (rg__tick(watch, 1 + end - begin))
            return;
    }
}

/* offsets[b] moves from the begin of b's edges to their end. */
static void place_edges(flow *f, const rg__block_walk *w, rg__watch *watch)
{
    const rg_graph *g = w->graph;
    const uint32_t *block = w->block;
    for (uint32_t u = 0; u < g->tables.node_count; u++) {
        const uint64_t begin = rg__edges_begin(g, u), end = rg__edges_end(g, u);
        uint64_t at = f->offsets[block[u]];
        fetch_offset(f, w, u);
        for (uint64_t e = begin; e < end; e++) {
            fetch_block(w, e);
            if (block[g->targets[e]] != block[u] && rg__is_strong(g, e))
                f->targets[at++] = block[g->targets[e]];
        }
        f->offsets[block[u]] = at;
        if (rg__tick(watch, 1 + end - begin))
            return;
    }
}

static rg_status find_edges(flow *f, const rg__block_walk *w, rg__watch *watch)
{
    const rg_allocator *a = &w->allocator;
    const uint32_t blocks = w->block_count;
    f->offsets = rg__array_new(a, (size_t)blocks + 1, sizeof *f->offsets);
    if (!f->offsets)
        return RG_ERR_NOMEM;
    count_edges(f, w, watch);
    if (watch->is_stopped)
        return RG_ERR_CANCELLED;
    for (uint32_t b = 0; b < blocks; b++) {
        const uint64_t count = f->offsets[b];
        f->offsets[b] = f->capacity;
        f->capacity += count;
    }
    f->targets = rg__array_new_raw(a, f->capacity, sizeof *f->targets);
    if (f->capacity && !f->targets)
        return RG_ERR_NOMEM;
    place_edges(f, w, watch);
    for (uint32_t b = blocks; b > 0; b--)
        f->offsets[b] = f->offsets[b - 1];
    f->offsets[0] = 0;
    return rg__watch_status(watch);
}

static rg_status list_starts(flow *f, const rg__block_walk *w)
{
    size_t count = 0;
    for (uint32_t b = 0; b < w->block_count; b++)
        count += w->is_start[b];
    f->starts = rg__array_new_raw(&w->allocator, count, sizeof *f->starts);
    if (count && !f->starts)
        return RG_ERR_NOMEM;
    f->start_count = count;
    count = 0;
    for (uint32_t b = 0; b < w->block_count; b++)
        if (w->is_start[b])
            f->starts[count++] = b;
    return RG_OK;
}

/* The edges between different blocks, and the starts. To be disposed of in either case. RG_OK, RG_ERR_NOMEM,
 * RG_ERR_CANCELLED. */
static rg_status flow_start(flow *f, const rg__block_walk *w)
{
    const rg_graph *g = w->graph;
    rg__watch watch = rg__watch_begin(g, "dominators", 2 * (g->tables.node_count + g->edge_count));
    rg_status status = find_edges(f, w, &watch);
    if (!status)
        status = list_starts(f, w);
    if (!status)
        status = rg__flow_edges_make(&f->edges, w->block_count, f->offsets, f->targets, g,
                                     &w->allocator);
    return status;
}

/* ---- sums over the tree of dominators ---- */

static void fetch_sums(const rg__kept *kept, const rg__block_walk *w, uint32_t node)
{
    if (node + NODES_AHEAD >= w->graph->tables.node_count)
        return;
    rg__prefetch(&kept->count[w->block[node + NODES_AHEAD]]);
    rg__prefetch(&kept->size[w->block[node + NODES_AHEAD]]);
}

/* A block stands in the order behind those that dominate it: from the end, each is whole before it is added
 * to the one above. */
static void sum_kept(rg__kept *kept, rg__block_walk *w, const rg__dominators *dominators)
{
    const rg__tables *t = &w->graph->tables;
    for (uint32_t n = 0; n < t->node_count && !rg__tick(&w->watch, 1); n++) {
        fetch_sums(kept, w, n);
        kept->count[w->block[n]]++;
        kept->size[w->block[n]] += rg__node_size(t, n);
    }
    for (uint32_t i = dominators->reached; i-- > 1 && !rg__tick(&w->watch, 1);) {
        const uint32_t b = dominators->order[i];
        if (i > NODES_AHEAD) {
            const uint32_t later = dominators->order[i - NODES_AHEAD];
            rg__prefetch(&dominators->idom[later]);
            rg__prefetch(&kept->count[later]);
            rg__prefetch(&kept->size[later]);
        }
        const uint32_t above = dominators->idom[b];
        if (above == RG_NONE)
            continue;
        kept->count[above] += kept->count[b];
        kept->size[above] += kept->size[b];
    }
    for (uint32_t n = 0; n < t->node_count && !rg__tick(&w->watch, 1); n++) {
        fetch_sums(kept, w, n);
        kept->count[w->block[n]]--;
        kept->size[w->block[n]] -= rg__node_size(t, n);
    }
}

rg_status rg__kept_find(rg__kept *out, const rg_graph *graph, const uint32_t *block,
                        uint32_t block_count, const uint64_t *reached,
                        const rg_allocator *allocator)
{
    rg__kept found = {
        .block_count = block_count,
        .allocator = allocator ? *allocator : graph->allocator,
    };
    const rg_allocator *a = &found.allocator;
    rg__block_walk w = {.graph = graph,
                        .block = block,
                        .block_count = block_count,
                        .reached = reached,
                        .allocator = *a};
    flow f = {0};
    rg__dominators dominators = {.allocator = *a};
    rg_status status = RG_ERR_NOMEM;
    found.count = rg__array_new(a, block_count, sizeof *found.count);
    found.size = rg__array_new(a, block_count, sizeof *found.size);
    if (block_count && (!found.count || !found.size))
        goto done;
    status = rg__block_walk_start(&w);
    if (!status)
        status = rg__block_walk_find_starts(&w);
    if (!status)
        status = flow_start(&f, &w);
    if (status)
        goto done;
    const rg__flow blocks = rg__flow_of(&f.edges, f.starts, f.start_count, graph);
    status = rg__dominators_find(&dominators, &blocks, a);
    if (status)
        goto done;
    sum_kept(&found, &w, &dominators);
    status = rg__watch_status(&w.watch);
    if (status)
        goto done;
    *out = found;
    found = (rg__kept){.allocator = *a};

done:
    rg__dominators_dispose(&dominators);
    flow_dispose(&f, &w);
    rg__block_walk_dispose(&w);
    rg__kept_dispose(&found);
    return status;
}

void rg__kept_dispose(rg__kept *self)
{
    rg__array_free(&self->allocator, self->size, self->block_count, sizeof *self->size);
    rg__array_free(&self->allocator, self->count, self->block_count, sizeof *self->count);
    *self = (rg__kept){0};
}

/* ---- the nodes of one block ---- */

/* Meet what is reached from the starts around a block. Its own nodes count as met. */
static void meet_around(rg__block_walk *w, uint32_t avoided)
{
    const rg__tables *t = &w->graph->tables;
    memset(w->is_met, 0, rg__bit_words(w->graph) * sizeof *w->is_met);
    for (uint32_t n = 0; n < t->node_count; n++)
        if (w->block[n] == avoided)
            rg__bit_set(w->is_met, n);
    for (size_t r = 0; r < t->root_count; r++)
        rg__block_walk_meet(w, t->roots[r].node);
    for (uint32_t b = 0; b < w->block_count; b++)
        if (w->is_start[b] && w->first[b] != RG_NONE)
            rg__block_walk_meet(w, w->first[b]);
}

/* Every node is reached from the starts: one that is not met around the block is reached through it. */
rg_status rg__kept_nodes(rg_node_list *out, const rg_graph *graph, const uint32_t *block,
                         uint32_t block_count, uint32_t wanted_block, const rg_allocator *allocator)
{
    const uint32_t count = (uint32_t)graph->tables.node_count;
    rg_node_list found = {.allocator = allocator ? *allocator : graph->allocator};
    const rg_allocator *a = &found.allocator;
    rg__block_walk w = {
        .graph = graph, .block = block, .block_count = block_count, .allocator = *a};
    if (wanted_block >= block_count)
        return RG_ERR_ARGUMENT;
    rg_status status = rg__block_walk_start(&w);
    if (!status)
        status = rg__block_walk_find_starts(&w);
    if (status)
        goto done;
    meet_around(&w, wanted_block);
    status = rg__watch_status(&w.watch);
    if (status)
        goto done;
    for (uint32_t n = 0; n < count; n++)
        found.count += !rg__bit(w.is_met, n);
    found.items = rg__array_new_raw(a, found.count, sizeof *found.items);
    if (found.count && !found.items) {
        status = RG_ERR_NOMEM;
        goto done;
    }
    size_t at = 0;
    for (uint32_t n = 0; n < count; n++)
        if (!rg__bit(w.is_met, n))
            found.items[at++] = n;
    *out = found;

done:
    rg__block_walk_dispose(&w);
    return status;
}
