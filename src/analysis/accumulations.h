/* What the parts of rg_accumulations_find share: the tree of dominators, sums by type, runs,
 * levels.
 *
 * A *place* is a position in the flat order of rg_retained: the children of the node at place p
 * are the node at p + 1, the one behind all that this retains, and so on. */
#ifndef RG_ANALYSIS_ACCUMULATIONS_H
#define RG_ANALYSIS_ACCUMULATIONS_H

#include <refgraph/analysis.h>

#include "graph/graph_private.h"

/* What a person counts on the fingers. */
enum { RG__FEW = 10 };

typedef struct rg__tree {
    const rg_graph *graph;
    const rg_retained *retained;
} rg__tree;

static inline uint32_t rg__tree_node(const rg__tree *self, uint64_t place)
{
    return self->retained->order[place];
}
static inline uint64_t rg__tree_size(const rg__tree *self, uint64_t place)
{
    return self->retained->size[self->retained->order[place]];
}
/* The first place behind all that the node at a place retains. RG_NONE is the virtual root's
 * place. */
static inline uint64_t rg__tree_end(const rg__tree *self, uint64_t place)
{
    return place == RG_NONE ? self->retained->node_count
                            : place + self->retained->count[self->retained->order[place]];
}
static inline uint64_t rg__tree_begin(uint64_t place)
{
    return place == RG_NONE ? 0 : place + 1;
}
static inline uint32_t rg__tree_type(const rg__tree *self, uint64_t place)
{
    return rg__node_type(&self->graph->tables, self->retained->order[place]);
}
static inline rg_kind rg__tree_kind(const rg__tree *self, uint64_t place)
{
    return self->graph->tables.types[rg__tree_type(self, place)].kind;
}

/* ---- sums by type ---- */

typedef struct rg__sum {
    uint64_t count, size;
    uint64_t small_count, small_size; /* of those that retain less than a bound */
    uint64_t largest;                 /* what one of them retains at most */
    bool is_split;                    /* for the user of the tally */
} rg__sum;

/* A sum per type; those touched are listed, so that emptying it costs no more than filling it. */
typedef struct rg__tally {
    rg__sum *sums;
    uint32_t *touched;
    size_t touched_count;
    size_t type_count;
    rg_allocator allocator;
} rg__tally;

/* RG_OK or RG_ERR_NOMEM; dispose in either case. */
RG_CHECKED rg_status rg__tally_start(rg__tally *self, const rg_graph *graph,
                                     const rg_allocator *allocator);
void rg__tally_dispose(rg__tally *self);
void rg__tally_add(rg__tally *self, uint32_t type, uint64_t size, uint64_t bound);
void rg__tally_clear(rg__tally *self);

/* ---- runs ---- */

/* Objects of one type behind one another: a linked list, the nodes of a tree. Each is in one run,
 * alone at least. */
typedef struct rg__runs {
    uint32_t *top;     /* per node: the node of its run that dominates all others */
    uint32_t *members; /* per top: how many there are */
    size_t room;
    rg_allocator allocator;
} rg__runs;

/* RG_OK or RG_ERR_NOMEM; dispose in either case. O(V). */
RG_CHECKED rg_status rg__runs_find(rg__runs *self, const rg__tree *tree,
                                   const rg_allocator *allocator);
void rg__runs_dispose(rg__runs *self);

/* ---- levels ---- */

/* Objects of one type, by their places. */
typedef struct rg__level {
    uint32_t *places;
    size_t count, capacity;
    uint32_t type;
    uint64_t size; /* that they retain */
    rg_allocator allocator;
} rg__level;

void rg__level_dispose(rg__level *self);
RG_CHECKED rg_status rg__level_add(rg__level *self, const rg__tree *tree, uint64_t place);
/* Where the objects are but the containers, functions or few holders of many others of one type,
 * these take their place. `tally` is empty before and after. RG_OK or RG_ERR_NOMEM. O(what is
 * looked through). */
RG_CHECKED rg_status rg__level_descend(rg__level *self, const rg__tree *tree, rg__tally *tally);

/* ---- candidates ---- */

/* A node that is looked into; node RG_NONE: the virtual root. */
typedef struct rg__point {
    uint32_t place, node;
    uint32_t owner; /* whose `__dict__` it is, or RG_NONE */
    bool is_open;   /* all of a program is in it: the virtual root, modules, classes, frames */
} rg__point;

typedef struct rg__candidate {
    rg_accumulation_kind kind;
    rg__point point;
    uint32_t type;
    uint64_t count, size;
    uint64_t below; /* members: only those that retain less */
} rg__candidate;

typedef struct rg__candidates {
    rg__candidate *items;
    size_t count, capacity;
    uint64_t *named; /* a bit per node that has a name of its own in what dominates it */
    uint64_t *usual; /* a bit per node of which every heap has many */
    rg__runs runs;
    rg_allocator allocator;
} rg__candidates;

/* No two of them count a byte twice, and none has less than `least` (at least 1) bytes. To be
 * disposed of in either case. RG_OK or RG_ERR_NOMEM. O(V + E). */
RG_CHECKED rg_status rg__candidates_find(rg__candidates *self, const rg__tree *tree, uint64_t least,
                                         const rg_allocator *allocator);
void rg__candidates_dispose(rg__candidates *self, const rg_graph *graph);
/* Whether the child of a point at `place` is one of many there, and nothing by itself. */
bool rg__candidates_groups(const rg__candidates *self, const rg__tree *tree, const rg__point *point,
                           uint64_t place);

#endif
