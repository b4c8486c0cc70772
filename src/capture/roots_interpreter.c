/* Roots of the interpreter: what its state, the collector and the signal module own without any object saying
 * so. A word of a private layout counts only if it is the address of an object in the collector's lists; so
 * this comes first, while nothing but those is among the addresses. */
#include "capture/capture_private.h"

#include <signal.h>
#include <string.h>

enum { OBJECT_ALIGNMENT = 16 /* of everything that the collector lists */ };

static PyObject *known(rg__capture *c, PyObject *word)
{
    const bool is_node = word && (uintptr_t)word % OBJECT_ALIGNMENT == 0 &&
                         rg__addresses_contains(&c->addresses, (uintptr_t)word);
    return is_node ? word : NULL;
}

static rg_status add(rg__capture *c, PyObject *node, uint32_t references, const char *name)
{
    return rg__capture_add_literal_root(c, RG_ROOT_INTERPRETER, node, references, name);
}

/* Whether a module in sys.modules shows the object as well: then the way through the module, which is an
 * expression, is the one to tell, and the interpreter's own reference is only counted. */
static bool is_shown_by_module(const rg__capture *c, PyObject *object)
{
    static const char *const places[][2] = {
        {"sys", NULL},           {"builtins", NULL},
        {"warnings", "filters"}, {"warnings", "onceregistry"},
        {"gc", "callbacks"},     {"gc", "garbage"},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        PyObject *dict = rg__module_dict(c, places[i][0]);
        if (object == (places[i][1] ? rg__dict_entry(dict, places[i][1]) : dict))
            return true;
    }
    PyObject *key = NULL;
    PyObject *module = NULL;
    Py_ssize_t position = 0;
    while (PyModule_Check(object) && PyDict_Next(c->modules, &position, &key, &module))
        if (module == object)
            return true;
    return false;
}

/* A reference that the interpreter owns. */
static rg_status add_owned(rg__capture *c, PyObject *object, const char *name)
{
    if (is_shown_by_module(c, object))
        return rg__capture_add_root(c, RG_ROOT_INTERPRETER, object, 1, RG_NONE);
    return add(c, object, 1, name);
}

/* ---- the interpreter state ---- */

/* Whether an object is the dict of interned strings: many, and each is its own value. A host that has not imported
 * `typing` has nothing else that vouches for where it lies. */
static bool is_interned_dict(PyObject *object)
{
    enum { ENOUGH = 64 };
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    int count = 0;
    if (!PyDict_CheckExact(object))
        return false;
    while (count < ENOUGH && PyDict_Next(object, &position, &key, &value)) {
        if (key != value || !PyUnicode_CheckExact(key) || !PyUnicode_CHECK_INTERNED(key))
            return false;
        count++;
    }
    return count == ENOUGH;
}

