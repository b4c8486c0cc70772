/* How much of the evaluation stack of an executing frame is in use, 3.9 and 3.10: the frame itself does not
 * say (f_stacktop is NULL, f_stackdepth -1), and above its end lie stale pointers.
 *
 * The compiler gives every instruction one depth, whatever way leads to it (Python/compile.c, stackdepth):
 * following the jumps from the first instruction finds that of the current one. What an instruction pops is
 * still owned while it runs, so the depth before it is what counts. Newer versions keep the stack pointer,
 * or have no stable instructions to follow. */
#include "capture/compat.h"

#if PY_VERSION_HEX < 0x030B0000

#include <opcode.h>
#include <string.h>

#include "base/pages.h"

enum { UNIT = 2 /* bytes of an instruction */, NOT_REACHED = -1, SMALL_CODE = 1024 };
#if PY_VERSION_HEX >= 0x030A0000
enum { JUMP_SCALE = UNIT, LASTI_SCALE = UNIT };
#else
enum { JUMP_SCALE = 1, LASTI_SCALE = 1 };
#endif

/* What is known of the code: the depth before each instruction, and those to be followed. */
typedef struct flow {
    const unsigned char *bytes;
    Py_ssize_t count; /* instructions */
    Py_ssize_t limit; /* no depth beyond it */
    int *depth;       /* by instruction */
    int *waiting;
    Py_ssize_t waiting_count;
    bool is_sound;
} flow;

static void reach(flow *f, Py_ssize_t instruction, int depth)
{
    if (instruction < 0 || instruction >= f->count || depth < 0 || depth > f->limit) {
        f->is_sound = false;
        return;
    }
    if (f->depth[instruction] != NOT_REACHED)
        return;
    f->depth[instruction] = depth;
    f->waiting[f->waiting_count++] = (int)instruction; /* each at most once: there is room */
}

static bool jumps_relatively(int opcode)
{
    return opcode == JUMP_FORWARD || opcode == FOR_ITER || opcode == SETUP_FINALLY ||
           opcode == SETUP_WITH || opcode == SETUP_ASYNC_WITH;
}

static bool jumps_absolutely(int opcode)
{
    return opcode == JUMP_ABSOLUTE || opcode == JUMP_IF_FALSE_OR_POP ||
           opcode == JUMP_IF_TRUE_OR_POP || opcode == POP_JUMP_IF_FALSE ||
           opcode == POP_JUMP_IF_TRUE || opcode == JUMP_IF_NOT_EXC_MATCH;
}

static bool falls_through(int opcode)
{
    return opcode != JUMP_FORWARD && opcode != JUMP_ABSOLUTE && opcode != RETURN_VALUE &&
           opcode != RAISE_VARARGS && opcode != RERAISE;
}

/* The argument of an instruction, with those of the EXTENDED_ARGs before it. */
static int argument_of(const unsigned char *bytes, Py_ssize_t i)
{
    unsigned argument = bytes[UNIT * i + 1];
    int shift = 8;
    for (Py_ssize_t k = i; k > 0 && bytes[UNIT * (k - 1)] == EXTENDED_ARG && shift < 32;
         k--, shift += 8)
        argument |= (unsigned)bytes[UNIT * (k - 1) + 1] << shift;
    return (int)argument;
}

static void follow(flow *f, Py_ssize_t i)
{
    const int opcode = f->bytes[UNIT * i];
    const int argument = argument_of(f->bytes, i);
    const int depth = f->depth[i];
    const int next = opcode >= HAVE_ARGUMENT ? argument : 0;
    if (jumps_relatively(opcode) || jumps_absolutely(opcode)) {
        const int effect = PyCompile_OpcodeStackEffectWithJump(opcode, next, 1);
        const Py_ssize_t distance = (Py_ssize_t)argument * JUMP_SCALE / UNIT;
        reach(f, jumps_relatively(opcode) ? i + 1 + distance : distance, depth + effect);
    }
    if (falls_through(opcode))
        reach(f, i + 1, depth + PyCompile_OpcodeStackEffectWithJump(opcode, next, 0));
}

Py_ssize_t rg__frame_stack_depth(PyCodeObject *code, int last)
{
    if (last < 0)
        return 0;
    const Py_ssize_t target = (Py_ssize_t)last * LASTI_SCALE / UNIT;
    flow f = {.limit = code->co_stacksize, .is_sound = true};
    if (!code->co_code || !PyBytes_Check(code->co_code))
        return -1;
    f.bytes = (const unsigned char *)PyBytes_AS_STRING(code->co_code);
    f.count = PyBytes_GET_SIZE(code->co_code) / UNIT;
    if (!f.count || target >= f.count)
        return -1;
    int small
        [2 *
         SMALL_CODE]; /* enough for most code; malloc has locks, and is not for the child of a fork */
    int *large = NULL;
    if (f.count > SMALL_CODE) {
        large = rg__pages_new(2 * (size_t)f.count * sizeof *f.depth);
        if (!large)
            return -1;
    }
    f.depth = large ? large : small;
    f.waiting = f.depth + f.count;
    for (Py_ssize_t i = 0; i < f.count; i++)
        f.depth[i] = NOT_REACHED;
#ifdef GEN_START
    reach(&f, 0, f.bytes[0] == GEN_START); /* a generator begins with the value that is sent */
#else
    reach(&f, 0, 0);
#endif
    while (f.waiting_count && f.is_sound && f.depth[target] == NOT_REACHED)
        follow(&f, f.waiting[--f.waiting_count]);
    const Py_ssize_t depth = f.is_sound ? f.depth[target] : -1;
    rg__pages_free(large);
    return depth;
}

/* method_vectorcall (Objects/classobject.c) and partial_vectorcall (Modules/_functoolsmodule.c) write into the
 * slot in front of the arguments for the time of the call: where a plain call has its callable. */
Py_ssize_t rg__frame_callee(PyCodeObject *code, int last, Py_ssize_t depth)
{
    if (last < 0 || !code->co_code || !PyBytes_Check(code->co_code))
        return -1;
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(code->co_code);
    const Py_ssize_t i = (Py_ssize_t)last * LASTI_SCALE / UNIT;
    if (i >= PyBytes_GET_SIZE(code->co_code) / UNIT)
        return -1;
    switch (bytes[UNIT * i]) {
    case CALL_FUNCTION:
    case CALL_METHOD:
        return depth - argument_of(bytes, i) - 1;
    case CALL_FUNCTION_KW:
        return depth - argument_of(bytes, i) - 2;
    case CALL_FUNCTION_EX: /* what is no tuple has been replaced by one, in a C variable */
        return depth - 1 - (argument_of(bytes, i) & 1);
    default:
        return -1;
    }
}

PyObject *rg__first_argument_of(PyObject *callable)
{
    const PyTypeObject *type = Py_TYPE(callable);
    if (type == &PyMethod_Type)
        return ((PyMethodObject *)callable)->im_self;
    if (strcmp(type->tp_name, "functools.partial") != 0)
        return NULL;
    for (const PyMemberDef *def = type->tp_members; def && def->name; def++) {
        PyObject *arguments = NULL;
        if (strcmp(def->name, "args") != 0 || def->type != T_OBJECT)
            continue;
        memcpy(&arguments, (const char *)callable + def->offset, sizeof(PyObject *));
        if (arguments && PyTuple_Check(arguments) && PyTuple_GET_SIZE(arguments))
            return PyTuple_GET_ITEM(arguments, 0);
    }
    return NULL;
}

#else

PyObject *rg__first_argument_of(PyObject *callable)
{
    (void)callable;
    return NULL;
}

#endif
