/* Object fields of CPython's own types, per version: what tp_traverse reports without a name. Structs of
 * public headers by offsetof; the frame object's and 3.14's generator's from compat_frames.c. */
#include "capture/compat.h"

#include <refgraph/graph.h>

#define ATTRIBUTE(type, member, text)                                           \
    {                                                                           \
        offsetof(type, member), text, RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN, false \
    }
#define OWNED_ATTRIBUTE(type, member, text)                                    \
    {                                                                          \
        offsetof(type, member), text, RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN, true \
    }
#define INFRASTRUCTURE(type, member, text)                                                 \
    {                                                                                      \
        offsetof(type, member), text, RG_NAME_ATTRIBUTE, RG_STRENGTH_INFRASTRUCTURE, false \
    }
#define SLOT(type, member, text)                                           \
    {                                                                      \
        offsetof(type, member), text, RG_NAME_SLOT, RG_STRENGTH_OWN, false \
    }

static const rg__field function_fields[] = {
    ATTRIBUTE(PyFunctionObject, func_code, "__code__"),
    INFRASTRUCTURE(PyFunctionObject, func_globals, "__globals__"),
#if PY_VERSION_HEX >= 0x030A0000
    INFRASTRUCTURE(PyFunctionObject, func_builtins, "__builtins__"),
#endif
    ATTRIBUTE(PyFunctionObject, func_defaults, "__defaults__"),
    ATTRIBUTE(PyFunctionObject, func_kwdefaults, "__kwdefaults__"),
    ATTRIBUTE(PyFunctionObject, func_closure, "__closure__"),
    ATTRIBUTE(PyFunctionObject, func_doc, "__doc__"),
    ATTRIBUTE(PyFunctionObject, func_name, "__name__"),
    ATTRIBUTE(PyFunctionObject, func_dict, "__dict__"),
    ATTRIBUTE(PyFunctionObject, func_module, "__module__"),
    ATTRIBUTE(PyFunctionObject, func_annotations, "__annotations__"),
    ATTRIBUTE(PyFunctionObject, func_qualname, "__qualname__"),
#if PY_VERSION_HEX >= 0x030C0000
    ATTRIBUTE(PyFunctionObject, func_typeparams, "__type_params__"),
#endif
#if PY_VERSION_HEX >= 0x030E0000
    ATTRIBUTE(PyFunctionObject, func_annotate, "__annotate__"),
#endif
};

static const rg__field method_fields[] = {
    ATTRIBUTE(PyMethodObject, im_func, "__func__"),
    ATTRIBUTE(PyMethodObject, im_self, "__self__"),
};

static const rg__field builtin_fields[] = {
    ATTRIBUTE(PyCFunctionObject, m_self, "__self__"),
    ATTRIBUTE(PyCFunctionObject, m_module, "__module__"),
};

static const rg__field cell_fields[] = {
    ATTRIBUTE(PyCellObject, ob_ref, "cell_contents"),
};

static const rg__field exception_fields[] = {
    ATTRIBUTE(PyBaseExceptionObject, dict, "__dict__"),
    ATTRIBUTE(PyBaseExceptionObject, args, "args"),
#if PY_VERSION_HEX >= 0x030B0000
    SLOT(PyBaseExceptionObject, notes, "notes"),
#endif
    ATTRIBUTE(PyBaseExceptionObject, traceback, "__traceback__"),
    ATTRIBUTE(PyBaseExceptionObject, context, "__context__"),
    ATTRIBUTE(PyBaseExceptionObject, cause, "__cause__"),
};

static const rg__field traceback_fields[] = {
    ATTRIBUTE(PyTracebackObject, tb_next, "tb_next"),
    {offsetof(PyTracebackObject, tb_frame), "tb_frame", RG_NAME_ATTRIBUTE, RG_STRENGTH_FRAME,
     false},
};

