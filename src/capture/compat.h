/* Everything that depends on the CPython version, and nothing else does.
 *
 * Where a public call answers, it is used. The private layouts read here are listed in compat.c with
 * the versions they were checked on; each is checked again at run time, and where a check fails the
 * capture says so or does without. Supported: CPython 3.9 – 3.14, 64 bit, with the GIL. */
#ifndef RG_CAPTURE_COMPAT_H
#define RG_CAPTURE_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <frameobject.h>
#include <structmember.h>

#include <stdbool.h>
#include <stdint.h>

#if PY_VERSION_HEX < 0x03090000
#error "refgraph supports CPython 3.9 and newer"
#endif

/* ---- the collector's lists ---- */

enum { RG__LISTS = 4 /* generations 0, 1, 2 and the permanent one */ };

/* Where this interpreter's collector keeps its objects. */
typedef struct rg__collector {
    uintptr_t heads[RG__LISTS]; /* list heads; 0: not known */
    int *count;                 /* allocations since the last collection of generation 0 */
    const int *collecting;      /* not 0 while a collection runs */
} rg__collector;

/* Find and check the lists of the current interpreter. False where the checks fail: then
 * gc.get_objects() has to serve. No list is walked. */
bool rg__collector_find(rg__collector *out);
/* The next object of a list, or NULL at its end; start with the head. */
PyObject *rg__collector_next(uintptr_t head, uintptr_t *cursor);
/* The same from the tail; not while a collection looks for garbage, which keeps numbers in these links. */
PyObject *rg__collector_previous(uintptr_t head, uintptr_t *cursor);

/* Switch automatic collections off; returns what rg__collections_restore wants. */
int rg__collections_stop(rg__collector *collector);
void rg__collections_restore(rg__collector *collector, int state);

bool rg__is_tracked(PyObject *object);
bool rg__is_finalized(PyObject *object);

/* Never freed, whatever its count says. */
static inline bool rg__is_immortal(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030C0000
    return _Py_IsImmortal(object);
#else
    /* C code is careless with the counts of these; objects deep-frozen in 3.11 start at 999,999,999, and do not count
     * what they refer to */
    return (PY_VERSION_HEX >= 0x030B0000 && Py_REFCNT(object) > 900000000) || object == Py_None ||
           object == Py_True || object == Py_False || object == Py_Ellipsis ||
           object == Py_NotImplemented;
#endif
}

/* The links of an object in a list of the collector: next, previous; their lower bits are flags. */
enum { RG__LINK_FLAGS = 3, RG__FINALIZED_BIT = 1 /* of the previous link */ };

static inline uintptr_t rg__link(uintptr_t at, bool previous)
{
    return ((const uintptr_t *)at)[previous] & ~(uintptr_t)RG__LINK_FLAGS;
}
static inline bool rg__link_is_finalized(uintptr_t at)
{
    return ((const uintptr_t *)at)[1] & RG__FINALIZED_BIT;
}
static inline PyObject *rg__linked_object(uintptr_t at)
{
    return (PyObject *)(at + 2 * sizeof(uintptr_t));
}

/* What the collector was set to, and what it counted so far, without the number of frozen objects. */
typedef struct rg__collector_facts {
    bool is_incremental; /* 3.14.0 – 3.14.4 */
    bool is_enabled;
    int thresholds[3], counts[3];
    int debug_flags;
} rg__collector_facts;
/* False where only the functions of the gc module know. Call before rg__collections_stop. */
bool rg__collector_facts_read(rg__collector_facts *out, const rg__collector *collector);
/* The lists gc.garbage and gc.callbacks that the collector itself owns, whatever the module's attributes are
 * now: unchecked words. */
void rg__collector_own_lists(const rg__collector *collector, PyObject **garbage,
                             PyObject **callbacks);

/* ---- the interpreter's own state ---- */

