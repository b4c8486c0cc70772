/* How far dot has moved boxes, when it put its drawing at the origin, and left its own nodes where they were. */
#ifndef RG_RENDER_MOVED_H
#define RG_RENDER_MOVED_H

#include "render/curve.h"

#include <refgraph/base.h>

#include <cgraph.h>

/* Whether dot made this node for an edge that crosses a layer. */
bool rg__is_own(Agnode_t *node);
/* What dot subtracted from the positions of boxes; zeroes where it has no nodes of its own, or none in a layer with a
 * box. `out` is zeroed. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__moved_find(rg__point *out, Agraph_t *graph, const rg_allocator *allocator);

#endif
