/* The attributes of every object that the walk found: type, size, refcount, generation, flags, text. */
#include "capture/classify.h"

static uint32_t saturated(Py_ssize_t refcount)
{
    return refcount < 0 || (uint64_t)refcount > UINT32_MAX ? UINT32_MAX : (uint32_t)refcount;
}

rg_status rg__raw_node_set_size(rg__capture *c, rg__raw_node *node, Py_ssize_t size)
{
    node->size = (uint32_t)size;
    if (size >= 0 && (uint64_t)size < RG__SIZE_IS_LARGE)
        return RG_OK;
    rg_status status = rg__array_reserve(&c->allocator, &c->large_sizes, &c->large_size_capacity,
                                         c->large_size_count + 1, sizeof *c->large_sizes);
    if (status)
        return status;
    node->size = RG__SIZE_IS_LARGE | (uint32_t)c->large_size_count;
    c->large_sizes[c->large_size_count++] = (uint64_t)size;
    return RG_OK;
}

static rg_status describe_frame(rg__capture *c, size_t i, rg__raw_node *node)
{
    void *address = rg__untag_frame(c->objects[i]);
    rg__frame frame;
    c->scratch.size = 0;
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

/* What only some objects have. */
static unsigned rare_flags(PyObject *object, const rg__type_info *info)
{
    unsigned flags = 0;
    if (info->special == RG__SPECIAL_TYPE &&
        !PyType_HasFeature((PyTypeObject *)object, Py_TPFLAGS_HEAPTYPE))
        flags |= RG__NODE_STATIC;
    if (info->special == RG__SPECIAL_GENERATOR && rg__generator_is_in_try(object))
        flags |= RG_NODE_IN_TRY;
    if (rg__is_program(object, info->special))
        flags |= RG_NODE_PROGRAM;
    return flags;
}

static rg_status describe_object(rg__capture *c, size_t i, rg__raw_node *node)
{
    PyObject *object = c->objects[i];
    rg_status status = rg__capture_type(c, &node->type, Py_TYPE(object));
    if (status)
        return status;
    rg__type_info *info = &c->types.items[node->type];
    unsigned flags = info->node_flags;
    const bool is_immortal = rg__is_immortal(object);
    const bool is_listed = i < c->generation_count;
    const uint8_t generation = is_listed ? c->generations[i] : (uint8_t)RG_GENERATION_NONE;
    node->generation = generation & (uint8_t)~RG__FINALIZED;
    if (is_immortal)
        flags |= RG_NODE_IMMORTAL;
    else if (node->generation == RG_GENERATION_PERMANENT)
        flags |= RG_NODE_FROZEN;
    if (is_listed)
        flags |= RG_NODE_GC_TRACKED;
    if (generation & RG__FINALIZED ||
        ((!is_listed || c->lists[0]) && info->type->tp_finalize && rg__is_finalized(object)))
        flags |= RG_NODE_FINALIZED;
    const bool is_ours = is_listed && c->lists[0] && !is_immortal; /* one reference is the list's */
    node->refcount = saturated(Py_REFCNT(object) - is_ours);
    node->flags = (uint16_t)flags;
    status = rg__raw_node_set_size(c, node, rg__capture_size(object, info));
    if (status)
        return status;
    if (info->is_plain)
        return rg__capture_text(c, object, info, node);
    node->flags |= (uint16_t)rare_flags(object, info);
    const rg__type_info copy = *info; /* texts may meet new types, which may move the array */
    if (c->hidden_package)
        status = rg__hide_note(c, i, &copy);
    return status ? status : rg__capture_text(c, object, &copy, node);
}

rg_status rg__capture_describe(rg__capture *c, size_t i)
{
    rg__raw_node *node = &c->nodes[i];
    *node = (rg__raw_node){0};
    return rg__is_frame_tag(c->objects[i]) ? describe_frame(c, i, node)
                                           : describe_object(c, i, node);
}

static bool is_marked(const rg__capture *c, size_t i)
{
    return rg__addresses_is_marked(&c->addresses, (uintptr_t)c->objects[i]);
}

rg_status rg__capture_nodes(rg__capture *c)
{
    enum { PREFETCH = 8 };
    rg_status status = RG_OK;
    for (size_t k = 0; k < c->undescribed_count && !status; k++) {
        const uint32_t i = c->undescribed[k];
        if (c->nodes[i].type != RG_NONE && !is_marked(c, i))
            continue; /* a str that is no key after all */
        if (k + PREFETCH < c->undescribed_count)
            __builtin_prefetch(rg__untag_frame(c->objects[c->undescribed[k + PREFETCH]]));
        status = rg__capture_describe(c, i);
    }
    return status;
}
