/* The nodes that retain most: a heap of the best so far, the least of them on top. */
#include <refgraph/analysis.h>

#include "analysis/links.h"

typedef struct top {
    const rg_retained *retained;
    rg__links links;
    uint32_t *items;
    size_t count, limit;
} top;

/* Whether a comes before b. */
static bool is_before(const rg_retained *r, uint32_t a, uint32_t b)
{
    if (r->size[a] != r->size[b])
        return r->size[a] > r->size[b];
    if (r->count[a] != r->count[b]) /* of two that hold one another the dominator */
        return r->count[a] > r->count[b];
    return a < b;
}

/* Put `node` where the items below it come before it, from a free place on downwards. */
static void sift(const top *t, size_t place, uint32_t node)
{
    for (;;) {
        size_t below = 2 * place + 1;
        if (below >= t->count)
            break;
        if (below + 1 < t->count && is_before(t->retained, t->items[below], t->items[below + 1]))
            below++;
        if (!is_before(t->retained, node, t->items[below]))
            break;
        t->items[place] = t->items[below];
        place = below;
    }
    t->items[place] = node;
}

/* A new last place, from which `node` rises above those that come before it. */
static void rise(top *t, uint32_t node)
{
    size_t place = t->count++;
    while (place && is_before(t->retained, t->items[(place - 1) / 2], node)) {
        t->items[place] = t->items[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    t->items[place] = node;
}

/* Whether a node is the `__dict__` of what dominates it. RG_OK or RG_ERR_NOMEM. */
static rg_status is_folded(top *t, bool *folds, uint32_t node)
{
    const uint32_t owner = t->retained->dominator[node];
    uint32_t dict = RG_NONE;
    const rg_status status = owner == RG_NONE ? RG_OK : rg__links_dict(&t->links, &dict, owner);
    *folds = dict == node;
    return status;
}

static rg_status fill(top *t)
{
    for (uint32_t n = 0; n < t->retained->node_count; n++) {
        bool folds = false;
        if (rg__tick(&t->links.watch, 1))
            return RG_ERR_CANCELLED;
        if (t->count == t->limit && (!t->limit || !is_before(t->retained, n, t->items[0])))
            continue;
        const rg_status status = is_folded(t, &folds, n);
        if (status)
            return status;
        if (folds)
            continue;
        if (t->count < t->limit)
            rise(t, n);
        else
            sift(t, 0, n);
    }
    return RG_OK;
}

/* The last of all is on top of the heap each time. */
static void sort(top *t)
{
    const size_t count = t->count;
    while (t->count > 1) {
        const uint32_t last = t->items[0];
        const uint32_t moved = t->items[--t->count];
        sift(t, 0, moved);
        t->items[t->count] = last;
    }
    t->count = count;
}

rg_status rg_retained_top_find(rg_node_list *out, const rg_graph *graph,
                               const rg_retained *retained, size_t limit,
                               const rg_allocator *allocator)
{
    const size_t nodes = graph->tables.node_count;
    const size_t most = limit < nodes ? limit : nodes;
    const rg_allocator a = allocator ? *allocator : graph->allocator;
    if (retained->node_count != nodes)
        return RG_ERR_ARGUMENT;
    top t = {.retained = retained, .links = rg__links_of(graph, "largest", &a), .limit = most};
    t.items = rg__array_new_raw(&a, most, sizeof *t.items);
    rg_status status = most && !t.items ? RG_ERR_NOMEM : fill(&t);
    if (!status)
        status = rg__watch_status(&t.links.watch);
    if (!status) {
        size_t capacity = most;
        sort(&t);
        rg__array_shrink(&a, &t.items, &capacity, t.count, sizeof *t.items);
        if (capacity == t.count) {
            *out = (rg_node_list){.items = t.items, .count = t.count, .allocator = a};
            t.items = NULL;
        } else {
            status = RG_ERR_NOMEM;
        }
    }
    rg__array_free(&a, t.items, most, sizeof *t.items);
    rg__links_dispose(&t.links);
    return status;
}
