/* Paths from a root to the target, as lists of edges, and how they become chains. */
#ifndef RG_ANALYSIS_PATHS_H
#define RG_ANALYSIS_PATHS_H

#include <refgraph/analysis.h>

#include "analysis/links.h"

/* Edges in a growing array; a zeroed struct with an allocator is empty. Reused from path to path. */
typedef struct rg__path {
    rg_allocator allocator;
    rg_edge *edges;
    size_t count, capacity;
} rg__path;

RG_CHECKED rg_status rg__path_add(rg__path *self, const rg_edge *edge);
void rg__path_reverse(rg__path *self);
void rg__path_dispose(rg__path *self);

/* Walk backwards from `node` along the shortest path that was kept (rg_distances.via), adding each edge (so
 * the path is target first), and give the root's node it ends at. *start is RG_NONE where the way leads
 * through `avoided`, or links->work exceeds `work_max`.
 * RG_OK or RG_ERR_NOMEM. `node` must be within reach. */
RG_CHECKED rg_status rg__path_descend(rg__path *self, rg__links *links,
                                      const rg_distances *distances, uint32_t node,
                                      uint32_t avoided, uint64_t work_max, uint32_t *start);

/* A chain with a copy of the path's edges (root first). RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__chain_of(rg_chain *out, const rg__path *path, uint32_t root,
                                  uint64_t cost);
void rg__chain_free(rg_chain *self, const rg_allocator *allocator);
/* Set chain->parallel: the references beside the last edge; cutting one of them is not enough.
 * RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__chain_count_parallel(rg_chain *self, rg__links *links,
                                              rg_strength weakest);
/* Whether two chains have one shape: root, types and names are the same, indices, keys and elements
 * are taken for equal. The keys of a `__dict__` are names. */
bool rg__chain_is_alike(const rg_chain *a, const rg_chain *b, rg__links *links);

#endif
