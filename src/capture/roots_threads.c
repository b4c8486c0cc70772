/* Roots of threads: running frames, and what a thread state owns. The struct of a thread state is public
 * (cpython/pystate.h); threads' names are read out of threading's own dict.
 *
 * What a frame owns are edges of its node (frames.c). Three things are not known for certain and become
 * suspects: stack words of a frame whose stack has no known top; the function and the code of a frame that C
 * code called, which the caller may own meanwhile. */
#include "capture/capture_private.h"

#include <string.h>

/* The instance threading._active[ident], or NULL. */
static PyObject *thread_object(const rg__capture *c, unsigned long ident)
{
    PyObject *active = rg__dict_entry(rg__module_dict(c, "threading"), "_active");
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
        if (!overflow && (unsigned long)number == ident)
            return value;
    }
    return NULL;
}

/* Without `threading` the oldest thread of the interpreter, the last of its list, is the main one. */
static rg_status write_thread(const rg__capture *c, rg_buffer *out, PyThreadState *thread)
{
    PyObject *object = thread_object(c, thread->thread_id);
    PyObject *name = object ? rg__instance_attribute(object, "_name") : NULL;
    bool is_cut = false;
    rg_status status = rg_buffer_add(out, "thread ", strlen("thread "));
    if (status)
        return status;
    if (name && PyUnicode_Check(name))
        return rg__str_encode(out, name, 60, &is_cut);
    if (!PyThreadState_Next(thread))
        return rg_buffer_add(out, "MainThread", strlen("MainThread"));
    return rg_buffer_add_format(out, "%lu", thread->thread_id);
}

/* ---- frames ---- */

/* The node that stands for a running frame: the generator it belongs to, its frame object, or itself. */
static PyObject *frame_node(const rg__frame *frame)
{
    if (frame->in_generator)
        return rg__frame_generator(frame);
    return frame->object ? frame->object : (PyObject *)((uintptr_t)frame->address | 1);
}

/* The text index of `before`, a frame's function and line, and the thread (scratch up to `prefix`). */
static rg_status place_text(rg__capture *c, uint32_t *text, const char *before,
                            const rg__frame *frame, size_t prefix)
{
    c->scratch.size = prefix;
    rg_buffer place = rg_buffer_empty(&c->allocator);
    rg_status status = rg_buffer_add(&place, before, strlen(before));
    if (!status)
        status = rg__code_write(&place, frame->code, frame->line);
    if (!status)
        status = rg_buffer_add(&place, ", ", 2);
    if (!status)
        status = rg_buffer_add(&place, c->scratch.data, prefix);
    if (!status)
        status = rg__texts_add(&c->texts, text, (rg_string){place.data, place.size});
    rg_buffer_dispose(&place);
    return status;
}

/* "thread MainThread · serve (app.py:88){evaluation stack}": as the chain through a frame's node would say it. */
static rg_status stack_text(rg__capture *c, uint32_t *text, const rg__frame *frame, size_t prefix)
{
    c->scratch.size = prefix;
    rg_status status = rg_buffer_add(&c->scratch, " · ", strlen(" · "));
    if (!status)
        status = rg__code_write(&c->scratch, frame->code, frame->line);
    if (!status)
        status = rg_buffer_add(&c->scratch, "{evaluation stack}", strlen("{evaluation stack}"));
    if (!status)
        status = rg__texts_add(&c->texts, text, (rg_string){c->scratch.data, c->scratch.size});
    c->scratch.size = prefix;
    return status;
}

/* How many of the words behind the locals may be stack items: what lies above is left over from items that are
 * gone. */
static rg_status count_words(rg__capture *c, const rg__frame *frame, Py_ssize_t *count)
{
    const size_t units = (size_t)rg__code_units(frame->code);
    int16_t *heights = rg__array_new_raw(&c->allocator, units + 1, sizeof *heights);
    uint32_t *work = rg__array_new_raw(&c->allocator, units + 1, sizeof *work);
    const int height =
        heights && work ? rg__stack_height(frame->code, frame->instruction, heights, work) : -1;
    const bool has_memory = heights && work;
    rg__array_free(&c->allocator, heights, units + 1, sizeof *heights);
    rg__array_free(&c->allocator, work, units + 1, sizeof *work);
    *count = height >= 0 && height < frame->unknown_count ? height : frame->unknown_count;
    return has_memory ? RG_OK : RG_ERR_NOMEM;
}

