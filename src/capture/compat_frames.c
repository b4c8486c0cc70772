/* Frames of 3.11 and later; those before: compat_frame_objects.c. _PyInterpreterFrame
 * (Include/internal/pycore_frame.h; 3.14 pycore_interpframe_structs.h), copied here field by field so
 * that no private header is needed; checked on 3.11.7, 3.12.1, 3.13.0, 3.14.10. A frame is used only
 * when its code is a code object whose instructions hold the frame's instruction pointer. */
#include "capture/compat.h"

#include <string.h>

#if PY_VERSION_HEX >= 0x030B0000

enum { OWNED_BY_THREAD = 0, OWNED_BY_GENERATOR = 1, OWNED_BY_FRAME_OBJECT = 2 };
enum { STATE_EXECUTING = 0, STATE_COMPLETED = 1 };
enum { STATE_CREATED = PY_VERSION_HEX >= 0x030D0000 ? -3 : -2 }; /* between: suspended */
enum { CODE_UNIT = 2 /* bytes of a _Py_CODEUNIT */ };

typedef struct interpreter_frame {
#if PY_VERSION_HEX < 0x030C0000
    PyObject *function; /* strong */
    PyObject *globals, *builtins;
    PyObject *locals; /* strong */
    PyObject *code;   /* strong */
    PyObject *frame_object;
    struct interpreter_frame *previous;
#else
    uintptr_t code; /* strong; tagged on 3.14 */
    struct interpreter_frame *previous;
    uintptr_t function; /* strong; tagged on 3.14 */
    PyObject *globals, *builtins;
    PyObject *locals; /* strong */
    PyObject *frame_object;
#endif
    const char *instruction;
#if PY_VERSION_HEX >= 0x030E0000
    PyObject **stack_pointer;
    uint16_t return_offset;
    char owner;
    uint8_t visited;
#elif PY_VERSION_HEX >= 0x030C0000
    int stack_top;
    uint16_t return_offset;
    char owner;
#else
    int stack_top;
    bool is_entry;
    char owner;
#endif
    PyObject *slots[1];
} interpreter_frame;

/* A frame object's first fields (struct _frame, 3.11 – 3.14). */
typedef struct frame_object {
    PyObject_HEAD
    PyObject *back;
    interpreter_frame *frame;
} frame_object;

#if PY_VERSION_HEX >= 0x030E0000
/* _PyGenObject_HEAD of 3.14, where the struct left the public headers */
typedef struct generator_object {
    PyObject_HEAD
    PyObject *weak_list, *name, *qualname;
    void *exception_state[2];
    PyObject *origin_or_finalizer;
    char hooks_inited, closed, running_async;
    int8_t gi_frame_state;
    interpreter_frame gi_iframe;
} generator_object;
#else
typedef PyGenObject generator_object;
#endif

/* Take the tag off a stack reference (3.14); elsewhere a slot is a plain pointer. */
static PyObject *untag(uintptr_t word)
{
    return (PyObject *)(word & ~(uintptr_t)3);
}

static bool is_plausible(const interpreter_frame *f)
{
    PyObject *code = untag((uintptr_t)f->code);
    if (!code || !PyCode_Check(code))
        return false;
    const char *start = ((PyCodeObject *)code)->co_code_adaptive;
    const Py_ssize_t size = Py_SIZE(code) * CODE_UNIT;
    /* one unit before the first: a frame that has not begun (3.11, 3.12) */
    return f->instruction >= start - CODE_UNIT && f->instruction <= start + size;
}

static Py_ssize_t valid_slots(const interpreter_frame *f, Py_ssize_t locals)
{
#if PY_VERSION_HEX >= 0x030E0000
    const Py_ssize_t count = f->stack_pointer ? f->stack_pointer - f->slots : locals;
#else
    const Py_ssize_t count = f->stack_top;
#endif
    return count < locals ? locals : count;
}

/* Whether nothing says how high the stack is: the frame is inside a call of a C function (3.11 - 3.13). The
 * frame's memory has room for co_stacksize words behind the locals. */
static bool is_stack_unknown(const interpreter_frame *f)
{
#if PY_VERSION_HEX >= 0x030E0000
    return !f->stack_pointer;
#else
    return f->stack_top < 0;
#endif
}

/* Whether C code, not the evaluation loop of the calling frame, started this frame. */
static bool is_entry(const interpreter_frame *f)
{
#if PY_VERSION_HEX >= 0x030C0000
    return !f->previous || f->previous->owner > OWNED_BY_FRAME_OBJECT;
#else
    return f->is_entry;
#endif
}

/* Globals; NULL for the frame that a specialised call of a class runs below `__init__` (3.13+,
 * _PyFrame_PushTrampolineUnchecked), which never sets them: no instruction of its code is traceable. */
static PyObject *globals_of(const interpreter_frame *f, const PyCodeObject *code)
{
    const char *first = code->co_code_adaptive + (ptrdiff_t)code->_co_firsttraceable * CODE_UNIT;
    return f->owner == OWNED_BY_THREAD && f->instruction < first ? NULL : f->globals;
}

