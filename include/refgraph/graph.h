/** @file
 * The reference graph: built once by rg_builder, then frozen into an rg_graph that any number of
 * threads may read without a lock.
 *
 *   rg_builder ──add types, nodes, edges, roots──► rg_builder_finish ──► rg_graph (immutable)
 *
 * Node ids are dense uint32_t in the order of adding (a capture adds in address order). Edges are
 * kept per source in the order of adding; parallel edges stay, each with its own name. An edge
 * index is a position in the forward CSR: the out-edges of node u are the indices
 * [rg_graph_edges_begin(u), rg_graph_edges_end(u)).
 */
#ifndef REFGRAPH_GRAPH_H
#define REFGRAPH_GRAPH_H

#include <refgraph/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** No node, no type, no string. Also the reason that a graph holds at most 2^32 - 2 nodes. */
#define RG_NONE UINT32_MAX

/** The sizes of a graph's nodes add up to at most so many bytes, so that differences of sums are int64_t. */
#define RG_SIZE_MOST INT64_MAX

/** What a node is, for colours and wording; a property of its type. */
typedef enum rg_kind {
    RG_KIND_OTHER = 0, /**< str, int, C objects: everything below not named */
    RG_KIND_MODULE,
    RG_KIND_FRAME,     /**< frame objects, running frames, generators' frames */
    RG_KIND_FUNCTION,  /**< functions, methods, builtins, code */
    RG_KIND_INSTANCE,  /**< instances of classes written in Python */
    RG_KIND_CONTAINER, /**< dict, list, tuple, set, deque, cell, … */
    RG_KIND_TYPE,
    RG_KIND_COUNT
} rg_kind;
/** "module", "frame", …: lower-case, static, for legends and CSS classes. */
RG_API const char *rg_kind_text(rg_kind kind);

/** Node flags. */
enum {
    RG_NODE_GC_TRACKED = 1 << 0,
    RG_NODE_IMMORTAL = 1 << 1,
    RG_NODE_FROZEN = 1 << 2,        /**< in the permanent generation (gc.freeze) */
    RG_NODE_HAS_FINALIZER = 1 << 3, /**< a Python-level __del__ */
    RG_NODE_FINALIZED = 1 << 4,     /**< its finalizer has run: resurrected */
    RG_NODE_RUNNING = 1 << 5,       /**< a frame that is executing */
    RG_NODE_SYNTHETIC = 1 << 6, /**< no Python object: a running frame that has no frame object */
    RG_NODE_TEXT_STR = 1 << 7,  /**< text is the content of a str: quote it to show it */
    RG_NODE_TEXT_LITERAL = 1 << 8, /**< text is a Python literal equal to the object */
    RG_NODE_TEXT_CUT = 1 << 9,     /**< text is only the beginning */
    RG_NODE_UNSEEN = 1 << 10, /**< tracked, and has references that no tracked object reports to the
                                   collector: while it has them, no collection frees it */
    RG_NODE_IN_TRY =
        1 << 11, /**< a generator or coroutine that is suspended inside `try` or `with`:
                                   closing it runs code */
    RG_NODE_PROGRAM = 1 << 12 /**< part of the program, not of its data: a module, a class, code, a
                                   descriptor, a function that a module or a class defines */
};

