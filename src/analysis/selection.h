/* A selection in the making: growing arrays, which become an rg_subgraph of exact ones. */
#ifndef RG_ANALYSIS_SELECTION_H
#define RG_ANALYSIS_SELECTION_H

#include "analysis/node_set.h"

typedef struct rg__selection {
    rg_allocator allocator;
    rg__node_set nodes; /* chosen, in the order of the answer */
    rg_edge *edges;
    size_t edge_count, edge_capacity;
    rg_omission *omissions;
    size_t omission_count, omission_capacity;
} rg__selection;

rg__selection rg__selection_of(const rg_allocator *allocator);
void rg__selection_dispose(rg__selection *self);
/* Each RG_OK or RG_ERR_NOMEM. A count of 0 is no omission. */
RG_CHECKED rg_status rg__selection_add_edge(rg__selection *self, const rg_edge *edge);
RG_CHECKED rg_status rg__selection_add_omission(rg__selection *self, uint32_t node, uint64_t count,
                                                bool referrers);
/* Move everything to *out. RG_OK or RG_ERR_NOMEM; dispose in either case. */
RG_CHECKED rg_status rg__selection_finish(rg_subgraph *out, rg__selection *self,
                                          size_t target_count);

#endif
