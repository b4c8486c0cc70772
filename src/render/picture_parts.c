/* What a picture is put together from: its strings, nodes and edges. */
#include "render/picture_parts.h"

#include "base/memory.h"

#include <string.h>

rg__text_at rg__text_begin(const rg__picture *self)
{
    return self->text.size;
}

rg_status rg__text_finish(rg__picture *self)
{
    return rg_buffer_add(&self->text, "", 1);
}

rg_status rg__text_add(rg__picture *self, rg__text_at *at, const char *text)
{
    *at = rg__text_begin(self);
    return rg_buffer_add(&self->text, text, strlen(text) + 1);
}

rg_status rg__text_add_id(rg__picture *self, rg__text_at *at, const char *prefix, size_t number)
{
    *at = rg__text_begin(self);
    rg_status status = rg_buffer_add_format(&self->text, "%s%zu", prefix, number);
    return status ? status : rg__text_finish(self);
}

rg_status rg__picture_push_node(rg__picture *self, const rg__picture_node *node)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->nodes, &self->node_capacity,
                                         self->node_count + 1, sizeof *self->nodes);
    if (!status)
        self->nodes[self->node_count++] = *node;
    return status;
}

rg_status rg__picture_push_edge(rg__picture *self, const rg__picture_edge *edge)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->edges, &self->edge_capacity,
                                         self->edge_count + 1, sizeof *self->edges);
    if (!status)
        self->edges[self->edge_count++] = *edge;
    return status;
}

rg_status rg__picture_push_plain(rg__picture *self, uint32_t from, uint32_t to,
                                 const char *id_prefix, size_t number, bool invisible)
{
    rg__picture_edge edge = {
        .from = from,
        .to = to,
        .look = rg__look_of_stub_edge(),
        .is_invisible = invisible,
    };
    rg_status status = rg__text_add_id(self, &edge.id, id_prefix, number);
    if (!status)
        status = rg__text_add(self, &edge.class, invisible ? "layout" : "more");
    if (!status)
        status = rg__text_add(self, &edge.label, "");
    if (!status)
        status = rg__text_add(self, &edge.tooltip, invisible ? " " : "not shown");
    return status ? status : rg__picture_push_edge(self, &edge);
}
