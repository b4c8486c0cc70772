/* What kind of thing a type's instances are: how their edges are found, what colour they get, and what an
 * expression may rely on. Decided from the type's slots and flags alone. */
#include "capture/classify.h"

#include <string.h>

/* Classes made by a class statement share one tp_dealloc (subtype_dealloc), learned from some that are known. */
bool rg__is_python_class(const rg__capture *c, const PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE && c->class_dealloc &&
           type->tp_dealloc == c->class_dealloc;
}

bool rg__is_c_type(const rg__capture *c, const PyTypeObject *type)
{
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) ||
           (c->class_dealloc && type->tp_dealloc != c->class_dealloc);
}

/* ---- a type's identity ---- */

bool rg__is_genuine(const rg__capture *c, const PyTypeObject *type)
{
    return rg__pointer_map_get(&c->types.genuine, type, 0);
}

/* Whether sys.modules[module].__dict__[name] is the type. */
static bool is_in_module(const rg__capture *c, const PyTypeObject *type, const char *module,
                         const char *name)
{
    PyObject *dict = rg__module_dict(c, module);
    return dict && rg__dict_entry(dict, name) == (const PyObject *)type;
}

#if PY_VERSION_HEX < 0x030A0000
/* Static types of built-in modules that no module shows: in the same file as the interpreter. */
static bool is_built_in(const PyTypeObject *type)
{
    return (!strcmp(type->tp_name, "functools.KeyWrapper") ||
            !strcmp(type->tp_name, "_sre.SRE_Scanner")) &&
           rg__is_in_interpreter(type);
}
#else
static bool is_built_in(const PyTypeObject *type)
{
    (void)type;
    return false;
}
#endif

/* Another type may have the same name: whether the module that a type's name tells, or the C module behind
 * that (datetime: _datetime), knows the type by its name. */
static bool is_at_home(const rg__capture *c, const PyTypeObject *type)
{
    static const struct {
        const char *type, *module, *name;
    } homes[] = {
        {"xml.etree.ElementTree.Element", "_elementtree", "Element"},
        {"_ctypes.PyCFuncPtr", "_ctypes", "CFuncPtr"}, /* 3.9 */
    };
    char module[64] = "_";
    const char *dot = strrchr(type->tp_name, '.');
    if (type == &PyRange_Type || type == &PyLongRangeIter_Type || is_built_in(type))
        return true;
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
        if (!strcmp(type->tp_name, homes[i].type) &&
            is_in_module(c, type, homes[i].module, homes[i].name))
            return true;
    if (!dot || (size_t)(dot - type->tp_name) >= sizeof module - 1)
        return false;
    memcpy(module + 1, type->tp_name, (size_t)(dot - type->tp_name));
    return is_in_module(c, type, module + 1, dot + 1) || is_in_module(c, type, module, dot + 1);
}

/* Whether what is known by this type's name makes edges, or reads what its fields point to. */
static bool needs_proof(const PyTypeObject *type)
{
    static const char *const read[] = {"datetime.datetime", "datetime.time", "numpy.ndarray",
                                       "xml.etree.ElementTree.Element",
                                       "functools._lru_cache_wrapper"};
    const char *fields = rg__named_fields(type);
    if (fields && (!(type->tp_flags & Py_TPFLAGS_HAVE_GC) || strchr(fields, '+')))
        return true;
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (!strcmp(type->tp_name, read[i]))
            return true;
    return false;
}

rg_status rg__capture_prove_types(rg__capture *c, const PyTypeObject *type)
{
    rg_status status = RG_OK;
    for (; type && !status; type = type->tp_base)
        if (needs_proof(type) && rg__pointer_map_get(&c->types.genuine, type, RG_NONE) == RG_NONE)
            status = rg__pointer_map_put(&c->types.genuine, type, is_at_home(c, type));
    return status;
}

/* ---- kinds of types ---- */

/* The C type of this name that `type` is or derives from, or NULL. A class written in Python may have any
 * name, and has not the layout. */
