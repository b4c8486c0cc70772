/* A picture as a graph of libcgraph, with the attributes that dot and the writers look at. */
#ifndef RG_RENDER_CGRAPH_BUILD_H
#define RG_RENDER_CGRAPH_BUILD_H

#include "render/picture.h"

#include <cgraph.h>

/* Fill an empty graph; `nodes` has room for the picture's nodes and is all NULL. `is_routed`: curves will be ours
 * (routes.h). False: Graphviz could not, and has said why. */
bool rg__cgraph_build(Agraph_t *graph, Agnode_t **nodes, const rg__picture *p, bool is_routed);

#endif
