/* How much work a layout may be, decided before it. */
#ifndef RG_RENDER_EFFORT_H
#define RG_RENDER_EFFORT_H

#include "render/picture.h"

/* Leave out references of a picture that has objects and references only, of those that nothing marks the ones that
 * would cross the most layers, until the rest cross as many as `max_nodes` nodes may: *left_out is how many.
 * Sets picture->length. RG_OK or RG_ERR_NOMEM. O(n + e log e). */
RG_CHECKED rg_status rg__effort_bound(rg__picture *picture, uint32_t max_nodes, uint64_t *left_out);

#endif
