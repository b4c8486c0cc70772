/* See reach.h. A stack in one array: a node is put there once, when its bit is set. */
#include "analysis/reach.h"

typedef struct front {
    const rg_graph *graph;
    uint64_t *reached;
    uint32_t *stack;
    size_t count;
} front;

static void add(front *f, uint32_t node)
{
    if (rg__bit(f->reached, node))
        return;
    rg__bit_set(f->reached, node);
    f->stack[f->count++] = node;
}

static void follow(front *f)
{
    const rg_graph *g = f->graph;
    while (f->count) {
        const uint32_t node = f->stack[--f->count];
        for (uint64_t e = g->offsets[node]; e < g->offsets[node + 1]; e++)
            if (rg__label_strength(g->labels[e]) < RG_STRENGTH_WEAK)
                add(f, g->targets[e]);
    }
}

rg_status rg__reach_roots(uint64_t *reached, const rg_graph *graph, unsigned kinds,
                          const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    const size_t room = t->node_count + 1; /* never zero elements */
    front f = {.graph = graph, .reached = reached};
    f.stack = rg__array_new_raw(allocator, room, sizeof *f.stack);
    if (!f.stack)
        return RG_ERR_NOMEM;
    for (size_t r = 0; r < t->root_count; r++)
        if (kinds >> t->roots[r].kind & 1)
            add(&f, t->roots[r].node);
    follow(&f);
    rg__array_free(allocator, f.stack, room, sizeof *f.stack);
    return RG_OK;
}
