/* Dominators, retained sizes and owners of a Graph: found once, whichever thread asks first; and what would go. */
#include "core.h"

#include <pythread.h>

static rg_status find_retained(core_graph *self, const rg_graph *graph)
{
    return self->retained.order ? RG_OK : rg_retained_find(&self->retained, graph, NULL);
}

const rg_retained *core_graph_find_retained(core_graph *self)
{
    if (!self->has_retained && !core_graph_once(self, find_retained))
        return NULL;
    self->has_retained = true; /* written and read under the GIL only */
    return &self->retained;
}

PyObject *core_graph_retained(PyObject *object, PyObject *argument)
{
    core_graph *self = (core_graph *)object;
    uint32_t id;
    if (!core_node_id(self, argument, &id))
        return NULL;
    const rg_retained *retained = core_graph_find_retained(self);
    if (!retained)
        return NULL;
    const unsigned long long size = retained->size[id];
    if (retained->dominator[id] == RG_NONE)
        return Py_BuildValue("KIO", size, (unsigned int)retained->count[id], Py_None);
    return Py_BuildValue("KII", size, (unsigned int)retained->count[id],
                         (unsigned int)retained->dominator[id]);
}

/* False with an exception. */
static bool find_sums(core_graph *self, const uint32_t *ids, size_t count, rg_retained_sum *sums)
{
    enum { PART = 16 /* of all objects; for more it is worth to find dominators of all */ };
    rg_status status = RG_ERR_LIMIT;
    core_watch watch;
    if (!self->has_retained) {
        const rg_graph *watched = core_watch_begin(&watch, self->graph);
        status = rg_retained_some_find(sums, watched, ids, count,
                                       rg_graph_node_count(watched) / PART, NULL);
        status = core_watch_end(&watch, status);
    }
    if (status != RG_ERR_LIMIT)
        return !status || convert_raise(status, NULL, PyExc_RuntimeError);
    const rg_retained *retained = core_graph_find_retained(self);
    for (size_t i = 0; i < count && retained; i++)
        sums[i] = (rg_retained_sum){retained->size[ids[i]], retained->count[ids[i]]};
    return retained;
}

PyObject *core_graph_retained_some(PyObject *object, PyObject *argument)
{
    core_graph *self = (core_graph *)object;
    size_t count = 0;
    uint32_t *ids = core_id_array(argument, rg_graph_node_count(self->graph), &count);
    rg_retained_sum *sums = ids ? PyMem_New(rg_retained_sum, count + 1) : NULL;
    PyObject *list = NULL;
    if (ids && !sums)
        PyErr_NoMemory();
    if (sums && find_sums(self, ids, count, sums))
        list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *sum = Py_BuildValue("KK", (unsigned long long)sums[i].size,
                                      (unsigned long long)sums[i].count);
        if (!sum)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, sum);
    }
    PyMem_Free(sums);
    PyMem_Free(ids);
    return list;
}

