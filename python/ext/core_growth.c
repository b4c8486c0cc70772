/* Growth: what changed between two graphs, as found once. */
#include "core.h"

PyObject *core_graph_growth(PyObject *object, PyObject *before)
{
    core_graph *self = (core_graph *)object;
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    rg_growth found = {0};
    rg_status status;
    core_watch watch;
    if (!Py_IS_TYPE(before, state->graph_type))
        return PyErr_Format(PyExc_TypeError, "before must be a Graph, not '%.100s'",
                            Py_TYPE(before)->tp_name);
    core_graph *earlier = (core_graph *)before;
    const rg_distances *distances_before = core_graph_distances(earlier);
    const rg_distances *distances = distances_before ? core_graph_distances(self) : NULL;
    if (!distances)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_growth_find(&found, core_watch_also(&watch, earlier->graph), distances_before,
                            watched, distances, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_growth_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    core_growth *result = PyObject_New(core_growth, state->growth_type);
    if (!result) {
        rg_growth_dispose(&found);
        return NULL;
    }
    result->growth = found;
    Py_INCREF(earlier);
    Py_INCREF(self);
    result->before = earlier;
    result->after = self;
    return (PyObject *)result;
}

PyObject *core_graph_lasting(PyObject *object, PyObject *args)
{
    core_graph *self = (core_graph *)object;
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    PyObject *before;
    PyObject *after;
    rg_node_list found = {0};
    rg_status status;
    core_watch watch;
    if (!PyArg_ParseTuple(args, "O!O!:lasting", state->graph_type, &before, state->graph_type,
                          &after))
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_lasting_find(&found, ((core_graph *)before)->graph,
                             core_watch_also(&watch, ((core_graph *)after)->graph), watched, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_node_list_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *result = convert_ids(found.items, found.count);
    rg_node_list_dispose(&found);
    return result;
}

static void growth_dealloc(PyObject *object)
{
    core_growth *self = (core_growth *)object;
    PyTypeObject *type = Py_TYPE(object);
    rg_growth_dispose(&self->growth);
    Py_DECREF(self->before);
    Py_DECREF(self->after);
    PyObject_Free(self);
    Py_DECREF(type);
}

static Py_ssize_t growth_length(PyObject *self)
{
    return (Py_ssize_t)((core_growth *)self)->growth.point_count;
}

static PyObject *id_or_none(uint32_t id)
{
    if (id == RG_NONE)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLong(id);
}

static PyObject *growth_sums(PyObject *object, PyObject *unused)
{
    (void)unused;
    const rg_growth *g = &((core_growth *)object)->growth;
    return Py_BuildValue(
        "KKKKKKKKLK", (unsigned long long)g->count_before, (unsigned long long)g->size_before,
        (unsigned long long)g->count, (unsigned long long)g->size, (unsigned long long)g->born,
        (unsigned long long)g->born_size, (unsigned long long)g->died,
        (unsigned long long)g->died_size, (long long)g->resized, (unsigned long long)g->grown);
}

static PyObject *type_row(const rg_type_growth *t)
{
    return Py_BuildValue("NNKKKKKKNN", id_or_none(t->before), id_or_none(t->after),
                         (unsigned long long)t->count_before, (unsigned long long)t->size_before,
                         (unsigned long long)t->count, (unsigned long long)t->size,
                         (unsigned long long)t->born, (unsigned long long)t->died,
                         id_or_none(t->example), id_or_none(t->point));
}

static PyObject *growth_types(PyObject *object, PyObject *unused)
{
    (void)unused;
    const rg_growth *g = &((core_growth *)object)->growth;
    PyObject *result = PyList_New((Py_ssize_t)g->type_count);
    for (size_t i = 0; i < g->type_count && result; i++) {
        PyObject *row = type_row(&g->types[i]);
        if (row)
            PyList_SET_ITEM(result, (Py_ssize_t)i, row);
        else
            Py_CLEAR(result);
    }
    return result;
}

/* The point that an argument means, or NULL with an exception. */
static const rg_growth_point *point_at(const rg_growth *g, PyObject *argument, size_t *position)
{
    return convert_position(argument, g->point_count, "point", position) ? &g->points[*position]
                                                                         : NULL;
}

static PyObject *growth_point(PyObject *object, PyObject *argument)
{
    size_t position;
    const rg_growth_point *p = point_at(&((core_growth *)object)->growth, argument, &position);
    PyObject *text = p ? convert_text(p->text.data, p->text.size) : NULL;
    if (!text)
        return NULL;
    return Py_BuildValue(
        "NKNNNKNKKKKKKL", text, (unsigned long long)p->id, id_or_none(p->type_before),
        id_or_none(p->type), id_or_none(p->holder), (unsigned long long)p->holder_count,
        id_or_none(p->example), (unsigned long long)p->gained, (unsigned long long)p->lost,
        (unsigned long long)p->born, (unsigned long long)p->born_size, (unsigned long long)p->died,
        (unsigned long long)p->died_size, (long long)p->resized);
}

static bool is_wanted(const core_growth *self, uint32_t node, size_t point, uint32_t row)
{
    const rg_growth *g = &self->growth;
    return g->point_of[node] == point &&
           (row == RG_NONE || g->row_of_after[rg_graph_node(self->after->graph, node).type] == row);
}

static PyObject *growth_nodes(PyObject *object, PyObject *args)
{
    const core_growth *self = (core_growth *)object;
    const rg_growth *g = &self->growth;
    PyObject *index;
    PyObject *type = Py_None;
    size_t position;
    size_t number = 0;
    size_t count = 0;
    if (!PyArg_ParseTuple(args, "O|O:nodes", &index, &type) || !point_at(g, index, &position) ||
        (type != Py_None && !convert_position(type, g->type_count_after, "type", &number)))
        return NULL;
    const uint32_t row = type == Py_None ? RG_NONE : g->row_of_after[number];
    for (uint32_t n = 0; n < g->node_count; n++)
        count += is_wanted(self, n, position, row);
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * sizeof *g->point_of));
    if (!result)
        return NULL;
    char *next = PyBytes_AS_STRING(result);
    for (uint32_t n = 0; n < g->node_count; n++)
        if (is_wanted(self, n, position, row)) {
            memcpy(next, &n, sizeof n);
            next += sizeof n;
        }
    return result;
}