/* Words where stack items may be. They are compared with nodes' addresses later, never followed. */
static rg_status suspect_stack(rg__capture *c, const rg__frame *frame, size_t prefix)
{
    uint32_t place = 0;
    Py_ssize_t count = 0;
    bool is_own = false;
    if (frame->unknown_count <= 0)
        return RG_OK;
    rg_status status = count_words(c, frame, &count);
    if (!status)
        status = rg__hide_is_own_dict(c, frame->globals, &is_own);
    if (!status && count)
        status = place_text(c, &place, "the evaluation stack of ", frame, prefix);
    for (Py_ssize_t i = 0; i < count && !status; i++) {
        bool is_borrowed = false;
        PyObject *word = rg__frame_slot(frame, frame->local_count + i, &is_borrowed);
        if (word && !is_borrowed && (uintptr_t)word % sizeof(void *) == 0)
            status = rg__capture_add_suspect(c, word, is_own ? RG__OWN_STACK : RG__PROBABLE, place);
    }
    return status;
}

/* The stack items of an executing frame (≤ 3.10). The callable of a call that is running may have its first
 * argument in its place: then it is known when the walk meets it (rg__capture_suspect_callee). */
static rg_status claim_stack(rg__capture *c, const rg__frame *frame, size_t prefix)
{
    uint32_t stack = 0;
    bool is_own = false;
    uint32_t callee = 0;
    rg_status status = RG_OK;
    if (!frame->claimed_count)
        return RG_OK;
    status = rg__hide_is_own_dict(c, frame->globals, &is_own);
    if (!status)
        status = place_text(c, &callee, "the evaluation stack of ", frame, prefix);
    if (!status)
        status = stack_text(c, &stack, frame, prefix);
    for (Py_ssize_t i = 0; i < frame->claimed_count && !status; i++) {
        bool is_borrowed = false;
        const Py_ssize_t slot = frame->local_count + i;
        PyObject *word = rg__frame_slot(frame, slot, &is_borrowed);
        const bool is_callee = slot == frame->callee_slot;
        if (!word)
            continue;
        status = rg__capture_add_suspect(c, word,
                                         is_own      ? RG__OWN_STACK
                                         : is_callee ? RG__PROBABLE
                                                     : RG__STACK,
                                         is_callee ? callee : stack);
        if (!status && is_callee)
            status = rg__pointer_map_put(&c->callees, word, callee);
    }
    return status;
}

rg_status rg__capture_suspect_callee(rg__capture *c, PyObject *object)
{
    const PyObject *first = c->callees.count ? rg__first_argument_of(object) : NULL;
    const uint32_t place = first ? rg__pointer_map_get(&c->callees, first, RG_NONE) : RG_NONE;
    return place == RG_NONE ? RG_OK : rg__capture_add_suspect(c, object, RG__PROBABLE, place);
}

static rg_status suspect_call(rg__capture *c, const rg__frame *frame, size_t prefix)
{
    uint32_t place = 0;
    if (!frame->is_entry)
        return RG_OK;
    rg_status status = place_text(c, &place, "the C code that called ", frame, prefix);
    if (!status)
        status = rg__capture_add_suspect(c, (PyObject *)frame->code, RG__PROBABLE, place);
    if (!status && frame->function)
        status = rg__capture_add_suspect(c, frame->function, RG__PROBABLE, place);
    return status;
}

static rg_status add_frame_root(rg__capture *c, const rg__frame *frame, size_t prefix)
{
    uint32_t name = 0;
    c->scratch.size = prefix;
    rg_status status = rg_buffer_add(&c->scratch, " · ", strlen(" · "));
    if (!status)
        status = rg__code_write(&c->scratch, frame->code, frame->line);
    if (!status)
        status = rg__texts_add(&c->texts, &name, (rg_string){c->scratch.data, c->scratch.size});
    if (status)
        return status;
    return rg__capture_add_root(c, RG_ROOT_FRAME, frame_node(frame), frame->references, name);
}

/* Remember the outermost frame of a thread, for what C code owns of its start. */
static rg_status add_start(rg__capture *c, const rg__frame *frame, size_t prefix)
{
    rg__thread_start start = {.code = frame->code};
    bool is_borrowed = false;
    bool is_cell = false;
    rg_status status = place_text(c, &start.place, "the C code that called ", frame, prefix);
    if (!status)
        status = rg__array_reserve(&c->allocator, &c->thread_starts, &c->thread_start_capacity,
                                   c->thread_start_count + 1, sizeof start);
    if (status)
        return status;
    (void)rg__frame_local_name(frame->code, 0, &is_cell);
    if (frame->local_count > 0 && !is_cell)
        start.self = rg__frame_slot(frame, 0, &is_borrowed);
    c->thread_starts[c->thread_start_count++] = start;
    return RG_OK;
}

/* Frames of refgraph itself too: what they hold is counted, then hide.c takes them out. */
static rg_status add_frames(rg__capture *c, PyThreadState *thread, size_t prefix)
{
    rg__frame frame;
    rg__frame outermost;
    rg_status status = RG_OK;
    bool has_frames = rg__frame_of_thread(&frame, thread);
    for (bool more = has_frames; more && !status; more = rg__frame_previous(&frame, &frame)) {
        outermost = frame;
        status = add_frame_root(c, &frame, prefix);
        if (!status)
            status = suspect_stack(c, &frame, prefix);
        if (!status)
            status = claim_stack(c, &frame, prefix);
        if (!status)
            status = suspect_call(c, &frame, prefix);
    }
    return status || !has_frames ? status : add_start(c, &outermost, prefix);
}

