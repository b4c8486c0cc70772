/* See scc_core.h. Forwards and backwards from one node; what is met both ways is its component (Fleischer, Hendrickson,
 * Pinar 2000, who go on so with the rest). Where most of a graph is one component, that is several times as fast as
 * going depth first: what a breadth-first search reads soon stands in its queue.
 *
 *   ahead    not trimmed, reached from the pivot
 *   core     of these, what reaches it: the way back never leaves what is ahead */
#include "analysis/scc_core.h"

#include "analysis/prefetch.h"
#include "analysis/reach.h"
#include "analysis/weak_edges.h"

enum { OFFSETS_AHEAD = 32, EDGES_AHEAD = 20, ENDS_AHEAD = 10, ENDS = 8 };

typedef struct walker {
    const rg_graph *graph;
    const rg__weak_edges *weak;
    uint64_t *open; /* bit set: nodes that may be met */
    uint32_t *queue;
    size_t head, tail;
    rg__watch *watch;
} walker;

static bool take(uint64_t *bits, uint32_t node)
{
    const uint64_t bit = UINT64_C(1) << node % 64;
    const bool was = bits[node / 64] & bit;
    bits[node / 64] &= ~bit;
    return was;
}

/* Ask for what following the edges of nodes in the queue will read. */
static void fetch_later(const walker *w, const rg__offsets *offsets, const uint32_t *ends)
{
    const uint32_t *coming = w->queue + w->head;
    if (w->tail - w->head <= OFFSETS_AHEAD)
        return;
    rg__prefetch(&offsets->low[coming[OFFSETS_AHEAD]]);
    rg__prefetch(&ends[rg__offset(offsets, coming[EDGES_AHEAD])]);
    const uint64_t begin = rg__offset(offsets, coming[ENDS_AHEAD]);
    const uint64_t end = rg__offset(offsets, (size_t)coming[ENDS_AHEAD] + 1);
    for (uint64_t e = begin; e < end && e < begin + ENDS; e++)
        rg__prefetch(&w->open[ends[e] / 64]);
}

static void meet(walker *w, uint32_t node)
{
    if (take(w->open, node))
        w->queue[w->tail++] = node;
}

static void go_forwards(walker *w, uint32_t pivot)
{
    const rg_graph *g = w->graph;
    w->head = w->tail = 0;
    meet(w, pivot);
    while (w->head < w->tail) {
        const uint32_t node = w->queue[w->head];
        const uint64_t begin = rg__edges_begin(g, node), end = rg__edges_end(g, node);
        const bool some_are_weak = rg__bit(w->weak->nodes, node);
        fetch_later(w, &g->offsets, g->targets);
        w->head++;
        for (uint64_t e = begin; e < end; e++)
            if (rg__bit(w->open, g->targets[e]) &&
                !(some_are_weak && rg__label_strength(g->labels[e]) == RG_STRENGTH_WEAK))
                meet(w, g->targets[e]);
        if (rg__tick(w->watch, 1 + end - begin))
            return;
    }
}

static void go_backwards(walker *w, uint32_t pivot)
{
    const rg_graph *g = w->graph;
    w->head = w->tail = 0;
    meet(w, pivot);
    while (w->head < w->tail) {
        const uint32_t node = w->queue[w->head];
        const uint64_t begin = rg__sources_begin(g, node), end = rg__sources_end(g, node);
        fetch_later(w, &g->reverse_offsets, g->sources);
        w->head++;
        for (uint64_t i = begin; i < end; i++)
            if (rg__bit(w->open, g->sources[i]) && !rg__bit(w->weak->sources, i))
                meet(w, g->sources[i]);
        if (rg__tick(w->watch, 1 + end - begin))
            return;
    }
}

/* The node with the most pairs of an edge to it and one from it, or RG_NONE: all are trimmed. */
static uint32_t find_pivot(const rg_graph *g, const uint64_t *trimmed, rg__watch *watch)
{
    uint32_t pivot = RG_NONE;
    double most = -1;
    for (uint32_t n = 0; n < g->tables.node_count && !rg__tick(watch, 1); n++) {
        if (rg__bit(trimmed, n))
            continue;
        const double pairs = (double)(rg__edges_end(g, n) - rg__edges_begin(g, n)) *
                             (double)(rg__sources_end(g, n) - rg__sources_begin(g, n));
        if (pairs <= most)
            continue;
        most = pairs;
        pivot = n;
    }
    return pivot;
}

static rg_status search(uint64_t *core, uint64_t *behind, walker *w, uint32_t pivot,
                        const uint64_t *trimmed, uint64_t *open)
{
    const size_t words = rg__bit_words(w->graph);
    for (size_t i = 0; i < words; i++)
        open[i] = ~trimmed[i];
    w->open = open;
    go_forwards(w, pivot);
    if (w->watch->is_stopped)
        return RG_ERR_CANCELLED;
    for (size_t i = 0; i < words; i++)
        core[i] = behind[i] = ~trimmed[i] & ~open[i]; /* what is ahead */
    w->open = behind;
    go_backwards(w, pivot);
    for (size_t i = 0; i < words; i++)
        core[i] &= ~behind[i];
    return rg__watch_status(w->watch);
}

rg_status rg__scc_core_find(uint64_t **core, uint64_t **behind, const rg_graph *graph,
                            const uint64_t *trimmed, uint32_t *queue, rg__watch *watch,
                            const rg_allocator *allocator)
{
    const size_t words = rg__bit_words(graph);
    rg__weak_edges weak = {.allocator = *allocator};
    walker w = {.graph = graph, .weak = &weak, .queue = queue, .watch = watch};
    const uint32_t pivot = find_pivot(graph, trimmed, watch);
    if (pivot == RG_NONE || watch->is_stopped)
        return rg__watch_status(watch);
    uint64_t *found = rg__array_new_raw(allocator, words, sizeof *found);
    uint64_t *rest = rg__array_new_raw(allocator, words, sizeof *rest);
    uint64_t *open = rg__array_new_raw(allocator, words, sizeof *open);
    rg_status status = found && rest && open ? RG_OK : RG_ERR_NOMEM;
    if (!status)
        status = rg__weak_edges_find(&weak, graph, allocator);
    if (!status)
        status = search(found, rest, &w, pivot, trimmed, open);
    rg__weak_edges_dispose(&weak);
    rg__array_free(allocator, open, words, sizeof *open);
    if (status) {
        rg__array_free(allocator, rest, words, sizeof *rest);
        rg__array_free(allocator, found, words, sizeof *found);
        return status;
    }
    *core = found;
    *behind = rest;
    return RG_OK;
}
