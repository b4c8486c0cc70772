/* References that no tp_traverse reports, of types outside the collector: datetime and time with a time zone,
 * numpy arrays and their items. Types of which nothing is known give suspects: words of their struct that hold
 * the address of a node, which may or may not own a reference.
 * An array whose description does not add up gives no items. */
#include "capture/compat_foreign.h"
#include "capture/names.h"

#include <stdio.h>
#include <string.h>

/* ---- datetime ---- */

rg_status rg__offer_tzinfo(rg__naming *self, const rg__type_info *info)
{
    if (!((const char *)self->object)[RG__HAS_TZINFO_AT])
        return RG_OK; /* then the object ends before the field */
    const Py_ssize_t offset =
        info->special == RG__SPECIAL_TIME ? RG__TIME_TZINFO_AT : RG__DATETIME_TZINFO_AT;
    return rg__naming_offer_named(self, rg__read_field(self->object, offset), RG_NAME_ATTRIBUTE,
                                  RG_STRENGTH_OWN, "tzinfo", true);
}

/* ---- numpy arrays ---- */

enum {
    MAX_DIMENSIONS = 64,
    POSITION_TEXTS = 4096 /* items of one array that are named by more than one index */
};

/* The number of items of an array of objects that owns its memory and fills it without gaps; else 0. */
static Py_ssize_t object_count(const rg__array *a)
{
    const rg__array_description *d = (const rg__array_description *)a->description;
    Py_ssize_t count = 1;
    Py_ssize_t extent = 0; /* bytes from the first item to the last */
    if (!d || strncmp(Py_TYPE(d)->tp_name, "numpy.dtype", strlen("numpy.dtype")) != 0 ||
        d->kind != 'O' || d->type_number != RG__ARRAY_OBJECT_TYPE)
        return 0;
    if (!a->data || (uintptr_t)a->data % sizeof(void *) || !(a->flags & RG__ARRAY_OWNS_DATA) ||
        a->dimension_count < 0 || a->dimension_count > MAX_DIMENSIONS)
        return 0;
    for (int i = 0; i < a->dimension_count; i++) {
        const Py_ssize_t size = a->dimensions[i];
        const Py_ssize_t stride = a->strides[i];
        if (size <= 0 || size > PY_SSIZE_T_MAX / 64 / count || stride % (Py_ssize_t)sizeof(void *))
            return 0;
        count *= size;
        if (size > 1 && (stride <= 0 || stride > PY_SSIZE_T_MAX / size - extent))
            return 0;
        extent += size > 1 ? (size - 1) * stride : 0;
    }
    return extent == (count - 1) * (Py_ssize_t)sizeof(void *) ? count : 0;
}

/* "[2, 0]" */
static rg_status position_name(rg__capture *c, uint32_t *index, const Py_ssize_t *position,
                               int count)
{
    c->scratch.size = 0;
    rg_status status = rg_buffer_add(&c->scratch, "[", 1);
    for (int i = 0; i < count && !status; i++)
        status = rg_buffer_add_format(&c->scratch, i ? ", %zd" : "%zd", position[i]);
    if (!status)
        status = rg_buffer_add(&c->scratch, "]", 1);
    return status ? status
                  : rg__texts_add(&c->texts, index, (rg_string){c->scratch.data, c->scratch.size});
}

static rg_status item_label(rg__capture *c, rg__raw_label *label, const rg__array *a,
                            const Py_ssize_t *position, Py_ssize_t i)
{
    uint32_t name = 0;
    rg_status status = RG_OK;
    if (a->dimension_count == 1) {
        *label = rg__label(RG_NAME_INDEX, RG_STRENGTH_OWN, (uint64_t)i);
        return RG_OK;
    }
    if (i < POSITION_TEXTS)
        status = position_name(c, &name, position, a->dimension_count);
    else
        status = rg__capture_literal(c, &name, "item");
    *label = rg__label(RG_NAME_SLOT, RG_STRENGTH_OWN, name);
    return status;
}

