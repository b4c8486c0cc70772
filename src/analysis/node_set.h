/* A set of node ids that remembers the order of adding: each node has an ordinal 0, 1, 2, …, by
 * which a caller keeps arrays beside it. Memory follows what was added, not the graph. */
#ifndef RG_ANALYSIS_NODE_SET_H
#define RG_ANALYSIS_NODE_SET_H

#include <refgraph/graph.h>

/*  nodes   [ 17 | 4 | 90 | …          in order of adding: nodes[ordinal]
 *  slots   [ . | 2 | . | 1 | 3 | …    open addressing, linear probing: ordinal + 1, 0 = free;
 *                                     a power of two, at most half full
 *  A zeroed struct with an allocator is an empty set. */
typedef struct rg__node_set {
    rg_allocator allocator;
    uint32_t *nodes;
    size_t count, capacity;
    uint32_t *slots;
    size_t slot_count;
} rg__node_set;

/* Add a node, or find it where it is already: `*ordinal < count before` tells. RG_OK, RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__node_set_add(rg__node_set *self, uint32_t *ordinal, uint32_t node);
/* The ordinal of a node, or RG_NONE. */
uint32_t rg__node_set_find(const rg__node_set *self, uint32_t node);
/* Empty it and keep the memory. O(nodes in it). */
void rg__node_set_clear(rg__node_set *self);
void rg__node_set_dispose(rg__node_set *self);

#endif