/** Type flags: what an expression may rely on. A graph built by hand sets RG_TYPE_PLAIN. */
enum {
    RG_TYPE_PLAIN_ATTRIBUTES =
        1 << 0,                   /**< x.name reads the instance: no __getattribute__ of its own */
    RG_TYPE_PLAIN_ITEMS = 1 << 1, /**< x[key] is dict's, list's, tuple's or deque's own */
    RG_TYPE_DESCRIPTOR = 1 << 2,  /**< has __get__: reading it through a class may transform it */
    RG_TYPE_MAPPING = 1 << 3,     /**< dict or a subclass: KEY edges */
    RG_TYPE_HEAP = 1 << 4,        /**< made at run time (class statement), not static in C */
    RG_TYPE_SILENT = 1 << 5,      /**< instances hold references and report none to the collector */
    RG_TYPE_LEGACY_FINALIZER = 1 << 6, /**< tp_del: the collector frees no cycle with an instance */
    RG_TYPE_NO_WEAKREFS =
        1 << 7, /**< nothing can refer weakly to an instance: list, `__slots__` … */
    RG_TYPE_FIXED_ITEMS = 1 << 8, /**< tuple, frozenset or derived from them: items are for ever */
    RG_TYPE_PLAIN = RG_TYPE_PLAIN_ATTRIBUTES | RG_TYPE_PLAIN_ITEMS
};

/** Generation of a node. */
enum { RG_GENERATION_PERMANENT = 3, RG_GENERATION_NONE = 4 /**< not tracked by the collector */ };

/** A type of nodes. Strings are borrowed from the graph. */
typedef struct rg_type {
    rg_string module; /* "app.api"; empty when unknown */
    rg_string name;   /* qualified name: "Api.Meta" */
    rg_kind kind;
    uint32_t flags; /* RG_TYPE_… */
    uint32_t node;  /* the node of the type object, or RG_NONE */
} rg_type;

/** A node, by value. */
typedef struct rg_node {
    uint64_t address;   /* of the object in the captured process; 0 where a graph has none */
    uint64_t size;      /* shallow, bytes, as sys.getsizeof */
    uint32_t type;      /* index into the graph's types */
    uint32_t refcount;  /* saturates at UINT32_MAX; 0: not known */
    uint32_t text;      /* string id of the short text, or RG_NONE */
    uint16_t flags;     /* RG_NODE_… */
    uint8_t generation; /* 0, 1, 2, RG_GENERATION_… */
} rg_node;

/** What the name of an edge is. `value` of rg_name is given behind each. */
typedef enum rg_name_kind {
    RG_NAME_NONE = 0,  /**< nobody can name it                        – */
    RG_NAME_ATTRIBUTE, /**< x.name evaluates to the target            string id */
    RG_NAME_INDEX,     /**< x[3]                                      position */
    RG_NAME_KEY,       /**< x[key]                                    node id of the key */
    RG_NAME_KEY_OF,    /**< the target is a key of the dict           – */
    RG_NAME_ELEMENT,   /**< a member of a set                         – */
    RG_NAME_LOCAL,     /**< a local variable of a frame or generator  string id */
    RG_NAME_CELL,      /**< a captured variable: target is its cell   string id */
    RG_NAME_SLOT,      /**< a C field no expression reaches           string id */
    RG_NAME_CLASS,     /**< type(x)                                   – */
    RG_NAME_REFERENT,  /**< weakref → object: x()                     – */
    RG_NAME_HIDDEN     /**< x.__dict__[name]: x.name is answered by the class   string id */
} rg_name_kind;

typedef struct rg_name {
    rg_name_kind kind;
    uint32_t value;
} rg_name;

/** How strongly an edge holds, strongest first; an analysis names the weakest it follows. */
typedef enum rg_strength {
    RG_STRENGTH_OWN = 0, /**< containers, attributes, cells, closures … */
    RG_STRENGTH_FRAME,   /**< a running frame's locals, traceback → frame */
    RG_STRENGTH_INFRASTRUCTURE, /**< instance → type, type → bases, function → globals, into modules */
    RG_STRENGTH_WEAK            /**< owns nothing */
} rg_strength;

/** An edge, by value. */
typedef struct rg_edge {
    uint32_t from;
    uint32_t to;
    uint64_t index; /* in the forward CSR */
    rg_name name;
    rg_strength strength;
    bool folded; /* `from` owns a dict that is the real source: name is KEY, shown as `.key`;
                       never set by rg_graph_edge, only by analyses that fold `__dict__` */
} rg_edge;

