/* Attributes under ever new names, put together. */
#ifndef RG_ANALYSIS_GROWTH_FOLD_H
#define RG_ANALYSIS_GROWTH_FOLD_H

#include "analysis/growth_points.h"

/* Where one object has gained, or lost, many attributes under names that nothing has gone from, or come to,
 * their places are one: `app.STATE.f1`, `app.STATE.f2` … become `app.STATE.*`, of which the text is in
 * `folded`. RG_OK or RG_ERR_NOMEM. O(count log count). */
RG_CHECKED rg_status rg__growth_fold(rg__beginning *items, size_t count, const rg__pairs *pairs,
                                     const rg__growth_side *before, const rg__growth_side *after,
                                     rg_buffer *folded);

#endif
