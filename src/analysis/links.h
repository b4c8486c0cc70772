/* The edges between two given nodes, and the `__dict__` of a node.
 *
 * Walking backwards gives the sources of a node, and the edge must then be looked for among the
 * out-edges of the source. That is a short scan, except for hubs: a list of a million objects is the
 * source of each of them. The edges of a hub that is asked for again and again are indexed by target,
 * once a question, so that all further look-ups in it are O(1). */
#ifndef RG_ANALYSIS_LINKS_H
#define RG_ANALYSIS_LINKS_H

#include "analysis/node_set.h"
#include "graph/graph_private.h"

#define RG__NO_EDGE UINT64_MAX

/*  targets   the distinct targets of the hub
 *  first     per ordinal in targets: offset of the first edge to it
 *  after     per edge of the hub: offset of the next edge to the same target, or RG_NONE */
typedef struct rg__hub {
    uint32_t visits; /* times that it was about to be scanned */
    uint32_t dict;   /* where dict_is_known: as rg__links_dict */
    bool dict_is_known;
    bool is_indexed;
    rg__node_set targets;
    uint32_t *first;
    size_t first_capacity;
    uint32_t *after;
    size_t after_count;
} rg__hub;

/* Start from rg__links_of; not shared between threads. */
typedef struct rg__links {
    const rg_graph *graph;
    rg_allocator allocator;
    rg__node_set hubs; /* nodes of many out-edges that were met */
    rg__hub *items;    /* per ordinal in hubs */
    size_t item_capacity;
    uint64_t indexed;   /* edges in indices */
    uint64_t work;      /* edges looked at so far: what a question is charged with */
    uint32_t dict_name; /* the string id of "__dict__" once it was met, or RG_NONE */
    rg__watch watch;    /* of the question: who walks by links ticks here */
} rg__links;

/* `phase` is what the question is called while it is watched. */
rg__links rg__links_of(const rg_graph *graph, const char *phase, const rg_allocator *allocator);
void rg__links_dispose(rg__links *self);

/* To be called before the out-edges of `from` are looked at for the sake of one target.
 * RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__links_prepare(rg__links *self, uint32_t from);
/* The first edge from → to, and the one after `edge`, by index; RG__NO_EDGE where there is none. */
uint64_t rg__links_first(rg__links *self, uint32_t from, uint32_t to);
uint64_t rg__links_after(rg__links *self, uint32_t from, uint32_t to, uint64_t edge);
/* The strongest edge from → to that is not weaker than `weakest`, the best named of those, the lowest of
 * those; *edge is RG__NO_EDGE where there is none. Prepares. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__links_strongest(rg__links *self, uint64_t *edge, uint32_t from,
                                         uint32_t to, rg_strength weakest);

/* Whether a name is `.__dict__`. *known is RG_NONE, or the string's id once that has been met. */
bool rg__name_is_dict(const rg_graph *graph, rg_name name, uint32_t *known);
/* Whether an edge is named so. */
bool rg__links_is_dict(rg__links *self, uint64_t edge);
/* The node that `from` reaches as its attribute `__dict__`, or RG_NONE. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__links_dict(rg__links *self, uint32_t *dict, uint32_t from);
/* The lowest node that has `dict` as its attribute `__dict__`, or RG_NONE. RG_OK, RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__links_owner(rg__links *self, uint32_t *owner, uint32_t dict);

/* ---- what needs no memory ---- */

static inline rg_name_kind rg__edge_kind(const rg_graph *graph, uint64_t edge)
{
    return rg__label_name(&graph->tables, graph->labels[edge]).kind;
}

static inline rg_strength rg__edge_strength(const rg_graph *graph, uint64_t edge)
{
    return rg__label_strength(graph->labels[edge]);
}

/* How well the name of an edge tells where its target is, the best first: what an expression says, what
 * says it in part, what does not say which one, nothing. */
static inline uint32_t rg__edge_rank(const rg_graph *graph, uint64_t edge)
{
    static const uint8_t ranks[1 << RG__KIND_BITS] = {
        [RG_NAME_ATTRIBUTE] = 0, [RG_NAME_INDEX] = 0,   [RG_NAME_KEY] = 0,   [RG_NAME_LOCAL] = 0,
        [RG_NAME_HIDDEN] = 0,    [RG_NAME_CELL] = 1,    [RG_NAME_CLASS] = 1, [RG_NAME_REFERENT] = 1,
        [RG_NAME_KEY_OF] = 2,    [RG_NAME_ELEMENT] = 2, [RG_NAME_SLOT] = 2,  [RG_NAME_NONE] = 3,
    };
    const uint32_t kind = graph->labels[edge] >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1);
    return ranks[kind == RG__WIDE_KIND ? (uint32_t)rg__edge_kind(graph, edge) : kind];
}

/* What an edge adds to a cost (see rg_distances): a step, and 2^32 where it is not own. Costs are
 * plain integers from here on: steps stay below 2^32, so that their order is the lexicographic one. */
static inline uint64_t rg__weight(rg_strength strength)
{
    return strength == RG_STRENGTH_OWN ? 1 : (UINT64_C(1) << 32) + 1;
}

enum { RG__ROOT_RANKS = 6 };

/* Which of several roots of one node tells most, the smallest first; rg__root_cost rises with it. */
static inline uint32_t rg__root_rank(const rg_graph *graph, uint32_t root)
{
    static const uint8_t ranks[RG_ROOT_KIND_COUNT] = {
        [RG_ROOT_MODULE] = 0, [RG_ROOT_INTERPRETER] = 1, [RG_ROOT_THREAD] = 1,
        [RG_ROOT_OTHER] = 1,  [RG_ROOT_FRAME] = 2,       [RG_ROOT_STACK] = 2,
        [RG_ROOT_TYPE] = 3,   [RG_ROOT_PROBABLE] = 4,    [RG_ROOT_NATIVE] = 5,
    };
    return ranks[graph->tables.roots[root].kind];
}

/* What it costs to start at a root: one weaker step for those that say less than a name. What a module
 * names is told by the module, also where another root is a little nearer: sys.modules['gc'].callbacks
 * takes two steps, gc.callbacks is a root of the interpreter. */
static inline uint64_t rg__root_cost(const rg_graph *graph, uint32_t root)
{
    enum { LESS_THAN_A_MODULE = 3 /* steps: through a module's `__dict__`, and one more */ };
    switch (graph->tables.roots[root].kind) {
    case RG_ROOT_MODULE:
        return 0;
    case RG_ROOT_INTERPRETER:
    case RG_ROOT_THREAD:
    case RG_ROOT_OTHER:
        return LESS_THAN_A_MODULE;
    default:
        return UINT64_C(1) << 32;
    }
}

#endif
