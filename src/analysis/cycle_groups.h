/* Cycles of one shape. */
#ifndef RG_ANALYSIS_CYCLE_GROUPS_H
#define RG_ANALYSIS_CYCLE_GROUPS_H

#include "analysis/cycles_private.h"

/* Order the cycles by group, and make the groups. `component` is that of every node. RG_OK or RG_ERR_NOMEM.
 * O(edges of the cycles + C log C). */
RG_CHECKED rg_status rg__cycle_groups_make(rg_cycles *self, const rg_graph *graph,
                                           const uint32_t *component);

#endif
