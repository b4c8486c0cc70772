/* See own_roots.h. */
#include "analysis/own_roots.h"

static rg_status add_of_rank(rg__own_roots *self, const rg_graph *g, uint32_t node, uint32_t rank)
{
    const rg__tables *t = &g->tables;
    for (uint32_t r = 0; r < t->root_count; r++) {
        if (t->roots[r].node != node || rg__root_rank(g, r) != rank)
            continue;
        rg_status status = rg__array_reserve(&self->allocator, &self->items, &self->capacity,
                                             self->count + 1, sizeof *self->items);
        if (status)
            return status;
        self->items[self->count++] = r;
        self->references += t->roots[r].references;
    }
    return RG_OK;
}

rg_status rg__own_roots_find(rg__own_roots *out, const rg_graph *graph, uint32_t node,
                             const rg_allocator *allocator)
{
    rg_status status = RG_OK;
    *out = (rg__own_roots){.allocator = *allocator};
    for (uint32_t rank = 0; rank < RG__ROOT_RANKS && !status; rank++)
        status = add_of_rank(out, graph, node, rank);
    return status;
}

void rg__own_roots_dispose(rg__own_roots *self)
{
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg__own_roots){.allocator = self->allocator};
}
