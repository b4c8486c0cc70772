/* The types of a Graph, and the nodes of a type. */
#include "core.h"

/* The shallow size of a type's largest node, in bytes; 0 where it has none. */
static unsigned long long largest_size(const rg_graph *graph, const rg_type_total *total)
{
    return total->count ? rg_graph_node(graph, total->largest).size : 0;
}

/* (module, name, text, kind, count, size, largest size, node or None) of one type; a type that no node has is
 * written by its bare name. */
static PyObject *type_row(const rg_graph *graph, uint32_t id, const rg_type_total *total)
{
    const rg_type type = rg_graph_type(graph, id);
    rg_buffer buffer = rg_buffer_empty(NULL);
    const rg_status status = total->first == RG_NONE
                                 ? rg_buffer_add(&buffer, type.name.data, type.name.size)
                                 : rg_graph_write_type(graph, total->first, &buffer);
    PyObject *text = convert_buffer(&buffer, status);
    PyObject *module = convert_text(type.module.data, type.module.size);
    PyObject *name = convert_text(type.name.data, type.name.size);
    PyObject *node = Py_None;
    if (type.node == RG_NONE)
        Py_INCREF(node);
    else
        node = PyLong_FromUnsignedLong(type.node);
    if (text && module && name && node)
        return Py_BuildValue("NNNsKKKN", module, name, text, rg_kind_text(type.kind),
                             (unsigned long long)total->count, (unsigned long long)total->size,
                             largest_size(graph, total), node);
    Py_XDECREF(text);
    Py_XDECREF(module);
    Py_XDECREF(name);
    Py_XDECREF(node);
    return NULL;
}

/* A row for each type; the totals are disposed. */
static PyObject *type_rows(const rg_graph *graph, rg_type_totals *totals)
{
    PyObject *list = PyList_New((Py_ssize_t)totals->count);
    for (uint32_t i = 0; list && i < totals->count; i++) {
        PyObject *row = type_row(graph, i, &totals->items[i]);
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    rg_type_totals_dispose(totals);
    return list;
}

PyObject *core_graph_types(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    rg_type_totals totals = {0};
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, graph);
    status = rg_type_totals_find(&totals, watched, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_type_totals_dispose(&totals);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    return type_rows(graph, &totals);
}

PyObject *core_graph_types_among(PyObject *object, PyObject *nodes)
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    rg_type_totals totals = {0};
    size_t count = 0;
    rg_status status;
    core_watch watch;
    uint32_t *ids = core_id_array(nodes, rg_graph_node_count(graph), &count);
    if (!ids)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, graph);
    status = rg_nodes_totals_find(&totals, watched, ids, count, NULL);
    status = core_watch_end(&watch, status);
    PyMem_Free(ids);
    if (status) {
        rg_type_totals_dispose(&totals);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    return type_rows(graph, &totals);
}

/* What a node's type is called: (qualified name, text, kind). */
PyObject *core_graph_type_of(PyObject *object, PyObject *argument)
{
    const core_graph *self = (core_graph *)object;
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    const rg_type type = rg_graph_type(self->graph, rg_graph_node(self->graph, id).type);
    rg_buffer buffer = rg_buffer_empty(NULL);
    PyObject *text = convert_buffer(&buffer, rg_graph_write_type(self->graph, id, &buffer));
    PyObject *name = text ? convert_text(type.name.data, type.name.size) : NULL;
    if (name)
        return Py_BuildValue("NNs", name, text, rg_kind_text(type.kind));
    Py_XDECREF(text);
    return NULL;
}

PyObject *core_graph_nodes_of(PyObject *object, PyObject *types)
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    size_t count = 0;
    uint32_t *ids = core_id_array(types, rg_graph_type_count(graph), &count);
    if (!ids)
        return NULL;
    rg_node_list nodes = {0};
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, graph);
    status = rg_type_nodes_find(&nodes, watched, ids, count, NULL);
    status = core_watch_end(&watch, status);
    PyMem_Free(ids);
    if (status) {
        rg_node_list_dispose(&nodes);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *bytes = convert_ids(nodes.items, nodes.count);
    rg_node_list_dispose(&nodes);
    return bytes;
}
