/* Graphs that every test meets. */
#ifndef TEST_SUPPORT_SAMPLES_H
#define TEST_SUPPORT_SAMPLES_H

#include <refgraph/analysis.h>

#include "drawing.h"
#include "random.h"

enum { MILLION = 1000000 };

/* Small random graph: up to `max_nodes` nodes, parallel edges, self-edges, every strength, some frame
 * and module roots (several on one node at times), some owners with a `__dict__`. */
rg_graph *sample_random(randomness *random, uint32_t max_nodes);
/* 0 → 1 → 2 → … by `.next`; node 0 is the root of module "m". */
rg_graph *sample_chain(uint32_t nodes);
/* Node 0, root of module "m", holds `leaves` nodes 1 … by index, and each holds the last node. */
rg_graph *sample_star(uint32_t leaves);
/* No node at all. */
rg_graph *sample_empty(void);

/* The finished drawing; the test fails where it does. */
rg_graph *sample_drawn(drawing *self);
rg_distances sample_distances(const rg_graph *g, rg_strength weakest);

#endif
