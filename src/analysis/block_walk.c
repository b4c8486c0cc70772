/* See block_walk.h. */
#include "analysis/block_walk.h"

#include <string.h>

void rg__block_walk_dispose(rg__block_walk *w)
{
    const rg_allocator *a = &w->allocator;
    const size_t count = w->graph->tables.node_count;
    rg__array_free(a, w->is_start, w->block_count, sizeof *w->is_start);
    rg__array_free(a, w->first, w->block_count, sizeof *w->first);
    rg__array_free(a, w->stack, count, sizeof *w->stack);
    rg__array_free(a, w->is_met, rg__bit_words(w->graph), sizeof *w->is_met);
}

rg_status rg__block_walk_start(rg__block_walk *w)
{
    const rg_allocator *a = &w->allocator;
    const size_t count = w->graph->tables.node_count;
    w->is_met = rg__array_new(a, rg__bit_words(w->graph), sizeof *w->is_met);
    w->stack = rg__array_new_raw(a, count, sizeof *w->stack);
    w->first = rg__array_new_raw(a, w->block_count, sizeof *w->first);
    w->is_start = rg__array_new(a, w->block_count, sizeof *w->is_start);
    if (!w->is_met || (count && !w->stack))
        return RG_ERR_NOMEM;
    if (w->block_count && (!w->first || !w->is_start))
        return RG_ERR_NOMEM;
    w->watch = rg__watch_begin(w->graph, "what they keep", 2 * (count + w->graph->edge_count));
    return rg__watch_fill(&w->watch, w->first, 0xFF, w->block_count * sizeof *w->first);
}

void rg__block_walk_meet(rg__block_walk *w, uint32_t start)
{
    const rg_graph *g = w->graph;
    uint64_t *is_met = w->is_met;
    size_t depth = 0;
    if (rg__bit(is_met, start))
        return;
    rg__bit_set(is_met, start);
    w->stack[depth++] = start;
    while (depth) {
        const uint32_t node = w->stack[--depth];
        if (rg__tick(&w->watch, 1 + rg__edges_end(g, node) - rg__edges_begin(g, node)))
            return;
        for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++) {
            const uint32_t to = g->targets[e];
            if (rg__bit(is_met, to) || !rg__is_strong(g, e))
                continue;
            rg__bit_set(is_met, to);
            w->stack[depth++] = to;
        }
    }
}

/* ---- starts ---- */

static void start_at(rg__block_walk *w, uint32_t b)
{
    w->is_start[b] = true;
    rg__block_walk_meet(w, w->first[b]);
}

/* Mark the blocks that an edge from another block leads into. What a met node leads to is met, and needs
 * no mark. */
static void mark_held(rg__block_walk *w, bool *is_held)
{
    const rg_graph *g = w->graph;
    const uint32_t *block = w->block;
    for (uint32_t u = 0; u < g->tables.node_count; u++) {
        if (rg__tick(&w->watch, 1))
            return;
        if (rg__bit(w->is_met, u))
            continue;
        for (uint64_t e = rg__edges_begin(g, u); e < rg__edges_end(g, u); e++)
            if (block[g->targets[e]] != block[u] && rg__is_strong(g, e))
                is_held[block[g->targets[e]]] = true;
    }
}

/* A block is met as a whole: all of it is reached from where it is entered. After the sources each block left is held
 * by one of those left, for what holds it would else have led to it; so the lowest is taken, and that holds again. */
rg_status rg__block_walk_find_starts(rg__block_walk *w)
{
    const rg__tables *t = &w->graph->tables;
    if (!w->block_count)
        return RG_OK;
    bool *is_held = rg__array_new(&w->allocator, w->block_count, sizeof *is_held);
    if (!is_held)
        return RG_ERR_NOMEM;
    if (w->reached)
        memcpy(w->is_met, w->reached, rg__bit_words(w->graph) * sizeof *w->is_met);
    for (size_t r = 0; r < t->root_count; r++) {
        w->is_start[w->block[t->roots[r].node]] = true;
        rg__block_walk_meet(w, t->roots[r].node);
    }
    for (uint32_t n = (uint32_t)t->node_count; n-- > 0 && !rg__tick(&w->watch, 1);)
        if (!rg__bit(w->is_met, n))
            w->first[w->block[n]] = n;
    mark_held(w, is_held);
    for (uint32_t b = 0; b < w->block_count && !rg__tick(&w->watch, 1); b++)
        if (w->first[b] != RG_NONE && !rg__bit(w->is_met, w->first[b]) && !is_held[b])
            start_at(w, b);
    for (uint32_t b = 0; b < w->block_count && !rg__tick(&w->watch, 1); b++)
        if (w->first[b] != RG_NONE && !rg__bit(w->is_met, w->first[b]))
            start_at(w, b);
    rg__array_free(&w->allocator, is_held, w->block_count, sizeof *is_held);
    return rg__watch_status(&w->watch);
}
