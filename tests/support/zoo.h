/* Types of Python objects, for tests of what chains read like. */
#ifndef TEST_SUPPORT_ZOO_H
#define TEST_SUPPORT_ZOO_H

#include <refgraph/analysis.h>

#include "drawing.h"

/* A drawing that has these types. `odd` has its own way of reading attributes and items. */
typedef struct zoo {
    drawing d;
    uint32_t module, dict, list, tuple, str, instance, odd, type, function, property, frame,
        generator, cell;
} zoo;

zoo zoo_new(const rg_allocator *allocator);
/* The chain of `count` edges that begins at root 0 and takes the first edge of each node; they are
 * written to `edges`. */
rg_chain zoo_chain(const rg_graph *g, rg_edge *edges, size_t count);

#endif
