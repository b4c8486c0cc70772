/* Nodes by the line that allocated them: one pass over the nodes, then a sort of the few places there are. */
#include <refgraph/analysis.h>

#include "graph/graph_private.h"

#include <stdlib.h>

void rg_site_totals_dispose(rg_site_totals *self)
{
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg_site_totals){0};
}

static int by_place(const void *a, const void *b)
{
    const rg_site_total *left = a;
    const rg_site_total *right = b;
    if (left->place.file != right->place.file)
        return left->place.file < right->place.file ? -1 : 1;
    if (left->place.line != right->place.line)
        return left->place.line < right->place.line ? -1 : 1;
    return (left->first > right->first) - (left->first < right->first);
}

static int by_size(const void *a, const void *b)
{
    const rg_site_total *left = a;
    const rg_site_total *right = b;
    if (left->size != right->size)
        return left->size > right->size ? -1 : 1;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return by_place(a, b);
}

/* Sites that differ only in their callers become one; sites of no node go. */
static size_t merge(rg_site_total *items, size_t count)
{
    size_t kept = 0;
    qsort(items, count, sizeof *items, by_place);
    for (size_t i = 0; i < count; i++) {
        rg_site_total *last = kept ? &items[kept - 1] : NULL;
        if (!items[i].count)
            continue;
        if (last && last->place.file == items[i].place.file &&
            last->place.line == items[i].place.line) {
            last->count += items[i].count;
            last->size += items[i].size;
        } else {
            items[kept++] = items[i];
        }
    }
    qsort(items, kept, sizeof *items, by_size);
    return kept;
}

rg_status rg_site_totals_find(rg_site_totals *out, const rg_graph *graph, const uint32_t *nodes,
                              size_t node_count, const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    rg_site_totals found = {.capacity = t->site_count + 1, /* the last: place not known */
                            .allocator = allocator ? *allocator : graph->allocator};
    for (size_t i = 0; i < node_count; i++)
        if (nodes[i] >= t->node_count)
            return RG_ERR_ARGUMENT;
    found.items = rg__array_new(&found.allocator, found.capacity, sizeof *found.items);
    if (!found.items)
        return RG_ERR_NOMEM;
    for (size_t s = 0; s < t->site_count; s++)
        found.items[s].place = t->locations[t->sites[s].begin];
    found.items[t->site_count].place = (rg_location){RG_NONE, 0};
    rg__watch watch = rg__watch_begin(graph, "places of allocation", node_count);
    for (size_t i = 0; i < node_count && !rg__tick(&watch, 1); i++) {
        const uint32_t site = nodes[i] < t->site_of_count ? t->site_of[nodes[i]] : RG_NONE;
        rg_site_total *total = &found.items[site == RG_NONE ? t->site_count : site];
        if (!total->count++)
            total->first = nodes[i];
        total->size += rg__node_size(t, nodes[i]);
    }
    const rg_status status = rg__watch_status(&watch);
    if (status) {
        rg_site_totals_dispose(&found);
        return status;
    }
    found.count = merge(found.items, found.capacity);
    *out = found;
    return RG_OK;
}