static PyTypeObject *c_base(const rg__capture *c, PyTypeObject *type, const char *name)
{
    for (; type; type = type->tp_base)
        if (!strcmp(type->tp_name, name))
            return rg__is_c_type(c, type) ? type : NULL;
    return NULL;
}

/* The C type of this name and of the size that its struct was read with, or a subclass of it. */
static bool has_layout(const rg__capture *c, PyTypeObject *type, const char *name, Py_ssize_t size)
{
    const PyTypeObject *base = c_base(c, type, name);
    return base && base->tp_basicsize == size && rg__is_genuine(c, base);
}

/* lru_cache_wrapper, which owns more than its tp_traverse reports. Nothing is read by its layout: it is
 * recognised even where nothing tells types in C from classes in Python. */
static bool is_lru_cache(const rg__capture *c, const PyTypeObject *type)
{
    for (; type; type = type->tp_base)
        if (!strcmp(type->tp_name, "functools._lru_cache_wrapper"))
            return rg__is_genuine(c, type) && !rg__is_python_class(c, type);
    return false;
}

/* A node of a context's variables that holds pairs: items are pointers whatever the type is. */
static bool is_hamt_node(const rg__capture *c, PyTypeObject *type)
{
    const PyTypeObject *base = c_base(c, type, "hamt_bitmap_node");
    base = base ? base : c_base(c, type, "hamt_collision_node");
    return base && base->tp_basicsize == 32 && base->tp_itemsize == (Py_ssize_t)sizeof(void *);
}

static bool is_subtype(PyTypeObject *type, PyTypeObject *base)
{
    for (; type; type = type->tp_base) /* the C layout follows tp_base, whatever the MRO says */
        if (type == base)
            return true;
    return false;
}

rg__special rg__special_of(const rg__capture *c, PyTypeObject *type)
{
    const unsigned long flags = type->tp_flags;
    const struct {
        bool is;
        rg__special special;
    } rules[] = {
        {flags & Py_TPFLAGS_LIST_SUBCLASS, RG__SPECIAL_LIST},
        {flags & Py_TPFLAGS_TUPLE_SUBCLASS, RG__SPECIAL_TUPLE},
        {flags & Py_TPFLAGS_DICT_SUBCLASS, RG__SPECIAL_DICT},
        {flags & Py_TPFLAGS_TYPE_SUBCLASS, RG__SPECIAL_TYPE},
        {flags & Py_TPFLAGS_BASE_EXC_SUBCLASS, RG__SPECIAL_EXCEPTION},
        {type == &PyFunction_Type, RG__SPECIAL_FUNCTION},
        {type == &PyMethod_Type, RG__SPECIAL_METHOD},
        {is_subtype(type, &PyCFunction_Type), RG__SPECIAL_BUILTIN},
        {type == &PyCell_Type, RG__SPECIAL_CELL},
        {type == &PyTraceBack_Type, RG__SPECIAL_TRACEBACK},
        {type == &PyFrame_Type, RG__SPECIAL_FRAME},
        {type == &PyCode_Type, RG__SPECIAL_CODE},
        {type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type,
         RG__SPECIAL_GENERATOR},
        {type == &PyMethodDescr_Type || type == &PyMemberDescr_Type ||
             type == &PyGetSetDescr_Type || type == &PyWrapperDescr_Type ||
             type == &PyClassMethodDescr_Type,
         RG__SPECIAL_DESCRIPTOR},
        {is_subtype(type, &PyModule_Type), RG__SPECIAL_MODULE},
        {is_subtype(type, &PySet_Type) || is_subtype(type, &PyFrozenSet_Type), RG__SPECIAL_SET},
        {is_subtype(type, &_PyWeakref_RefType) || type == &_PyWeakref_ProxyType ||
             type == &_PyWeakref_CallableProxyType,
         RG__SPECIAL_WEAKREF},
        {c_base(c, type, "collections.deque") != NULL, RG__SPECIAL_DEQUE},
        {is_lru_cache(c, type), RG__SPECIAL_LRU_CACHE},
        {is_hamt_node(c, type), RG__SPECIAL_HAMT},
        {has_layout(c, type, "xml.etree.ElementTree.Element", 56), RG__SPECIAL_ELEMENT},
        {c_base(c, type, "_queue.SimpleQueue") != NULL, RG__SPECIAL_QUEUE},
        {has_layout(c, type, "datetime.datetime", 48), RG__SPECIAL_DATETIME},
        {has_layout(c, type, "datetime.time", 40), RG__SPECIAL_TIME},
        {has_layout(c, type, "numpy.ndarray", 96), RG__SPECIAL_ARRAY},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].is)
            return rules[i].special;
    return RG__SPECIAL_NONE;
}

