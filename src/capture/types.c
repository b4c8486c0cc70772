/* What a capture knows of a type, worked out once, from the type object alone: its dicts are scanned, no
 * attribute is looked up, no descriptor runs.
 *
 * Source of the rules: Objects/typeobject.c (slots, inheritance), Objects/object.c (attribute lookup). */
#include "capture/capture_private.h"

#include <string.h>

/* ---- what the class dicts along the MRO say ---- */

typedef struct mro_facts {
    bool has_del, has_getattribute, has_getattr; /* in classes written in Python */
    PyObject *size_method;                       /* first __sizeof__ met, borrowed */
} mro_facts;

static bool is_data_descriptor(PyObject *value)
{
    const PyTypeObject *type = Py_TYPE(value);
    return type->tp_descr_set && type != &PyMemberDescr_Type && type != &PyGetSetDescr_Type;
}

static rg_status scan_dict(rg__capture *c, PyTypeObject *type, rg__type_info *info,
                           mro_facts *facts)
{
    PyObject *dict = rg__type_dict(type);
    const bool is_heap = type->tp_flags & Py_TPFLAGS_HEAPTYPE;
    if (!dict || !PyDict_Check(dict))
        return RG_OK;
    rg__types *t = &c->types;
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (!key || !value || !PyUnicode_Check(key))
            continue;
        if (!facts->size_method && rg__str_is(key, "__sizeof__"))
            facts->size_method = value;
        if (!is_heap)
            continue;
        if (Py_TYPE(value) != &PyWrapperDescr_Type) { /* else a C slot in a wrapper */
            facts->has_del |= rg__str_is(key, "__del__");
            facts->has_getattribute |= rg__str_is(key, "__getattribute__");
            facts->has_getattr |= rg__str_is(key, "__getattr__");
        }
        if (!is_data_descriptor(value))
            continue;
        uint32_t name = 0;
        rg_status status = rg__texts_add_name(&c->texts, &name, key);
        if (!status)
            status = rg__array_reserve(&c->allocator, &t->shadows, &t->shadow_capacity,
                                       t->shadow_count + 1, sizeof *t->shadows);
        if (status)
            return status;
        t->shadows[t->shadow_count++] = name;
        info->shadow_count++;
    }
    return RG_OK;
}

static rg_status scan_mro(rg__capture *c, rg__type_info *info, mro_facts *facts)
{
    PyObject *mro = info->type->tp_mro;
    info->shadows_begin = c->types.shadow_count;
    if (!mro || !PyTuple_Check(mro))
        return scan_dict(c, info->type, info, facts);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        if (!base || !PyType_Check(base))
            continue;
        rg_status status = scan_dict(c, (PyTypeObject *)base, info, facts);
        if (status)
            return status;
    }
    return RG_OK;
}

static bool is_text(const rg__capture *c, uint32_t text, const char *terminated)
{
    const rg_string known = rg__texts_at(&c->texts, text);
    const size_t size = strlen(terminated);
    return known.size == size && !memcmp(known.data, terminated, size);
}

static bool is_shadowed(const rg__capture *c, const rg__type_info *info, const char *name)
{
    for (size_t i = 0; i < info->shadow_count; i++)
        if (is_text(c, c->types.shadows[info->shadows_begin + i], name))
            return true;
    return false;
}

/* ---- object members ---- */

/* Add a member unless its offset is known; a name that a more derived class uses too is no attribute. */
static rg_status add_member(rg__capture *c, rg__type_info *info, const PyMemberDef *def)
{
    rg__types *t = &c->types;
    uint32_t name = 0;
    rg_status status = rg__capture_literal(c, &name, def->name);
    if (status)
        return status;
    rg_name_kind kind = RG_NAME_ATTRIBUTE;
    for (size_t i = info->members_begin; i < t->member_count; i++) {
        if (t->members[i].offset == def->offset)
            return RG_OK;
        if (is_text(c, t->members[i].name, def->name))
            kind = RG_NAME_SLOT;
    }
    if (is_shadowed(c, info, def->name))
        kind = RG_NAME_SLOT;
    status = rg__array_reserve(&c->allocator, &t->members, &t->member_capacity, t->member_count + 1,
                               sizeof *t->members);
    if (status)
        return status;
    t->members[t->member_count++] = (rg__member){name, kind, def->offset};
    info->member_count++;
    return RG_OK;
}

