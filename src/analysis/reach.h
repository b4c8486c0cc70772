/* What some nodes reach over every edge that is not weak, as a bit set by node. */
#ifndef RG_ANALYSIS_REACH_H
#define RG_ANALYSIS_REACH_H

#include "graph/graph_private.h"

enum { RG__ALL_ROOTS = (1U << RG_ROOT_KIND_COUNT) - 1 }; /* every kind */

static inline bool rg__bit(const uint64_t *bits, uint64_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}
static inline void rg__bit_set(uint64_t *bits, uint64_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}
/* Words of a bit set over the nodes of a graph; never zero. */
static inline size_t rg__bit_words(const rg_graph *graph)
{
    return graph->tables.node_count / 64 + 1;
}

/* A search that goes on from where it has been: what is in `reached` is not looked at again, so that nodes
 * that were put there beforehand are walked around. */
typedef struct rg__front {
    const rg_graph *graph;
    uint64_t *reached;   /* borrowed */
    const uint64_t *cut; /* edges that are not followed, a bit by index; borrowed; NULL: none */
    uint32_t *queue;     /* each node at most once between two times that it is empty */
    size_t head, tail;
    rg__watch watch; /* where it stops, what is reached is not all */
} rg__front;

/* RG_OK or RG_ERR_NOMEM; 4 bytes a node. To be disposed of in either case. */
RG_CHECKED rg_status rg__front_start(rg__front *self, const rg_graph *graph, uint64_t *reached,
                                     const rg_allocator *allocator);
void rg__front_dispose(rg__front *self, const rg_allocator *allocator);
/* Add a node and all that it reaches; true where it was not in the set. Ask the watch from time to time. */
bool rg__front_meet(rg__front *self, uint32_t node);
/* The same in pieces: add a node, which is not in the set, and what it reaches later; follow about `most` edges, and
 * tell whether nothing waits any more. */
void rg__front_add(rg__front *self, uint32_t node);
bool rg__front_follow(rg__front *self, uint64_t most);

/* Add to `reached` the roots whose kind is one of `kinds` (bit k: kind k), and what they reach; what is in
 * the set already is taken to be done. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. O(V + E), 4 bytes a node. */
RG_CHECKED rg_status rg__reach_roots(uint64_t *reached, const rg_graph *graph, unsigned kinds,
                                     const rg_allocator *allocator);

#endif
