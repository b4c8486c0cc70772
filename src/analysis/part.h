/* The part of a graph that a cycle is, as a small graph of its own: its members are 0, 1, 2, …, and each
 * edge between two of them knows which edge of the graph it is.
 *
 *   edges of local node u: [offsets[u], offsets[u + 1]); targets[k] is local, edges[k] an index of the graph */
#ifndef RG_ANALYSIS_PART_H
#define RG_ANALYSIS_PART_H

#include "analysis/cycles_private.h"

typedef struct rg__part {
    rg_allocator allocator;
    const rg_graph *graph;
    const uint32_t *nodes; /* ascending ids of the graph; borrowed from the cycles */
    uint32_t count;
    uint64_t *offsets;
    uint32_t *targets;
    uint64_t *edges;
    uint64_t edge_count;
} rg__part;

/* RG_OK or RG_ERR_NOMEM. O(out-edges of the members); 12 bytes an edge, and for large cycles 12 bits a node of
 * the graph while it is made. */
RG_CHECKED rg_status rg__part_make(rg__part *out, const rg_graph *graph, const rg_cycles *cycles,
                                   size_t cycle, const rg_allocator *allocator);
void rg__part_dispose(rg__part *self);
/* The local number of a member; of another node, that of the member before it (or 0). O(log count). */
uint32_t rg__part_find(const rg__part *self, uint32_t node);
/* The local node that edge number k starts from. O(log count). */
uint32_t rg__part_source(const rg__part *self, uint64_t k);
/* Edge number k as an edge of the graph; `from` is its local source. */
rg_edge rg__part_edge(const rg__part *self, uint32_t from, uint64_t k);

#endif
