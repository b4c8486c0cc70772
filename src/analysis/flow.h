/* A flow graph's edges turned round: who has them in one direction only gets the other one here. */
#ifndef RG_ANALYSIS_FLOW_H
#define RG_ANALYSIS_FLOW_H

#include "analysis/dominators.h"

/* Owned, but for the targets, which are borrowed. */
typedef struct rg__flow_edges {
    uint32_t count;
    uint64_t edge_count;
    rg__offsets offsets, source_offsets;
    const uint32_t *targets;
    uint32_t *sources;
    rg_allocator allocator;
} rg__flow_edges;

/* Out-edges of node u: targets[offsets[u] .. offsets[u + 1]); `count` + 1 offsets. To be disposed of in either
 * case. `watched` is told. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. O(V + E): a counting sort, 16 bytes a node and 4
 * an edge. */
RG_CHECKED rg_status rg__flow_edges_make(rg__flow_edges *out, uint32_t count,
                                         const uint64_t *offsets, const uint32_t *targets,
                                         const rg_graph *watched, const rg_allocator *allocator);
void rg__flow_edges_dispose(rg__flow_edges *self);
/* The flow from these starts; borrows both. */
rg__flow rg__flow_of(const rg__flow_edges *edges, const uint32_t *starts, size_t start_count,
                     const rg_graph *watched);

#endif
