/* Names for what containers hold: items, entries, elements, and what CPython's own containers in C report. */
#include "capture/compat_foreign.h"
#include "capture/names.h"

#include <string.h>

rg_status rg__offer_dict(rg__naming *self)
{
    rg__capture *c = self->capture;
    const bool is_embedded = rg__dict_is_embedded(self->object);
    rg_strength strength = RG_STRENGTH_OWN;
    const bool is_ordered = PyODict_Check(self->object);
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    rg_status status = rg__capture_dict_keys(c, self->object, &strength);
    while (!status && PyDict_Next(self->object, &position, &key, &value)) {
        if (key) {
            status = rg__naming_offer(self, key, rg__label(RG_NAME_KEY_OF, strength, 0), true);
            if (!status && key != value)
                status = rg__capture_mark(c, key);
        }
        if (!status) /* embedded values may be their owner's to report: then they are no edge here */
            status = rg__naming_offer(
                self, value, rg__label(RG_NAME_KEY, RG_STRENGTH_OWN, (uint64_t)(uintptr_t)key),
                !is_embedded);
        /* the nodes that keep an OrderedDict's order own a reference to the key as well */
        if (!status && is_ordered)
            status =
                rg__naming_offer_named(self, key, RG_NAME_SLOT, RG_STRENGTH_OWN, "order", true);
    }
    return status;
}

rg_status rg__offer_items(rg__naming *self, PyObject *const *items, Py_ssize_t count)
{
    rg_status status = RG_OK;
    rg__capture_note_positions(self->capture, count);
    for (Py_ssize_t i = count; items && i-- > 0 && !status;) /* list and tuple report backwards */
        status = rg__naming_offer(self, items[i],
                                  rg__label(RG_NAME_INDEX, RG_STRENGTH_OWN, (uint64_t)i), false);
    return status;
}

rg_status rg__offer_elements(rg__naming *self)
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
void rg__name_rest_as_items(rg__naming *self)
{
    rg__capture *c = self->capture;
    uint64_t index = 0;
    for (size_t e = self->begin; e < self->reported && self->unnamed; e++)
        if (!rg__raw_at(c, e)->label) {
            rg__raw_at(c, e)->label = rg__label(RG_NAME_INDEX, RG_STRENGTH_OWN, index++);
            self->unnamed--;
        }
}

rg_status rg__name_rest_as(rg__naming *self, const char *name)
{
    rg__capture *c = self->capture;
    uint32_t text = 0;
    rg_status status = rg__capture_literal(c, &text, name);
    for (size_t e = self->begin; e < self->reported && !status; e++)
        if (!rg__raw_at(c, e)->label) {
            rg__raw_at(c, e)->label = rg__label(RG_NAME_SLOT, RG_STRENGTH_OWN, text);
            self->unnamed--;
        }
    return status;
}

static bool is_cache_entry(const PyTypeObject *type)
{
    return !strcmp(type->tp_name, "functools._lru_list_elem");
}

/* lru_cache_traverse (_functoolsmodule.c) reports, for each entry, its key, its result and, since 3.10,
 * the entry's type; the entries themselves are no gc objects and are not reported. */
rg_status rg__name_rest_as_cache(rg__naming *self)
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
        if (rg__raw_at(c, e)->label)
            continue;
        PyObject *target = rg__raw_at(c, e)->target;
        const bool is_entry_type = PyType_Check(target) && is_cache_entry((PyTypeObject *)target);
        const size_t role = is_entry_type ? 2 : turn;
        turn = is_entry_type ? 0 : 1 - turn;
        /* the entry, which is a node of its own, owns the reference to its type */
        rg__raw_at(c, e)->label = rg__label(
            RG_NAME_SLOT, is_entry_type ? RG_STRENGTH_WEAK : RG_STRENGTH_OWN, names[role]);
        self->unnamed--;
    }
    return RG_OK;
}

