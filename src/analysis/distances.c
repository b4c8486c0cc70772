/* The cheapest path from any root to every node, cost = (edges that are not own, steps), compared in
 * that order: Dijkstra's algorithm (Numerische Mathematik 1, 1959) with two plain queues for a heap.
 *
 * Layer c holds the paths with c edges that are not own. Layers are done one after another, and each
 * is a breadth-first search over own edges:
 *
 *   reached   nodes reached by an own edge within the layer (and, in layer 0, the modules)
 *   seeds     nodes reached by the other edges from the layer before, and the roots that cost something
 *
 * Both are in non-decreasing order of steps, which is all that Dijkstra asks of its heap:
 *   - Within a layer the node with fewer steps of the two heads is taken next, so the steps of taken
 *     nodes never fall: a node taken with s steps only adds to `reached` with s + 1, and no seed is
 *     added to the layer that is being done.
 *   - Nodes taken in layer c add seeds of layer c + 1 with s + 1, hence in the same order. The roots, all
 *     of a layer with as many steps, are there before: those of layer 0 are its only seeds, those of
 *     layer 1 have no steps.
 * Each queue holds a node at most once, so each has room for V entries and never grows:
 *   - `reached`: its entries are added in rising order of cost over the whole search, and a node is
 *     added only where its cost falls.
 *   - `seeds`: a node that was a seed of layer c costs at most what a seed of a later layer does, and
 *     those of the same layer come in non-decreasing order.
 * A seed that became cheaper after it was added is dropped when its turn comes.
 *
 * The time is that of waiting for memory. What is taken soon stands in the queues, so its offsets, edges and
 * their ends are asked for some nodes before their turn, one after another.
 *
 * Of equally cheap ways to a node the best named one is kept (`via`), of those the first one found: that
 * depends on the order of the roots and of each object's references, not on addresses, so the same heap
 * gives the same paths in every run. */
#include <refgraph/analysis.h>

#include "analysis/barriers.h"
#include "analysis/links.h"
#include "analysis/prefetch.h"
#include "graph/graph_private.h"

typedef struct seed {
    uint32_t node;
    uint32_t steps;
} seed;

typedef struct front {
    const rg_graph *graph;
    uint64_t *keys; /* per node: cost << 2 | rank of the edge from `via`: one comparison for both */
    uint32_t *via;
    rg_strength weakest;
    uint32_t *reached;
    size_t reached_head, reached_tail;
    seed *seeds;
    size_t seed_head, seed_tail;
    size_t layer_end; /* of the seeds of the layer at hand */
    rg__watch watch;
} front;

enum { RANK_BITS = 2 };
#define COST_MOST (UINT64_MAX >> (RANK_BITS + 1)) /* no path has 2^29 edges that are not own */

static uint32_t steps_of(uint64_t cost)
{
    return (uint32_t)cost;
}

static uint64_t cost_of(const front *f, uint32_t node)
{
    return f->keys[node] >> RANK_BITS;
}

/* Queue the roots of a layer, each the best one of its node. */
static void queue_roots(front *f, const uint32_t *root_of, uint32_t layer)
{
    const rg__tables *t = &f->graph->tables;
    for (uint32_t r = 0; r < t->root_count; r++) {
        const uint32_t node = t->roots[r].node;
        const uint64_t cost = cost_of(f, node);
        if (root_of[node] != r || cost >> 32 != layer)
            continue;
        if (cost == 0)
            f->reached[f->reached_tail++] = node;
        else
            f->seeds[f->seed_tail++] = (seed){node, steps_of(cost)};
    }
}

/* Charge the roots, remember the best one of each node (of equal ones the first), and queue them. */
static void start_at_roots(front *f, uint32_t *root_of)
{
    const rg_graph *g = f->graph;
    const rg__tables *t = &g->tables;
    for (uint32_t r = 0; r < t->root_count; r++) {
        const uint32_t node = t->roots[r].node;
        const uint32_t other = root_of[node];
        if (other != RG_NONE && rg__root_rank(g, other) <= rg__root_rank(g, r))
            continue;
        f->keys[node] = rg__root_cost(g, r) << RANK_BITS;
        root_of[node] = r;
    }
    queue_roots(f, root_of, 0);
    f->layer_end = f->seed_tail;
    queue_roots(f, root_of, 1);
}

