/* What the collector would make of the objects that no root reaches, by its own rules. */
#ifndef RG_ANALYSIS_COLLECTOR_H
#define RG_ANALYSIS_COLLECTOR_H

#include "analysis/reach.h"

/* The first collection that frees an object, or why none does; the greater counts, for whatever an object
 * holds lives as long. */
typedef enum rg__fate {
    RG__FREED_BY_0 = 0, /* gc.collect(0) frees it, and so on */
    RG__FREED_BY_1,
    RG__FREED_BY_2,
    RG__KEPT_LEGACY, /* an object with a tp_del, or what one holds */
    RG__KEPT_FROZEN, /* in the permanent generation, or held from there */
    RG__KEPT_UNSEEN, /* references that nobody reports to the collector, or held by such an object */
    RG__FATE_COUNT
} rg__fate;

/* The fate of each node outside `reached`; of the others it is not written. `fates` has one entry a node.
 * RG_OK or RG_ERR_NOMEM. O(V + E), 4 bytes a node. */
RG_CHECKED rg_status rg__fates_find(uint8_t *fates, const rg_graph *graph, const uint64_t *reached,
                                    const rg_allocator *allocator);

#endif
