/* Cycles: the cycles of a graph, as found once, and selections of them. What is asked of one cycle (its path, its
 * cut, what it keeps) is found when asked for. */
#include "core.h"

static PyObject *cycles_new(core_graph *owner, rg_cycles *cycles)
{
    core_state *state = PyType_GetModuleState(Py_TYPE(owner));
    core_cycles *self = PyObject_New(core_cycles, state->cycles_type);
    if (!self) {
        rg_cycles_dispose(cycles);
        return NULL;
    }
    Py_INCREF(owner);
    self->owner = owner;
    self->cycles = *cycles;
    return (PyObject *)self;
}

PyObject *core_graph_cycles(PyObject *object, PyObject *argument)
{
    core_graph *self = (core_graph *)object;
    rg_cycles found = {0};
    const int assume_enabled = PyObject_IsTrue(argument);
    if (assume_enabled < 0)
        return NULL;
    const rg_cycle_options options = {.assume_enabled = assume_enabled != 0};
    rg_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycles_find(&found, self->graph, &options, NULL);
    Py_END_ALLOW_THREADS
    return status ? convert_raise(status, NULL, PyExc_RuntimeError) : cycles_new(self, &found);
}

static void cycles_dealloc(PyObject *object)
{
    core_cycles *self = (core_cycles *)object;
    PyTypeObject *type = Py_TYPE(object);
    rg_cycles_dispose(&self->cycles);
    Py_DECREF(self->owner);
    PyObject_Free(self);
    Py_DECREF(type);
}

static Py_ssize_t cycles_length(PyObject *self)
{
    return (Py_ssize_t)((core_cycles *)self)->cycles.count;
}

