/* How a frozen graph keeps a node: 24 bytes.
 *
 *   place  | generation 3 | flags 13 | address 48 |     size  type  refcount  text   32 bits each
 *            63         61  60     48  47        0
 *
 * What does not fit (an address of more than 48 bits, a size of 4 GiB) stands in a side table, and the node's
 * size is RG__SIZE_WIDE: few nodes of any heap, so the test is one that the processor foresees. */
#ifndef RG_GRAPH_STORED_NODE_H
#define RG_GRAPH_STORED_NODE_H

#include <refgraph/graph.h>

typedef struct rg__stored_node {
    uint64_t place;
    uint32_t size; /* bytes, or RG__SIZE_WIDE */
    uint32_t type;
    uint32_t refcount;
    uint32_t text;
} rg__stored_node;

/* What a node's 24 bytes cannot hold. */
typedef struct rg__wide_node {
    uint64_t address, size;
    uint32_t node;
    uint32_t unused; /* 0: it goes to a file as it stands */
} rg__wide_node;

enum { RG__ADDRESS_BITS = 48, RG__FLAG_BITS = 13 };
#define RG__SIZE_WIDE UINT32_MAX
#define RG__ADDRESS_MASK ((UINT64_C(1) << RG__ADDRESS_BITS) - 1)
#define RG__FLAG_MASK ((1U << RG__FLAG_BITS) - 1)

static inline unsigned rg__place_flags(uint64_t place)
{
    return (unsigned)(place >> RG__ADDRESS_BITS) & RG__FLAG_MASK;
}
static inline uint8_t rg__place_generation(uint64_t place)
{
    return (uint8_t)(place >> (RG__ADDRESS_BITS + RG__FLAG_BITS));
}
static inline uint64_t rg__place_of(uint64_t address, unsigned flags, unsigned generation)
{
    return (uint64_t)generation << (RG__ADDRESS_BITS + RG__FLAG_BITS) |
           (uint64_t)(flags & RG__FLAG_MASK) << RG__ADDRESS_BITS | (address & RG__ADDRESS_MASK);
}
static inline bool rg__node_is_wide(const rg_node *node)
{
    return node->size >= RG__SIZE_WIDE || node->address > RG__ADDRESS_MASK;
}

#endif
