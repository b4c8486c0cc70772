/* The attributes of every object that the walk found: type, size, refcount, generation, flags, text. */
#include "capture/capture_private.h"

enum { PREFETCH = 8 };

static uint32_t saturated(Py_ssize_t refcount)
{
    return refcount < 0 || (uint64_t)refcount > UINT32_MAX ? UINT32_MAX : (uint32_t)refcount;
}

static rg_status describe_frame(rg__capture *c, size_t i, rg_node *node)
{
    void *address = rg__untag_frame(c->objects[i]);
    rg__frame frame;
    c->scratch.size = 0;
    node->address = (uint64_t)(uintptr_t)address;
    node->text = RG_NONE;
    node->generation = RG_GENERATION_NONE;
    node->flags = RG_NODE_SYNTHETIC | RG_NODE_RUNNING;
    rg_status status = rg__capture_type(c, &node->type, &PyFrame_Type);
    if (status || !rg__frame_at(&frame, address))
        return status;
    status = rg__hide_note_frame(c, i, frame.globals);
    if (!status)
        status = rg__code_write(&c->scratch, frame.code, frame.line);
    if (status)
        return status;
    return rg__texts_add(&c->texts, &node->text, (rg_string){c->scratch.data, c->scratch.size});
}

static rg_status describe_object(rg__capture *c, size_t i, rg_node *node)
{
    PyObject *object = c->objects[i];
    rg_status status = rg__capture_type(c, &node->type, Py_TYPE(object));
    if (status)
        return status;
    rg__type_info *info = &c->types.items[node->type];
    unsigned flags = 0;
    const bool is_immortal = rg__is_immortal(object);
    const bool is_listed = i < c->generation_count;
    if (is_immortal)
        flags |= RG_NODE_IMMORTAL;
    if (info->special == RG__SPECIAL_TYPE &&
        !PyType_HasFeature((PyTypeObject *)object, Py_TPFLAGS_HEAPTYPE))
        flags |= RG__NODE_STATIC;
    if (info->has_finalizer)
        flags |= RG_NODE_HAS_FINALIZER;
    node->generation = is_listed ? c->generations[i] : (uint8_t)RG_GENERATION_NONE;
    if (node->generation == RG_GENERATION_PERMANENT && !is_immortal)
        flags |= RG_NODE_FROZEN;
    if (is_listed)
        flags |= RG_NODE_GC_TRACKED;
    if (info->walk != RG__WALK_LEAF && rg__is_finalized(object))
        flags |= RG_NODE_FINALIZED;
    if (info->special == RG__SPECIAL_GENERATOR && rg__generator_is_in_try(object))
        flags |= RG_NODE_IN_TRY;
    if (rg__is_program(object, info->special))
        flags |= RG_NODE_PROGRAM;
    node->address = (uint64_t)(uintptr_t)object;
    node->flags = (uint16_t)flags;
    const bool is_ours = is_listed && c->lists[0] && !is_immortal; /* one reference is the list's */
    node->refcount = saturated(Py_REFCNT(object) - is_ours);
    node->size = (uint64_t)rg__capture_size(object, info);
    const rg__type_info copy = *info; /* texts may meet new types, which may move the array */
    if (c->hidden_package)
        status = rg__hide_note(c, i, &copy);
    return status ? status : rg__capture_text(c, object, &copy, node);
}

rg_status rg__capture_nodes(rg__capture *c)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->nodes, &c->node_capacity,
                                         c->object_count, sizeof *c->nodes);
    for (size_t i = 0; i < c->object_count && !status; i++) {
        PyObject *object = c->objects[i];
        if (i + PREFETCH < c->object_count)
            __builtin_prefetch(rg__untag_frame(c->objects[i + PREFETCH]));
        c->nodes[i] = (rg_node){0};
        status = rg__is_frame_tag(object) ? describe_frame(c, i, &c->nodes[i])
                                          : describe_object(c, i, &c->nodes[i]);
    }
    return status;
}
