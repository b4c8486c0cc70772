/* The walk: from the collector's lists and the roots to everything they reach, breadth first. The queue is
 * the list of nodes itself, so nothing recurses and each object is read once. */
#include "capture/capture_private.h"

enum {
    FAR = 16,
    NEAR = 8,  /* objects ahead */
    BATCH = 32 /* edges */
};

rg_status rg__capture_enqueue(rg__capture *c, PyObject *object)
{
    bool is_new = false;
    const uintptr_t address = (uintptr_t)rg__untag_frame(object);
    rg_status status = rg__addresses_add(&c->addresses, address, &is_new);
    if (status || !is_new)
        return status;
    status = rg__array_reserve(&c->allocator, &c->objects, &c->object_capacity, c->object_count + 1,
                               sizeof(PyObject *));
    if (status)
        return status;
    c->objects[c->object_count++] = object;
    return RG_OK;
}

rg_status rg__capture_mark(rg__capture *c, PyObject *key)
{
    uint64_t *place = rg__addresses_place(&c->addresses, (uintptr_t)key);
    if (!place)
        place = rg__addresses_make(&c->addresses, (uintptr_t)key);
    if (!place)
        return RG_ERR_NOMEM;
    place[1] |= rg__addresses_bit((uintptr_t)key);
    return RG_OK;
}

/* The next edges, `count` of them and at most BATCH: their places in the bitmap are asked for together. */
static rg_status flush_batch(rg__capture *c, size_t count)
{
    uint64_t *places[BATCH];
    rg__addresses *addresses = &c->addresses;
    const rg__raw_edge *edges = rg__raw_at(c, c->flushed_count);
    for (size_t k = 0; k < count; k++) {
        const uintptr_t address = (uintptr_t)edges[k].target;
        places[k] = rg__addresses_place(addresses, address);
        if (!places[k])
            places[k] = rg__addresses_make(addresses, address);
        if (!places[k])
            return RG_ERR_NOMEM;
        __builtin_prefetch(places[k], 1);
    }
    rg_status status = rg__array_reserve(&c->allocator, &c->objects, &c->object_capacity,
                                         c->object_count + count, sizeof(PyObject *));
    if (status)
        return status;
    for (size_t k = 0; k < count; k++) {
        PyObject *target = edges[k].target;
        const uint64_t bit = rg__addresses_bit((uintptr_t)target);
        if (edges[k].label & RG__IS_KEY)
            places[k][1] |= bit;
        if (*places[k] & bit)
            continue;
        *places[k] |= bit;
        addresses->count++;
        c->objects[c->object_count++] = target;
    }
    c->flushed_count += count;
    return RG_OK;
}

rg_status rg__capture_flush(rg__capture *c)
{
    rg_status status = RG_OK;
    while (c->flushed_count < c->edge_count && !c->is_partial && !status) {
        const size_t rest = c->edge_count - c->flushed_count;
        const size_t in_block = RG__RAW_BLOCK - (c->flushed_count & (RG__RAW_BLOCK - 1));
        const size_t count = rest < in_block ? rest : in_block;
        status = flush_batch(c, count < BATCH ? count : BATCH);
    }
    return status;
}

/* The lists that gc.get_objects(generation=n) gave (prepare.c). */
static rg_status walk_public(rg__capture *c)
{
    for (int i = 0; i < 3; i++) {
        for (Py_ssize_t k = 0; k < PyList_GET_SIZE(c->lists[i]); k++) {
            PyObject *object = PyList_GET_ITEM(c->lists[i], k);
            rg_status status = rg__capture_add_listed(c, object, (uint8_t)i);
            if (status)
                return status;
        }
    }
    return RG_OK;
}

/* Some objects and what they refer to, instead of everything. */
static rg_status walk_only(rg__capture *c)
{
    for (size_t i = 0; i < c->options->only_count; i++) {
        rg_status status = rg__capture_enqueue(c, c->options->only[i]);
        if (status)
            return status;
    }
    return RG_OK;
}

/* Whether a str's text cannot be taken yet: more of it is kept where it is the key of a dict. */
static bool is_unsure(const rg__capture *c, PyObject *object)
{
    const Py_ssize_t limit = c->options->no_texts ? -1 : RG__TEXT_LIMIT;
    return PyUnicode_Check(object) && rg__str_is_ready(object) &&
           PyUnicode_GET_LENGTH(object) > limit &&
           !rg__addresses_is_marked(&c->addresses, (uintptr_t)object);
}

/* Describe objects[i] while it is in the cache, or note that it is to be described: when the rest is known, or, of a
 * capture without texts, again, should it turn out to be a key. */
static rg_status describe(rg__capture *c, size_t i)
{
    PyObject *object = c->objects[i];
    uint32_t type = 0;
    c->nodes[i].type = RG_NONE;
    if (!rg__is_frame_tag(object) && c->is_walked) {
        rg_status status = rg__capture_type(c, &type, Py_TYPE(object));
        if (status)
            return status;
        if (c->types.items[type].is_plain) {
            const bool is_final = !is_unsure(c, object);
            if (is_final || c->options->no_texts)
                status = rg__capture_describe(c, i);
            if (is_final || status)
                return status;
        }
    }
    rg_status status = rg__array_reserve(&c->allocator, &c->undescribed, &c->undescribed_capacity,
                                         c->undescribed_count + 1, sizeof *c->undescribed);
    if (!status)
        c->undescribed[c->undescribed_count++] = (uint32_t)i;
    return status;
}

rg_status rg__capture_object(rg__capture *c, size_t i, bool with_edges)
{
    rg_status status =
        rg__array_reserve(&c->allocator, &c->nodes, &c->node_capacity, i + 1, sizeof *c->nodes);
    if (!status && with_edges)
        status = rg__capture_edges(c, i);
    if (!status)
        status = describe(c, i);
    if (!status)
        status = rg__offsets_add(&c->edge_ends, &c->allocator, i, c->edge_count);
    c->read_count += !status;
    return status;
}

/* Read the references of the objects that are known now, and unless `is_shallow` of those that they lead to. */
static rg_status walk_edges(rg__capture *c, bool is_shallow)
{
    const size_t first_count = c->object_count;
    rg_status status = rg__capture_flush(c);
    for (size_t i = c->read_count; i < c->object_count && !status; i++) {
        if (i + FAR < c->object_count) {
            const char *far = rg__untag_frame(c->objects[i + FAR]);
            __builtin_prefetch(far - 32); /* what stands before the header */
            __builtin_prefetch(far + 16);
        }
        if (i + NEAR < c->object_count && !rg__is_frame_tag(c->objects[i + NEAR]))
            rg__object_prefetch(c->objects[i + NEAR]);
        status = rg__capture_object(c, i, !(is_shallow && i >= first_count));
        if (!status && (c->edge_count - c->flushed_count >= BATCH || i + 1 == c->object_count))
            status = rg__capture_flush(c);
    }
    return status;
}

rg_status rg__capture_walk(rg__capture *c)
{
    rg_status status = RG_OK;
    if (c->options->only) {
        status = walk_only(c);
        return status ? status : walk_edges(c, true);
    }
    status = c->is_walked ? rg__capture_lists(c) : walk_public(c);
    if (!status)
        status = rg__capture_roots(c);
    if (!status)
        status = walk_edges(c, false);
    return status ? status : rg__capture_suspects(c);
}
