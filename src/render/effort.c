/* See effort.h.
 *
 * dot puts a node of its own wherever a reference crosses a layer. How many there are decides what a layout
 * costs, in the worst case with their square: 300 objects in a row, many of them held by the first and holding the
 * last, made 38,000, which took 12 s whatever nslimit said. Among so many nobody follows a long reference: the
 * longest are left out, and the picture says how many. */
#include "render/effort.h"

#include "base/memory.h"
#include "render/layers.h"

#include <stdlib.h>

enum { CROSSED_A_NODE = 20 /* layers that references may cross, a node of the limit */ };

typedef struct ranked {
    uint32_t span; /* layers from end to end; 0: a loop */
    uint32_t edge;
    bool stays;
} ranked;

/* ---- layers, about as dot's simplex would choose them: the least to cross ---- */

/* Per node: how many references lead down to it less how many lead down from it. */
static void weigh(int32_t *pull, const rg__layers *l)
{
    for (uint32_t node = 0; node < l->node_count; node++)
        for (uint32_t t = l->offsets[node]; t < l->offsets[node + 1]; t++) {
            const uint32_t target = l->targets[t];
            const int32_t down = l->finish[target] < l->finish[node] ? 1 : -1;
            if (target != node) {
                pull[target] += down;
                pull[node] -= down;
            }
        }
}

/* Nodes that lead to more than leads to them go down to the highest of their targets. */
static void pull_down(rg__layers *l, const int32_t *pull)
{
    for (size_t i = 0; i < l->node_count; i++) {
        const uint32_t node = l->finished[i];
        uint32_t highest = RG_NONE;
        for (uint32_t t = l->offsets[node]; t < l->offsets[node + 1] && pull[node] < 0; t++) {
            const uint32_t target = l->targets[t];
            if (l->finish[target] < l->finish[node] && l->depth[target] < highest)
                highest = l->depth[target];
        }
        if (highest != RG_NONE && highest - 1 > l->depth[node])
            l->depth[node] = highest - 1;
    }
}

/* The others go up to the lowest of their sources; `lowest`: per node, zeroed. */
static void pull_up(rg__layers *l, const int32_t *pull, uint32_t *lowest)
{
    for (size_t i = l->node_count; i-- > 0;) {
        const uint32_t node = l->finished[i];
        if (pull[node] > 0)
            l->depth[node] = lowest[node];
        for (uint32_t t = l->offsets[node]; t < l->offsets[node + 1]; t++) {
            const uint32_t target = l->targets[t];
            if (l->finish[target] < l->finish[node] && lowest[target] <= l->depth[node])
                lowest[target] = l->depth[node] + 1;
        }
    }
}

static rg_status settle(rg__layers *l)
{
    int32_t *pull = rg__array_new(&l->allocator, l->node_count, sizeof *pull);
    uint32_t *lowest = rg__array_new(&l->allocator, l->node_count, sizeof *lowest);
    const rg_status status = pull && lowest ? RG_OK : RG_ERR_NOMEM;
    if (!status) {
        weigh(pull, l);
        pull_down(l, pull);
        pull_up(l, pull, lowest);
        pull_down(l, pull);
    }
    rg__array_free(&l->allocator, pull, l->node_count, sizeof *pull);
    rg__array_free(&l->allocator, lowest, l->node_count, sizeof *lowest);
    return status;
}

/* ---- what to leave out ---- */

static int by_span(const void *a, const void *b)
{
    const ranked *x = a;
    const ranked *y = b;
    if (x->span != y->span)
        return x->span < y->span ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

static uint32_t crossed(const ranked *edge)
{
    return edge->span ? edge->span - 1 : 0;
}

static uint32_t set_of(uint32_t *parents, uint32_t node)
{
    while (parents[node] != node) {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    return node;
}

/* What is marked stays; and the shortest references by which the objects hang together. */
static void choose_what_stays(ranked *items, const rg__picture *p, uint32_t *parents)
{
    for (uint32_t i = 0; i < p->node_count; i++)
        parents[i] = i;
    for (size_t i = 0; i < p->edge_count; i++) {
        const rg__picture_edge *edge = &p->edges[items[i].edge];
        const uint32_t from = set_of(parents, edge->from);
        const uint32_t to = set_of(parents, edge->to);
        items[i].stays = edge->is_marked || from != to;
        parents[from] = to;
    }
}

/* Leave out the longest, while too many layers are crossed. */
static void leave_out(ranked *items, rg__picture *p, uint64_t most, bool *is_out)
{
    for (size_t i = p->edge_count; i-- > 0 && p->length > most;) {
        if (items[i].stays)
            continue;
        is_out[items[i].edge] = true;
        p->length -= crossed(&items[i]);
    }
    size_t count = 0;
    for (size_t i = 0; i < p->edge_count; i++)
        if (!is_out[i])
            p->edges[count++] = p->edges[i];
    p->edge_count = count;
}

static void rank(ranked *items, rg__picture *p, const rg__layers *l)
{
    p->length = 0;
    for (uint32_t i = 0; i < p->edge_count; i++) {
        const uint32_t from = l->depth[p->edges[i].from];
        const uint32_t to = l->depth[p->edges[i].to];
        items[i] = (ranked){.span = from < to ? to - from : from - to, .edge = i};
        p->length += crossed(&items[i]);
    }
}

rg_status rg__effort_bound(rg__picture *p, uint32_t max_nodes, uint64_t *left_out)
{
    const rg_allocator *a = &p->allocator;
    const size_t edges = p->edge_count;
    const uint64_t most = (uint64_t)max_nodes * CROSSED_A_NODE;
    *left_out = 0;
    if (!edges)
        return RG_OK;
    rg__layers layers = {0};
    ranked *items = rg__array_new(a, edges, sizeof *items);
    bool *is_out = rg__array_new(a, edges, sizeof *is_out);
    uint32_t *parents = rg__array_new(a, p->node_count, sizeof *parents);
    rg_status status = items && is_out && parents
                           ? rg__layers_find(&layers, p, p->node_count, edges)
                           : RG_ERR_NOMEM;
    if (!status)
        status = settle(&layers);
    if (!status) {
        rank(items, p, &layers);
        if (p->length > most) {
            qsort(items, edges, sizeof *items, by_span);
            choose_what_stays(items, p, parents);
            leave_out(items, p, most, is_out);
            *left_out = edges - p->edge_count;
        }
    }
    rg__layers_dispose(&layers);
    rg__array_free(a, items, edges, sizeof *items);
    rg__array_free(a, is_out, edges, sizeof *is_out);
    rg__array_free(a, parents, p->node_count, sizeof *parents);
    return status;
}
