/* Subgraph: the nodes and edges that a picture shows. Frozen once made, so that it can be drawn
 * without the GIL. */
#include "core.h"

/* The chain that is added to a selection: the first of a Chains of the same graph. */
static bool chain_to_add(const core_graph *self, PyObject *argument, PyTypeObject *chains_type,
                         const rg_chain **chain)
{
    *chain = NULL;
    if (argument == Py_None)
        return true;
    if (!Py_IS_TYPE(argument, chains_type) || ((core_chains *)argument)->owner != self) {
        PyErr_SetString(PyExc_TypeError, "chains must be None or chains of this graph");
        return false;
    }
    const rg_chains *chains = &((core_chains *)argument)->chains;
    if (chains->count)
        *chain = &chains->items[0];
    return true;
}

PyObject *core_subgraph_new(core_state *state, core_graph *owner, rg_subgraph *sub)
{
    core_subgraph *self = PyObject_New(core_subgraph, state->subgraph_type);
    if (!self) {
        rg_subgraph_dispose(sub);
        return NULL;
    }
    Py_INCREF(owner);
    self->owner = owner;
    self->sub = *sub;
    return (PyObject *)self;
}

PyObject *core_graph_neighbourhood(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"ids",     "direction",  "depth",  "too_many", "max_nodes",
                            "weakest", "keep_dicts", "chains", NULL};
    core_graph *self = (core_graph *)object;
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    PyObject *sequence;
    PyObject *chains = Py_None;
    int direction = RG_REFERRERS;
    int weakest = RG_STRENGTH_FRAME;
    int keep_dicts = 0;
    unsigned int depth = 0, too_many = 0, max_nodes = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$iIIIipO:neighbourhood", names, &sequence,
                                     &direction, &depth, &too_many, &max_nodes, &weakest,
                                     &keep_dicts, &chains))
        return NULL;
    if (direction < RG_REFERRERS || direction > RG_REFERENTS || weakest < RG_STRENGTH_OWN ||
        weakest > RG_STRENGTH_WEAK) {
        PyErr_SetString(PyExc_ValueError, "no such direction or strength");
        return NULL;
    }
    const rg_chain *chain;
    if (!chain_to_add(self, chains, state->chains_type, &chain))
        return NULL;
    size_t count = 0;
    uint32_t *targets = core_id_array(sequence, rg_graph_node_count(self->graph), &count);
    if (!targets)
        return NULL;
    const rg_neighbourhood_options options = {
        .direction = (rg_direction)direction,
        .depth = depth,
        .too_many = too_many,
        .max_nodes = max_nodes,
        .weakest = (rg_strength)weakest,
        .keep_dicts = keep_dicts != 0,
    };
    rg_subgraph sub = {0};
    rg_status status;
    core_watch watch;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_neighbourhood_find(&sub, watched, targets, count, &options, NULL);
    if (!status && chain)
        status = rg_subgraph_add_chain(&sub, watched, chain->edges, chain->edge_count, &options);
    status = core_watch_end(&watch, status);
    PyMem_Free(targets);
    if (!status)
        return core_subgraph_new(state, self, &sub);
    rg_subgraph_dispose(&sub);
    return convert_raise(status, NULL, PyExc_RuntimeError);
}

static void subgraph_dealloc(PyObject *object)
{
    core_subgraph *self = (core_subgraph *)object;
    PyTypeObject *type = Py_TYPE(object);
    rg_subgraph_dispose(&self->sub);
    Py_DECREF(self->owner);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *subgraph_node_count(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(((core_subgraph *)object)->sub.node_count);
}

static PyObject *subgraph_nodes(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const rg_subgraph *sub = &((core_subgraph *)object)->sub;
    PyObject *list = PyList_New((Py_ssize_t)sub->node_count);
    for (size_t i = 0; list && i < sub->node_count; i++) {
        PyObject *id = PyLong_FromUnsignedLong(sub->nodes[i]);
        if (id)
            PyList_SET_ITEM(list, (Py_ssize_t)i, id);
        else
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *subgraph_edges(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const core_subgraph *self = (core_subgraph *)object;
    return convert_edges(self->owner->graph, self->sub.edges, self->sub.edge_count);
}

static PyObject *subgraph_omissions(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const rg_subgraph *sub = &((core_subgraph *)object)->sub;
    PyObject *list = PyList_New((Py_ssize_t)sub->omission_count);
    for (size_t i = 0; list && i < sub->omission_count; i++) {
        const rg_omission *omission = &sub->omissions[i];
        PyObject *row =
            Py_BuildValue("IKN", (unsigned int)omission->node, (unsigned long long)omission->count,
                          PyBool_FromLong(omission->referrers));
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *subgraph_capsule(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return convert_capsule(&((core_subgraph *)self)->sub, CONVERT_SUBGRAPH_CAPSULE, self);
}

static PyGetSetDef subgraph_getters[] = {
    {"node_count", subgraph_node_count, NULL, "Number of nodes.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef subgraph_methods[] = {
    {"nodes", subgraph_nodes, METH_NOARGS, "nodes() -> [id], the asked-for ones first"},
    {"edges", subgraph_edges, METH_NOARGS, "edges() -> [(source, target, index, name, strength)]"},
    {"omissions", subgraph_omissions, METH_NOARGS, "omissions() -> [(node, count, referrers)]"},
    {"capsule", subgraph_capsule, METH_NOARGS, "capsule() -> the capsule that _render reads"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot subgraph_slots[] = {
    {Py_tp_doc, "Some nodes and edges of a Graph."},
    {Py_tp_dealloc, (void *)(uintptr_t)subgraph_dealloc},
    {Py_tp_getset, subgraph_getters},
    {Py_tp_methods, subgraph_methods},
    {0, NULL},
};

PyType_Spec core_subgraph_spec = {
    .name = "refgraph._core.Subgraph",
    .basicsize = sizeof(core_subgraph),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = subgraph_slots,
};
