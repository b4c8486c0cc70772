/* Where the bytes of a Graph come together, and what is held there. */
#include "core.h"

static PyObject *optional_node(uint32_t node)
{
    if (node == RG_NONE)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLong(node);
}

static PyObject *accumulation_row(const rg_accumulations *found, const rg_accumulation *item)
{
    const uint32_t *nodes = found->members + item->first;
    return Py_BuildValue("iNIIKIKy#", (int)item->kind, optional_node(item->point),
                         (unsigned int)item->type, (unsigned int)item->example,
                         (unsigned long long)item->size, (unsigned int)item->outer_type,
                         (unsigned long long)item->outer_count, (const char *)nodes,
                         (Py_ssize_t)(item->count * sizeof *nodes));
}

PyObject *core_graph_accumulations(PyObject *object, PyObject *args)
{
    core_graph *self = (core_graph *)object;
    unsigned long long least;
    Py_ssize_t limit;
    rg_accumulations found = {0};
    rg_status status;
    core_watch watch;
    if (!PyArg_ParseTuple(args, "Kn:accumulations", &least, &limit))
        return NULL;
    if (limit < 0) {
        PyErr_SetString(PyExc_ValueError, "limit must be at least 0");
        return NULL;
    }
    const rg_retained *retained = core_graph_find_retained(self);
    if (!retained)
        return NULL;
    const rg_graph *watched = core_watch_begin(&watch, self->graph);
    status = rg_accumulations_find(&found, watched, retained, least, (size_t)limit, NULL);
    status = core_watch_end(&watch, status);
    if (status) {
        rg_accumulations_dispose(&found);
        return convert_raise(status, NULL, PyExc_RuntimeError);
    }
    PyObject *list = PyList_New((Py_ssize_t)found.count);
    for (size_t i = 0; list && i < found.count; i++) {
        PyObject *row = accumulation_row(&found, &found.items[i]);
        if (row)
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        else
            Py_CLEAR(list);
    }
    const unsigned long long told = found.least;
    rg_accumulations_dispose(&found);
    return list ? Py_BuildValue("KN", told, list) : NULL;
}
