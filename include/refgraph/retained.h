/** @file
 * Who keeps how much: dominators, retained sizes, owners, where bytes come together. See analysis.h.
 */
#ifndef REFGRAPH_RETAINED_H
#define REFGRAPH_RETAINED_H

#include <refgraph/chains.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- dominators and retained sizes -------------------------------------------------------------------- */

/** What goes when an object goes. An object dominates another if every way to that from a root leads through
 * it: it alone keeps the other alive, and retains itself and all that it dominates.
 *
 * The roots hang on a virtual root. So do objects that no root reaches: of each strongly connected component
 * of garbage that no other garbage leads to one object, the lowest instance of a class written in Python if
 * there is one, else the lowest. Edges of every strength but weak are followed.
 *
 * The tree of dominators lies flat in `order`: behind order[i] stand the objects that it dominates, in
 * order[i + 1 … i + count[order[i]] - 1]. */
typedef struct rg_retained {
    uint32_t *dominator; /* per node: the nearest that dominates it; RG_NONE: nothing but the roots
                            together does */
    uint32_t *count;     /* per node: objects retained, itself included */
    uint64_t *size;      /* per node: their sizes, bytes */
    uint32_t *order;     /* every node once, each behind its dominator */
    uint32_t node_count;
    rg_allocator allocator;
} rg_retained;

/** Dominators by SEMI-NCA (Georgiadis, Tarjan, Werneck, "Finding dominators in practice", JGAA 10, 2006), then
 * sums up the tree. O(E log V), in practice linear; at most 24 bytes a node and a bit an edge while it runs, of
 * which 20 a node are the result.
 * @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_retained_find(rg_retained *out, const rg_graph *graph,
                                             const rg_allocator *allocator);
RG_API void rg_retained_dispose(rg_retained *self);

/** What a node retains, itself included. */
typedef struct rg_retained_sum {
    uint64_t size, count; /* bytes, objects */
} rg_retained_sum;

/** What some nodes retain each, as in rg_retained, without finding that for all.
 * @param out one per node, written on success.
 * @param most how many nodes they may retain together, where they are several: more are better asked of
 * rg_retained_find.
 * O(V + E) for two searches, about a tenth of the time that rg_retained_find takes, and what dominators cost for what
 * they retain; for one node nothing more. A bit an edge and 4 bytes a node.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT (more than `most`), RG_ERR_ARGUMENT (no such node). */
RG_API RG_CHECKED rg_status rg_retained_some_find(rg_retained_sum *out, const rg_graph *graph,
                                                  const uint32_t *nodes, size_t count,
                                                  uint32_t most, const rg_allocator *allocator);

/** The nodes that retain most bytes, most first; of those that retain the same the dominator first; at most
 * `limit`. O(V log limit).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (retained of another graph). */
RG_API RG_CHECKED rg_status rg_retained_top_find(rg_node_list *out, const rg_graph *graph,
                                                 const rg_retained *retained, size_t limit,
                                                 const rg_allocator *allocator);

/** By what objects are put together. */
typedef enum rg_grouping { RG_BY_TYPE = 0, RG_BY_MODULE /**< of their types */ } rg_grouping;

/** The objects of one group and what they retain, each counted once: what several of them dominate, one
 * through another, is the topmost one's. What only several of them together keep is not in it: rg_what_if_find
 * for all of them tells that. */
typedef struct rg_retained_total {
    uint32_t type; /* of one of the objects */
    uint64_t count, size;
    uint64_t kept_count, kept_size; /* themselves included */
} rg_retained_total;

/** By falling kept_size. Owned. */
typedef struct rg_retained_totals {
    rg_retained_total *items;
    size_t count, capacity;
    rg_allocator allocator;
} rg_retained_totals;

/** Types of one module and name are one group; so are builtins and types without a module. O(V + types log
 * types). @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (retained of another graph, unknown grouping). */
RG_API RG_CHECKED rg_status rg_retained_totals_find(rg_retained_totals *out, const rg_graph *graph,
                                                    const rg_retained *retained,
                                                    rg_grouping grouping,
                                                    const rg_allocator *allocator);
RG_API void rg_retained_totals_dispose(rg_retained_totals *self);

/** How bytes come together in one place. */
typedef enum rg_accumulation_kind {
    RG_ACCUMULATION_MEMBERS = 0, /**< many objects of one type that one object keeps */
    RG_ACCUMULATION_RUN,         /**< many of one type behind one another: a linked list, a tree */
    RG_ACCUMULATION_SINGLE       /**< one object that is so big itself */
} rg_accumulation_kind;

/** A place where bytes come together, its *accumulation point*, and what it holds. */
typedef struct rg_accumulation {
    rg_accumulation_kind kind;
    uint32_t point;   /* the nearest object that alone keeps them; the owner for a `__dict__` that
                         only it (or a module, a class) has; the first of a run; RG_NONE: several
                         roots do */
    uint32_t type;    /* of the objects */
    uint32_t example; /* the one of them that retains most */
    uint64_t first, count; /* they: rg_accumulations.members[first .. first + count), ascending */
    uint64_t size;        /* bytes that they retain, with what they are in; of a run without what is
                              an accumulation itself */
    uint32_t outer_type;  /* what they are in, and `point` keeps itself: containers, functions, a */
    uint64_t outer_count; /* few others. Where nothing is between, type and count again */
} rg_accumulation;