/* Dicts whose addresses recognise the state. Borrowed, any may be NULL. */
typedef struct rg__landmarks {
    PyObject *modules;       /* sys.modules */
    PyObject *sys;           /* the dict of the module sys */
    PyObject *builtins;      /* the dict of the module builtins */
    PyObject *warnings[3];   /* filters, _onceregistry, _defaultaction of the module _warnings */
    PyObject *type_variable; /* TypeVar of the module _typing (3.12+) */
} rg__landmarks;

/* Where this interpreter's fields are. */
typedef struct rg__interpreter {
    const char *anchor; /* the field sysdict; NULL: the state is not recognised */
    bool knows_rest;    /* the fields up to atexit's are where they are expected */
    bool knows_last;    /* all are (3.12+) */
} rg__interpreter;

void rg__interpreter_find(rg__interpreter *out, const rg__landmarks *landmarks);
/* What an object in a field must be, or the layout is not what it is taken for. */
typedef enum rg__expected {
    RG__EXPECT_ANY = 0,
    RG__EXPECT_LIST,
    RG__EXPECT_UNTRACKED_LIST, /* taken from the collector; the word is to be followed nevertheless */
    RG__EXPECT_DICT,
    RG__EXPECT_WARNINGS_CONTEXT, /* what the module _warnings has by that name; not tracked */
    RG__EXPECT_INTERNED,         /* a dict that owns neither its keys nor its values */
    RG__EXPECT_TYPING            /* a class that typing gets from C */
} rg__expected;
typedef struct rg__state_word {
    const char *name; /* for people */
    PyObject *
        word; /* unchecked: to be used only if it is a known object, and what is expected; NULL: none */
    rg__expected expected;
} rg__state_word;
/* Field `i`, which owns one reference. False: no field i. */
bool rg__interpreter_field(const rg__interpreter *self, size_t i, rg__state_word *out);
/* 3.10 – 3.13: function, arguments and keywords (may be NULL) of atexit callback `i`, unchecked words. False: no
 * more. */
bool rg__interpreter_atexit(const rg__interpreter *self, size_t i, PyObject *parts[3]);
/* 3.12+: the words of the callables that sys.monitoring calls, by tool and event, unchecked; NULL: not known. */
PyObject *const *rg__interpreter_monitoring(const rg__interpreter *self, size_t *tools,
                                            size_t *events);
const char *rg__monitoring_event(size_t event);

/* ---- instance attributes ---- */

/* An instance's attributes without making its __dict__. */
typedef struct rg__instance {
    PyObject *dict;    /* borrowed, or NULL */
    PyObject **values; /* value slots outside any dict, or NULL; slots may be NULL */
    Py_ssize_t value_count;
    const void *keys; /* for rg__shared_key */
} rg__instance;
rg__instance rg__instance_read(PyObject *object);
/* Whether an instance has a dict that shows the values inside it: which of the two its tp_traverse reports depends
 * on the patch version (GH-130327: 3.13.13, 3.14.4). */
