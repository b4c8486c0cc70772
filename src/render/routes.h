/* The curves of references, and where their names stand, in a graph that dot has laid out without either. */
#ifndef RG_RENDER_ROUTES_H
#define RG_RENDER_ROUTES_H

#include <refgraph/base.h>

#include <cgraph.h>

/* What dot is to be told of its own curves: the value of "splines". */
#define RG__ROUTES_SPLINES "none"

/* Give each edge that is seen its curve and each edge label its place, as dot would have; the graph's box grows where
 * they need it. RG_OK or RG_ERR_NOMEM: then some edges have none, and the layout can be freed as usual.
 * O(layers that edges cross), and a bit for a label. */
RG_CHECKED rg_status rg__routes_draw(Agraph_t *graph, const rg_allocator *allocator);

#endif
