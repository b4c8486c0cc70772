/* Roots: what is alive by itself. sys.modules and, for every thread, its frames, the dict and the context of
 * its thread state and the exceptions it is handling. Nothing is called: threads' names are read out of
 * threading's own dict. */
#include "capture/capture_private.h"

#include <string.h>

PyObject *rg__dict_entry(PyObject *dict, const char *name)
{
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    if (!dict || !PyDict_Check(dict))
        return NULL;
    while (PyDict_Next(dict, &position, &key, &value))
        if (rg__str_is(key, name))
            return value;
    return NULL;
}

PyObject *rg__instance_attribute(PyObject *object, const char *name)
{
    const rg__instance instance = rg__instance_read(object);
    for (Py_ssize_t i = 0; i < instance.value_count; i++)
        if (instance.values[i] && rg__str_is(rg__shared_key(instance.keys, i), name))
            return instance.values[i];
    return rg__dict_entry(instance.dict, name);
}

rg_status rg__capture_add_suspect(rg__capture *c, PyObject *target, uint32_t place)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->suspects, &c->suspect_capacity,
                                         c->suspect_count + 1, sizeof *c->suspects);
    if (!status)
        c->suspects[c->suspect_count++] = (rg__suspect){target, place};
    return status;
}

rg_status rg__capture_add_root(rg__capture *c, rg_root_kind kind, PyObject *node,
                               uint32_t references, uint32_t name)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->roots, &c->root_capacity,
                                         c->root_count + 1, sizeof *c->roots);
    if (!status)
        status = rg__capture_enqueue(c, node);
    if (status)
        return status;
    c->roots[c->root_count++] = (rg__raw_root){kind, node, references, name};
    return RG_OK;
}

static rg_status add_modules(rg__capture *c)
{
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    uint32_t name = 0;
    if (!c->modules || !PyDict_Check(c->modules))
        return RG_OK;
    while (PyDict_Next(c->modules, &position, &key, &value)) {
        if (!key || !value || value == Py_None || !PyUnicode_CheckExact(key))
            continue;
        rg_status status = rg__texts_add_name(&c->texts, &name, key);
        if (!status)
            status = rg__capture_add_root(c, RG_ROOT_MODULE, value, 0, name);
        if (status)
            return status;
    }
    return RG_OK;
}

/* ---- threads ---- */

/* threading._active[ident]._name, or NULL. */
static PyObject *thread_name(const rg__capture *c, unsigned long ident)
{
    PyObject *module = rg__dict_entry(c->modules, "threading");
    if (!module || !PyModule_Check(module))
        return NULL;
    PyObject *active = rg__dict_entry(PyModule_GetDict(module), "_active");
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    if (!active || !PyDict_Check(active))
        return NULL;
    while (PyDict_Next(active, &position, &key, &value)) {
        if (!key || !value || !PyLong_CheckExact(key))
            continue;
        int overflow = 0;
        const long long number = PyLong_AsLongLongAndOverflow(key, &overflow);
        if (overflow || (unsigned long)number != ident)
            continue;
        PyObject *name = rg__instance_attribute(value, "_name");
        return name && PyUnicode_Check(name) ? name : NULL;
    }
    return NULL;
}

/* Without `threading` the oldest thread of the interpreter, the last of its list, is the main one. */
static rg_status write_thread(const rg__capture *c, rg_buffer *out, PyThreadState *thread)
{
    PyObject *name = thread_name(c, thread->thread_id);
    bool is_cut = false;
    rg_status status = rg_buffer_add(out, "thread ", strlen("thread "));
    if (status)
        return status;
    if (name)
        return rg__str_encode(out, name, 60, &is_cut);
    if (!PyThreadState_Next(thread))
        return rg_buffer_add(out, "MainThread", strlen("MainThread"));
    return rg_buffer_add_format(out, "%lu", thread->thread_id);
}

static bool is_hidden(const rg__capture *c, const rg__frame *frame)
{
    PyObject *name = c->hidden_package ? rg__dict_entry(frame->globals, "__name__") : NULL;
    if (!name || !PyUnicode_Check(name) || !rg__str_is_ready(name) || !PyUnicode_IS_ASCII(name))
        return false;
    const char *text = PyUnicode_DATA(name);
    const size_t size = strlen(c->hidden_package);
    if ((size_t)PyUnicode_GET_LENGTH(name) < size || memcmp(text, c->hidden_package, size))
        return false;
    return text[size] == '\0' || text[size] == '.';
}

/* The node that stands for a running frame: the generator it belongs to, its frame object, or itself. */
static PyObject *frame_node(const rg__frame *frame)
{
    if (frame->in_generator)
        return rg__frame_generator(frame);
    return frame->object ? frame->object : (PyObject *)((uintptr_t)frame->address | 1);
}

static rg_status add_frames(rg__capture *c, PyThreadState *thread, size_t prefix)
{
    rg__frame frame;
    bool more = rg__frame_of_thread(&frame, thread);
    for (; more; more = rg__frame_previous(&frame, &frame)) {
        if (is_hidden(c, &frame)) { /* no root, but what it holds is explained */
            rg_status hidden = rg__capture_enqueue(c, frame_node(&frame));
            if (hidden)
                return hidden;
            continue;
        }
        c->scratch.size = prefix;
        uint32_t name = 0;
        rg_status status = rg_buffer_add(&c->scratch, " · ", strlen(" · "));
        if (!status)
            status = rg__code_write(&c->scratch, frame.code, frame.line);
        if (!status)
            status = rg__texts_add(&c->texts, &name, (rg_string){c->scratch.data, c->scratch.size});
        if (!status)
            status = rg__capture_add_root(c, RG_ROOT_FRAME, frame_node(&frame), 0, name);
        if (status)
            return status;
    }
    return RG_OK;
}

static rg_status add_thread_field(rg__capture *c, size_t prefix, const char *what, PyObject *object)
{
    uint32_t name = 0;
    if (!object || object == Py_None)
        return RG_OK;
    c->scratch.size = prefix;
    rg_status status = rg_buffer_add(&c->scratch, what, strlen(what));
    if (!status)
        status = rg__texts_add(&c->texts, &name, (rg_string){c->scratch.data, c->scratch.size});
    return status ? status : rg__capture_add_root(c, RG_ROOT_THREAD, object, 1, name);
}

static rg_status add_thread(rg__capture *c, PyThreadState *thread)
{
    c->scratch.size = 0;
    rg_status status = write_thread(c, &c->scratch, thread);
    const size_t prefix = c->scratch.size;
    if (!status)
        status = add_frames(c, thread, prefix);
    if (!status)
        status = add_thread_field(c, prefix, " · thread-local state", thread->dict);
    if (!status)
        status = add_thread_field(c, prefix, " · context", thread->context);
    const _PyErr_StackItem *item = thread->exc_info;
    for (; item && !status; item = item->previous_item)
        status = add_thread_field(c, prefix, " · exception being handled", item->exc_value);
    return status;
}

rg_status rg__capture_roots(rg__capture *c)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    rg_status status = RG_OK;
    for (; thread && !status; thread = PyThreadState_Next(thread))
        status = add_thread(c, thread);
    return status ? status : add_modules(c);
}
