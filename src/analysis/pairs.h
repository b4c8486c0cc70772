/* Which objects of two graphs of one process are the same. */
#ifndef RG_ANALYSIS_PAIRS_H
#define RG_ANALYSIS_PAIRS_H

#include <refgraph/analysis.h>

#include "graph/graph_private.h"

typedef struct rg__pairs {
    const rg_graph *before, *after;
    uint32_t *before_of; /* per node of `after`: what it was, or RG_NONE: it is new */
    uint32_t *after_of;  /* per node of `before`: what it is, or RG_NONE: it is gone */
    uint32_t *type_of_before, *type_of_after; /* per type: a number, equal for types of one name */
    uint32_t type_count;                      /* numbers */
    rg__watch *watch;                         /* while they are being found */
    rg_allocator allocator;
} rg__pairs;

/* By the rules of rg_born_find. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. O(V + E log E + types log types). */
RG_CHECKED rg_status rg__pairs_find(rg__pairs *out, const rg_graph *before, const rg_graph *after,
                                    const rg_allocator *allocator);
/* Bytes by which a node of `after` that has a pair has grown. */
int64_t rg__pairs_growth(const rg__pairs *self, uint32_t node);
void rg__pairs_dispose(rg__pairs *self);

#endif
