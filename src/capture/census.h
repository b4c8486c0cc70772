/* Counting while something else is done in the same pass. */
#ifndef RG_CAPTURE_CENSUS_H
#define RG_CAPTURE_CENSUS_H

#include "capture/live_walk.h"

RG_CHECKED rg_status rg__census_add_at(rg_census *self, PyObject *object, uint64_t position);
/* When the pass is over: the rows in the order of the first positions. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__census_sort(rg_census *self);

#endif
