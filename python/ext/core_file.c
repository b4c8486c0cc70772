/* Saving a Graph, and File: a saved one whose header has been read. A Graph comes out of a File only verified, so that
 * no question can be asked of one that is not. */
#include "core.h"

#include <errno.h>
#include <pythread.h>

/* ---- errors ---------------------------------------------------------------------------------- */

/* The exception of a failed call on a file; always NULL. `failure` is errno. */
static PyObject *raise_file(core_state *state, rg_status status, const rg_error *error,
                            uint64_t offset, PyObject *path, int failure)
{
    if (status == RG_ERR_IO) {
        if (failure == EINVAL) {
            PyObject *why = Py_BuildValue("isO", failure, "Not a regular file", path);
            if (why)
                PyErr_SetObject(PyExc_OSError, why);
            Py_XDECREF(why);
            return NULL;
        }
        errno = failure;
        return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
    }
    if (status != RG_ERR_FILE && status != RG_ERR_UNSUPPORTED)
        return convert_raise(status, error, PyExc_RuntimeError);
    PyObject *why = status == RG_ERR_FILE
                        ? Py_BuildValue("sOK", error->text, path, (unsigned long long)offset)
                        : Py_BuildValue("sOO", error->text, path, Py_None);
    if (why)
        PyErr_SetObject(state->file_error, why);
    Py_XDECREF(why);
    return NULL;
}

/* A path as the system takes it: bytes, to be released. NULL with an exception. */
static PyObject *system_path(PyObject *path)
{
    PyObject *bytes = NULL;
    return PyUnicode_FSConverter(path, &bytes) ? bytes : NULL;
}

/* ---- saving ---------------------------------------------------------------------------------- */

/* The rules of a capture, [(pattern, strength)], with what they matched; freed with PyMem_Free. The patterns are
 * borrowed from `rules`. */
static rg_origin_rule *origin_rules(const core_graph *self, PyObject *rules, size_t *count)
{
    const Py_ssize_t size = PyTuple_GET_SIZE(rules);
    rg_origin_rule *made = PyMem_New(rg_origin_rule, (size_t)size + 1);
    if (!made)
        return (rg_origin_rule *)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < size; i++) {
        const char *pattern = NULL;
        Py_ssize_t bytes = 0;
        int strength = 0;
        PyObject *rule = PyTuple_GET_ITEM(rules, i);
        if (!PyTuple_Check(rule) ||
            !PyArg_ParseTuple(rule, "s#i:rule", &pattern, &bytes, &strength)) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_TypeError, "a rule is a tuple (pattern, strength)");
            PyMem_Free(made);
            return NULL;
        }
        made[i] = (rg_origin_rule){
            .pattern = {pattern, (size_t)bytes},
            .strength = (rg_strength)strength,
            .matches = (size_t)i < self->rule_count ? self->matches[i] : 0,
        };
    }
    *count = (size_t)size;
    return made;
}

PyObject *core_check_save(PyObject *module, PyObject *args)
{
    PyObject *path = NULL;
    int text = 0;
    int packed = 0;
    rg_error error = {{0}};
    if (!PyArg_ParseTuple(args, "Oip:check_save", &path, &text, &packed))
        return NULL;
    const rg_save_options options = {
        .text = (rg_text_level)text,
        .compression = packed ? RG_COMPRESSION_ZSTD : RG_COMPRESSION_NONE,
    };
    const rg_status status = rg_save_check(&options, &error);
    if (status)
        return raise_file(PyModule_GetState(module), status, &error, 0, path, 0);
    Py_RETURN_NONE;
}

