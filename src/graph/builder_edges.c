/* The edges of a builder. In the order of their sources they need nothing but where each source's begin; at the first
 * one that is out of order the source of every edge is written down, to be sorted at the end. */
#include "graph/builder_private.h"

rg_status rg__builder_begin(rg_builder *self, size_t end)
{
    rg_status status = RG_OK;
    for (; self->begun < end && !status; self->begun += !status)
        status = rg__offsets_add(&self->begins, &self->allocator, self->begun, self->edge_count);
    return status;
}

/* Write down the source of each edge so far. */
static rg_status leave_order(rg_builder *self)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->from, &self->from_capacity,
                                         (size_t)self->edge_count + 1, sizeof *self->from);
    if (status)
        return status;
    for (size_t u = 0; u < self->begun; u++) {
        const bool is_last = u + 1 == self->begun;
        const uint64_t end = is_last ? self->edge_count : rg__offset(&self->begins, u + 1);
        for (uint64_t e = rg__offset(&self->begins, u); e < end; e++)
            self->from[e] = (uint32_t)u;
    }
    rg__offsets_dispose(&self->begins, &self->allocator);
    self->sources_ascend = false;
    return RG_OK;
}

/* Make room for `count` more edges from a node. */
static rg_status prepare(rg_builder *self, uint32_t from, size_t count)
{
    const rg_allocator *a = &self->allocator;
    if (self->edge_count > PTRDIFF_MAX - count)
        return RG_ERR_LIMIT;
    const size_t need = (size_t)self->edge_count + count;
    rg_status status = RG_OK;
    if (self->sources_ascend && (size_t)from + 1 < self->begun)
        status = leave_order(self);
    if (!status && need > self->to_capacity)
        status = rg__array_reserve(a, &self->to, &self->to_capacity, need, sizeof *self->to);
    if (!status && need > self->label_capacity)
        status =
            rg__array_reserve(a, &self->labels, &self->label_capacity, need, sizeof *self->labels);
    if (status)
        return status;
    if (self->sources_ascend)
        return rg__builder_begin(self, (size_t)from + 1);
    status = rg__array_reserve(a, &self->from, &self->from_capacity, need, sizeof *self->from);
    for (size_t e = (size_t)self->edge_count; e < need && !status; e++)
        self->from[e] = from;
    return status;
}

rg_status rg_builder_add_edges(rg_builder *self, uint32_t from, const rg_new_edge *edges,
                               size_t count)
{
    rg__tables *t = &self->tables;
    if (from >= t->node_count)
        return RG_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (!rg__edge_is_valid(t, &edges[i]))
            return RG_ERR_ARGUMENT;
    rg_status status = count ? prepare(self, from, count) : RG_OK;
    if (status || !count)
        return status;
    uint32_t *to = self->to + self->edge_count;
    uint32_t *labels = self->labels + self->edge_count;
    for (size_t i = 0; i < count && !status; i++) {
        to[i] = edges[i].to;
        if (edges[i].name.value <= RG__VALUE_MASK)
            labels[i] = rg__label_of(edges[i].name, edges[i].strength);
        else
            status =
                rg__label_pack(&labels[i], t, &self->allocator, edges[i].name, edges[i].strength);
    }
    if (!status)
        self->edge_count += count;
    return status;
}

rg_status rg_builder_add_edge(rg_builder *self, uint32_t from, uint32_t to, rg_name name,
                              rg_strength strength)
{
    const rg_new_edge edge = {to, name, strength};
    return rg_builder_add_edges(self, from, &edge, 1);
}