static const rg__field weakref_fields[] = {
    ATTRIBUTE(PyWeakReference, wr_callback, "__callback__"),
};

static const rg__field heap_type_fields[] = {
    ATTRIBUTE(PyTypeObject, tp_dict, "__dict__"),
    INFRASTRUCTURE(PyTypeObject, tp_mro, "__mro__"),
    INFRASTRUCTURE(PyTypeObject, tp_bases, "__bases__"),
    INFRASTRUCTURE(PyTypeObject, tp_base, "__base__"),
    {offsetof(PyTypeObject, tp_cache), "cache", RG_NAME_SLOT, RG_STRENGTH_INFRASTRUCTURE, false},
    {offsetof(PyTypeObject, tp_subclasses), "subclasses", RG_NAME_SLOT, RG_STRENGTH_INFRASTRUCTURE,
     true},
    OWNED_ATTRIBUTE(PyHeapTypeObject, ht_name, "__name__"),
    OWNED_ATTRIBUTE(PyHeapTypeObject, ht_qualname, "__qualname__"),
    {offsetof(PyHeapTypeObject, ht_slots), "slots", RG_NAME_SLOT, RG_STRENGTH_OWN, true},
    {offsetof(PyHeapTypeObject, ht_module), "module", RG_NAME_SLOT, RG_STRENGTH_INFRASTRUCTURE,
     false},
};

#if PY_VERSION_HEX >= 0x030B0000
/* struct _frame (Include/internal/pycore_frame.h): back, interpreter frame, trace, … */
typedef struct frame_fields_layout {
    PyObject_HEAD
    PyObject *back;
    void *frame;
    PyObject *trace;
    int line;
    char trace_lines, trace_opcodes;
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *extra_locals, *locals_cache;
#endif
#if PY_VERSION_HEX >= 0x030E0000
    PyObject *overwritten_locals;
#endif
} frame_fields_layout;

static const rg__field frame_fields[] = {
    {offsetof(frame_fields_layout, back), "f_back", RG_NAME_ATTRIBUTE, RG_STRENGTH_FRAME, false},
    ATTRIBUTE(frame_fields_layout, trace, "f_trace"),
#if PY_VERSION_HEX >= 0x030D0000
    SLOT(frame_fields_layout, extra_locals, "extra locals"),
    SLOT(frame_fields_layout, locals_cache, "locals cache"),
#endif
#if PY_VERSION_HEX >= 0x030E0000
    SLOT(frame_fields_layout, overwritten_locals, "overwritten locals"),
#endif
};
#else
static const rg__field frame_fields[] = {
    {offsetof(PyFrameObject, f_back), "f_back", RG_NAME_ATTRIBUTE, RG_STRENGTH_FRAME, false},
    ATTRIBUTE(PyFrameObject, f_code, "f_code"),
    INFRASTRUCTURE(PyFrameObject, f_builtins, "f_builtins"),
    INFRASTRUCTURE(PyFrameObject, f_globals, "f_globals"),
    SLOT(PyFrameObject, f_locals, "f_locals"),
    ATTRIBUTE(PyFrameObject, f_trace, "f_trace"),
};
#endif

#if PY_VERSION_HEX >= 0x030E0000
typedef struct generator_fields_layout {
    PyObject_HEAD
    PyObject *weak_list, *gi_name, *gi_qualname;
} generator_fields_layout;
#else
typedef PyGenObject generator_fields_layout;
#endif

static const rg__field generator_fields[] = {
#if PY_VERSION_HEX < 0x030B0000
    ATTRIBUTE(generator_fields_layout, gi_frame, "gi_frame"),
#endif
#if PY_VERSION_HEX < 0x030C0000
    ATTRIBUTE(generator_fields_layout, gi_code, "gi_code"),
#endif
    OWNED_ATTRIBUTE(generator_fields_layout, gi_name, "__name__"),
    OWNED_ATTRIBUTE(generator_fields_layout, gi_qualname, "__qualname__"),
};

