/* Whether any way leads around avoided nodes. A search backwards from a target that finds none has to visit all that
 * leads to it, and where a heap hangs in one list that is the heap. What the roots reach around the list is little
 * then. So a second search, forwards, takes turns with the first, with about as much time for each: what ends first
 * knows (the idea of searching from both ends: Pohl 1971). What it learns is kept as a barrier. */
#ifndef RG_ANALYSIS_DETOUR_H
#define RG_ANALYSIS_DETOUR_H

#include "analysis/barriers.h"
#include "analysis/reach.h"

enum { RG__DETOUR_TURN = 512 /* nodes that the other search visits before the first turn */ };

/* Start with the first four and zeros. */
typedef struct rg__detour {
    const rg_graph *graph;
    const rg_distances *distances; /* of the graph; their barriers are added to */
    const rg__node_set *avoided;
    rg_allocator allocator;
    rg__front front;
    uint64_t *
        reached; /* bit set: the avoided nodes, and what the roots reach around them; NULL: no turn yet */
    size_t next_root;
    bool is_over; /* there is a way: no more turns */
} rg__detour;

/* A turn as long as `nodes` nodes took backwards. *is_closed: none of what waits there is reached around the avoided
 * nodes, and the barrier is remembered. Adds to *work the edges looked at. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. */
RG_CHECKED rg_status rg__detour_go(rg__detour *self, const rg__queue *waiting, uint64_t nodes,
                                   uint64_t *work, bool *is_closed);
/* Before other nodes are avoided, and at the end. */
void rg__detour_dispose(rg__detour *self);

/* Remember what is behind the avoided nodes among `behind`, a bit set by node that every way into leads through them.
 * RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__detour_remember(rg_barriers *barriers, const rg_graph *graph,
                                         const rg__node_set *avoided, const uint64_t *behind,
                                         const rg_allocator *allocator);

#endif