/** By falling size. Owned. */
typedef struct rg_accumulations {
    rg_accumulation *items;
    size_t count, capacity;
    uint32_t *members;
    size_t member_count, member_capacity;
    uint64_t least; /* bytes below which nothing is told */
    rg_allocator allocator;
} rg_accumulations;

/** The largest accumulations of at least `least` bytes (0: a twentieth of the heap), at most
 * `limit`. No byte is in two of them: one that lies in another is found where it is, and the other
 * is what remains of it.
 *
 * The tree of dominators is gone down into children that have a name of their own there
 * (attribute, variable, cell), and into one that has four fifths of what the children of its type
 * have. Other children are put together by type, and so are those with a name that are small: less
 * than `least`. Where they are containers or functions, what those are there for is told, but not
 * of the roots together, where containers have nothing else in common. What every heap has at
 * modules, classes, frames and roots is left out there: classes, functions, modules, immortal
 * objects.
 *
 * O(V + E), 12 bytes a node while it runs, and lists of the objects at hand. The idea of an
 * accumulation point is Eclipse MAT's.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (retained of another graph). */
RG_API RG_CHECKED rg_status rg_accumulations_find(rg_accumulations *out, const rg_graph *graph,
                                                  const rg_retained *retained, uint64_t least,
                                                  size_t limit, const rg_allocator *allocator);
RG_API void rg_accumulations_dispose(rg_accumulations *self);

/** What a person knows an owner as; the first that fits. */
typedef enum rg_owner_kind {
    RG_OWNER_VARIABLE = 0, /**< the value of a variable of a module in sys.modules, or of a running
                                frame: what it dominates is its own */
    RG_OWNER_MODULE, /**< a module, its dict and keys, and what several of its variables share */
    RG_OWNER_FRAME,  /**< a running frame, and what several of its variables share */
    RG_OWNER_ROOT,   /**< what a thread or the interpreter has in a field, or a frame at hand */
    /* The others put objects of one type together, with what those dominate: */
    RG_OWNER_LASTING, /**< static types and immortal objects */
    RG_OWNER_OUTSIDE, /**< references that no object explains hold it: C code, or a leaked count */
    RG_OWNER_SHARED,  /**< several owners hold it, and none alone */
    RG_OWNER_GARBAGE, /**< no root reaches it */
    RG_OWNER_KIND_COUNT
} rg_owner_kind;

typedef struct rg_owner {
    rg_owner_kind kind;
    uint32_t node;        /* the object; from RG_OWNER_LASTING on the first of them */
    uint64_t count, size; /* of all that it owns, itself included */
} rg_owner;

/** Each object has one owner, so that the totals of all owners add up to those of the graph. Owned. */
typedef struct rg_owners {
    rg_owner *items; /* by falling size */
    size_t count, capacity;
    uint32_t *owner_of; /* per node: an index of items */
    uint32_t node_count;
    rg_allocator allocator;
} rg_owners;

/** Down the tree of dominators, the owner of an object is the first on the way to it that is neither a module,
 * nor a module's dict, nor a running frame or a cell of its variables. O(V + E).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (retained of another graph). */
RG_API RG_CHECKED rg_status rg_owners_find(rg_owners *out, const rg_graph *graph,
                                           const rg_retained *retained,
                                           const rg_allocator *allocator);
RG_API void rg_owners_dispose(rg_owners *self);

/** Append an owner as a person reads it: `sys.modules['app'].CACHE`, `module app (itself, and what its
 * variables share)`, `app.Session, held by several owners`, `dict, garbage`. The cheapest chain names an
 * object, as rg_chain_write_expression does. RG_ERR_NOMEM leaves the buffer as it was.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (distances of another graph). */
RG_API RG_CHECKED rg_status rg_owner_write(const rg_owner *self, const rg_graph *graph,
                                           const rg_distances *distances, rg_buffer *out);

/** Append all of them, a line each. */
RG_API RG_CHECKED rg_status rg_owners_write(const rg_owners *self, const rg_graph *graph,
                                            const rg_distances *distances, rg_buffer *out);

/** Append nodes, a line each: the cheapest chain, as rg_chain_write_expression does; where no root reaches a
 * node, its type and text. RG_ERR_NOMEM leaves the buffer as it was. O(steps).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such node, distances of another graph). */
RG_API RG_CHECKED rg_status rg_nodes_write(const rg_graph *graph, const rg_distances *distances,
                                           const uint32_t *nodes, size_t count, rg_buffer *out);

/** What is to be taken away: objects, with every reference from and to them, and single references (by
 * edge.index; parallel ones stay). */
typedef struct rg_removal {
    const uint32_t *nodes;
    size_t node_count;
    const uint64_t *edges;
    size_t edge_count;
} rg_removal;

/** What would go with it. Owned. */
typedef struct rg_what_if {
    uint32_t *nodes; /* ascending; those taken away are among them */
    size_t count;
    uint64_t size; /* bytes */
    rg_allocator allocator;
} rg_what_if;

/** Everything that no root reaches any more, each object once: a search from the roots that avoids what is
 * taken away, hence exact also for many nodes together. Garbage is held where rg_retained hangs it, so that
 * for one node the answer is what it retains. O(V + E), 4 bytes a node and a bit an edge.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such node or edge). */
RG_API RG_CHECKED rg_status rg_what_if_find(rg_what_if *out, const rg_graph *graph,
                                            const rg_removal *removal,
                                            const rg_allocator *allocator);
RG_API void rg_what_if_dispose(rg_what_if *self);

#ifdef __cplusplus
}
#endif
#endif
