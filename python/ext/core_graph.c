/* Graph: a captured heap. Counting is here; nodes and edges are in core_elements.c, types in core_types.c, the questions in
 * core_chains.c, core_signatures.c, core_subgraph.c, core_cycles.c and core_retained.c. Every pass over the
 * graph runs without the GIL, which is safe because a graph never changes and the caller's reference keeps
 * it alive. */
#include "core.h"

#include <pythread.h>

/* ---- arguments ------------------------------------------------------------------------------- */

bool core_node_id(const core_graph *self, PyObject *argument, uint32_t *node)
{
    const unsigned long long id = PyLong_AsUnsignedLongLong(argument);
    if (id == (unsigned long long)-1 && PyErr_Occurred())
        return false;
    if (id >= rg_graph_node_count(self->graph)) {
        PyErr_Format(PyExc_IndexError, "no node %llu in a graph of %lu nodes", id,
                     (unsigned long)rg_graph_node_count(self->graph));
        return false;
    }
    *node = (uint32_t)id;
    return true;
}

uint32_t *core_id_array(PyObject *sequence, uint32_t limit, size_t *count)
{
    PyObject *items = PySequence_Fast(sequence, "a sequence of ids is needed");
    if (!items)
        return NULL;
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(items);
    uint32_t *array = PyMem_New(uint32_t, (size_t)(size > 0 ? size : 1));
    if (!array)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; array && i < size; i++) {
        const unsigned long long id = PyLong_AsUnsignedLongLong(PySequence_Fast_GET_ITEM(items, i));
        if (id < limit) {
            array[i] = (uint32_t)id;
            continue;
        }
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_IndexError, "no id %llu among %lu", id, (unsigned long)limit);
        PyMem_Free(array);
        array = NULL;
    }
    Py_DECREF(items);
    if (array)
        *count = (size_t)size;
    return array;
}

/* ---- making and freeing ------------------------------------------------------------------------ */

core_graph *core_graph_new(core_state *state, size_t rule_count)
{
    core_graph *self = PyObject_New(core_graph, state->graph_type);
    if (!self)
        return NULL;
    self->graph = NULL;
    self->cost = (rg_capture_cost){0};
    self->rule_count = rule_count;
    self->matches = PyMem_RawCalloc(rule_count + 1, sizeof *self->matches);
    self->distances = (rg_distances){0};
    self->has_distances = false;
    self->retained = (rg_retained){0};
    self->has_retained = false;
    self->owners = (rg_owners){0};
    self->has_owners = false;
    self->chain_work = 0;
    self->searcher = 0;
    self->searching = PyThread_allocate_lock();
    if (self->searching && self->matches)
        return self;
    Py_DECREF(self);
    PyErr_NoMemory();
    return NULL;
}

PyObject *core_graph_capture(core_state *state, const rg_capture_options *options)
{
    core_graph *self = core_graph_new(state, options->rule_count);
    rg_error error = {{0}};
    if (!self)
        return NULL;
    rg_capture_options with_matches = *options;
    with_matches.matches = self->matches;
    const rg_status status = rg_capture(&self->graph, &with_matches, &self->cost, &error);
    if (status == RG_ERR_ARGUMENT) {
        Py_DECREF(self);
        return convert_raise(status, &error, PyExc_ValueError);
    }
    if (status) {
        Py_DECREF(self);
        return convert_raise(status, &error,
                             status == RG_ERR_STATE ? state->collection_running
                                                    : state->capture_error);
    }
    return (PyObject *)self;
}

static void graph_dealloc(PyObject *object)
{
    core_graph *self = (core_graph *)object;
    PyTypeObject *type = Py_TYPE(object);
    rg_owners_dispose(&self->owners);
    rg_retained_dispose(&self->retained);
    rg_distances_dispose(&self->distances);
    rg_graph_free(self->graph);
    PyMem_RawFree(self->matches);
    if (self->searching)
        PyThread_free_lock(self->searching);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* ---- what is found once ------------------------------------------------------------------------ */

/* A progress function runs in the middle of it: there the thread would wait for itself. */
bool core_graph_once(core_graph *self, rg_status (*find)(core_graph *self, const rg_graph *graph))
{
    core_watch watch;
    if (self->searcher == PyThread_get_thread_ident()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "a progress function cannot ask the snapshot that is being analysed");
        return false;
    }
    const rg_graph *graph = core_watch_begin(&watch, self->graph);
    rg_status status = core_watch_lock(&watch, self->searching);
    if (!status) {
        self->searcher = PyThread_get_thread_ident();
        status = find(self, graph);
        self->searcher = 0;
        PyThread_release_lock(self->searching);
    }
    status = core_watch_end(&watch, status);
    if (status)
        convert_raise(status, NULL, PyExc_RuntimeError);
    return !status;
}

