/* See weak_edges.h. */
#include "analysis/weak_edges.h"

#include "analysis/reach.h"
#include "graph/graph_private.h"

#define WEAK ((uint32_t)RG_STRENGTH_WEAK << 30) /* labels from here on */

/* The first of the entries [low, high) of sources that is not below `source`. */
static uint64_t first_entry(const rg_graph *g, uint64_t low, uint64_t high, uint64_t source)
{
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (g->sources[middle] < source)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Mark the first entry of from → to that is not marked. */
static void mark(const rg__weak_edges *self, const rg_graph *g, uint32_t from, uint32_t to)
{
    const uint64_t end = rg__sources_end(g, to);
    uint64_t low = first_entry(g, rg__sources_begin(g, to), end, from);
    uint64_t high = first_entry(g, low, end, (uint64_t)from + 1);
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (rg__bit(self->sources, middle))
            low = middle + 1;
        else
            high = middle;
    }
    rg__bit_set(self->sources, low);
    rg__bit_set(self->nodes, from);
}

rg_status rg__weak_edges_find(rg__weak_edges *out, const rg_graph *graph,
                              const rg_allocator *allocator)
{
    const rg_graph *g = graph;
    rg__watch watch = rg__watch_begin(graph, "weak references", g->edge_count);
    uint32_t from = 0;
    *out = (rg__weak_edges){
        .node_words = rg__bit_words(g),
        .source_words = (size_t)(g->edge_count / 64) + 1,
        .allocator = *allocator,
    };
    out->nodes = rg__array_new(allocator, out->node_words, sizeof *out->nodes);
    out->sources = rg__array_new(allocator, out->source_words, sizeof *out->sources);
    if (!out->nodes || !out->sources)
        return RG_ERR_NOMEM;
    for (uint64_t e = 0; e < g->edge_count && !rg__tick(&watch, 1); e++) {
        if (g->labels[e] < WEAK)
            continue;
        while (rg__edges_end(g, from) <= e)
            from++;
        mark(out, g, from, g->targets[e]);
    }
    return rg__watch_status(&watch);
}

void rg__weak_edges_dispose(rg__weak_edges *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->nodes, self->node_words, sizeof *self->nodes);
    rg__array_free(a, self->sources, self->source_words, sizeof *self->sources);
    *self = (rg__weak_edges){0};
}
