/* Private CPython layouts, each with where it stands in CPython's sources and what it was checked on.
 * Everything here only reads, except that the first capture of a process makes one empty list and asks
 * gc.get_threshold() once (list_head_offset). */
#include "capture/compat.h"

#include <string.h>

#if PY_VERSION_HEX >= 0x030C0000
#define HAVE_IMMORTAL_OBJECTS 1
#endif

const char *rg__unsupported_build(void)
{
#ifdef Py_GIL_DISABLED
    return "refgraph cannot capture a free-threaded CPython yet; use a build with the GIL";
#else
    if (sizeof(void *) != 8)
        return "refgraph captures 64-bit interpreters only";
    return NULL;
#endif
}

/* ---- the collector's lists -----------------------------------------------------------------------
 * struct _gc_runtime_state (Include/internal/pycore_gc.h, pycore_interp_structs.h), GIL builds of
 * 3.9.18, 3.10.13, 3.11.2, 3.11.7, 3.12.1, 3.13.0, 3.14.x:
 *
 *   H        generation 0 / young    {next, prev, threshold, count}   24 bytes each
 *   H + 24   generation 1 / old[0]
 *   H + 48   generation 2 / old[1]
 *   H + 72   ≤ 3.13: pointer to H, then the permanent generation at H + 80
 *            3.14:   the permanent generation
 *   H + 176  ≤ 3.13: int collecting (3.14: H + 168)
 *
 * H lies at a fixed offset from the interpreter state, the same for every interpreter of a process. A
 * new container is the tail of generation 0, so its next pointer is H: no private header needed. */

typedef struct list_head {
    uintptr_t next, prev; /* low bits are flags */
} list_head;

enum { POINTER_MASK_BITS = 3, THRESHOLD_AT = 16, COUNT_AT = 20, GENERATION_SIZE = 24 };
#if PY_VERSION_HEX >= 0x030E0000
enum { PERMANENT_AT = 72, COLLECTING_AT = 168 };
#else
enum { PERMANENT_AT = 80, COLLECTING_AT = 176 };
#endif

static list_head read_head(uintptr_t address)
{
    list_head head;
    memcpy(&head, (const void *)address, sizeof head);
    head.next &= ~(uintptr_t)POINTER_MASK_BITS;
    head.prev &= ~(uintptr_t)POINTER_MASK_BITS;
    return head;
}

static bool is_circular(uintptr_t head)
{
    const list_head h = read_head(head);
    return h.next && h.prev && read_head(h.next).prev == head && read_head(h.prev).next == head;
}

/* gc.get_threshold()[0] == value, asked once a process through the public function, where it is still gc's own:
 * neither an import hook nor a function of the application is to run. */
static bool threshold_agrees(int value)
{
    bool agrees = true;
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *traceback = NULL;
    PyErr_Fetch(&type, &error, &traceback);
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *gc = modules ? PyDict_GetItemString(modules, "gc") : NULL;
    PyObject *function = gc && PyModule_Check(gc)
                             ? PyDict_GetItemString(PyModule_GetDict(gc), "get_threshold")
                             : NULL;
    const bool is_own =
        function && PyCFunction_CheckExact(function) && PyCFunction_GET_SELF(function) == gc;
    PyObject *thresholds = is_own ? PyObject_CallObject(function, NULL) : NULL;
    if (thresholds && PyTuple_Check(thresholds) && PyTuple_GET_SIZE(thresholds) > 0)
        agrees = PyLong_AsLong(PyTuple_GET_ITEM(thresholds, 0)) == value;
    Py_XDECREF(thresholds);
    PyErr_Restore(type, error, traceback);
    return agrees;
}

static bool layout_is_as_expected(uintptr_t h)
{
    for (uintptr_t i = 0; i < 3; i++)
        if (!is_circular(h + i * GENERATION_SIZE))
            return false;
#if PY_VERSION_HEX < 0x030E0000
    uintptr_t self = 0;
    memcpy(&self, (const void *)(h + 72), sizeof self);
    if (self != h)
        return false;
#endif
    const int collecting = *(const int *)(h + COLLECTING_AT);
    return is_circular(h + PERMANENT_AT) && (collecting == 0 || collecting == 1);
}

/* H minus the interpreter state, or 0 where it is not found. Found once a process. */
static intptr_t list_head_offset(void)
{
    static intptr_t offset;
    static bool is_known;
    if (is_known)
        return offset;
    is_known = true;
    PyObject *probe = PyList_New(0);
    if (!probe)
        return 0;
    const uintptr_t h = read_head((uintptr_t)probe - sizeof(list_head)).next;
    Py_DECREF(probe);
    const uintptr_t interpreter = (uintptr_t)PyInterpreterState_Get();
    const bool is_near = h > interpreter && h - interpreter < 1 << 20;
    if (is_near && layout_is_as_expected(h) && threshold_agrees(*(const int *)(h + THRESHOLD_AT)))
        offset = (intptr_t)(h - interpreter);
    return offset;
}

