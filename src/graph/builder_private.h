/* What a builder holds; see builder.c. */
#ifndef RG_GRAPH_BUILDER_PRIVATE_H
#define RG_GRAPH_BUILDER_PRIVATE_H

#include "graph/graph_private.h"

struct rg_builder {
    rg_allocator allocator;
    rg__tables tables;
    uint64_t size; /* of all nodes, bytes */
    /* As long as sources ascend, where the edges of each begin: begins[0 .. begun). Then `from` is not needed. */
    rg__offsets begins;
    size_t begun;
    uint32_t *from; /* by edge, once sources did not ascend */
    uint32_t *to, *labels;
    size_t from_capacity, to_capacity, label_capacity;
    uint64_t edge_count;
    bool sources_ascend;
};

/* Note that the edges of all nodes below `end` begin at the next edge, unless they have begun. */
RG_CHECKED rg_status rg__builder_begin(rg_builder *self, size_t end);

/* RG_OK, or why a node cannot be added. */
static inline rg_status rg__node_is_valid(const rg__tables *t, const rg_node *node)
{
    if (node->type >= t->type_count || (node->text != RG_NONE && node->text >= t->strings.count))
        return RG_ERR_ARGUMENT;
    return node->generation > RG_GENERATION_NONE || node->flags > RG__FLAG_MASK ? RG_ERR_ARGUMENT
                                                                                : RG_OK;
}
static inline rg__stored_node rg__stored_node_of(const rg_node *node)
{
    return (rg__stored_node){
        .place = rg__place_of(node->address, node->flags, node->generation),
        .size = rg__node_is_wide(node) ? RG__SIZE_WIDE : (uint32_t)node->size,
        .type = node->type,
        .refcount = node->refcount,
        .text = node->text,
    };
}

static inline bool rg__name_is_valid(const rg__tables *t, rg_name name)
{
    switch (name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
    case RG_NAME_SLOT:
    case RG_NAME_HIDDEN:
        return name.value < t->strings.count;
    case RG_NAME_KEY:
        return name.value < t->node_count;
    case RG_NAME_NONE:
    case RG_NAME_INDEX:
    case RG_NAME_KEY_OF:
    case RG_NAME_ELEMENT:
    case RG_NAME_CLASS:
    case RG_NAME_REFERENT:
        return true;
    }
    return false;
}
/* Whether an edge's target and name exist. */
static inline bool rg__edge_is_valid(const rg__tables *t, const rg_new_edge *edge)
{
    return edge->to < t->node_count && rg__name_is_valid(t, edge->name) &&
           (unsigned)edge->strength <= RG_STRENGTH_WEAK;
}

/* The reverse edges of a graph whose offsets are there, from the targets of its edges. RG_OK or RG_ERR_NOMEM.
 * reverse.c */
RG_CHECKED rg_status rg__sort_reverse(rg_graph *g, const uint32_t *targets, size_t nodes);

#endif
