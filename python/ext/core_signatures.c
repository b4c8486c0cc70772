/* Signatures: objects grouped by what holds them, as found once. */
#include "core.h"

PyObject *core_graph_signatures(PyObject *object, PyObject *nodes)
{
    core_graph *self = (core_graph *)object;
    rg_signatures found = {0};
    size_t count = 0;
    rg_status status;
    core_watch watch;
    uint32_t *ids = core_id_array(nodes, rg_graph_node_count(self->graph), &count);
    if (!ids)
        return NULL;
    const rg_distances *distances = core_graph_distances(self);
    if (!distances) {
        PyMem_Free(ids);
        return NULL;
    }
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_signatures_find(&found, watched, distances, ids, count, NULL);
    status = core_watch_end(&watch, status);
    PyMem_Free(ids);
    if (status) {
        rg_signatures_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    core_signatures *result = PyObject_New(core_signatures, state->signatures_type);
    if (!result) {
        rg_signatures_dispose(&found);
        return NULL;
    }
    Py_INCREF(self);
    result->owner = self;
    result->signatures = found;
    return (PyObject *)result;
}

static void signatures_dealloc(PyObject *object)
{
    core_signatures *self = (core_signatures *)object;
    PyTypeObject *type = Py_TYPE(object);
    rg_signatures_dispose(&self->signatures);
    Py_DECREF(self->owner);
    PyObject_Free(self);
    Py_DECREF(type);
}

static Py_ssize_t signatures_length(PyObject *self)
{
    return (Py_ssize_t)((core_signatures *)self)->signatures.group_count;
}

/* The group that an argument means, or NULL with an exception. */
static const rg_signature_group *group_at(const core_signatures *self, PyObject *argument)
{
    size_t position;
    return convert_position(argument, self->signatures.group_count, "group", &position)
               ? &self->signatures.groups[position]
               : NULL;
}

static PyObject *signatures_group(PyObject *object, PyObject *argument)
{
    const rg_signature_group *group = group_at((core_signatures *)object, argument);
    if (!group)
        return NULL;
    PyObject *text = convert_text(group->text.data, group->text.size);
    if (!text)
        return NULL;
    return Py_BuildValue("NKKKIN", text, (unsigned long long)group->id,
                         (unsigned long long)group->count, (unsigned long long)group->size,
                         (unsigned int)group->example, PyBool_FromLong(group->is_reached));
}

static PyObject *signatures_nodes(PyObject *object, PyObject *argument)
{
    const core_signatures *self = (core_signatures *)object;
    const rg_signature_group *group = group_at(self, argument);
    if (!group)
        return NULL;
    return convert_ids(self->signatures.members + group->first, group->count);
}

static PyMethodDef signatures_methods[] = {
    {"group", signatures_group, METH_O,
     "group(i) -> (text, id, count, size, example, whether a root reaches them)"},
    {"nodes", signatures_nodes, METH_O, "nodes(i) -> bytes: the node ids, as native uint32"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot signatures_slots[] = {
    {Py_tp_doc, "Objects grouped by what holds them, the biggest group first."},
    {Py_tp_dealloc, (void *)(uintptr_t)signatures_dealloc},
    {Py_tp_methods, signatures_methods},
    {Py_sq_length, (void *)(uintptr_t)signatures_length},
    {0, NULL},
};

PyType_Spec core_signatures_spec = {
    .name = "refgraph._core.Signatures",
    .basicsize = sizeof(core_signatures),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = signatures_slots,
};