/* The position that an argument means; false with an exception. */
static bool parse_position(PyObject *argument, size_t count, const char *what, size_t *position)
{
    const Py_ssize_t index = PyNumber_AsSsize_t(argument, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return false;
    if (index < 0 || (size_t)index >= count) {
        PyErr_Format(PyExc_IndexError, "no %s %zd among %zu", what, index, count);
        return false;
    }
    *position = (size_t)index;
    return true;
}

static bool parse_cycle(const core_cycles *self, PyObject *argument, size_t *position)
{
    return parse_position(argument, self->cycles.count, "cycle", position);
}

/* ---- all of them --------------------------------------------------------------------------- */

/* An optional sequence of ids below `limit`; false with an exception. */
static bool parse_ids(PyObject *argument, uint32_t limit, uint32_t **ids, size_t *count)
{
    if (argument == Py_None)
        return true;
    *ids = core_id_array(argument, limit, count);
    return *ids != NULL;
}

static PyObject *cycles_select(PyObject *object, PyObject *args)
{
    const core_cycles *self = (core_cycles *)object;
    const rg_graph *graph = self->owner->graph;
    unsigned int with = 0, without = 0;
    PyObject *types = Py_None;
    PyObject *known = Py_None;
    uint32_t *type_ids = NULL;
    uint32_t *known_ids = NULL;
    rg_cycles found = {0};
    rg_status status;
    if (!PyArg_ParseTuple(args, "II|OO:select", &with, &without, &types, &known))
        return NULL;
    rg_cycle_filter filter = {.with = with, .without = without};
    if (!parse_ids(types, rg_graph_type_count(graph), &type_ids, &filter.type_count) ||
        !parse_ids(known, rg_graph_node_count(graph), &known_ids, &filter.known_count)) {
        PyMem_Free(type_ids);
        return NULL;
    }
    filter.types = type_ids;
    filter.known = known_ids;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycles_select(&found, &self->cycles, graph, &filter, NULL);
    Py_END_ALLOW_THREADS
    PyMem_Free(type_ids);
    PyMem_Free(known_ids);
    return status ? convert_raise(status, NULL, PyExc_RuntimeError)
                  : cycles_new(self->owner, &found);
}

static PyObject *cycles_known_in(PyObject *object, PyObject *args)
{
    const core_cycles *self = (core_cycles *)object;
    PyObject *later;
    int collected = -1;
    rg_node_list found = {0};
    rg_status status;
    if (!PyArg_ParseTuple(args, "O!i:known_in", Py_TYPE(self->owner), &later, &collected))
        return NULL;
    const rg_graph *after = ((core_graph *)later)->graph;
    Py_BEGIN_ALLOW_THREADS
    status =
        rg_cycles_known_find(&found, self->owner->graph, &self->cycles, collected, after, NULL);
    Py_END_ALLOW_THREADS
    if (status)
        return convert_raise(status, NULL, PyExc_RuntimeError);
    PyObject *bytes = convert_ids(found.items, found.count);
    rg_node_list_dispose(&found);
    return bytes;
}

static PyObject *cycles_garbage(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const rg_cycles *cycles = &((core_cycles *)object)->cycles;
    return convert_ids(cycles->garbage, cycles->garbage_count);
}

static PyObject *cycles_garbage_size(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(((core_cycles *)object)->cycles.garbage_size);
}

static PyObject *cycles_group_count(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(((core_cycles *)object)->cycles.group_count);
}

static PyObject *cycles_group(PyObject *object, PyObject *argument)
{
    const rg_cycles *cycles = &((core_cycles *)object)->cycles;
    size_t position;
    if (!parse_position(argument, cycles->group_count, "group", &position))
        return NULL;
    const rg_cycle_group *g = &cycles->groups[position];
    return Py_BuildValue("IIsIBKKKK", (unsigned int)g->first, (unsigned int)g->count,
                         rg_verdict_text(g->verdict), (unsigned int)g->flags,
                         (unsigned char)g->generations, (unsigned long long)g->object_count,
                         (unsigned long long)g->size, (unsigned long long)g->kept_count,
                         (unsigned long long)g->kept_size);
}

static PyObject *cycles_report(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    const size_t limit = PyLong_AsSize_t(argument);
    if (limit == (size_t)-1 && PyErr_Occurred())
        return NULL;
    const rg_distances *distances = core_graph_distances(self->owner);
    if (!distances)
        return NULL;
    rg_buffer buffer = rg_buffer_empty(NULL);
    rg_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycles_write(&self->cycles, self->owner->graph, distances, limit, &buffer);
    Py_END_ALLOW_THREADS
    return convert_buffer(&buffer, status);
}

/* ---- one of them --------------------------------------------------------------------------- */

static PyObject *cycles_cycle(PyObject *object, PyObject *argument)
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

static PyObject *cycles_members(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    const rg_cycle *c = &self->cycles.items[position];
    return convert_ids(self->cycles.members + c->first, c->count);
}

static PyObject *cycles_nearest(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    size_t position;
    const rg_distances *distances = core_graph_distances(self->owner);
    if (!distances || !parse_cycle(self, argument, &position))
        return NULL;
    return PyLong_FromUnsignedLong(rg_cycle_nearest(&self->cycles, position, distances));
}

static PyObject *cycles_kept(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_node_list found = {0};
    size_t position;
    rg_status status;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycle_kept_find(&found, self->owner->graph, &self->cycles, position, NULL);
    Py_END_ALLOW_THREADS
    if (status)
        return convert_raise(status, NULL, PyExc_RuntimeError);
    PyObject *bytes = convert_ids(found.items, found.count);
    rg_node_list_dispose(&found);
    return bytes;
}

static PyObject *cycles_types(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_type_totals totals = {0};
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    rg_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycle_types_find(&totals, self->owner->graph, &self->cycles, position, NULL);
    Py_END_ALLOW_THREADS
    if (status)
        return convert_raise(status, NULL, PyExc_RuntimeError);
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

static PyObject *cycles_finalizers(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_finalizers found = {0};
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    rg_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycle_finalizers_find(&found, self->owner->graph, &self->cycles, position, NULL);
    Py_END_ALLOW_THREADS
    if (status)
        return convert_raise(status, NULL, PyExc_RuntimeError);
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

static PyObject *cycles_fate(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_buffer buffer = rg_buffer_empty(NULL);
    size_t position;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    rg_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycle_write_fate(self->owner->graph, &self->cycles, position, &buffer);
    Py_END_ALLOW_THREADS
    return convert_buffer(&buffer, status);
}

static PyObject *cycles_path(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_cycle_path path = {0};
    rg_buffer buffer = rg_buffer_empty(NULL);
    size_t position;
    rg_status status;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycle_path_find(&path, self->owner->graph, &self->cycles, position, NULL);
    if (!status)
        status = rg_cycle_path_write(&path, self->owner->graph, &buffer);
    Py_END_ALLOW_THREADS
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

static PyObject *cycles_cut(PyObject *object, PyObject *argument)
{
    const core_cycles *self = (core_cycles *)object;
    rg_cut cut = {0};
    rg_buffer what = rg_buffer_empty(NULL);
    rg_buffer how = rg_buffer_empty(NULL);
    size_t position;
    rg_status status;
    if (!parse_cycle(self, argument, &position))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycle_cut_find(&cut, self->owner->graph, &self->cycles, position, NULL);
    if (!status)
        status = write_cut(&cut, self->owner->graph, &what, &how);
    Py_END_ALLOW_THREADS
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

static PyObject *cycles_picture(PyObject *object, PyObject *args)
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
    Py_BEGIN_ALLOW_THREADS
    status = rg_cycle_path_find(&path, graph, &self->cycles, i, NULL);
    if (!status)
        status = rg_cycle_cut_find(&cut, graph, &self->cycles, i, NULL);
    if (!status)
        status =
            rg_cycle_subgraph_find(&sub, graph, &self->cycles, i, &path, &cut, max_nodes, NULL);
    rg_cycle_path_turn(&path, &cut);
    Py_END_ALLOW_THREADS
    PyObject *parts[3] = {NULL, NULL, NULL};
    PyObject *result = NULL;
    if (status) {
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

/* ---- the type ------------------------------------------------------------------------------ */

static PyGetSetDef cycles_getters[] = {
    {"garbage_size", cycles_garbage_size, NULL, "Bytes of all that a full collection frees.", NULL},
    {"group_count", cycles_group_count, NULL, "Number of shapes.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef cycles_methods[] = {
    {"select", cycles_select, METH_VARARGS,
     "select(with, without, type_ids=None, known_ids=None) -> Cycles that have all flags of the one, "
     "none of the other, a member of one of the types, and one that is not known (ascending ids)"},
    {"known_in", cycles_known_in, METH_VARARGS,
     "known_in(later, collected) -> bytes: ids in a later Graph of the members that are there still; "
     "collected: the oldest generation that was collected since, or -1"},
    {"garbage", cycles_garbage, METH_NOARGS,
     "garbage() -> bytes: the ids of all that a full collection frees, as native uint32"},
    {"group", cycles_group, METH_O,
     "group(i) -> (first, count, verdict, flags, generations, objects, size, kept, kept_size)"},
    {"report", cycles_report, METH_O, "report(limit) -> str; 0: 10 groups of each verdict"},
    {"cycle", cycles_cycle, METH_O,
     "cycle(i) -> (count, group, flags, verdict, generations, freed_by, size, kept, kept_size)"},
    {"members", cycles_members, METH_O, "members(i) -> bytes: node ids as native uint32"},
    {"nearest", cycles_nearest, METH_O, "nearest(i) -> the member that is nearest to a root"},
    {"kept", cycles_kept, METH_O, "kept(i) -> bytes: the ids of what only it reaches"},
    {"types", cycles_types, METH_O, "types(i) -> [(type id, count, size)] of its members"},
    {"finalizers", cycles_finalizers, METH_O, "finalizers(i) -> [(node, kind, has_run)]"},
    {"fate", cycles_fate, METH_O, "fate(i) -> what becomes of it, in a sentence"},
    {"path", cycles_path, METH_O, "path(i) -> (edges, text, is_shortest)"},
    {"cut", cycles_cut, METH_O,
     "cut(i) -> (edges, text, advice, is_enough, is_bounded, leaves_cycle)"},
    {"picture", cycles_picture, METH_VARARGS,
     "picture(i, max_nodes) -> (Subgraph, capsule of the path's edges, of the cut's)"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot cycles_slots[] = {
    {Py_tp_doc, "The cycles of a graph, by group."},
    {Py_tp_dealloc, (void *)(uintptr_t)cycles_dealloc},
    {Py_tp_getset, cycles_getters},
    {Py_tp_methods, cycles_methods},
    {Py_sq_length, (void *)(uintptr_t)cycles_length},
    {0, NULL},
};

PyType_Spec core_cycles_spec = {
    .name = "refgraph._core.Cycles",
    .basicsize = sizeof(core_cycles),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = cycles_slots,
};
