/* Dominators of a flow graph: u dominates v if every way from the root to v leads through u. */
#ifndef RG_ANALYSIS_DOMINATORS_H
#define RG_ANALYSIS_DOMINATORS_H

#include <refgraph/graph.h>

/* Out-edges of node u: targets[offsets[u] .. offsets[u + 1]). Borrowed. */
typedef struct rg__flow {
    uint32_t count;
    const uint64_t *offsets; /* count + 1 */
    const uint32_t *targets;
    uint32_t root; /* below count, unless that is 0 */
} rg__flow;

/* Owned. */
typedef struct rg__dominators {
    uint32_t
        *idom; /* per node: the nearest node that dominates it, not itself; RG_NONE: the root, or
                         not reached */
    uint32_t *order;  /* reached nodes in preorder of a depth-first search, the root first: a node
                         stands behind those that dominate it */
    uint32_t reached; /* nodes in order */
    uint32_t count;
    rg_allocator allocator;
} rg__dominators;

/* O(E log V) time, 24 bytes a node and 4 an edge besides the result. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__dominators_find(rg__dominators *out, const rg__flow *flow,
                                         const rg_allocator *allocator);
void rg__dominators_dispose(rg__dominators *self);

#endif
