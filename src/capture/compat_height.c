/* How high the evaluation stack of a running frame is, where the frame does not say it (3.11 – 3.13): the heights that
 * the compiler computed are computed again, from the bytecode and the public stack effects.
 *
 *   height of the first instruction ──► height behind an instruction = height + effect, along every jump
 *   exception table ──► height of each handler
 *
 * Instructions that the interpreter has rewritten are read as what they were (compat_opcodes.c). Every way to an instruction must give one height, none
 * below 0 or above co_stacksize: otherwise nothing is claimed. */
#include "capture/compat.h"

#include <string.h>

#include <opcode.h>

#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030E0000

enum { UNKNOWN = -1 };

typedef struct instruction {
    int opcode, argument;
    Py_ssize_t next; /* unit behind it and its caches */
} instruction;

typedef struct analysis {
    const PyCodeObject *code;
    const uint8_t *units; /* pairs: opcode, argument */
    Py_ssize_t count;
    int16_t *heights; /* by unit; UNKNOWN: not reached */
    uint32_t *work;
    Py_ssize_t work_count;
    bool failed;
    rg__opcodes opcodes;
} analysis;

static instruction read_at(const analysis *a, Py_ssize_t at)
{
    instruction i = {.argument = 0};
    uint32_t argument = 0;
    do {
        i.opcode = a->opcodes.bases[a->units[2 * at]];
        argument = argument << 8 | a->units[2 * at + 1];
        at++;
    } while (i.opcode == EXTENDED_ARG && at < a->count);
    i.argument = (int)argument;
    i.next = at + a->opcodes.caches[i.opcode];
    return i;
}

/* Where an instruction may jump to, or -1. */
static Py_ssize_t jump_target(const instruction *i)
{
    switch (i->opcode) {
    case FOR_ITER:
    case JUMP_FORWARD:
    case SEND:
#if PY_VERSION_HEX >= 0x030C0000
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
#else
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
    case POP_JUMP_FORWARD_IF_FALSE:
    case POP_JUMP_FORWARD_IF_TRUE:
    case POP_JUMP_FORWARD_IF_NONE:
    case POP_JUMP_FORWARD_IF_NOT_NONE:
#endif
        return i->next + i->argument;
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
#if PY_VERSION_HEX < 0x030C0000
    case POP_JUMP_BACKWARD_IF_FALSE:
    case POP_JUMP_BACKWARD_IF_TRUE:
    case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_NOT_NONE:
#endif
        return i->next - i->argument;
    default:
        return -1;
    }
}

static bool falls_through(int opcode)
{
    switch (opcode) {
    case JUMP_FORWARD:
    case RETURN_VALUE:
    case RAISE_VARARGS:
    case RERAISE:
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
#if PY_VERSION_HEX >= 0x030C0000
    case RETURN_CONST:
#endif
        return false;
    default:
        return true;
    }
}

static void reach(analysis *a, Py_ssize_t at, int height)
{
    const bool is_possible =
        at >= 0 && at < a->count && height >= 0 && height <= a->code->co_stacksize;
    if (!is_possible || (a->heights[at] != UNKNOWN && a->heights[at] != height)) {
        a->failed = true;
    } else if (a->heights[at] == UNKNOWN) {
        a->heights[at] = (int16_t)height;
        a->work[a->work_count++] = (uint32_t)at;
    }
}

static void follow(analysis *a, Py_ssize_t at)
{
    const int height = a->heights[at];
    const instruction i = read_at(a, at);
    const Py_ssize_t target = jump_target(&i);
    for (Py_ssize_t prefix = at + 1; prefix < i.next && prefix < a->count; prefix++)
        a->heights[prefix] =
            (int16_t)height; /* its caches, or the instruction behind its prefixes */
    for (int jump = 0; jump <= 1; jump++) {
        if (jump ? target < 0 : !falls_through(i.opcode))
            continue;
        const int effect = PyCompile_OpcodeStackEffectWithJump(i.opcode, i.argument, jump);
        if (effect < -INT16_MAX || effect > INT16_MAX) /* PY_INVALID_STACK_EFFECT, or nonsense */
            a->failed = true;
        else
            reach(a, jump ? target : i.next, height + effect);
    }
}

/* A number of the exception table: six bits a byte, the high bit marks the first byte of an entry. */
static int read_number(const uint8_t **at, const uint8_t *end)
{
    int value = 0;
    while (*at < end) {
        const uint8_t byte = *(*at)++;
        value = value << 6 | (byte & 63);
        if (!(byte & 64))
            break;
    }
    return value;
}

static void reach_handlers(analysis *a)
{
    PyObject *table = a->code->co_exceptiontable;
    if (!table || !PyBytes_Check(table))
        return;
    const uint8_t *at = (const uint8_t *)PyBytes_AS_STRING(table);
    const uint8_t *end = at + PyBytes_GET_SIZE(table);
    while (at < end) {
        (void)read_number(&at, end);
        (void)read_number(&at, end);
        const int target = read_number(&at, end);
        const int packed = read_number(&at, end);
        reach(a, target, (packed >> 1) + (packed & 1) + 1);
    }
}

/* A generator's first instruction finds what the first send() pushed. */
static int first_height(const PyCodeObject *code)
{
#if PY_VERSION_HEX < 0x030D0000
    return code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) ? 1 : 0;
#else
    (void)code;
    return 0;
#endif
}

Py_ssize_t rg__code_units(PyCodeObject *code)
{
    return Py_SIZE(code);
}

int rg__stack_height(PyCodeObject *code, Py_ssize_t at, int16_t *heights, uint32_t *work)
{
    analysis a = {.code = code, .count = rg__code_units(code), .heights = heights, .work = work};
    a.units = (const uint8_t *)code->co_code_adaptive;
    if (at < 0 || at >= a.count || code->co_stacksize > INT16_MAX)
        return -1;
    rg__opcodes_learn(&a.opcodes);
    for (Py_ssize_t i = 0; i < a.count; i++)
        heights[i] = UNKNOWN;
    reach(&a, 0, first_height(code));
    reach_handlers(&a);
    while (a.work_count && !a.failed)
        follow(&a, work[--a.work_count]);
    if (a.failed || heights[at] == UNKNOWN)
        return -1;
    int height = heights[at];
#if PY_VERSION_HEX < 0x030C0000
    const instruction i = read_at(&a, at); /* PRECALL counts the arguments of CALL as gone */
    if (i.opcode == CALL)
        height += i.argument;
#endif
    return height;
}

#else

Py_ssize_t rg__code_units(PyCodeObject *code)
{
    (void)code;
    return 0;
}

int rg__stack_height(PyCodeObject *code, Py_ssize_t at, int16_t *heights, uint32_t *work)
{
    (void)code;
    (void)at;
    (void)heights;
    (void)work;
    return -1;
}

#endif
