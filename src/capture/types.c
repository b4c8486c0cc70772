/* What a capture knows of a type, worked out once, from the type object alone: its dicts are scanned, no
 * attribute is looked up, no descriptor runs.
 *
 * Source of the rules: Objects/typeobject.c (slots, inheritance), Objects/object.c (attribute lookup). */
#include "capture/classify.h"

#include <string.h>

/* ---- what the class dicts along the MRO say ---- */

/* Whether reading x.name asks `value`, found in a class, before x's own attributes. */
static bool is_data_descriptor(PyObject *name, PyObject *value)
{
    const PyTypeObject *type = Py_TYPE(value);
    if (!type->tp_descr_set)
        return false;
    /* what gives an instance its __dict__ does not hide it */
    const bool is_plain = type == &PyMemberDescr_Type || type == &PyGetSetDescr_Type;
    return !is_plain || !rg__str_is(name, "__dict__");
}

static void note_method(rg__mro_facts *facts, PyTypeObject *type, PyObject *name, PyObject *value)
{
    if (!facts->dict_getter && rg__str_is(name, "__dict__"))
        facts->dict_getter = value;
    if (!facts->size_method && rg__str_is(name, "__sizeof__"))
        facts->size_method = value;
    if (!facts->getitem_owner && rg__str_is(name, "__getitem__"))
        facts->getitem_owner = type;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || Py_TYPE(value) == &PyWrapperDescr_Type)
        return; /* a C slot, or one in a wrapper */
    facts->has_del |= rg__str_is(name, "__del__");
    facts->has_getattribute |= rg__str_is(name, "__getattribute__");
    facts->has_getattr |= rg__str_is(name, "__getattr__");
}

static rg_status add_shadow(rg__capture *c, rg__type_info *info, uint32_t name)
{
    rg__types *t = &c->types;
    rg_status status = rg__array_reserve(&c->allocator, &t->shadows, &t->shadow_capacity,
                                         t->shadow_count + 1, sizeof *t->shadows);
    if (status)
        return status;
    t->shadows[t->shadow_count++] = name;
    info->shadow_count++;
    return RG_OK;
}

static rg_status scan_dict(rg__capture *c, PyTypeObject *type, rg__type_info *info,
                           rg__mro_facts *facts)
{
    PyObject *dict = rg__type_dict(type);
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    if (!dict || !PyDict_Check(dict))
        return RG_OK;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (!key || !value || !PyUnicode_Check(key))
            continue;
        note_method(facts, type, key, value);
        if (!is_data_descriptor(key, value))
            continue;
        uint32_t name = 0;
        rg_status status = rg__texts_add_name(&c->texts, &name, key);
        if (!status)
            status = add_shadow(c, info, name);
        if (status)
            return status;
    }
    return RG_OK;
}

static rg_status scan_mro(rg__capture *c, rg__type_info *info, rg__mro_facts *facts)
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

/* Instances of some C types have a dict that no attribute gives (typing.TypeVar, 3.12+), and a class may have
 * anything else of that name: x.__dict__ is not the dict. */
static rg_status note_missing_dict(rg__capture *c, rg__type_info *info, const rg__mro_facts *facts)
{
    uint32_t name = 0;
    const PyTypeObject *getter = facts->dict_getter ? Py_TYPE(facts->dict_getter) : NULL;
    if (getter == &PyGetSetDescr_Type || getter == &PyMemberDescr_Type ||
        !rg__type_has_dict(info->type))
        return RG_OK;
    rg_status status = rg__capture_literal(c, &name, "__dict__");
    return status ? status : add_shadow(c, info, name);
}

/* What the class answers for a name: the first along its MRO, borrowed, or NULL. */
static PyObject *class_attribute(PyTypeObject *type, const char *name)
{
    PyObject *mro = type->tp_mro;
    if (!mro || !PyTuple_Check(mro))
        return rg__dict_entry(rg__type_dict(type), name);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        PyObject *value = base && PyType_Check(base)
                              ? rg__dict_entry(rg__type_dict((PyTypeObject *)base), name)
                              : NULL;
        if (value)
            return value;
    }
    return NULL;
}

/* Whether x.name still reads this member: a subclass, or somebody later, may have put something else there. */
static bool reads_member(PyTypeObject *type, const PyMemberDef *def)
{
    PyObject *value = class_attribute(type, def->name);
    if (!value || Py_TYPE(value) != &PyMemberDescr_Type)
        return false;
    const PyMemberDef *found = ((PyMemberDescrObject *)value)->d_member;
    return found->offset == def->offset && found->type == def->type;
}

