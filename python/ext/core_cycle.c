/* One cycle of those that core_cycles.c has: its members, its fate, its path and its cut, each found when asked for. */
#include "core_cycle.h"

static bool parse_cycle(const core_cycles *self, PyObject *argument, size_t *position)
{
    return convert_position(argument, self->cycles.count, "cycle", position);
}

PyObject *core_cycle_row(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    const rg_cycle *c = &self->cycles.items[position];
    return Py_BuildValue("IIIsBBKKK", (unsigned int)c->count, (unsigned int)c->group,
                         (unsigned int)c->flags, rg_verdict_text(c->verdict),
                         (unsigned char)c->generations, (unsigned char)c->freed_by,
                         (unsigned long long)c->size, (unsigned long long)c->kept_count,
                         (unsigned long long)c->kept_size);
}

PyObject *core_cycle_members(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    const rg_cycle *c = &self->cycles.items[position];
    return convert_ids(self->cycles.members + c->first, c->count);
}

PyObject *core_cycle_nearest(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    size_t position;
    const rg_distances *distances = core_graph_distances(self->owner);
    if (!distances || !parse_cycle(self, argument, &position))
        return NULL;
    return PyLong_FromUnsignedLong(rg_cycle_nearest(&self->cycles, position, distances));
}

PyObject *core_cycle_kept(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_node_list found = {0};
    size_t position;
    rg_status status;
    core_watch watch;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_cycle_kept_find(&found, watched, &self->cycles, position, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_node_list_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *bytes = convert_ids(found.items, found.count);
    rg_node_list_dispose(&found);
    return bytes;
}

PyObject *core_cycle_types(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_type_totals totals = {0};
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_cycle_types_find(&totals, watched, &self->cycles, position, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_type_totals_dispose(&totals);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < totals.count; i++) {
        const rg_type_total *total = &totals.items[i];
        if (!total->count)
            continue;
        const unsigned long long largest = rg_graph_node(self->owner->graph, total->largest).size;
        PyObject *row = Py_BuildValue("IKKK", (unsigned int)i, (unsigned long long)total->count,
                                      (unsigned long long)total->size, largest);
        if (!row || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    rg_type_totals_dispose(&totals);
    return list;
}

PyObject *core_cycle_finalizers(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_finalizers found = {0};
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_cycle_finalizers_find(&found, watched, &self->cycles, position, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_finalizers_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *list = PyList_New((Py_ssize_t)found.count);
    for (size_t i = 0; list && i < found.count; i++) {
        PyObject *row = Py_BuildValue("IsN", (unsigned int)found.items[i].node,
                                      rg_finalizer_text(found.items[i].kind),
                                      PyBool_FromLong(found.items[i].has_run));
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    rg_finalizers_dispose(&found);
    return list;
}

PyObject *core_cycle_fate(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_buffer buffer = rg_buffer_empty(NULL);
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_cycle_write_fate(watched, &self->cycles, position, &buffer);
    status = core_watch_end(&watch, status);
    return convert_buffer(&buffer, status);
}

PyObject *core_cycle_path(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_cycle_path path = {0};
    rg_buffer buffer = rg_buffer_empty(NULL);
    size_t position;
    rg_status status;
    core_watch watch;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_cycle_path_find(&path, watched, &self->cycles, position, NULL);
    if (!status)
        status = rg_cycle_path_write(&path, watched, &buffer);
    status = core_watch_end(&watch, status);
    PyObject *text = convert_buffer(&buffer, status);
    PyObject *edges = text ? convert_edges(self->owner->graph, path.edges, path.count) : NULL;
    PyObject *result =
        edges ? Py_BuildValue("OOO", edges, text, path.is_shortest ? Py_True : Py_False) : NULL;
    Py_XDECREF(edges);
    Py_XDECREF(text);
    rg_cycle_path_dispose(&path);
    return result;
}

static rg_status write_cut(const rg_cut *cut, const rg_graph *graph, rg_buffer *what,
                           rg_buffer *how)
{
    const rg_status status = rg_cut_write(cut, graph, what);
    return status ? status : rg_cut_write_advice(cut, graph, how);
}

PyObject *core_cycle_cut(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_cut cut = {0};
    rg_buffer what = rg_buffer_empty(NULL);
    rg_buffer how = rg_buffer_empty(NULL);
    size_t position;
    rg_status status;
    core_watch watch;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_cycle_cut_find(&cut, watched, &self->cycles, position, NULL);
    if (!status)
        status = write_cut(&cut, watched, &what, &how);
    status = core_watch_end(&watch, status);
    PyObject *texts[] = {convert_buffer(&what, status), NULL};
    texts[1] = texts[0] ? convert_buffer(&how, status) : NULL;
    PyObject *edges = texts[1] ? convert_edges(self->owner->graph, cut.edges, cut.count) : NULL;
    PyObject *result = edges ? Py_BuildValue("OOOOOO", edges, texts[0], texts[1],
                                             cut.is_enough ? Py_True : Py_False,
                                             cut.is_bounded ? Py_True : Py_False,
                                             cut.leaves_cycle ? Py_True : Py_False)
                             : NULL;
    Py_XDECREF(edges);
    Py_XDECREF(texts[0]);
    Py_XDECREF(texts[1]);
    rg_buffer_dispose(&how);
    rg_cut_dispose(&cut);
    return result;
}

/* ---- pictures ------------------------------------------------------------------------------ */

/* Edges in memory of the capsule's own. */
static void free_edges(PyObject *capsule)
{
    PyMem_Free(PyCapsule_GetPointer(capsule, CONVERT_EDGES_CAPSULE));
}

static PyObject *edges_capsule(const rg_edge *edges, size_t count)
{
    convert_edge_view *view = PyMem_Malloc(sizeof *view + count * sizeof *edges);
    if (!view)
        return PyErr_NoMemory();
    rg_edge *copy = (rg_edge *)(view + 1);
    if (count)
        memcpy(copy, edges, count * sizeof *edges);
    *view = (convert_edge_view){copy, count};
    PyObject *capsule = PyCapsule_New(view, CONVERT_EDGES_CAPSULE, free_edges);
    if (!capsule)
        PyMem_Free(view);
    return capsule;
}

PyObject *core_cycle_picture(PyObject *object, PyObject *args)
{
    const core_cycles *self = (core_cycles *)object;
    const rg_graph *graph = self->owner->graph;
    PyObject *argument;
    unsigned int max_nodes = 0;
    size_t i;
    if (!PyArg_ParseTuple(args, "OI:picture", &argument, &max_nodes) ||
        !parse_cycle(self, argument, &i))
        return NULL;
    rg_cycle_path path = {0};
    rg_cut cut = {0};
    rg_subgraph sub = {0};
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, graph);
    status = rg_cycle_path_find(&path, watched, &self->cycles, i, NULL);
    if (!status)
        status = rg_cycle_cut_find(&cut, watched, &self->cycles, i, NULL);
    if (!status)
        status =
            rg_cycle_subgraph_find(&sub, watched, &self->cycles, i, &path, &cut, max_nodes, NULL);
    rg_cycle_path_turn(&path, &cut);
    status = core_watch_end(&watch, status);
    PyObject *parts[3] = {NULL, NULL, NULL};
    PyObject *result = NULL;
    if (status) {
        rg_subgraph_dispose(&sub);
        convert_raise(status, NULL, PyExc_RuntimeError);
    } else {
        core_state *state = PyType_GetModuleState(Py_TYPE(object));
        parts[0] = core_subgraph_new(state, self->owner, &sub);
        parts[1] = parts[0] ? edges_capsule(path.edges, path.count) : NULL;
        parts[2] = parts[1] ? edges_capsule(cut.edges, cut.count) : NULL;
        result = parts[2] ? PyTuple_Pack(3, parts[0], parts[1], parts[2]) : NULL;
    }
    for (int k = 0; k < 3; k++)
        Py_XDECREF(parts[k]);
    rg_cut_dispose(&cut);
    rg_cycle_path_dispose(&path);
    return result;
}