/* The entries of a bounded cache: its dict owns one reference to each, the list they are linked in another. */
static rg_status add_entries(rg__naming *self, PyObject *cache)
{
    rg__capture *c = self->capture;
    uint32_t name = 0;
    PyObject *entry = NULL;
    Py_ssize_t position = 0;
    rg_status status = rg__capture_literal(c, &name, "cache entry");
    while (!status && PyDict_Next(cache, &position, NULL, &entry))
        if (entry && is_cache_entry(Py_TYPE(entry)))
            status = rg__capture_add_edge(c, entry, rg__label(RG_NAME_SLOT, RG_STRENGTH_OWN, name));
    return status;
}

/* The dict of a functools.lru_cache: the only exact dict in its body beside its attributes. */
static PyObject *find_cache(const rg__naming *self)
{
    const Py_ssize_t word = (Py_ssize_t)sizeof(void *);
    const PyObject *attributes = rg__instance_read(self->object).dict;
    for (Py_ssize_t at = (Py_ssize_t)sizeof(PyObject);
         at + word <= Py_TYPE(self->object)->tp_basicsize; at += word) {
        PyObject *target = rg__read_field(self->object, at);
        for (size_t e = self->begin; e < self->reported && target; e++)
            if (rg__raw_at(self->capture, e)->target == target && target != attributes &&
                PyDict_CheckExact(target))
                return target;
    }
    return NULL;
}

rg_status rg__offer_cache(rg__naming *self)
{
    PyObject *cache = find_cache(self);
    if (!cache)
        return RG_OK;
    rg_status status =
        rg__naming_offer_named(self, cache, RG_NAME_SLOT, RG_STRENGTH_OWN, "cache", false);
    return status ? status : add_entries(self, cache);
}

/* "value of request": what a context has for a variable. */
static rg_status variable_name(rg__capture *c, uint32_t *index, PyObject *variable)
{
    PyObject *name = NULL;
    rg_status status = rg__capture_flush(c); /* the variable is reported, and may be new */
    if (status)
        return status;
    if (rg__addresses_contains(&c->addresses, (uintptr_t)variable) &&
        PyContextVar_CheckExact(variable))
        name = rg__read_field(variable, RG__CONTEXT_VAR_NAME_AT);
    if (!name || !PyUnicode_CheckExact(name) || !PyUnicode_Check(name))
        return rg__capture_literal(c, index, "value");
    *index = rg__pointer_map_get(&c->field_names, variable, RG_NONE);
    if (*index != RG_NONE)
        return RG_OK;
    c->scratch.size = 0;
    bool is_cut = false;
    status = rg_buffer_add(&c->scratch, "value of ", strlen("value of "));
    if (!status)
        status = rg__str_encode(&c->scratch, name, 0, &is_cut);
    if (!status)
        status = rg__texts_add(&c->texts, index, (rg_string){c->scratch.data, c->scratch.size});
    return status ? status : rg__pointer_map_put(&c->field_names, variable, *index);
}

/* A pair without a key leads to a node below. */
rg_status rg__offer_variables(rg__naming *self)
{
    PyObject *const *items = rg__hamt_items(self->object);
    rg_status status = RG_OK;
    for (Py_ssize_t i = 0; i + 1 < Py_SIZE(self->object) && !status; i += 2) {
        PyObject *key = items[i];
        uint32_t name = 0;
        if (!key) {
            status = rg__naming_offer_named(self, items[i + 1], RG_NAME_SLOT, RG_STRENGTH_OWN,
                                            "node", false);
            continue;
        }
        status =
            rg__naming_offer_named(self, key, RG_NAME_SLOT, RG_STRENGTH_OWN, "variable", false);
        if (!status)
            status = variable_name(self->capture, &name, key);
        if (!status)
            status = rg__naming_offer(self, items[i + 1],
                                      rg__label(RG_NAME_SLOT, RG_STRENGTH_OWN, name), false);
    }
    return status;
}

rg_status rg__offer_element(rg__naming *self)
{
    const rg__element *element = (const rg__element *)self->object;
    if (!element->extra)
        return RG_OK;
    rg_status status = rg__naming_offer_named(self, element->extra->attrib, RG_NAME_ATTRIBUTE,
                                              RG_STRENGTH_OWN, "attrib", false);
    return status ? status
                  : rg__offer_items(self, element->extra->children, element->extra->length);
}
