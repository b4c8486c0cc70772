/* Which edges of a graph are weak, for whoever walks against them: the reverse CSR has no labels.
 *
 *   nodes      a bit per node: some of its out-edges are weak
 *   sources    a bit per entry of the graph's sources: that edge is weak. Of several edges from u to v, u stands
 *              there as often; as many of these are marked as are weak, the first ones. */
#ifndef RG_ANALYSIS_WEAK_EDGES_H
#define RG_ANALYSIS_WEAK_EDGES_H

#include "graph/graph_private.h"

/* Owned. */
typedef struct rg__weak_edges {
    uint64_t *nodes;
    uint64_t *sources;
    size_t node_words, source_words;
    rg_allocator allocator;
} rg__weak_edges;

/* To be disposed of in either case. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. O(E + weak edges log E), a bit a node
 * and an edge. */
RG_CHECKED rg_status rg__weak_edges_find(rg__weak_edges *out, const rg_graph *graph,
                                         const rg_allocator *allocator);
void rg__weak_edges_dispose(rg__weak_edges *self);

#endif
