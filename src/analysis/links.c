/* See links.h. */
#include "analysis/links.h"

#include <string.h>

enum {
    HUB_EDGES = 64, /* fewer are scanned each time */
    BLOCK = 32,     /* edges compared at once in a scan */
    INDEX_AT = 64,  /* visits: building an index costs about as much as so many scans */
    INDEXED_EDGES_MAX = 1 << 26, /* of all hubs of a question; the others are scanned */
};

rg__links rg__links_of(const rg_graph *graph, const char *phase, const rg_allocator *allocator)
{
    return (rg__links){
        .graph = graph,
        .allocator = *allocator,
        .hubs.allocator = *allocator,
        .dict_name = RG_NONE,
        .watch = rg__watch_begin(graph, phase, 0),
    };
}

static void index_dispose(rg__hub *hub, const rg_allocator *allocator)
{
    rg__node_set_dispose(&hub->targets);
    rg__array_free(allocator, hub->first, hub->first_capacity, sizeof *hub->first);
    rg__array_free(allocator, hub->after, hub->after_count, sizeof *hub->after);
    hub->first = NULL;
    hub->after = NULL;
    hub->first_capacity = hub->after_count = 0;
}

void rg__links_dispose(rg__links *self)
{
    for (size_t i = 0; i < self->hubs.count; i++)
        index_dispose(&self->items[i], &self->allocator);
    rg__array_free(&self->allocator, self->items, self->item_capacity, sizeof *self->items);
    rg__node_set_dispose(&self->hubs);
}

static uint64_t out_degree(const rg__links *self, uint32_t node)
{
    return rg__edges_end(self->graph, node) - rg__edges_begin(self->graph, node);
}

static rg__hub *hub_find(const rg__links *self, uint32_t node)
{
    if (out_degree(self, node) < HUB_EDGES)
        return NULL;
    const uint32_t ordinal = rg__node_set_find(&self->hubs, node);
    return ordinal == RG_NONE ? NULL : &self->items[ordinal];
}

/* The entry of a node of many edges, made where it is new. */
static rg_status hub_add(rg__links *self, rg__hub **hub, uint32_t node)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->items, &self->item_capacity,
                                         self->hubs.count + 1, sizeof *self->items);
    if (status)
        return status;
    const size_t before = self->hubs.count;
    uint32_t ordinal = 0;
    status = rg__node_set_add(&self->hubs, &ordinal, node);
    if (status)
        return status;
    if (ordinal == before)
        self->items[ordinal] = (rg__hub){.targets.allocator = self->allocator};
    *hub = &self->items[ordinal];
    return RG_OK;
}

/* From the last edge to the first, each becomes the head of its target's list: lists ascend. */
static rg_status index_edges(rg__links *self, rg__hub *hub, uint32_t node)
{
    const uint32_t *targets = self->graph->targets + rg__edges_begin(self->graph, node);
    const size_t count = (size_t)out_degree(self, node);
    rg_status status = RG_OK;
    hub->after = rg__array_new_raw(&self->allocator, count, sizeof *hub->after);
    if (!hub->after)
        return RG_ERR_NOMEM;
    hub->after_count = count;
    for (size_t i = count; i-- > 0;) {
        const size_t before = hub->targets.count;
        uint32_t ordinal = 0;
        if (rg__tick(&self->watch, 2))
            status = RG_ERR_CANCELLED;
        if (!status)
            status = rg__node_set_add(&hub->targets, &ordinal, targets[i]);
        if (!status)
            status = rg__array_reserve(&self->allocator, &hub->first, &hub->first_capacity,
                                       hub->targets.count, sizeof *hub->first);
        if (status)
            goto fail;
        hub->after[i] = ordinal < before ? hub->first[ordinal] : RG_NONE;
        hub->first[ordinal] = (uint32_t)i;
    }
    hub->is_indexed = true;
    self->indexed += count;
    return RG_OK;

fail:
    index_dispose(hub, &self->allocator);
    return status;
}

rg_status rg__links_prepare(rg__links *self, uint32_t from)
{
    const uint64_t degree = out_degree(self, from);
    rg__hub *hub = NULL;
    if (rg__tick(&self->watch, 1 + degree / BLOCK))
        return RG_ERR_CANCELLED;
    if (degree < HUB_EDGES)
        return RG_OK;
    rg_status status = hub_add(self, &hub, from);
    if (status || hub->is_indexed || ++hub->visits < INDEX_AT ||
        self->indexed + degree > INDEXED_EDGES_MAX)
        return status;
    return index_edges(self, hub, from);
}

