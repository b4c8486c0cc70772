/* The state of one capture, shared by the units of src/capture.
 *
 *  with the GIL                                                      without it
 *  roots.c  threads' frames, modules ──┐
 *  walk.c   collector's lists ─────────┼─► objects[] ─► edges.c ─► edges[] ──┐
 *                 ▲                    │   (a queue)    names.c              ├─► build.c ─► rg_graph
 *                 └── new targets ─────┘   └─► nodes.c ─► nodes[], texts ────┘
 *
 * Invariants: objects[i] is in `addresses`, once; its edges are edges[edge_ends[i - 1] .. edge_ends[i]),
 * written when the walk reaches it, never later; nothing here holds a reference. */
#ifndef RG_CAPTURE_PRIVATE_H
#define RG_CAPTURE_PRIVATE_H

#include "capture/compat.h" /* Python.h stands first */

#include <refgraph/capture.h>

#include "base/memory.h"
#include "base/offsets.h"
#include "capture/addresses.h"
#include "capture/pointer_map.h"
#include "capture/raw_edges.h"
#include "capture/texts.h"
#include "capture/types.h"

/* Node flags of the capture alone, above those of the graph. */
enum { RG__NODE_STATIC = 1 << 15 /* a static type: its refcount means nothing */ };

/* Characters of a str that are its node's text; more where it is the key of a dict. */
enum { RG__TEXT_LIMIT = 60 };

/* In the place of a size of 2 GiB and more. */
#define RG__SIZE_IS_LARGE (UINT32_C(1) << 31)

/* Beside a generation: the collector has called the finalizer. */
enum { RG__FINALIZED = 0x80 };

/* The edges of the dict that stands for a shared key table as long as its class is not met. */
typedef struct rg__key_holder {
    uint64_t begin, end; /* into raw */
} rg__key_holder;

/* An object that is refgraph's own (sure), or is if what it leads to is: a method, a weak reference. */
typedef struct rg__own {
    uint32_t index; /* into objects */
    bool is_sure;
} rg__own;

/* A reported edge, for finding the edges of a large object by their target. */
typedef struct rg__sorted_edge {
    PyObject *target;
    size_t edge; /* index into rg__capture.raw */
    size_t used; /* in the first of a run of equal targets: how many have a name */
} rg__sorted_edge;

/* What is known of an object beside its address, which is in `objects`. */
typedef struct rg__raw_node {
    uint32_t size; /* or RG__SIZE_IS_LARGE and where in large_sizes it is */
    uint32_t type; /* type index; RG_NONE: not described yet */
    uint32_t refcount;
    uint32_t text; /* text index, or RG_NONE */
    uint16_t flags;
    uint8_t generation;
} rg__raw_node;

typedef struct rg__raw_root {
    rg_root_kind kind;
    PyObject *node;
    uint32_t references; /* of the node's that this root is: see rg_root */
    uint32_t name;       /* text index; RG_NONE: the references are counted, no root is shown */
} rg__raw_root;

/* Where objects were allocated: sites.c */
typedef struct rg__raw_site {
    size_t begin, count; /* into lines */
} rg__raw_site;

typedef struct rg__sites {
    rg__raw_site *items;
    size_t count, capacity;
    rg_location *lines; /* file: text index */
    size_t line_count, line_capacity;
    uint32_t *of_object; /* by object index: a site, or RG_NONE; objects beyond have none */
    size_t of_object_count, of_object_capacity;
    rg__pointer_map of_hash; /* hash of the lines → the site added last with it */
} rg__sites;

typedef enum rg__suspicion {
    RG__OWN_STACK, /* the stack of a frame of refgraph itself */
    RG__STACK, /* stack items of an executing frame: they do own references, if they are not left over */
    RG__PROBABLE,
    RG__C_STACK /* the C stack of this thread; judged last: see may_be_argument() in account.c */
} rg__suspicion;

/* A word of memory that holds a pointer, of which nothing proves that it owns a reference: a slot above
 * the known stack of a running frame, a field of an object that reports nothing. It becomes a root of kind
 * PROBABLE where its target has references that nothing else explains. */
typedef struct rg__suspect {
    PyObject *target;
    rg__suspicion suspicion;
    uint32_t place; /* text index: "the evaluation stack of serve (app.py:88), thread MainThread" */
} rg__suspect;

/* Where a thread began: its outermost frame's code and first argument. */
typedef struct rg__thread_start {
    PyCodeObject *code;
    PyObject *self; /* or NULL */
    uint32_t place; /* text index */
} rg__thread_start;

