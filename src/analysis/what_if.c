/* What would go: everything but what a search from the starts meets around what is taken away. */
#include <refgraph/analysis.h>

#include "analysis/reach.h"
#include "analysis/starts.h"

static bool is_valid(const rg_graph *graph, const rg_removal *removal)
{
    for (size_t i = 0; i < removal->node_count; i++)
        if (removal->nodes[i] >= graph->tables.node_count)
            return false;
    for (size_t i = 0; i < removal->edge_count; i++)
        if (removal->edges[i] >= graph->edge_count)
            return false;
    return true;
}

/* Nodes taken away count as met until the search is over: it does not enter them.
 * RG_OK or RG_ERR_NOMEM. */
static rg_status search(uint64_t *met, uint64_t *cut, const rg_graph *graph,
                        const rg_removal *removal, const rg_allocator *a)
{
    rg__starts starts = {.allocator = *a};
    rg__front front = {0};
    rg_status status = rg__starts_find(&starts, graph, a);
    if (!status)
        status = rg__front_start(&front, graph, met, a);
    if (status)
        goto done;
    for (size_t i = 0; i < removal->node_count; i++)
        rg__bit_set(met, removal->nodes[i]);
    for (size_t i = 0; i < removal->edge_count; i++)
        rg__bit_set(cut, removal->edges[i]);
    front.cut = cut;
    for (size_t i = 0; i < starts.count; i++)
        (void)rg__front_meet(&front, starts.items[i]);
    for (size_t i = 0; i < removal->node_count; i++)
        met[removal->nodes[i] / 64] &= ~(UINT64_C(1) << removal->nodes[i] % 64);
    status = rg__watch_status(&front.watch);

done:
    rg__front_dispose(&front, a);
    rg__starts_dispose(&starts);
    return status;
}

/* RG_OK or RG_ERR_NOMEM. */
static rg_status list_gone(rg_what_if *out, const rg_graph *graph, const uint64_t *met)
{
    const uint32_t count = (uint32_t)graph->tables.node_count;
    rg__watch watch = rg__watch_begin(graph, "what would go", 2 * (uint64_t)count);
    size_t gone = 0;
    for (uint32_t n = 0; n < count && !rg__tick(&watch, 1); n++)
        gone += !rg__bit(met, n);
    if (watch.is_stopped)
        return RG_ERR_CANCELLED;
    out->nodes = rg__array_new_raw(&out->allocator, gone, sizeof *out->nodes);
    if (gone && !out->nodes)
        return RG_ERR_NOMEM;
    out->count = gone;
    size_t at = 0;
    for (uint32_t n = 0; n < count && !rg__tick(&watch, 1); n++) {
        if (rg__bit(met, n))
            continue;
        out->nodes[at++] = n;
        out->size += rg__node_size(&graph->tables, n);
    }
    return rg__watch_status(&watch);
}

rg_status rg_what_if_find(rg_what_if *out, const rg_graph *graph, const rg_removal *removal,
                          const rg_allocator *allocator)
{
    const size_t words = rg__bit_words(graph);
    const size_t edge_words = removal->edge_count ? (size_t)(graph->edge_count / 64) + 1 : 0;
    rg_what_if found = {.allocator = allocator ? *allocator : graph->allocator};
    const rg_allocator *a = &found.allocator;
    if (!is_valid(graph, removal))
        return RG_ERR_ARGUMENT;
    rg_status status = RG_ERR_NOMEM;
    uint64_t *met = rg__array_new(a, words, sizeof *met);
    uint64_t *cut = rg__array_new(a, edge_words, sizeof *cut); /* NULL for no edge: none is cut */
    if (!met || (edge_words && !cut))
        goto done;
    status = search(met, cut, graph, removal, a);
    if (!status)
        status = list_gone(&found, graph, met);
    if (!status) {
        *out = found;
        found = (rg_what_if){.allocator = *a};
    }

done:
    rg__array_free(a, cut, edge_words, sizeof *cut);
    rg__array_free(a, met, words, sizeof *met);
    rg_what_if_dispose(&found);
    return status;
}

void rg_what_if_dispose(rg_what_if *self)
{
    rg__array_free(&self->allocator, self->nodes, self->count, sizeof *self->nodes);
    *self = (rg_what_if){0};
}
