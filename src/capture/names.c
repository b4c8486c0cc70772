/* Names for what tp_traverse reports. tp_traverse decides which edges exist; here they are matched, pointer
 * by pointer, with what is known of the object: its attributes, its __slots__, its items, the fields of
 * CPython's own types, and at last the offset of the word that holds the pointer. */
#include "capture/capture_private.h"

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

static rg_status offer_named(rg__naming *self, PyObject *target, rg_name_kind kind,
                             rg_strength strength, const char *name, bool extra)
{
    uint32_t text = 0;
    if (!target)
        return RG_OK;
    rg_status status = rg__capture_literal(self->capture, &text, name);
    return status ? status : rg__naming_offer(self, target, rg__label(kind, strength, text), extra);
}

/* ---- fields ---- */

static PyObject *read_field(PyObject *object, Py_ssize_t offset)
{
    PyObject *target = NULL;
    memcpy(&target, (const char *)object + offset, sizeof target);
    return target;
}

/* gi_code of a coroutine is cr_code, of an async generator ag_code. */
static const char *generator_field(PyObject *object, const char *name)
{
    static const char *const names[][3] = {{"gi_code", "cr_code", "ag_code"},
                                           {"gi_frame", "cr_frame", "ag_frame"}};
    const int flavour = PyCoro_CheckExact(object) ? 1 : PyAsyncGen_CheckExact(object) ? 2 : 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i][0]))
            return names[i][flavour];
    return name;
}

static rg_status offer_fields(rg__naming *self, const rg__type_info *info)
{
    size_t count = 0;
    rg__layout layout;
    if (!rg__layout_of(info->special, &layout))
        return RG_OK;
    const rg__field *fields = rg__fields(layout, &count);
    rg_status status = RG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        const rg__field *f = &fields[i];
        PyObject *target = read_field(self->object, f->offset);
        rg_name_kind kind = (rg_name_kind)f->kind;
        const char *name = f->name;
        if (layout == RG__LAYOUT_GENERATOR)
            name = generator_field(self->object, name);
        if (layout == RG__LAYOUT_FUNCTION && target && PyTuple_Check(target) &&
            !strcmp(name, "__annotations__"))
            kind = RG_NAME_SLOT; /* a tuple until somebody asks: then a dict takes its place */
        if (info->hidden_fields >> i & 1)
            kind = RG_NAME_SLOT;
        status = offer_named(self, target, kind, (rg_strength)f->strength, name, f->extra);
    }
    return status;
}

static rg_status offer_members(rg__naming *self, const rg__type_info *info, bool extra)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < info->member_count && !status; i++) {
        const rg__member m = self->capture->types.members[info->members_begin + i];
        status = rg__naming_offer(self, read_field(self->object, m.offset),
                                  rg__label(m.kind, RG_STRENGTH_OWN, m.name), extra);
    }
    return status;
}

/* ---- attributes and items ---- */

static rg_status offer_attributes(rg__naming *self, const rg__type_info *info)
{
    const rg__instance instance = rg__instance_read(self->object);
    rg_status status = RG_OK;
    for (Py_ssize_t i = 0; i < instance.value_count && !status; i++) {
        if (!instance.values[i])
            continue;
        PyObject *name = rg__shared_key(instance.keys, i);
        uint32_t text = 0;
        if (!name)
            continue;
        status = rg__texts_add_name(&self->capture->texts, &text, name);
        if (status)
            return status;
        const bool is_hidden = info->hides_values && rg__type_shadows(self->capture, info, text);
        const rg_name_kind kind = is_hidden ? RG_NAME_HIDDEN : RG_NAME_ATTRIBUTE;
        status = rg__naming_offer(self, instance.values[i], rg__label(kind, RG_STRENGTH_OWN, text),
                                  false);
    }
    if (status || !instance.dict)
        return status;
    return offer_named(self, instance.dict, RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN, "__dict__", true);
}

static rg_status offer_dict(rg__naming *self)
{
    rg__capture *c = self->capture;
    const bool is_embedded = rg__dict_is_embedded(self->object);
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    rg_status status = RG_OK;
    while (!status && PyDict_Next(self->object, &position, &key, &value)) {
        if (key) {
            status =
                rg__naming_offer(self, key, rg__label(RG_NAME_KEY_OF, RG_STRENGTH_OWN, 0), true);
            if (key != value)
                rg__addresses_mark(&c->addresses, (uintptr_t)key);
        }
        if (!status) /* embedded values may be their owner's to report: then they are no edge here */
            status = rg__naming_offer(
                self, value, rg__label(RG_NAME_KEY, RG_STRENGTH_OWN, (uint64_t)(uintptr_t)key),
                !is_embedded);
    }
    return status;
}