PyObject *core_graph_retained_top(PyObject *object, PyObject *argument)
{
    core_graph *self = (core_graph *)object;
    rg_node_list top = {0};
    rg_status status;
    core_watch watch;
    const size_t limit = PyLong_AsSize_t(argument);
    if (limit == (size_t)-1 && PyErr_Occurred())
        return NULL;
    const rg_retained *retained = core_graph_find_retained(self);
    if (!retained)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_retained_top_find(&top, watched, retained, limit, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_node_list_dispose(&top);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *bytes = convert_ids(top.items, top.count);
    rg_node_list_dispose(&top);
    return bytes;
}

PyObject *core_graph_retained_totals(PyObject *object, PyObject *argument)
{
    core_graph *self = (core_graph *)object;
    rg_retained_totals totals = {0};
    rg_status status;
    core_watch watch;
    const long by = PyLong_AsLong(argument);
    if (by == -1 && PyErr_Occurred())
        return NULL;
    const rg_retained *retained = core_graph_find_retained(self);
    if (!retained)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_retained_totals_find(&totals, watched, retained, (rg_grouping)by, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_retained_totals_dispose(&totals);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *list = PyList_New((Py_ssize_t)totals.count);
    for (size_t i = 0; list && i < totals.count; i++) {
        const rg_retained_total *total = &totals.items[i];
        PyObject *row =
            Py_BuildValue("IKKKK", (unsigned int)total->type, (unsigned long long)total->count,
                          (unsigned long long)total->size, (unsigned long long)total->kept_count,
                          (unsigned long long)total->kept_size);
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    rg_retained_totals_dispose(&totals);
    return list;
}

/* Lines of text as a list of str; the buffer is disposed in every case. */
static PyObject *lines_of(rg_buffer *buffer, rg_status status)
{
    if (!status && buffer->size)
        buffer->size--; /* the last line's end begins no other */
    const bool is_empty = !buffer->size;
    PyObject *text = convert_buffer(buffer, status);
    PyObject *lines = !text      ? NULL
                      : is_empty ? PyList_New(0)
                                 : PyObject_CallMethod(text, "split", "s", "\n");
    Py_XDECREF(text);
    return lines;
}

static PyObject *owner_rows(const rg_owners *owners, PyObject *lines)
{
    PyObject *list = PyList_New((Py_ssize_t)owners->count);
    for (size_t i = 0; list && i < owners->count; i++) {
        const rg_owner *owner = &owners->items[i];
        PyObject *text = PyList_GetItem(lines, (Py_ssize_t)i); /* borrowed */
        PyObject *row =
            text ? Py_BuildValue("OiIKK", text, (int)owner->kind, (unsigned int)owner->node,
                                 (unsigned long long)owner->count, (unsigned long long)owner->size)
                 : NULL;
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    return list;
}

static rg_status find_owners(core_graph *self, const rg_graph *graph)
{
    return self->owners.owner_of ? RG_OK
                                 : rg_owners_find(&self->owners, graph, &self->retained, NULL);
}

const rg_owners *core_graph_find_owners(core_graph *self)
{
    if (!self->has_owners && !core_graph_once(self, find_owners))
        return NULL;
    self->has_owners = true; /* written and read under the GIL only */
    return &self->owners;
}

PyObject *core_graph_owners(PyObject *object, PyObject *Py_UNUSED(unused))
{
    core_graph *self = (core_graph *)object;
    rg_buffer buffer = rg_buffer_empty(NULL);
    rg_status status;
    core_watch watch;
    const rg_retained *retained = core_graph_find_retained(self);
    const rg_owners *owners = retained ? core_graph_find_owners(self) : NULL;
    const rg_distances *distances = owners ? core_graph_distances(self) : NULL;
    if (!distances)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_owners_write(owners, watched, distances, &buffer);
    status = core_watch_end(&watch, status);
    PyObject *lines = lines_of(&buffer, status);
    PyObject *rows = lines ? owner_rows(owners, lines) : NULL;
    Py_XDECREF(lines);
    return rows;
}

PyObject *core_graph_expressions(PyObject *object, PyObject *ids)
{
    core_graph *self = (core_graph *)object;
    rg_buffer buffer = rg_buffer_empty(NULL);
    size_t count = 0;
    rg_status status;
    core_watch watch;
    const rg_distances *distances = core_graph_distances(self);
    uint32_t *nodes =
        distances ? core_id_array(ids, rg_graph_node_count(self->graph), &count) : NULL;
    if (!nodes)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_nodes_write(watched, distances, nodes, count, &buffer);
    status = core_watch_end(&watch, status);
    PyMem_Free(nodes);
    return lines_of(&buffer, status);
}

/* ---- what if --------------------------------------------------------------------------------- */

/* A sequence of ints as an array for PyMem_Free; NULL with an exception. */
static uint64_t *parse_edges(PyObject *sequence, uint64_t limit, size_t *count)
{
    PyObject *items = PySequence_Fast(sequence, "a sequence of edge indices is needed");
    if (!items)
        return NULL;
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(items);
    uint64_t *array = PyMem_New(uint64_t, (size_t)(size > 0 ? size : 1));
    if (!array)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; array && i < size; i++) {
        array[i] = PyLong_AsUnsignedLongLong(PySequence_Fast_GET_ITEM(items, i));
        if (array[i] < limit)
            continue;
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_IndexError, "no edge %llu among %llu", (unsigned long long)array[i],
                         (unsigned long long)limit);
        PyMem_Free(array);
        array = NULL;
    }
    Py_DECREF(items);
    *count = (size_t)size;
    return array;
}

PyObject *core_graph_what_if(PyObject *object, PyObject *args)
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    PyObject *ids;
    PyObject *indices;
    rg_removal removal = {0};
    rg_what_if found = {0};
    if (!PyArg_ParseTuple(args, "OO:what_if", &ids, &indices))
        return NULL;
    uint32_t *nodes = core_id_array(ids, rg_graph_node_count(graph), &removal.node_count);
    uint64_t *edges =
        nodes ? parse_edges(indices, rg_graph_edge_count(graph), &removal.edge_count) : NULL;
    if (!edges) {
        PyMem_Free(nodes);
        return NULL;
    }
    removal.nodes = nodes;
    removal.edges = edges;
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, graph);
    status = rg_what_if_find(&found, watched, &removal, NULL);
    status = core_watch_end(&watch, status);
    PyMem_Free(edges);
    PyMem_Free(nodes);
    if (status) {
        rg_what_if_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *bytes = convert_ids(found.nodes, found.count);
    PyObject *result = bytes ? Py_BuildValue("NK", bytes, (unsigned long long)found.size) : NULL;
    rg_what_if_dispose(&found);
    return result;
}
