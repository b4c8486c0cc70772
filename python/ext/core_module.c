/* The extension module `_core`: capture and analyses, without Graphviz. */
#include "core_fork.h"
#include "core_live.h"
#include "core_options.h"

#ifdef Py_GIL_DISABLED
enum { HAS_GIL = 0 };
#else
enum { HAS_GIL = 1 };
#endif

static PyObject *core_capture(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    rg_capture_options options;
    rule_list rules = {0};
    PyObject *graph = NULL;
    if (count < 1 || count > 5) {
        PyErr_Format(PyExc_TypeError, "capture() takes 1 to 5 arguments, not %zd", count);
        return NULL;
    }
    if (core_options_parse(&options, &rules, args, count))
        graph = core_graph_capture(PyModule_GetState(module), &options);
    rule_list_dispose(&rules);
    return graph;
}

static PyObject *core_reached(PyObject *module, PyObject *args)
{
    PyObject *objects;
    int own_only;
    if (!PyArg_ParseTuple(args, "O!p:reached", &PyTuple_Type, &objects, &own_only))
        return NULL;
    return core_graph_of_reached(PyModule_GetState(module), objects, own_only);
}

static PyObject *core_address(PyObject *Py_UNUSED(module), PyObject *object)
{
    return PyLong_FromVoidPtr(object);
}

/* The qualified name of an object's type, read without asking the type or its metaclass. */
static PyObject *core_type_name(PyObject *Py_UNUSED(module), PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
        PyObject *name = ((PyHeapTypeObject *)type)->ht_qualname;
        Py_INCREF(name);
        return name;
    }
    const char *dot = strrchr(type->tp_name, '.');
    return PyUnicode_FromString(dot ? dot + 1 : type->tp_name);
}

static PyMethodDef core_functions[] = {
    {"capture", (PyCFunction)(void (*)(void))core_capture, METH_FASTCALL,
     "capture(hidden_package or None, rules=(), default_rules=True, wait=0.0, texts=True, /) -> Graph of the "
     "running interpreter's heap; rules: [(pattern, strength)]; wait in seconds"},
    {"capture_fork", (PyCFunction)(void (*)(void))core_capture_fork, METH_FASTCALL,
     "capture_fork(hidden_package or None, rules, default_rules, wait, captured_at, path or None, "
     "absolute_path or None, text, packed, (process, run, python, implementation, platform), texts, /) -> Fork: the same "
     "in a child process, or a str: why there is none; path: where to save it, as errors name it"},
    {"reached", core_reached, METH_VARARGS,
     "reached(objects, own_only, /) -> Graph of the objects in a tuple and what they reach: nodes alone"},
    {"open_file", core_open_file, METH_VARARGS,
     "open_file(path, copy, /) -> File: a saved Graph, of which only the header is read"},
    {"check_save", core_check_save, METH_VARARGS,
     "check_save(path, text, packed, /) -> None; FileError where save() to that path would raise it at once"},
    {"address", core_address, METH_O, "address(object) -> int"},
    {"type_name", core_type_name, METH_O, "type_name(object) -> its type's qualified name"},
    {"capture_only", core_capture_only, METH_O,
     "capture_only(objects) -> Graph of these objects, what they refer to directly, and the references between"},
    {"census", core_census, METH_O,
     "census(objects or None: all tracked ones) -> [(type, count)], in the order of meeting"},
    {"of_types", core_live_of_types, METH_O, "of_types(types) -> [tracked objects of these types]"},
    {"of_name", core_live_of_name, METH_O, "of_name(name) -> [tracked objects of types called so]"},
    {"at", core_live_at, METH_O, "at(addresses) -> [tracked objects at these addresses]"},
    {"unreferenced", core_unreferenced, METH_O,
     "unreferenced(objects or None: all tracked ones) -> [those that no tracked object refers to]"},
    {"referrers", (PyCFunction)(void (*)(void))core_referrers, METH_FASTCALL,
     "referrers(object, index or None) -> [tracked objects that refer to it], each once"},
    {"refcounts", core_refcounts, METH_O, "refcounts(list) -> [reference count of each item]"},
    {"index", core_index, METH_NOARGS, "index() -> an Index, empty until it is asked"},
    {"find", (PyCFunction)(void (*)(void))core_find, METH_FASTCALL,
     "find(start, predicate, max_depth, ignored, forward, index or None, /) -> the chain from start to the "
     "nearest object that predicate accepts, or []"},
    {"set_progress", core_set_progress, METH_O,
     "set_progress(callable or None) -> the one before: what analyses of this thread call, about fifty times a "
     "second, with (phase, done, total)"},
    {"ids", core_ids, METH_NOARGS, "ids() -> Ids of all tracked objects"},
    {NULL, NULL, 0, NULL},
};

