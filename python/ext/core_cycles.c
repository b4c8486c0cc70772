/* Cycles: the cycles of a graph, as found once, and selections of them. Questions to one of them are in
 * core_cycle.c. */
#include "core_cycle.h"

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
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_cycles_find(&found, watched, &options, NULL);
    status = core_watch_end(&watch, status);
    if (!status)
        return cycles_new(self, &found);
    rg_cycles_dispose(&found);
    return convert_raise(status, NULL, PyExc_RuntimeError);
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
    core_watch watch;
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
    const rg_graph *watched = core_watch_begin(&watch, graph);
    status = rg_cycles_select(&found, &self->cycles, watched, &filter, NULL);
    status = core_watch_end(&watch, status);
    PyMem_Free(type_ids);
    PyMem_Free(known_ids);
    if (!status)
        return cycles_new(self->owner, &found);
    rg_cycles_dispose(&found);
    return convert_raise(status, NULL, PyExc_RuntimeError);
}

static PyObject *cycles_known_in(PyObject *object, PyObject *args)
{
    const core_cycles *self = (core_cycles *)object;
    PyObject *later;
    int collected = -1;
    rg_node_list found = {0};
    rg_status status;
    core_watch watch;
    if (!PyArg_ParseTuple(args, "O!i:known_in", Py_TYPE(self->owner), &later, &collected))
        return NULL;
    const rg_graph *after = ((core_graph *)later)->graph;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_cycles_known_find(&found, watched, &self->cycles, collected,
                                  core_watch_also(&watch, after), NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_node_list_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
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
    if (!convert_position(argument, cycles->group_count, "group", &position))
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
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_cycles_write(&self->cycles, watched, distances, limit, &buffer);
    status = core_watch_end(&watch, status);
    return convert_buffer(&buffer, status);
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
    {"cycle", core_cycle_row, METH_O,
     "cycle(i) -> (count, group, flags, verdict, generations, freed_by, size, kept, kept_size)"},
    {"members", core_cycle_members, METH_O, "members(i) -> bytes: node ids as native uint32"},
    {"nearest", core_cycle_nearest, METH_O, "nearest(i) -> the member that is nearest to a root"},
    {"kept", core_cycle_kept, METH_O, "kept(i) -> bytes: the ids of what only it reaches"},
    {"types", core_cycle_types, METH_O, "types(i) -> [(type id, count, size)] of its members"},
    {"finalizers", core_cycle_finalizers, METH_O, "finalizers(i) -> [(node, kind, has_run)]"},
    {"fate", core_cycle_fate, METH_O, "fate(i) -> what becomes of it, in a sentence"},
    {"path", core_cycle_path, METH_O, "path(i) -> (edges, text, is_shortest)"},
    {"cut", core_cycle_cut, METH_O,
     "cut(i) -> (edges, text, advice, is_enough, is_bounded, leaves_cycle)"},
    {"picture", core_cycle_picture, METH_VARARGS,
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