static inline bool rg__instance_is_embedded(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030D0000
    const PyTypeObject *type = Py_TYPE(object);
    return type->tp_flags & Py_TPFLAGS_INLINE_VALUES && ((PyObject **)object)[-3] &&
           ((const char *)object + type->tp_basicsize)[3];
#else
    (void)object;
    return false;
#endif
}
/* Ask for the memory of an instance's attributes, where it is not the object's own; its header is in the cache. */
static inline void rg__instance_prefetch(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030D0000
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        __builtin_prefetch(
            (const void *)(((const uintptr_t *)object)[PY_VERSION_HEX >= 0x030C0000 ? -3 : -4] &
                           ~(uintptr_t)7));
#else
    (void)object;
#endif
}
/* The name (a str, borrowed) of value slot `i`, or NULL. */
PyObject *rg__shared_key(const void *keys, Py_ssize_t i);
/* The key table that a dict shares with others, or NULL: then its keys are its own. */
const void *rg__dict_shared_table(PyObject *dict);
/* The key table that a class keeps for the dicts and values of its instances, or NULL. */
const void *rg__type_key_table(const PyTypeObject *type);
/* How many keys a shared table has; 0 where its layout is not as expected. */
Py_ssize_t rg__key_table_count(const void *keys);
/* The name (a str, borrowed) of the i-th attribute that instances of a type keep outside a dict; NULL: none. */
PyObject *rg__type_shared_key(const PyTypeObject *type, Py_ssize_t i);
/* The entries of a dict, in order; those without a value are none. */
typedef struct rg__entries {
    PyObject *const *keys, *const *values;
    Py_ssize_t key_stride, value_stride; /* words */
    Py_ssize_t count;
} rg__entries;
/* False: not of a layout that is known; PyDict_Next has to serve. */
bool rg__dict_read(PyObject *dict, rg__entries *out);
/* Whether rg__dict_read gives what PyDict_Next gives, of some dict that has entries. O(size). */
bool rg__dict_read_agrees(PyObject *dict);
/* Whether a dict's values live inside its owner (3.13+): then tp_traverse must say who visits them. */
bool rg__dict_is_embedded(PyObject *dict);
/* What an instance of this type has behind its struct for attribute values (3.13+), in bytes. */
Py_ssize_t rg__inline_values_size(const PyTypeObject *type);
/* A key table in bytes. */
Py_ssize_t rg__key_table_size(const void *keys);
/* Digits of an int; 0 has none. */
Py_ssize_t rg__int_digits(PyObject *number);

/* ---- frames ---- */

/* One frame: a frame object (≤ 3.10), or an interpreter frame, which is no object (3.11+). */
typedef struct rg__frame {
    void *address;      /* of the frame itself */
    PyObject *object;   /* its frame object, borrowed, or NULL */
    PyCodeObject *code; /* borrowed */
    PyObject *function; /* borrowed, or NULL (always NULL ≤ 3.10) */
    PyObject *globals;  /* borrowed, or NULL */
    PyObject *locals;   /* the mapping of a class or module body, or NULL */
    PyObject **slots;   /* local, cell and free variables, then the stack; tagged on 3.14 */
    Py_ssize_t local_count;
    Py_ssize_t slot_count; /* local_count + known stack items */
    /* Words slots[local_count ..] that are stack items while the current instruction runs, but may be left over
     * from it when it ends (≤ 3.10): not to be followed. */
    Py_ssize_t claimed_count;
    /* Where the height of the stack is not known (a frame inside the call of a C function, ≤ 3.13): the words
     * slots[local_count ..] that may be stack items, or left over from earlier ones; otherwise 0. */
    Py_ssize_t unknown_count;
    /* A slot that may own what it holds, or may hold an argument in the place of the callable that it owns
     * (≤ 3.10, during a call through a bound method or a partial); -1: none. */
    Py_ssize_t callee_slot;
    bool is_code_borrowed, is_function_borrowed; /* 3.14: the caller's stack owns it */
    bool in_generator;                           /* memory belongs to a generator */
    bool is_running;
    bool is_suspended;   /* a generator's that has begun, has not ended and does not run (3.11+) */
    bool is_entry;       /* called by C code, which may own the function and the code meanwhile */
    uint32_t references; /* of the frame object's, how many are owned because the frame runs */
    Py_ssize_t instruction; /* that is being executed, in code units; -1: none yet */
    int line;               /* 0: not known */
} rg__frame;

/* The innermost frame of a thread; false: none. Frames that the checks do not recognise end the walk. */
bool rg__frame_of_thread(rg__frame *out, PyThreadState *thread);
bool rg__frame_previous(rg__frame *out, const rg__frame *frame);
/* The running interpreter frame at an address that an earlier walk gave (3.11+). */
bool rg__frame_at(rg__frame *out, void *address);
/* The frame that a frame object shows. */
bool rg__frame_of_object(rg__frame *out, PyObject *frame_object);
/* The frame inside a generator, coroutine or async generator (3.11+; before, its frame is an object). */
bool rg__frame_of_generator(rg__frame *out, PyObject *generator);
/* The generator object whose memory holds `frame`, borrowed; frame->in_generator must hold. */
PyObject *rg__frame_generator(const rg__frame *frame);
/* The object in a slot, or NULL (empty, or not an object). *is_borrowed: the slot owns no reference. */
PyObject *rg__frame_slot(const rg__frame *frame, Py_ssize_t i, bool *is_borrowed);
/* The name (str, borrowed) of a local slot; *is_cell: the slot holds a cell of a captured variable. */
PyObject *rg__frame_local_name(PyCodeObject *code, Py_ssize_t i, bool *is_cell);

