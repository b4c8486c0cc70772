/* The interpreter state (struct _is: Include/internal/pycore_interp.h, 3.14 pycore_interp_structs.h), of which
 * some fields own references that nothing reports. GIL builds of 3.9.18, 3.10.13, 3.11.7, 3.12.1, 3.13.0 and
 * 3.14.10; distances from the field `sysdict`, because 3.14.5 moved everything behind `gc` by 24 bytes:
 *
 *   modules … sysdict · builtins · codecs · PyConfig · dict · fork hooks · warnings · atexit · … · typing
 *             └── found by three dicts                                └── checked                └── checked
 *
 * Three checks at run time: the dicts of sys, builtins and sys.modules stand in their fields; one of the three
 * objects that _warnings shares with the state stands in its; typing.TypeVar stands near the end (3.12+). A
 * part that fails is left out. What is read lies inside the state, and the caller takes a word only if it is
 * the address of an object that the collector lists. */
#include "capture/compat.h"

#include <string.h>

enum {
#if PY_VERSION_HEX >= 0x030E0000
    MODULES = 16,
    MODULES_BY_INDEX = 24,
    IMPORTLIB = 32,
    IMPORT_FUNC = 56,
    CODECS = 328,
    DICT = 824,
    BUILTINS_COPY = 840,
    SYSDICT_COPY = 832,
    FORKERS = 3024,
    WARNINGS = 3048,
    WARNINGS_CONTEXT = 3104,
    ATEXIT = 3112,
    AUDIT_HOOKS = 3240,
    MONITORING = 215608,
    EVENTS = 19,
    CACHED_TYPES = 217056,
    CACHED_TYPE_COUNT = 7,
    INTERNED = 216952,
#elif PY_VERSION_HEX >= 0x030D0000
    MODULES = 16,
    MODULES_BY_INDEX = 24,
    IMPORTLIB = 32,
    IMPORT_FUNC = 56,
    CODECS = 320,
    DICT = 808,
    BUILTINS_COPY = 824,
    SYSDICT_COPY = 816,
    FORKERS = 2992,
    WARNINGS = 3016,
    ATEXIT = 3056,
    AUDIT_HOOKS = 3168,
    MONITORING = 185536,
    EVENTS = 17,
    CACHED_TYPES = 186800,
    CACHED_TYPE_COUNT = 6,
#elif PY_VERSION_HEX >= 0x030C0000
    MODULES = 592,
    MODULES_BY_INDEX = 600,
    IMPORTLIB = 608,
    IMPORT_FUNC = 632,
    CODECS = 896,
    DICT = 1368,
    BUILTINS_COPY = 1384,
    SYSDICT_COPY = 1376,
    FORKERS = 3520,
    WARNINGS = 3544,
    ATEXIT = 3576,
    AUDIT_HOOKS = 266856,
    MONITORING = 381432,
    EVENTS = 17,
    CACHED_TYPES = 382696,
    CACHED_TYPE_COUNT = 6,
#elif PY_VERSION_HEX >= 0x030B0000
    MODULES = -16,
    MODULES_BY_INDEX = -8,
    IMPORTLIB = 16,
    CODECS = 32,
    DICT = 496,
    BUILTINS_COPY = 504,
    IMPORT_FUNC = 512,
    FORKERS = 2576,
    WARNINGS = 2600,
    ATEXIT = 2632,
    AUDIT_HOOKS = 2648,
#elif PY_VERSION_HEX >= 0x030A0000
    MODULES = -16,
    MODULES_BY_INDEX = -8,
    IMPORTLIB = 16,
    CODECS = 40,
    DICT = 472,
    BUILTINS_COPY = 480,
    IMPORT_FUNC = 488,
    FORKERS = 2552,
    WARNINGS = 2584,
    ATEXIT = 2616,
    AUDIT_HOOKS = 2632,
#else
    MODULES = -16,
    MODULES_BY_INDEX = -8,
    IMPORTLIB = 16,
    CODECS = 40,
    DICT = 504,
    BUILTINS_COPY = 512,
    IMPORT_FUNC = 520,
    FORKERS = 2584,
    WARNINGS = 2632,
    AUDIT_HOOKS = 2664,
#endif
    BUILTINS = 8,
};

