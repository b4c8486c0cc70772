/* Edges as a capture meets them, before their targets have ids, and as it keeps them once they have. */
#ifndef RG_CAPTURE_RAW_EDGES_H
#define RG_CAPTURE_RAW_EDGES_H

#include "capture/compat.h" /* Python.h stands first */

#include <refgraph/graph.h>

/*  bits 63, 62 | 61 … 58   | 57         | 56     | 55 … 0
 *  strength    | name kind | unreported | is key | value: a text index, a position, or (KEY) the key's address
 *
 * An edge owns one reference to its target exactly if its strength is not WEAK. The collector is told of it
 * exactly if it is not unreported: tp_traverse of an object in its lists reports it. "is key" marks the target
 * as the key of a dict when it is put into the queue. */
typedef uint64_t rg__raw_label;

typedef struct rg__raw_edge {
    PyObject *target;
    rg__raw_label label;
} rg__raw_edge;

static const rg__raw_label RG__UNREPORTED = UINT64_C(1) << 57;
static const rg__raw_label RG__IS_KEY = UINT64_C(1) << 56;
static const rg__raw_label RG__LABEL_VALUE = (UINT64_C(1) << 56) - 1;

static inline rg__raw_label rg__label(rg_name_kind kind, rg_strength strength, uint64_t value)
{
    return (uint64_t)strength << 62 | (uint64_t)kind << 58 | (value & RG__LABEL_VALUE);
}
static inline rg_name_kind rg__raw_kind(rg__raw_label label)
{
    return (rg_name_kind)(label >> 58 & 15);
}
static inline rg_strength rg__raw_strength(rg__raw_label label)
{
    return (rg_strength)(label >> 62);
}
static inline uint64_t rg__raw_value(rg__raw_label label)
{
    return label & RG__LABEL_VALUE;
}
static inline bool rg__raw_is_unreported(rg__raw_label label)
{
    return label & RG__UNREPORTED;
}
static inline rg__raw_label rg__label_with(rg__raw_label label, rg_strength strength)
{
    return (label & UINT64_MAX >> 2) | (uint64_t)strength << 62;
}

/* Blocks of equal size, the first of which grows until it has it: nothing is moved while millions of edges are
 * written. Translated edges take the memory of the first of two raw blocks; the second one goes (compact.c). */
enum { RG__RAW_BLOCK_SHIFT = 18 /* edges of 16 bytes: 4 MiB */, RG__EDGE_BLOCK_SHIFT = 19 };
#define RG__RAW_BLOCK ((size_t)1 << RG__RAW_BLOCK_SHIFT)
#define RG__EDGE_BLOCK ((size_t)1 << RG__EDGE_BLOCK_SHIFT)

typedef struct rg__raw_edges {
    rg__raw_edge **blocks;
    size_t block_count, block_capacity;
    size_t room; /* edges that there is memory for */
} rg__raw_edges;

/* An edge once ids are known: half the size.
 *
 *  label  | strength 2 | kind 4 | value 26 |    value: as of a raw label, the id of the key for KEY;
 *         31           29       25         0    of the kind RG__EDGE_WIDE an index into `wide` */
typedef struct rg__edge {
    uint32_t to;
    uint32_t label;
} rg__edge;

enum { RG__EDGE_VALUE_BITS = 26, RG__EDGE_WIDE = 15 };
#define RG__EDGE_VALUE_MASK ((UINT32_C(1) << RG__EDGE_VALUE_BITS) - 1)

typedef struct rg__edges {
    rg__edge **blocks;
    size_t block_count;
    size_t count; /* edges */
    rg_name *wide;
    size_t wide_count, wide_capacity;
    uint64_t *unreported; /* bit set by edge */
} rg__edges;

static inline rg__edge *rg__edge_at(const rg__edges *self, uint64_t e)
{
    return &self->blocks[e >> RG__EDGE_BLOCK_SHIFT][e & (RG__EDGE_BLOCK - 1)];
}
static inline rg_strength rg__edge_strength(const rg__edge *edge)
{
    return (rg_strength)(edge->label >> 30);
}
static inline rg_name rg__edge_name(const rg__edges *self, const rg__edge *edge)
{
    const uint32_t kind = edge->label >> RG__EDGE_VALUE_BITS & 15;
    const uint32_t value = edge->label & RG__EDGE_VALUE_MASK;
    return kind == RG__EDGE_WIDE ? self->wide[value] : (rg_name){(rg_name_kind)kind, value};
}
static inline bool rg__edge_is_unreported(const rg__edges *self, uint64_t e)
{
    return self->unreported[e / 64] >> (e % 64) & 1;
}

#endif
