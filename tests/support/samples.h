/* Graphs that every test meets. */
#ifndef TEST_SUPPORT_SAMPLES_H
#define TEST_SUPPORT_SAMPLES_H

#include <refgraph/analysis.h>

#include "drawing.h"
#include "random.h"

enum { MILLION = 1000000 };

/* Small random graph: up to `max_nodes` nodes, parallel edges, self-edges, every strength, some
 * roots of any kind (several on one node at times), some owners with a `__dict__`, some
 * places of allocation. */
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
/* The chains to a node, following all that is not weak. */
rg_chains sample_chains(const rg_graph *g, uint32_t target, size_t limit);
/* A chain's nodes are these: "0 3 7", and "!" in front when it is independent. */
void sample_assert_chain(const rg_graph *g, const rg_chain *chain, const char *expected);

/* The signatures of some nodes (NULL: of all), following all that is not weak. */
rg_signatures sample_signatures(const rg_graph *g, const uint32_t *targets, size_t count);
void sample_assert_text(const rg_signature_group *group, const char *expected);
/* A node's signature reads like that. */
void sample_assert_signature(const rg_graph *g, uint32_t node, const char *expected);

#endif
