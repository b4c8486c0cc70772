/* What the files about cycles share. */
#ifndef RG_ANALYSIS_CYCLES_PRIVATE_H
#define RG_ANALYSIS_CYCLES_PRIVATE_H

#include <refgraph/analysis.h>

#include "analysis/reach.h"
#include "graph/graph_private.h"

/* What a cycle was when its edges were chosen: among objects that no root reaches, infrastructure edges make
 * cycles too. */
static inline bool rg__cycle_is_unreached(const rg_cycle *cycle)
{
    return !(cycle->flags & (RG_CYCLE_IN_USE | RG_CYCLE_UNEXPLAINED));
}
/* The weakest edges of a cycle. */
static inline rg_strength rg__cycle_weakest(const rg_cycle *cycle)
{
    return rg__cycle_is_unreached(cycle) ? RG_STRENGTH_INFRASTRUCTURE : RG_STRENGTH_FRAME;
}

/* The place of an id among ascending ones; `count` where it is none of them. O(log count). */
static inline size_t rg__ids_find(const uint32_t *ids, size_t count, uint32_t id)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ids[middle] == id)
            return middle;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return count;
}

static inline bool rg__ids_contain(const uint32_t *ids, size_t count, uint32_t id)
{
    return rg__ids_find(ids, count, id) < count;
}

/* Whether a node is a member of a cycle. O(log members). */
static inline bool rg__cycle_contains(const rg_cycles *self, const rg_cycle *cycle, uint32_t node)
{
    return rg__ids_contain(self->members + cycle->first, cycle->count, node);
}

static inline bool rg__cycles_is_garbage(const rg_cycles *self, uint32_t node)
{
    return rg__ids_contain(self->garbage, self->garbage_count, node);
}

/* The components that cycles are found among: own and frame edges, and infrastructure from what is not in
 * `reached`, a bit set. RG_OK or RG_ERR_NOMEM. cycle_kept.c */
RG_CHECKED rg_status rg__cycle_components(rg_scc *out, const rg_graph *graph,
                                          const uint64_t *reached, const rg_allocator *allocator);

/* Whether a node is a weak reference whose callback the collector would call when `cycles`' garbage goes: it
 * is not garbage itself, and the callback is not that of a WeakSet, WeakKeyDictionary, WeakValueDictionary or
 * ABC, which only drops an entry. cycle_finalizers.c */
bool rg__has_callback(const rg_graph *graph, const rg_cycles *cycles, uint32_t weakref);

/* Whether an object of a kind is a place in code, told by its text. */
static inline bool rg__is_place(rg_kind kind)
{
    return kind == RG_KIND_FRAME || kind == RG_KIND_FUNCTION || kind == RG_KIND_TYPE ||
           kind == RG_KIND_MODULE;
}

/* Shapes of the references in cycles. cycle_shape.c */
typedef struct rg__shape {
    uint64_t a, b;
} rg__shape;

/* Hashes seen while the shape of one cycle is worked out. A zeroed struct with an allocator is empty. */
typedef struct rg__shapes {
    rg_allocator allocator;
    const rg_graph *graph;
    uint64_t
        *attribute_dicts; /* bit set: dicts that an owner, in a cycle or not, has as `__dict__` */
    uint64_t *slots;      /* open addressing, 0 = free; at most half full */
    size_t slot_count, used;
    uint32_t dict_name; /* string id of "__dict__" once met, or RG_NONE */
    rg__watch *watch;   /* set by whoever asks for shapes */
} rg__shapes;

/* RG_OK or RG_ERR_NOMEM. O(E). */
RG_CHECKED rg_status rg__shapes_start(rg__shapes *out, const rg_graph *graph,
                                      const rg_allocator *allocator);
void rg__shapes_dispose(rg__shapes *self);
/* The shape of the cycle whose members are those of `component`. RG_OK or RG_ERR_NOMEM. O(its edges). */
RG_CHECKED rg_status rg__shapes_find(rg__shapes *self, rg__shape *out, const rg_cycle *cycle,
                                     const uint32_t *members, const uint32_t *component);
/* What an edge looks like with the types of its ends, as a number: equal for `[3]` and `[4]`, and for keys of a
 * dict that is no `__dict__`. */
uint64_t rg__edge_shape(const rg_graph *graph, uint32_t from, uint64_t edge,
                        bool from_attribute_dict);

#endif
