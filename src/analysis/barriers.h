/* Parts of a graph that some nodes cut off from the roots: a *barrier*, and what is behind it. Who must walk around all
 * nodes of a barrier meets nothing that is behind. Searches that found that out leave it here for later ones: objects
 * that one list holds are behind that list, whichever of them is asked for.
 *
 * Threads may share them, if their allocator can be called by several at once. */
#ifndef RG_ANALYSIS_BARRIERS_H
#define RG_ANALYSIS_BARRIERS_H

#include <refgraph/analysis.h>

#include "analysis/node_set.h"
#include "analysis/queue.h"

/* None yet, of a graph of so many nodes. RG_OK or RG_ERR_NOMEM. At most 4 bytes a node later. */
RG_CHECKED rg_status rg__barriers_new(rg_barriers **out, uint32_t node_count,
                                      const rg_allocator *allocator);
void rg__barriers_free(rg_barriers *self);

/* Remember one, unless another thread has the barriers: its nodes, and a bit set by node of what is behind; both are
 * copied. Of too many the one is dropped that has been of no use for longest. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__barriers_add(rg_barriers *self, const uint32_t *nodes, size_t count,
                                      const uint64_t *behind);

/* Whether each entry that waits is behind a barrier whose nodes are all among `avoided`; false while another thread has
 * the barriers. */
bool rg__barriers_hide(rg_barriers *self, const rg__node_set *avoided, const rg__queue *waiting);

#endif
