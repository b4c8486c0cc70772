/* See selection.h. */
#include "analysis/selection.h"

#include "base/memory.h"

rg__selection rg__selection_of(const rg_allocator *allocator)
{
    return (rg__selection){.allocator = *allocator, .nodes.allocator = *allocator};
}

void rg__selection_dispose(rg__selection *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->omissions, self->omission_capacity, sizeof *self->omissions);
    rg__array_free(a, self->edges, self->edge_capacity, sizeof *self->edges);
    rg__node_set_dispose(&self->nodes);
    *self = rg__selection_of(&self->nodes.allocator);
}

rg_status rg__selection_add_edge(rg__selection *self, const rg_edge *edge)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->edges, &self->edge_capacity,
                                         self->edge_count + 1, sizeof *self->edges);
    if (!status)
        self->edges[self->edge_count++] = *edge;
    return status;
}

rg_status rg__selection_add_omission(rg__selection *self, uint32_t node, uint64_t count,
                                     bool referrers)
{
    if (!count)
        return RG_OK;
    rg_status status =
        rg__array_reserve(&self->allocator, &self->omissions, &self->omission_capacity,
                          self->omission_count + 1, sizeof *self->omissions);
    if (!status)
        self->omissions[self->omission_count++] = (rg_omission){node, count, referrers};
    return status;
}

rg_status rg__selection_finish(rg_subgraph *out, rg__selection *self, size_t target_count)
{
    const rg_allocator *a = &self->allocator;
    rg__node_set *nodes = &self->nodes;
    rg__array_shrink(a, &nodes->nodes, &nodes->capacity, nodes->count, sizeof *nodes->nodes);
    rg__array_shrink(a, &self->edges, &self->edge_capacity, self->edge_count, sizeof *self->edges);
    rg__array_shrink(a, &self->omissions, &self->omission_capacity, self->omission_count,
                     sizeof *self->omissions);
    if (nodes->capacity != nodes->count || self->edge_capacity != self->edge_count ||
        self->omission_capacity != self->omission_count)
        return RG_ERR_NOMEM; /* rg_subgraph_dispose would free with wrong sizes */
    *out = (rg_subgraph){
        .nodes = nodes->nodes,
        .node_count = nodes->count,
        .target_count = target_count,
        .edges = self->edges,
        .edge_count = self->edge_count,
        .omissions = self->omissions,
        .omission_count = self->omission_count,
        .allocator = *a,
    };
    nodes->nodes = NULL;
    nodes->capacity = nodes->count = 0;
    self->edges = NULL;
    self->edge_capacity = self->edge_count = 0;
    self->omissions = NULL;
    self->omission_capacity = self->omission_count = 0;
    return RG_OK;
}
