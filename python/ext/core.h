/* What the files of `_core` share: the module's state and its opaque types.
 *
 * None of the types takes part in garbage collection and none holds a described object: a Graph
 * owns an rg_graph, and Chains, Subgraph, Cycles and Signatures own their result and one reference to the Graph. */
#ifndef RG_EXT_CORE_H
#define RG_EXT_CORE_H

#include "convert.h"
#include "core_watch.h"

#include <refgraph/capture.h>
#include <refgraph/file.h>

typedef struct core_state {
    PyTypeObject *graph_type;
    PyTypeObject *chains_type;
    PyTypeObject *subgraph_type;
    PyTypeObject *cycles_type;
    PyTypeObject *signatures_type;
    PyTypeObject *growth_type;
    PyTypeObject *index_type;
    PyTypeObject *ids_type;
    PyTypeObject *file_type;
    PyTypeObject *fork_type;
    PyObject *capture_error;      /* refgraph.CaptureError */
    PyObject *collection_running; /* refgraph.CollectionRunning */
    PyObject *file_error;         /* refgraph.FileError */
} core_state;

typedef struct core_graph {
    PyObject_HEAD
    rg_graph *graph;
    rg_capture_cost cost;
    uint64_t *matches; /* how many edges each rule named; owned */
    size_t rule_count;
    rg_distances distances; /* from all roots; found at the first question for a chain */
    bool has_distances;
    rg_retained retained; /* found at the first question for a retained size or a dominator */
    bool has_retained;
    rg_owners owners; /* found at the first question for an owner */
    bool has_owners;
    uint64_t chain_work;          /* edges looked at for chains that needed many */
    PyThread_type_lock searching; /* held while one of the three is being found */
    unsigned long searcher;       /* the thread that holds it, 0: none */
} core_graph;

typedef struct core_chains {
    PyObject_HEAD
    core_graph *owner;
    rg_chains chains;
    uint32_t target;
} core_chains;

typedef struct core_subgraph {
    PyObject_HEAD
    core_graph *owner;
    rg_subgraph sub;
} core_subgraph;

typedef struct core_cycles {
    PyObject_HEAD
    core_graph *owner;
    rg_cycles cycles;
} core_cycles;

typedef struct core_signatures {
    PyObject_HEAD
    core_graph *owner;
    rg_signatures signatures;
} core_signatures;

typedef struct core_growth {
    PyObject_HEAD
    core_graph *before, *after; /* strong */
    rg_growth growth;
} core_growth;

/* A saved graph of which nothing but the header has been read. */
typedef struct core_file {
    PyObject_HEAD
    PyObject *path;  /* as it was given: str */
    rg_file *file;   /* NULL once it is a graph */
    PyObject *graph; /* the verified Graph, once it was asked for */
    PyObject *facts; /* what `facts` gives */
    PyThread_type_lock verifying;
    unsigned long verifier; /* the thread that verifies, 0: none */
} core_file;

extern PyType_Spec core_graph_spec;
extern PyType_Spec core_file_spec;
extern PyType_Spec core_chains_spec;
extern PyType_Spec core_subgraph_spec;
extern PyType_Spec core_cycles_spec;
extern PyType_Spec core_signatures_spec;
extern PyType_Spec core_growth_spec;

/* Capture the interpreter's heap into a new Graph. */
PyObject *core_graph_capture(core_state *state, const rg_capture_options *options);

/* A Graph without an rg_graph yet; NULL with an exception. */
core_graph *core_graph_new(core_state *state, size_t rule_count);

/* What a tuple of objects reaches, as a new Graph of nodes without references; `own_only`: they alone. */
PyObject *core_graph_of_reached(core_state *state, PyObject *objects, bool own_only);

/* open_file(path, copy) -> File; check_save(path, text, packed); the method save() of Graph. */
PyObject *core_open_file(PyObject *module, PyObject *args);
PyObject *core_check_save(PyObject *module, PyObject *args);
PyObject *core_graph_save(PyObject *object, PyObject *args, PyObject *keywords);

