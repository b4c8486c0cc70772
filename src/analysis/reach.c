/* See reach.h. Breadth first, for what is followed soon stands in a row then, so that its offsets, edges and the bits of
 * their ends can be asked for some nodes ahead: a queue in one array, where a node is put once, when its bit is set. */
#include "analysis/reach.h"

#include "analysis/prefetch.h"

#include <string.h>

enum { OFFSETS_AHEAD = 32, EDGES_AHEAD = 20, ENDS_AHEAD = 10, ENDS = 8 };

static void add(rg__front *f, uint32_t node)
{
    if (rg__bit(f->reached, node))
        return;
    rg__bit_set(f->reached, node);
    f->queue[f->tail++] = node;
}

static void fetch_edges(const rg_graph *g, uint32_t node)
{
    const uint64_t e = rg__edges_begin(g, node);
    rg__prefetch(&g->targets[e]);
    rg__prefetch(&g->labels[e]);
}

static void fetch_ends(const rg__front *f, uint32_t node)
{
    const rg_graph *g = f->graph;
    const uint64_t begin = rg__edges_begin(g, node), end = rg__edges_end(g, node);
    const uint64_t until = end - begin < ENDS ? end : begin + ENDS;
    for (uint64_t e = begin; e < until; e++)
        rg__prefetch(&f->reached[g->targets[e] / 64]);
}

static void fetch_later(const rg__front *f)
{
    const uint32_t *coming = f->queue + f->head;
    if (f->tail - f->head <= OFFSETS_AHEAD)
        return;
    rg__prefetch(&f->graph->offsets.low[coming[OFFSETS_AHEAD]]);
    fetch_edges(f->graph, coming[EDGES_AHEAD]);
    fetch_ends(f, coming[ENDS_AHEAD]);
}

/* How many edges the node has. What is read again and again is kept in locals: the compiler cannot know that setting
 * a bit changes none of it. */
static uint64_t follow_edges(rg__front *f, uint32_t node)
{
    const rg_graph *g = f->graph;
    const uint32_t *labels = g->labels;
    const uint32_t *targets = g->targets;
    const uint64_t *cut = f->cut;
    uint64_t *reached = f->reached;
    uint32_t *tail = f->queue + f->tail;
    const uint64_t begin = rg__edges_begin(g, node), end = rg__edges_end(g, node);
    for (uint64_t e = begin; e < end; e++) {
        const uint32_t to = targets[e];
        if ((e - begin) % RG__TICK_EDGES == RG__TICK_EDGES - 1 &&
            rg__tick(&f->watch, RG__TICK_EDGES))
            break;
        if (rg__bit(reached, to) || rg__label_strength(labels[e]) >= RG_STRENGTH_WEAK ||
            (cut && rg__bit(cut, e)))
            continue;
        rg__bit_set(reached, to);
        *tail++ = to;
    }
    f->tail = (size_t)(tail - f->queue);
    return end - begin;
}

/* Memory that was not touched before is dear: what waits moves to the begin of the queue when that is shorter than
 * what has gone. */
static void move_up(rg__front *f)
{
    enum { LEAST = 1 << 16 };
    if (f->head < LEAST || f->head < f->tail - f->head)
        return;
    memcpy(f->queue, f->queue + f->head, (f->tail - f->head) * sizeof *f->queue);
    f->tail -= f->head;
    f->head = 0;
}

/* Until nothing waits, or `most` edges have been followed and a few more. */
static void follow(rg__front *f, uint64_t most)
{
    uint64_t followed = 0;
    while (f->head < f->tail && followed < most && !rg__tick(&f->watch, 2)) {
        move_up(f);
        fetch_later(f);
        followed += 1 + follow_edges(f, f->queue[f->head++]);
    }
    if (f->head == f->tail || f->watch.is_stopped)
        f->head = f->tail = 0;
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
    self->queue = rg__array_new_raw(allocator, room(graph), sizeof *self->queue);
    self->watch = rg__watch_begin(graph, "what is reached", steps);
    return self->queue ? RG_OK : RG_ERR_NOMEM;
}

void rg__front_dispose(rg__front *self, const rg_allocator *allocator)
{
    if (self->queue)
        rg__array_free(allocator, self->queue, room(self->graph), sizeof *self->queue);
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
    return self->head == self->tail;
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
