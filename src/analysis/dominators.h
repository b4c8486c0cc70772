/* Dominators of a flow graph: u dominates v if every way from the root to v leads through u. */
#ifndef RG_ANALYSIS_DOMINATORS_H
#define RG_ANALYSIS_DOMINATORS_H

#include "analysis/weak_edges.h"
#include "graph/graph_private.h"

/* Nodes 0 … count - 1, and the root behind them, node `count`, whose edges lead to the starts. The edges of a
 * node stand in either direction. All borrowed. */
typedef struct rg__flow {
    uint32_t count;
    rg__offsets offsets; /* count + 1: out-edges in targets */
    const uint32_t *targets;
    rg__offsets source_offsets; /* count + 1: in-edges in sources, ascending in a node */
    const uint32_t *sources;
    const uint32_t *labels;     /* of targets; NULL where none are weak */
    const rg__weak_edges *weak; /* edges that are left out; NULL: none */
    const uint32_t *starts;     /* nodes; each once or more often */
    size_t start_count;
    const rg_graph *watched; /* whose monitor is told; NULL: none */
} rg__flow;

/* Owned; arrays have an entry for the root, too. */
typedef struct rg__dominators {
    uint32_t *idom;   /* per node: the nearest node that dominates it, not itself; RG_NONE: the root
                         alone does, or it is not reached */
    uint32_t *order;  /* the root and all reached nodes in preorder of a depth-first search: a node
                         stands behind those that dominate it */
    uint32_t reached; /* nodes in order */
    uint32_t count;   /* of the flow */
    rg_allocator allocator;
} rg__dominators;

/* O(E log V) time, 16 bytes a node besides the result. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. */
RG_CHECKED rg_status rg__dominators_find(rg__dominators *out, const rg__flow *flow,
                                         const rg_allocator *allocator);
void rg__dominators_dispose(rg__dominators *self);

#endif