/* Texts made once a capture: offsets of C fields ("+0x28"), and the sizes of small containers ("3 items"). */
enum { RG__OFFSET_NAMES = 128, RG__COUNT_TEXTS = 64 };

/* Signals whose handlers are roots. */
enum { RG__SIGNALS = 65 };

/* The C stack of the thread that captures: [begin, end). */
typedef struct rg__stack {
    uintptr_t begin, end;
} rg__stack;
void rg__stack_find(rg__stack *out); /* native_stack.c */

typedef struct rg__targets rg__targets; /* targets.c */

typedef struct rg__capture {
    rg_allocator allocator;
    const rg_capture_options *options;
    /* what prepare.c asked for */
    rg__collector gc;
    bool is_walked;   /* its lists are; else `lists` */
    bool is_prepared; /* rg__capture_release has something to do */
    bool reads_dicts; /* rg__dict_read gives what PyDict_Next gives */
    bool has_sorting; /* a list was met that is being sorted */
    bool has_far;     /* and something with positions beyond RG__EDGE_VALUE_MASK, be they empty */
    int gc_state;     /* for rg__collections_restore */
    int gc_count;     /* likewise: of generation 0 */
    rg__stack stack;
    bool
        counts_values; /* object.__sizeof__ counts the values of attributes inside an object (some 3.13, 3.14) */
    PyObject *handlers[RG__SIGNALS]; /* of signals, borrowed, or NULL */
    PyObject *lists[3];              /* owned: what gc.get_objects() gave; or NULL */
    PyObject *modules;               /* sys.modules, borrowed */
    PyObject
        *interned; /* the dict of interned strings, if it is listed (3.14), borrowed, or NULL */
    const char *hidden_package;
    rg__addresses addresses;
    PyObject **objects; /* low bit set: an interpreter frame, not an object */
    size_t object_count, object_capacity;
    size_t read_count; /* of objects: their edges are written */
    bool
        is_partial; /* reached.c: an edge's target is in the queue only once the edge is known to own it */
    rg__offsets edge_ends; /* by index into objects */
    rg__raw_edges raw;
    size_t edge_count;    /* of raw */
    size_t flushed_count; /* of raw: their targets are in the queue */
    rg__targets *targets; /* while the lists are read, else NULL */
    rg__edges edges;      /* the same once ids are known; then raw is empty. compact.c */
    rg__raw_node *nodes;
    size_t node_capacity;
    uint64_t *large_sizes;
    size_t large_size_count, large_size_capacity;
    uint32_t *undescribed; /* indices of objects */
    size_t undescribed_count, undescribed_capacity;
    uint8_t *
        generations; /* of the objects found in the collector's lists: the first ones; and RG__FINALIZED */
    size_t generation_count, generation_capacity;
    rg__raw_root *roots;
    size_t root_count, root_capacity;
    rg__suspect *suspects;
    size_t suspect_count, suspect_capacity;
    PyObject **opaque; /* objects of types of which nothing is known, for rg__capture_suspects */
    size_t opaque_count, opaque_capacity;
    uint32_t subclasses; /* text index of the roots of account.c, RG_NONE: not needed */
    uint32_t ast_state;  /* likewise */
    uint32_t sorting;    /* likewise; RG_NONE: no list is being sorted */
    rg__own *own;        /* hide.c */
    size_t own_count, own_capacity;
    rg__pointer_map
        key_tables; /* shared key table → index + 1 of a holder, 0: its class holds it */
    rg__key_holder *key_holders;
    size_t key_holder_count, key_holder_capacity;
    rg__pointer_map own_dicts; /* globals of functions → 1: of refgraph's, 0 */
    rg__thread_start *thread_starts;
    size_t thread_start_count, thread_start_capacity;
    rg_collector_state collector; /* as the graph will tell it */
    rg__sites sites;
    rg__texts texts;
    rg__types types;
    rg_buffer scratch;
    uint32_t offset_names[RG__OFFSET_NAMES]; /* text index + 1, 0 = not made yet */
    uint32_t count_texts[RG__COUNT_TEXTS];   /* likewise */
    rg__pointer_map field_names;             /* C string → text index */
    rg__pointer_map cell_names;              /* cell → text index of its variable */
    rg__pointer_map callees; /* what stands in the place of a callable → text index of the frame */
    destructor class_dealloc;    /* of every class made by a class statement; NULL: not learned */
    traverseproc class_traverse; /* likewise */
    rg__sorted_edge *sorted;     /* matching.c */
    size_t sorted_capacity;
    rg_status failed; /* set inside tp_traverse callbacks */
} rg__capture;

