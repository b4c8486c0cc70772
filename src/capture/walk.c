/* The walk: from the collector's lists and the roots to everything they reach, breadth first. The queue is
 * the list of nodes itself, so nothing recurses and each object is read once. */
#include "capture/capture_private.h"

enum { PREFETCH = 8 /* objects ahead */ };

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

static rg_status enqueue_listed(rg__capture *c, PyObject *object, uint8_t generation)
{
    const size_t before = c->object_count;
    rg_status status = rg__capture_enqueue(c, object);
    if (status || c->object_count == before)
        return status;
    status = rg__array_reserve(&c->allocator, &c->generations, &c->generation_capacity,
                               c->object_count, 1);
    if (status)
        return status;
    c->generations[c->generation_count++] = generation;
    return RG_OK;
}

/* The collector's lists, read in place. */
static rg_status walk_lists(rg__capture *c)
{
    for (int generation = 0; generation < RG__LISTS; generation++) {
        const uintptr_t head = c->gc.heads[generation];
        uintptr_t cursor = head;
        PyObject *object = rg__collector_next(head, &cursor);
        for (; object; object = rg__collector_next(head, &cursor)) {
            rg_status status = enqueue_listed(c, object, (uint8_t)generation);
            if (status)
                return status;
            if (generation == RG_GENERATION_PERMANENT)
                c->collector.frozen++;
        }
    }
    return RG_OK;
}

/* The lists that gc.get_objects(generation=n) gave (prepare.c). */
static rg_status walk_public(rg__capture *c)
{
    for (int i = 0; i < 3; i++) {
        for (Py_ssize_t k = 0; k < PyList_GET_SIZE(c->lists[i]); k++) {
            rg_status status = enqueue_listed(c, PyList_GET_ITEM(c->lists[i], k), (uint8_t)i);
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

/* Read the references of the objects that are known now, and unless `is_shallow` of those that they lead to. */
static rg_status walk_edges(rg__capture *c, bool is_shallow)
{
    const size_t first_count = c->object_count;
    for (size_t i = 0; i < c->object_count; i++) {
        rg_status status = rg__array_reserve(&c->allocator, &c->edge_ends, &c->edge_end_capacity,
                                             i + 1, sizeof *c->edge_ends);
        if (i + PREFETCH < c->object_count)
            __builtin_prefetch(rg__untag_frame(c->objects[i + PREFETCH]));
        if (!status && !(is_shallow && i >= first_count))
            status = rg__capture_edges(c, i);
        if (status)
            return status;
        c->edge_ends[i] = c->edge_count;
    }
    return RG_OK;
}

rg_status rg__capture_walk(rg__capture *c)
{
    rg_status status = RG_OK;
    if (c->options->only) {
        status = walk_only(c);
        return status ? status : walk_edges(c, true);
    }
    status = c->is_walked ? walk_lists(c) : walk_public(c);
    if (!status)
        status = rg__capture_roots(c);
    if (!status)
        status = walk_edges(c, false);
    return status ? status : rg__capture_suspects(c);
}
