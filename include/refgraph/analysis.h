/** @file
 * Questions to a frozen graph. Each function reads the graph only, from any thread, and returns
 * node ids and plain structs; `weakest` is the weakest edge strength that it follows.
 * `allocator` NULL means the graph's own.
 */
#ifndef REFGRAPH_ANALYSIS_H
#define REFGRAPH_ANALYSIS_H

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

/* ---- chains ------------------------------------------------------------------------------------ */

/** Cost of the cheapest path from any root to each node: high 32 bits count the edges that are
 * not *own* (and 1 for a root of kind FRAME, TYPE, PROBABLE or NATIVE), low 32 bits the steps (and 3 for a
 * root of kind INTERPRETER, THREAD or OTHER). RG_UNREACHED where there is none. */
#define RG_UNREACHED UINT64_MAX
typedef struct rg_distances {
    uint64_t *cost; /* one per node */
    uint32_t *
        root; /* the root (index into the graph's roots) whose node starts here, per node; or RG_NONE */
    uint32_t
        *via; /* the node before it on a cheapest path: over the best named edge, of those the first
                      in the order of roots and of references; RG_NONE where an object has no cheaper
                      way than to be a root, and where it is unreached */
    uint32_t node_count;
    rg_strength weakest;
    rg_allocator allocator;
} rg_distances;

/** One forward breadth-first search with two queues: all that own edges reach first, then one
 * weaker edge, and so on. Weak edges are never followed: they keep nothing alive. O(V + E), no
 * recursion.
 * @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_distances_find(rg_distances *out, const rg_graph *graph,
                                              rg_strength weakest, const rg_allocator *allocator);
RG_API void rg_distances_dispose(rg_distances *self);

/** A path from a root to the target. */
typedef struct rg_chain {
    uint32_t root;  /* index into the graph's roots */
    rg_edge *edges; /* root first; empty when the target is itself a root */
    size_t edge_count;
    uint64_t cost; /* as in rg_distances */
    bool
        independent; /* shares no object with the chains before it, but its root (and the root's `__dict__`) */
    uint64_t alike;    /* other holders with a chain of the same shape (types and names, indices and
                          keys folded to [*]) that are not listed */
    uint64_t parallel; /* further references of the strengths followed from the last holder to the
                          target, beside the last edge */
} rg_chain;

typedef struct rg_chains {
    rg_chain *items; /* cheapest first among independent ones, then the others */
    size_t count;
    uint64_t holder_count; /* distinct objects that refer to the target with a strength followed */
    uint64_t unreached;    /* holders that no root reaches except through the target itself */
    uint64_t root_count;   /* roots that are the target itself: holders that are no objects */
    uint64_t root_references; /* how many of its references those are */
    uint64_t examined; /* holders whose fate is known: listed, alike, unreached, or one of a chain
                              beyond `limit`. Less than holder_count where a bound was met (below) */
    rg_allocator allocator;
} rg_chains;

/** The best chains to `target`, each through a different holder. The first is a shortest path;
 * then greedily the cheapest path that shares no object with those before it (a root and its
 * `__dict__` may be shared); then, while fewer than `limit`, the cheapest chain through each holder
 * not yet seen, one per shape. Parallel edges do not make chains of their own.
 * `distances` must come from the same graph. An exact A* search backwards, with the distances as
 * its lower bound: O(length) for the first, and what it visits for the others.
 *
 * A holder is an object that refers to the target; where that is a dict which its owner has as
 * `__dict__`, the owner (the lowest, should there be several). C code that holds the target is none: each
 * root that the target is has a chain of its own without edges, among the independent ones, and begins no
 * other chain. Of roots that cost the same the one that tells most comes first (modules, other names,
 * frames, immortal objects, probable places, references from C). Among paths of one cost a step that is
 * named by attribute, index, key or variable is preferred to one that nothing spells.
 *
 * Bounds, so that no question takes minutes: a search gives up after 2^20 objects, all searches of a
 * question together after 2^28 edges, and at most 4,096 holders, the nearest to a root, are examined
 * one by one. The first chain and holder_count are exact in any case; when a search gives up there may
 * be more independent chains than are listed, and `examined` says for how many holders the answer
 * holds.
 * @return RG_OK (count 0: no root reaches it, or limit 0), RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such
 * node, distances of another graph). */
RG_API RG_CHECKED rg_status rg_chains_find(rg_chains *out, const rg_graph *graph,
                                           const rg_distances *distances, uint32_t target,
                                           size_t limit, const rg_allocator *allocator);
RG_API void rg_chains_dispose(rg_chains *self);

/* ---- signatures -------------------------------------------------------------------------------- */

/** Nodes whose signatures read the same. */
typedef struct rg_signature_group {
    rg_string text; /* borrowed from the rg_signatures; one line of valid UTF-8 */
    uint64_t id; /* FNV-1a (64 bits) of the text: the same from run to run and machine to machine */
    uint64_t count;   /* targets */
    uint64_t size;    /* their shallow sizes, bytes */
    uint32_t first;   /* its targets: rg_signatures.members[first .. first + count) */
    uint32_t example; /* of the targets with the cheapest chain the lowest */
    bool is_reached;  /* false: no root reaches them, and the text says what refers to them */
} rg_signature_group;