bool rg__is_opaque(const rg__capture *c, const PyTypeObject *type)
{
    const unsigned long atoms = Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_UNICODE_SUBCLASS |
                                Py_TPFLAGS_BYTES_SUBCLASS | Py_TPFLAGS_HAVE_GC;
    if (type->tp_flags & atoms || type->tp_basicsize <= (Py_ssize_t)sizeof(PyObject))
        return false;
    for (; type; type = type->tp_base)
        if (type == &PyFloat_Type || type == &PyComplex_Type || type == &PyByteArray_Type ||
            rg__is_genuine(c, type))
            return false;
    return true;
}

bool rg__reports(const PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_HAVE_GC && type->tp_traverse;
}

rg__walk rg__walk_of(const PyTypeObject *type, rg__special special, size_t member_count)
{
    const bool is_foreign = special == RG__SPECIAL_DATETIME || special == RG__SPECIAL_TIME ||
                            special == RG__SPECIAL_ARRAY;
    if (!rg__reports(type))
        return is_foreign || member_count || type == &PyCode_Type ||
                       type->tp_flags & Py_TPFLAGS_HEAPTYPE
                   ? RG__WALK_FIELDS
                   : RG__WALK_LEAF;
    if (type == &PyList_Type)
        return RG__WALK_LIST;
    if (type == &PyTuple_Type)
        return RG__WALK_TUPLE;
    if (type == &PyDict_Type)
        return RG__WALK_DICT;
    if (type == &PySet_Type || type == &PyFrozenSet_Type)
        return RG__WALK_SET;
    return RG__WALK_TRAVERSE;
}

rg_kind rg__kind_of(const rg__capture *c, const PyTypeObject *type, rg__special special)
{
    switch (special) {
    case RG__SPECIAL_MODULE:
        return RG_KIND_MODULE;
    case RG__SPECIAL_FRAME:
    case RG__SPECIAL_GENERATOR:
        return RG_KIND_FRAME;
    case RG__SPECIAL_TYPE:
        return RG_KIND_TYPE;
    case RG__SPECIAL_FUNCTION:
    case RG__SPECIAL_METHOD:
    case RG__SPECIAL_BUILTIN:
    case RG__SPECIAL_CODE:
    case RG__SPECIAL_DESCRIPTOR:
    case RG__SPECIAL_LRU_CACHE:
        return RG_KIND_FUNCTION;
    default:
        break;
    }
    if (rg__is_python_class(c, type))
        return RG_KIND_INSTANCE;
    switch (special) {
    case RG__SPECIAL_LIST:
    case RG__SPECIAL_TUPLE:
    case RG__SPECIAL_DICT:
    case RG__SPECIAL_SET:
    case RG__SPECIAL_DEQUE:
    case RG__SPECIAL_CELL:
        return RG_KIND_CONTAINER;
    default:
        break;
    }
    static const char *const functions[] = {"functools.partial", "staticmethod", "classmethod",
                                            "property"};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (!strcmp(type->tp_name, functions[i]))
            return RG_KIND_FUNCTION;
    return RG_KIND_OTHER;
}

static bool is_plain_getattr(getattrofunc f)
{
    return f == PyObject_GenericGetAttr || f == PyType_Type.tp_getattro ||
           f == PyModule_Type.tp_getattro || f == PyMethod_Type.tp_getattro;
}

