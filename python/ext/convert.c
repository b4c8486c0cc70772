/* Statuses become exceptions, buffers become str, edges become tuples. */
#include "convert.h"

static void release_owner(PyObject *capsule)
{
    Py_XDECREF((PyObject *)PyCapsule_GetContext(capsule));
}

PyObject *convert_capsule(const void *pointer, const char *name, PyObject *owner)
{
    PyObject *capsule = PyCapsule_New((void *)(uintptr_t)pointer, name, release_owner);
    if (!capsule)
        return NULL;
    /* Setting the context of a valid capsule cannot fail. */
    (void)PyCapsule_SetContext(capsule, owner);
    Py_INCREF(owner);
    return capsule;
}

PyObject *convert_raise(rg_status status, const rg_error *error, PyObject *otherwise)
{
    const char *text = error && error->text[0] ? error->text : rg_status_text(status);
    switch (status) {
    case RG_ERR_CANCELLED: /* by an exception, which is set */
        return NULL;
    case RG_ERR_NOMEM:
        return PyErr_NoMemory();
    case RG_ERR_ARGUMENT:
        PyErr_SetString(PyExc_ValueError, text);
        return NULL;
    case RG_ERR_LIMIT:
        PyErr_SetString(PyExc_OverflowError, text);
        return NULL;
    default:
        PyErr_SetString(otherwise, text);
        return NULL;
    }
}

PyObject *convert_text(const char *data, size_t size)
{
    return PyUnicode_DecodeUTF8(data ? data : "", (Py_ssize_t)size, "replace");
}

PyObject *convert_buffer(rg_buffer *buffer, rg_status status)
{
    PyObject *text = NULL;
    if (status)
        convert_raise(status, NULL, PyExc_RuntimeError);
    else
        text = convert_text(buffer->data, buffer->size);
    rg_buffer_dispose(buffer);
    return text;
}

PyObject *convert_edge(const rg_graph *graph, const rg_edge *edge)
{
    rg_buffer buffer = rg_buffer_empty(NULL);
    PyObject *name = convert_buffer(&buffer, rg_graph_write_name(graph, edge, 0, &buffer));
    if (!name)
        return NULL;
    return Py_BuildValue("IIKNi", (unsigned int)edge->from, (unsigned int)edge->to,
                         (unsigned long long)edge->index, name, (int)edge->strength);
}

PyObject *convert_edges(const rg_graph *graph, const rg_edge *edges, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    if (!list)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        PyObject *edge = convert_edge(graph, &edges[i]);
        if (!edge) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, edge);
    }
    return list;
}

bool convert_position(PyObject *argument, size_t count, const char *what, size_t *position)
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

PyObject *convert_ids(const uint32_t *ids, size_t count)
{
    return PyBytes_FromStringAndSize((const char *)ids, (Py_ssize_t)(count * sizeof *ids));
}

PyObject *convert_error_class(const char *name)
{
    PyObject *module = PyImport_ImportModule("refgraph.errors");
    if (!module)
        return NULL;
    PyObject *class = PyObject_GetAttrString(module, name);
    Py_DECREF(module);
    return class;
}
