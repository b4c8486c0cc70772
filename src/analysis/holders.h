/* Who holds the target: every object that refers to it, with its best edge, grouped by holder. The
 * holder is the referrer itself, or the owner of the referrer where that is a `__dict__`. */
#ifndef RG_ANALYSIS_HOLDERS_H
#define RG_ANALYSIS_HOLDERS_H

#include <refgraph/analysis.h>

#include "analysis/links.h"

/* A distinct source of edges to the target. */
typedef struct rg__referrer {
    uint64_t edge; /* its strongest edge to the target, the lowest of those */
    uint64_t
        bound; /* cost of a path from a root over that edge: at least this, RG_UNREACHED: none */
    uint32_t node;
    uint32_t holder; /* ordinal in rg__holders.nodes */
    uint32_t after;  /* the next referrer of the same holder, or RG_NONE */
} rg__referrer;

typedef struct rg__holder {
    uint32_t first; /* its first referrer */
    bool is_used;   /* a chain through it is known */
} rg__holder;

typedef struct rg__holders {
    rg_allocator allocator;
    uint32_t target;
    rg__referrer *referrers; /* ascending nodes */
    size_t referrer_count, referrer_capacity;
    rg__node_set nodes; /* the holders */
    rg__holder *items;  /* per ordinal in nodes */
    size_t item_capacity;
} rg__holders;

/* RG_OK or RG_ERR_NOMEM; dispose in either case. O(out-edges of the referrers and of theirs). */
RG_CHECKED rg_status rg__holders_find(rg__holders *out, rg__links *links,
                                      const rg_distances *distances, uint32_t target);
void rg__holders_dispose(rg__holders *self);
/* The referrer that is `node`; it must be one. O(log referrers). */
const rg__referrer *rg__holders_referrer(const rg__holders *self, uint32_t node);

/* Whether dominators (NULL: not known) say that every way to a holder leads through the target: no path ends with
 * it then. False where that would take a long climb. */
bool rg__holders_are_behind(const rg__holders *self, uint32_t holder, const uint32_t *dominator);

#endif