static rg_status offer_items(rg__naming *self, PyObject *const *items, Py_ssize_t count)
{
    rg_status status = RG_OK;
    for (Py_ssize_t i = count; items && i-- > 0 && !status;) /* list and tuple report backwards */
        status = rg__naming_offer(self, items[i],
                                  rg__label(RG_NAME_INDEX, RG_STRENGTH_OWN, (uint64_t)i), false);
    return status;
}

static rg_status offer_elements(rg__naming *self)
{
    const PySetObject *s = (const PySetObject *)self->object;
    rg_status status = RG_OK;
    for (Py_ssize_t i = 0; s->table && i <= s->mask && !status; i++)
        if (s->table[i].key && s->table[i].hash != -1)
            status = rg__naming_offer(self, s->table[i].key,
                                      rg__label(RG_NAME_ELEMENT, RG_STRENGTH_OWN, 0), false);
    return status;
}

/* What is left of a deque's reports are its items, in order (deque_traverse, _collectionsmodule.c). */
static void name_rest_as_items(rg__naming *self)
{
    rg__raw_edge *edges = self->capture->edges;
    uint64_t index = 0;
    for (size_t e = self->begin; e < self->reported && self->unnamed; e++)
        if (!edges[e].label) {
            edges[e].label = rg__label(RG_NAME_INDEX, RG_STRENGTH_OWN, index++);
            self->unnamed--;
        }
}

/* What is left of a module's reports is what its C code keeps in its state (module_traverse). */
static rg_status name_rest_as_state(rg__naming *self)
{
    rg__capture *c = self->capture;
    uint32_t name = 0;
    rg_status status = rg__capture_literal(c, &name, "module state");
    for (size_t e = self->begin; e < self->reported && !status; e++)
        if (!c->edges[e].label) {
            c->edges[e].label = rg__label(RG_NAME_SLOT, RG_STRENGTH_OWN, name);
            self->unnamed--;
        }
    return status;
}

/* lru_cache_traverse (_functoolsmodule.c) reports, for each entry, its key, its result and, since 3.10,
 * the entry's type; the entries themselves are no gc objects and are not reported. */
static rg_status name_rest_as_cache(rg__naming *self)
{
    rg__capture *c = self->capture;
    uint32_t names[3] = {0};
    static const char *const texts[] = {"cache key", "cache result", "type of entries"};
    for (size_t i = 0; i < 3; i++) {
        rg_status status = rg__capture_literal(c, &names[i], texts[i]);
        if (status)
            return status;
    }
    size_t turn = 0;
    for (size_t e = self->begin; e < self->reported; e++) {
        if (c->edges[e].label)
            continue;
        PyObject *target = c->edges[e].target;
        const bool is_entry_type =
            PyType_Check(target) &&
            !strcmp(((PyTypeObject *)target)->tp_name, "functools._lru_list_elem");
        const size_t role = is_entry_type ? 2 : turn;
        turn = is_entry_type ? 0 : 1 - turn;
        c->edges[e].label =
            rg__label(RG_NAME_SLOT, is_entry_type ? RG_STRENGTH_INFRASTRUCTURE : RG_STRENGTH_OWN,
                      names[role]);
        self->unnamed--;
    }
    return RG_OK;
}

/* The dict of a functools.lru_cache: the only exact dict in its body beside its attributes. */
static rg_status offer_cache(rg__naming *self)
{
    const Py_ssize_t word = (Py_ssize_t)sizeof(void *);
    const PyObject *attributes = rg__instance_read(self->object).dict;
    for (Py_ssize_t at = (Py_ssize_t)sizeof(PyObject);
         at + word <= Py_TYPE(self->object)->tp_basicsize; at += word) {
        PyObject *target = read_field(self->object, at);
        for (size_t e = self->begin; e < self->reported && target; e++)
            if (self->capture->edges[e].target == target && target != attributes &&
                PyDict_CheckExact(target))
                return offer_named(self, target, RG_NAME_SLOT, RG_STRENGTH_OWN, "cache", false);
    }
    return RG_OK;
}

