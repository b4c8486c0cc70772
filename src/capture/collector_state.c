/* What the collector was like before the capture: its kind, thresholds, counts, debug flags. Read from its
 * state where that is recognised; otherwise the functions of the gc module are asked, whose results live for a
 * moment. Frozen objects are counted by the walk, or asked for. */
#include "capture/capture_private.h"

#include <string.h>

/* A function of the gc module, as long as it is gc's own: the application may have put another in its place. */
static PyObject *gc_function(const rg__capture *c, const char *name)
{
    PyObject *module = rg__dict_entry(c->modules, "gc");
    PyObject *function = rg__dict_entry(rg__module_dict(c, "gc"), name);
    if (!function || !PyCFunction_CheckExact(function) || PyCFunction_GET_SELF(function) != module)
        return NULL;
    return strcmp(((PyCFunctionObject *)function)->m_ml->ml_name, name) == 0 ? function : NULL;
}

/* The int that a function gives; 0 where it does not. */
static long long ask_number(const rg__capture *c, const char *name)
{
    PyObject *function = gc_function(c, name);
    PyObject *result = function ? PyObject_CallObject(function, NULL) : NULL;
    const long long number = result ? PyLong_AsLongLong(result) : 0;
    Py_XDECREF(result);
    PyErr_Clear();
    return number;
}

static void ask_three(const rg__capture *c, const char *name, int out[3])
{
    PyObject *function = gc_function(c, name);
    PyObject *result = function ? PyObject_CallObject(function, NULL) : NULL;
    if (result && PyTuple_CheckExact(result) && PyTuple_GET_SIZE(result) == 3)
        for (int i = 0; i < 3; i++)
            out[i] = (int)PyLong_AsLong(PyTuple_GET_ITEM(result, i));
    Py_XDECREF(result);
    PyErr_Clear();
}

void rg__capture_collector_state(rg__capture *c, const rg__collector *collector, bool is_walked)
{
    rg__collector_facts facts;
    const bool is_read = rg__collector_facts_read(&facts, collector);
    rg_collector_state *state = &c->collector;
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *traceback = NULL;
    PyErr_Fetch(&type, &error, &traceback);
    *state = (rg_collector_state){
        .kind = facts.is_incremental ? RG_COLLECTOR_INCREMENTAL : RG_COLLECTOR_GENERATIONAL,
        .is_enabled = facts.is_enabled,
        .debug_flags = facts.debug_flags,
    };
    for (int i = 0; i < 3; i++) {
        state->thresholds[i] = facts.thresholds[i];
        state->counts[i] = facts.counts[i];
    }
    if (!is_read) {
        ask_three(c, "get_threshold", state->thresholds);
        ask_three(c, "get_count", state->counts);
        state->debug_flags = (int)ask_number(c, "get_debug");
    }
    if (!is_walked)
        state->frozen = (uint64_t)ask_number(c, "get_freeze_count");
    PyErr_Restore(type, error, traceback);
}
