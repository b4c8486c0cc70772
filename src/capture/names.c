/* Names for what tp_traverse reports. tp_traverse decides which edges exist; here they are matched, pointer
 * by pointer, with what is known of the object: its attributes, its __slots__, its items, the fields of
 * CPython's own types, and at last the offset of the word that holds the pointer. */
#include "capture/names.h"

#include <stdio.h>
#include <string.h>

rg_status rg__capture_literal(rg__capture *c, uint32_t *index, const char *literal)
{
    *index = rg__pointer_map_get(&c->field_names, literal, RG_NONE);
    if (*index != RG_NONE)
        return RG_OK;
    rg_status status = rg__texts_add_c(&c->texts, index, literal);
    return status ? status : rg__pointer_map_put(&c->field_names, literal, *index);
}

rg_status rg__naming_offer_named(rg__naming *self, PyObject *target, rg_name_kind kind,
                                 rg_strength strength, const char *name, bool extra)
{
    uint32_t text = 0;
    if (!target)
        return RG_OK;
    rg_status status = rg__capture_literal(self->capture, &text, name);
    return status ? status : rg__naming_offer(self, target, rg__label(kind, strength, text), extra);
}

/* ---- by kind of object ---- */

/* A static type is no gc object: what it owns is not reported. Its tp_base is not counted. */
static rg_status offer_static_type(rg__naming *self)
{
    PyTypeObject *type = (PyTypeObject *)self->object;
    const struct {
        PyObject *target;
        const char *name;
        rg_name_kind kind;
        rg_strength strength;
    } parts[] = {
        {rg__type_dict(type), "__dict__", RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN},
        {type->tp_mro, "__mro__", RG_NAME_ATTRIBUTE, RG_STRENGTH_INFRASTRUCTURE},
        {type->tp_bases, "__bases__", RG_NAME_ATTRIBUTE, RG_STRENGTH_INFRASTRUCTURE},
        {rg__type_static_subclasses(type), "subclasses", RG_NAME_SLOT, RG_STRENGTH_INFRASTRUCTURE},
    };
    rg_status status = RG_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !status; i++)
        status = rg__naming_offer_named(self, parts[i].target, parts[i].kind, parts[i].strength,
                                        parts[i].name, true);
    return status;
}

static rg_status offer_type(rg__naming *self, const rg__type_info *info)
{
    PyTypeObject *type = (PyTypeObject *)self->object;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return offer_static_type(self);
    rg_status status = rg__offer_fields(self, info);
    return status ? status : rg__capture_class_keys(self->capture, type);
}

static rg_status offer_code(rg__naming *self, const rg__type_info *info)
{
    rg_status status = rg__offer_fields(self, info);
    for (int i = 0; i < RG__CODE_CACHES && !status; i++)
        status = rg__naming_offer_named(self, rg__code_cache((PyCodeObject *)self->object, i),
                                        RG_NAME_SLOT, RG_STRENGTH_OWN, "cached attribute", true);
    return status;
}

static rg_status offer_frame(rg__naming *self, const rg__type_info *info)
{
    rg__frame frame;
    rg_status status = rg__offer_fields(self, info);
    if (status || !rg__frame_of_object(&frame, self->object) || frame.in_generator)
        return status; /* a generator's frame belongs to the generator, which owns the locals */
    return rg__name_frame(self, &frame);
}

static rg_status offer_generator(rg__naming *self, const rg__type_info *info)
{
    rg__frame frame;
    rg_status status = rg__offer_fields(self, info);
    if (!status)
        status = rg__naming_offer_named(self, rg__generator_last_code(self->object), RG_NAME_SLOT,
                                        RG_STRENGTH_INFRASTRUCTURE, "code", true);
    if (status || !rg__frame_of_generator(&frame, self->object))
        return status;
    return rg__name_frame(self, &frame);
}

static rg_status offer_special(rg__naming *self, const rg__type_info *info)
{
    PyObject *object = self->object;
    switch (info->special) {
    case RG__SPECIAL_MODULE:
        return rg__naming_offer_named(self, rg__dict_of_module(object), RG_NAME_ATTRIBUTE,
                                      RG_STRENGTH_OWN, "__dict__", true);
    case RG__SPECIAL_TYPE:
        return offer_type(self, info);
    case RG__SPECIAL_CODE:
        return offer_code(self, info);
    case RG__SPECIAL_FRAME:
        return offer_frame(self, info);
    case RG__SPECIAL_GENERATOR:
        return offer_generator(self, info);
    case RG__SPECIAL_LRU_CACHE:
        return rg__offer_cache(self);
    case RG__SPECIAL_LIST:
        return rg__offer_items(self, ((PyListObject *)object)->ob_item, Py_SIZE(object));
    case RG__SPECIAL_TUPLE:
        return rg__offer_items(self, ((PyTupleObject *)object)->ob_item, Py_SIZE(object));
    case RG__SPECIAL_DICT:
        return rg__offer_dict(self);
    case RG__SPECIAL_SET:
        return rg__offer_elements(self);
    case RG__SPECIAL_HAMT:
        return rg__offer_variables(self);
    case RG__SPECIAL_ELEMENT:
        return rg__offer_element(self);
    case RG__SPECIAL_DATETIME:
    case RG__SPECIAL_TIME:
        return rg__offer_tzinfo(self, info);
    case RG__SPECIAL_ARRAY:
        return rg__offer_array(self);
    default:
        return rg__offer_fields(self, info);
    }
}

/* The class: reported by types that follow the rule of 3.9, owned by every instance of a heap type. */
static rg_status offer_class(rg__naming *self)
{
    PyTypeObject *type = Py_TYPE(self->object);
    return rg__naming_offer(self, (PyObject *)type,
                            rg__label(RG_NAME_CLASS, RG_STRENGTH_INFRASTRUCTURE, 0),
                            type->tp_flags & Py_TPFLAGS_HEAPTYPE);
}

