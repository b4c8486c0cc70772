/* Strongly connected components, with a say for each node in how far its edges count. */
#ifndef RG_ANALYSIS_SCC_H
#define RG_ANALYSIS_SCC_H

#include <refgraph/analysis.h>

/* As rg_scc_find. From the nodes in `deeper`, a bit set by node (NULL: none; owned by the caller), edges
 * of infrastructure are followed too, whatever `weakest` says. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__scc_find(rg_scc *out, const rg_graph *graph, rg_strength weakest,
                                  const uint64_t *deeper, const rg_allocator *allocator);

#endif
