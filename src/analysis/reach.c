/* See reach.h. A stack in one array: a node is put there once, when its bit is set. What leaves it waits in a
 * short row until its edges have come from memory:
 *
 *   stack ──► offsets asked for ──► edges asked for ──► followed ──► stack */
#include "analysis/reach.h"

#include "analysis/prefetch.h"

enum { ROW = 16 }; /* nodes that wait; their edges are asked for half way */

static void add(rg__front *f, uint32_t node)
{
    if (rg__bit(f->reached, node))
        return;
    rg__bit_set(f->reached, node);
    f->stack[f->count++] = node;
}

static void follow_edges(rg__front *f, uint32_t node)
{
    const rg_graph *g = f->graph;
    const uint64_t begin = rg__edges_begin(g, node), end = rg__edges_end(g, node);
    for (uint64_t e = begin; e < end; e++) {
        if ((e - begin) % RG__TICK_EDGES == RG__TICK_EDGES - 1 &&
            rg__tick(&f->watch, RG__TICK_EDGES))
            return;
        if (rg__label_strength(g->labels[e]) < RG_STRENGTH_WEAK && !(f->cut && rg__bit(f->cut, e)))
            add(f, g->targets[e]);
    }
}

/* Until nothing waits, or `most` edges have been followed and a few more: what is in the row waits on the stack then. */
static void follow(rg__front *f, uint64_t most)
{
    const rg_graph *g = f->graph;
    uint32_t row[ROW] = {0};
    uint32_t first = 0, end = 0; /* of the row, modulo its length */
    uint64_t followed = 0;
    while ((f->count || first != end) && followed < most && !rg__tick(&f->watch, 2)) {
        if (f->count && end - first < ROW) {
            const uint32_t node = f->stack[--f->count];
            rg__prefetch(&g->offsets.low[node]);
            row[end++ % ROW] = node;
            if (end - first > ROW / 2) {
                const uint64_t e = rg__edges_begin(g, row[(end - ROW / 2) % ROW]);
                rg__prefetch(&g->targets[e]);
                rg__prefetch(&g->labels[e]);
            }
            continue;
        }
        const uint32_t node = row[first++ % ROW];
        follow_edges(f, node);
        followed += 1 + rg__edges_end(g, node) - rg__edges_begin(g, node);
    }
    while (first != end) /* they had room there */
        f->stack[f->count++] = row[first++ % ROW];
    if (f->watch.is_stopped)
        f->count = 0;
}

static size_t room(const rg_graph *graph)
{
    return graph->tables.node_count + 1; /* never zero elements */
}

rg_status rg__front_start(rg__front *self, const rg_graph *graph, uint64_t *reached,
                          const rg_allocator *allocator)
{
    const uint64_t steps = 2 * (uint64_t)graph->tables.node_count + graph->edge_count;
    *self = (rg__front){.graph = graph, .reached = reached};
    self->stack = rg__array_new_raw(allocator, room(graph), sizeof *self->stack);
    self->watch = rg__watch_begin(graph, "what is reached", steps);
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
    follow(self, UINT64_MAX);
    return true;
}

void rg__front_add(rg__front *self, uint32_t node)
{
    add(self, node);
}

bool rg__front_follow(rg__front *self, uint64_t most)
{
    follow(self, most);
    return !self->count;
}

rg_status rg__reach_roots(uint64_t *reached, const rg_graph *graph, unsigned kinds,
                          const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    rg__front front;
    rg_status status = rg__front_start(&front, graph, reached, allocator);
    for (size_t r = 0; r < t->root_count && !status; r++) {
        if (kinds >> t->roots[r].kind & 1)
            (void)rg__front_meet(&front, t->roots[r].node);
        status = rg__watch_status(&front.watch);
    }
    rg__front_dispose(&front, allocator);
    return status;
}