static rg_status add_members(rg__capture *c, rg__type_info *info)
{
    info->members_begin = c->types.member_count;
    for (const PyTypeObject *type = info->type; type; type = type->tp_base)
        for (const PyMemberDef *def = type->tp_members; def && def->name; def++) {
            const bool is_object = def->type == T_OBJECT || def->type == T_OBJECT_EX;
            const bool is_inside =
                def->offset >= (Py_ssize_t)sizeof(PyObject) && def->offset < type->tp_basicsize;
            if (!is_object || !is_inside)
                continue;
            rg_status status = add_member(c, info, def);
            if (status)
                return status;
        }
    return RG_OK;
}

/* ---- classification ---- */

/* Whether `type` is, or derives from, the C type of this name (no import needed to know it). */
static bool derives_from(const PyTypeObject *type, const char *name)
{
    for (; type; type = type->tp_base)
        if (!strcmp(type->tp_name, name))
            return true;
    return false;
}

static bool is_subtype(PyTypeObject *type, PyTypeObject *base)
{
    for (; type; type = type->tp_base) /* the C layout follows tp_base, whatever the MRO says */
        if (type == base)
            return true;
    return false;
}

static rg__special special_of(PyTypeObject *type)
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
        {type == &PyCFunction_Type || derives_from(type, "builtin_function_or_method"),
         RG__SPECIAL_BUILTIN},
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
        {derives_from(type, "collections.deque"), RG__SPECIAL_DEQUE},
        {derives_from(type, "functools._lru_cache_wrapper"), RG__SPECIAL_LRU_CACHE},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].is)
            return rules[i].special;
    return RG__SPECIAL_NONE;
}