static PyObject *point_type_row(const rg_point_type *t)
{
    return Py_BuildValue("NNKKKKK", id_or_none(t->before), id_or_none(t->after),
                         (unsigned long long)t->born, (unsigned long long)t->born_size,
                         (unsigned long long)t->died, (unsigned long long)t->died_size,
                         (unsigned long long)t->cost);
}

static PyObject *growth_point_types(PyObject *object, PyObject *argument)
{
    const core_growth *self = (core_growth *)object;
    const rg_distances *distances = core_graph_distances(self->after);
    rg_point_types found = {0};
    size_t position;
    rg_status status;
    core_watch watch;
    if (!distances || !point_at(&self->growth, argument, &position))
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->after->graph);
    status =
        rg_point_types_find(&found, &self->growth, position,
                            core_watch_also(&watch, self->before->graph), watched, distances, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_point_types_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *result = PyList_New((Py_ssize_t)found.count);
    for (size_t i = 0; i < found.count && result; i++) {
        PyObject *row = point_type_row(&found.items[i]);
        if (row)
            PyList_SET_ITEM(result, (Py_ssize_t)i, row);
        else
            Py_CLEAR(result);
    }
    rg_point_types_dispose(&found);
    return result;
}

/* The points that a sequence means, to be freed with PyMem_Free; NULL with an exception. */
static size_t *points_in(const rg_growth *g, PyObject *argument, size_t *count)
{
    PyObject *sequence = PySequence_Fast(argument, "points must be a sequence of numbers");
    if (!sequence)
        return NULL;
    *count = (size_t)PySequence_Fast_GET_SIZE(sequence);
    size_t *points = PyMem_New(size_t, *count + 1);
    if (!points)
        PyErr_NoMemory();
    for (size_t i = 0; i < *count && points; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(sequence, (Py_ssize_t)i);
        if (point_at(g, item, &points[i]))
            continue;
        PyMem_Free(points);
        points = NULL;
    }
    Py_DECREF(sequence);
    return points;
}

static PyObject *growth_release(PyObject *object, PyObject *argument)
{
    const core_growth *self = (core_growth *)object;
    const rg_distances *distances = core_graph_distances(self->after);
    rg_release found = {0};
    size_t count = 0;
    rg_status status;
    core_watch watch;
    size_t *points = distances ? points_in(&self->growth, argument, &count) : NULL;
    if (!points)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->after->graph);
    status = rg_release_find(&found, &self->growth, points, count, watched, distances, NULL);
    status = core_watch_end(&watch, status);
    PyMem_Free(points);
    if (status) {
        rg_release_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *gone = convert_ids(found.gone.nodes, found.gone.count);
    if (gone)
        gone = Py_BuildValue("NKKKNN", gone, (unsigned long long)found.gone.size,
                             (unsigned long long)found.holder_count, (unsigned long long)found.kept,
                             id_or_none(found.example), id_or_none(found.keeper));
    rg_release_dispose(&found);
    return gone;
}

static PyMethodDef growth_methods[] = {
    {"sums", growth_sums, METH_NOARGS,
     "sums() -> (count before, size before, count, size, born, born size, died, died size, resized, "
     "grown)"},
    {"types", growth_types, METH_NOARGS,
     "types() -> [(type before, type, count before, size before, count, size, born, died, example, point)]"},
    {"point", growth_point, METH_O,
     "point(i) -> (text, id, type before, type, holder, holder count, example, gained, lost, born, "
     "born size, died, died size, resized)"},
    {"nodes", growth_nodes, METH_VARARGS,
     "nodes(i, type=None) -> bytes: the ids of new nodes at a point, as native uint32; of types named "
     "like one, or all"},
    {"point_types", growth_point_types, METH_O,
     "point_types(i) -> [(type before, type, born, born size, died, died size, cost)]"},
    {"release", growth_release, METH_O,
     "release(points) -> (ids of what would go, its size, holders, how many of the first point stay, "
     "one of those, what keeps it)"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot growth_slots[] = {
    {Py_tp_doc, "What changed between two graphs; its length is the number of points of growth."},
    {Py_tp_dealloc, (void *)(uintptr_t)growth_dealloc},
    {Py_tp_methods, growth_methods},
    {Py_sq_length, (void *)(uintptr_t)growth_length},
    {0, NULL},
};

PyType_Spec core_growth_spec = {
    .name = "refgraph._core.Growth",
    .basicsize = sizeof(core_growth),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = growth_slots,
};