/** Groups by falling size, then count, then text; owned. */
typedef struct rg_signatures {
    rg_signature_group *groups;
    size_t group_count;
    uint32_t *group_of; /* per target, in the order in which they were asked for */
    uint32_t *members; /* the targets by group, in each in the order in which they were asked for */
    size_t target_count;
    char *texts; /* of the groups */
    size_t text_size;
    rg_allocator allocator;
} rg_signatures;

/** What holds each of many nodes, as a text without what is a node's own: its *signature*, the first chain
 * that rg_chains_find gives it, written like its expression, with indices, keys and values folded away.
 *
 *   sys.modules['app'].CACHE['u1'].sessions[3]   →   sys.modules['app'].CACHE[*].sessions[*]
 *
 * Names stay, up to 120 characters: of modules, attributes (`.x`, or `{.a b}`, wherever they are stored),
 * variables, fields of C.
 * Indices, keys and places in arrays are `[*]`; a root is told without line, count, value and the numbers in a
 * thread's name. Ways without end are folded too: between two objects of one type (containers, classes and
 * modules aside) all ways round are one step, `.HEAD{.next …}`; containers in each other are told three
 * deep, then `{[*] …}`; a chain of more than 40 steps ends in its last one, `{… .x}`. What no root reaches is
 * told by what refers to it: the strongest reference, of those the first by its text.
 *
 * So two nodes with one signature need not be of one type, and equal texts are one group. Chains that cost
 * the same are told apart as rg_distances does: by the order in which roots and objects refer.
 * `targets` NULL: every node, whatever `target_count` says. A target that is given twice counts twice.
 * O(V) for memory, and the length of all chains together, each step of them once.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT (2^32 - 2 different steps), RG_ERR_ARGUMENT (no such node,
 * distances of another graph). */
RG_API RG_CHECKED rg_status rg_signatures_find(rg_signatures *out, const rg_graph *graph,
                                               const rg_distances *distances,
                                               const uint32_t *targets, size_t target_count,
                                               const rg_allocator *allocator);
RG_API void rg_signatures_dispose(rg_signatures *self);

/** All shortest paths (exact): the subgraph of edges (p, n) with cost[p] + w(p, n) == cost[n] from
 * which `target` is reached. Nodes: target first, then by falling cost. At most `max_nodes`
 * (0: 10,000) nodes, the rest as omissions. */
RG_API RG_CHECKED rg_status rg_shortest_dag_find(rg_subgraph *out, const rg_graph *graph,
                                                 const rg_distances *distances, uint32_t target,
                                                 uint32_t max_nodes, const rg_allocator *allocator);

/** Add a chain's objects and edges to a selection of rg_neighbourhood_find; `options` are those it
 * was made with (NULL: the defaults). `__dict__`s fold as there; what is there already stays once; an
 * omission no longer counts an object that has come in. The chain's objects stand next after the
 * asked-for ones, the last first. `edges` run root first, each from where the one before ends; none
 * add nothing. O(nodes + edges + count) while few edges of the chain are in the selection already.
 * @return RG_OK or RG_ERR_NOMEM (*self is as before). */
RG_API RG_CHECKED rg_status rg_subgraph_add_chain(rg_subgraph *self, const rg_graph *graph,
                                                  const rg_edge *edges, size_t count,
                                                  const rg_neighbourhood_options *options);

/* ---- two graphs --------------------------------------------------------------------------------- */

/** The nodes of `after` that were not there before, ascending. An object is taken for the same if address, type
 * (by name), and where it has one its text as a value are equal, its generation is not younger than it was,
 * the items of a tuple or frozenset are the same, and of what it refers to (None, classes and what many refer to
 * left out) and what refers to it something is still the same. Not told apart: an object of the same type that was
 * born in the place of one that died, is as old by now, and is held by the same object or holds the same.
 * Both graphs must be in address order, as captures are. O(V + E log E + types log types).
 * @return RG_OK, RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_born_find(rg_node_list *out, const rg_graph *before,
                                         const rg_graph *after, const rg_allocator *allocator);

/* ---- growth -------------------------------------------------------------------------------------- */

/** What there was and is of one type; types of one module and name are one. */
typedef struct rg_type_growth {
    uint32_t before, after; /* such a type of either graph, or RG_NONE */
    uint64_t count_before, size_before;
    uint64_t count, size; /* now; bytes */
    uint64_t born, died;  /* objects that are new, and that are gone */
    uint32_t point;       /* where most of the new ones are: an index of points; or RG_NONE */
    uint32_t example; /* one of those: one that begins there if any does, the largest; or RG_NONE */
} rg_type_growth;

/** A place where objects came and went: the cheapest chain of each new object is followed up to the first that
 * was there before, its *holder*, and the one behind that, which *begins* what is new there. What has gone is
 * followed in the earlier graph likewise. An old object that gained nothing new and has another size (a buffer;
 * a list of what was there) is a place of itself. */
