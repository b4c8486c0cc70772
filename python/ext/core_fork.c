/* Fork: a capture that a child process is at. Whoever drops it ends the child. Waiting and loading release the GIL;
 * a Fork is finished once, by the thread that asks first. */
#include "core_fork.h"

#include <refgraph/fork.h>

#include "core_options.h"

#include <errno.h>
#include <poll.h>

typedef struct core_fork {
    PyObject_HEAD
    rg_fork *fork;  /* NULL: finished or cancelled */
    PyObject *path; /* of its file, as it was given, or NULL: memory */
    size_t rule_count;
} core_fork;

/* The state of the module that a Fork belongs to, which its Graph will belong to as well. */
static core_state *state_of(core_fork *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

static PyObject *raise_fork(core_state *state, rg_status status, int failure, PyObject *path,
                            const rg_error *error)
{
    if (status == RG_ERR_STATE)
        return convert_raise(status, error, state->collection_running);
    if (status != RG_ERR_IO || !failure)
        return convert_raise(status, error, state->capture_error);
    errno = failure; /* of the class that the number stands for */
    if (path)
        return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* Where the capture comes from, out of (process, run, python, implementation, platform); borrowed from it. */
static bool parse_origin(rg_origin *out, PyObject *tuple)
{
    unsigned long long process = 0;
    unsigned long long run = 0;
    Py_ssize_t sizes[3] = {0};
    if (!PyArg_ParseTuple(tuple, "KKs#s#s#:capture_fork", &process, &run, &out->python.data,
                          &sizes[0], &out->implementation.data, &sizes[1], &out->platform.data,
                          &sizes[2]))
        return false;
    out->process = process;
    out->run = run;
    out->python.size = (size_t)sizes[0];
    out->implementation.size = (size_t)sizes[1];
    out->platform.size = (size_t)sizes[2];
    return true;
}

static bool parse_save(rg_save_options *save, rg_origin *origin, PyObject **path,
                       PyObject *const *args)
{
    origin->captured_at = PyFloat_AsDouble(args[0]);
    save->text = (rg_text_level)PyLong_AsLong(args[2]);
    save->compression = PyObject_IsTrue(args[3]) ? RG_COMPRESSION_ZSTD : RG_COMPRESSION_NONE;
    if (PyErr_Occurred() || !parse_origin(origin, args[4]))
        return false;
    return args[1] == Py_None || PyUnicode_FSConverter(args[1], path);
}

PyObject *core_capture_fork(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    core_state *state = PyModule_GetState(module);
    rg_capture_options options;
    rule_list rules = {0};
    rg_origin origin = {0};
    rg_save_options save = {.origin = &origin};
    rg_error error = {{0}};
    PyObject *path = NULL;
    if (count != 10) {
        PyErr_Format(PyExc_TypeError, "capture_fork() takes 10 arguments, not %zd", count);
        return NULL;
    }
    core_fork *self = PyObject_New(core_fork, state->fork_type);
    if (!self)
        return NULL;
    self->fork = NULL;
    self->path = args[5] == Py_None ? NULL : args[5];
    Py_XINCREF(self->path);
    rg_status status = RG_OK;
    const bool is_parsed = parse_save(&save, &origin, &path, args + 4) &&
                           core_options_parse(&options, &rules, args, 4);
    options.no_texts = is_parsed && !PyObject_IsTrue(args[9]);
    if (is_parsed) {
        self->rule_count = rules.count;
        errno = 0;
        status = rg_capture_fork(&self->fork, &options, path ? PyBytes_AS_STRING(path) : NULL,
                                 &save, &error);
    }
    const int failure = errno;
    rule_list_dispose(&rules);
    Py_XDECREF(path);
    if (is_parsed && !status)
        return (PyObject *)self;
    PyObject *result = NULL;
    if (is_parsed && status == RG_ERR_UNSUPPORTED)
        result = convert_text(error.text, strlen(error.text));
    else if (is_parsed)
        raise_fork(state, status, failure, self->path, &error);
    Py_DECREF(self);
    return result;
}

static PyObject *refuse_finished(core_fork *self)
{
    PyErr_SetString(state_of(self)->capture_error,
                    "this capture was finished or cancelled already");
    return NULL;
}

static PyObject *fork_fileno(PyObject *object, PyObject *Py_UNUSED(unused))
{
    core_fork *self = (core_fork *)object;
    return self->fork ? PyLong_FromLong(rg_fork_fd(self->fork)) : refuse_finished(self);
}

/* Whether the Fork can be finished within so many seconds (below 0: for ever). Signals' handlers run meanwhile. */
static PyObject *fork_wait(PyObject *object, PyObject *argument)
{
    core_fork *self = (core_fork *)object;
    const double seconds = PyFloat_AsDouble(argument);
    if (seconds == -1.0 && PyErr_Occurred())
        return NULL;
    const double step = seconds < 0 || seconds > 1e6 ? 1e6 : seconds; /* what poll() can be asked */
    if (!self->fork)
        return refuse_finished(self);
    struct pollfd ready = {.fd = rg_fork_fd(self->fork), .events = POLLIN};
    int got;
    int failure;
    Py_BEGIN_ALLOW_THREADS
    got = poll(&ready, 1, step * 1e3 > 1e9 ? 1000000000 : (int)(step * 1e3 + 0.999));
    failure = errno;
    Py_END_ALLOW_THREADS
    if (got < 0 && failure != EINTR) {
        errno = failure;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    if (PyErr_CheckSignals())
        return NULL;
    return PyBool_FromLong(got > 0);
}

/* How many edges each rule of the capture named, from where the child has noted it. */
static void copy_matches(core_graph *graph)
{
    const rg_origin *origin = rg_graph_origin(graph->graph);
    for (size_t i = 0; origin && i < origin->rule_count && i < graph->rule_count; i++)
        graph->matches[i] = origin->rules[i].matches;
}

static PyObject *fork_finish(PyObject *object, PyObject *argument)
{
    core_fork *self = (core_fork *)object;
    core_state *state = state_of(self);
    const int is_wanted = PyObject_IsTrue(argument);
    rg_error error = {{0}};
    rg_fork *fork = self->fork;
    if (is_wanted < 0)
        return NULL;
    if (!fork)
        return refuse_finished(self);
    core_graph *graph = core_graph_new(state, self->rule_count);
    if (!graph)
        return NULL;
    rg_status status;
    int failure;
    self->fork = NULL; /* ours alone */
    Py_BEGIN_ALLOW_THREADS
    errno = 0;
    status = rg_fork_finish(is_wanted ? &graph->graph : NULL, &fork, &graph->cost, &error);
    failure = errno;
    Py_END_ALLOW_THREADS
    if (!status && is_wanted) {
        copy_matches(graph);
        return (PyObject *)graph;
    }
    Py_DECREF(graph);
    if (!status)
        Py_RETURN_NONE;
    return raise_fork(state, status == RG_ERR_STATE ? RG_ERR_UNSUPPORTED : status, failure,
                      self->path, &error);
}

/* Ends the child; the GIL is released while its memory is given back. */
static void let_go(core_fork *self)
{
    rg_fork *fork = self->fork;
    self->fork = NULL;
    if (!fork)
        return;
    Py_BEGIN_ALLOW_THREADS
    rg_fork_free(fork);
    Py_END_ALLOW_THREADS
}

static PyObject *fork_cancel(PyObject *object, PyObject *Py_UNUSED(unused))
{
    let_go((core_fork *)object);
    Py_RETURN_NONE;
}

static void fork_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    let_go((core_fork *)object);
    Py_XDECREF(((core_fork *)object)->path);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyObject *fork_pause_seconds(PyObject *object, void *Py_UNUSED(closure))
{
    core_fork *self = (core_fork *)object;
    return self->fork ? PyFloat_FromDouble(rg_fork_pause_seconds(self->fork))
                      : refuse_finished(self);
}

static PyObject *fork_process(PyObject *object, void *Py_UNUSED(closure))
{
    core_fork *self = (core_fork *)object;
    return self->fork ? PyLong_FromLong(rg_fork_process(self->fork)) : refuse_finished(self);
}

static PyMethodDef fork_methods[] = {
    {"fileno", fork_fileno, METH_NOARGS,
     "fileno() -> descriptor that is readable when finish() will not wait"},
    {"wait", fork_wait, METH_O,
     "wait(seconds, /) -> whether finish() will not wait; seconds < 0: for ever"},
    {"finish", fork_finish, METH_O,
     "finish(load, /) -> Graph, or None without load; the file is in its place then"},
    {"cancel", fork_cancel, METH_NOARGS,
     "cancel() -> None; the child is ended, nothing is left of it"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef fork_properties[] = {
    {"pause_seconds", fork_pause_seconds, NULL, "how long the GIL was held", NULL},
    {"process", fork_process, NULL, "process id of the child", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot fork_slots[] = {
    {Py_tp_doc, "A capture that a child process is at."},
    {Py_tp_dealloc, (void *)(uintptr_t)fork_dealloc},
    {Py_tp_methods, fork_methods},
    {Py_tp_getset, fork_properties},
    {0, NULL},
};

PyType_Spec core_fork_spec = {
    .name = "refgraph._core.Fork",
    .basicsize = sizeof(core_fork),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = fork_slots,
};