static inline bool rg__is_frame_tag(PyObject *object)
{
    return (uintptr_t)object & 1;
}
static inline void *rg__untag_frame(PyObject *object)
{
    return (void *)((uintptr_t)object & ~(uintptr_t)1);
}

/* A capture that has found nothing yet; with the GIL. prepare.c */
void rg__capture_start(rg__capture *c, const rg_capture_options *options);
/* Use another allocator, while nothing has been allocated; then away with what it gave. state.c */
void rg__capture_use(rg__capture *c, const rg_allocator *allocator);
void rg__capture_dispose(rg__capture *c);
/* What is not needed any more: once all is read; once the graph has its strings, and the bitmap alone tells addresses;
 * once it has its nodes and roots; then of the edges. */
void rg__capture_drop_reading(rg__capture *c);
void rg__capture_drop_texts(rg__capture *c);
void rg__capture_drop_nodes(rg__capture *c);
void rg__capture_drop_edges(rg__capture *c);

/* ---- the stages of a capture, in order ---- */

/* Whether these options can be captured with at all; NULL: the defaults. prepare.c */
RG_CHECKED rg_status rg__capture_check(const rg_capture_options *options, rg_error *error);
/* With the GIL: let a collection end, start, stop collections, and ask the interpreter what cannot be read from
 * memory. *pause_begin: when the last of the waiting was over. rg__capture_release and rg__capture_dispose are to
 * follow even where it fails; the first is for the process and the thread that prepared. prepare.c */
RG_CHECKED rg_status rg__capture_prepare(rg__capture *c, const rg_capture_options *options,
                                         double *pause_begin, rg_error *error);
/* Read the heap. Takes memory from the allocator alone, and calls nothing of Python that allocates, locks, raises or
 * writes a refcount: the child of a fork does it too. With the default allocator a second thread may help, of which
 * the child, having its own, sees nothing (targets.c). Then, with the GIL, nodes have no sites. capture.c */
RG_CHECKED rg_status rg__capture_read(rg__capture *c);
void rg__capture_release(rg__capture *c);
/* The words for what one of these answered; RG_OK stays. capture.c */
RG_CHECKED rg_status rg__capture_explain(rg_status status, rg_error *error);

/* Read the collector's lists, and the objects in them whose edges need nothing else. listed.c */
RG_CHECKED rg_status rg__capture_lists(rg__capture *c);
/* An object that the collector lists; of one that is met again nothing is noted. listed.c */
RG_CHECKED rg_status rg__capture_add_listed(rg__capture *c, PyObject *object, uint8_t generation);
/* Write the edges of objects[i], the first one that has none yet, unless told not to, and describe it if that needs
 * nothing but itself. walk.c */
RG_CHECKED rg_status rg__capture_object(rg__capture *c, size_t i, bool with_edges);
/* Fill objects and edges. walk.c */
RG_CHECKED rg_status rg__capture_walk(rg__capture *c);
/* Whether instances read this name (text index) from a data descriptor of their class. types.c */
bool rg__type_shadows(const rg__capture *c, const rg__type_info *info, uint32_t name);
/* Index of a type's description; made on first sight. types.c */
RG_CHECKED rg_status rg__capture_find_type(rg__capture *c, uint32_t *index, PyTypeObject *type);
static inline rg_status rg__capture_type(rg__capture *c, uint32_t *index, PyTypeObject *type)
{
    const rg__recent_type *recent = rg__recent_of(&c->types, type);
    *index = recent->index;
    return recent->type == type ? RG_OK : rg__capture_find_type(c, index, type);
}

/* Put an object into the queue unless it is there. walk.c */
RG_CHECKED rg_status rg__capture_enqueue(rg__capture *c, PyObject *object);
RG_CHECKED rg_status rg__capture_add_root(rg__capture *c, rg_root_kind kind, PyObject *node,
                                          uint32_t references, uint32_t name);
RG_CHECKED rg_status rg__capture_add_suspect(rg__capture *c, PyObject *target,
                                             rg__suspicion suspicion, uint32_t place);

/* Remember an object of an opaque type; once the walk is over, suspect the words of all of them. foreign.c */
RG_CHECKED rg_status rg__capture_note_opaque(rg__capture *c, PyObject *object);
RG_CHECKED rg_status rg__capture_suspects(rg__capture *c);
/* Note the words of this thread's C stack that are objects' addresses. native_stack.c */
RG_CHECKED rg_status rg__capture_native_stack(rg__capture *c);

