/* The private layout of a frozen graph: read by src/graph and src/analysis only.
 *
 *  nodes            n × rg__stored_node (24 B)
 *  offsets          n + 1 × u32      out-edges of u: [rg__edges_begin(g, u), rg__edges_end(g, u))
 *  targets, labels  E × u32 each     labels[e] packs strength, name kind and name value
 *  reverse_offsets  n + 1 × u32      in-edges of v: [rg__sources_begin(g, v), rg__sources_end(g, v))
 *  sources          E × u32          ascending within a node
 *
 *  label   | strength 2 | kind 4 | value 26 |    value WIDE_VALUE: index into wide_values follows
 *          31           29       25         0    the kind WIDE_KIND (see rg__label_pack)
 */
#ifndef RG_GRAPH_PRIVATE_H
#define RG_GRAPH_PRIVATE_H

#include <refgraph/file.h>

#include "base/memory.h"
#include "base/offsets.h"
#include "graph/stored_node.h"
#include "graph/strings.h"
#include "graph/watch.h"

typedef struct rg__type {
    uint32_t module; /* string ids */
    uint32_t name;
    rg_kind kind;
    uint32_t flags;
    uint32_t node;
    uint32_t shadows_begin; /* into shadows: ascending string contents are not needed, ids are */
    uint32_t shadows_count;
} rg__type;

typedef struct rg__root {
    rg_root_kind kind;
    uint32_t node;
    uint32_t references;
    uint32_t name; /* string id */
} rg__root;

/* A root of kind NATIVE, to be found by its node. */
typedef struct rg__native {
    uint32_t node;
    uint32_t references;
} rg__native;

/* Lines of a place of allocation: locations[begin .. begin + count). */
typedef struct rg__site {
    uint32_t begin, count;
} rg__site;

/* A name whose value does not fit the 26 bits of a label. */
typedef struct rg__wide_name {
    uint32_t kind;
    uint32_t value;
} rg__wide_name;

/* What builder and graph share; each array has its capacity beside it. */
typedef struct rg__tables {
    rg__strings strings;
    rg__type *types;
    size_t type_count, type_capacity;
    uint32_t *shadows;
    size_t shadow_count, shadow_capacity;
    rg__root *roots;
    size_t root_count, root_capacity;
    rg__native *native; /* the roots of kind NATIVE, ascending by node once frozen */
    size_t native_count, native_capacity;
    rg__site *sites;
    size_t site_count, site_capacity;
    rg_location *locations;
    size_t location_count, location_capacity;
    uint32_t *site_of; /* per node, RG_NONE: not known; nodes from site_of_count on have none */
    size_t site_of_count, site_of_capacity;
    rg_collector_state collector;
    rg__wide_name *wide;
    size_t wide_count, wide_capacity;
    rg__stored_node *nodes;
    size_t node_count, node_capacity;
    rg__wide_node *wide_nodes; /* ascending by node */
    size_t wide_node_count, wide_node_capacity;
    bool addresses_ascend; /* nodes are in strictly ascending address order */
} rg__tables;

struct rg_graph {
    rg_allocator allocator;
    rg__tables tables;
    rg__offsets offsets;
    uint32_t *targets;
    uint32_t *labels;
    rg__offsets reverse_offsets;
    uint32_t *sources;
    uint64_t edge_count;
    size_t target_capacity, label_capacity; /* of targets and labels; sources has edge_count */
    rg_file *file;      /* a loaded graph's, whose memory all arrays are; NULL: they are its own */
    rg_monitor monitor; /* report NULL: nobody watches */
    bool is_borrowed;   /* arrays are another graph's (rg_graph_watched) */
};

void rg__tables_dispose(rg__tables *self, const rg_allocator *allocator);

/* rg_graph_check without what it says of refcounts, which nothing relies on. *at is the item that is wrong first. */
RG_CHECKED rg_status rg__graph_verify(const rg_graph *self, const void **at, rg_error *error);

/* ---- edges: indices into targets and labels, and into sources ---- */

static inline uint64_t rg__edges_begin(const rg_graph *g, size_t node)
{
    return rg__offset(&g->offsets, node);
}
static inline uint64_t rg__edges_end(const rg_graph *g, size_t node)
{
    return rg__offset(&g->offsets, node + 1);
}
static inline uint64_t rg__sources_begin(const rg_graph *g, size_t node)
{
    return rg__offset(&g->reverse_offsets, node);
}
static inline uint64_t rg__sources_end(const rg_graph *g, size_t node)
{
    return rg__offset(&g->reverse_offsets, node + 1);
}

/* ---- nodes ---- */

/* Of a node whose size is RG__SIZE_WIDE. O(log wide nodes). */
const rg__wide_node *rg__node_wide(const rg__tables *t, size_t node);

static inline uint32_t rg__node_type(const rg__tables *t, size_t node)
{
    return t->nodes[node].type;
}
static inline uint32_t rg__node_text(const rg__tables *t, size_t node)
{
    return t->nodes[node].text;
}
static inline uint32_t rg__node_refcount(const rg__tables *t, size_t node)
{
    return t->nodes[node].refcount;
}
static inline unsigned rg__node_flags(const rg__tables *t, size_t node)
{
    return rg__place_flags(t->nodes[node].place);
}
static inline uint8_t rg__node_generation(const rg__tables *t, size_t node)
{
    return rg__place_generation(t->nodes[node].place);
}
static inline uint64_t rg__node_size(const rg__tables *t, size_t node)
{
    const uint32_t size = t->nodes[node].size;
    return size == RG__SIZE_WIDE ? rg__node_wide(t, node)->size : size;
}
static inline uint64_t rg__node_address(const rg__tables *t, size_t node)
{
    const rg__stored_node *n = &t->nodes[node];
    return n->size == RG__SIZE_WIDE ? rg__node_wide(t, node)->address : n->place & RG__ADDRESS_MASK;
}
static inline rg_node rg__node_at(const rg__tables *t, size_t node)
{
    const rg__stored_node *n = &t->nodes[node];
    return (rg_node){
        .address = rg__node_address(t, node),
        .size = rg__node_size(t, node),
        .type = n->type,
        .refcount = n->refcount,
        .text = n->text,
        .flags = (uint16_t)rg__place_flags(n->place),
        .generation = rg__place_generation(n->place),
    };
}

/* ---- labels ---- */

enum { RG__VALUE_BITS = 26, RG__KIND_BITS = 4, RG__WIDE_KIND = 15 };
#define RG__VALUE_MASK ((UINT32_C(1) << RG__VALUE_BITS) - 1)

static inline rg_strength rg__label_strength(uint32_t label)
{
    return (rg_strength)(label >> 30);
}

/* Where the value has at most 26 bits. */
static inline uint32_t rg__label_of(rg_name name, rg_strength strength)
{
    return (uint32_t)strength << 30 | (uint32_t)name.kind << RG__VALUE_BITS | name.value;
}
/* A name and a strength as a label. A value over 26 bits goes to tables->wide; when that has no room
 * left (2^26 entries) the edge stays, unnamed. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__label_pack(uint32_t *label, rg__tables *tables,
                                    const rg_allocator *allocator, rg_name name,
                                    rg_strength strength);
rg_name rg__label_name(const rg__tables *tables, uint32_t label);

#endif