PyObject *core_graph_save(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"path",   "text",           "packed",   "captured_at", "process", "run",
                            "python", "implementation", "platform", "rules",       NULL};
    core_graph *self = (core_graph *)object;
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    PyObject *path = NULL;
    PyObject *rules = NULL;
    int text = 0;
    int packed = 0;
    unsigned long long process = 0;
    unsigned long long run = 0;
    rg_origin origin = {.seconds = self->cost.seconds, .pause_seconds = self->cost.pause_seconds};
    Py_ssize_t sizes[3] = {0};
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O$ipdKKs#s#s#O!:save", names, &path, &text,
                                     &packed, &origin.captured_at, &process, &run,
                                     &origin.python.data, &sizes[0], &origin.implementation.data,
                                     &sizes[1], &origin.platform.data, &sizes[2], &PyTuple_Type,
                                     &rules))
        return NULL;
    origin.process = process;
    origin.run = run;
    origin.python.size = (size_t)sizes[0];
    origin.implementation.size = (size_t)sizes[1];
    origin.platform.size = (size_t)sizes[2];
    PyObject *bytes = system_path(path);
    rg_origin_rule *made = bytes ? origin_rules(self, rules, &origin.rule_count) : NULL;
    if (!made) {
        Py_XDECREF(bytes);
        return NULL;
    }
    origin.rules = made;
    const rg_save_options options = {
        .text = (rg_text_level)text,
        .compression = packed ? RG_COMPRESSION_ZSTD : RG_COMPRESSION_NONE,
        .origin = &origin,
    };
    const char *name = PyBytes_AS_STRING(bytes);
    rg_error error = {{0}};
    rg_status status;
    int failure;
    Py_BEGIN_ALLOW_THREADS
    status = rg_graph_save(self->graph, name, &options, &error);
    failure = errno;
    Py_END_ALLOW_THREADS
    PyMem_Free(made);
    Py_DECREF(bytes);
    if (status)
        return raise_file(state, status, &error, 0, path, failure);
    Py_RETURN_NONE;
}

#define FACTS                                                                                      \
    "(objects, references, bytes, text level, captured at, seconds, pause, process, run, python, " \
    "implementation, platform, refgraph, [(pattern, strength)])"

/* ---- opening --------------------------------------------------------------------------------- */

static PyObject *text_of(rg_string text)
{
    return convert_text(text.data, text.size);
}

/* What FACTS says. */
static PyObject *facts_of(const rg_file *file)
{
    const rg_origin *o = rg_file_origin(file);
    PyObject *rules = PyList_New((Py_ssize_t)o->rule_count);
    for (size_t i = 0; rules && i < o->rule_count; i++) {
        PyObject *rule =
            Py_BuildValue("Ni", text_of(o->rules[i].pattern), (int)o->rules[i].strength);
        if (rule)
            PyList_SET_ITEM(rules, (Py_ssize_t)i, rule);
        else
            Py_CLEAR(rules);
    }
    if (!rules)
        return NULL;
    return Py_BuildValue(
        "IKKidddKKNNNNN", (unsigned int)rg_file_node_count(file),
        (unsigned long long)rg_file_edge_count(file), (unsigned long long)rg_file_size(file),
        (int)rg_file_text(file), o->captured_at, o->seconds, o->pause_seconds,
        (unsigned long long)o->process, (unsigned long long)o->run, text_of(o->python),
        text_of(o->implementation), text_of(o->platform), text_of(o->library), rules);
}