/* The edges of objects[i]: [rg__first_edge, rg__edge_end). */
static inline uint64_t rg__edge_end(const rg__capture *c, size_t i)
{
    return rg__offset(&c->edge_ends, i);
}
static inline uint64_t rg__first_edge(const rg__capture *c, size_t i)
{
    return i ? rg__edge_end(c, i - 1) : 0;
}

/* Edge `e`, as long as its target has no id. */
static inline rg__raw_edge *rg__raw_at(const rg__capture *c, uint64_t e)
{
    return &c->raw.blocks[e >> RG__RAW_BLOCK_SHIFT][e & (RG__RAW_BLOCK - 1)];
}
/* Put the targets of all edges written so far into the queue. walk.c */
RG_CHECKED rg_status rg__capture_flush(rg__capture *c);
/* Note of an object that it is the key of a dict. walk.c */
RG_CHECKED rg_status rg__capture_mark(rg__capture *c, PyObject *key);
/* Make room for one more edge. edges.c */
RG_CHECKED rg_status rg__capture_edge_room(rg__capture *c);
/* Append an edge of the object that is being walked; and the same, not inlined (edges.c). */
static inline rg_status rg__capture_append(rg__capture *c, PyObject *target, rg__raw_label label)
{
    if (c->edge_count == c->raw.room) {
        rg_status status = rg__capture_edge_room(c);
        if (status)
            return status;
    }
    *rg__raw_at(c, c->edge_count++) = (rg__raw_edge){target, label};
    return RG_OK;
}
RG_CHECKED rg_status rg__capture_add_edge(rg__capture *c, PyObject *target, rg__raw_label label);
/* Note that the edges of an object are to have positions below `count`. */
static inline void rg__capture_note_positions(rg__capture *c, Py_ssize_t count)
{
    if (count > (Py_ssize_t)RG__EDGE_VALUE_MASK)
        c->has_far = true;
}
/* Write the edges of objects[i]; those that the collector is not told of are unreported. */
RG_CHECKED rg_status rg__capture_edges(rg__capture *c, size_t i);
/* Whether an object of this type says by itself what its edges are called: no tp_traverse, nothing to look up. */
bool rg__edges_are_direct(PyObject *object, const rg__type_info *info);

/* Ask for the memory that an object whose header is in the cache leads to. */
static inline void rg__object_prefetch(PyObject *object)
{
    const PyTypeObject *type = Py_TYPE(object);
    if (type == &PyList_Type) {
        __builtin_prefetch(((PyListObject *)object)->ob_item);
    } else if (type == &PyDict_Type) {
        const char *keys = (const char *)((PyDictObject *)object)->ma_keys;
        __builtin_prefetch(keys);
        __builtin_prefetch(keys + 64);
    } else {
        rg__instance_prefetch(object);
    }
}

/* Whether the edges of instances can be written without asking tp_traverse; then what they are called. The type's
 * description is complete but for that. instances.c */
RG_CHECKED rg_status rg__type_set_direct(rg__capture *c, rg__type_info *info);
/* Write the edges of an instance of such a type. */
RG_CHECKED rg_status rg__capture_instance(rg__capture *c, PyObject *object,
                                          const rg__type_info *info);

/* Name the edges from `begin` on, which tp_traverse reported for `object`, and append those that it is
 * known to leave out. */
RG_CHECKED rg_status rg__capture_names(rg__capture *c, PyObject *object, const rg__type_info *info,
                                       size_t begin);
/* Key tables that dicts share. A table owns its keys once: the class that keeps it is shown to hold them, or
 * the first dict met, until its class is met. shared_keys.c */
RG_CHECKED rg_status rg__capture_class_keys(rg__capture *c, PyTypeObject *type);
/* *strength: of the edges from the dict to its keys, WEAK where they are the table's. */
RG_CHECKED rg_status rg__capture_dict_keys(rg__capture *c, PyObject *dict, rg_strength *strength);
/* An entry of a dict with str keys, borrowed, without hashing or comparing in Python; or NULL. O(size). */
PyObject *rg__dict_entry(PyObject *dict, const char *name);
/* An attribute of an instance from its dict or values, borrowed, or NULL. */
PyObject *rg__instance_attribute(PyObject *object, const char *name);
/* Text index of a C string that lives as long as the capture, such as a literal. */
RG_CHECKED rg_status rg__capture_literal(rg__capture *c, uint32_t *index, const char *literal);

