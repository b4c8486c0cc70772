/* The holders of points of growth, and the order in which points stand. */
#ifndef RG_ANALYSIS_GROWTH_ORDER_H
#define RG_ANALYSIS_GROWTH_ORDER_H

#include "analysis/growth_points.h"

/* Of each point the holder that gained most, how many there are, and what they have grown: a holder of
 * several points counts in the first. RG_OK or RG_ERR_NOMEM. O(V / 64 + beginnings log beginnings). */
RG_CHECKED rg_status rg__growth_holders_find(rg_growth *out, const rg__pairs *pairs,
                                             const rg__growth_side *after);

/* Put the points in the order that rg_growth_find states, and point_of with them. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__growth_points_sort(rg_growth *out, const rg_graph *watched);

#endif
