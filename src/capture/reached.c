/* The deep size of some objects: a walk from them alone. The collector's lists are not read, and of an object's
 * edges nothing stays once those that own their targets have been followed.
 *
 * One pass with the GIL finds, and sizes, each object while it is at hand; the graph is made without it. */
#include "capture/classify.h"

enum { PREFETCH = 8 /* objects ahead */ };

/* The type of a node that is met and not counted. */
#define LEFT_OUT RG_NONE

static rg_status follow(rg__capture *c, size_t i)
{
    c->edge_count = 0; /* the memory serves the next one */
    rg_status status = rg__capture_edges(c, i);
    for (size_t e = 0; e < c->edge_count && !status; e++)
        if (rg__raw_strength(rg__raw_at(c, e)->label) == RG_STRENGTH_OWN)
            status = rg__capture_enqueue(c, rg__raw_at(c, e)->target);
    return status;
}

static rg_status describe(rg__capture *c, size_t i, bool is_asked_for)
{
    PyObject *object = c->objects[i];
    uint32_t type = 0;
    rg_status status =
        rg__array_reserve(&c->allocator, &c->nodes, &c->node_capacity, i + 1, sizeof *c->nodes);
    if (!status)
        status = rg__capture_type(c, &type, Py_TYPE(object));
    if (status)
        return status;
    rg__type_info *info = &c->types.items[type];
    const bool is_program = rg__is_program(object, info->special);
    c->nodes[i] = (rg__raw_node){.type = LEFT_OUT};
    if (is_program && !is_asked_for)
        return RG_OK;
    c->nodes[i] = (rg__raw_node){.type = type,
                                 .text = RG_NONE,
                                 .flags = is_program ? RG_NODE_PROGRAM : 0,
                                 .generation = RG_GENERATION_NONE};
    return rg__raw_node_set_size(c, &c->nodes[i], rg__capture_size(object, info));
}

/* Everything that reads Python's memory. */
static rg_status walk(rg__capture *c, void *const *objects, size_t count, bool own_only)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = objects[i] ? rg__capture_enqueue(c, objects[i]) : RG_ERR_ARGUMENT;
    const size_t asked_for = c->object_count; /* of those given twice, once */
    for (size_t i = 0; i < c->object_count && !status; i++) {
        if (i + PREFETCH < c->object_count)
            __builtin_prefetch(c->objects[i + PREFETCH]);
        status = describe(c, i, i < asked_for);
        if (!status && !own_only && c->nodes[i].type != LEFT_OUT)
            status = follow(c, i);
    }
    return status;
}

static rg_status build(const rg__capture *c, rg_graph **out)
{
    rg_builder *builder = NULL;
    uint32_t id = 0;
    rg_status status = rg_builder_new(&builder, &c->allocator);
    for (size_t i = 0; i < c->types.count && !status; i++) {
        const rg__type_info *info = &c->types.items[i];
        const rg_type type = {.module = rg__texts_at(&c->texts, info->module),
                              .name = rg__texts_at(&c->texts, info->name),
                              .kind = info->kind,
                              .flags = info->flags,
                              .node = RG_NONE};
        status = rg_builder_add_type(builder, &id, &type);
    }
    for (size_t i = 0; i < c->object_count && !status; i++)
        if (c->nodes[i].type != LEFT_OUT)
            status = rg__add_raw_node(builder, &id, c, i);
    if (!status)
        status = rg_builder_finish(out, &builder);
    rg_builder_free(builder);
    return status;
}

static rg_status explain(rg_status status, rg_error *error)
{
    switch (status) {
    case RG_ERR_NOMEM:
        return rg_error_set(error, status, "not enough memory to add up what the objects reach");
    case RG_ERR_LIMIT:
        return rg_error_set(error, status, "they reach more than 2^32 - 2 objects");
    case RG_ERR_ARGUMENT:
        return rg_error_set(error, status, "an object is NULL");
    default:
        return status;
    }
}

rg_status rg_capture_reached(rg_graph **out, void *const *objects, size_t count, bool own_only,
                             const rg_allocator *allocator, rg_error *error)
{
    const rg_capture_options options = {.allocator = allocator};
    const char *unsupported = rg__unsupported_build();
    rg__capture c;
    if (unsupported)
        return rg_error_set(error, RG_ERR_UNSUPPORTED, "%s", unsupported);
    rg__capture_start(&c, &options);
    c.is_partial = true;
    rg_status status = walk(&c, objects, count, own_only);
    PyThreadState *thread = PyEval_SaveThread();
    if (!status)
        status = build(&c, out);
    rg__capture_dispose(&c);
    PyEval_RestoreThread(thread);
    return explain(status, error);
}