/* A __getattr__ in Python is asked only for what is not there: what counts is the C base below. */
static bool has_plain_attributes(const rg__capture *c, const PyTypeObject *type,
                                 const rg__mro_facts *facts)
{
    if (facts->has_getattribute)
        return false;
    while (facts->has_getattr && type->tp_base && rg__is_python_class(c, type))
        type = type->tp_base;
    return is_plain_getattr(type->tp_getattro);
}

/* x[key] is the C type's own: it is the one whose __getitem__ the class finds first. */
static bool has_plain_items(const rg__capture *c, PyTypeObject *type, rg__special special,
                            const rg__mro_facts *facts)
{
    switch (special) {
    case RG__SPECIAL_LIST:
        return facts->getitem_owner == &PyList_Type;
    case RG__SPECIAL_TUPLE:
        return facts->getitem_owner == &PyTuple_Type;
    case RG__SPECIAL_DICT:
        return facts->getitem_owner == &PyDict_Type;
    case RG__SPECIAL_DEQUE:
        return facts->getitem_owner == c_base(c, type, "collections.deque");
    default:
        return false;
    }
}

uint32_t rg__flags_of(const rg__capture *c, const rg__type_info *info, const rg__mro_facts *facts)
{
    PyTypeObject *type = info->type;
    const rg__special special = info->special;
    uint32_t flags = 0;
    if (has_plain_attributes(c, type, facts))
        flags |= RG_TYPE_PLAIN_ATTRIBUTES;
    if (has_plain_items(c, type, special, facts))
        flags |= RG_TYPE_PLAIN_ITEMS;
    /* functions and lru_caches are descriptors too, but read through a class they give themselves */
    if (type->tp_descr_get && special != RG__SPECIAL_FUNCTION && special != RG__SPECIAL_LRU_CACHE)
        flags |= RG_TYPE_DESCRIPTOR;
    if (special == RG__SPECIAL_DICT)
        flags |= RG_TYPE_MAPPING;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        flags |= RG_TYPE_HEAP;
    if (!type->tp_weaklistoffset)
        flags |= RG_TYPE_NO_WEAKREFS;
    if (special == RG__SPECIAL_TUPLE || is_subtype(type, &PyFrozenSet_Type))
        flags |= RG_TYPE_FIXED_ITEMS;
    if (info->walk == RG__WALK_FIELDS)
        flags |= RG_TYPE_SILENT;
    if (type->tp_del)
        flags |= RG_TYPE_LEGACY_FINALIZER;
    return flags;
}

bool rg__layout_of(rg__special special, rg__layout *layout)
{
    static const struct {
        rg__special special;
        rg__layout layout;
    } known[] = {
        {RG__SPECIAL_FUNCTION, RG__LAYOUT_FUNCTION},
        {RG__SPECIAL_METHOD, RG__LAYOUT_METHOD},
        {RG__SPECIAL_BUILTIN, RG__LAYOUT_BUILTIN},
        {RG__SPECIAL_CELL, RG__LAYOUT_CELL},
        {RG__SPECIAL_EXCEPTION, RG__LAYOUT_EXCEPTION},
        {RG__SPECIAL_TRACEBACK, RG__LAYOUT_TRACEBACK},
        {RG__SPECIAL_WEAKREF, RG__LAYOUT_WEAKREF},
        {RG__SPECIAL_TYPE, RG__LAYOUT_HEAP_TYPE},
        {RG__SPECIAL_FRAME, RG__LAYOUT_FRAME},
        {RG__SPECIAL_GENERATOR, RG__LAYOUT_GENERATOR},
        {RG__SPECIAL_DESCRIPTOR, RG__LAYOUT_DESCRIPTOR},
        {RG__SPECIAL_CODE, RG__LAYOUT_CODE},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].special == special) {
            *layout = known[i].layout;
            return true;
        }
    return false;
}