/* Whether `to` is among BLOCK targets: without a branch in it, this loop becomes vector code. */
static bool block_has(const uint32_t *targets, uint32_t to)
{
    uint32_t found = 0;
    for (size_t i = 0; i < BLOCK; i++)
        found |= (uint32_t)(targets[i] == to);
    return found;
}

static uint64_t scan(rg__links *self, uint32_t to, uint64_t begin, uint64_t end)
{
    const uint32_t *targets = self->graph->targets;
    uint64_t e = begin;
    while (end - e >= BLOCK && !block_has(targets + e, to))
        e += BLOCK;
    while (e < end && targets[e] != to)
        e++;
    self->work += e - begin + 1;
    return e < end ? e : RG__NO_EDGE;
}

uint64_t rg__links_first(rg__links *self, uint32_t from, uint32_t to)
{
    const uint64_t begin = rg__edges_begin(self->graph, from);
    const rg__hub *hub = hub_find(self, from);
    if (!hub || !hub->is_indexed)
        return scan(self, to, begin, rg__edges_end(self->graph, from));
    self->work++;
    const uint32_t ordinal = rg__node_set_find(&hub->targets, to);
    return ordinal == RG_NONE ? RG__NO_EDGE : begin + hub->first[ordinal];
}

uint64_t rg__links_after(rg__links *self, uint32_t from, uint32_t to, uint64_t edge)
{
    const uint64_t begin = rg__edges_begin(self->graph, from);
    const rg__hub *hub = hub_find(self, from);
    if (!hub || !hub->is_indexed)
        return scan(self, to, edge + 1, rg__edges_end(self->graph, from));
    self->work++;
    const uint32_t after = hub->after[edge - begin];
    return after == RG_NONE ? RG__NO_EDGE : begin + after;
}

rg_status rg__links_strongest(rg__links *self, uint64_t *edge, uint32_t from, uint32_t to,
                              rg_strength weakest)
{
    rg_status status = rg__links_prepare(self, from);
    if (status)
        return status;
    uint64_t best = RG__NO_EDGE;
    uint32_t best_value = UINT32_MAX; /* strength, then rank */
    uint64_t e = rg__links_first(self, from, to);
    while (e != RG__NO_EDGE && best_value) {
        const rg_strength strength = rg__edge_strength(self->graph, e);
        const uint32_t value = (uint32_t)strength << 8 | rg__edge_rank(self->graph, e);
        if (strength <= weakest && value < best_value) {
            best = e;
            best_value = value;
        }
        if (best_value)
            e = rg__links_after(self, from, to, e);
    }
    *edge = best;
    return RG_OK;
}

bool rg__name_is_dict(const rg_graph *graph, rg_name name, uint32_t *known)
{
    static const char text[] = "__dict__";
    if (name.kind != RG_NAME_ATTRIBUTE)
        return false;
    if (*known != RG_NONE)
        return name.value == *known;
    const rg_string string = rg__strings_at(&graph->tables.strings, name.value);
    if (string.size != sizeof text - 1 || memcmp(string.data, text, sizeof text - 1))
        return false;
    *known = name.value;
    return true;
}

bool rg__links_is_dict(rg__links *self, uint64_t edge)
{
    const rg_graph *g = self->graph;
    return rg__name_is_dict(g, rg__label_name(&g->tables, g->labels[edge]), &self->dict_name);
}

rg_status rg__links_dict(rg__links *self, uint32_t *dict, uint32_t from)
{
    const rg_graph *g = self->graph;
    rg__hub *hub = NULL;
    if (out_degree(self, from) >= HUB_EDGES) {
        rg_status status = hub_add(self, &hub, from);
        if (status)
            return status;
        if (hub->dict_is_known) {
            *dict = hub->dict;
            return RG_OK;
        }
    }
    uint64_t e = rg__edges_begin(g, from);
    while (e < rg__edges_end(g, from) && !rg__links_is_dict(self, e))
        e++;
    self->work += e - rg__edges_begin(g, from) + 1;
    *dict = e < rg__edges_end(g, from) ? g->targets[e] : RG_NONE;
    if (hub) {
        hub->dict = *dict;
        hub->dict_is_known = true;
    }
    return RG_OK;
}

rg_status rg__links_owner(rg__links *self, uint32_t *owner, uint32_t dict)
{
    uint64_t count = 0;
    const uint32_t *sources = rg_graph_referrers(self->graph, dict, &count);
    for (uint64_t i = 0; i < count; i++) {
        uint32_t found = RG_NONE;
        if (i && sources[i] == sources[i - 1])
            continue;
        rg_status status = rg__links_dict(self, &found, sources[i]);
        if (status)
            return status;
        if (found == dict) {
            *owner = sources[i];
            return RG_OK;
        }
    }
    *owner = RG_NONE;
    return RG_OK;
}
