/* The cheapest path from any root to the target, backwards and around blocked nodes: A* (Hart, Nilsson,
 * Raphael 1968) with the distances from the roots as its lower bound.
 *
 * The bound is exact in the graph without blocks, hence consistent with them: a node is closed once.
 * Two refinements keep many searches on one target cheap:
 *   - The edge from a referrer is looked up (and a hub scanned) only when the referrer comes first in
 *     the queue, at the cost it would have over an own edge (lazy edge evaluation).
 *   - What a search has closed teaches the next ones: a closed node n is at least C - g(n) from the
 *     roots, where C is what the search found, and out of reach where it found nothing (Koenig and
 *     Likhachev, Adaptive A*, 2005). That stays true as long as blocks are only added and the goals
 *     stay, and keeps the bound consistent.
 * A search that takes long asks whether there is any way (detour.h), and what it has learnt so is kept for other
 * targets (barriers.h). */
#ifndef RG_ANALYSIS_SEARCH_H
#define RG_ANALYSIS_SEARCH_H

#include <refgraph/analysis.h>

#include "analysis/detour.h"
#include "analysis/links.h"
#include "analysis/queue.h"

enum {
    RG__SEARCH_NODES = 1 << 20, /* closed in one search; then it gives up */
    RG__QUESTION_WORK = 1 << 28 /* edges looked at in all searches of a question */
};

typedef struct rg__search_state rg__search_state;

typedef struct rg__search {
    const rg_graph *graph;
    const rg_distances *distances;
    rg__links *links;
    rg_allocator allocator;
    rg__node_set blocked;
    rg__node_set seen;
    rg__search_state *states; /* per ordinal in seen */
    size_t state_capacity;
    rg__queue open;
    uint64_t *results; /* per search: its cost, RG_UNREACHED, or 0 where it gave up */
    size_t result_capacity;
    uint32_t run; /* the search at hand; its result is not there yet */
    size_t closed_count;
    rg__detour detour;    /* beside the search at hand */
    uint64_t detour_work; /* edges that detours have looked at */
    bool
        was_cut_short; /* a search knew that there is no way before it had closed all that leads here */
} rg__search;

typedef enum rg__outcome { RG__FOUND, RG__NOT_FOUND, RG__GAVE_UP } rg__outcome;

/* An empty search; `target` is blocked. RG_OK or RG_ERR_NOMEM; dispose in either case. */
RG_CHECKED rg_status rg__search_start(rg__search *self, const rg_graph *graph,
                                      const rg_distances *distances, rg__links *links,
                                      uint32_t target, const rg_allocator *allocator);
void rg__search_dispose(rg__search *self);
RG_CHECKED rg_status rg__search_block(rg__search *self, uint32_t node);
bool rg__search_is_blocked(const rg__search *self, uint32_t node);

/* Begin a search; then offer the referrers of the target that the path may end with; then run.
 * Each RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__search_begin(rg__search *self);
RG_CHECKED rg_status rg__search_offer(rg__search *self, uint32_t target, uint32_t referrer,
                                      uint64_t edge);
/* *start: the root's node; *cost: of the whole path with its root. */
RG_CHECKED rg_status rg__search_run(rg__search *self, rg__outcome *outcome, uint32_t *start,
                                    uint64_t *cost);
/* The edge that leaves `node` on the path found last. */
rg_edge rg__search_edge(const rg__search *self, uint32_t node);

#endif
