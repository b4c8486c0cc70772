/** @file
 * Reference cycles: which survive, why, and which reference to cut. See analysis.h.
 */
#ifndef REFGRAPH_CYCLES_H
#define REFGRAPH_CYCLES_H

#include <refgraph/chains.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- strongly connected components ------------------------------------------------------------------ */

/** Which component each node is in. Two nodes are in one if each is reached from the other. */
typedef struct rg_scc {
    uint32_t
        *component; /* per node; numbered so that an edge between two leads from the higher to the
                            lower (reverse topological order) */
    uint32_t node_count;
    uint32_t count; /* components */
    rg_allocator allocator;
} rg_scc;

/** The strongly connected components over edges no weaker than `weakest` (never weak ones).
 * Pearce, "A space-efficient algorithm for finding strongly connected components" (Inf. Proc. Letters
 * 116, 2016), with stacks of its own in the place of recursion. O(V + E) time, 8 bytes and a bit a node besides
 * the result.
 * @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_scc_find(rg_scc *out, const rg_graph *graph, rg_strength weakest,
                                        const rg_allocator *allocator);
RG_API void rg_scc_dispose(rg_scc *self);

/* ---- cycles --------------------------------------------------------------------------------------- */

/** What becomes of a cycle; the first that fits. */
typedef enum rg_verdict {
    RG_VERDICT_OUTSIDE =
        0,                /**< no root uses it, and no collection frees it: references that nothing
                                 explains, or that the collector is not told of, hold it */
    RG_VERDICT_FROZEN,    /**< gc.freeze() has put it, or garbage that holds it, aside */
    RG_VERDICT_FINALIZER, /**< garbage; freeing it runs code, or fails for it (tp_del) */
    RG_VERDICT_GC_OFF,    /**< garbage that nothing frees before gc.collect() is called */
    RG_VERDICT_CROSS_GENERATION, /**< garbage that a collection of its youngest member's generation
                                      cannot free: an older object is in it, or holds it */
    RG_VERDICT_ISOLATED,         /**< garbage; the next collection that looks at it frees it */
    RG_VERDICT_IN_USE,           /**< a root reaches it */
    RG_VERDICT_COUNT
} rg_verdict;
/** "isolated", "isolated, cross-generation", "with a finalizer", …: static. */
RG_API const char *rg_verdict_text(rg_verdict verdict);

/** Cycle flags. */
enum {
    RG_CYCLE_ISOLATED = 1 << 0, /**< garbage that a full collection frees */
    RG_CYCLE_CROSS_GENERATION = 1 << 1,
    RG_CYCLE_FINALIZER = 1 << 2, /**< any of the next four */
    RG_CYCLE_HAS_DEL = 1 << 3,   /**< a member has a `__del__` */
    RG_CYCLE_IN_TRY = 1 << 4,    /**< a generator or coroutine suspended inside `try` or `with` */
    RG_CYCLE_UNCOLLECTABLE = 1 << 5, /**< a member has a tp_del: gc.garbage gets it */
    RG_CYCLE_HAS_CALLBACK = 1 << 6,  /**< a weak reference from elsewhere has a callback */
    RG_CYCLE_FINALIZED = 1 << 7,     /**< the finalizer of a member has run: resurrected */
    RG_CYCLE_FROZEN = 1 << 8,        /**< a member is frozen, or frozen garbage holds it */
    RG_CYCLE_UNEXPLAINED =
        1 << 9,                /**< unexplained or probable references lead to it, no other root */
    RG_CYCLE_UNSEEN = 1 << 10, /**< held by references that the collector is not told of */
    RG_CYCLE_IN_USE = 1 << 11,
    RG_CYCLE_OF_CLASS = 1 << 12 /**< nothing but classes and their functions: every class that uses
                                     super() is in such a cycle */
};

/** A cycle: the objects of one strongly connected component that has an edge. Edges of the strengths
 * own and frame make it; among what no root reaches infrastructure too, since there the collector
 * has only its references to go by. */
typedef struct rg_cycle {
    uint32_t first; /* its objects: rg_cycles.members[first .. first + count), ascending */
    uint32_t count;
    uint32_t group;
    uint32_t flags; /* RG_CYCLE_… */
    rg_verdict verdict;
    uint8_t generations; /* bit g: a member is in generation g (also RG_GENERATION_PERMANENT) */
    uint8_t freed_by;    /* the youngest collection, gc.collect(0, 1 or 2), that frees it;
                            RG_GENERATION_NONE: none does */
    uint64_t size;       /* of the members, bytes */
    uint64_t kept_count; /* objects that only it reaches, beside the members */
    uint64_t kept_size;  /* their sizes, bytes */
} rg_cycle;

/** Cycles of one shape: verdict, whether there is a finalizer and whether one has run, types of the members (of
 * frames, functions, classes and modules: which), and the set of (type, name, type) of the references
 * between them, positions and keys of containers taken for equal.
 * Sums are over all of them. */
