/* Graph: its nodes and edges, and how one is found. */
#include "core.h"

#include <string.h>

/* ---- nodes --------------------------------------------------------------------------- */

PyObject *core_graph_node(PyObject *object, PyObject *argument)
{
    const core_graph *self = (core_graph *)object;
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    const rg_node node = rg_graph_node(self->graph, id);
    return Py_BuildValue("IKKIII", (unsigned int)node.type, (unsigned long long)node.address,
                         (unsigned long long)node.size, (unsigned int)node.refcount,
                         (unsigned int)node.generation, (unsigned int)node.flags);
}

PyObject *core_graph_text(PyObject *object, PyObject *args)
{
    const core_graph *self = (core_graph *)object;
    PyObject *argument;
    Py_ssize_t limit = 0;
    uint32_t id;
    if (!PyArg_ParseTuple(args, "O|n:text", &argument, &limit) ||
        !core_node_id(self, argument, &id))
        return NULL;
    if (limit < 0) {
        PyErr_SetString(PyExc_ValueError, "limit must not be negative");
        return NULL;
    }
    if (rg_graph_node(self->graph, id).text == RG_NONE)
        Py_RETURN_NONE;
    rg_buffer buffer = rg_buffer_empty(NULL);
    return convert_buffer(&buffer, rg_graph_write_text(self->graph, id, (size_t)limit, &buffer));
}

static PyObject *optional_id(uint32_t id)
{
    if (id == RG_NONE)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLong(id);
}

PyObject *core_graph_find(PyObject *object, PyObject *argument)
{
    const unsigned long long address = PyLong_AsUnsignedLongLong(argument);
    if (address == (unsigned long long)-1 && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_OverflowError))
            return NULL;
        PyErr_Clear(); /* no pointer is negative or that long: nothing lies there */
        Py_RETURN_NONE;
    }
    return optional_id(rg_graph_find(((core_graph *)object)->graph, address));
}

/* The last part of a static type's name, or the qualified name of one made at run time. */
static rg_string type_name(PyTypeObject *type)
{
    if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
        Py_ssize_t size = 0;
        const char *data = PyUnicode_AsUTF8AndSize(((PyHeapTypeObject *)type)->ht_qualname, &size);
        if (data)
            return (rg_string){data, (size_t)size};
        PyErr_Clear(); /* a lone surrogate: such a name is compared by the type's address alone */
        return (rg_string){0};
    }
    const char *dot = strrchr(type->tp_name, '.');
    return rg_string_of(dot ? dot + 1 : type->tp_name);
}

/* Whether the captured `node` has the type `type`: then an object at its address is the captured
 * one, or one of the same type born in its place, which nothing can tell apart. */
static bool is_of_type(const rg_graph *graph, uint32_t node, PyTypeObject *type)
{
    const rg_type captured = rg_graph_type(graph, rg_graph_node(graph, node).type);
    if (captured.node != RG_NONE &&
        rg_graph_node(graph, captured.node).address != (uint64_t)(uintptr_t)type)
        return false;
    const rg_string name = type_name(type);
    return !name.data || (name.size == captured.name.size &&
                          memcmp(name.data, captured.name.data, name.size) == 0);
}

PyObject *core_graph_find_object(PyObject *object, PyObject *argument)
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    const uint32_t node = rg_graph_find(graph, (uint64_t)(uintptr_t)argument);
    if (node == RG_NONE || !is_of_type(graph, node, Py_TYPE(argument)))
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLong(node);
}

/* ---- edges ------------------------------------------------------------------------------------- */

PyObject *core_graph_referents(PyObject *object, PyObject *argument)
{
    const core_graph *self = (core_graph *)object;
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    const uint64_t begin = rg_graph_edges_begin(self->graph, id);
    const uint64_t end = rg_graph_edges_end(self->graph, id);
    PyObject *list = PyList_New((Py_ssize_t)(end - begin));
    for (uint64_t i = begin; list && i < end; i++) {
        const rg_edge edge = rg_graph_edge(self->graph, id, i);
        PyObject *row = convert_edge(self->graph, &edge);
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)(i - begin), row);
        else
            Py_CLEAR(list);
    }
    return list;
}

PyObject *core_graph_edge(PyObject *object, PyObject *args)
{
    const core_graph *self = (core_graph *)object;
    PyObject *source;
    unsigned long long index;
    uint32_t id;
    if (!PyArg_ParseTuple(args, "OK:edge", &source, &index) || !core_node_id(self, source, &id))
        return NULL;
    if (index < rg_graph_edges_begin(self->graph, id) ||
        index >= rg_graph_edges_end(self->graph, id))
        Py_RETURN_NONE;
    const rg_edge edge = rg_graph_edge(self->graph, id, index);
    return convert_edge(self->graph, &edge);
}

PyObject *core_graph_referrers(PyObject *object, PyObject *argument)
{
    const core_graph *self = (core_graph *)object;
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    rg_edge_list edges = {0};
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_referrers_find(&edges, watched, id, RG_STRENGTH_WEAK, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_edge_list_dispose(&edges);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *list = convert_edges(self->graph, edges.items, edges.count);
    rg_edge_list_dispose(&edges);
    return list;
}
