/** @file
 * Which objects there are, where they were allocated, and what is next to them. See analysis.h for what holds
 * for every question.
 */
#ifndef REFGRAPH_OBJECTS_H
#define REFGRAPH_OBJECTS_H

#include <refgraph/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types ------------------------------------------------------------------------------------- */

/** What the nodes of one type amount to. */
typedef struct rg_type_total {
    uint64_t count;   /* nodes */
    uint64_t size;    /* their shallow sizes, bytes */
    uint32_t first;   /* the lowest node id, or RG_NONE */
    uint32_t largest; /* a node of the greatest shallow size, the lowest id of them; or RG_NONE */
} rg_type_total;

/** One total per type of the graph, by type index; owned. */
typedef struct rg_type_totals {
    rg_type_total *items;
    uint32_t count;
    rg_allocator allocator;
} rg_type_totals;

/** Count and add up the nodes of every type. O(V).
 * @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_type_totals_find(rg_type_totals *out, const rg_graph *graph,
                                                const rg_allocator *allocator);
/** The same for some nodes: ascending, each once. O(nodes + types).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such node, not ascending). */
RG_API RG_CHECKED rg_status rg_nodes_totals_find(rg_type_totals *out, const rg_graph *graph,
                                                 const uint32_t *nodes, size_t node_count,
                                                 const rg_allocator *allocator);
RG_API void rg_type_totals_dispose(rg_type_totals *self);

/** Node ids, owned. */
typedef struct rg_node_list {
    uint32_t *items;
    size_t count;
    rg_allocator allocator;
} rg_node_list;
RG_API void rg_node_list_dispose(rg_node_list *self);

/** The nodes whose type is one of `types`, ascending, each once. O(V).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such type). */
RG_API RG_CHECKED rg_status rg_type_nodes_find(rg_node_list *out, const rg_graph *graph,
                                               const uint32_t *types, size_t type_count,
                                               const rg_allocator *allocator);

/* ---- places of allocation ------------------------------------------------------------------------ */

/** What the nodes allocated by one line amount to. */
typedef struct rg_site_total {
    rg_location place; /* file RG_NONE: not known (tracemalloc was off, or began later) */
    uint32_t first;    /* one of the nodes */
    uint64_t count;    /* nodes */
    uint64_t size;     /* their shallow sizes, bytes */
} rg_site_total;

/** Places by falling size, then count; owned. */
typedef struct rg_site_totals {
    rg_site_total *items;
    size_t count;
    size_t capacity;
    rg_allocator allocator;
} rg_site_totals;

/** Some nodes by the line that allocated them, whatever called it.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such node). O(nodes + S log S), S the graph's sites. */
RG_API RG_CHECKED rg_status rg_site_totals_find(rg_site_totals *out, const rg_graph *graph,
                                                const uint32_t *nodes, size_t node_count,
                                                const rg_allocator *allocator);
RG_API void rg_site_totals_dispose(rg_site_totals *self);

/* ---- referrers --------------------------------------------------------------------------------- */

/** Edges, owned. */
typedef struct rg_edge_list {
    rg_edge *items;
    size_t count;
    rg_allocator allocator;
} rg_edge_list;
RG_API void rg_edge_list_dispose(rg_edge_list *self);

/** Every in-edge of `node`, by ascending source and then index; a source that refers twice is
 * there twice. Weak ones too, where `weakest` is RG_STRENGTH_WEAK. O(sum of the out-degrees of its referrers).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such node). */
RG_API RG_CHECKED rg_status rg_referrers_find(rg_edge_list *out, const rg_graph *graph,
                                              uint32_t node, rg_strength weakest,
                                              const rg_allocator *allocator);

/** Append what the references to an object are, as one line: `refcount 3 = 1 list item + 1 attribute + 1
 * unexplained`. Edges that are not weak and the references of roots are counted, the most numerous kind
 * first. Where they do not add up to the refcount no equation is claimed: `refcount 5; found: 2 list
 * items`. An immortal object says `immortal` and no more. RG_ERR_NOMEM leaves the buffer as it was.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such node). O(roots + sum of the out-degrees of its
 * referrers). */
RG_API RG_CHECKED rg_status rg_references_write(const rg_graph *graph, uint32_t node,
                                                rg_buffer *out);

/* ---- what objects reach ------------------------------------------------------------------------ */

/** What some nodes reach, themselves included. */
typedef struct rg_reached {
    uint64_t count; /* nodes, each once */
    uint64_t size;  /* their shallow sizes, bytes: the deep size */
} rg_reached;

/** Follow edges of strength own from some nodes, and enter nothing that is part of the program (RG_NODE_PROGRAM)
 * unless it was asked for. What others hold as well is counted too: rg_what_if_find tells what would go.
 * O(nodes reached and their edges), 20 bytes a node reached.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such node). */
RG_API RG_CHECKED rg_status rg_reached_find(rg_reached *out, const rg_graph *graph,
                                            const uint32_t *nodes, size_t node_count,
                                            const rg_allocator *allocator);

/** Which way to walk from the asked-for nodes. */
typedef enum rg_direction { RG_REFERRERS = 0, RG_REFERENTS = 1 } rg_direction;

/** How far rg_neighbourhood_find goes. A zeroed struct takes every default. */
typedef struct rg_neighbourhood_options {
    rg_direction direction;
    uint32_t depth;      /* steps; 0: 3. A folded `__dict__` is no step */
    uint32_t too_many;   /* new neighbours per node; the rest become an omission; 0: 10 */
    uint32_t max_nodes;  /* nodes in all; the rest become omissions; the asked-for nodes are always
                            there; 0: 2,000 */
    rg_strength weakest; /* RG_STRENGTH_OWN: only own edges; RG_STRENGTH_WEAK: all */
    bool keep_dicts;     /* true: do not fold an owner's `__dict__` into it */
} rg_neighbourhood_options;

/** The neighbourhood of some nodes, breadth first: what refers to them (or what they refer to),
 * instances', modules' and classes' `__dict__` folded into their owner (edge.folded). Every edge of
 * the graph between two selected nodes that points the walked way and was met is included; an
 * omission counts the distinct neighbours of a node that are not selected. Nodes at the full depth are
 * not looked into: they have neither. Going to referrers does not expand module roots, unless they
 * were asked for.
 * A dict folds when `.__dict__` of its owner is the only own edge into it, it holds nothing but keys
 * and values, and nobody asked for it; what else refers to it (a function to its globals) refers to
 * the owner. Its keys are left out. Going to referents, keys that are a str or a literal are left out
 * everywhere: the names of the edges say them.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no targets, an id out of range). */
RG_API RG_CHECKED rg_status rg_neighbourhood_find(rg_subgraph *out, const rg_graph *graph,
                                                  const uint32_t *targets, size_t target_count,
                                                  const rg_neighbourhood_options *options,
                                                  const rg_allocator *allocator);

#ifdef __cplusplus
}
#endif
#endif