/* A type that only this module makes instances of. */
static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    if (!type)
        return NULL;
    type->tp_new = NULL; /* Py_TPFLAGS_DISALLOW_INSTANTIATION begins with 3.10 */
    if (PyModule_AddType(module, type) < 0)
        Py_CLEAR(type);
    return type;
}

static int core_exec(PyObject *module)
{
    if (!HAS_GIL) {
        PyErr_SetString(PyExc_ImportError, "refgraph does not support free-threaded CPython yet; "
                                           "use the build of the same version that has the GIL");
        return -1;
    }
    core_state *state = PyModule_GetState(module);
    state->capture_error = convert_error_class("CaptureError");
    state->collection_running = convert_error_class("CollectionRunning");
    state->file_error = convert_error_class("FileError");
    if (!state->capture_error || !state->collection_running || !state->file_error)
        return -1;
    state->graph_type = add_type(module, &core_graph_spec);
    state->chains_type = add_type(module, &core_chains_spec);
    state->subgraph_type = add_type(module, &core_subgraph_spec);
    state->cycles_type = add_type(module, &core_cycles_spec);
    state->signatures_type = add_type(module, &core_signatures_spec);
    state->growth_type = add_type(module, &core_growth_spec);
    state->index_type = add_type(module, &core_index_spec);
    state->ids_type = add_type(module, &core_ids_spec);
    state->file_type = add_type(module, &core_file_spec);
    state->fork_type = add_type(module, &core_fork_spec);
    return state->graph_type && state->chains_type && state->subgraph_type && state->cycles_type &&
                   state->signatures_type && state->growth_type && state->index_type &&
                   state->ids_type && state->file_type && state->fork_type
               ? 0
               : -1;
}

static int core_traverse(PyObject *module, visitproc visit, void *arg)
{
    core_state *state = PyModule_GetState(module);
    Py_VISIT(state->graph_type);
    Py_VISIT(state->chains_type);
    Py_VISIT(state->subgraph_type);
    Py_VISIT(state->cycles_type);
    Py_VISIT(state->signatures_type);
    Py_VISIT(state->growth_type);
    Py_VISIT(state->index_type);
    Py_VISIT(state->ids_type);
    Py_VISIT(state->file_type);
    Py_VISIT(state->fork_type);
    Py_VISIT(state->capture_error);
    Py_VISIT(state->collection_running);
    Py_VISIT(state->file_error);
    return 0;
}

static int core_clear(PyObject *module)
{
    core_state *state = PyModule_GetState(module);
    Py_CLEAR(state->graph_type);
    Py_CLEAR(state->chains_type);
    Py_CLEAR(state->subgraph_type);
    Py_CLEAR(state->cycles_type);
    Py_CLEAR(state->signatures_type);
    Py_CLEAR(state->growth_type);
    Py_CLEAR(state->index_type);
    Py_CLEAR(state->ids_type);
    Py_CLEAR(state->file_type);
    Py_CLEAR(state->fork_type);
    Py_CLEAR(state->capture_error);
    Py_CLEAR(state->collection_running);
    Py_CLEAR(state->file_error);
    return 0;
}

static void core_free(void *module)
{
    (void)core_clear(module);
}

static PyModuleDef_Slot core_slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)core_exec},
    {0, NULL},
};

static struct PyModuleDef core_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "refgraph._core",
    .m_doc = "Capture of the heap and questions to it.",
    .m_size = sizeof(core_state),
    .m_methods = core_functions,
    .m_slots = core_slots,
    .m_traverse = core_traverse,
    .m_clear = core_clear,
    .m_free = core_free,
};

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&core_definition);
}
