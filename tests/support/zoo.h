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

/* One object of a chain that is written as EXPRESSION. */
typedef struct link {
    uint32_t type;
    const char *name; /* of the edge to it; of the first: the root's */
    uint16_t flags;
} link;

/* The chain of own edges along `links` from a root of that kind reads as `expected`; uses the zoo up. */
void zoo_assert_expression(zoo *z, rg_root_kind root, const link *links, size_t count,
                           const char *expected, bool is_evaluable);

#define EXPRESSION(z, root, text, evaluable, ...)               \
    zoo_assert_expression(z, root, (const link[]){__VA_ARGS__}, \
                          sizeof((const link[]){__VA_ARGS__}) / sizeof(link), text, evaluable)

#endif
