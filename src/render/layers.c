/* See layers.h. */
#include "render/layers.h"

#include "base/memory.h"

#include <string.h>

typedef struct search {
    rg__layers *layers;
    uint32_t *next;  /* per node: the next of its targets to go to */
    uint32_t *stack; /* nodes that are not finished */
    size_t finished_count;
} search;

static void list_targets(search *s, const rg__picture_edge *edges, size_t count)
{
    rg__layers *l = s->layers;
    for (size_t i = 0; i < count; i++)
        l->offsets[edges[i].from + 1]++;
    for (size_t i = 0; i < l->node_count; i++) {
        l->offsets[i + 1] += l->offsets[i];
        s->next[i] = l->offsets[i];
        l->finish[i] = RG_NONE;
    }
    for (size_t i = 0; i < count; i++)
        l->targets[s->next[edges[i].from]++] = edges[i].to;
    memcpy(s->next, l->offsets, l->node_count * sizeof *s->next);
}

/* While a node is on the stack its finish says so. */
static void visit(search *s, uint32_t start)
{
    const uint32_t on_stack = RG_NONE - 1;
    rg__layers *l = s->layers;
    size_t height = 0;
    if (l->finish[start] != RG_NONE)
        return;
    l->finish[start] = on_stack;
    s->stack[height++] = start;
    while (height) {
        const uint32_t node = s->stack[height - 1];
        if (s->next[node] == l->offsets[node + 1]) {
            l->finish[node] = (uint32_t)s->finished_count;
            l->finished[s->finished_count++] = node;
            height--;
            continue;
        }
        const uint32_t target = l->targets[s->next[node]++];
        if (l->finish[target] == RG_NONE) {
            l->finish[target] = on_stack;
            s->stack[height++] = target;
        }
    }
}

static void measure_depths(rg__layers *l)
{
    for (size_t i = l->node_count; i-- > 0;) {
        const uint32_t node = l->finished[i];
        for (uint32_t t = l->offsets[node]; t < l->offsets[node + 1]; t++) {
            const uint32_t target = l->targets[t];
            if (l->finish[target] < l->finish[node] && l->depth[target] <= l->depth[node])
                l->depth[target] = l->depth[node] + 1;
        }
    }
}

rg_status rg__layers_find(rg__layers *out, const rg__picture *picture, size_t nodes, size_t edges)
{
    enum { ARRAYS = 6 };
    const size_t size = ARRAYS * nodes + 1 + edges;
    uint32_t *words = rg__array_new(&picture->allocator, size, sizeof *words);
    if (!words)
        return RG_ERR_NOMEM;
    *out = (rg__layers){
        .node_count = nodes,
        .finish = words,
        .finished = words + nodes,
        .depth = words + 2 * nodes,
        .offsets = words + 5 * nodes,
        .targets = words + ARRAYS * nodes + 1,
        .allocator = picture->allocator,
        .words = words,
        .word_count = size,
    };
    search s = {.layers = out, .next = words + 3 * nodes, .stack = words + 4 * nodes};
    list_targets(&s, picture->edges, edges);
    for (size_t i = 0; i < edges; i++)
        if (picture->edges[i].is_chain || picture->edges[i].is_cycle)
            visit(&s, picture->edges[i].from);
    for (uint32_t i = 0; i < nodes; i++)
        visit(&s, i);
    measure_depths(out);
    return RG_OK;
}

void rg__layers_dispose(rg__layers *self)
{
    rg__array_free(&self->allocator, self->words, self->word_count, sizeof *self->words);
    *self = (rg__layers){0};
}
