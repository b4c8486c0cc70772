/* Whether closing a generator, coroutine or async generator would run code of its own: whether it is suspended
 * inside a try or with. What says so, per version:
 *
 *   ≤ 3.10  the frame object's stack of blocks (public struct)
 *   3.11+   co_exceptiontable (Objects/exception_handling_notes.txt): entries of four numbers, start, length,
 *           target and depth, by ascending start, for each instruction at most one, which gives the handler
 *           innermost around it. The handler is itself an instruction, so those further out follow from it.
 *
 * The compiler guards more than a program does: what ends an except clause (COPY 3, POP_EXCEPT, RERAISE) or
 * removes its name, the awaiting of an item (END_ASYNC_FOR), delegation (CLEANUP_THROW, 3.12+), inlined
 * comprehensions (SWAP, 3.12+) and the whole body of a generator (CALL_INTRINSIC_1, 3.12+). Such handlers raise
 * the exception again and run nothing else. On 3.11+ those of try and with are the ones that begin with
 * PUSH_EXC_INFO: read off Python/compile.c, and off every entry in the standard libraries of 3.11.7, 3.12.1,
 * 3.13.0 and 3.14.10. Where an instruction is not what was read there, nothing is claimed. */
#include "capture/compat.h"

#include <opcode.h>

enum { CODE_UNIT = 2 /* bytes of an instruction */ };

#if PY_VERSION_HEX >= 0x030B0000

enum { MAX_HANDLERS = 256 /* one inside the other; a table that is right has far less */ };

/* The unread part of an exception table. */
typedef struct table {
    const unsigned char *at, *end;
} table;

/* A number: six bits a byte, the highest first; bit 6 says that another byte follows. -1: the table ends. */
static Py_ssize_t next_number(table *t)
{
    enum { MAX_BYTES = 6 };
    Py_ssize_t number = 0;
    for (int i = 0; i < MAX_BYTES && t->at < t->end; i++) {
        const unsigned byte = *t->at++;
        number = number << 6 | (byte & 63);
        if (!(byte & 64))
            return number;
    }
    return -1;
}

/* The instruction that an exception at this one leads to; -1: none in this code. All in code units. */
static Py_ssize_t handler_of(PyCodeObject *code, Py_ssize_t instruction)
{
    PyObject *bytes = code->co_exceptiontable;
    if (!bytes || !PyBytes_Check(bytes))
        return -1;
    const unsigned char *begin = (const unsigned char *)PyBytes_AS_STRING(bytes);
    table t = {begin, begin + PyBytes_GET_SIZE(bytes)};
    for (;;) {
        const Py_ssize_t start = next_number(&t);
        const Py_ssize_t length = next_number(&t);
        const Py_ssize_t target = next_number(&t);
        const Py_ssize_t depth = next_number(&t);
        if (depth < 0 || start > instruction)
            return -1;
        if (instruction - start < length)
            return target < Py_SIZE(code) ? target : -1;
    }
}

/* The opcode at an instruction. While a debugger traces each instruction another one stands in its place; what it
 * replaced is known to 3.12 and 3.13 by a public struct, which 3.14 took back. */
static int opcode_at(PyCodeObject *code, Py_ssize_t instruction)
{
    const int opcode = (unsigned char)code->co_code_adaptive[instruction * CODE_UNIT];
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030E0000
    const _PyCoMonitoringData *data = code->_co_monitoring;
    if (opcode == INSTRUMENTED_INSTRUCTION && data && data->per_instruction_opcodes)
        return data->per_instruction_opcodes[instruction];
#endif
    return opcode;
}

bool rg__generator_is_in_try(PyObject *generator)
{
    rg__frame frame;
    if (!rg__frame_of_generator(&frame, generator) || !frame.is_suspended)
        return false;
    /* since 3.13 a frame points behind the instruction that it is in */
    Py_ssize_t at = frame.instruction - (PY_VERSION_HEX >= 0x030D0000);
    for (int i = 0; i < MAX_HANDLERS; i++) {
        at = handler_of(frame.code, at);
        if (at < 0)
            return false;
        if (opcode_at(frame.code, at) == PUSH_EXC_INFO)
            return true;
    }
    return false;
}

#else /* 3.9, 3.10 */

#if PY_VERSION_HEX >= 0x030A0000
enum { HANDLER_UNIT = CODE_UNIT /* of the place of a block's handler, in bytes */ };
#else
enum { HANDLER_UNIT = 1 };
#endif

typedef struct instruction {
    int opcode, argument;
} instruction;

/* The instruction at *at, which moves behind it; opcode -1: none. */
static instruction next_instruction(PyCodeObject *code, Py_ssize_t *at)
{
    instruction out = {-1, 0};
    const Py_ssize_t size = PyBytes_Check(code->co_code) ? PyBytes_GET_SIZE(code->co_code) : 0;
    do {
        if (*at < 0 || *at + CODE_UNIT > size)
            return (instruction){-1, 0};
        const char *bytes = PyBytes_AS_STRING(code->co_code) + *at;
        out.opcode = (unsigned char)bytes[0];
        out.argument = (int)((unsigned)out.argument << 8 | (unsigned char)bytes[1]);
        *at += CODE_UNIT;
    } while (out.opcode == EXTENDED_ARG);
    return out;
}

static bool is_store(int opcode)
{
    return opcode == STORE_FAST || opcode == STORE_DEREF || opcode == STORE_NAME ||
           opcode == STORE_GLOBAL;
}

static bool is_delete(int opcode)
{
    return opcode == DELETE_FAST || opcode == DELETE_DEREF || opcode == DELETE_NAME ||
           opcode == DELETE_GLOBAL;
}

/* "except E as e" is left through e = None; del e. */
static bool removes_name(PyCodeObject *code, Py_ssize_t at)
{
    const int none = next_instruction(code, &at).opcode;
    const instruction store = next_instruction(code, &at);
    const instruction removal = next_instruction(code, &at);
    const int last = next_instruction(code, &at).opcode;
    return none == LOAD_CONST && is_store(store.opcode) && is_delete(removal.opcode) &&
           store.argument == removal.argument && last == RERAISE;
}

/* A block of try or with: of the others EXCEPT_HANDLER, an except clause being run, is left without running
 * anything. */
static bool runs_code(PyCodeObject *code, const PyTryBlock *block)
{
    Py_ssize_t at = (Py_ssize_t)block->b_handler * HANDLER_UNIT;
    if (block->b_type != SETUP_FINALLY || removes_name(code, at))
        return false;
    const int first = next_instruction(code, &at).opcode;
    return first >= 0 && first != END_ASYNC_FOR;
}

static bool is_suspended(const PyFrameObject *f)
{
#if PY_VERSION_HEX >= 0x030A0000
    return f->f_state == FRAME_SUSPENDED;
#else
    return f->f_lasti >= 0 && f->f_stacktop && !f->f_executing;
#endif
}

bool rg__generator_is_in_try(PyObject *generator)
{
    const PyFrameObject *f = ((PyGenObject *)generator)->gi_frame;
    if (!f || !is_suspended(f))
        return false;
    for (int i = 0; i < f->f_iblock && i < CO_MAXBLOCKS; i++)
        if (runs_code(f->f_code, &f->f_blockstack[i]))
            return true;
    return false;
}

#endif