typedef struct rg_cycle_group {
    uint32_t first; /* cycles: rg_cycles.items[first .. first + count); the first, with the fewest
                       members, is the example */
    uint32_t count;
    rg_verdict verdict;
    uint32_t flags;      /* those that all of them have */
    uint8_t generations; /* of all of them */
    uint64_t object_count, size;
    uint64_t kept_count, kept_size;
} rg_cycle_group;

typedef struct rg_cycles {
    rg_cycle *items; /* by group */
    size_t count;
    rg_cycle_group
        *groups; /* by verdict, those of classes last, then falling size with what is kept */
    size_t group_count;
    uint32_t *members;
    size_t member_count;
    uint32_t
        *garbage; /* every node that a full collection finds, ascending: members of isolated cycles,
                          and what hangs on them and the collector is told of */
    size_t garbage_count;
    uint64_t garbage_size; /* bytes */
    rg_allocator allocator;
} rg_cycles;

/** How cycles are judged. A zeroed struct takes every default. */
typedef struct rg_cycle_options {
    bool assume_enabled; /* judge as if the collector were on: somebody has turned it off to look */
} rg_cycle_options;

/** Every cycle of a graph, what becomes of it, and groups of equal shape. The verdict follows the
 * collector's own rules (CPython Modules/gcmodule.c, Python/gc.c: deduce_unreachable,
 * handle_weakrefs, finalize_garbage) on the references as captured; nothing is freed or touched.
 * `options` NULL: the defaults. O(V + E log V), about 80 bytes a node while it runs.
 * @return RG_OK, RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_cycles_find(rg_cycles *out, const rg_graph *graph,
                                           const rg_cycle_options *options,
                                           const rg_allocator *allocator);
RG_API void rg_cycles_dispose(rg_cycles *self);

/** Which cycles are wanted: all of the flags, none of the others, a member of one of the types (NULL:
 * any), and a member that is not among the known nodes. A zeroed struct wants all. */
typedef struct rg_cycle_filter {
    uint32_t with, without; /* RG_CYCLE_… */
    const uint32_t *types;
    size_t type_count;
    const uint32_t *known; /* ascending */
    size_t known_count;
} rg_cycle_filter;
/** A copy with those alone; groups that lose all cycles are left out, and of the garbage stays what the
 * isolated ones among them are and reach. O(V + E + members log known).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such type). */
RG_API RG_CHECKED rg_status rg_cycles_select(rg_cycles *out, const rg_cycles *self,
                                             const rg_graph *graph, const rg_cycle_filter *filter,
                                             const rg_allocator *allocator);

/** The members of a cycle by type: one total per type of the graph. O(types + members).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such cycle). */
RG_API RG_CHECKED rg_status rg_cycle_types_find(rg_type_totals *out, const rg_graph *graph,
                                                const rg_cycles *cycles, size_t cycle,
                                                const rg_allocator *allocator);

/** The member that is the cheapest to reach from a root: where what holds it is to be looked for. The first
 * member where no root reaches it. `distances`, of the same graph, must not be NULL, and `cycle` be below the
 * count. O(members). */
RG_API uint32_t rg_cycle_nearest(const rg_cycles *cycles, size_t cycle,
                                 const rg_distances *distances);

/** The nodes of a later graph that were members of an earlier one's cycles, ascending: what rg_cycle_filter.known
 * takes to leave out cycles that were there before. `collected` is the oldest generation that was
 * collected in between, or -1: what such a collection frees is gone, and another object may be in its place.
 * O(Va + Vb + members log Va). @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_cycles_known_find(rg_node_list *out, const rg_graph *before,
                                                 const rg_cycles *cycles, int collected,
                                                 const rg_graph *after,
                                                 const rg_allocator *allocator);

/** What only a cycle reaches, beside its members: ascending. O(V + E).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such cycle). */
RG_API RG_CHECKED rg_status rg_cycle_kept_find(rg_node_list *out, const rg_graph *graph,
                                               const rg_cycles *cycles, size_t cycle,
                                               const rg_allocator *allocator);

typedef struct rg_cut rg_cut;

/** One shortest cycle through the members: each edge begins where the one before ends, the last ends
 * where the first begins. It begins at the object that tells most (an instance, if there is one). */
typedef struct rg_cycle_path {
    rg_edge *edges;
    size_t count;
    bool
        is_shortest; /* false: the search was given up after 2^26 edges; this is the shortest met */
    rg_allocator allocator;
} rg_cycle_path;
RG_API RG_CHECKED rg_status rg_cycle_path_find(rg_cycle_path *out, const rg_graph *graph,
                                               const rg_cycles *cycles, size_t cycle,
                                               const rg_allocator *allocator);
RG_API void rg_cycle_path_dispose(rg_cycle_path *self);
/** Turn a path so that it ends with a reference of the cut, if it has one: a picture runs down the path, and
 * the reference that leads back up is the one to cut. Of a cut of many the first 16 are looked at. O(path). */
RG_API void rg_cycle_path_turn(rg_cycle_path *self, const rg_cut *cut);