static const rg__field descriptor_fields[] = {
    INFRASTRUCTURE(PyDescrObject, d_type, "__objclass__"),
    OWNED_ATTRIBUTE(PyDescrObject, d_name, "__name__"),
};

#define OWNED_SLOT(type, member, text)                                    \
    {                                                                     \
        offsetof(type, member), text, RG_NAME_SLOT, RG_STRENGTH_OWN, true \
    }

/* Code objects are outside the collector: all that they own is here (rg__code_cache has the rest). */
static const rg__field code_fields[] = {
    OWNED_ATTRIBUTE(PyCodeObject, co_consts, "co_consts"),
    OWNED_ATTRIBUTE(PyCodeObject, co_names, "co_names"),
    OWNED_ATTRIBUTE(PyCodeObject, co_filename, "co_filename"),
    OWNED_ATTRIBUTE(PyCodeObject, co_name, "co_name"),
#if PY_VERSION_HEX >= 0x030A0000
    OWNED_ATTRIBUTE(PyCodeObject, co_linetable, "co_linetable"),
#else
    OWNED_ATTRIBUTE(PyCodeObject, co_lnotab, "co_lnotab"),
#endif
#if PY_VERSION_HEX >= 0x030B0000
    OWNED_ATTRIBUTE(PyCodeObject, co_qualname, "co_qualname"),
    OWNED_ATTRIBUTE(PyCodeObject, co_exceptiontable, "co_exceptiontable"),
    OWNED_SLOT(PyCodeObject, co_localsplusnames, "local names"),
    OWNED_SLOT(PyCodeObject, co_localspluskinds, "kinds of locals"),
#else
    OWNED_ATTRIBUTE(PyCodeObject, co_code, "co_code"),
    OWNED_ATTRIBUTE(PyCodeObject, co_varnames, "co_varnames"),
    OWNED_ATTRIBUTE(PyCodeObject, co_freevars, "co_freevars"),
    OWNED_ATTRIBUTE(PyCodeObject, co_cellvars, "co_cellvars"),
#endif
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030C0000
    OWNED_SLOT(PyCodeObject, _co_code, "cached co_code"),
#endif
};

const rg__field *rg__fields(rg__layout layout, size_t *count)
{
    static const struct {
        const rg__field *fields;
        size_t count;
    } tables[] = {
        [RG__LAYOUT_FUNCTION] = {function_fields, sizeof function_fields / sizeof(rg__field)},
        [RG__LAYOUT_METHOD] = {method_fields, sizeof method_fields / sizeof(rg__field)},
        [RG__LAYOUT_BUILTIN] = {builtin_fields, sizeof builtin_fields / sizeof(rg__field)},
        [RG__LAYOUT_CELL] = {cell_fields, sizeof cell_fields / sizeof(rg__field)},
        [RG__LAYOUT_EXCEPTION] = {exception_fields, sizeof exception_fields / sizeof(rg__field)},
        [RG__LAYOUT_TRACEBACK] = {traceback_fields, sizeof traceback_fields / sizeof(rg__field)},
        [RG__LAYOUT_WEAKREF] = {weakref_fields, sizeof weakref_fields / sizeof(rg__field)},
        [RG__LAYOUT_HEAP_TYPE] = {heap_type_fields, sizeof heap_type_fields / sizeof(rg__field)},
        [RG__LAYOUT_FRAME] = {frame_fields, sizeof frame_fields / sizeof(rg__field)},
        [RG__LAYOUT_GENERATOR] = {generator_fields, sizeof generator_fields / sizeof(rg__field)},
        [RG__LAYOUT_DESCRIPTOR] = {descriptor_fields, sizeof descriptor_fields / sizeof(rg__field)},
        [RG__LAYOUT_CODE] = {code_fields, sizeof code_fields / sizeof(rg__field)},
    };
    *count = tables[layout].count;
    return tables[layout].fields;
}
