/* Reachability and dominators of small graphs, the slow and obvious way. */
#ifndef TEST_SUPPORT_AROUND_H
#define TEST_SUPPORT_AROUND_H

#include <refgraph/analysis.h>

enum { AROUND_MOST = 64 /* nodes: the bits of a word */ };

/* The nodes that hang on the virtual root, a bit each: those of the roots, and of each component of garbage that
 * no other garbage leads to its first instance, or else its first node. */
uint64_t around_starts(const rg_graph *g);

/* What is reached from the starts over edges that are not weak, around some nodes and edges. */
uint64_t around_reached(const rg_graph *g, uint64_t starts, const rg_removal *removal);

/* What only `node` keeps, itself included. */
uint64_t around_retained(const rg_graph *g, uint64_t starts, uint32_t node);

/* Sum of the sizes and number of the nodes of a set. */
uint64_t around_size(const rg_graph *g, uint64_t set);
uint32_t around_count(uint64_t set);

#endif
