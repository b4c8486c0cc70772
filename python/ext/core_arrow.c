/* A Graph's tables as Arrow streams, in the capsules of the Arrow PyCapsule interface. A stream holds a reference to
 * the Graph, which it gives back from whichever thread releases the last that came of it. */
#include "core.h"

#include <refgraph/arrow.h>

static void destroy_stream(PyObject *capsule)
{
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (!stream)
        PyErr_Clear();
    else if (stream->release) /* nobody has moved it out */
        stream->release(stream);
    PyMem_RawFree(stream);
}

static void destroy_schema(PyObject *capsule)
{
    struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, "arrow_schema");
    if (!schema)
        PyErr_Clear();
    else if (schema->release)
        schema->release(schema);
    PyMem_RawFree(schema);
}

/* By any thread, with or without the GIL. After the interpreter's end the Graph stays. */
static void drop_graph(void *context)
{
    if (!Py_IsInitialized())
        return;
    const PyGILState_STATE gil = PyGILState_Ensure();
    Py_DECREF((PyObject *)context);
    PyGILState_Release(gil);
}

/* *stream is released by the caller; false with an exception. */
static bool open_stream(struct ArrowArrayStream *stream, core_graph *self, int table,
                        bool with_retained)
{
    rg_error error = {{0}};
    rg_arrow_options options = {.release = drop_graph, .context = self};
    if (with_retained) {
        options.retained = core_graph_find_retained(self);
        options.owners = options.retained ? core_graph_find_owners(self) : NULL;
        options.distances = options.owners ? core_graph_distances(self) : NULL;
        if (!options.distances)
            return false;
    }
    Py_INCREF(self);
    const rg_status status =
        rg_arrow_stream_new(stream, self->graph, (rg_arrow_table)table, &options, NULL, &error);
    if (!status)
        return true;
    Py_DECREF(self);
    convert_raise(status, &error, PyExc_RuntimeError);
    return false;
}

PyObject *core_graph_arrow_stream(PyObject *object, PyObject *args)
{
    int table;
    int with_retained;
    if (!PyArg_ParseTuple(args, "ip:arrow_stream", &table, &with_retained))
        return NULL;
    struct ArrowArrayStream *stream = PyMem_RawCalloc(1, sizeof *stream);
    if (!stream)
        return PyErr_NoMemory();
    PyObject *capsule = NULL;
    if (open_stream(stream, (core_graph *)object, table, with_retained)) {
        capsule = PyCapsule_New(stream, "arrow_array_stream", destroy_stream);
        if (!capsule)
            stream->release(stream);
    }
    if (!capsule)
        PyMem_RawFree(stream);
    return capsule;
}

PyObject *core_graph_arrow_schema(PyObject *object, PyObject *args)
{
    int table;
    int with_retained;
    struct ArrowArrayStream stream = {0};
    if (!PyArg_ParseTuple(args, "ip:arrow_schema", &table, &with_retained))
        return NULL;
    struct ArrowSchema *schema = PyMem_RawCalloc(1, sizeof *schema);
    if (!schema)
        return PyErr_NoMemory();
    PyObject *capsule = NULL;
    if (open_stream(&stream, (core_graph *)object, table, with_retained)) {
        const int failed = stream.get_schema(&stream, schema);
        stream.release(&stream);
        if (failed)
            PyErr_NoMemory();
        else
            capsule = PyCapsule_New(schema, "arrow_schema", destroy_schema);
        if (!failed && !capsule)
            schema->release(schema);
    }
    if (!capsule)
        PyMem_RawFree(schema);
    return capsule;
}