typedef enum rg_root_kind {
    RG_ROOT_MODULE = 0,  /**< name is the key in sys.modules */
    RG_ROOT_FRAME,       /**< name says thread, function and line */
    RG_ROOT_INTERPRETER, /**< name says which field of the interpreter: "atexit callback", … */
    RG_ROOT_OTHER,       /**< name is whatever the builder of the graph said */
    RG_ROOT_THREAD,      /**< name says thread and field: "thread MainThread · context" */
    RG_ROOT_TYPE,        /**< lives as long as the process: "static type", "immortal object" */
    RG_ROOT_STACK,       /**< a value on the evaluation stack of a running frame: name says which */
    RG_ROOT_PROBABLE, /**< references that nothing proves, but memory holds the pointer: name says where */
    RG_ROOT_NATIVE, /**< unexplained references: C code, or a leaked count; no name */
    RG_ROOT_KIND_COUNT
} rg_root_kind;
/** "module", "frame", …: lower-case, static. */
RG_API const char *rg_root_kind_text(rg_root_kind kind);

/** A root: an object that is alive by itself. The string is borrowed from the graph. */
typedef struct rg_root {
    rg_root_kind kind;
    uint32_t node;
    uint32_t references; /* how many of the node's references this root is; 0: it is only a name for
                            what an edge holds already (a module), or for what needs none (immortal) */
    rg_string name;
} rg_root;

/** A line of a program. */
typedef struct rg_location {
    uint32_t file; /* string id */
    uint32_t line; /* 0: not known */
} rg_location;

/** How a collector finds garbage: what a node's generation means. */
typedef enum rg_collector_kind {
    RG_COLLECTOR_UNKNOWN = 0,
    RG_COLLECTOR_GENERATIONAL, /**< 0 young, 1 survived one collection, 2 old */
    RG_COLLECTOR_INCREMENTAL /**< 0 young, 1 and 2 the two halves of the old, one of them being visited */
} rg_collector_kind;

/** The collector at the time of the capture. A zeroed struct: nothing is known. */
typedef struct rg_collector_state {
    rg_collector_kind kind;
    bool is_enabled;
    int thresholds[3];
    int counts[3];
    uint64_t frozen; /* objects that gc.freeze() has put aside */
    int debug_flags; /* gc.DEBUG_… */
} rg_collector_state;

typedef struct rg_builder rg_builder;
typedef struct rg_graph rg_graph;

/* ---- building ------------------------------------------------------------------------------ */

/** A new, empty builder; *out is owned by the caller. @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_builder_new(rg_builder **out, const rg_allocator *allocator);
RG_API void rg_builder_free(rg_builder *self);

/** Intern bytes (any, NUL too) and give their id; equal bytes have equal ids. The bytes are copied.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT. O(size) expected. */
RG_API RG_CHECKED rg_status rg_builder_add_string(rg_builder *self, uint32_t *id, rg_string text);

/** Intern several at once: the same, and faster. @return as above; on failure some may have been added. */
RG_API RG_CHECKED rg_status rg_builder_add_strings(rg_builder *self, uint32_t *ids,
                                                   const rg_string *texts, size_t count);

/** The bytes of a string, valid until another one is added; those of an equal one may be given to the builder. */
RG_API rg_string rg_builder_string(const rg_builder *self, uint32_t id);

/** Make room for `count` strings of `bytes` bytes in all, if so many are to come: a hint that saves growing.
 * @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_builder_reserve_strings(rg_builder *self, size_t count,
                                                       size_t bytes);

/** Make room for `nodes` nodes and `edges` edges in all: a hint that saves growing, and memory.
 * @return RG_OK or RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_builder_reserve(rg_builder *self, size_t nodes, uint64_t edges);

/** Add a type (never merged with an equal one); type->node may be RG_NONE or a node added later.
 * The strings are copied. */
