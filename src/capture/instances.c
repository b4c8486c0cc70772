/* Instances of classes written in Python and of nothing else: what their tp_traverse reports is known, so their edges
 * are written with their names at once, without asking and matching. tp_traverse of such a class (subtype_traverse,
 * typeobject.c) reports the slots of the class and of its bases, the attributes or the dict that holds them, and the
 * class. */
#include "capture/classify.h"
#include "capture/names.h"

/* Whether the class and its bases up to object have no other tp_traverse than that. */
static bool is_direct(const rg__capture *c, const PyTypeObject *type)
{
    if (!c->class_traverse)
        return false;
    for (; type && type != &PyBaseObject_Type; type = type->tp_base)
        if (!rg__is_python_class(c, type) || type->tp_traverse != c->class_traverse)
            return false;
    return type;
}

static rg_status add_label(rg__capture *c, rg__raw_label label)
{
    rg__types *t = &c->types;
    rg_status status = rg__array_reserve(&c->allocator, &t->labels, &t->label_capacity,
                                         t->label_count + 1, sizeof *t->labels);
    if (!status)
        t->labels[t->label_count++] = label;
    return status;
}

/* The labels of the attributes that instances keep outside a dict; *is_whole: all of them have one. */
static rg_status label_values(rg__capture *c, const rg__type_info *info, bool *is_whole)
{
    const void *keys = rg__type_key_table(info->type);
    const Py_ssize_t count = keys ? rg__key_table_count(keys) : 0;
    rg_status status = RG_OK;
    *is_whole = true;
    for (Py_ssize_t i = 0; i < count && !status && *is_whole; i++) {
        PyObject *key = rg__shared_key(keys, i);
        uint32_t name = 0;
        *is_whole = key;
        if (!key)
            break;
        status = rg__texts_add_name(&c->texts, &name, key);
        if (status)
            return status;
        const bool is_hidden = info->hides_values && rg__type_shadows(c, info, name);
        status = add_label(
            c, rg__label(is_hidden ? RG_NAME_HIDDEN : RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN, name));
    }
    return status;
}

rg_status rg__type_set_direct(rg__capture *c, rg__type_info *info)
{
    if (info->walk != RG__WALK_TRAVERSE || info->special || !is_direct(c, info->type))
        return RG_OK;
    for (size_t i = 0; i < info->member_count; i++) {
        const rg__member *m = &c->types.members[info->members_begin + i];
        if (m->is_unreported || m->is_tagged || m->strength != RG_STRENGTH_OWN)
            return RG_OK;
    }
    bool is_whole = false;
    uint32_t name = 0;
    info->labels_begin = c->types.label_count;
    rg_status status = label_values(c, info, &is_whole);
    if (!status)
        status = rg__capture_literal(c, &name, "__dict__");
    if (status || !is_whole)
        return status;
    info->dict_label = rg__label(RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN, name);
    info->walk = RG__WALK_INSTANCE;
    return RG_OK;
}

rg_status rg__capture_instance(rg__capture *c, PyObject *object, const rg__type_info *info)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < info->member_count && !status; i++) {
        const rg__member *member = &c->types.members[info->members_begin + i];
        PyObject *target = rg__read_field(object, member->offset);
        if (target)
            status = rg__capture_append(c, target,
                                        rg__label(member->kind, RG_STRENGTH_OWN, member->name));
    }
    if (info->has_dict) {
        const rg__instance instance = rg__instance_read(object);
        for (Py_ssize_t i = 0; i < instance.value_count && !status; i++)
            if (instance.values[i])
                status = rg__capture_append(c, instance.values[i],
                                            c->types.labels[info->labels_begin + (size_t)i]);
        if (instance.dict && !status)
            status = rg__capture_append(c, instance.dict, info->dict_label);
    }
    return status ? status
                  : rg__capture_append(c, (PyObject *)info->type,
                                       rg__label(RG_NAME_CLASS, RG_STRENGTH_INFRASTRUCTURE, 0));
}
