/* The edges of all nodes, written by several threads: each has a part of the nodes, and writes from a place where there
 * is room for all before it. What of that is not used is closed afterwards, by moving the later parts down.
 *
 *   to, labels   | edges of part 0 | unused | edges of part 1 | unused |
 *                0                          room of part 0
 */
#include "base/task.h"
#include "graph/builder_private.h"

#include <string.h>

struct rg_edge_sink {
    const rg_edge_part *part;
    const rg__tables *tables;
    uint32_t *begins, *to, *labels; /* of the builder, by node and by edge */
    uint64_t base, used;            /* the first edge's place, and how many there are */
    uint32_t next;                  /* the first node whose edges have not begun */
    rg__task task;
    rg_status status;
};

static void begin_nodes(rg_edge_sink *self, uint32_t end)
{
    for (; self->next < end; self->next++)
        self->begins[self->next] = (uint32_t)(self->base + self->used);
}

rg_status rg_edge_sink_add(rg_edge_sink *self, uint32_t from, const rg_new_edge *edges,
                           size_t count)
{
    const rg_edge_part *part = self->part;
    if (from < part->begin || from >= part->end || from + 1 < self->next ||
        count > part->room - self->used)
        return RG_ERR_ARGUMENT;
    begin_nodes(self, from + 1);
    uint32_t *to = self->to + self->base + self->used;
    uint32_t *labels = self->labels + self->base + self->used;
    for (size_t i = 0; i < count; i++) {
        if (!rg__edge_is_valid(self->tables, &edges[i]) || edges[i].name.value > RG__VALUE_MASK)
            return RG_ERR_ARGUMENT;
        to[i] = edges[i].to;
        labels[i] = rg__label_of(edges[i].name, edges[i].strength);
    }
    self->used += count;
    return RG_OK;
}

static void write_part(void *context)
{
    rg_edge_sink *self = context;
    self->status = self->part->write(self->part->context, self);
    begin_nodes(self, self->part->end);
}

/* Move a part's edges to where the one before it ends. */
static void close_gap(rg_edge_sink *self, uint64_t begin)
{
    const uint32_t gap = (uint32_t)(self->base - begin);
    if (!gap)
        return;
    memmove(self->to + begin, self->to + self->base, (size_t)self->used * sizeof *self->to);
    memmove(self->labels + begin, self->labels + self->base,
            (size_t)self->used * sizeof *self->labels);
    for (uint32_t u = self->part->begin; u < self->part->end; u++)
        self->begins[u] -= gap;
}

/* Whether the parts follow each other and are all nodes; *edges: room for all of theirs. */
static bool are_whole(const rg_edge_part *parts, size_t count, size_t nodes, uint64_t *edges)
{
    uint32_t next = 0;
    *edges = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].begin != next || parts[i].end < next || parts[i].room > UINT32_MAX - *edges)
            return false;
        next = parts[i].end;
        *edges += parts[i].room;
    }
    return next == nodes;
}

static rg_status write_parts(rg_builder *b, const rg_edge_part *parts, size_t count,
                             rg_edge_sink *sinks)
{
    rg_status status = RG_OK;
    uint64_t base = 0;
    for (size_t i = 0; i < count; base += parts[i++].room)
        sinks[i] = (rg_edge_sink){.part = &parts[i],
                                  .tables = &b->tables,
                                  .begins = b->begins.low,
                                  .to = b->to,
                                  .labels = b->labels,
                                  .base = base,
                                  .next = parts[i].begin};
    for (size_t i = count; i-- > 0;)
        rg__task_start(&sinks[i].task, write_part, &sinks[i], i > 0);
    for (size_t i = 0; i < count; i++) {
        rg__task_end(&sinks[i].task);
        status = status ? status : sinks[i].status;
    }
    uint64_t edges = 0;
    for (size_t i = 0; i < count && !status; edges += sinks[i++].used)
        close_gap(&sinks[i], edges);
    if (!status) {
        b->edge_count = edges;
        b->begun = b->tables.node_count;
    }
    return status;
}

rg_status rg_builder_add_edge_parts(rg_builder *self, const rg_edge_part *parts, size_t count)
{
    const size_t nodes = self->tables.node_count;
    uint64_t edges = 0;
    if (self->edge_count || self->begun || !are_whole(parts, count, nodes, &edges))
        return RG_ERR_ARGUMENT;
    if (!nodes)
        return RG_OK;
    rg_status status = rg_builder_reserve(self, nodes, edges + 1);
    rg_edge_sink *sinks = rg__array_new(&self->allocator, count, sizeof *sinks);
    if (!status)
        status = sinks ? write_parts(self, parts, count, sinks) : RG_ERR_NOMEM;
    rg__array_free(&self->allocator, sinks, count, sizeof *sinks);
    return status;
}
