/* Folding: an owner and its `__dict__` are one object to a person, so pictures contract the dict into
 * the owner. A dict D folds into O when
 *   - O has it as its attribute `__dict__`, and that is the only own edge into D (the functions of a
 *     module refer to its dict too, by infrastructure edges), and
 *   - D holds nothing but keys and values, and
 *   - nobody asked for D itself.
 * In the contracted graph the edge O → D is gone, edges of D to its values are edges of O
 * (edge.folded), its keys are left out, and what else refers to D refers to O. */
#ifndef RG_ANALYSIS_FOLD_H
#define RG_ANALYSIS_FOLD_H

#include "analysis/links.h"

typedef struct rg__fold {
    rg__links links;
    bool is_off;        /* nothing folds */
    rg__node_set known; /* nodes that were looked at */
    uint32_t *owners; /* per ordinal in known: the owner, or RG_NONE where the node does not fold */
    size_t owner_capacity;
} rg__fold;

rg__fold rg__fold_of(const rg_graph *graph, const rg_allocator *allocator);
void rg__fold_dispose(rg__fold *self);
/* Say that a node never folds. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__fold_exempt(rg__fold *self, uint32_t node);
/* The owner that a node folds into, or RG_NONE. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__fold_owner(rg__fold *self, uint32_t *owner, uint32_t node);
/* The dict that folds into a node, or RG_NONE. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__fold_dict(rg__fold *self, uint32_t *dict, uint32_t node);
/* What an edge is in the contracted graph: *is_shown false where it is gone. RG_OK, RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__fold_edge(rg__fold *self, rg_edge *edge, bool *is_shown);

#endif
