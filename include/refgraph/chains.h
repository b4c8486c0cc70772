/** @file
 * What keeps objects alive: the ways from a root to one, and what holds many. See analysis.h.
 */
#ifndef REFGRAPH_CHAINS_H
#define REFGRAPH_CHAINS_H

#include <refgraph/objects.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- chains ------------------------------------------------------------------------------------ */

/** Cost of the cheapest path from any root to each node: high 32 bits count the edges that are
 * not *own* (and 1 for a root of kind FRAME, TYPE, PROBABLE or NATIVE), low 32 bits the steps (and 3 for a
 * root of kind INTERPRETER, THREAD or OTHER). RG_UNREACHED where there is none. */
#define RG_UNREACHED UINT64_MAX
typedef struct rg_barriers rg_barriers;
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
    const uint32_t
        *dominator; /* NULL, or rg_retained.dominator of the graph: borrowed, set by whoever
                                  has it, for rg_chains_find */
    rg_barriers
        *barriers; /* what rg_chains_find has learnt of the graph: parts that some objects cut
                              off. Grows up to 4 bytes a node, by `allocator`: threads may share it if they may
                              share that. NULL: nothing is kept */
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
    uint64_t work;     /* edges looked at */
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
 * Where there is no further chain, since everything goes through one list, a search from the roots around that list
 * sees it soon, and `distances->barriers` keeps it for all that is behind: what was asked before may so make an answer
 * more complete where a search would give up. Where `distances->dominator` is set, most
 * of it is seen at once.
 *
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