PyObject *core_open_file(PyObject *module, PyObject *args)
{
    core_state *state = PyModule_GetState(module);
    PyObject *path = NULL;
    int copy = 0;
    if (!PyArg_ParseTuple(args, "Op:open_file", &path, &copy))
        return NULL;
    PyObject *bytes = system_path(path);
    core_file *self = bytes ? PyObject_New(core_file, state->file_type) : NULL;
    if (!self) {
        Py_XDECREF(bytes);
        return NULL;
    }
    Py_INCREF(path);
    self->path = path;
    self->file = NULL;
    self->graph = NULL;
    self->facts = NULL;
    self->verifier = 0;
    self->verifying = PyThread_allocate_lock();
    const char *name = PyBytes_AS_STRING(bytes);
    const rg_load_options options = {.copy = copy};
    rg_error error = {{0}};
    uint64_t offset = 0;
    rg_status status;
    int failure;
    Py_BEGIN_ALLOW_THREADS
    status = rg_file_open(&self->file, name, &options, &offset, &error);
    failure = errno;
    Py_END_ALLOW_THREADS
    Py_DECREF(bytes);
    if (status)
        raise_file(state, status, &error, offset, path, failure);
    else if (!self->verifying)
        PyErr_NoMemory();
    else
        self->facts = facts_of(self->file);
    if (!self->facts)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void file_dealloc(PyObject *object)
{
    core_file *self = (core_file *)object;
    PyTypeObject *type = Py_TYPE(object);
    rg_file_free(self->file);
    Py_XDECREF(self->path);
    Py_XDECREF(self->graph);
    Py_XDECREF(self->facts);
    if (self->verifying)
        PyThread_free_lock(self->verifying);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* ---- verifying ------------------------------------------------------------------------------- */

/* What the origin knows of the capture, for a Graph. */
static core_graph *graph_of(core_state *state, const rg_file *file)
{
    const rg_origin *o = rg_file_origin(file);
    core_graph *graph = core_graph_new(state, o->rule_count);
    if (!graph)
        return NULL;
    graph->cost = (rg_capture_cost){o->seconds, o->pause_seconds};
    for (size_t i = 0; i < o->rule_count; i++)
        graph->matches[i] = o->rules[i].matches;
    return graph;
}

/* With the GIL and the lock: the Graph, or NULL with an exception, and then the file is as it was. */
static PyObject *verify(core_file *self, core_state *state)
{
    rg_error error = {{0}};
    uint64_t offset = 0;
    core_watch watch;
    rg_monitor monitor;
    core_graph *made = graph_of(state, self->file);
    if (!made)
        return NULL;
    self->verifier = PyThread_get_thread_ident();
    core_watch_begin_alone(&watch, &monitor);
    rg_status status = rg_file_finish(&made->graph, &self->file, &monitor, &offset, &error);
    status = core_watch_end(&watch, status);
    self->verifier = 0;
    if (made->graph) /* also where the last look stopped it */
        self->graph = (PyObject *)made;
    else
        Py_DECREF(made);
    return status ? raise_file(state, status, &error, offset, self->path, 0) : self->graph;
}

/* The Graph, verified by whichever thread asks first. */
static PyObject *file_graph(PyObject *object, PyObject *Py_UNUSED(unused))
{
    core_file *self = (core_file *)object;
    core_watch watch;
    rg_monitor monitor;
    if (self->verifier == PyThread_get_thread_ident()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "a progress function cannot ask the snapshot that is being verified");
        return NULL;
    }
    core_watch_begin_alone(&watch, &monitor);
    const rg_status locked = core_watch_lock(&watch, self->verifying);
    rg_status status = core_watch_end(&watch, locked);
    PyObject *graph = NULL;
    if (status)
        convert_raise(status, NULL, PyExc_RuntimeError);
    else
        graph = self->graph ? self->graph : verify(self, PyType_GetModuleState(Py_TYPE(object)));
    if (!locked)
        PyThread_release_lock(self->verifying);
    Py_XINCREF(graph);
    return graph;
}

/* ---- what is known before ---------------------------------------------------------------------- */

static PyObject *file_facts(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *facts = ((core_file *)self)->facts;
    Py_INCREF(facts);
    return facts;
}

static PyGetSetDef file_getters[] = {
    {"facts", file_facts, NULL, FACTS, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef file_methods[] = {
    {"graph", file_graph, METH_NOARGS, "graph() -> the Graph, once everything is verified"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot file_slots[] = {
    {Py_tp_doc, "A saved Graph, of which only the header is read."},
    {Py_tp_dealloc, (void *)(uintptr_t)file_dealloc},
    {Py_tp_getset, file_getters},
    {Py_tp_methods, file_methods},
    {0, NULL},
};

PyType_Spec core_file_spec = {
    .name = "refgraph._core.File",
    .basicsize = sizeof(core_file),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = file_slots,
};