/** Which references to cut, so that reference counting alone frees the members. */
struct rg_cut {
    rg_edge *edges;
    size_t count;
    bool is_enough;  /* without them no cycle is left that could be cut (a class's own, through its
                        `__mro__`, cannot) */
    bool is_bounded; /* the search for the fewest was given up, or not begun: too many references */
    bool leaves_cycle; /* one is left that nobody can cut, of a class and its functions, a module in
                          itself: what is in it waits for the collector */
    rg_allocator allocator;
};
/** One reference that leads back and whose removal leaves no cycle, if there is one; else all of one
 * shape that leads back (every `Node.parent`); else one attribute, or all attributes of one shape; else any
 * one; else two, where few can be cut; else a set
 * by the heuristic of Eades, Lin, Smyth ("A fast and effective heuristic for the feedback arc set problem",
 * Inf. Proc. Letters 47, 1993), less what is not needed. References lead back that are named `parent`,
 * `owner` and the like, callbacks, `__traceback__`, and the variable of an `except`; after them come
 * attributes, then items. Those to types and modules are never cut, those to frames only where a variable
 * holds one.
 * @return RG_OK (count 0: nothing can be cut), RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such cycle). */
RG_API RG_CHECKED rg_status rg_cycle_cut_find(rg_cut *out, const rg_graph *graph,
                                              const rg_cycles *cycles, size_t cycle,
                                              const rg_allocator *allocator);
RG_API void rg_cut_dispose(rg_cut *self);

/** What a picture of a cycle shows: its objects, those of `path` and the ends of `cut` first, and every
 * reference of the cycle's strengths between them; owners' `__dict__`s folded into them. At most
 * `max_nodes` (0: 40) objects, the rest as one omission. Targets: none.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such cycle). */
RG_API RG_CHECKED rg_status rg_cycle_subgraph_find(rg_subgraph *out, const rg_graph *graph,
                                                   const rg_cycles *cycles, size_t cycle,
                                                   const rg_cycle_path *path, const rg_cut *cut,
                                                   uint32_t max_nodes,
                                                   const rg_allocator *allocator);

/** Why freeing an object runs code, or fails. */
typedef enum rg_finalizer_kind {
    RG_FINALIZER_DEL = 0,  /**< `__del__` */
    RG_FINALIZER_IN_TRY,   /**< suspended inside `try` or `with` */
    RG_FINALIZER_LEGACY,   /**< tp_del */
    RG_FINALIZER_CALLBACK, /**< a weak reference to it has a callback */
    RG_FINALIZER_COUNT
} rg_finalizer_kind;
RG_API const char *rg_finalizer_text(rg_finalizer_kind kind); /**< "__del__", …: static */
typedef struct rg_finalizer {
    uint32_t node;
    rg_finalizer_kind kind;
    bool has_run;
} rg_finalizer;
typedef struct rg_finalizers {
    rg_finalizer *items; /* by node */
    size_t count, capacity;
    rg_allocator allocator;
} rg_finalizers;
/** The finalizers of a cycle. O(members); where a weak reference has a callback, O(V + E log members).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such cycle). */
RG_API RG_CHECKED rg_status rg_cycle_finalizers_find(rg_finalizers *out, const rg_graph *graph,
                                                     const rg_cycles *cycles, size_t cycle,
                                                     const rg_allocator *allocator);
RG_API void rg_finalizers_dispose(rg_finalizers *self);

/* ---- words for cycles --------------------------------------------------------------------------- */

/** Append a path as one line, such as `app.Child.parent → app.Parent.children['x'] → app.Child`:
 * containers between two objects are steps, not objects. RG_ERR_NOMEM leaves the buffer as it was. */
RG_API RG_CHECKED rg_status rg_cycle_path_write(const rg_cycle_path *self, const rg_graph *graph,
                                                rg_buffer *out);
/** Append what to cut: `app.Child.parent`, `every app.Node.prev (12 references)`. */
RG_API RG_CHECKED rg_status rg_cut_write(const rg_cut *self, const rg_graph *graph, rg_buffer *out);
/** Append how, in code: `weakref.ref(…)`, `del err`, `traceback.clear_frames(…)`; nothing where nothing can
 * be cut. */
RG_API RG_CHECKED rg_status rg_cut_write_advice(const rg_cut *self, const rg_graph *graph,
                                                rg_buffer *out);
/** Append a cycle's fate as a sentence or more, with what holds it where it is not freed. */
RG_API RG_CHECKED rg_status rg_cycle_write_fate(const rg_graph *graph, const rg_cycles *cycles,
                                                size_t cycle, rg_buffer *out);
/** Append the report: how many cycles of which fate, then the groups, worst first, at most `limit`
 * of each fate (0: 10). `distances` of the same graph, or NULL: say what holds those that are in use. */
RG_API RG_CHECKED rg_status rg_cycles_write(const rg_cycles *self, const rg_graph *graph,
                                            const rg_distances *distances, size_t limit,
                                            rg_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
