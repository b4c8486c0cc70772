/* The large strongly connected component that most graphs have, by two breadth-first searches. */
#ifndef RG_ANALYSIS_SCC_CORE_H
#define RG_ANALYSIS_SCC_CORE_H

#include "graph/graph_private.h"

/* Find the component of the node that most ways are likely to lead through, of those that are not in `trimmed`, a bit
 * set by node: nodes that reach nothing outside of that set. Edges of every strength but weak are followed.
 *
 * *core: a bit set by node, the component; *behind: what it reaches besides, without what is trimmed. Both are owned by
 * the caller, rg__bit_words long, NULL where nothing is left to look at. `queue` has room for every node.
 * RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. O(V + E), a bit an edge and 3 bits a node. */
RG_CHECKED rg_status rg__scc_core_find(uint64_t **core, uint64_t **behind, const rg_graph *graph,
                                       const uint64_t *trimmed, uint32_t *queue, rg__watch *watch,
                                       const rg_allocator *allocator);

#endif
