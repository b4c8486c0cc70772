/* A walk over a graph whose nodes are in blocks (retained.h), and the blocks where ways begin. */
#ifndef RG_ANALYSIS_BLOCK_WALK_H
#define RG_ANALYSIS_BLOCK_WALK_H

#include "analysis/reach.h"

/* Start with the first four and the allocator, and zeros. */
typedef struct rg__block_walk {
    const rg_graph *graph;
    const uint32_t *block;
    uint32_t block_count;
    const uint64_t *reached; /* bit set: what the roots reach; NULL: not known */
    uint64_t *is_met;        /* likewise */
    uint32_t *stack;         /* a node is on it once */
    uint32_t *first;         /* per block: its lowest node that no root reaches, or RG_NONE */
    bool *is_start;          /* per block: a root is in it, or it is a source */
    rg__watch watch;
    rg_allocator allocator;
} rg__block_walk;

static inline bool rg__is_strong(const rg_graph *g, uint64_t edge)
{
    return rg__label_strength(g->labels[edge]) != RG_STRENGTH_WEAK;
}

/* Nothing is met. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED; to be disposed of in every case. */
RG_CHECKED rg_status rg__block_walk_start(rg__block_walk *w);
void rg__block_walk_dispose(rg__block_walk *w);

/* Meet everything that a node reaches through nodes that are not met. Over once the watch is stopped. */
void rg__block_walk_meet(rg__block_walk *w, uint32_t start);
/* Set is_start and first, and meet every node. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. */
RG_CHECKED rg_status rg__block_walk_find_starts(rg__block_walk *w);

#endif
