/* The layers in which dot will place a picture's nodes, about: known before dot is asked. */
#ifndef RG_RENDER_LAYERS_H
#define RG_RENDER_LAYERS_H

#include "render/picture.h"

/* References in cycles have no order: those that lead back, as dot's own depth-first search would meet them, are
 * passed over. All others lead from a node that is finished later to one that is finished earlier. */
typedef struct rg__layers {
    size_t node_count;
    uint32_t *offsets;  /* per node and one more: into targets */
    uint32_t *targets;  /* per edge, by source */
    uint32_t *finish;   /* per node: when the search had finished it */
    uint32_t *finished; /* nodes in that order */
    uint32_t *depth;    /* per node: the longest way of references above it */
    rg_allocator allocator;
    uint32_t *words; /* all of these arrays */
    size_t word_count;
} rg__layers;

/* Of the first so many nodes and edges of a picture. RG_OK or RG_ERR_NOMEM; to be disposed. O(n + e). */
RG_CHECKED rg_status rg__layers_find(rg__layers *out, const rg__picture *picture, size_t nodes,
                                     size_t edges);
void rg__layers_dispose(rg__layers *self);

#endif
