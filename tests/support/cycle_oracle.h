/* The cycles of a small heap by sets of nodes, and the collector played through literally. A set is a word:
 * bit n is node n. */
#ifndef TEST_SUPPORT_CYCLE_ORACLE_H
#define TEST_SUPPORT_CYCLE_ORACLE_H

#include "heaps.h"

typedef struct cycle_oracle {
    const rg_graph *g;
    uint32_t count;
    uint64_t holds[HEAP_MOST];       /* over edges that are not weak */
    uint64_t steps[HEAP_MOST];       /* over one edge of those that cycles are made of */
    uint64_t leads[HEAP_MOST];       /* over any number of such edges */
    uint64_t used, reached;          /* from the roots that explain, from all roots */
    uint64_t freed[3];               /* what gc.collect(0), (1), (2) frees */
    uint64_t unseen, frozen, legacy; /* why the rest is not: what such objects lead to */
} cycle_oracle;

/* For a graph of at most HEAP_MOST nodes, which must outlive it. */
cycle_oracle cycle_oracle_of(const rg_graph *g);
/* The cycle that a node is in; 0: none. */
uint64_t cycle_oracle_cycle(const cycle_oracle *self, uint32_t node);
/* The number of edges of a shortest cycle inside a set; 0: there is none. */
size_t cycle_oracle_shortest(const cycle_oracle *self, uint64_t members);
/* What is known of a cycle; `first` and `group` are 0. */
rg_cycle cycle_oracle_describe(const cycle_oracle *self, uint64_t members);
/* What only the cycle leads to, beside its members. */
uint64_t cycle_oracle_kept(const cycle_oracle *self, uint64_t members);
/* The shape as text: sorted lines. To be freed. */
char *cycle_oracle_shape(const cycle_oracle *self, uint64_t members);
/* Whether freeing a member runs code, or fails, for that reason. */
bool cycle_oracle_has_finalizer(const cycle_oracle *self, uint32_t node, rg_finalizer_kind kind);
/* The sum of the nodes' sizes. */
uint64_t cycle_oracle_size(const cycle_oracle *self, uint64_t set);

static inline bool set_has(uint64_t set, uint32_t node)
{
    return set >> node & 1;
}

#endif