/* `sysdict` lies in the first SCANNED bytes of the state, which is longer in every version. */
enum { SCANNED = PY_VERSION_HEX >= 0x030D0000 ? 8192 : 1536 };

static PyObject *word_at(const char *address)
{
    PyObject *word = NULL;
    memcpy(&word, address, sizeof word);
    return word;
}

static bool has_warnings(const char *anchor, const rg__landmarks *landmarks)
{
    for (int i = 0; i < 3; i++)
        if (landmarks->warnings[i] &&
            word_at(anchor + WARNINGS + i * (int)sizeof(void *)) == landmarks->warnings[i])
            return true;
    return false;
}

void rg__interpreter_find(rg__interpreter *out, const rg__landmarks *landmarks)
{
    const char *state = (const char *)PyInterpreterState_Get();
    *out = (rg__interpreter){.anchor = NULL};
    if (rg__unsupported_build() || !landmarks->modules || !landmarks->sys || !landmarks->builtins)
        return;
    for (const char *at = state + 2 * sizeof(void *); at < state + SCANNED; at += sizeof(void *)) {
        if (word_at(at) != landmarks->sys || word_at(at + BUILTINS) != landmarks->builtins ||
            word_at(at + MODULES) != landmarks->modules)
            continue;
        out->anchor = at;
        out->knows_rest = has_warnings(at, landmarks);
#if PY_VERSION_HEX >= 0x030C0000
        out->knows_last = out->knows_rest && landmarks->type_variable &&
                          word_at(at + CACHED_TYPES + sizeof(void *)) == landmarks->type_variable;
#endif
        return;
    }
}

/* The parts of the state that a known object in its place vouches for. */
typedef enum part {
    PART_FIRST, /* from sys.modules to the configuration */
    PART_REST,  /* from the codecs to atexit */
    PART_LAST   /* the end (3.12+), and so everything before it */
} part;
#if PY_VERSION_HEX >= 0x030C0000
#define IMPORT_PART PART_FIRST
#define AUDIT_PART PART_LAST
#else
#define IMPORT_PART PART_REST
#define AUDIT_PART PART_REST
#endif

typedef struct state_field {
    const char *name;
    int distance;
    part part;
    rg__expected expected;
} state_field;

static const state_field state_fields[] = {
    {"sys.modules", MODULES, PART_FIRST, RG__EXPECT_DICT},
    {"extension modules by index", MODULES_BY_INDEX, PART_FIRST, RG__EXPECT_LIST},
    {"sys.__dict__", 0, PART_FIRST, RG__EXPECT_DICT},
    {"builtins.__dict__", BUILTINS, PART_FIRST, RG__EXPECT_DICT},
    {"import machinery (importlib)", IMPORTLIB, PART_FIRST, RG__EXPECT_ANY},
    {"import machinery (__import__)", IMPORT_FUNC, IMPORT_PART, RG__EXPECT_ANY},
    {"codec search functions", CODECS, PART_REST, RG__EXPECT_LIST},
    {"codec cache", CODECS + 8, PART_REST, RG__EXPECT_DICT},
    {"codec error handlers", CODECS + 16, PART_REST, RG__EXPECT_DICT},
    {"interpreter state of extensions", DICT, PART_REST, RG__EXPECT_DICT},
    {"copy of builtins.__dict__", BUILTINS_COPY, PART_REST, RG__EXPECT_DICT},
#if PY_VERSION_HEX >= 0x030C0000
    {"copy of sys.__dict__", SYSDICT_COPY, PART_REST, RG__EXPECT_DICT},
#endif
    {"os.register_at_fork hooks (before)", FORKERS, PART_REST, RG__EXPECT_LIST},
    {"os.register_at_fork hooks (after, in the parent)", FORKERS + 8, PART_REST, RG__EXPECT_LIST},
    {"os.register_at_fork hooks (after, in the child)", FORKERS + 16, PART_REST, RG__EXPECT_LIST},
    {"warnings.filters", WARNINGS, PART_REST, RG__EXPECT_ANY},
    {"warnings.onceregistry", WARNINGS + 8, PART_REST, RG__EXPECT_ANY},
    {"sys.addaudithook hooks", AUDIT_HOOKS, AUDIT_PART, RG__EXPECT_UNTRACKED_LIST},
#if PY_VERSION_HEX >= 0x030E0000
    {"atexit callbacks", ATEXIT + 8, PART_REST, RG__EXPECT_LIST},
    {"warnings context variable", WARNINGS_CONTEXT, PART_REST, RG__EXPECT_WARNINGS_CONTEXT},
    {"interned strings", INTERNED, PART_REST, RG__EXPECT_INTERNED}, /* vouches for itself */
#endif
};