/* Whether an object is a class that typing gets from C. */
static bool is_of_typing(PyObject *object)
{
    if (!PyType_Check(object) || !(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return false;
    const char *name = ((PyTypeObject *)object)->tp_name;
    return !strncmp(name, "typing.", 7) || !strncmp(name, "_typing.", 8);
}

static bool is_expected(PyObject *object, rg__expected expected)
{
    switch (expected) {
    case RG__EXPECT_LIST:
    case RG__EXPECT_UNTRACKED_LIST:
        return PyList_CheckExact(object);
    case RG__EXPECT_DICT:
        return PyDict_CheckExact(object);
    case RG__EXPECT_INTERNED:
        return is_interned_dict(object);
    case RG__EXPECT_TYPING:
        return is_of_typing(object);
    case RG__EXPECT_WARNINGS_CONTEXT:
    case RG__EXPECT_ANY:
        break;
    }
    return true;
}

/* The object in a field, if the word is to be believed; or NULL. */
static PyObject *object_in(rg__capture *c, const rg__state_word *field)
{
    PyObject *object = known(c, field->word);
    if (field->expected == RG__EXPECT_UNTRACKED_LIST)
        object = field->word;
    if (field->expected == RG__EXPECT_WARNINGS_CONTEXT) {
        object = rg__dict_entry(rg__module_dict(c, "_warnings"), "_warnings_context");
        object = object == field->word ? object : NULL;
    }
    return object && is_expected(object, field->expected) ? object : NULL;
}

static rg_status add_fields(rg__capture *c, const rg__interpreter *interpreter)
{
    rg__state_word field;
    rg_status status = RG_OK;
    for (size_t i = 0; rg__interpreter_field(interpreter, i, &field) && !status; i++) {
        PyObject *object = object_in(c, &field);
        if (!object)
            continue;
        if (field.expected == RG__EXPECT_INTERNED)
            c->interned = object;
        status = add_owned(c, object, field.name);
    }
    return status;
}

/* ---- atexit ---- */

static rg_status add_atexit(rg__capture *c, const rg__interpreter *interpreter)
{
    PyObject *parts[3];
    rg_status status = RG_OK;
    for (size_t i = 0; rg__interpreter_atexit(interpreter, i, parts) && !status; i++) {
        if (!known(c, parts[0]))
            continue; /* unregistered, or a callable outside the collector */
        status = add(c, parts[0], 1, "atexit callback");
        /* the collector lists neither a tuple nor a dict of plain values; the function vouches for them */
        if (!status && parts[1])
            status = add(c, parts[1], 1, "arguments of an atexit callback");
        if (!status && parts[2])
            status = add(c, parts[2], 1, "keywords of an atexit callback");
    }
    return status;
}

#if PY_VERSION_HEX < 0x030A0000
/* 3.9: the module owns its callbacks and reports them; the root is only a name for them. */
static int visit_atexit(PyObject *target, void *argument)
{
    rg__capture *c = argument;
    PyObject *module = rg__dict_entry(c->modules, "atexit");
    if (!c->failed && target && target != rg__dict_of_module(module) &&
        target != (PyObject *)Py_TYPE(module) && PyCallable_Check(target))
        c->failed = add(c, target, 0, "atexit callback");
    return 0;
}

static rg_status name_atexit(rg__capture *c)
{
    PyObject *module = rg__dict_entry(c->modules, "atexit");
    if (module && PyModule_CheckExact(module))
        (void)Py_TYPE(module)->tp_traverse(module, visit_atexit, c);
    return c->failed;
}
#endif

/* ---- signal handlers ---- */

typedef struct signal_name {
    int number;
    const char *name;
} signal_name;

static const signal_name signal_names[] = {
#ifndef _WIN32
    {SIGHUP, "signal handler SIGHUP"},       {SIGQUIT, "signal handler SIGQUIT"},
    {SIGTRAP, "signal handler SIGTRAP"},     {SIGBUS, "signal handler SIGBUS"},
    {SIGUSR1, "signal handler SIGUSR1"},     {SIGUSR2, "signal handler SIGUSR2"},
    {SIGPIPE, "signal handler SIGPIPE"},     {SIGALRM, "signal handler SIGALRM"},
    {SIGCHLD, "signal handler SIGCHLD"},     {SIGCONT, "signal handler SIGCONT"},
    {SIGTSTP, "signal handler SIGTSTP"},     {SIGTTIN, "signal handler SIGTTIN"},
    {SIGTTOU, "signal handler SIGTTOU"},     {SIGURG, "signal handler SIGURG"},
    {SIGXCPU, "signal handler SIGXCPU"},     {SIGXFSZ, "signal handler SIGXFSZ"},
    {SIGVTALRM, "signal handler SIGVTALRM"}, {SIGPROF, "signal handler SIGPROF"},
    {SIGWINCH, "signal handler SIGWINCH"},   {SIGIO, "signal handler SIGIO"},
    {SIGSYS, "signal handler SIGSYS"},
#endif
    {SIGINT, "signal handler SIGINT"},       {SIGTERM, "signal handler SIGTERM"},
    {SIGABRT, "signal handler SIGABRT"},     {SIGFPE, "signal handler SIGFPE"},
    {SIGILL, "signal handler SIGILL"},       {SIGSEGV, "signal handler SIGSEGV"},
};

static rg_status add_handler(rg__capture *c, int number, PyObject *handler)
{
    for (size_t i = 0; i < sizeof signal_names / sizeof *signal_names; i++)
        if (signal_names[i].number == number)
            return add(c, handler, 1, signal_names[i].name);
    c->scratch.size = 0;
    uint32_t name = 0;
    rg_status status = rg_buffer_add_format(&c->scratch, "signal handler %d", number);
    if (!status)
        status = rg__texts_add(&c->texts, &name, (rg_string){c->scratch.data, c->scratch.size});
    return status ? status : rg__capture_add_root(c, RG_ROOT_INTERPRETER, handler, 1, name);
}

static rg_status add_handlers(rg__capture *c)
{
    rg_status status = RG_OK;
    for (int i = 1; i < RG__SIGNALS && !status; i++)
        if (c->handlers[i])
            status = add_handler(c, i, c->handlers[i]);
    return status;
}

/* ---- sys.monitoring ---- */

static rg_status add_monitoring(rg__capture *c, const rg__interpreter *interpreter)
{
    static const char *const owners[] = {"debugger", "coverage", "profiler",
                                         "tool 3",   "tool 4",   "optimizer"};
    size_t tools = 0;
    size_t events = 0;
    PyObject *const *words = rg__interpreter_monitoring(interpreter, &tools, &events);
    rg_status status = RG_OK;
    for (size_t i = 0; words && i < tools * events && !status; i++) {
        PyObject *callable = known(c, words[i]);
        uint32_t name = 0;
        if (!callable || !PyCallable_Check(callable))
            continue;
        c->scratch.size = 0;
        status = rg_buffer_add_format(&c->scratch, "sys.monitoring %s · %s", owners[i / events],
                                      rg__monitoring_event(i % events));
        if (!status)
            status = rg__texts_add(&c->texts, &name, (rg_string){c->scratch.data, c->scratch.size});
        if (!status)
            status = rg__capture_add_root(c, RG_ROOT_INTERPRETER, callable, 1, name);
    }
    return status;
}

/* ---- all ---- */

static void find_landmarks(const rg__capture *c, rg__landmarks *out)
{
    PyObject *warnings = rg__module_dict(c, "_warnings");
    *out = (rg__landmarks){
        .modules = c->modules,
        .sys = rg__module_dict(c, "sys"),
        .builtins = rg__module_dict(c, "builtins"),
        .warnings = {rg__dict_entry(warnings, "filters"), rg__dict_entry(warnings, "_onceregistry"),
                     rg__dict_entry(warnings, "_defaultaction")},
        .type_variable = rg__dict_entry(rg__module_dict(c, "_typing"), "TypeVar"),
    };
}

static rg_status add_collector_lists(rg__capture *c)
{
    PyObject *garbage = NULL;
    PyObject *callbacks = NULL;
    rg__collector_own_lists(&c->gc, &garbage, &callbacks);
    garbage = known(c, garbage);
    callbacks = known(c, callbacks);
    rg_status status = RG_OK;
    if (garbage && PyList_CheckExact(garbage))
        status = add_owned(c, garbage, "gc.garbage");
    if (!status && callbacks && PyList_CheckExact(callbacks))
        status = add_owned(c, callbacks, "gc.callbacks");
    return status;
}

rg_status rg__capture_interpreter_roots(rg__capture *c)
{
    rg__landmarks landmarks;
    rg__interpreter interpreter;
    find_landmarks(c, &landmarks);
    rg__interpreter_find(&interpreter, &landmarks);
    rg_status status = add_fields(c, &interpreter);
    if (!status)
        status = add_collector_lists(c);
    if (!status)
        status = add_monitoring(c, &interpreter);
    if (!status)
        status = add_atexit(c, &interpreter);
    if (!status)
        status = add_handlers(c);
#if PY_VERSION_HEX < 0x030A0000
    if (!status)
        status = name_atexit(c);
#endif
    return status;
}