/* The globals of a frame object or a generator, borrowed; NULL: none. */
PyObject *rg__frame_globals(PyObject *object);

/* Values on the stack of an executing frame, before the instruction `last` (f_lasti); -1: not known. Only 3.9
 * and 3.10; O(code). compat_stack.c */
Py_ssize_t rg__frame_stack_depth(PyCodeObject *code, int last);
/* Where that instruction is a call: the stack position of its callable, given the depth; else -1. */
Py_ssize_t rg__frame_callee(PyCodeObject *code, int last, Py_ssize_t depth);
/* What a call through this object puts in the place of the callable (≤ 3.10), borrowed; NULL: nothing. */
PyObject *rg__first_argument_of(PyObject *callable);
/* By opcode: what it was before the interpreter rewrote it, and the code units of cache behind that. */
typedef struct rg__opcodes {
    uint8_t bases[256], caches[256];
} rg__opcodes;
void rg__opcodes_learn(rg__opcodes *out); /* 3.11 – 3.13; compat_opcodes.c */
/* How many items the evaluation stack had before instruction `at` (in code units), computed from the bytecode;
 * -1: not known. 3.11 – 3.13; elsewhere the frame tells. `heights` and `work` have room for
 * rg__code_units(code). O(instructions). compat_height.c */
int rg__stack_height(PyCodeObject *code, Py_ssize_t at, int16_t *heights, uint32_t *work);
Py_ssize_t rg__code_units(PyCodeObject *code);

/* The code of a generator, coroutine or async generator, borrowed, or NULL. */
PyCodeObject *rg__generator_code(PyObject *generator);
/* A generator's, coroutine's or async generator's qualified name, borrowed. */
PyObject *rg__generator_qualname(PyObject *generator);
bool rg__is_generator(PyObject *object); /* generator, coroutine or async generator */
/* Whether it is suspended inside a try or with. O(exception table). compat_generators.c */
bool rg__generator_is_in_try(PyObject *generator);

/* The name of free variable `i` of a code object (borrowed), or NULL. */
PyObject *rg__code_free_name(PyCodeObject *code, Py_ssize_t i);

/* The i-th object that a code object has made when asked for an attribute (3.12+), borrowed, or NULL. */
enum { RG__CODE_CACHES = 4 };
PyObject *rg__code_cache(PyCodeObject *code, int i);
/* The code that a generator keeps when it has ended (3.12+: tp_traverse may forget it), borrowed, or NULL. */
PyObject *rg__generator_last_code(PyObject *generator);
/* A code object's qualified name, or its name (≤ 3.10); a str, borrowed. */
PyObject *rg__code_qualname(PyCodeObject *code);

/* ---- tracemalloc ---- */

/* These two ask the interpreter, and are not for the child of a fork. */
/* Whether allocations are being traced: asked by allocating a byte. */
bool rg__tracemalloc_is_tracing(void);
/* Where a block of Python's memory was allocated: a new tuple of (file name, line number), most recent call
 * first, or None; NULL without an exception: no memory. */
PyObject *rg__tracemalloc_traceback(const void *block);

/* ---- sizes: what the C __sizeof__ of a type, or of a base of it, answers, without the head ---- */