bool rg__collector_find(rg__collector *out)
{
    *out = (rg__collector){.heads = {0}};
    if (rg__unsupported_build())
        return false;
    const intptr_t offset = list_head_offset();
    if (!offset)
        return false;
    const uintptr_t h = (uintptr_t)PyInterpreterState_Get() + (uintptr_t)offset;
    if (!layout_is_as_expected(h))
        return false;
    for (uintptr_t i = 0; i < 3; i++)
        out->heads[i] = h + i * GENERATION_SIZE;
    out->heads[3] = h + PERMANENT_AT;
    out->count = (int *)(h + COUNT_AT);
    out->collecting = (const int *)(h + COLLECTING_AT);
    return true;
}

PyObject *rg__collector_next(uintptr_t head, uintptr_t *cursor)
{
    *cursor = read_head(*cursor).next;
    return *cursor == head || !*cursor ? NULL : (PyObject *)(*cursor + sizeof(list_head));
}

PyObject *rg__collector_previous(uintptr_t head, uintptr_t *cursor)
{
    *cursor = read_head(*cursor).prev;
    return *cursor == head || !*cursor ? NULL : (PyObject *)(*cursor + sizeof(list_head));
}

/* PyGC_Disable is public since 3.10. Before, the count of generation 0 far below its threshold does it. */
int rg__collections_stop(rg__collector *collector)
{
#if PY_VERSION_HEX >= 0x030A0000
    (void)collector;
    return PyGC_Disable();
#else
    const int count = collector->count ? *collector->count : 0;
    if (collector->count)
        *collector->count = INT_MIN / 2;
    return count;
#endif
}

void rg__collections_restore(rg__collector *collector, int state)
{
#if PY_VERSION_HEX >= 0x030A0000
    (void)collector;
    if (state)
        PyGC_Enable();
#else
    if (collector->count)
        *collector->count = state;
#endif
}

bool rg__is_tracked(PyObject *object)
{
    return PyObject_IS_GC(object) && PyObject_GC_IsTracked(object);
}

bool rg__is_finalized(PyObject *object)
{
    return PyObject_IS_GC(object) && PyObject_GC_IsFinalized(object);
}

/* ---- types and code ---- */

PyObject *rg__type_static_subclasses(const PyTypeObject *type)
{
    /* static builtin types of 3.12+ keep a small number there, an index into the interpreter's state */
    const uintptr_t word = (uintptr_t)type->tp_subclasses;
    return word > 1 << 16 ? (PyObject *)word : NULL;
}

PyObject *rg__code_cache(PyCodeObject *code, int i)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *const *cached = (PyObject *const *)(void *)code->_co_cached;
    return cached && sizeof *code->_co_cached == RG__CODE_CACHES * sizeof *cached ? cached[i]
                                                                                  : NULL;
#else
    (void)code;
    (void)i;
    return NULL;
#endif
}

PyObject *rg__code_free_name(PyCodeObject *code, Py_ssize_t i)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *names = code->co_localsplusnames;
    i += code->co_nlocalsplus - code->co_nfreevars;
#else
    PyObject *names = code->co_freevars;
#endif
    if (!names || !PyTuple_Check(names) || i < 0 || i >= PyTuple_GET_SIZE(names))
        return NULL;
    return PyTuple_GET_ITEM(names, i);
}

PyObject *rg__code_qualname(PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030B0000
    return code->co_qualname;
#else
    return code->co_name;
#endif
}

Py_ssize_t rg__type_head(const PyTypeObject *type)
{
    const Py_ssize_t pair = 2 * (Py_ssize_t)sizeof(void *);
    Py_ssize_t head = type->tp_flags & Py_TPFLAGS_HAVE_GC ? pair : 0;
#if PY_VERSION_HEX >= 0x030C0000
    if (type->tp_flags & (Py_TPFLAGS_MANAGED_DICT | Py_TPFLAGS_MANAGED_WEAKREF))
        head += pair;
#elif PY_VERSION_HEX >= 0x030B0000
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        head += pair;
#endif
    return head;
}

bool rg__type_has_dict(const PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030B0000
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        return true;
#endif
    return type->tp_dictoffset != 0;
}

bool rg__str_is_ready(PyObject *str)
{
#if PY_VERSION_HEX >= 0x030C0000
    (void)str;
    return true;
#else
    return PyUnicode_IS_READY(str);
#endif
}

bool rg__is_generator(PyObject *object)
{
    return PyGen_CheckExact(object) || PyCoro_CheckExact(object) || PyAsyncGen_CheckExact(object);
}
