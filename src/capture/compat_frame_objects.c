/* Frames of 3.9 and 3.10: frame objects, whose struct is public. Later ones: compat_frames.c. */
#include "capture/compat.h"

#if PY_VERSION_HEX < 0x030B0000

enum { CODE_UNIT = 2 /* bytes of an instruction */ };

static Py_ssize_t stack_depth(const PyFrameObject *f)
{
#if PY_VERSION_HEX >= 0x030A0000
    return f->f_stackdepth > 0 ? f->f_stackdepth : 0;
#else
    return f->f_stacktop ? f->f_stacktop - f->f_valuestack : 0;
#endif
}

static bool is_running(const PyFrameObject *f)
{
#if PY_VERSION_HEX >= 0x030A0000
    return f->f_state == 0; /* FRAME_EXECUTING */
#else
    return f->f_executing;
#endif
}

/* Whether another thread may have stopped between two instructions of this frame: then the current one has ended,
 * or has not begun. */
static bool is_interrupted(const PyFrameObject *f)
{
    const PyThreadState *self = PyThreadState_Get();
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; thread; thread = PyThreadState_Next(thread))
        if (thread != self && thread->frame == f)
            return true;
    return false;
}

static bool describe(rg__frame *out, PyFrameObject *f)
{
    if (!f)
        return false;
    PyCodeObject *code = f->f_code;
    const Py_ssize_t locals = code->co_nlocals + PyTuple_GET_SIZE(code->co_cellvars) +
                              PyTuple_GET_SIZE(code->co_freevars);
    const bool runs = is_running(f);
    const Py_ssize_t used = !runs               ? stack_depth(f)
                            : is_interrupted(f) ? -1
                                                : rg__frame_stack_depth(code, f->f_lasti);
    *out = (rg__frame){
        .address = f,
        .object = (PyObject *)f,
        .code = code,
        .globals = f->f_globals,
        .locals = f->f_locals,
        .slots = f->f_localsplus,
        .local_count = locals,
        .slot_count = runs ? locals : locals + used,
        .claimed_count = runs && used > 0 ? used : 0,
        .unknown_count = used < 0 ? code->co_stacksize : 0,
        .callee_slot = -1,
        .is_running = runs,
        .is_entry = runs && !f->f_gen,
        .references = runs && !f->f_gen,
        .instruction = PY_VERSION_HEX >= 0x030A0000 ? f->f_lasti : f->f_lasti / CODE_UNIT,
        .line = PyFrame_GetLineNumber(f),
    };
    if (runs && used > 0) {
        const Py_ssize_t callee = rg__frame_callee(code, f->f_lasti, used);
        out->callee_slot = callee >= 0 ? locals + callee : -1;
    }
    return true;
}

bool rg__frame_of_thread(rg__frame *out, PyThreadState *thread)
{
    return describe(out, thread->frame);
}

bool rg__frame_previous(rg__frame *out, const rg__frame *frame)
{
    return describe(out, ((PyFrameObject *)frame->address)->f_back);
}

bool rg__frame_at(rg__frame *out, void *address)
{
    return describe(out, address);
}

bool rg__frame_of_object(rg__frame *out, PyObject *object)
{
    return describe(out, (PyFrameObject *)object);
}

bool rg__frame_of_generator(rg__frame *out, PyObject *generator)
{
    (void)out;
    (void)generator;
    return false;
}

PyObject *rg__frame_generator(const rg__frame *frame)
{
    (void)frame;
    return NULL;
}

PyCodeObject *rg__generator_code(PyObject *generator)
{
    return (PyCodeObject *)((PyGenObject *)generator)->gi_code;
}

PyObject *rg__generator_last_code(PyObject *generator)
{
    (void)generator; /* gi_code, a field of its own */
    return NULL;
}

PyObject *rg__frame_globals(PyObject *object)
{
    if (!PyFrame_Check(object))
        object = (PyObject *)((PyGenObject *)object)->gi_frame;
    return object ? ((PyFrameObject *)object)->f_globals : NULL;
}

PyObject *rg__generator_qualname(PyObject *generator)
{
    return ((PyGenObject *)generator)->gi_qualname;
}

PyObject *rg__frame_slot(const rg__frame *frame, Py_ssize_t i, bool *is_borrowed)
{
    *is_borrowed = false;
    return frame->slots[i];
}

PyObject *rg__frame_local_name(PyCodeObject *code, Py_ssize_t i, bool *is_cell)
{
    const Py_ssize_t cells = PyTuple_GET_SIZE(code->co_cellvars);
    *is_cell = i >= code->co_nlocals;
    if (i < code->co_nlocals)
        return i < PyTuple_GET_SIZE(code->co_varnames) ? PyTuple_GET_ITEM(code->co_varnames, i)
                                                       : NULL;
    i -= code->co_nlocals;
    if (i < cells)
        return PyTuple_GET_ITEM(code->co_cellvars, i);
    return rg__code_free_name(code, i - cells);
}

#endif
