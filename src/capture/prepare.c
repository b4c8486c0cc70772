/* What a capture asks of the interpreter, before it reads memory: with the GIL, while calls and allocations are
 * still allowed. Its results are kept in the capture, borrowed unless it says otherwise. */
#define _GNU_SOURCE
#include "capture/rules.h"

#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A class of a module, or NULL. */
static const PyTypeObject *class_of(const rg__capture *c, const char *module, const char *name)
{
    PyObject *dict = rg__module_dict(c, module);
    PyObject *type = dict ? rg__dict_entry(dict, name) : NULL;
    if (!type || !PyType_Check(type) || !(((PyTypeObject *)type)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return NULL;
    return (PyTypeObject *)type;
}

/* The dealloc and the traverse that all classes written in Python share: what two of those agree on that every
 * interpreter has. Anybody may have put something else into sys.modules. */
static void learn_classes(rg__capture *c)
{
    static const char *const classes[][2] = {
        {"_frozen_importlib", "ModuleSpec"},
        {"_frozen_importlib_external", "FileFinder"},
        {"zipimport", "zipimporter"},
        {"codecs", "Codec"},
        {"abc", "ABC"},
        {"io", "IOBase"},
        {"os", "_Environ"},
        {"_sitebuiltins", "Quitter"},
    };
    enum { COUNT = sizeof classes / sizeof *classes };
    const PyTypeObject *found[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        found[i] = class_of(c, classes[i][0], classes[i][1]);
        for (size_t k = 0; found[i] && k < i; k++) {
            if (!found[k] || found[k]->tp_dealloc != found[i]->tp_dealloc)
                continue;
            c->class_dealloc = c->class_dealloc ? c->class_dealloc : found[i]->tp_dealloc;
            if (c->class_dealloc != found[i]->tp_dealloc ||
                found[k]->tp_traverse != found[i]->tp_traverse)
                continue;
            c->class_traverse = found[i]->tp_traverse;
            return;
        }
    }
}

/* Whether object.__sizeof__ counts what instances have behind their struct (3.13+): releases differ, so it is asked,
 * of an object that every interpreter has. */
static bool counts_values(const rg__capture *c)
{
    bool counts = false;
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *spec = rg__dict_entry(rg__module_dict(c, "_frozen_importlib"), "__spec__");
    PyObject *method = rg__dict_entry(rg__type_dict(&PyBaseObject_Type), "__sizeof__");
    if (!spec || !rg__inline_values_size(Py_TYPE(spec)) || !method ||
        Py_TYPE(method) != &PyMethodDescr_Type)
        return false;
    PyObject *size = ((PyMethodDescrObject *)method)->d_method->ml_meth(spec, NULL);
    counts = size && PyLong_Check(size) && PyLong_AsSsize_t(size) > Py_TYPE(spec)->tp_basicsize;
    Py_XDECREF(size);
    PyErr_Clear();
#else
    (void)c;
#endif
    return counts;
}

void rg__capture_start(rg__capture *c, const rg_capture_options *options)
{
    rg__static_types_learn();
    rg__builtins_learn();
    *c = (rg__capture){.allocator = rg__allocator_or_default(options->allocator)};
    c->options = options;
    c->hidden_package = options->hidden_package;
    c->modules = PyImport_GetModuleDict();
    learn_classes(c);
    c->reads_dicts = rg__dict_read_agrees(c->modules);
    c->counts_values = counts_values(c);
    rg__capture_use(c, &c->allocator);
}

static const rg_capture_options *options_or_default(const rg_capture_options *options)
{
    static const rg_capture_options defaults = {0};
    return options ? options : &defaults;
}

rg_status rg__capture_check(const rg_capture_options *options, rg_error *error)
{
    const char *unsupported = rg__unsupported_build();
    if (unsupported)
        return rg_error_set(error, RG_ERR_UNSUPPORTED, "%s", unsupported);
    return rg__rules_check(options_or_default(options), error);
}

/* Let other threads run until no collection does, or the time is over: then the caller says so. Objects that a
 * collection has in hand are in no list. Where this is the only thread, the collection is its own caller. */
static void wait_for_collection(double seconds)
{
    const double end = now() + seconds;
    long pause = 100 * 1000; /* nanoseconds, growing to 10 ms */
    rg__collector collector;
    const PyThreadState *first = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    if (!rg__collector_find(&collector))
        return;
    while (*collector.collecting && now() < end && PyThreadState_Next((PyThreadState *)first)) {
        const struct timespec time = {0, pause};
        PyThreadState *thread = PyEval_SaveThread();
        (void)nanosleep(&time, NULL);
        PyEval_RestoreThread(thread);
        pause = pause < 5 * 1000 * 1000 ? 2 * pause : 10 * 1000 * 1000;
        first = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    }
}

/* gc.get_objects(generation=n): the public way, for layouts that the self-checks do not know. It makes a
 * list a generation, which must live as long as the walk (it may be the last holder of what the call itself
 * made), and leaves out frozen objects, which are then found as referents only. */
static rg_status ask_for_objects(rg__capture *c)
{
    PyObject *gc = PyImport_ImportModuleLevel("gc", NULL, NULL, NULL, 0); /* runs no import hook */
    bool has_lists = true;
    for (int i = 0; i < 3 && gc; i++)
        c->lists[i] = PyObject_CallMethod(gc, "get_objects", "i", i);
    Py_XDECREF(gc);
    PyErr_Clear();
    for (int i = 0; i < 3; i++)
        has_lists = has_lists && c->lists[i] && PyList_Check(c->lists[i]);
    return has_lists ? RG_OK : RG_ERR_UNSUPPORTED;
}

/* The handlers are in static memory of the signal module. Its own getsignal() reads them and does nothing
 * else; it is called only if it is that C function. Handlers belong to the main interpreter. */
static void ask_for_handlers(rg__capture *c)
{
    PyObject *module = rg__dict_entry(c->modules, "_signal");
    PyObject *function = rg__dict_entry(rg__module_dict(c, "_signal"), "getsignal");
    if (!function || !PyCFunction_CheckExact(function) ||
        PyCFunction_GET_SELF(function) != module ||
        strcmp(((PyCFunctionObject *)function)->m_ml->ml_name, "getsignal") != 0 ||
        !(PyCFunction_GET_FLAGS(function) & METH_O) ||
        PyInterpreterState_Get() != PyInterpreterState_Main())
        return;
    const PyCFunction getsignal = PyCFunction_GET_FUNCTION(function);
    for (int i = 1; i < RG__SIGNALS; i++) {
        PyObject *number = PyLong_FromLong(i); /* a small int, which exists already */
        PyObject *handler = number ? getsignal(module, number) : NULL;
        Py_XDECREF(number);
        if (!handler) {
            PyErr_Clear();
            continue;
        }
        if (handler != Py_None && !PyLong_Check(handler))
            c->handlers[i] = handler;
        Py_DECREF(handler); /* the module still holds it: the GIL is not released */
    }
}

rg_status rg__capture_prepare(rg__capture *c, const rg_capture_options *options,
                              double *pause_begin, rg_error *error)
{
    options = options_or_default(options);
    if (options->wait_seconds > 0)
        wait_for_collection(options->wait_seconds);
    *pause_begin = now();
    rg__capture_start(c, options);
    const bool is_known = rg__collector_find(&c->gc);
    if (is_known && *c->gc.collecting) {
        c->gc = (rg__collector){.count = NULL};
        return rg_error_set(
            error, RG_ERR_STATE,
            "a garbage collection is running: capture after it has ended, or let it end (wait=True); "
            "code that the collection itself calls (__del__, a weakref callback, gc.callbacks) "
            "cannot capture");
    }
    c->is_walked = is_known && !options->public_walk;
    rg__capture_collector_state(c, &c->gc, c->is_walked);
    c->gc_count = is_known ? *c->gc.count : 0;
    c->gc_state = rg__collections_stop(&c->gc);
    c->is_prepared = true;
    rg__stack_find(&c->stack);
    if (!options->only)
        ask_for_handlers(c);
    if (options->only || c->is_walked)
        return RG_OK;
    return rg__capture_explain(ask_for_objects(c), error);
}

void rg__capture_release(rg__capture *c)
{
    if (!c->is_prepared)
        return;
    for (int i = 0; i < 3; i++)
        Py_CLEAR(c->lists[i]);
    rg__collections_restore(&c->gc, c->gc_state);
    if (c->gc.count)
        *c->gc.count = c->gc_count;
    c->is_prepared = false;
}
