/* The graph in which a cut is looked for: a cycle's part, where objects that are in a cycle of references that
 * nobody can cut are one node (such cycles stay, whatever is cut). */
#ifndef RG_ANALYSIS_CUT_NET_H
#define RG_ANALYSIS_CUT_NET_H

#include "analysis/cycle_kinds.h"
#include "analysis/part.h"
#include "graph/graph_private.h"

/*  edges of node u: [offsets[u], offsets[u + 1]); of each, its target, which edge of the part it is, and how it
 *  can be cut. An edge inside a contracted node is there only if it can be cut. */
typedef struct rg__net {
    rg_allocator allocator;
    const rg__part *part;
    uint32_t count;
    const uint64_t *offsets;
    const uint32_t *targets;
    uint64_t *edges; /* NULL: edge k of the net is edge k of the part */
    uint8_t *kinds;  /* rg__cut_kind */
    uint64_t edge_count;
    bool has_fixed; /* there are cycles that nobody can cut */
    /* per node of the part that has keys: the node of the graph, a member or not, whose `__dict__` it is; RG_NONE
       of others */
    uint32_t *owners;
    uint64_t *own_offsets; /* what offsets and targets point to, where anything is contracted */
    uint32_t *own_targets;
    /* for rg__net_is_acyclic */
    uint32_t *degrees, *queue;
    uint64_t *removed; /* bit set by edge of the net */
    uint64_t work;     /* nodes and edges looked at so far */
    bool is_spent;     /* a trial was not begun for that, or stopped */
    rg__watch watch;
} rg__net;

enum {
    RG__CUT_ORDERED = 1 << 22
}; /* edges of the largest net that is sorted, or put in an order */

/* RG_OK or RG_ERR_NOMEM. O(edges of the part), of which there are fewer than 2^32. */
RG_CHECKED rg_status rg__net_make(rg__net *out, const rg__part *part);
void rg__net_dispose(rg__net *self);
/* Whether no cycle is left without the removed edges (Kahn, Comm. ACM 5, 1962). O(V + E). */
bool rg__net_is_acyclic(rg__net *self);
/* Set the bits of the edges of one cycle: none is set before. To be called when rg__net_is_acyclic, with
 * nothing removed, has said that there is one; it uses up what that has left. O(V + E). */
void rg__net_mark_cycle(rg__net *self, uint64_t *edges);
static inline bool rg__net_can_cut(const rg__net *self, uint64_t k)
{
    return self->kinds[k] < RG__CUT_FIXED;
}
/* The edge of the graph that edge k of the net is. */
rg_edge rg__net_edge(const rg__net *self, uint64_t k);

/* Its place in an order among those that are cut alike. */
uint64_t rg__net_tie(const rg__net *self, uint64_t k);
/* Nothing is removed. */
void rg__net_clear(rg__net *self);
/* Whether no further trial should begin: 2^27 steps are done. */
bool rg__net_is_spent(rg__net *self);

/* Shapes that may be cut: kinds from first to last, at most so many edges. */
typedef struct rg__shape_filter {
    uint32_t first, last;
    size_t most;
} rg__shape_filter;
/* Leaves the references of the best shape that is enough removed, or *is_done false and any of them. Nothing
 * is tried in a net of more than RG__CUT_ORDERED edges. RG_OK or RG_ERR_NOMEM. O(E log E + trials (V + E)).
 * cut_shapes.c */
RG_CHECKED rg_status rg__cut_by_shape(rg__net *self, const rg__shape_filter *wanted, bool *is_done);

/* A set of edges to remove, by the heuristic of Eades, Lin and Smyth: adds them to `removed`, of which
 * nothing may be set. None is worse than it must be. RG_OK or RG_ERR_NOMEM. O(E log V). cut_order.c */
RG_CHECKED rg_status rg__net_order(rg__net *self);

#endif
