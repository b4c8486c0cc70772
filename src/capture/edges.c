/* The edges of one object: read straight from the containers whose layout is public and whose tp_traverse
 * reports exactly that, through tp_traverse for everything else.
 *
 * A slot may be NULL (half-built objects are visible to the collector): nothing here assumes otherwise. */
#include "capture/targets.h"

/* The first block grows to its full size. */
static rg_status grow_first_block(rg__capture *c)
{
    enum { FIRST_ROOM = 64 };
    rg__raw_edges *r = &c->raw;
    if (!r->block_count)
        r->blocks[0] = NULL;
    const size_t more = r->room ? 2 * r->room : FIRST_ROOM;
    rg_status status =
        rg__array_resize(&c->allocator, &r->blocks[0], &r->room, more, sizeof **r->blocks);
    if (!status)
        r->block_count = 1;
    return status;
}

/* Then come others. */
static rg_status add_block(rg__capture *c)
{
    rg__raw_edges *r = &c->raw;
    rg__raw_edge *block = NULL;
    if (c->targets) {
        rg_status status = rg__targets_note_block(c, r->blocks[r->block_count - 1]);
        if (status)
            return status;
        block = rg__targets_take_spare(c);
    }
    if (!block)
        block = rg__array_new_raw(&c->allocator, RG__RAW_BLOCK, sizeof *block);
    if (!block)
        return RG_ERR_NOMEM;
    r->blocks[r->block_count++] = block;
    r->room += RG__RAW_BLOCK;
    return RG_OK;
}

rg_status rg__capture_edge_room(rg__capture *c)
{
    rg__raw_edges *r = &c->raw;
    if (c->edge_count < r->room)
        return RG_OK;
    rg_status status = rg__array_reserve(&c->allocator, &r->blocks, &r->block_capacity,
                                         r->block_count + 1, sizeof *r->blocks);
    if (status)
        return status;
    return r->room < RG__RAW_BLOCK ? grow_first_block(c) : add_block(c);
}

rg_status rg__capture_add_edge(rg__capture *c, PyObject *target, rg__raw_label label)
{
    return rg__capture_append(c, target, label);
}

static rg_status add_items(rg__capture *c, PyObject *const *items, Py_ssize_t count)
{
    rg_status status = RG_OK;
    rg__capture_note_positions(c, count);
    for (Py_ssize_t i = 0; items && i < count && !status; i++)
        if (items[i])
            status = rg__capture_append(c, items[i],
                                        rg__label(RG_NAME_INDEX, RG_STRENGTH_OWN, (uint64_t)i));
    return status;
}

static inline rg_status add_entry(rg__capture *c, PyObject *key, PyObject *value,
                                  rg__raw_label of_key, rg__raw_label of_value)
{
    rg_status status = key ? rg__capture_append(c, key, of_key) : RG_OK;
    if (!status && value)
        status = rg__capture_append(c, value, of_value | (uintptr_t)key);
    return status;
}

/* tp_traverse of a dict reports values always, keys only where some key is no str; the dict, or the key
 * table it shares, owns its keys in any case. Whether a key is reported is told of shared tables only, where
 * it makes edges that neither own nor are reported: str keys are not tracked, so nobody asks. */
static rg_status add_dict(rg__capture *c, PyObject *dict)
{
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    const bool is_interned =
        dict == c->interned; /* owns neither keys nor values: intern_common() */
    const rg_strength values = is_interned ? RG_STRENGTH_WEAK : RG_STRENGTH_OWN;
    rg_strength strength = values;
    rg_status status = is_interned ? RG_OK : rg__capture_dict_keys(c, dict, &strength);
    rg__raw_label of_key = rg__label(RG_NAME_KEY_OF, strength, 0);
    if (strength == RG_STRENGTH_WEAK)
        of_key |= RG__UNREPORTED;
    if (!is_interned)
        of_key |= RG__IS_KEY;
    const rg__raw_label of_value = rg__label(RG_NAME_KEY, values, 0);
    rg__entries entries;
    if (c->reads_dicts && rg__dict_read(dict, &entries)) {
        PyObject *const *k = entries.keys;
        PyObject *const *v = entries.values;
        for (Py_ssize_t i = 0; i < entries.count && !status;
             i++, k += entries.key_stride, v += entries.value_stride)
            if (*v)
                status = add_entry(c, *k, *v, of_key, of_value);
        return status;
    }
    while (!status && PyDict_Next(dict, &position, &key, &value))
        status = add_entry(c, key, value, of_key, of_value);
    return status;
}

static rg_status add_set(rg__capture *c, PyObject *set)
{
    const PySetObject *s = (const PySetObject *)set;
    for (Py_ssize_t i = 0; s->table && i <= s->mask; i++) {
        const setentry *entry = &s->table[i];
        if (!entry->key || entry->hash == -1) /* free, or a dummy */
            continue;
        rg_status status =
            rg__capture_append(c, entry->key, rg__label(RG_NAME_ELEMENT, RG_STRENGTH_OWN, 0));
        if (status)
            return status;
    }
    return RG_OK;
}

