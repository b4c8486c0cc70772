/* From states of a trie to groups of equal texts. */
#ifndef RG_ANALYSIS_SIGNATURE_GROUPS_H
#define RG_ANALYSIS_SIGNATURE_GROUPS_H

#include <refgraph/analysis.h>

#include "analysis/signature_trie.h"

/* Make groups, members and texts from the states that stand in self->group_of. On failure what is there is to
 * be disposed of. RG_OK or RG_ERR_NOMEM. O(targets + S log S) for S different states. */
RG_CHECKED rg_status rg__signature_groups_make(rg_signatures *self, const rg_graph *graph,
                                               const rg_distances *distances,
                                               const uint32_t *targets, const rg__trie *trie);

/* The id of a text, as in rg_signature_group. */
uint64_t rg__signature_id(rg_string text);

#endif