RG_API RG_CHECKED rg_status rg_builder_add_type(rg_builder *self, uint32_t *id,
                                                const rg_type *type);

/** Say that instances of `type` read these names (string ids) from a data descriptor of the class,
 * so that x.name does not read x.__dict__['name'] ("__dict__" among them: x.__dict__ is not the dict). The ids are copied. At most once per type. */
RG_API RG_CHECKED rg_status rg_builder_add_shadows(rg_builder *self, uint32_t type,
                                                   const uint32_t *strings, size_t count);

/** Add a node; ids count up from 0. node->type and node->text must exist already, flags and
 * generation be among those above. A graph keeps 24 bytes of it, 24 more where its address has more
 * than 48 bits or its size is 4 GiB or more.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT (2^32 - 2 nodes, RG_SIZE_MOST bytes), RG_ERR_ARGUMENT. Amortised O(1). */
RG_API RG_CHECKED rg_status rg_builder_add_node(rg_builder *self, uint32_t *id,
                                                const rg_node *node);

/** Takes some nodes: see rg_node_part. */
typedef struct rg_node_sink rg_node_sink;

/** `count` nodes, whose ids follow those of the parts before. */
typedef struct rg_node_part {
    size_t count;
    /** Give the nodes to the sink. May run in a thread of its own, while other parts are written, where the builder has
     * the default allocator. */
    rg_status (*write)(void *context, rg_node_sink *sink);
    void *context;
} rg_node_part;

/** Add the next node of a part; by `write` alone. @return as rg_builder_add_node; RG_ERR_ARGUMENT also for more nodes
 * than the part has. */
RG_API RG_CHECKED rg_status rg_node_sink_add(rg_node_sink *self, const rg_node *node);

/** Add nodes, several parts at once. On failure none has been added.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT (as rg_builder_add_node), RG_ERR_ARGUMENT (a part wrote less than it has), or what
 * `write` returned. */
RG_API RG_CHECKED rg_status rg_builder_add_node_parts(rg_builder *self, const rg_node_part *parts,
                                                      size_t count);

/** Add an edge between two nodes that exist. A string in `name` must exist; a KEY's node too.
 * Cheapest (no sorting at the end) when sources come in ascending order.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT, RG_ERR_ARGUMENT. Amortised O(1). */
RG_API RG_CHECKED rg_status rg_builder_add_edge(rg_builder *self, uint32_t from, uint32_t to,
                                                rg_name name, rg_strength strength);

/** An edge whose source is told apart. */
typedef struct rg_new_edge {
    uint32_t to;
    rg_name name;
    rg_strength strength;
} rg_new_edge;

/** Add `count` edges of one node, in this order: what rg_builder_add_edge does, and faster.
 * @return as rg_builder_add_edge; on failure none has been added. */
RG_API RG_CHECKED rg_status rg_builder_add_edges(rg_builder *self, uint32_t from,
                                                 const rg_new_edge *edges, size_t count);

/** Takes the edges of some nodes: see rg_edge_part. */
typedef struct rg_edge_sink rg_edge_sink;

/** Edges of the nodes [begin, end), at most `room` of them. */
typedef struct rg_edge_part {
    uint32_t begin, end;
    uint64_t room;
    /** Give the edges to the sink. Runs in the calling thread or, while others are written, in one of its own. */
    rg_status (*write)(void *context, rg_edge_sink *sink);
    void *context;
} rg_edge_part;

/** Add edges of a node of the part, which is none before that of the last call; by `write` alone.
 * @return RG_OK or RG_ERR_ARGUMENT: as for rg_builder_add_edge, or there is no room, or a name's value has more than
 * 26 bits. */
RG_API RG_CHECKED rg_status rg_edge_sink_add(rg_edge_sink *self, uint32_t from,
                                             const rg_new_edge *edges, size_t count);

/** Add all edges of a builder that has none, several parts at once. Parts are in the order of their nodes, and all nodes
 * are in one. On failure none has been added.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (also: room for 2^32 edges or more), or what `write` returned. */
