/* Fork: a capture that a child process is at. Whoever drops it ends the child. Waiting and loading release the GIL.
 *
 * It is finished once, and keeps what came of it: a signal's handler may run, and raise, between the end of finish()
 * and the moment at which its caller has the result, and then the caller asks again. An error is kept as its numbers
 * and raised anew each time: an exception that was kept would have the frames of who asked, and they have the Fork. */
#include "core_fork.h"

#include <refgraph/fork.h>

#include "core_options.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

typedef struct core_fork {
    PyObject_HEAD
    rg_fork *fork; /* NULL: over, or being finished by a thread */
    bool is_cancelled;
    PyObject *result; /* what finish() gives; NULL: nothing, or nothing yet */
    rg_status status; /* why there is no result; RG_OK: no such reason */
    int failure;      /* errno of it */
    rg_error error;
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

/* The arguments absolute_path, text, packed and origin. */
static bool parse_save(rg_save_options *save, rg_origin *origin, PyObject **path,
                       PyObject *captured_at, PyObject *const *args)
{
    origin->captured_at = PyFloat_AsDouble(captured_at);
    save->text = (rg_text_level)PyLong_AsLong(args[1]);
    save->compression = PyObject_IsTrue(args[2]) ? RG_COMPRESSION_ZSTD : RG_COMPRESSION_NONE;
    if (PyErr_Occurred() || !parse_origin(origin, args[3]))
        return false;
    return args[0] == Py_None || PyUnicode_FSConverter(args[0], path);
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
    if (count != 11) {
        PyErr_Format(PyExc_TypeError, "capture_fork() takes 11 arguments, not %zd", count);
        return NULL;
    }
    core_fork *self = PyObject_New(core_fork, state->fork_type);
    if (!self)
        return NULL;
    self->fork = NULL;
    self->is_cancelled = false;
    self->result = NULL;
    self->status = RG_OK;
    self->path = args[5] == Py_None ? NULL : args[5];
    Py_XINCREF(self->path);
    rg_status status = RG_OK;
    const bool is_parsed = parse_save(&save, &origin, &path, args[4], args + 6) &&
                           core_options_parse(&options, &rules, args, 4);
    options.no_texts = is_parsed && !PyObject_IsTrue(args[10]);
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

/* ---- waiting --------------------------------------------------------------------------------- */

static PyObject *fork_fileno(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const core_fork *self = (core_fork *)object;
    return PyLong_FromLong(self->fork ? rg_fork_fd(self->fork) : -1);
}

/* While the GIL is held nobody closes the descriptor. */
static PyObject *fork_duplicate(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const core_fork *self = (core_fork *)object;
    if (!self->fork)
        return PyLong_FromLong(-1);
    const int fd = fcntl(rg_fork_fd(self->fork), F_DUPFD_CLOEXEC, 0);
    return fd < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(fd);
}

/* Whether finish() will not wait for the child. Waits for that, a second at most: another thread may finish it, and
 * the descriptor's number then be another file's. Signals' handlers run before it returns. */
static PyObject *fork_wait(PyObject *object, PyObject *argument)
{
    const core_fork *self = (core_fork *)object;
    const double seconds = PyFloat_AsDouble(argument);
    if (seconds == -1.0 && PyErr_Occurred())
        return NULL;
    if (!self->fork)
        Py_RETURN_TRUE;
    struct pollfd ready = {.fd = rg_fork_fd(self->fork), .events = POLLIN};
    const int milliseconds = seconds >= 1 ? 1000 : seconds > 0 ? (int)(seconds * 1e3 + 0.999) : 0;
    int got;
    int failure;
    Py_BEGIN_ALLOW_THREADS
    got = poll(&ready, 1, milliseconds);
    failure = errno;
    Py_END_ALLOW_THREADS
    if (PyErr_CheckSignals())
        return NULL;
    if (!self->fork)
        Py_RETURN_TRUE;
    if (got < 0 && failure != EINTR) {
        errno = failure;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyBool_FromLong(got > 0);
}

/* ---- the result ------------------------------------------------------------------------------ */

/* How many edges each rule of the capture named, from where the child has noted it. */
static void copy_matches(core_graph *graph)
{
    const rg_origin *origin = rg_graph_origin(graph->graph);
    for (size_t i = 0; origin && i < origin->rule_count && i < graph->rule_count; i++)
        graph->matches[i] = origin->rules[i].matches;
}

/* What came of a Fork that is over. */
static PyObject *answer(core_fork *self)
{
    core_state *state = state_of(self);
    if (self->result) {
        Py_INCREF(self->result);
        return self->result;
    }
    if (self->is_cancelled)
        PyErr_SetString(state->capture_error, "this capture was cancelled");
    else if (self->status)
        raise_fork(state, self->status, self->failure, self->path, &self->error);
    else
        PyErr_SetString(state->capture_error, "another thread is finishing this capture");
    return NULL;
}

static PyObject *fork_finish(PyObject *object, PyObject *argument)
{
    core_fork *self = (core_fork *)object;
    const int is_wanted = PyObject_IsTrue(argument);
    if (is_wanted < 0)
        return NULL;
    if (!self->fork)
        return answer(self);
    core_graph *graph = core_graph_new(state_of(self), self->rule_count);
    if (!graph)
        return NULL;
    rg_fork *fork = self->fork;
    rg_status status;
    int failure;
    self->error.text[0] = 0;
    self->fork = NULL; /* ours alone */
    Py_BEGIN_ALLOW_THREADS
    errno = 0;
    status = rg_fork_finish(is_wanted ? &graph->graph : NULL, &fork, &graph->cost, &self->error);
    failure = errno;
    Py_END_ALLOW_THREADS
    self->status = status == RG_ERR_STATE ? RG_ERR_UNSUPPORTED : status;
    self->failure = failure;
    if (!status && is_wanted) {
        copy_matches(graph);
        self->result = (PyObject *)graph;
        return answer(self);
    }
    Py_DECREF(graph);
    if (!status) {
        Py_INCREF(Py_None);
        self->result = Py_None;
    }
    return answer(self);
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
    core_fork *self = (core_fork *)object;
    if (!self->fork)
        Py_RETURN_FALSE;
    self->is_cancelled = true;
    let_go(self);
    Py_RETURN_TRUE;
}

static void fork_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    core_fork *self = (core_fork *)object;
    let_go(self);
    Py_XDECREF(self->result);
    Py_XDECREF(self->path);
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

static PyObject *fork_has_failed(PyObject *object, void *Py_UNUSED(closure))
{
    const core_fork *self = (core_fork *)object;
    return PyBool_FromLong(self->status || self->is_cancelled);
}

static PyMethodDef fork_methods[] = {
    {"fileno", fork_fileno, METH_NOARGS,
     "fileno() -> descriptor that is readable when finish() will not wait; -1: it is over"},
    {"duplicate", fork_duplicate, METH_NOARGS,
     "duplicate() -> the same, a descriptor of the caller's own, to be closed; -1: it is over"},
    {"wait", fork_wait, METH_O,
     "wait(seconds, /) -> whether finish() will not wait; waits so long, a second at most"},
    {"finish", fork_finish, METH_O,
     "finish(load, /) -> Graph, or None without load; the file is in its place then. The same "
     "again, or the same error, when it is asked again"},
    {"cancel", fork_cancel, METH_NOARGS,
     "cancel() -> whether it was not over; the child is ended, nothing is left of it"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef fork_properties[] = {
    {"pause_seconds", fork_pause_seconds, NULL, "how long the GIL was held", NULL},
    {"process", fork_process, NULL, "process id of the child", NULL},
    {"has_failed", fork_has_failed, NULL, "whether finish() raises, or it was cancelled", NULL},
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
