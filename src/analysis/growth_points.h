/* Where objects came and went between two graphs. */
#ifndef RG_ANALYSIS_GROWTH_POINTS_H
#define RG_ANALYSIS_GROWTH_POINTS_H

#include "analysis/pairs.h"

/* One graph of the two: what has no pair in the other, and with what it begins. */
typedef struct rg__growth_side {
    const rg_graph *graph;
    const rg_distances *distances;
    const uint32_t *pair; /* per node: the same object in the other graph, or RG_NONE */
    uint32_t *top;        /* per node without a pair: what begins there, RG_NONE of others */
    uint32_t *tops;       /* the nodes that are their own, ascending */
    size_t top_count;
    rg_allocator allocator;
} rg__growth_side;

typedef enum rg__change {
    RG__BORN,
    RG__GONE,
    RG__RESIZED /* it was there before, gained nothing new, and has another size */
} rg__change;

/* What is new, gone, or has another size, before it is put together with others. */
typedef struct rg__beginning {
    rg_string text;  /* where it is */
    size_t composed; /* where the text begins in a buffer while that grows, SIZE_MAX: in none */
    uint64_t id;
    uint32_t type; /* number of rg__pairs */
    uint32_t node; /* of `before` where it is gone, else of `after` */
    rg__change change;
} rg__beginning;

/* RG_OK or RG_ERR_NOMEM. O(V). To be disposed of in either case. */
RG_CHECKED rg_status rg__growth_side_find(rg__growth_side *out, const rg_graph *graph,
                                          const rg_distances *distances, const uint32_t *pair,
                                          const rg_allocator *allocator);
void rg__growth_side_dispose(rg__growth_side *self);

/* Fill points, their texts, point_of and the sums of a growth that is empty but for its allocator and
 * node_count. RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT: then what is filled is to be disposed of. */
RG_CHECKED rg_status rg__growth_points_find(rg_growth *out, const rg__pairs *pairs,
                                            const rg__growth_side *before,
                                            const rg__growth_side *after);

#endif