static bool knows(const rg__interpreter *self, part which)
{
    switch (which) {
    case PART_FIRST:
        return self->anchor;
    case PART_REST:
        return self->knows_rest;
    case PART_LAST:
        return self->knows_last;
    }
    return false;
}

bool rg__interpreter_field(const rg__interpreter *self, size_t i, rg__state_word *out)
{
    const size_t fields = sizeof state_fields / sizeof *state_fields;
    state_field field = {"typing machinery", 0, PART_REST,
                         RG__EXPECT_TYPING}; /* vouch for themselves */
    if (i < fields)
        field = state_fields[i];
#if PY_VERSION_HEX >= 0x030C0000
    else if (i - fields < CACHED_TYPE_COUNT)
        field.distance = CACHED_TYPES + (int)(i - fields) * (int)sizeof(void *);
#endif
    else
        return false;
    *out = (rg__state_word){.name = field.name, .expected = field.expected};
    if (knows(self, field.part))
        out->word = word_at(self->anchor + field.distance);
    return true;
}

bool rg__interpreter_atexit(const rg__interpreter *self, size_t i, PyObject *parts[3])
{
#if PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030E0000
    /* struct atexit_state: from 3.12 on, two pointers to callbacks of C code come first */
    typedef struct atexit_array {
        PyObject ***callbacks; /* each: function, arguments, keywords; NULL: unregistered */
        int count, capacity;
    } atexit_array;
    const int before = PY_VERSION_HEX >= 0x030C0000 ? 2 * (int)sizeof(void *) : 0;
    atexit_array array;
    if (!self->knows_rest)
        return false;
    memcpy(&array, self->anchor + ATEXIT + before, sizeof array);
    const bool is_sane = array.count >= 0 && array.count <= array.capacity && array.callbacks &&
                         (uintptr_t)array.callbacks % sizeof(void *) == 0;
    if (!is_sane || i >= (size_t)array.count)
        return false;
    memset(parts, 0, 3 * sizeof *parts);
    if (array.callbacks[i])
        memcpy(parts, array.callbacks[i], 3 * sizeof *parts);
    return true;
#else
    (void)self;
    (void)i;
    (void)parts;
    return false;
#endif
}

PyObject *const *rg__interpreter_monitoring(const rg__interpreter *self, size_t *tools,
                                            size_t *events)
{
#if PY_VERSION_HEX >= 0x030C0000
    *tools = 6; /* the two behind are sys.setprofile and sys.settrace, which thread states show */
    *events = EVENTS;
    return self->knows_last ? (PyObject *const *)(self->anchor + MONITORING) : NULL;
#else
    (void)self;
    *tools = 0;
    *events = 0;
    return NULL;
#endif
}

const char *rg__monitoring_event(size_t event)
{
    static const char *const names[] = {
        "PY_START",
        "PY_RESUME",
        "PY_RETURN",
        "PY_YIELD",
        "CALL",
        "LINE",
        "INSTRUCTION",
        "JUMP",
#if PY_VERSION_HEX >= 0x030E0000
        "BRANCH_LEFT",
        "BRANCH_RIGHT",
#else
        "BRANCH",
#endif
        "STOP_ITERATION",
        "RAISE",
        "EXCEPTION_HANDLED",
        "PY_UNWIND",
        "PY_THROW",
        "RERAISE",
        "C_RETURN",
        "C_RAISE",
#if PY_VERSION_HEX >= 0x030E0000
        "BRANCH",
#endif
    };
    return event < sizeof names / sizeof *names ? names[event] : "event";
}
