/* See part.h. The members of a small cycle are found by bisection; those of a large one through a bit set over
 * the graph and the number of bits before each word: one look-up an edge, whatever the size. */
#include "analysis/part.h"

#include "graph/graph_private.h"

enum { SMALL = 1024 /* members */ };

typedef struct numbering {
    uint64_t *bits;
    uint32_t *before; /* per word */
    size_t words;
} numbering;

static rg_status number(numbering *out, const rg__part *part)
{
    const rg_allocator *a = &part->allocator;
    if (part->count <= SMALL)
        return RG_OK;
    out->words = rg__bit_words(part->graph);
    out->bits = rg__array_new(a, out->words, sizeof *out->bits);
    out->before = rg__array_new_raw(a, out->words, sizeof *out->before);
    if (!out->bits || !out->before)
        return RG_ERR_NOMEM;
    for (uint32_t i = 0; i < part->count; i++)
        rg__bit_set(out->bits, part->nodes[i]);
    uint32_t count = 0;
    for (size_t w = 0; w < out->words; w++) {
        out->before[w] = count;
        count += (uint32_t)__builtin_popcountll(out->bits[w]);
    }
    return RG_OK;
}

/* The local number of a node, or RG_NONE. */
static uint32_t local_of(const rg__part *part, const numbering *n, uint32_t node)
{
    if (!n->bits) {
        const uint32_t local = rg__part_find(part, node);
        return part->nodes[local] == node ? local : RG_NONE;
    }
    if (!rg__bit(n->bits, node))
        return RG_NONE;
    const uint64_t below = n->bits[node / 64] & ((UINT64_C(1) << (node % 64)) - 1);
    return n->before[node / 64] + (uint32_t)__builtin_popcountll(below);
}

/* Count the edges of each member, or (where targets are there) write them. */
static rg_status fill(rg__part *self, const numbering *n, rg_strength weakest)
{
    const rg_graph *g = self->graph;
    uint64_t next = 0;
    rg__watch watch = rg__watch_begin(g, "edges of the cycle", self->count);
    for (uint32_t u = 0; u < self->count; u++) {
        const uint32_t node = self->nodes[u];
        if (rg__tick(&watch, 1 + rg__edges_end(g, node) - rg__edges_begin(g, node)))
            break;
        self->offsets[u] = next;
        for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++) {
            if (rg__label_strength(g->labels[e]) > weakest)
                continue;
            const uint32_t to = local_of(self, n, g->targets[e]);
            if (to == RG_NONE)
                continue;
            if (self->targets) {
                self->targets[next] = to;
                self->edges[next] = e;
            }
            next++;
        }
    }
    self->offsets[self->count] = next;
    return rg__watch_status(&watch);
}

rg_status rg__part_make(rg__part *out, const rg_graph *graph, const rg_cycles *cycles, size_t cycle,
                        const rg_allocator *allocator)
{
    const rg_cycle *c = &cycles->items[cycle];
    const rg_strength weakest = rg__cycle_weakest(c);
    rg__part part = {
        .allocator = *allocator,
        .graph = graph,
        .nodes = cycles->members + c->first,
        .count = c->count,
    };
    numbering n = {0};
    rg_status status = number(&n, &part);
    part.offsets = rg__array_new_raw(allocator, (size_t)part.count + 1, sizeof *part.offsets);
    if (!part.offsets)
        status = RG_ERR_NOMEM;
    if (!status)
        status = fill(&part, &n, weakest);
    if (!status) {
        part.edge_count = part.offsets[part.count];
        part.targets = rg__array_new_raw(allocator, part.edge_count, sizeof *part.targets);
        part.edges = rg__array_new_raw(allocator, part.edge_count, sizeof *part.edges);
        if (!part.targets || !part.edges)
            status = RG_ERR_NOMEM;
    }
    if (!status)
        status = fill(&part, &n, weakest);
    rg__array_free(allocator, n.bits, n.words, sizeof *n.bits);
    rg__array_free(allocator, n.before, n.words, sizeof *n.before);
    if (status)
        rg__part_dispose(&part);
    else
        *out = part;
    return status;
}

void rg__part_dispose(rg__part *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->offsets, (size_t)self->count + 1, sizeof *self->offsets);
    rg__array_free(a, self->targets, self->edge_count, sizeof *self->targets);
    rg__array_free(a, self->edges, self->edge_count, sizeof *self->edges);
    *self = (rg__part){0};
}

uint32_t rg__part_find(const rg__part *self, uint32_t node)
{
    uint32_t low = 0;
    uint32_t high = self->count;
    while (low + 1 < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (self->nodes[middle] <= node)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint32_t rg__part_source(const rg__part *self, uint64_t k)
{
    uint32_t low = 0;
    uint32_t high = self->count;
    while (low + 1 < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (self->offsets[middle] <= k)
            low = middle;
        else
            high = middle;
    }
    return low;
}

rg_edge rg__part_edge(const rg__part *self, uint32_t from, uint64_t k)
{
    return rg_graph_edge(self->graph, self->nodes[from], self->edges[k]);
}