RG_API RG_CHECKED rg_status rg_builder_add_edge_parts(rg_builder *self, const rg_edge_part *parts,
                                                      size_t count);

/** Add a root on an existing node; the name is copied. A node may have several, of kind NATIVE one. */
RG_API RG_CHECKED rg_status rg_builder_add_root(rg_builder *self, const rg_root *root);

/** Add a place where objects were allocated: `count` lines, the allocating one first, its callers
 * behind it. Equal places may be added twice. The lines are copied.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT, RG_ERR_ARGUMENT (no lines, no such string). */
RG_API RG_CHECKED rg_status rg_builder_add_site(rg_builder *self, uint32_t *id,
                                                const rg_location *lines, size_t count);
/** Say where a node was allocated. @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such node or site). */
RG_API RG_CHECKED rg_status rg_builder_set_site(rg_builder *self, uint32_t node, uint32_t site);
/** Say what the collector was like. */
RG_API void rg_builder_set_collector(rg_builder *self, const rg_collector_state *state);

/** Freeze the builder into an immutable graph.
 * On success *out is owned by the caller and *self is NULL; on failure the builder is untouched.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (a type's node does not exist). O(V + E): one
 * counting sort a direction. */
RG_API RG_CHECKED rg_status rg_builder_finish(rg_graph **out, rg_builder **self);

/* ---- reading: all O(1) and thread-safe unless said; ids must be below the count --------------- */

RG_API void rg_graph_free(rg_graph *self);
/** The same graph once more, for analyses that report to a monitor and can be cancelled by it: pass *out where
 * an analysis takes a graph. Results are those of the graph itself and may be used with it. *out borrows
 * everything from `graph`, which must outlive it, and is freed by rg_graph_free. `monitor` is copied; where
 * several threads use *out, they call it at once.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no function). O(1). */
RG_API RG_CHECKED rg_status rg_graph_watched(rg_graph **out, const rg_graph *graph,
                                             const rg_monitor *monitor);
RG_API uint32_t rg_graph_node_count(const rg_graph *self);
RG_API uint64_t rg_graph_edge_count(const rg_graph *self);
RG_API uint32_t rg_graph_type_count(const rg_graph *self);
RG_API uint32_t rg_graph_root_count(const rg_graph *self);
RG_API size_t rg_graph_memory(const rg_graph *self); /**< bytes that the graph itself occupies */

RG_API rg_node rg_graph_node(const rg_graph *self, uint32_t node);
RG_API rg_type rg_graph_type(const rg_graph *self, uint32_t type);
RG_API rg_root rg_graph_root(const rg_graph *self, uint32_t root);
/** References of a node that no edge and no other root is: held by C code, or a leaked count. O(log roots). */
RG_API uint32_t rg_graph_unexplained(const rg_graph *self, uint32_t node);
/** Where a node was allocated: the allocating line first, its callers behind it; borrowed. NULL and
 * *count 0 where that is not known. */
RG_API const rg_location *rg_graph_site(const rg_graph *self, uint32_t node, size_t *count);
RG_API rg_collector_state rg_graph_collector(const rg_graph *self);

/** Prove that a graph is what the rest relies on: offsets ascend and end at the number of edges; every
 * id exists; the reverse edges are exactly the edges; no more than `refcount` references (edges that
 * are not weak, and roots) lead to a node that is not immortal, synthetic, saturated or a static type
 * (a class that the collector does not track: extensions often lend theirs). A refcount of 0 says that
 * it is not known (graphs built by hand), and is not compared. A debug build checks every capture.
 * O(V + E), 8 bytes a node while it runs.
 * @return RG_OK, RG_ERR_NOMEM, or RG_ERR_ARGUMENT and in `error` what is wrong first, and where. */
RG_API RG_CHECKED rg_status rg_graph_check(const rg_graph *self, rg_error *error);