/* Note of the edges from `begin` on that the collector is not told of them. */
static void mark_unreported(rg__capture *c, size_t begin)
{
    for (size_t e = begin; e < c->edge_count; e++)
        rg__raw_at(c, e)->label |= RG__UNREPORTED;
}

static int visit(PyObject *target, void *argument)
{
    rg__capture *c = argument;
    if (c->failed || !target)
        return 0;
    c->failed = rg__capture_append(c, target, 0);
    return 0;
}

static rg_status add_traversed(rg__capture *c, PyObject *object, uint32_t type)
{
    const size_t begin = c->edge_count;
    /* a static type is no gc object although its type is: its tp_traverse would abort */
    if (PyObject_IS_GC(object)) {
        (void)Py_TYPE(object)->tp_traverse(object, visit, c);
        if (c->failed)
            return c->failed;
    }
    const size_t reported = c->edge_count;
    const rg__type_info info = c->types.items[type]; /* a copy: new types may move the array */
    rg_status status = rg__capture_names(c, object, &info, begin);
    mark_unreported(c, reported);
    return status ? status : rg__capture_suspect_callee(c, object);
}

/* Whether objects[i] counts as one that a collection asks what it refers to: it is in a list of the collector.
 * gc.get_objects() leaves out the permanent generation, but its objects are tracked all the same. */
static bool is_listed(const rg__capture *c, size_t i)
{
    return i < c->generation_count ||
           (c->lists[0] && !rg__is_frame_tag(c->objects[i]) && rg__is_tracked(c->objects[i]));
}

/* Whether a dict may be that of the interned strings, which is listed since 3.14 and owns nothing: only the roots
 * tell (roots_interpreter.c), so that it waits for them. */
static bool may_be_interned(PyObject *dict)
{
    enum { FEWER_NEVER = 64 };
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    return PyDict_GET_SIZE(dict) >= FEWER_NEVER && PyDict_Next(dict, &position, &key, &value) &&
           key == value;
}

bool rg__edges_are_direct(PyObject *object, const rg__type_info *info)
{
    switch (info->walk) {
    case RG__WALK_LEAF:
        return info->special != RG__SPECIAL_OPAQUE;
    case RG__WALK_LIST:
    case RG__WALK_TUPLE:
    case RG__WALK_SET:
        return true;
    case RG__WALK_INSTANCE:
        return !rg__instance_is_embedded(object);
    case RG__WALK_DICT:
        return !rg__dict_is_embedded(object) && !may_be_interned(object);
    case RG__WALK_TRAVERSE:
    case RG__WALK_FIELDS:
        break;
    }
    return false;
}

static rg_status add_edges(rg__capture *c, size_t i)
{
    PyObject *object = c->objects[i];
    rg_status status = RG_OK;
    if (rg__is_frame_tag(object)) {
        rg__frame frame;
        if (rg__frame_at(&frame, rg__untag_frame(object)))
            status = rg__capture_frame_edges(c, &frame);
        return status;
    }
    uint32_t type = 0;
    status = rg__capture_type(c, &type, Py_TYPE(object));
    if (status)
        return status;
    if (c->types.items[type].special == RG__SPECIAL_OPAQUE)
        status = rg__capture_note_opaque(c, object);
    if (status)
        return status;
    /* list.sort() has the items in an array of its own meanwhile, and says so by this number */
    if (c->types.items[type].special == RG__SPECIAL_LIST &&
        ((PyListObject *)object)->allocated == -1)
        c->has_sorting = true;
    switch (c->types.items[type].walk) {
    case RG__WALK_LEAF:
        return RG_OK;
    case RG__WALK_LIST:
        return add_items(c, ((PyListObject *)object)->ob_item, Py_SIZE(object));
    case RG__WALK_TUPLE:
        return add_items(c, ((PyTupleObject *)object)->ob_item, Py_SIZE(object));
    case RG__WALK_DICT:
        return rg__dict_is_embedded(object) ? add_traversed(c, object, type) : add_dict(c, object);
    case RG__WALK_SET:
        return add_set(c, object);
    case RG__WALK_INSTANCE:
        return rg__instance_is_embedded(object)
                   ? add_traversed(c, object, type)
                   : rg__capture_instance(c, object, &c->types.items[type]);
    case RG__WALK_TRAVERSE:
    case RG__WALK_FIELDS:
        break;
    }
    return add_traversed(c, object, type);
}

rg_status rg__capture_edges(rg__capture *c, size_t i)
{
    const size_t begin = c->edge_count;
    rg_status status = add_edges(c, i);
    if (!is_listed(c, i))
        mark_unreported(c, begin);
    return status;
}
