/* Between the C library's plain structs and Python's objects: what both extension modules need.
 * (In the slot tables a function is cast through uintptr_t: CPython's `void *` fields ask for what
 * ISO C has no direct conversion for.) */
#ifndef RG_EXT_CONVERT_H
#define RG_EXT_CONVERT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <refgraph/analysis.h>

/* The capsules through which `_core` lends its structs to `_render`. Each owns a reference to the
 * Python object that owns the struct, so that what is lent outlives its use. */
#define CONVERT_GRAPH_CAPSULE "refgraph.graph"       /* const rg_graph * */
#define CONVERT_SUBGRAPH_CAPSULE "refgraph.subgraph" /* const rg_subgraph * */
#define CONVERT_CHAIN_CAPSULE "refgraph.chain"       /* const rg_chain * */
#define CONVERT_EDGES_CAPSULE "refgraph.edges"       /* const convert_edge_view * */

/* Some edges of a graph, borrowed: a cycle's, a cut's. */
typedef struct convert_edge_view {
    const rg_edge *items;
    size_t count;
} convert_edge_view;

/* A capsule over `pointer`, which `owner` keeps alive. */
PyObject *convert_capsule(const void *pointer, const char *name, PyObject *owner);

/* The exception of a failed call, always NULL: MemoryError, ValueError or OverflowError where the
 * status says so, else `otherwise` with the error's text; the one that is set where it is RG_ERR_CANCELLED. */
PyObject *convert_raise(rg_status status, const rg_error *error, PyObject *otherwise);

/* A new str from UTF-8; bytes that are none become U+FFFD. */
PyObject *convert_text(const char *data, size_t size);

/* A new str from what was written into *buffer; the buffer is disposed in every case. */
PyObject *convert_buffer(rg_buffer *buffer, rg_status status);

/* (source, target, index, name, strength): an edge with its name as a person reads it. */
PyObject *convert_edge(const rg_graph *graph, const rg_edge *edge);

/* A list of the above. */
PyObject *convert_edges(const rg_graph *graph, const rg_edge *edges, size_t count);

/* The position below `count` that an argument means; false with an IndexError that names `what` is counted. */
bool convert_position(PyObject *argument, size_t count, const char *what, size_t *position);

/* Node ids as bytes, native uint32 each. */
PyObject *convert_ids(const uint32_t *ids, size_t count);

/* A class of refgraph.errors: a new reference. */
PyObject *convert_error_class(const char *name);

#endif