/* Whether a dict is that of a module of ours. hide.c */
RG_CHECKED rg_status rg__hide_is_own_dict(rg__capture *c, PyObject *dict, bool *is_own);
/* Note a callable of a running call whose slot holds its first argument. roots_threads.c */
RG_CHECKED rg_status rg__capture_suspect_callee(rg__capture *c, PyObject *object);
/* Write the edges of a running frame that has no frame object. */
RG_CHECKED rg_status rg__capture_frame_edges(rg__capture *c, const rg__frame *frame);
/* "serve (app/server.py:88)"; line 0: without one. */
RG_CHECKED rg_status rg__code_write(rg_buffer *out, PyCodeObject *code, int line);

/* Roots: the interpreter's state, every thread, modules. Runs after the collector's lists have been read and
 * before their objects are. roots.c, roots_interpreter.c, roots_threads.c */
RG_CHECKED rg_status rg__capture_roots(rg__capture *c);
RG_CHECKED rg_status rg__capture_interpreter_roots(rg__capture *c);
RG_CHECKED rg_status rg__capture_thread_roots(rg__capture *c);
/* A root, or a suspect, whose name is a literal. NULL objects are none. roots.c */
RG_CHECKED rg_status rg__capture_add_literal_root(rg__capture *c, rg_root_kind kind, PyObject *node,
                                                  uint32_t references, const char *name);
/* The dict of a module in sys.modules, borrowed, or NULL. roots.c */
PyObject *rg__module_dict(const rg__capture *c, const char *name);
/* The dict of a module, borrowed, or NULL; never an exception. roots.c */
PyObject *rg__dict_of_module(PyObject *module);
/* When every node is described: what lives as long as the process, and what started the threads.
 * roots_lasting.c */
RG_CHECKED rg_status rg__capture_lasting_roots(rg__capture *c);

/* What the collector is like; before collections are stopped. `is_walked`: the walk will count what is frozen.
 * collector_state.c */
void rg__capture_collector_state(rg__capture *c, const rg__collector *collector, bool is_walked);

/* Attributes of objects[i], and of every object that has none yet. nodes.c, sizes.c, node_texts.c */
RG_CHECKED rg_status rg__capture_describe(rg__capture *c, size_t i);
RG_CHECKED rg_status rg__capture_nodes(rg__capture *c);
/* How the sizes of a type's instances are found; `size_method`: its __sizeof__, or NULL. sizes.c */
void rg__type_set_sizing(const rg__capture *c, rg__type_info *info, PyObject *size_method);
Py_ssize_t rg__capture_size(PyObject *object, const rg__type_info *info);
RG_CHECKED rg_status rg__raw_node_set_size(rg__capture *c, rg__raw_node *node, Py_ssize_t size);
static inline uint64_t rg__raw_node_size(const rg__capture *c, const rg__raw_node *node)
{
    const bool is_large = node->size & RG__SIZE_IS_LARGE;
    return is_large ? c->large_sizes[node->size & ~RG__SIZE_IS_LARGE] : node->size;
}
RG_CHECKED rg_status rg__capture_text(rg__capture *c, PyObject *object, const rg__type_info *info,
                                      rg__raw_node *node);

/* Where every object was allocated, if tracemalloc is on: short-lived tuples are made then. sites.c */
RG_CHECKED rg_status rg__capture_sites(rg__capture *c);
void rg__sites_dispose(rg__sites *self, const rg_allocator *allocator);
/* Whether a dotted name is that of the hidden package or below it. hide.c */
bool rg__is_own_name(const rg__capture *c, const char *text, size_t size);
/* Note objects[i] if it is not to be shown; only with a hidden package. hide.c */
RG_CHECKED rg_status rg__hide_note(rg__capture *c, size_t i, const rg__type_info *info);
/* The same for a running frame, whose globals are given. */
RG_CHECKED rg_status rg__hide_note_frame(rg__capture *c, size_t i, PyObject *globals);

/* objects[i] as a node of the graph, whose text is still a text index; and as the next one. build.c */
rg_node rg__node_of(const rg__capture *c, size_t i, uintptr_t address);
RG_CHECKED rg_status rg__add_raw_node(rg_builder *builder, uint32_t *id, const rg__capture *c,
                                      size_t i);

/* With the GIL: the words that the account will need. account_kept.c */
RG_CHECKED rg_status rg__account_prepare(rg__capture *c);

/* Away with the edges, raw or not. compact.c */
void rg__edges_dispose(rg__capture *c);
/* Without the GIL: the graph. build.c */
RG_CHECKED rg_status rg__capture_build(rg__capture *c, rg_graph **out);

#endif