static rg__walk walk_of(const PyTypeObject *type, size_t member_count)
{
    if (!(type->tp_flags & Py_TPFLAGS_HAVE_GC) || !type->tp_traverse)
        return member_count || type == &PyCode_Type || type->tp_flags & Py_TPFLAGS_HEAPTYPE
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

/* Classes made by a class statement share one tp_dealloc (subtype_dealloc), learned from ModuleSpec. */
static bool is_python_class(const rg__capture *c, const PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE && c->class_dealloc &&
           type->tp_dealloc == c->class_dealloc;
}

static rg_kind kind_of(const rg__capture *c, const PyTypeObject *type, rg__special special)
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
    if (is_python_class(c, type))
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

static bool has_plain_attributes(const PyTypeObject *type, const mro_facts *facts)
{
    const getattrofunc f = type->tp_getattro;
    if (facts->has_getattribute)
        return false;
    return f == PyObject_GenericGetAttr || f == PyType_Type.tp_getattro ||
           f == PyModule_Type.tp_getattro || f == PyMethod_Type.tp_getattro || facts->has_getattr;
}

static bool has_plain_items(PyTypeObject *type, rg__special special)
{
    const binaryfunc f = type->tp_as_mapping ? type->tp_as_mapping->mp_subscript : NULL;
    switch (special) {
    case RG__SPECIAL_LIST:
        return f == PyList_Type.tp_as_mapping->mp_subscript;
    case RG__SPECIAL_TUPLE:
        return f == PyTuple_Type.tp_as_mapping->mp_subscript;
    case RG__SPECIAL_DICT:
        return f == PyDict_Type.tp_as_mapping->mp_subscript;
    case RG__SPECIAL_DEQUE:
        while (type->tp_base && derives_from(type->tp_base, "collections.deque")) {
            if (!type->tp_as_sequence || !type->tp_base->tp_as_sequence ||
                type->tp_as_sequence->sq_item != type->tp_base->tp_as_sequence->sq_item)
                return false;
            type = type->tp_base;
        }
        return true;
    default:
        return false;
    }
}

static uint32_t flags_of(PyTypeObject *type, rg__special special, const mro_facts *facts)
{
    uint32_t flags = 0;
    if (has_plain_attributes(type, facts))
        flags |= RG_TYPE_PLAIN_ATTRIBUTES;
    if (has_plain_items(type, special))
        flags |= RG_TYPE_PLAIN_ITEMS;
    /* functions and lru_caches are descriptors too, but read through a class they give themselves */
    if (type->tp_descr_get && special != RG__SPECIAL_FUNCTION && special != RG__SPECIAL_LRU_CACHE)
        flags |= RG_TYPE_DESCRIPTOR;
    if (special == RG__SPECIAL_DICT)
        flags |= RG_TYPE_MAPPING;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        flags |= RG_TYPE_HEAP;
    return flags;
}

/* ---- sizes and names ---- */

static void set_sizing(rg__type_info *info, PyObject *size_method)
{
    PyTypeObject *type = info->type;
    info->fixed_size = -1;
    info->head = rg__type_head(type);
    PyTypeObject *owner = NULL;
    if (size_method && Py_TYPE(size_method) == &PyMethodDescr_Type) {
        PyMethodDescrObject *descriptor = (PyMethodDescrObject *)size_method;
        if (descriptor->d_method->ml_flags == METH_NOARGS) {
            info->size_method = descriptor->d_method->ml_meth;
            owner = descriptor->d_common.d_type;
        }
    }
    if (owner == &PyList_Type)
        info->sizing = RG__SIZE_LIST;
    else if (owner == &PyDict_Type)
        info->sizing = RG__SIZE_DICT;
    else if (owner == &PyUnicode_Type && type == &PyUnicode_Type)
        info->sizing = RG__SIZE_STR;
    else if (owner == &PyLong_Type)
        info->sizing = RG__SIZE_INT;
    else if (owner && owner != &PyBaseObject_Type)
        info->sizing = RG__SIZE_CALL;
    else
        info->sizing = type->tp_itemsize ? RG__SIZE_ITEMS : RG__SIZE_FIXED;
}

/* __module__ of a class written in Python or of a heap type in C, else what stands before the last dot. */
static rg_status add_type_names(rg__capture *c, rg__type_info *info)
{
    PyTypeObject *type = info->type;
    const char *dot = strrchr(type->tp_name, '.');
    rg_status status = RG_OK;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        PyObject *qualname = ((PyHeapTypeObject *)type)->ht_qualname;
        PyObject *dict = rg__type_dict(type);
        PyObject *key = NULL;
        PyObject *value = NULL;
        PyObject *module = NULL;
        Py_ssize_t position = 0;
        while (!module && dict && PyDict_Next(dict, &position, &key, &value))
            if (rg__str_is(key, "__module__"))
                module = value;
        if (module && PyUnicode_Check(module))
            status = rg__texts_add_name(&c->texts, &info->module, module);
        else
            status = rg__texts_add_c(&c->texts, &info->module, "");
        if (!status && qualname && PyUnicode_Check(qualname))
            return rg__texts_add_name(&c->texts, &info->name, qualname);
    } else if (dot) {
        const rg_string module = {type->tp_name, (size_t)(dot - type->tp_name)};
        status = rg__texts_add(&c->texts, &info->module, module);
    } else {
        status = rg__texts_add_c(&c->texts, &info->module, "builtins");
    }
    return status ? status : rg__texts_add_c(&c->texts, &info->name, dot ? dot + 1 : type->tp_name);
}

static rg_status describe(rg__capture *c, rg__type_info *info)
{
    PyTypeObject *type = info->type;
    mro_facts facts = {0};
    rg_status status = scan_mro(c, info, &facts);
    if (!status)
        status = add_members(c, info);
    if (!status)
        status = add_type_names(c, info);
    if (status)
        return status;
    info->special = special_of(type);
    info->walk = walk_of(type, info->member_count);
    info->kind = kind_of(c, type, info->special);
    info->flags = flags_of(type, info->special, &facts);
    info->has_finalizer = facts.has_del;
    /* a module's and a class's dict are offered with the rest of their fields */
    info->has_dict = rg__type_has_dict(type) && info->special != RG__SPECIAL_MODULE &&
                     info->special != RG__SPECIAL_TYPE;
    set_sizing(info, facts.size_method);
    return RG_OK;
}

rg_status rg__capture_type(rg__capture *c, uint32_t *index, PyTypeObject *type)
{
    rg__types *t = &c->types;
    *index = rg__pointer_map_get(&t->of_type, type, RG_NONE);
    if (*index != RG_NONE)
        return RG_OK;
    rg__type_info info = {.type = type};
    rg_status status =
        rg__array_reserve(&c->allocator, &t->items, &t->capacity, t->count + 1, sizeof *t->items);
    if (!status)
        status = describe(c, &info);
    if (!status)
        status = rg__pointer_map_put(&t->of_type, type, (uint32_t)t->count);
    if (status)
        return status;
    *index = (uint32_t)t->count;
    t->items[t->count++] = info;
    return RG_OK;
}