/* Add a member unless its offset is known, or lies outside the struct. */
static rg_status add_member(rg__capture *c, rg__type_info *info, rg__member member)
{
    rg__types *t = &c->types;
    const Py_ssize_t word = (Py_ssize_t)sizeof(PyObject *);
    if (member.offset < (Py_ssize_t)sizeof(PyObject) ||
        member.offset + word > info->type->tp_basicsize)
        return RG_OK;
    for (size_t i = info->members_begin; i < t->member_count; i++)
        if (t->members[i].offset == member.offset) {
            if (member.strength == RG_STRENGTH_WEAK)
                t->members[i].strength = RG_STRENGTH_WEAK;
            return RG_OK;
        }
    rg_status status = rg__array_reserve(&c->allocator, &t->members, &t->member_capacity,
                                         t->member_count + 1, sizeof *t->members);
    if (status)
        return status;
    t->members[t->member_count++] = member;
    info->member_count++;
    return RG_OK;
}

static rg_status add_declared(rg__capture *c, rg__type_info *info, const PyTypeObject *type)
{
    rg_status status = RG_OK;
    for (const PyMemberDef *def = type->tp_members; def && def->name && !status; def++) {
        const bool is_object = def->type == T_OBJECT || def->type == T_OBJECT_EX;
        const bool is_inside =
            def->offset >= (Py_ssize_t)sizeof(PyObject) && def->offset < type->tp_basicsize;
        if (!is_object || !is_inside)
            continue;
        rg__member member = {.kind = RG_NAME_SLOT, .offset = def->offset};
        if (reads_member(info->type, def))
            member.kind = RG_NAME_ATTRIBUTE;
        status = rg__capture_literal(c, &member.name, def->name);
        if (!status)
            status = add_member(c, info, member);
    }
    return status;
}

/* Whether x.name reads a field of the C struct: nothing written in Python answers in its place. */
static bool reads_field(PyTypeObject *type, const char *name, size_t length)
{
    char text[64];
    if (length >= sizeof text)
        return false;
    memcpy(text, name, length);
    text[length] = '\0';
    PyObject *value = class_attribute(type, text);
    return value &&
           (Py_TYPE(value) == &PyGetSetDescr_Type || Py_TYPE(value) == &PyMemberDescr_Type);
}

/* What compat_names.c knows of a type written in C. Where that would make edges, the type must be the one that
 * is meant. */
static rg_status add_known(rg__capture *c, rg__type_info *info, const PyTypeObject *type)
{
    const bool is_genuine = rg__is_genuine(c, type);
    const bool is_known = rg__is_c_type(c, type) && (is_genuine || rg__reports(info->type));
    const char *fields = is_known ? rg__named_fields(type) : NULL;
    rg__named_field field;
    rg_status status = RG_OK;
    while (!status && rg__next_named_field(&fields, &field)) {
        rg__member member = {.kind = RG_NAME_SLOT,
                             .offset = field.offset,
                             .is_unreported = field.is_unreported && is_genuine,
                             .is_tagged = field.is_tagged};
        if (field.is_borrowed)
            member.strength = RG_STRENGTH_WEAK;
        else if (field.is_infrastructure)
            member.strength = RG_STRENGTH_INFRASTRUCTURE;
        if (field.is_attribute && reads_field(info->type, field.name, field.length))
            member.kind = RG_NAME_ATTRIBUTE;
        status = rg__texts_add(&c->texts, &member.name, (rg_string){field.name, field.length});
        const Py_ssize_t end = field.is_array ? type->tp_basicsize : field.offset + 1;
        for (; member.offset < end && !status; member.offset += (Py_ssize_t)sizeof(PyObject *))
            status = add_member(c, info, member);
    }
    return status;
}

static rg_status add_members(rg__capture *c, rg__type_info *info)
{
    info->members_begin = c->types.member_count;
    rg_status status = RG_OK;
    for (const PyTypeObject *type = info->type; type && !status; type = type->tp_base)
        status = add_declared(c, info, type);
    for (const PyTypeObject *type = info->type; type && !status; type = type->tp_base)
        status = add_known(c, info, type);
    return status;
}

/* ---- what a class written in Python hides ---- */

