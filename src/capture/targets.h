/* What the edges of listed objects lead to, looked up while the lists are read. */
#ifndef RG_CAPTURE_TARGETS_H
#define RG_CAPTURE_TARGETS_H

#include "capture/capture_private.h"

/* From the first listed object on, before it has edges. */
RG_CHECKED rg_status rg__targets_begin(rg__capture *c);
/* A block of edges is full: they stay as they are until rg__targets_end. */
RG_CHECKED rg_status rg__targets_note_block(rg__capture *c, const rg__raw_edge *edges);
/* A block for edges that is ready, owned by the caller, or NULL. */
rg__raw_edge *rg__targets_take_spare(rg__capture *c);
/* All listed objects are in the queue: put the targets of all edges behind them, unless the capture has `failed`.
 * Returns that failure, or RG_OK, RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__targets_end(rg__capture *c, rg_status failed);

#endif
