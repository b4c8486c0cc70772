/* Nodes that stand for no object: "+ 1,204 more" beside what was left out. */
#include "render/picture_parts.h"

#include <string.h>

/* A dashed node "+ 1,204 more", or "… 1,204 more" for what the node limit left out. */
static rg_status add_stub(rg__picture *p, const char *id, size_t number, bool has_number,
                          const char *mark, uint64_t count, const char *what)
{
    rg__picture_node node = {.look = rg__look_of_stub()};
    rg_buffer *text = &p->text;
    rg_status status =
        has_number ? rg__text_add_id(p, &node.id, id, number) : rg__text_add(p, &node.id, id);
    if (!status)
        status = rg__text_add(p, &node.class, "more");
    node.label = rg__text_begin(p);
    if (!status)
        status = rg_buffer_add(text, mark, strlen(mark));
    if (!status)
        status = rg__write_count(text, count);
    if (!status)
        status = rg_buffer_add(text, what, strlen(what) + 1);
    node.tooltip = node.label;
    return status ? status : rg__picture_push_node(p, &node);
}

static rg_status add_omissions(rg__picture *p, const rg_subgraph *sub, const rg__choice *choice)
{
    size_t stubs = 0;
    rg_status status = RG_OK;
    for (size_t i = 0; i < sub->omission_count && !status; i++) {
        const rg_omission *omission = &sub->omissions[i];
        const uint32_t node = rg__choice_find(choice, omission->node);
        if (node == RG_NONE || !omission->count)
            continue;
        if (stubs++ >= choice->max_nodes)
            break;
        const uint32_t stub = (uint32_t)p->node_count;
        status = add_stub(p, "more", i, true, "+ ", omission->count, " more");
        if (!status)
            status = omission->referrers ? rg__picture_push_plain(p, stub, node, "m", i, false)
                                         : rg__picture_push_plain(p, node, stub, "m", i, false);
    }
    return status;
}

/* What the limits left out: objects beside one that refers to, or is referred to by, one of them;
 * references by themselves. */
static rg_status add_reduced(rg__picture *p, const rg__choice *c)
{
    rg_status status = RG_OK;
    if (c->dropped_edges)
        status = add_stub(p, "reduced_edges", 0, false, "… ", c->dropped_edges, " more references");
    if (status || !c->dropped_nodes)
        return status;
    const uint32_t stub = (uint32_t)p->node_count;
    status = add_stub(p, "reduced", 0, false, "… ", c->dropped_nodes, " more");
    if (status || c->border == RG_NONE)
        return status;
    return c->border_is_target ? rg__picture_push_plain(p, stub, c->border, "r", 0, false)
                               : rg__picture_push_plain(p, c->border, stub, "r", 0, false);
}

rg_status rg__stubs_add(rg__picture *self, const rg_subgraph *sub, const rg__choice *choice)
{
    rg_status status = add_omissions(self, sub, choice);
    return status ? status : add_reduced(self, choice);
}