/* The fields of a C struct that x.name no longer reads, as a bit set over rg__fields. */
static uint32_t hidden_fields(const rg__type_info *info)
{
    rg__layout layout;
    size_t count = 0;
    uint32_t hidden = 0;
    if (!(info->type->tp_flags & Py_TPFLAGS_HEAPTYPE) || !rg__layout_of(info->special, &layout))
        return 0;
    const rg__field *fields = rg__fields(layout, &count);
    for (size_t i = 0; i < count; i++) {
        const PyObject *value = class_attribute(info->type, fields[i].name);
        if (value && Py_TYPE(value) != &PyGetSetDescr_Type && Py_TYPE(value) != &PyMemberDescr_Type)
            hidden |= UINT32_C(1) << i;
    }
    return hidden;
}

static bool are_equal(rg_string a, rg_string b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

bool rg__type_shadows(const rg__capture *c, const rg__type_info *info, uint32_t name)
{
    const rg_string text = rg__texts_at(&c->texts, name);
    if (are_equal(text, rg_string_of("__dict__")))
        return true; /* x.__dict__ is the dict, not an attribute of that name in it */
    for (size_t i = 0; i < info->shadow_count; i++)
        if (are_equal(rg__texts_at(&c->texts, c->types.shadows[info->shadows_begin + i]), text))
            return true;
    return false;
}

/* Whether some attribute that instances keep outside a dict is hidden by a descriptor of the class. */
static rg_status find_hidden_values(rg__capture *c, rg__type_info *info)
{
    rg_status status = RG_OK;
    PyObject *key = NULL;
    for (Py_ssize_t i = 0; (key = rg__type_shared_key(info->type, i)) != NULL && !status; i++) {
        uint32_t name = 0;
        status = rg__texts_add_name(&c->texts, &name, key);
        info->hides_values = info->hides_values || (!status && rg__type_shadows(c, info, name));
    }
    return status;
}

/* ---- names ---- */

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

/* Instances whose description needs no name and no other object, and that nobody hides by themselves. Whether a str
 * is a key is known when all dicts have been read. */
static void set_plain(rg__type_info *info)
{
    const bool is_container = info->special == RG__SPECIAL_LIST ||
                              info->special == RG__SPECIAL_TUPLE ||
                              info->special == RG__SPECIAL_DICT || info->special == RG__SPECIAL_SET;
    info->is_plain = (!info->special || is_container) && !info->is_own;
    info->node_flags = info->has_finalizer ? RG_NODE_HAS_FINALIZER : 0;
}

static rg_status describe(rg__capture *c, rg__type_info *info)
{
    PyTypeObject *type = info->type;
    rg__mro_facts facts = {0};
    rg_status status = rg__capture_prove_types(c, type);
    if (!status)
        status = scan_mro(c, info, &facts);
    if (!status)
        status = note_missing_dict(c, info, &facts);
    if (!status)
        status = add_members(c, info);
    if (!status)
        status = add_type_names(c, info);
    if (status)
        return status;
    info->special = rg__special_of(c, type);
    if (!info->special && rg__is_opaque(c, type))
        info->special = RG__SPECIAL_OPAQUE;
    info->walk = rg__walk_of(type, info->special, info->member_count);
    info->kind = rg__kind_of(c, type, info->special);
    info->flags = rg__flags_of(c, info, &facts);
    info->has_finalizer = facts.has_del;
    const rg_string module = rg__texts_at(&c->texts, info->module);
    info->is_own = rg__is_own_name(c, module.data, module.size);
    info->hidden_fields = hidden_fields(info);
    /* a module's and a class's dict are offered with the rest of their fields */
    info->has_dict = rg__type_has_dict(type) && info->special != RG__SPECIAL_MODULE &&
                     info->special != RG__SPECIAL_TYPE;
    rg__type_set_sizing(c, info, facts.size_method);
    status = find_hidden_values(c, info);
    set_plain(info);
    return status ? status : rg__type_set_direct(c, info);
}

rg_status rg__capture_find_type(rg__capture *c, uint32_t *index, PyTypeObject *type)
{
    rg__types *t = &c->types;
    *index = rg__pointer_map_get(&t->of_type, type, RG_NONE);
    if (*index != RG_NONE) {
        *rg__recent_of(t, type) = (rg__recent_type){type, *index};
        return RG_OK;
    }
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