/** A string by id, borrowed from the graph; RG_NONE gives the empty string. */
RG_API rg_string rg_graph_string(const rg_graph *self, uint32_t string);
/** Whether instances of `type` read `name` from a data descriptor. O(log names). */
RG_API bool rg_graph_type_shadows(const rg_graph *self, uint32_t type, rg_string name);

/** The node at an address, or RG_NONE. O(log V) where nodes were added in address order (every
 * capture), else O(V). */
RG_API uint32_t rg_graph_find(const rg_graph *self, uint64_t address);

RG_API uint64_t rg_graph_edges_begin(const rg_graph *self, uint32_t node);
RG_API uint64_t rg_graph_edges_end(const rg_graph *self, uint32_t node);
/** The edge at `index`, which must be an out-edge of `from`. */
RG_API rg_edge rg_graph_edge(const rg_graph *self, uint32_t from, uint64_t index);
/** The sources of the in-edges of a node, ascending, a source once per edge; borrowed; NULL for none. */
RG_API const uint32_t *rg_graph_referrers(const rg_graph *self, uint32_t node, uint64_t *count);

/* ---- words ----------------------------------------------------------------------------------- */

/** Append "module.Name" of a node's type ("Name" alone for builtins and unknown modules). Control
 * bytes are escaped as in Python's repr; the result is valid UTF-8. */
RG_API RG_CHECKED rg_status rg_graph_write_type(const rg_graph *self, uint32_t node,
                                                rg_buffer *out);
/** Append a node's short text as a person reads it: a str quoted and escaped as Python's repr
 * does, others as they are with control bytes escaped; at most `limit` characters (0: no limit),
 * then "…". Nothing where the node has no text. Valid UTF-8. */
RG_API RG_CHECKED rg_status rg_graph_write_text(const rg_graph *self, uint32_t node, size_t limit,
                                                rg_buffer *out);
/** Append an edge's name as a person reads it: `.x`, `[3]`, `['k']`, `key`, `local x`, `cell x`,
 * `element`, `type`, `weak`, the slot's name, or nothing where it has none. `limit` as above. */
RG_API RG_CHECKED rg_status rg_graph_write_name(const rg_graph *self, const rg_edge *edge,
                                                size_t limit, rg_buffer *out);

/** Append the line that allocated a node, `app/api.py:57`, the file by the last two parts of its path;
 * nothing where that is not known. Valid UTF-8. */
RG_API RG_CHECKED rg_status rg_graph_write_site(const rg_graph *self, uint32_t node,
                                                rg_buffer *out);
/** Append a root as a person reads it: `module app`, `thread MainThread · context`, `static type int`,
 * `probably the evaluation stack of serve (app.py:88)`, `2 references from outside the Python heap (C
 * code, or a leaked count)`. `limit` as above, for the root's name and for what it is. */
RG_API RG_CHECKED rg_status rg_graph_write_root(const rg_graph *self, uint32_t root, size_t limit,
                                                rg_buffer *out);

/* ---- some nodes and edges of a graph: what analyses return and pictures show ------------------- */

/** "+ count more" neighbours of `node` that a selection left out. */
typedef struct rg_omission {
    uint32_t node;
    uint64_t count;
    bool referrers; /* true: they refer to node; false: node refers to them */
} rg_omission;

/** A selection. All arrays are owned; nodes are distinct and in order of importance (the asked-for
 * ones first, then by distance); every edge joins two of them. */
typedef struct rg_subgraph {
    uint32_t *nodes;
    size_t node_count;
    size_t target_count; /* the first so many nodes are the asked-for ones */
    rg_edge *edges;
    size_t edge_count;
    rg_omission *omissions;
    size_t omission_count;
    rg_allocator allocator;
} rg_subgraph;
RG_API void rg_subgraph_dispose(rg_subgraph *self);

#ifdef __cplusplus
}
#endif
#endif