/* ---- what the thread state owns ---- */

static rg_status add_field(rg__capture *c, size_t prefix, const char *what, PyObject *object,
                           uint32_t references)
{
    uint32_t name = 0;
    if (!object || object == Py_None)
        return RG_OK;
    c->scratch.size = prefix;
    rg_status status = rg_buffer_add(&c->scratch, what, strlen(what));
    if (!status)
        status = rg__texts_add(&c->texts, &name, (rg_string){c->scratch.data, c->scratch.size});
    return status ? status : rg__capture_add_root(c, RG_ROOT_THREAD, object, references, name);
}

typedef struct thread_field {
    const char *what;
    size_t offset;
} thread_field;

static const thread_field thread_fields[] = {
    {" · thread-local state", offsetof(PyThreadState, dict)},
    {" · context", offsetof(PyThreadState, context)},
    {" · sys.setprofile", offsetof(PyThreadState, c_profileobj)},
    {" · sys.settrace", offsetof(PyThreadState, c_traceobj)},
    {" · exception to be raised", offsetof(PyThreadState, async_exc)},
    {" · asynchronous generators, first iteration hook",
     offsetof(PyThreadState, async_gen_firstiter)},
    {" · asynchronous generators, finalizer hook", offsetof(PyThreadState, async_gen_finalizer)},
#if PY_VERSION_HEX >= 0x030C0000
    {" · exception being raised", offsetof(PyThreadState, current_exception)},
#else
    {" · exception being raised", offsetof(PyThreadState, curexc_value)},
    {" · exception being raised (type)", offsetof(PyThreadState, curexc_type)},
    {" · exception being raised (traceback)", offsetof(PyThreadState, curexc_traceback)},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {" · threading.local key", offsetof(PyThreadState, threading_local_key)},
    {" · threading.local sentinel", offsetof(PyThreadState, threading_local_sentinel)},
#endif
};

/* The exceptions being handled: the thread's own item owns its objects; those of generators are in generator
 * objects, which report them. */
static rg_status add_exceptions(rg__capture *c, PyThreadState *thread, size_t prefix)
{
    rg_status status = RG_OK;
    const _PyErr_StackItem *item = thread->exc_info;
    for (; item && !status; item = item->previous_item) {
        const uint32_t owned = item == &thread->exc_state;
        status = add_field(c, prefix, " · exception being handled", item->exc_value, owned);
#if PY_VERSION_HEX < 0x030B0000
        if (!status)
            status =
                add_field(c, prefix, " · exception being handled (type)", item->exc_type, owned);
        if (!status)
            status = add_field(c, prefix, " · exception being handled (traceback)",
                               item->exc_traceback, owned);
#endif
    }
    return status;
}

/* ≤ 3.12: a weak reference to the lock that thread.join() waits for. The field has no type, so it counts only
 * if it is a known object, and a weak reference. */
static rg_status add_end_lock(rg__capture *c, PyThreadState *thread, size_t prefix)
{
#if PY_VERSION_HEX < 0x030D0000
    PyObject *data = thread->on_delete ? thread->on_delete_data : NULL;
    if (data && (uintptr_t)data % 16 == 0 &&
        rg__addresses_contains(&c->addresses, (uintptr_t)data) && PyWeakref_CheckRefExact(data))
        return add_field(c, prefix, " · lock released at its end", data, 1);
#else
    (void)c;
    (void)thread;
    (void)prefix;
#endif
    return RG_OK;
}

static rg_status add_thread(rg__capture *c, PyThreadState *thread)
{
    c->scratch.size = 0;
    rg_status status = write_thread(c, &c->scratch, thread);
    const size_t prefix = c->scratch.size;
    if (!status) /* first, while no interpreter frame is among the addresses */
        status = add_end_lock(c, thread, prefix);
    if (!status)
        status = add_frames(c, thread, prefix);
    for (size_t i = 0; i < sizeof thread_fields / sizeof *thread_fields && !status; i++) {
        PyObject *const *field =
            (PyObject *const *)((const char *)thread + thread_fields[i].offset);
        status = add_field(c, prefix, thread_fields[i].what, *field, 1);
    }
    return status ? status : add_exceptions(c, thread, prefix);
}

rg_status rg__capture_thread_roots(rg__capture *c)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    rg_status status = RG_OK;
    for (; thread && !status; thread = PyThreadState_Next(thread))
        status = add_thread(c, thread);
    return status;
}