static bool describe(rg__frame *out, interpreter_frame *f)
{
    if (!is_plausible(f))
        return false;
    PyCodeObject *code = (PyCodeObject *)untag((uintptr_t)f->code);
    *out = (rg__frame){
        .address = f,
        .object = f->frame_object,
        .code = code,
        .function = untag((uintptr_t)f->function),
        .is_code_borrowed = (uintptr_t)f->code & 1,
        .is_function_borrowed = (uintptr_t)f->function & 1,
        .globals = globals_of(f, code),
        .locals = f->locals,
        .slots = f->slots,
        .local_count = code->co_nlocalsplus,
        .slot_count = valid_slots(f, code->co_nlocalsplus),
        .unknown_count = is_stack_unknown(f) ? code->co_stacksize : 0,
        .callee_slot = -1,
        .in_generator = f->owner == OWNED_BY_GENERATOR,
        .is_running = f->owner == OWNED_BY_THREAD,
        .is_entry = f->owner == OWNED_BY_THREAD && is_entry(f),
        .references = f->owner == OWNED_BY_THREAD && f->frame_object,
        .instruction = (f->instruction - code->co_code_adaptive) / CODE_UNIT,
        .line = 0,
    };
    out->line = PyCode_Addr2Line(code, (int)(f->instruction - code->co_code_adaptive));
    return true;
}

/* The first real frame at or before `f`: entry trampolines and C-stack markers are skipped. */
static bool first_frame(rg__frame *out, interpreter_frame *f)
{
    while (f && f->owner != OWNED_BY_THREAD && f->owner != OWNED_BY_GENERATOR)
        f = f->previous;
    if (!f || !describe(out, f))
        return false;
    out->is_running = true;
    return true;
}

bool rg__frame_of_thread(rg__frame *out, PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030D0000
    return first_frame(out, (interpreter_frame *)thread->current_frame);
#else
    return thread->cframe && first_frame(out, (interpreter_frame *)thread->cframe->current_frame);
#endif
}

bool rg__frame_previous(rg__frame *out, const rg__frame *frame)
{
    return first_frame(out, ((interpreter_frame *)frame->address)->previous);
}

bool rg__frame_at(rg__frame *out, void *address)
{
    return first_frame(out, address);
}

bool rg__frame_of_object(rg__frame *out, PyObject *object)
{
    interpreter_frame *f = ((frame_object *)object)->frame;
    if (!f || !describe(out, f))
        return false;
    if (out->in_generator)
        out->is_running =
            ((generator_object *)rg__frame_generator(out))->gi_frame_state == STATE_EXECUTING;
    return true;
}

bool rg__frame_of_generator(rg__frame *out, PyObject *generator)
{
    generator_object *g = (generator_object *)generator;
    if (g->gi_frame_state >= STATE_COMPLETED || !describe(out, (interpreter_frame *)&g->gi_iframe))
        return false;
    out->is_running = g->gi_frame_state == STATE_EXECUTING;
    out->is_suspended = g->gi_frame_state > STATE_CREATED && g->gi_frame_state < STATE_EXECUTING;
    return true;
}

PyObject *rg__frame_generator(const rg__frame *frame)
{
    return (PyObject *)((char *)frame->address - offsetof(generator_object, gi_iframe));
}

PyCodeObject *rg__generator_code(PyObject *generator)
{
#if PY_VERSION_HEX >= 0x030C0000
    const generator_object *g = (const generator_object *)generator;
    PyObject *code = untag((uintptr_t)((const interpreter_frame *)&g->gi_iframe)->code);
#else
    PyObject *code = (PyObject *)((PyGenObject *)generator)->gi_code;
#endif
    return code && PyCode_Check(code) ? (PyCodeObject *)code : NULL;
}

PyObject *rg__generator_last_code(PyObject *generator)
{
#if PY_VERSION_HEX >= 0x030C0000
    const generator_object *g = (const generator_object *)generator;
    return g->gi_frame_state >= STATE_COMPLETED ? (PyObject *)rg__generator_code(generator) : NULL;
#else
    (void)generator; /* gi_code, a field of its own */
    return NULL;
#endif
}

PyObject *rg__frame_globals(PyObject *object)
{
    const interpreter_frame *f = NULL;
    if (PyFrame_Check(object))
        f = ((frame_object *)object)->frame;
    else if (((generator_object *)object)->gi_frame_state < STATE_COMPLETED)
        f = (const interpreter_frame *)&((generator_object *)object)->gi_iframe;
    return f && is_plausible(f) ? f->globals : NULL;
}

PyObject *rg__generator_qualname(PyObject *generator)
{
#if PY_VERSION_HEX >= 0x030E0000
    return ((generator_object *)generator)->qualname;
#else
    return ((generator_object *)generator)->gi_qualname;
#endif
}

PyObject *rg__frame_slot(const rg__frame *frame, Py_ssize_t i, bool *is_borrowed)
{
    const uintptr_t word = (uintptr_t)frame->slots[i];
    *is_borrowed = word & 1;
    return (word & 3) == 3 || (word & 2) ? NULL : untag(word);
}

PyObject *rg__frame_local_name(PyCodeObject *code, Py_ssize_t i, bool *is_cell)
{
    enum { KIND_CELL = 0x40, KIND_FREE = 0x80 };
    *is_cell = false;
    PyObject *names = code->co_localsplusnames;
    PyObject *kinds = code->co_localspluskinds;
    if (!names || !PyTuple_Check(names) || i >= PyTuple_GET_SIZE(names))
        return NULL;
    if (kinds && PyBytes_Check(kinds) && i < PyBytes_GET_SIZE(kinds))
        *is_cell = PyBytes_AS_STRING(kinds)[i] & (KIND_CELL | KIND_FREE);
    return PyTuple_GET_ITEM(names, i);
}

#endif