/* The items, in the order of their indices. */
static rg_status offer_array_items(rg__naming *self, const rg__array *a)
{
    Py_ssize_t position[MAX_DIMENSIONS] = {0};
    const Py_ssize_t count = object_count(a);
    rg__capture_note_positions(self->capture, count);
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t offset = 0;
        for (int d = 0; d < a->dimension_count; d++)
            offset += position[d] * a->strides[d];
        PyObject *item = NULL; /* NULL stands for None in an array not filled yet */
        memcpy(&item, (const char *)a->data + offset, sizeof item);
        if (item) {
            rg__raw_label label = 0;
            rg_status status = item_label(self->capture, &label, a, position, i);
            if (!status)
                status = rg__naming_offer(self, item, label, true);
            if (status)
                return status;
        }
        for (int d = a->dimension_count; d-- > 0;) {
            if (++position[d] < a->dimensions[d])
                break;
            position[d] = 0;
        }
    }
    return RG_OK;
}

rg_status rg__offer_array(rg__naming *self)
{
    const rg__array *a = (const rg__array *)self->object;
    rg_status status =
        rg__naming_offer_named(self, a->base, RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN, "base", true);
    if (!status)
        status = rg__naming_offer_named(self, a->description, RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN,
                                        "dtype", true);
    if (!status)
        status = rg__naming_offer_named(self, a->memory_handler, RG_NAME_SLOT,
                                        RG_STRENGTH_INFRASTRUCTURE, "memory handler", true);
    return status ? status : offer_array_items(self, a);
}

/* ---- types of which nothing is known ---- */

enum { SCANNED = 512 /* bytes of a struct that are read */ };

rg_status rg__capture_note_opaque(rg__capture *c, PyObject *object)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->opaque, &c->opaque_capacity,
                                         c->opaque_count + 1, sizeof(PyObject *));
    if (!status)
        c->opaque[c->opaque_count++] = object;
    return status;
}

/* "a field (+0x18) of pkg.Thing", once for each type and offset. */
static rg_status place_of(rg__capture *c, uint32_t *index, const rg__type_info *info,
                          Py_ssize_t offset)
{
    const void *key = (const char *)info->type + offset / (Py_ssize_t)sizeof(void *);
    *index = rg__pointer_map_get(&c->field_names, key, RG_NONE);
    if (*index != RG_NONE)
        return RG_OK;
    const rg_string module = rg__texts_at(&c->texts, info->module);
    const rg_string name = rg__texts_at(&c->texts, info->name);
    c->scratch.size = 0;
    rg_status status =
        rg_buffer_add_format(&c->scratch, "a field (+0x%zx) of %.*s.%.*s", (size_t)offset,
                             (int)module.size, module.data, (int)name.size, name.data);
    if (!status)
        status = rg__texts_add(&c->texts, index, (rg_string){c->scratch.data, c->scratch.size});
    return status ? status : rg__pointer_map_put(&c->field_names, key, *index);
}

static rg_status suspect_fields(rg__capture *c, PyObject *object, const rg__type_info *info)
{
    const Py_ssize_t word = (Py_ssize_t)sizeof(void *);
    const Py_ssize_t size = info->type->tp_basicsize < SCANNED ? info->type->tp_basicsize : SCANNED;
    for (Py_ssize_t at = (Py_ssize_t)sizeof(PyObject); at + word <= size; at += word) {
        PyObject *target = rg__read_field(object, at);
        uint32_t place = 0;
        if (!target || target == object ||
            !rg__addresses_contains(&c->addresses, (uintptr_t)target) ||
            rg__has_member_at(c, info, at))
            continue;
        rg_status status = place_of(c, &place, info, at);
        if (!status)
            status = rg__capture_add_suspect(c, target, RG__PROBABLE, place);
        if (status)
            return status;
    }
    return RG_OK;
}

rg_status rg__capture_suspects(rg__capture *c)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->opaque_count && !status; i++) {
        uint32_t type = 0;
        status = rg__capture_type(c, &type, Py_TYPE(c->opaque[i]));
        if (!status)
            status = suspect_fields(c, c->opaque[i], &c->types.items[type]);
    }
    return status;
}
