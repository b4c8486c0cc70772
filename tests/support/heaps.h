/* Heaps with all that the collector knows: generations, finalizers, weak references, what is frozen or
 * held behind its back. */
#ifndef TEST_SUPPORT_HEAPS_H
#define TEST_SUPPORT_HEAPS_H

#include <refgraph/analysis.h>

#include "drawing.h"
#include "random.h"

enum { HEAP_MOST = 64 /* nodes of a random heap: the bits of a word */ };

/* A node of any generation (0 … RG_GENERATION_NONE). */
uint32_t heap_node(drawing *self, uint32_t type, uint8_t generation, uint16_t flags, uint64_t size);

/* A small random heap of clusters: up to `max_nodes` nodes (HEAP_MOST at most) of a few types, edges of every
 * kind and strength, some `__dict__`s and weak references with callbacks, roots of any kind, any collector. Sizes
 * are powers of two: a sum tells its parts. */
rg_graph *heap_random(randomness *random, uint32_t max_nodes);

/* A random strongly connected heap without roots: a ring through all nodes, in which most references can be
 * cut, and `chords` more. */
rg_graph *heap_knot(randomness *random, uint32_t nodes, uint32_t chords);

/* The heap of `nodes` nodes in which u refers to v by `.x` where bit u * nodes + v of the matrix is set. */
rg_graph *heap_digraph(uint32_t nodes, uint64_t matrix);

/* The cycles of a graph; the test fails where they are not found. */
rg_cycles heap_cycles(const rg_graph *g);

#endif
