/* Alone in its file: the program that draws needs it, and nothing else of what makes pictures. */
#include "base/memory.h"
#include "render/picture.h"

void rg__picture_dispose(rg__picture *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->nodes, self->node_capacity, sizeof *self->nodes);
    rg__array_free(a, self->edges, self->edge_capacity, sizeof *self->edges);
    rg_buffer_dispose(&self->text);
    *self = (rg__picture){0};
}
