/* See core_watch.h. */
#include "core_watch.h"

#include <time.h>

#define INTERVAL 0.02 /* seconds between two looks at signals */
#define PROGRESS "refgraph.progress"

enum { LOCK_MICROSECONDS = 20000 };

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* With the GIL: whether to stop, for an exception that is set. */
static bool look(const core_watch *self, const char *phase, uint64_t done, uint64_t total)
{
    if (PyErr_CheckSignals() < 0)
        return true;
    if (!self->progress || !phase)
        return false;
    PyObject *result = PyObject_CallFunction(self->progress, "sKK", phase, (unsigned long long)done,
                                             (unsigned long long)total);
    Py_XDECREF(result);
    return !result;
}

static bool report(void *context, const char *phase, uint64_t done, uint64_t total)
{
    core_watch *self = context;
    if (now() - self->looked_at < INTERVAL)
        return false;
    PyEval_RestoreThread(self->thread);
    const bool is_over = PyErr_Occurred() || look(self, phase, done, total);
    self->thread = PyEval_SaveThread();
    self->looked_at = now();
    return is_over;
}

static rg_monitor monitor_of(core_watch *self)
{
    return (rg_monitor){.context = self, .report = report};
}

const rg_graph *core_watch_also(core_watch *self, const rg_graph *graph)
{
    const rg_monitor monitor = monitor_of(self);
    rg_graph *watched = NULL;
    if (rg_graph_watched(&watched, graph, &monitor))
        return graph;
    self->handles[self->handle_count++] = watched;
    return watched;
}

void core_watch_begin_alone(core_watch *self, rg_monitor *out)
{
    PyObject *thread = PyThreadState_GetDict(); /* borrowed */
    *self = (core_watch){.looked_at = now()};
    self->progress = thread ? PyDict_GetItemString(thread, PROGRESS) : NULL;
    Py_XINCREF(self->progress);
    if (self->progress)
        self->looked_at = 0; /* it hears of the beginning, however short the analysis */
    *out = monitor_of(self);
    self->thread = PyEval_SaveThread();
}

const rg_graph *core_watch_begin(core_watch *self, const rg_graph *graph)
{
    rg_monitor monitor;
    core_watch_begin_alone(self, &monitor);
    return core_watch_also(self, graph);
}

rg_status core_watch_lock(core_watch *self, PyThread_type_lock lock)
{
    while (PyThread_acquire_lock_timed(lock, LOCK_MICROSECONDS, 0) != PY_LOCK_ACQUIRED)
        if (report(self, NULL, 0, 0))
            return RG_ERR_CANCELLED;
    return RG_OK;
}

rg_status core_watch_end(core_watch *self, rg_status status)
{
    for (int i = 0; i < self->handle_count; i++)
        rg_graph_free(self->handles[i]);
    PyEval_RestoreThread(self->thread);
    Py_CLEAR(self->progress);
    return PyErr_Occurred() ? RG_ERR_CANCELLED : status;
}

PyObject *core_set_progress(PyObject *module, PyObject *callable)
{
    PyObject *thread = PyThreadState_GetDict();
    (void)module;
    if (!thread)
        return PyErr_NoMemory();
    PyObject *before = PyDict_GetItemString(thread, PROGRESS);
    before = before ? before : Py_None;
    Py_INCREF(before);
    const bool is_set = callable == Py_None
                            ? before == Py_None || PyDict_DelItemString(thread, PROGRESS) == 0
                            : PyDict_SetItemString(thread, PROGRESS, callable) == 0;
    if (is_set)
        return before;
    Py_DECREF(before);
    return NULL;
}