/* What is read and written again and again is kept in locals: the compiler cannot know that storing a key
 * changes none of it. */
static void follow_edges(front *f, uint32_t node)
{
    const rg_graph *g = f->graph;
    const uint32_t *labels = g->labels;
    const uint32_t *targets = g->targets;
    const rg_strength weakest = f->weakest;
    uint64_t *keys = f->keys;
    const uint64_t cost = cost_of(f, node);
    const uint64_t end = cost < COST_MOST ? rg__edges_end(g, node) : 0;
    const uint64_t begin = rg__edges_begin(g, node);
    for (uint64_t e = begin; e < end; e++) {
        if ((e - begin) % RG__TICK_EDGES == RG__TICK_EDGES - 1 &&
            rg__tick(&f->watch, RG__TICK_EDGES))
            return;
        const rg_strength strength = rg__label_strength(labels[e]);
        if (strength > weakest)
            continue;
        const uint32_t to = targets[e];
        const uint64_t reached = cost + rg__weight(strength);
        if (reached << RANK_BITS >= keys[to])
            continue;
        const uint64_t key = reached << RANK_BITS | rg__edge_rank(g, e);
        if (key >= keys[to])
            continue;
        const bool is_nearer = reached < keys[to] >> RANK_BITS;
        keys[to] = key;
        f->via[to] = node;
        if (!is_nearer) /* only better named: it is queued already */
            continue;
        if (strength == RG_STRENGTH_OWN)
            f->reached[f->reached_tail++] = to;
        else
            f->seeds[f->seed_tail++] = (seed){to, steps_of(reached)};
    }
}

enum { AHEAD = 24, EDGES_AHEAD = 16, ENDS_AHEAD = 8, ENDS = 8 };

/* Ask for what following the edges of a node in a queue will read: the nearer its turn, the further. */
static void fetch_offsets(const front *f, uint32_t node)
{
    rg__prefetch(&f->graph->offsets.low[node]);
    rg__prefetch(&f->keys[node]);
}

static void fetch_edges(const front *f, uint32_t node)
{
    const uint64_t e = rg__edges_begin(f->graph, node);
    rg__prefetch(&f->graph->targets[e]);
    rg__prefetch(&f->graph->labels[e]);
}

static void fetch_ends(const front *f, uint32_t node)
{
    const rg_graph *g = f->graph;
    const uint64_t begin = rg__edges_begin(g, node), end = rg__edges_end(g, node);
    const uint64_t until = end - begin < ENDS ? end : begin + ENDS;
    for (uint64_t e = begin; e < until; e++)
        rg__prefetch(&f->keys[g->targets[e]]);
}

static uint32_t take_reached(front *f)
{
    const size_t head = f->reached_head++;
    const uint32_t *coming = f->reached + head;
    const size_t count = f->reached_tail - head;
    if (count > AHEAD) {
        fetch_offsets(f, coming[AHEAD]);
        fetch_edges(f, coming[EDGES_AHEAD]);
        fetch_ends(f, coming[ENDS_AHEAD]);
    }
    return coming[0];
}

static void fetch_seeds(const front *f)
{
    const seed *coming = f->seeds + f->seed_head;
    if (f->layer_end - f->seed_head > AHEAD) {
        fetch_offsets(f, coming[AHEAD].node);
        fetch_edges(f, coming[EDGES_AHEAD].node);
        fetch_ends(f, coming[ENDS_AHEAD].node);
    }
}

