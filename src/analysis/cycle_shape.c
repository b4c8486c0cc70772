/* The shape of a cycle: the set of the types of its members (of frames, functions, classes and modules: which),
 * and the set of (type, name, type) of the references between them. A tree with three children has the shape of one with five.
 *
 * Sets are compared by the sum of two independent 64-bit mixes of what is in them, each element counted once:
 * the order of members and addresses does not matter. Strings are interned, so their ids stand for them. */
#include "analysis/cycles_private.h"
#include "analysis/prefetch.h"

#include <string.h>

#include "analysis/links.h"
#include "graph/graph_private.h"

enum { FIRST_SLOTS = 64, LARGE_SLOTS = 4096 };

/* SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint64_t join(uint64_t hash, uint64_t value)
{
    return mix(hash + UINT64_C(0x9E3779B97F4A7C15) * (value + 1));
}

void rg__shapes_dispose(rg__shapes *self)
{
    if (!self->graph)
        return;
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->attribute_dicts, rg__bit_words(self->graph),
                   sizeof *self->attribute_dicts);
    rg__array_free(a, self->slots, self->slots ? self->slot_count : 0, sizeof *self->slots);
    *self = (rg__shapes){0};
}

static void place(uint64_t *slots, size_t count, uint64_t hash)
{
    size_t i = (size_t)hash & (count - 1);
    while (slots[i])
        i = (i + 1) & (count - 1);
    slots[i] = hash;
}

static rg_status grow(rg__shapes *self)
{
    const size_t count = 2 * self->slot_count;
    uint64_t *slots = rg__array_new(&self->allocator, count, sizeof *slots);
    if (!slots)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < self->slot_count; i++)
        if (self->slots[i])
            place(slots, count, self->slots[i]);
    rg__array_free(&self->allocator, self->slots, self->slot_count, sizeof *self->slots);
    self->slots = slots;
    self->slot_count = count;
    return RG_OK;
}

static bool contains(const rg__shapes *self, uint64_t hash)
{
    const size_t mask = self->slot_count - 1;
    size_t i = (size_t)hash & mask;
    while (self->slots[i] && self->slots[i] != hash)
        i = (i + 1) & mask;
    return self->slots[i] == hash;
}

/* Add an element to the set, and to the sums where it is new. */
static rg_status add(rg__shapes *self, rg__shape *shape, uint64_t hash)
{
    hash |= !hash; /* 0 is a free slot */
    if (contains(self, hash))
        return RG_OK;
    rg_status status = 2 * (self->used + 1) > self->slot_count ? grow(self) : RG_OK;
    if (status)
        return status;
    place(self->slots, self->slot_count, hash);
    self->used++;
    shape->a += hash;
    shape->b += mix(hash ^ UINT64_C(0xD1B54A32D192ED03));
    return RG_OK;
}

/* Empty the set. What a large cycle has made is given back, or each small one would have to wipe it. */
static rg_status clear(rg__shapes *self)
{
    if (!self->used)
        return RG_OK;
    if (self->slot_count > LARGE_SLOTS) {
        rg__array_free(&self->allocator, self->slots, self->slot_count, sizeof *self->slots);
        self->slot_count = FIRST_SLOTS;
        self->slots = rg__array_new(&self->allocator, FIRST_SLOTS, sizeof *self->slots);
    } else {
        memset(self->slots, 0, self->slot_count * sizeof *self->slots);
    }
    self->used = 0;
    return self->slots ? RG_OK : RG_ERR_NOMEM;
}

static void note_dicts(rg__shapes *self, uint32_t node)
{
    const rg_graph *g = self->graph;
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++)
        if (rg__name_is_dict(g, rg__label_name(&g->tables, g->labels[e]), &self->dict_name))
            rg__bit_set(self->attribute_dicts, g->targets[e]);
}

