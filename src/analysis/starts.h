/* Nodes from which every node of a graph is reached: the roots, and one for each strongly connected component
 * of what no root reaches that nothing outside of it leads to. They stand for a virtual root over all. */
#ifndef RG_ANALYSIS_STARTS_H
#define RG_ANALYSIS_STARTS_H

#include <refgraph/graph.h>

/* Owned. */
typedef struct rg__starts {
    uint32_t *items; /* the nodes of the roots in their order, then those of garbage; a node that is
                        several roots is there as often */
    size_t count, capacity;
    rg_allocator allocator;
} rg__starts;

/* Of a component of garbage the lowest node that is an instance of a class written in Python, if it has one,
 * else its lowest. RG_OK or RG_ERR_NOMEM. O(V + E), 4 bytes a node and 4 a piece of garbage. */
RG_CHECKED rg_status rg__starts_find(rg__starts *out, const rg_graph *graph,
                                     const rg_allocator *allocator);
void rg__starts_dispose(rg__starts *self);

#endif