/* ---- counts ------------------------------------------------------------------------------------ */

static PyObject *graph_node_count(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLong(rg_graph_node_count(((core_graph *)self)->graph));
}

static PyObject *graph_edge_count(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(rg_graph_edge_count(((core_graph *)self)->graph));
}

static PyObject *graph_memory(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(rg_graph_memory(((core_graph *)self)->graph));
}

static PyObject *graph_rule_matches(PyObject *object, void *Py_UNUSED(closure))
{
    const core_graph *self = (core_graph *)object;
    PyObject *list = PyList_New((Py_ssize_t)self->rule_count);
    for (size_t i = 0; list && i < self->rule_count; i++) {
        PyObject *count = PyLong_FromUnsignedLongLong(self->matches[i]);
        if (count)
            PyList_SET_ITEM(list, (Py_ssize_t)i, count);
        else
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *graph_seconds(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((core_graph *)self)->cost.seconds);
}

static PyObject *graph_pause_seconds(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((core_graph *)self)->cost.pause_seconds);
}

static PyObject *graph_capsule(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return convert_capsule(((core_graph *)self)->graph, CONVERT_GRAPH_CAPSULE, self);
}

/* ---- the type ---------------------------------------------------------------------------------- */

static PyGetSetDef graph_getters[] = {
    {"node_count", graph_node_count, NULL, "Number of objects.", NULL},
    {"edge_count", graph_edge_count, NULL, "Number of references.", NULL},
    {"memory", graph_memory, NULL, "Bytes that the graph itself occupies.", NULL},
    {"rule_matches", graph_rule_matches, NULL, "How many edges each rule of the capture named.",
     NULL},
    {"seconds", graph_seconds, NULL, "Seconds that the capture took.", NULL},
    {"pause_seconds", graph_pause_seconds, NULL, "Seconds of it with the GIL held.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef graph_methods[] = {
    {"types", core_graph_types, METH_NOARGS,
     "types() -> [(module, name, text, kind, count, size, node or None)], by type id"},
    {"types_among", core_graph_types_among, METH_O,
     "types_among(ids) -> the same of some nodes, whose ids ascend"},
    {"type_of", core_graph_type_of, METH_O, "type_of(id) -> (name, text, kind) of a node's type"},
    {"nodes_of", core_graph_nodes_of, METH_O,
     "nodes_of(type_ids) -> bytes: the node ids, ascending, as native uint32"},
    {"node", core_graph_node, METH_O,
     "node(id) -> (type, address, size, refcount, generation, flags)"},
    {"text", core_graph_text, METH_VARARGS, "text(id, limit=0) -> str or None"},
    {"find", core_graph_find, METH_O, "find(address) -> node id or None"},
    {"find_object", core_graph_find_object, METH_O,
     "find_object(object) -> id of the node at its address with its type, or None"},
    {"roots", core_graph_roots, METH_NOARGS, "roots() -> [(kind, node, name, references)]"},
    {"root", core_graph_root, METH_O, "root(i) -> (kind, node, name, references)"},
    {"unexplained_nodes", core_graph_unexplained_nodes, METH_VARARGS,
     "unexplained_nodes(with_constants, with_likely) -> ([(node, references, place)], left out)"},
    {"references_text", core_graph_references_text, METH_O,
     "references_text(id) -> what its reference count is made of, in a line"},
    {"unexplained", core_graph_unexplained, METH_O,
     "unexplained(id) -> number of references that nothing explains"},
    {"collector", core_graph_collector, METH_NOARGS,
     "collector() -> (kind, enabled, thresholds, counts, frozen, debug)"},
    {"site_text", core_graph_site_text, METH_O,
     "site_text(id) -> the allocating line, as app/api.py:57, or ''"},
    {"site", core_graph_site, METH_O, "site(id) -> [(file, line)], the allocating line first"},
    {"site_totals", core_graph_site_totals, METH_O,
     "site_totals(ids) -> [(file or None, line, count, size)], biggest first"},
    {"referents", core_graph_referents, METH_O,
     "referents(id) -> [(source, target, index, name, strength)]"},
    {"edge", core_graph_edge, METH_VARARGS,
     "edge(source, index) -> (source, target, index, name, strength), or None: it has no such one"},
    {"referrers", core_graph_referrers, METH_O,
     "referrers(id) -> [(source, target, index, name, strength)]"},
    {"chains", core_graph_chains, METH_VARARGS, "chains(id, limit) -> Chains"},
    {"neighbourhood", (PyCFunction)(void (*)(void))core_graph_neighbourhood,
     METH_VARARGS | METH_KEYWORDS,
     "neighbourhood(ids, *, direction, depth, too_many, max_nodes, weakest, keep_dicts, chains) "
     "-> Subgraph"},
    {"cycles", core_graph_cycles, METH_O,
     "cycles(assume_enabled) -> Cycles: every cycle, by group"},
    {"growth", core_graph_growth, METH_O,
     "growth(before) -> Growth: what changed since another graph"},
    {"lasting", core_graph_lasting, METH_VARARGS,
     "lasting(before, after) -> bytes: ids of what is new between those, and still here"},
    {"signatures", core_graph_signatures, METH_O,
     "signatures(ids) -> Signatures: the nodes, grouped by what holds them"},
    {"reached", core_graph_reached, METH_O,
     "reached(ids) -> (size, count): what nodes reach, themselves included"},
    {"retained", core_graph_retained, METH_O,
     "retained(id) -> (size, count, dominator or None): what goes with a node, itself included"},
    {"retained_some", core_graph_retained_some, METH_O,
     "retained_some(ids) -> [(size, count)]: what goes with each, for less than that of all costs"},
    {"retained_top", core_graph_retained_top, METH_O,
     "retained_top(limit) -> bytes: ids of the nodes that retain most, as native uint32"},
    {"retained_totals", core_graph_retained_totals, METH_O,
     "retained_totals(by) -> [(type id, count, size, kept count, kept size)]; by 0: type, 1: module"},
    {"owners", core_graph_owners, METH_NOARGS, "owners() -> [(text, kind, node, count, size)]"},
    {"expressions", core_graph_expressions, METH_O,
     "expressions(ids) -> [the cheapest chain to the node, in a line]"},
    {"what_if", core_graph_what_if, METH_VARARGS,
     "what_if(ids, edge_indices) -> (bytes: ids of all that would go without them, size)"},
    {"accumulations", core_graph_accumulations, METH_VARARGS,
     "accumulations(least, limit) -> (least, [(kind, point or None, type id, example, size, outer "
     "type id, outer count, bytes: ids of the objects)]), most bytes first"},
    {"save", (PyCFunction)(void (*)(void))core_graph_save, METH_VARARGS | METH_KEYWORDS,
     "save(path, *, text, packed, captured_at, process, run, python, implementation, platform, rules)"},
    {"arrow_stream", core_graph_arrow_stream, METH_VARARGS,
     "arrow_stream(table, with_retained) -> a capsule 'arrow_array_stream' over it; tables: nodes, edges, types, "
     "roots, owners"},
    {"arrow_schema", core_graph_arrow_schema, METH_VARARGS,
     "arrow_schema(table, with_retained) -> a capsule 'arrow_schema' of it"},
    {"capsule", graph_capsule, METH_NOARGS, "capsule() -> the capsule that _render reads"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot graph_slots[] = {
    {Py_tp_doc, "A captured heap: it describes objects and holds none of them."},
    {Py_tp_dealloc, (void *)(uintptr_t)graph_dealloc},
    {Py_tp_getset, graph_getters},
    {Py_tp_methods, graph_methods},
    {0, NULL},
};

PyType_Spec core_graph_spec = {
    .name = "refgraph._core.Graph",
    .basicsize = sizeof(core_graph),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = graph_slots,
};