rg_status rg__shapes_start(rg__shapes *out, const rg_graph *graph, const rg_allocator *allocator)
{
    *out = (rg__shapes){.allocator = *allocator, .graph = graph, .dict_name = RG_NONE};
    out->attribute_dicts =
        rg__array_new(allocator, rg__bit_words(graph), sizeof *out->attribute_dicts);
    out->slots = rg__array_new(allocator, FIRST_SLOTS, sizeof *out->slots);
    out->slot_count = FIRST_SLOTS;
    if (!out->attribute_dicts || !out->slots) {
        rg__shapes_dispose(out);
        return RG_ERR_NOMEM;
    }
    rg__watch watch =
        rg__watch_begin(graph, "names of cycles", graph->tables.node_count + graph->edge_count);
    for (uint32_t n = 0; n < graph->tables.node_count; n++) {
        note_dicts(out, n);
        if (rg__tick(&watch, 1 + rg__edges_end(graph, n) - rg__edges_begin(graph, n)))
            break;
    }
    if (watch.is_stopped)
        rg__shapes_dispose(out);
    return rg__watch_status(&watch);
}

/* What an object is: its type; and which function, frame, class or module, for those are places in code. */
static uint64_t type_shape(const rg_graph *g, uint32_t node)
{
    const rg__type *type = &g->tables.types[rg__node_type(&g->tables, node)];
    const uint64_t hash = join(type->module, type->name);
    return rg__is_place(type->kind) ? join(hash, rg__node_text(&g->tables, node)) : hash;
}

uint64_t rg__edge_shape(const rg_graph *graph, uint32_t from, uint64_t edge,
                        bool from_attribute_dict)
{
    const rg_graph *g = graph;
    const rg_name name = rg__label_name(&g->tables, g->labels[edge]);
    uint64_t value = 0;
    switch (name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
    case RG_NAME_SLOT:
    case RG_NAME_HIDDEN:
        value = (uint64_t)name.value + 1;
        break;
    case RG_NAME_KEY:
        if (from_attribute_dict)
            value = (uint64_t)rg__node_text(&g->tables, name.value) + 1;
        break;
    default:
        break;
    }
    uint64_t hash = join(type_shape(g, from), (uint64_t)name.kind);
    hash = join(hash, value);
    return join(hash, type_shape(g, g->targets[edge]));
}

enum {
    ENDS_AHEAD = 6,
    EDGES_AHEAD = 12,
    ENDS = 8
}; /* members before whose turn something is asked for */

/* Ask for the edges of a member, and for what is read of the ends of another one's. */
static void fetch_later(const rg_graph *g, const uint32_t *members, uint32_t left,
                        const uint32_t *component)
{
    if (left <= EDGES_AHEAD)
        return;
    const uint64_t later = rg__edges_begin(g, members[EDGES_AHEAD]);
    rg__prefetch(&g->targets[later]);
    rg__prefetch(&g->labels[later]);
    const uint64_t begin = rg__edges_begin(g, members[ENDS_AHEAD]);
    const uint64_t end = rg__edges_end(g, members[ENDS_AHEAD]);
    for (uint64_t e = begin; e < end && e < begin + ENDS; e++) {
        rg__prefetch(&component[g->targets[e]]);
        rg__prefetch(&g->tables.nodes[g->targets[e]]);
    }
}

rg_status rg__shapes_find(rg__shapes *self, rg__shape *out, const rg_cycle *cycle,
                          const uint32_t *members, const uint32_t *component)
{
    const rg_graph *g = self->graph;
    const rg_strength weakest = rg__cycle_weakest(cycle);
    rg__shape shape = {(uint64_t)cycle->verdict,
                       cycle->flags & (RG_CYCLE_FINALIZER | RG_CYCLE_FINALIZED)};
    rg_status status = clear(self);
    if (status)
        return status;
    for (uint32_t i = 0; i < cycle->count && !status; i++) {
        const uint32_t node = members[cycle->first + i];
        const bool is_dict = rg__bit(self->attribute_dicts, node);
        fetch_later(g, members + cycle->first + i, cycle->count - i, component);
        status = add(self, &shape, type_shape(g, node));
        if (rg__tick(self->watch, 1 + rg__edges_end(g, node) - rg__edges_begin(g, node)))
            status = RG_ERR_CANCELLED;
        for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node) && !status; e++)
            if (rg__label_strength(g->labels[e]) <= weakest &&
                component[g->targets[e]] == component[node])
                status = add(self, &shape, rg__edge_shape(g, node, e, is_dict));
    }
    if (!status)
        *out = shape;
    return status;
}