typedef struct rg_growth_point {
    rg_string text; /* signature of what begins there: `sys.modules['app'].CACHE[*]`; borrowed */
    uint64_t id;    /* its hash, as in rg_signature_group */
    uint32_t type_before, type; /* type of what begins there, of either graph, or RG_NONE */
    uint32_t holder;       /* which gained most of them, of `after`, or, where none is gained, has
                                   another size now; RG_NONE: neither; roots of their own, garbage */
    uint64_t holder_count; /* old objects that gained one */
    uint32_t example;      /* a new one that begins there, the lowest; RG_NONE: none */
    uint64_t gained, lost; /* objects that begin there, new and gone */
    uint64_t born, born_size; /* with what hangs on them: objects that are new, and their bytes */
    uint64_t died, died_size; /* and that are gone */
    int64_t resized;          /* bytes by which those holders have grown (a holder of several points
                                   counts in one), and what was at this place and gained nothing */
} rg_growth_point;

/** What has changed between two graphs of one process. Owned. */
typedef struct rg_growth {
    rg_type_growth
        *types; /* by falling growth in bytes, then in objects, then by name and module */
    size_t type_count;
    rg_growth_point *points; /* those that gained most, net, first: see rg_growth_find */
    size_t point_count;
    uint32_t *point_of; /* per node of `after`: the point of a new one, RG_NONE of an old one */
    uint32_t node_count;
    uint64_t count_before, size_before, count, size;
    uint64_t born, born_size, died, died_size; /* the sums over all points */
    int64_t resized;                           /* too: of all objects that are there in both */
    char *texts;
    size_t text_size;
    rg_allocator allocator;
} rg_growth;

/** Compare a graph with an earlier one of the same process. An object is taken for the same as rg_born_find
 * does. Sums are exact: count = count_before + born - died, size = size_before + born_size - died_size +
 * resized, each new or gone object is in one point, and born, died and resized are the sums over the points.
 *
 * Points stand by (gain - loss) × |gain - loss| / (gain + loss), in bytes with what hangs there and what is
 * resized, then in objects, then by id and type: what only grows comes before what is replaced all the time. Distances are of either graph.
 * O(V + E + points log points) and what rg_signatures_find takes for what begins and its holders.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT, RG_ERR_ARGUMENT (distances of another graph). */
RG_API RG_CHECKED rg_status rg_growth_find(rg_growth *out, const rg_graph *before,
                                           const rg_distances *distances_before,
                                           const rg_graph *after, const rg_distances *distances,
                                           const rg_allocator *allocator);
RG_API void rg_growth_dispose(rg_growth *self);

/** Of the nodes that are new in `after`, those that are still there in `later`, ascending ids of `later`: what
 * a span of time has left for good, (after - before) ∩ later. The three are of one process and in the order
 * of time. O(V log V). @return RG_OK, RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_lasting_find(rg_node_list *out, const rg_graph *before,
                                            const rg_graph *after, const rg_graph *later,
                                            const rg_allocator *allocator);

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
 * 116, 2016), with stacks of its own in the place of recursion. O(V + E) time, 12 bytes a node besides
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
 * sums up the tree. O(E log V), in practice linear; at most 40 bytes a node and 8 an edge while it runs, of
 * which 20 a node are the result.
 * @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_retained_find(rg_retained *out, const rg_graph *graph,
                                             const rg_allocator *allocator);
RG_API void rg_retained_dispose(rg_retained *self);

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

/* ---- words for chains --------------------------------------------------------------------------- */

/** Append a chain as one line: a Python expression such as
 * `sys.modules['app'].CACHE['u1'].sessions[3]`. *evaluable tells whether eval() of it, while the
 * process has not changed, gives the target; steps that no expression reaches are written in braces
 * (`{key}`, `{cell x}`). A chain that begins at no module begins with its root as rg_graph_write_root
 * says it; where that is no name for the object (references from C, probable ones), its type follows in
 * braces: `2 references from outside … · {app.Pool}.free[3]`.
 * `sys` must be there for eval(). A root of the interpreter counts as an expression where its name is
 * `sys.` and identifiers. A chain of more than 200 steps shows the first and the last 100, with
 * `{… 1,204 more steps …}` between them, and is not evaluable. Any string comes out as valid UTF-8
 * without control characters. RG_ERR_NOMEM leaves the buffer as it was. O(steps shown). */
RG_API RG_CHECKED rg_status rg_chain_write_expression(const rg_chain *self, const rg_graph *graph,
                                                      rg_buffer *out, bool *evaluable);
/** Append a chain as an indented tree, one object a line with its type and text, the target's with the
 * line that allocated it where that is known; an owner's `__dict__` and a cell share the line of what
 * they hold. More than 40 lines lose their middle (`… 1,204 more objects …`). No final newline.
 * RG_ERR_NOMEM leaves the buffer as it was. */
RG_API RG_CHECKED rg_status rg_chain_write_tree(const rg_chain *self, const rg_graph *graph,
                                                uint32_t target, rg_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
