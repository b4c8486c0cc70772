/* The end of building: forward edges in the order of their sources, reverse edges, tables of their final size. */
#include "base/sort.h"
#include "graph/builder_private.h"

#include <string.h>

/* offsets[k + 1] becomes the end of bucket k: a counting sort's first half. */
static void count_offsets(uint64_t *offsets, size_t buckets, const uint32_t *keys, uint64_t count)
{
    memset(offsets, 0, (buckets + 1) * sizeof *offsets);
    for (uint64_t e = 0; e < count; e++)
        offsets[keys[e] + 1]++;
    for (size_t k = 0; k < buckets; k++)
        offsets[k + 1] += offsets[k];
}

/* Scattering advanced each offsets[k] to the start of bucket k + 1: move them back by one. */
static void shift_offsets(uint64_t *offsets, size_t buckets)
{
    memmove(offsets + 1, offsets, buckets * sizeof *offsets);
    offsets[0] = 0;
}

/* Forward CSR from unsorted triples: stable, so a source's edges keep their order. */
static rg_status sort_forward(rg_graph *g, const rg_builder *b, uint64_t *offsets)
{
    const size_t count = (size_t)b->edge_count;
    const rg_allocator *a = &b->allocator;
    if (!count)
        return RG_OK;
    g->targets = rg__array_new_raw(a, count, sizeof *g->targets);
    g->target_capacity = g->targets ? count : 0;
    g->labels = rg__array_new_raw(a, count, sizeof *g->labels);
    g->label_capacity = g->labels ? count : 0;
    if (!g->targets || !g->labels)
        return RG_ERR_NOMEM;
    for (uint64_t e = 0; e < b->edge_count; e++) {
        const uint64_t slot = offsets[b->from[e]]++;
        g->targets[slot] = b->to[e];
        g->labels[slot] = b->labels[e];
    }
    shift_offsets(offsets, b->tables.node_count);
    return RG_OK;
}

static bool type_nodes_exist(const rg__tables *t)
{
    for (size_t i = 0; i < t->type_count; i++)
        if (t->types[i].node != RG_NONE && t->types[i].node >= t->node_count)
            return false;
    return true;
}

static int by_node(const void *a, const void *b)
{
    const uint32_t left = ((const rg__native *)a)->node;
    const uint32_t right = ((const rg__native *)b)->node;
    return (left > right) - (left < right);
}

/* Hand the builder's tables and, where they are in order already, its edge arrays to the graph. */
static void move_into(rg_graph *g, rg_builder *b)
{
    const rg_allocator *a = &b->allocator;
    if (!g->targets) {
        g->targets = b->to;
        g->target_capacity = b->to_capacity;
        g->labels = b->labels;
        g->label_capacity = b->label_capacity;
        b->to = NULL;
        b->labels = NULL;
        b->to_capacity = b->label_capacity = 0;
    }
    rg__array_shrink(a, &g->targets, &g->target_capacity, (size_t)g->edge_count, 4);
    rg__array_shrink(a, &g->labels, &g->label_capacity, (size_t)g->edge_count, 4);
    g->tables = b->tables;
    rg__tables *t = &g->tables;
    if (t->native_count)
        rg__sort(t->native, t->native_count, sizeof *t->native, by_node);
    rg__array_shrink(a, &t->nodes, &t->node_capacity, t->node_count, sizeof *t->nodes);
    rg__array_shrink(a, &t->wide_nodes, &t->wide_node_capacity, t->wide_node_count,
                     sizeof *t->wide_nodes);
    rg__strings_freeze(&t->strings);
    b->tables = (rg__tables){.strings.allocator = *a};
}

/* Where the forward edges of each node begin; and the edges in that order, where they are not. */
static rg_status set_forward(rg_graph *g, rg_builder *b)
{
    const rg_allocator *a = &b->allocator;
    const size_t nodes = b->tables.node_count;
    if (b->sources_ascend) {
        rg_status status = rg__builder_begin(b, nodes + 1);
        if (status)
            return status;
        g->offsets = b->begins;
        b->begins = (rg__offsets){0};
        rg__offsets_shrink(&g->offsets, a, nodes + 1);
        return RG_OK;
    }
    uint64_t *offsets = rg__array_new_raw(a, nodes + 1, sizeof *offsets);
    if (!offsets)
        return RG_ERR_NOMEM;
    count_offsets(offsets, nodes, b->from, b->edge_count);
    rg_status status = sort_forward(g, b, offsets);
    if (!status)
        status = rg__offsets_pack(&g->offsets, a, offsets, nodes + 1);
    rg__array_free(a, offsets, nodes + 1, sizeof *offsets);
    return status;
}

rg_status rg_builder_finish(rg_graph **out, rg_builder **self)
{
    rg_builder *b = *self;
    const rg_allocator a = b->allocator;
    rg_graph *g = rg__array_new(&a, 1, sizeof *g);
    if (!g)
        return RG_ERR_NOMEM;
    g->allocator = a;
    g->edge_count = b->edge_count;
    rg_status status = type_nodes_exist(&b->tables) ? set_forward(g, b) : RG_ERR_ARGUMENT;
    if (!status)
        status = rg__sort_reverse(g, g->targets ? g->targets : b->to, b->tables.node_count);
    if (status) {
        if (b->sources_ascend && !b->begins.low) { /* the builder may be asked again */
            b->begins = g->offsets;
            g->offsets = (rg__offsets){0};
        }
        rg_graph_free(g);
        return status;
    }
    move_into(g, b);
    rg_builder_free(b);
    *self = NULL;
    *out = g;
    return RG_OK;
}
