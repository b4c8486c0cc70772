/* The roots that an object is itself: what holds it and is no object of the graph. */
#ifndef RG_ANALYSIS_OWN_ROOTS_H
#define RG_ANALYSIS_OWN_ROOTS_H

#include "analysis/links.h"

typedef struct rg__own_roots {
    rg_allocator allocator;
    uint32_t *items; /* root indices: what tells most first (rg__root_rank), then ascending */
    size_t count, capacity;
    uint64_t references; /* of all of them */
} rg__own_roots;

/* RG_OK or RG_ERR_NOMEM; dispose in either case. O(roots of the graph). */
RG_CHECKED rg_status rg__own_roots_find(rg__own_roots *out, const rg_graph *graph, uint32_t node,
                                        const rg_allocator *allocator);
void rg__own_roots_dispose(rg__own_roots *self);

#endif
