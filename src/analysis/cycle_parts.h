/* Each cycle with what can only be reached through it by a look at referrers alone, as one *part*. What only a cycle
 * keeps is found among parts, of which there are far fewer than objects. */
#ifndef RG_ANALYSIS_CYCLE_PARTS_H
#define RG_ANALYSIS_CYCLE_PARTS_H

#include <refgraph/analysis.h>

/* Owned. */
typedef struct rg__cycle_parts {
    uint32_t *part; /* per node, below `count`; that of cycle i is i */
    uint32_t count;
    uint32_t node_count;
    rg_allocator allocator;
} rg__cycle_parts;

/* `cycle_of`: per component the index of its cycle, below `cycle_count`, or RG_NONE, for one node that is in no cycle.
 * `reached`: what roots reach, a bit set by node; what they do not is left alone. RG_OK, RG_ERR_NOMEM,
 * RG_ERR_CANCELLED. O(V + E), 8 bytes a node besides the result. */
RG_CHECKED rg_status rg__cycle_parts_find(rg__cycle_parts *out, const rg_graph *graph,
                                          const rg_scc *scc, const uint32_t *cycle_of,
                                          uint32_t cycle_count, const uint64_t *reached,
                                          const rg_allocator *allocator);
void rg__cycle_parts_dispose(rg__cycle_parts *self);

#endif
