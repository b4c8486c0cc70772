/* Graph: what is alive by itself, what nothing explains, and what the interpreter said of its objects: the
 * collector and tracemalloc. */
#include "core.h"

/* (kind, node, name, references) */
static PyObject *root_row(const rg_graph *graph, uint32_t index)
{
    const rg_root root = rg_graph_root(graph, index);
    PyObject *name = convert_text(root.name.data, root.name.size);
    return name ? Py_BuildValue("sINI", rg_root_kind_text(root.kind), (unsigned int)root.node, name,
                                (unsigned int)root.references)
                : NULL;
}

PyObject *core_graph_root(PyObject *object, PyObject *argument)
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    const unsigned long long index = PyLong_AsUnsignedLongLong(argument);
    if (index == (unsigned long long)-1 && PyErr_Occurred())
        return NULL;
    if (index >= rg_graph_root_count(graph))
        return PyErr_Format(PyExc_IndexError, "no root %llu", index);
    return root_row(graph, (uint32_t)index);
}

PyObject *core_graph_roots(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    const uint32_t count = rg_graph_root_count(graph);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (uint32_t i = 0; list && i < count; i++) {
        PyObject *row = root_row(graph, i);
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    return list;
}

PyObject *core_graph_unexplained(PyObject *object, PyObject *argument)
{
    const core_graph *self = (core_graph *)object;
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    return PyLong_FromUnsignedLong(rg_graph_unexplained(self->graph, id));
}

PyObject *core_graph_references_text(PyObject *object, PyObject *argument)
{
    const core_graph *self = (core_graph *)object;
    rg_buffer words = rg_buffer_empty(NULL);
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_references_write(watched, id, &words);
    status = core_watch_end(&watch, status);
    return convert_buffer(&words, status);
}

/* Whether C code is likely to keep it as a constant: of a type made in C, and it refers to nothing. */
static bool is_constant(const rg_graph *graph, uint32_t node)
{
    const rg_type type = rg_graph_type(graph, rg_graph_node(graph, node).type);
    return !(type.flags & RG_TYPE_HEAP) &&
           rg_graph_edges_begin(graph, node) == rg_graph_edges_end(graph, node);
}

PyObject *core_graph_unexplained_nodes(PyObject *object, PyObject *args)
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    unsigned long long left_out = 0;
    int with_constants = 0;
    int with_likely = 0;
    if (!PyArg_ParseTuple(args, "pp:unexplained_nodes", &with_constants, &with_likely))
        return NULL;
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < rg_graph_root_count(graph); i++) {
        const rg_root root = rg_graph_root(graph, i);
        if (root.kind != RG_ROOT_NATIVE && !(with_likely && root.kind == RG_ROOT_PROBABLE))
            continue;
        if (!with_constants && is_constant(graph, root.node)) {
            left_out++;
            continue;
        }
        PyObject *place = convert_text(root.name.data, root.name.size);
        PyObject *row = place ? Py_BuildValue("IIN", (unsigned int)root.node,
                                              (unsigned int)root.references, place)
                              : NULL;
        if (!row || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list ? Py_BuildValue("NK", list, left_out) : NULL;
}

PyObject *core_graph_collector(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const rg_collector_state s = rg_graph_collector(((core_graph *)object)->graph);
    static const char *const kinds[] = {
        [RG_COLLECTOR_UNKNOWN] = "unknown",
        [RG_COLLECTOR_GENERATIONAL] = "generational",
        [RG_COLLECTOR_INCREMENTAL] = "incremental",
    };
    return Py_BuildValue("sN(iii)(iii)Ki", kinds[s.kind], PyBool_FromLong(s.is_enabled),
                         s.thresholds[0], s.thresholds[1], s.thresholds[2], s.counts[0],
                         s.counts[1], s.counts[2], (unsigned long long)s.frozen, s.debug_flags);
}

/* (file, line) */
static PyObject *location(const rg_graph *graph, rg_location place)
{
    const rg_string file = rg_graph_string(graph, place.file);
    PyObject *name = convert_text(file.data, file.size);
    return name ? Py_BuildValue("NI", name, (unsigned int)place.line) : NULL;
}

PyObject *core_graph_site(PyObject *object, PyObject *argument)
{
    const core_graph *self = (core_graph *)object;
    size_t count = 0;
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    const rg_location *lines = rg_graph_site(self->graph, id, &count);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *row = location(self->graph, lines[i]);
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    return list;
}

PyObject *core_graph_site_text(PyObject *object, PyObject *argument)
{
    const core_graph *self = (core_graph *)object;
    rg_buffer words = rg_buffer_empty(NULL);
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    return convert_buffer(&words, rg_graph_write_site(self->graph, id, &words));
}

/* (file or None, line, count, size) */
static PyObject *site_row(const rg_graph *graph, const rg_site_total *total)
{
    const unsigned long long count = total->count;
    const unsigned long long size = total->size;
    if (total->place.file == RG_NONE)
        return Py_BuildValue("OIKK", Py_None, 0U, count, size);
    const rg_string file = rg_graph_string(graph, total->place.file);
    PyObject *name = convert_text(file.data, file.size);
    return name ? Py_BuildValue("NIKK", name, (unsigned int)total->place.line, count, size) : NULL;
}

PyObject *core_graph_site_totals(PyObject *object, PyObject *nodes)
{
    const core_graph *self = (core_graph *)object;
    rg_site_totals totals = {0};
    size_t count = 0;
    uint32_t *ids = core_id_array(nodes, rg_graph_node_count(self->graph), &count);
    if (!ids)
        return NULL;
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_site_totals_find(&totals, watched, ids, count, NULL);
    status = core_watch_end(&watch, status);
    PyMem_Free(ids);
    if (status) {
        rg_site_totals_dispose(&totals);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *list = PyList_New((Py_ssize_t)totals.count);
    for (size_t i = 0; list && i < totals.count; i++) {
        PyObject *row = site_row(self->graph, &totals.items[i]);
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    rg_site_totals_dispose(&totals);
    return list;
}
