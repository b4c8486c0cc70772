/* See reach.h. A stack in one array: a node is put there once, when its bit is set. */
#include "analysis/reach.h"

static void add(rg__front *f, uint32_t node)
{
    if (rg__bit(f->reached, node))
        return;
    rg__bit_set(f->reached, node);
    f->stack[f->count++] = node;
}

static void follow(rg__front *f)
{
    const rg_graph *g = f->graph;
    while (f->count) {
        const uint32_t node = f->stack[--f->count];
        for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++)
            if (rg__label_strength(g->labels[e]) < RG_STRENGTH_WEAK &&
                !(f->cut && rg__bit(f->cut, e)))
                add(f, g->targets[e]);
    }
}

static size_t room(const rg_graph *graph)
{
    return graph->tables.node_count + 1; /* never zero elements */
}

rg_status rg__front_start(rg__front *self, const rg_graph *graph, uint64_t *reached,
                          const rg_allocator *allocator)
{
    *self = (rg__front){.graph = graph, .reached = reached};
    self->stack = rg__array_new_raw(allocator, room(graph), sizeof *self->stack);
    return self->stack ? RG_OK : RG_ERR_NOMEM;
}

void rg__front_dispose(rg__front *self, const rg_allocator *allocator)
{
    if (self->stack)
        rg__array_free(allocator, self->stack, room(self->graph), sizeof *self->stack);
    *self = (rg__front){0};
}

bool rg__front_meet(rg__front *self, uint32_t node)
{
    if (rg__bit(self->reached, node))
        return false;
    add(self, node);
    follow(self);
    return true;
}

rg_status rg__reach_roots(uint64_t *reached, const rg_graph *graph, unsigned kinds,
                          const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    rg__front front;
    const rg_status status = rg__front_start(&front, graph, reached, allocator);
    if (status)
        return status;
    for (size_t r = 0; r < t->root_count; r++)
        if (kinds >> t->roots[r].kind & 1)
            (void)rg__front_meet(&front, t->roots[r].node);
    rg__front_dispose(&front, allocator);
    return RG_OK;
}