/* The next node of the layer at hand, or RG_NONE. */
static uint32_t take(front *f, uint32_t layer)
{
    for (;;) {
        const bool has_reached = f->reached_head < f->reached_tail;
        if (f->seed_head == f->layer_end)
            return has_reached ? take_reached(f) : RG_NONE;
        const seed s = f->seeds[f->seed_head];
        if (has_reached && steps_of(cost_of(f, f->reached[f->reached_head])) <= s.steps)
            return take_reached(f);
        fetch_seeds(f);
        f->seed_head++;
        if (cost_of(f, s.node) == ((uint64_t)layer << 32 | s.steps))
            return s.node;
    }
}

static void search(front *f)
{
    for (uint32_t layer = 0;; layer++) {
        uint32_t node = take(f, layer);
        while (node != RG_NONE && !rg__tick(&f->watch, 2)) {
            follow_edges(f, node);
            node = take(f, layer);
        }
        if (f->seed_head == f->seed_tail || f->watch.is_stopped)
            return;
        f->layer_end = f->seed_tail;
    }
}

/* Nothing is reached yet. */
static rg_status fill(rg_distances *found, rg__watch *watch)
{
    const size_t count = found->node_count;
    rg_status status = rg__watch_fill(watch, found->cost, 0xFF, count * sizeof *found->cost);
    if (!status)
        status = rg__watch_fill(watch, found->root, 0xFF, count * sizeof *found->root);
    if (!status)
        status = rg__watch_fill(watch, found->via, 0xFF, count * sizeof *found->via);
    return status;
}

rg_status rg_distances_find(rg_distances *out, const rg_graph *graph, rg_strength weakest,
                            const rg_allocator *allocator)
{
    const uint32_t count = (uint32_t)graph->tables.node_count;
    rg_distances found = {
        .node_count = count,
        .weakest = weakest < RG_STRENGTH_WEAK ? weakest : RG_STRENGTH_INFRASTRUCTURE,
        .allocator = allocator ? *allocator : graph->allocator,
    };
    const rg_allocator *a = &found.allocator;
    front f = {.graph = graph, .weakest = found.weakest};
    rg_status status = RG_ERR_NOMEM;
    found.cost = rg__array_new_raw(a, count, sizeof *found.cost);
    found.root = rg__array_new_raw(a, count, sizeof *found.root);
    found.via = rg__array_new_raw(a, count, sizeof *found.via);
    f.reached = rg__array_new_raw(a, count, sizeof *f.reached);
    f.seeds = rg__array_new_raw(a, count, sizeof *f.seeds);
    if (count && (!found.cost || !found.root || !found.via || !f.reached || !f.seeds))
        goto done;
    status = rg__barriers_new(&found.barriers, count, a);
    if (status)
        goto done;
    f.watch = rg__watch_begin(graph, "distances", 4 * (uint64_t)count);
    status = fill(&found, &f.watch);
    if (status)
        goto done;
    f.keys = found.cost;
    f.via = found.via;
    start_at_roots(&f, found.root);
    search(&f);
    for (uint32_t n = 0; n < count && !rg__tick(&f.watch, 1); n++)
        if (found.cost[n] != RG_UNREACHED)
            found.cost[n] >>= RANK_BITS;
    status = rg__watch_status(&f.watch);
    if (status)
        goto done;
    *out = found;
    found.cost = NULL;
    found.root = NULL;
    found.via = NULL;
    found.barriers = NULL;

done:
    rg__barriers_free(found.barriers);
    rg__array_free(a, f.seeds, count, sizeof *f.seeds);
    rg__array_free(a, f.reached, count, sizeof *f.reached);
    rg__array_free(a, found.via, count, sizeof *found.via);
    rg__array_free(a, found.root, count, sizeof *found.root);
    rg__array_free(a, found.cost, count, sizeof *found.cost);
    return status;
}

void rg_distances_dispose(rg_distances *self)
{
    rg__barriers_free(self->barriers);
    rg__array_free(&self->allocator, self->cost, self->node_count, sizeof *self->cost);
    rg__array_free(&self->allocator, self->root, self->node_count, sizeof *self->root);
    rg__array_free(&self->allocator, self->via, self->node_count, sizeof *self->via);
    *self = (rg_distances){0};
}
