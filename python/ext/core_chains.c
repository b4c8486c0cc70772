/* Chains: why one object is alive, as found once; words for each chain are made when asked for. */
#include "core.h"

#include <pythread.h>

static rg_status find_distances(core_graph *self, const rg_graph *graph)
{
    return self->distances.cost
               ? RG_OK
               : rg_distances_find(&self->distances, graph, RG_STRENGTH_INFRASTRUCTURE, NULL);
}

const rg_distances *core_graph_distances(core_graph *self)
{
    if (!self->has_distances && !core_graph_once(self, find_distances))
        return NULL;
    self->has_distances = true; /* written and read under the GIL only */
    return &self->distances;
}

enum {
    HARD_WORK =
        1 << 14, /* edges looked at for one object: looking for a further chain was a search */
    WORTH = 4    /* such searches over the heap cost as much as all dominators */
};

/* What a question for chains goes by. Where many lists hold a part of the heap each, looking for a further chain is a
 * search in vain for each of them, once; dominators know of all. They are found when the searches so far have cost as
 * much: so no question costs more than twice what it must. False with an exception. */
static bool find_bounds(core_graph *self, rg_distances *bounds)
{
    if (!core_graph_distances(self))
        return false;
    if (self->chain_work / WORTH > rg_graph_edge_count(self->graph) &&
        !core_graph_find_retained(self))
        return false;
    *bounds = self->distances;
    bounds->dominator = self->has_retained ? self->retained.dominator : NULL;
    return true;
}

PyObject *core_graph_chains(PyObject *object, PyObject *args)
{
    core_graph *self = (core_graph *)object;
    PyObject *argument;
    Py_ssize_t limit;
    uint32_t target;
    if (!PyArg_ParseTuple(args, "On:chains", &argument, &limit) ||
        !core_node_id(self, argument, &target))
        return NULL;
    if (limit < 1) {
        PyErr_SetString(PyExc_ValueError, "limit must be at least 1");
        return NULL;
    }
    rg_distances bounds;
    if (!find_bounds(self, &bounds))
        return NULL;
    rg_chains chains = {0};
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_chains_find(&chains, watched, &bounds, target, (size_t)limit, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_chains_dispose(&chains);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    self->chain_work += chains.work > HARD_WORK ? chains.work : 0;
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    core_chains *result = PyObject_New(core_chains, state->chains_type);
    if (!result) {
        rg_chains_dispose(&chains);
        return NULL;
    }
    Py_INCREF(self);
    result->owner = self;
    result->chains = chains;
    result->target = target;
    return (PyObject *)result;
}

static void chains_dealloc(PyObject *object)
{
    core_chains *self = (core_chains *)object;
    PyTypeObject *type = Py_TYPE(object);
    rg_chains_dispose(&self->chains);
    Py_DECREF(self->owner);
    PyObject_Free(self);
    Py_DECREF(type);
}

static Py_ssize_t chains_length(PyObject *self)
{
    return (Py_ssize_t)((core_chains *)self)->chains.count;
}

static PyObject *chains_root_count(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(((core_chains *)self)->chains.root_count);
}

static PyObject *chains_holder_count(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(((core_chains *)self)->chains.holder_count);
}

static PyObject *chains_unreached(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(((core_chains *)self)->chains.unreached);
}

/* The chain that an index argument means, or NULL with an exception. */
static const rg_chain *chain_at(const core_chains *self, PyObject *argument)
{
    size_t position;
    return convert_position(argument, self->chains.count, "chain", &position)
               ? &self->chains.items[position]
               : NULL;
}

static PyObject *chains_chain(PyObject *object, PyObject *argument)
{
    const rg_chain *chain = chain_at((core_chains *)object, argument);
    if (!chain)
        return NULL;
    return Py_BuildValue("InNKK", (unsigned int)chain->root, (Py_ssize_t)chain->edge_count,
                         PyBool_FromLong(chain->independent), (unsigned long long)chain->alike,
                         (unsigned long long)chain->parallel);
}

static PyObject *chains_edges(PyObject *object, PyObject *argument)
{
    const core_chains *self = (core_chains *)object;
    const rg_chain *chain = chain_at(self, argument);
    if (!chain)
        return NULL;
    return convert_edges(self->owner->graph, chain->edges, chain->edge_count);
}

static PyObject *chains_expression(PyObject *object, PyObject *argument)
{
    const core_chains *self = (core_chains *)object;
    const rg_chain *chain = chain_at(self, argument);
    if (!chain)
        return NULL;
    rg_buffer buffer = rg_buffer_empty(NULL);
    bool evaluable = false;
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_chain_write_expression(chain, watched, &buffer, &evaluable);
    status = core_watch_end(&watch, status);
    PyObject *text = convert_buffer(&buffer, status);
    return text ? Py_BuildValue("NN", text, PyBool_FromLong(evaluable)) : NULL;
}

static PyObject *chains_tree(PyObject *object, PyObject *argument)
{
    const core_chains *self = (core_chains *)object;
    const rg_chain *chain = chain_at(self, argument);
    if (!chain)
        return NULL;
    rg_buffer buffer = rg_buffer_empty(NULL);
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->owner->graph);
    status = rg_chain_write_tree(chain, watched, self->target, &buffer);
    status = core_watch_end(&watch, status);
    return convert_buffer(&buffer, status);
}

static PyObject *chains_capsule(PyObject *object, PyObject *argument)
{
    const rg_chain *chain = chain_at((core_chains *)object, argument);
    return chain ? convert_capsule(chain, CONVERT_CHAIN_CAPSULE, object) : NULL;
}

static PyGetSetDef chains_getters[] = {
    {"root_count", chains_root_count, NULL, "Roots that it is itself.", NULL},
    {"holder_count", chains_holder_count, NULL, "Distinct objects that refer to it.", NULL},
    {"unreached", chains_unreached, NULL,
     "How many of them no root reaches except through the object itself.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef chains_methods[] = {
    {"chain", chains_chain, METH_O, "chain(i) -> (root, length, independent, alike, parallel)"},
    {"edges", chains_edges, METH_O, "edges(i) -> [(source, target, index, name, strength)]"},
    {"expression", chains_expression, METH_O, "expression(i) -> (text, evaluable)"},
    {"tree", chains_tree, METH_O, "tree(i) -> str"},
    {"capsule", chains_capsule, METH_O, "capsule(i) -> the capsule that _render reads"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot chains_slots[] = {
    {Py_tp_doc, "Chains from roots to one object, cheapest first."},
    {Py_tp_dealloc, (void *)(uintptr_t)chains_dealloc},
    {Py_tp_getset, chains_getters},
    {Py_tp_methods, chains_methods},
    {Py_sq_length, (void *)(uintptr_t)chains_length},
    {0, NULL},
};

PyType_Spec core_chains_spec = {
    .name = "refgraph._core.Chains",
    .basicsize = sizeof(core_chains),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = chains_slots,
};
