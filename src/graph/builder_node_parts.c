/* Nodes written by several threads. */
#include "base/task.h"
#include "graph/builder_private.h"

struct rg_node_sink {
    const rg_node_part *part;
    const rg__tables *tables;
    rg_allocator allocator;
    rg__stored_node *nodes; /* where the part's begin */
    size_t first, used;     /* id of the first one; how many there are */
    uint64_t low, high;     /* addresses of the first and of the last one */
    uint64_t size;          /* of all of them */
    bool ascends;
    rg__wide_node *wide;
    size_t wide_count, wide_capacity;
    rg__task task;
    rg_status status;
};

static rg_status note_wide(rg_node_sink *self, const rg_node *node)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->wide, &self->wide_capacity,
                                         self->wide_count + 1, sizeof *self->wide);
    if (!status)
        self->wide[self->wide_count++] =
            (rg__wide_node){node->address, node->size, (uint32_t)(self->first + self->used), 0};
    return status;
}

rg_status rg_node_sink_add(rg_node_sink *self, const rg_node *node)
{
    rg_status status = rg__node_is_valid(self->tables, node);
    if (!status && self->used == self->part->count)
        status = RG_ERR_ARGUMENT;
    if (!status && node->size > RG_SIZE_MOST - self->size)
        status = RG_ERR_LIMIT;
    if (!status && rg__node_is_wide(node))
        status = note_wide(self, node);
    if (status)
        return status;
    if (!self->used)
        self->low = node->address;
    else if (node->address <= self->high)
        self->ascends = false;
    self->high = node->address;
    self->size += node->size;
    self->nodes[self->used++] = rg__stored_node_of(node);
    return RG_OK;
}

static void write_part(void *context)
{
    rg_node_sink *self = context;
    self->status = self->part->write(self->part->context, self);
    if (!self->status && self->used != self->part->count)
        self->status = RG_ERR_ARGUMENT;
}

static rg_status open_sinks(rg_builder *b, const rg_node_part *parts, size_t count,
                            rg_node_sink *sinks)
{
    rg__tables *t = &b->tables;
    size_t nodes = t->node_count;
    for (size_t i = 0; i < count; nodes += parts[i++].count) {
        if (parts[i].count >= RG_NONE - nodes)
            return RG_ERR_LIMIT;
        sinks[i] = (rg_node_sink){.part = &parts[i],
                                  .tables = t,
                                  .allocator = b->allocator,
                                  .first = nodes,
                                  .ascends = true};
    }
    rg_status status = nodes ? rg_builder_reserve(b, nodes, 0) : RG_OK;
    for (size_t i = 0; i < count && !status && nodes; i++)
        sinks[i].nodes = t->nodes + sinks[i].first;
    return status;
}

/* Take over what the sinks have beside the nodes in their places. */
static rg_status take_over(rg_builder *b, const rg_node_sink *sinks, size_t count)
{
    rg__tables *t = &b->tables;
    size_t wide = t->wide_node_count;
    uint64_t size = b->size;
    for (size_t i = 0; i < count; i++) {
        if (sinks[i].size > RG_SIZE_MOST - size)
            return RG_ERR_LIMIT;
        size += sinks[i].size;
        wide += sinks[i].wide_count;
    }
    rg_status status = rg__array_reserve(&b->allocator, &t->wide_nodes, &t->wide_node_capacity,
                                         wide, sizeof *t->wide_nodes);
    for (size_t i = 0; i < count && !status; i++) {
        const rg_node_sink *s = &sinks[i];
        if (s->used && t->node_count && s->low <= rg__node_address(t, t->node_count - 1))
            t->addresses_ascend = false;
        t->addresses_ascend = t->addresses_ascend && s->ascends;
        for (size_t k = 0; k < s->wide_count; k++)
            t->wide_nodes[t->wide_node_count++] = s->wide[k];
        t->node_count += s->used;
        b->size += s->size;
    }
    return status;
}

rg_status rg_builder_add_node_parts(rg_builder *self, const rg_node_part *parts, size_t count)
{
    const rg_allocator *a = &self->allocator;
    if (!count)
        return RG_OK;
    rg_node_sink *sinks = rg__array_new(a, count, sizeof *sinks);
    if (!sinks)
        return RG_ERR_NOMEM;
    rg_status status = open_sinks(self, parts, count, sinks);
    if (!status) {
        const bool in_threads = rg__allocator_is_shareable(a); /* sinks allocate */
        for (size_t i = count; i-- > 0;)
            rg__task_start(&sinks[i].task, write_part, &sinks[i], in_threads && i > 0);
        for (size_t i = 0; i < count; i++) {
            rg__task_end(&sinks[i].task);
            status = status ? status : sinks[i].status;
        }
    }
    if (!status)
        status = take_over(self, sinks, count);
    for (size_t i = 0; i < count; i++)
        rg__array_free(a, sinks[i].wide, sinks[i].wide_capacity, sizeof *sinks[i].wide);
    rg__array_free(a, sinks, count, sizeof *sinks);
    return status;
}