Py_ssize_t rg__int_size(PyObject *number);
Py_ssize_t rg__str_size(PyObject *str);
Py_ssize_t rg__bytearray_size(PyObject *bytes);
Py_ssize_t rg__set_size(PyObject *set);
Py_ssize_t rg__dict_size(PyObject *dict);
Py_ssize_t rg__type_size(PyObject *type);
Py_ssize_t rg__code_size(PyObject *object);
Py_ssize_t rg__frame_size(PyObject *object);
Py_ssize_t rg__generator_size(PyObject *object);
/* These read private structs: only of the tp_basicsize that sizes.c names. */
Py_ssize_t rg__deque_size(PyObject *deque);
Py_ssize_t rg__ordered_dict_size(PyObject *dict);
Py_ssize_t rg__array_size(PyObject *array);
Py_ssize_t rg__buffered_size(PyObject *file);
Py_ssize_t rg__decimal_size(PyObject *decimal);
Py_ssize_t rg__storage_dict_size(PyObject *dict);
Py_ssize_t rg__numpy_array_size(PyObject *object);

/* ---- types and strings ---- */

/* Bytes in front of an instance: the collector's head, managed dict and weakref words
 * (_PyType_PreHeaderSize). */
Py_ssize_t rg__type_head(const PyTypeObject *type);
/* Whether instances have attributes of their own: __dict__ or values. */
bool rg__type_has_dict(const PyTypeObject *type);
/* False for a str that has no data yet (legacy strings, ≤ 3.11). */
bool rg__str_is_ready(PyObject *str);

/* Static builtin types keep them in the interpreter's state. */
enum { RG__HIDES_STATIC_SUBCLASSES = PY_VERSION_HEX >= 0x030C0000 };
/* A static type's dict of subclasses, borrowed; NULL: none, or kept in the interpreter's state (3.12+). */
PyObject *rg__type_static_subclasses(const PyTypeObject *type);
/* Learn where the dicts of static types are: once a process, with the GIL. */
void rg__static_types_learn(void);
/* Learn where the file that the interpreter is in was loaded: once a process (3.9). */
void rg__builtins_learn(void);
/* Whether an address is in that file. */
bool rg__is_in_interpreter(const void *address);
/* A type's own dict, borrowed, or NULL. Nothing is written, unless what rg__static_types_learn looks for was not
 * found. */
PyObject *rg__type_dict(PyTypeObject *type);

/* An object field of a C struct. */
typedef struct rg__field {
    Py_ssize_t offset;
    const char *name;
    int kind;     /* rg_name_kind */
    int strength; /* rg_strength */
    bool extra;   /* owned, but not reported by tp_traverse in every version */
} rg__field;

/* Objects whose fields are known from CPython's headers. */
typedef enum rg__layout {
    RG__LAYOUT_FUNCTION,
    RG__LAYOUT_METHOD,
    RG__LAYOUT_BUILTIN,
    RG__LAYOUT_CELL,
    RG__LAYOUT_EXCEPTION,
    RG__LAYOUT_TRACEBACK,
    RG__LAYOUT_WEAKREF,
    RG__LAYOUT_HEAP_TYPE,
    RG__LAYOUT_FRAME,
    RG__LAYOUT_GENERATOR,
    RG__LAYOUT_DESCRIPTOR,
    RG__LAYOUT_CODE
} rg__layout;
const rg__field *rg__fields(rg__layout layout, size_t *count);

/* A field of a C type that declares none, by what is known of its struct. compat_names.c */
typedef struct rg__named_field {
    Py_ssize_t offset;
    const char *name; /* not terminated */
    size_t length;
    bool is_attribute;      /* x.name reads it, unless a class hides that */
    bool is_infrastructure; /* else own */
    bool is_unreported;     /* owned, but not reported by tp_traverse */
    bool is_borrowed;       /* the word owns no reference, whatever the type declares */
    bool is_tagged;         /* the word's lowest bit is a flag */
    bool is_array;          /* so are all words from here to the end of the struct */
} rg__named_field;
/* The fields of a type of this name and size, or NULL; to be read by rg__next_named_field until it says false. */
const char *rg__named_fields(const PyTypeObject *type);
bool rg__next_named_field(const char **fields, rg__named_field *out);

/* Builds that cannot be captured yet: a static sentence, or NULL. */
const char *rg__unsupported_build(void);

#endif