/* "+0x28", made once a capture for the words of most structs. */
static rg_status offset_name(rg__capture *c, uint32_t *index, Py_ssize_t offset)
{
    const Py_ssize_t word = offset / (Py_ssize_t)sizeof(void *);
    if (word < RG__OFFSET_NAMES && c->offset_names[word]) {
        *index = c->offset_names[word] - 1;
        return RG_OK;
    }
    char text[24];
    (void)snprintf(text, sizeof text, "+0x%zx", (size_t)offset);
    rg_status status = rg__texts_add_c(&c->texts, index, text);
    if (!status && word < RG__OFFSET_NAMES)
        c->offset_names[word] = *index + 1;
    return status;
}

/* The bytes of an object's struct and items. A class's items are no pointers, and a structure of another kind
 * may have any number of bytes for one of ob_size: only items as large as a pointer count. */
static Py_ssize_t body_size(PyObject *object)
{
    const PyTypeObject *type = Py_TYPE(object);
    Py_ssize_t size = type->tp_basicsize;
    if (type->tp_itemsize == (Py_ssize_t)sizeof(void *) && !PyLong_Check(object) &&
        !PyType_Check(object) && Py_SIZE(object) > 0)
        size += Py_SIZE(object) * type->tp_itemsize;
    return size;
}

/* Words of the object's own body that hold a reported pointer: the name is their offset. The lowest bits of a
 * word may be flags. */
static rg_status name_rest_by_offset(rg__naming *self, const rg__type_info *info)
{
    rg__capture *c = self->capture;
    const Py_ssize_t size = body_size(self->object);
    rg_status status = rg__capture_flush(c); /* what is reported may be new */
    if (status)
        return status;
    const Py_ssize_t word = (Py_ssize_t)sizeof(void *);
    for (Py_ssize_t at = (Py_ssize_t)sizeof(PyObject); self->unnamed && at + word <= size;
         at += word) {
        const uintptr_t bits = (uintptr_t)rg__read_field(self->object, at);
        PyObject *target = (PyObject *)(bits & ~(uintptr_t)7);
        uint32_t name = 0;
        if (!target || !rg__addresses_contains(&c->addresses, (uintptr_t)target) ||
            rg__has_member_at(c, info, at))
            continue;
        status = offset_name(c, &name, at);
        if (!status)
            status = rg__naming_offer(self, target, rg__label(RG_NAME_SLOT, RG_STRENGTH_OWN, name),
                                      false);
        if (status)
            return status;
    }
    return RG_OK;
}

/* A weak reference's object, while it lives. */
static rg_status add_referent(rg__naming *self)
{
    PyObject *target = ((PyWeakReference *)self->object)->wr_object;
    if (!target || target == Py_None || Py_REFCNT(target) <= 0)
        return RG_OK;
    return rg__capture_add_edge(self->capture, target,
                                rg__label(RG_NAME_REFERENT, RG_STRENGTH_WEAK, 0));
}

/* The variables that a function's cells hold, for their texts. */
static rg_status name_cells(rg__capture *c, PyObject *function)
{
    const PyFunctionObject *f = (const PyFunctionObject *)function;
    if (!f->func_closure || !PyTuple_Check(f->func_closure) || !f->func_code ||
        !PyCode_Check(f->func_code))
        return RG_OK;
    rg_status status = RG_OK;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(f->func_closure) && !status; i++) {
        PyObject *cell = PyTuple_GET_ITEM(f->func_closure, i);
        PyObject *name = rg__code_free_name((PyCodeObject *)f->func_code, i);
        uint32_t text = 0;
        if (!cell || !name || !PyUnicode_Check(name))
            continue;
        status = rg__texts_add_name(&c->texts, &text, name);
        if (!status)
            status = rg__pointer_map_put(&c->cell_names, cell, text);
    }
    return status;
}

rg_status rg__capture_names(rg__capture *c, PyObject *object, const rg__type_info *info,
                            size_t begin)
{
    rg__naming naming = {
        .capture = c,
        .object = object,
        .begin = begin,
        .reported = c->edge_count,
        .unnamed = c->edge_count - begin,
        .cursor = begin,
    };
    const bool is_gc = info->walk != RG__WALK_FIELDS;
    rg_status status = RG_OK;
    if (info->has_dict)
        status = rg__offer_attributes(&naming, info);
    /* first what knows the strength of a field, then what knows only its name */
    if (!status && info->special)
        status = offer_special(&naming, info);
    if (!status && info->member_count && info->special != RG__SPECIAL_CODE)
        status = rg__offer_members(&naming, info, !is_gc);
    if (!status)
        status = offer_class(&naming);
    if (!status && naming.unnamed && info->special == RG__SPECIAL_DEQUE)
        rg__name_rest_as_items(&naming);
    if (!status && naming.unnamed)
        status = name_rest_by_offset(&naming, info);
    if (!status && naming.unnamed && info->special == RG__SPECIAL_MODULE)
        status = rg__name_rest_as(&naming, "module state"); /* module_traverse */
    if (!status && naming.unnamed && info->special == RG__SPECIAL_QUEUE)
        status = rg__name_rest_as(&naming, "item"); /* a ring of them since 3.13 */
    if (!status && naming.unnamed && info->special == RG__SPECIAL_LRU_CACHE)
        status = rg__name_rest_as_cache(&naming);
    if (!status && info->special == RG__SPECIAL_WEAKREF)
        status = add_referent(&naming);
    if (!status && info->special == RG__SPECIAL_FUNCTION)
        status = name_cells(c, object);
    return status;
}