/* ---- by kind of object ---- */

static rg_status offer_frame(rg__naming *self, const rg__type_info *info)
{
    rg__frame frame;
    rg_status status = offer_fields(self, info);
    if (status || !rg__frame_of_object(&frame, self->object) || frame.in_generator)
        return status; /* a generator's frame belongs to the generator, which owns the locals */
    return rg__name_frame(self, &frame);
}

static rg_status offer_generator(rg__naming *self, const rg__type_info *info)
{
    rg__frame frame;
    rg_status status = offer_fields(self, info);
    if (status || !rg__frame_of_generator(&frame, self->object))
        return status;
    return rg__name_frame(self, &frame);
}

static rg_status offer_special(rg__naming *self, const rg__type_info *info)
{
    PyObject *object = self->object;
    switch (info->special) {
    case RG__SPECIAL_MODULE:
        return offer_named(self, PyModule_GetDict(object), RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN,
                           "__dict__", true);
    case RG__SPECIAL_TYPE:
        if (((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE)
            return offer_fields(self, info);
        return offer_named(self, rg__type_dict((PyTypeObject *)object), RG_NAME_ATTRIBUTE,
                           RG_STRENGTH_OWN, "__dict__", true);
    case RG__SPECIAL_FRAME:
        return offer_frame(self, info);
    case RG__SPECIAL_GENERATOR:
        return offer_generator(self, info);
    case RG__SPECIAL_LRU_CACHE:
        return offer_cache(self);
    case RG__SPECIAL_LIST:
        return offer_items(self, ((PyListObject *)object)->ob_item, Py_SIZE(object));
    case RG__SPECIAL_TUPLE:
        return offer_items(self, ((PyTupleObject *)object)->ob_item, Py_SIZE(object));
    case RG__SPECIAL_DICT:
        return offer_dict(self);
    case RG__SPECIAL_SET:
        return offer_elements(self);
    default:
        return offer_fields(self, info);
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

/* Words of the object's own body that hold a reported pointer: the name is their offset. */
static rg_status name_rest_by_offset(rg__naming *self)
{
    rg__capture *c = self->capture;
    const Py_ssize_t size = Py_TYPE(self->object)->tp_basicsize;
    const Py_ssize_t word = (Py_ssize_t)sizeof(void *);
    for (Py_ssize_t i = (Py_ssize_t)sizeof(PyObject) / word; i < RG__OFFSET_NAMES; i++) {
        if (!self->unnamed || (i + 1) * word > size)
            break;
        PyObject *target = read_field(self->object, i * word);
        if (!target || (uintptr_t)target & 7 ||
            !rg__addresses_contains(&c->addresses, (uintptr_t)target))
            continue;
        if (!c->offset_names[i]) {
            char text[16];
            (void)snprintf(text, sizeof text, "+0x%x", (unsigned)(i * word));
            rg_status status = rg__texts_add_c(&c->texts, &c->offset_names[i], text);
            if (status)
                return status;
            c->offset_names[i]++;
        }
        rg_status status = rg__naming_offer(
            self, target, rg__label(RG_NAME_SLOT, RG_STRENGTH_OWN, c->offset_names[i] - 1), false);
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
        status = offer_attributes(&naming, info);
    /* first what knows the strength of a field, then what knows only its name */
    if (!status && info->special)
        status = offer_special(&naming, info);
    if (!status && info->member_count)
        status = offer_members(&naming, info, !is_gc);
    if (!status)
        status = offer_class(&naming);
    if (!status && naming.unnamed && info->special == RG__SPECIAL_DEQUE)
        name_rest_as_items(&naming);
    if (!status && naming.unnamed)
        status = name_rest_by_offset(&naming);
    if (!status && naming.unnamed && info->special == RG__SPECIAL_MODULE)
        status = name_rest_as_state(&naming);
    if (!status && naming.unnamed && info->special == RG__SPECIAL_LRU_CACHE)
        status = name_rest_as_cache(&naming);
    if (!status && info->special == RG__SPECIAL_WEAKREF)
        status = add_referent(&naming);
    if (!status && info->special == RG__SPECIAL_FUNCTION)
        status = name_cells(c, object);
    return status;
}