/* Methods of Graph. */
PyObject *core_graph_types(PyObject *object, PyObject *unused);
PyObject *core_graph_types_among(PyObject *object, PyObject *nodes);
PyObject *core_graph_type_of(PyObject *object, PyObject *argument);
PyObject *core_graph_nodes_of(PyObject *object, PyObject *types);
/* core_elements.c */
PyObject *core_graph_node(PyObject *object, PyObject *argument);
PyObject *core_graph_text(PyObject *object, PyObject *args);
PyObject *core_graph_find(PyObject *object, PyObject *argument);
PyObject *core_graph_find_object(PyObject *object, PyObject *argument);
PyObject *core_graph_referents(PyObject *object, PyObject *argument);
PyObject *core_graph_edge(PyObject *object, PyObject *args);
PyObject *core_graph_referrers(PyObject *object, PyObject *argument);
PyObject *core_graph_root(PyObject *object, PyObject *argument);
PyObject *core_graph_unexplained_nodes(PyObject *object, PyObject *args);
PyObject *core_graph_references_text(PyObject *object, PyObject *argument);
PyObject *core_graph_roots(PyObject *object, PyObject *unused);
PyObject *core_graph_unexplained(PyObject *object, PyObject *argument);
PyObject *core_graph_collector(PyObject *object, PyObject *unused);
PyObject *core_graph_site_text(PyObject *object, PyObject *argument);
PyObject *core_graph_site(PyObject *object, PyObject *argument);
PyObject *core_graph_site_totals(PyObject *object, PyObject *nodes);
PyObject *core_graph_chains(PyObject *object, PyObject *args);
PyObject *core_graph_neighbourhood(PyObject *object, PyObject *args, PyObject *keywords);
PyObject *core_graph_cycles(PyObject *object, PyObject *argument);
PyObject *core_graph_signatures(PyObject *object, PyObject *nodes);
PyObject *core_graph_growth(PyObject *object, PyObject *before);
PyObject *core_graph_lasting(PyObject *object, PyObject *args);
PyObject *core_graph_retained(PyObject *object, PyObject *argument);
PyObject *core_graph_reached(PyObject *object, PyObject *nodes);
PyObject *core_graph_retained_some(PyObject *object, PyObject *argument);
PyObject *core_graph_retained_top(PyObject *object, PyObject *argument);
PyObject *core_graph_retained_totals(PyObject *object, PyObject *argument);
PyObject *core_graph_owners(PyObject *object, PyObject *unused);
PyObject *core_graph_arrow_stream(PyObject *object, PyObject *args);
PyObject *core_graph_arrow_schema(PyObject *object, PyObject *args);
PyObject *core_graph_expressions(PyObject *object, PyObject *ids);
PyObject *core_graph_what_if(PyObject *object, PyObject *args);
PyObject *core_graph_accumulations(PyObject *object, PyObject *args);

/* Find what a graph keeps unless it has it: `find` is called with the lock, without the GIL, with the graph to
 * ask. False with an exception. The others wait for it without the GIL. */
bool core_graph_once(core_graph *self, rg_status (*find)(core_graph *self, const rg_graph *graph));

/* The distances from the roots, found once a graph, whichever thread asks first; NULL with an exception. */
const rg_distances *core_graph_distances(core_graph *self);
/* The same for what each node retains. */
const rg_retained *core_graph_find_retained(core_graph *self);
/* The same for the owners; needs what is retained to have been found. */
const rg_owners *core_graph_find_owners(core_graph *self);
/* A new Subgraph that owns *sub, also on failure. */
PyObject *core_subgraph_new(core_state *state, core_graph *owner, rg_subgraph *sub);

/* The argument as a node id of the graph. False with IndexError or TypeError where it is none. */
bool core_node_id(const core_graph *self, PyObject *argument, uint32_t *node);

/* A sequence of ints as an array for PyMem_Free; at least one item is allocated. NULL with an
 * exception where one is not below `limit`. */
uint32_t *core_id_array(PyObject *sequence, uint32_t limit, size_t *count);

#endif
