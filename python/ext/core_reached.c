/* What objects reach: of the running heap, and of a Graph. */
#include "core.h"

PyObject *core_graph_of_reached(core_state *state, PyObject *objects, bool own_only)
{
    const size_t count = (size_t)PyTuple_GET_SIZE(objects);
    void **items = PyMem_New(void *, count + 1);
    core_graph *self = items ? core_graph_new(state, 0) : NULL;
    rg_error error = {{0}};
    if (!self) {
        PyMem_Free(items);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    for (size_t i = 0; i < count; i++)
        items[i] = PyTuple_GET_ITEM(objects, (Py_ssize_t)i);
    const rg_status status = rg_capture_reached(&self->graph, items, count, own_only, NULL, &error);
    PyMem_Free(items);
    if (!status)
        return (PyObject *)self;
    Py_DECREF(self);
    return convert_raise(status, &error, state->capture_error);
}

PyObject *core_graph_reached(PyObject *object, PyObject *nodes)
{
    const rg_graph *graph = ((core_graph *)object)->graph;
    rg_reached found = {0};
    size_t count = 0;
    rg_status status;
    core_watch watch;
    uint32_t *ids = core_id_array(nodes, rg_graph_node_count(graph), &count);
    if (!ids)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, graph);
    status = rg_reached_find(&found, watched, ids, count, NULL);
    status = core_watch_end(&watch, status);
    PyMem_Free(ids);
    if (status)
        return convert_raise(status, NULL, PyExc_RuntimeError);
    return Py_BuildValue("KK", (unsigned long long)found.size, (unsigned long long)found.count);
}
