/* What some nodes retain, by dominators of that part of the graph alone which they cut off.
 *
 *     starts ─► … ─► R ─► x ─┬─► …           R: what the starts reach around the asked-for nodes x
 *                     └─► x' ┴─► …           the part: all others
 *
 * Every way into the part leads to an asked-for node first, so ways within the part from those that R refers to (or
 * that are starts) are all that matters for what they dominate: whoever is left out of a way to a node of the part is
 * left out of its end behind the last node of R, which is a way from such an asked-for node. */
#include <refgraph/analysis.h>

#include "analysis/flow.h"
#include "analysis/reach.h"
#include "analysis/starts.h"

typedef struct finder {
    const rg_graph *graph;
    const uint32_t *asked;
    size_t asked_count;
    rg_allocator allocator;
    uint64_t *rest;    /* R, a bit set by node */
    uint64_t *entered; /* asked-for nodes that R refers to, and starts; likewise */
    uint32_t *before;  /* per word of `rest`: nodes of the part before it */
    uint32_t part_count;
    uint64_t *offsets; /* part_count + 1: the part's edges, by nodes of the part */
    uint32_t *targets;
    uint64_t edge_count;
    uint32_t *entries; /* of the part */
    size_t entry_count;
    uint64_t edge_room;
    size_t entry_room;
    rg__watch watch;
} finder;

static void clear(uint64_t *bits, uint32_t i)
{
    bits[i / 64] &= ~(UINT64_C(1) << i % 64);
}

/* The number of a node among those of the part. */
static uint32_t number_of(const finder *f, uint32_t node)
{
    const uint64_t lower = ~f->rest[node / 64] & ((UINT64_C(1) << node % 64) - 1);
    return f->before[node / 64] + (uint32_t)__builtin_popcountll(lower);
}

static bool is_followed(const rg_graph *g, uint64_t edge)
{
    return rg__label_strength(g->labels[edge]) < RG_STRENGTH_WEAK;
}

/* `rest`, and the starts among the asked-for nodes. */
static rg_status find_rest(finder *f)
{
    const rg_allocator *a = &f->allocator;
    rg__starts starts = {.allocator = *a};
    rg__front front = {0};
    rg_status status = rg__starts_find(&starts, f->graph, a);
    if (!status)
        status = rg__front_start(&front, f->graph, f->rest, a);
    if (!status) {
        for (size_t i = 0; i < f->asked_count; i++)
            rg__bit_set(f->rest, f->asked[i]);
        for (size_t i = 0; i < starts.count; i++)
            if (!rg__front_meet(&front, starts.items[i])) /* by another start, or asked for */
                rg__bit_set(f->entered, starts.items[i]);
        for (size_t i = 0; i < f->asked_count; i++)
            clear(f->rest, f->asked[i]);
        status = rg__watch_status(&front.watch);
    }
    rg__front_dispose(&front, a);
    rg__starts_dispose(&starts);
    return status;
}

/* What R refers to outside of it is asked for. */
static void find_entered(finder *f)
{
    const rg_graph *g = f->graph;
    for (uint32_t u = 0; u < g->tables.node_count; u++) {
        const uint64_t end = rg__edges_end(g, u);
        if (!rg__bit(f->rest, u))
            continue;
        for (uint64_t e = rg__edges_begin(g, u); e < end; e++)
            if (!rg__bit(f->rest, g->targets[e]) && is_followed(g, e))
                rg__bit_set(f->entered, g->targets[e]);
        if (rg__tick(&f->watch, 1 + (end - rg__edges_begin(g, u)) / 4))
            return;
    }
}

static void number_part(finder *f)
{
    const size_t words = rg__bit_words(f->graph);
    const uint32_t behind = (uint32_t)(64 * words - f->graph->tables.node_count);
    for (size_t i = 0; i < words; i++) {
        f->before[i] = f->part_count;
        f->part_count += (uint32_t)__builtin_popcountll(~f->rest[i]);
    }
    f->part_count -= behind; /* bits that are no nodes */
}

/* Count the edges within the part, or list them where there is room. */
static void visit_edges(finder *f)
{
    const rg_graph *g = f->graph;
    uint32_t number = 0;
    f->edge_count = 0;
    f->entry_count = 0;
    for (uint32_t u = 0; u < g->tables.node_count && !rg__tick(&f->watch, 1); u++) {
        if (rg__bit(f->rest, u))
            continue;
        if (f->offsets)
            f->offsets[number] = f->edge_count;
        if (rg__bit(f->entered, u)) {
            if (f->entries)
                f->entries[f->entry_count] = number;
            f->entry_count++;
        }
        number++;
        for (uint64_t e = rg__edges_begin(g, u); e < rg__edges_end(g, u); e++) {
            if (rg__bit(f->rest, g->targets[e]) || !is_followed(g, e))
                continue;
            if (f->targets)
                f->targets[f->edge_count] = number_of(f, g->targets[e]);
            f->edge_count++;
        }
    }
    if (f->offsets)
        f->offsets[number] = f->edge_count;
}

static rg_status list_edges(finder *f)
{
    const rg_allocator *a = &f->allocator;
    visit_edges(f);
    f->edge_room = f->edge_count;
    f->entry_room = f->entry_count;
    f->offsets = rg__array_new_raw(a, (size_t)f->part_count + 1, sizeof *f->offsets);
    f->targets = rg__array_new_raw(a, f->edge_room, sizeof *f->targets);
    f->entries = rg__array_new_raw(a, f->entry_room, sizeof *f->entries);
    if (!f->offsets || (f->edge_count && !f->targets) || (f->entry_count && !f->entries))
        return RG_ERR_NOMEM;
    visit_edges(f);
    return rg__watch_status(&f->watch);
}

/* Sums up the tree: a node stands in the dominators' order behind those that dominate it. */
static rg_status sum_up(rg_retained_sum *out, finder *f, const rg__dominators *dominators)
{
    const rg__tables *t = &f->graph->tables;
    rg_retained_sum *sums = rg__array_new_raw(&f->allocator, f->part_count, sizeof *sums);
    uint32_t number = 0;
    if (!sums)
        return RG_ERR_NOMEM;
    for (uint32_t n = 0; n < t->node_count && !rg__tick(&f->watch, 1); n++)
        if (!rg__bit(f->rest, n))
            sums[number++] = (rg_retained_sum){.size = rg__node_size(t, n), .count = 1};
    for (uint32_t i = dominators->reached; i-- > 1 && !rg__tick(&f->watch, 1);) {
        const uint32_t node = dominators->order[i];
        const uint32_t above = dominators->idom[node];
        if (above == RG_NONE)
            continue;
        sums[above].size += sums[node].size;
        sums[above].count += sums[node].count;
    }
    const rg_status status = rg__watch_status(&f->watch);
    for (size_t i = 0; i < f->asked_count && !status; i++)
        out[i] = sums[number_of(f, f->asked[i])];
    rg__array_free(&f->allocator, sums, f->part_count, sizeof *sums);
    return status;
}

static rg_status find_sums(rg_retained_sum *out, finder *f)
{
    const rg_allocator *a = &f->allocator;
    rg__flow_edges edges = {0};
    rg__dominators dominators = {.allocator = *a};
    find_entered(f);
    rg_status status = list_edges(f);
    if (!status)
        status = rg__flow_edges_make(&edges, f->part_count, f->offsets, f->targets, f->graph, a);
    if (!status) {
        const rg__flow flow = rg__flow_of(&edges, f->entries, f->entry_count, f->graph);
        status = rg__dominators_find(&dominators, &flow, a);
    }
    if (!status)
        status = sum_up(out, f, &dominators);
    rg__dominators_dispose(&dominators);
    rg__flow_edges_dispose(&edges);
    return status;
}

/* One node retains all of the part. */
static rg_status sum_part(rg_retained_sum *out, finder *f)
{
    const rg__tables *t = &f->graph->tables;
    rg_retained_sum sum = {0};
    for (uint32_t n = 0; n < t->node_count && !rg__tick(&f->watch, 1); n++)
        if (!rg__bit(f->rest, n)) {
            sum.size += rg__node_size(t, n);
            sum.count++;
        }
    const rg_status status = rg__watch_status(&f->watch);
    if (!status)
        *out = sum;
    return status;
}

rg_status rg_retained_some_find(rg_retained_sum *out, const rg_graph *graph, const uint32_t *nodes,
                                size_t count, uint32_t most, const rg_allocator *allocator)
{
    const size_t words = rg__bit_words(graph);
    finder f = {
        .graph = graph,
        .asked = nodes,
        .asked_count = count,
        .allocator = allocator ? *allocator : graph->allocator,
        .watch = rg__watch_begin(graph, "retained sizes",
                                 4 * (uint64_t)graph->tables.node_count + graph->edge_count),
    };
    const rg_allocator *a = &f.allocator;
    for (size_t i = 0; i < count; i++)
        if (nodes[i] >= graph->tables.node_count)
            return RG_ERR_ARGUMENT;
    if (!count)
        return RG_OK;
    f.rest = rg__array_new(a, words, sizeof *f.rest);
    f.entered = rg__array_new(a, words, sizeof *f.entered);
    f.before = rg__array_new_raw(a, words, sizeof *f.before);
    rg_status status = f.rest && f.entered && f.before ? find_rest(&f) : RG_ERR_NOMEM;
    if (!status)
        number_part(&f);
    if (!status && count > 1 && f.part_count > most)
        status = RG_ERR_LIMIT;
    if (!status)
        status = count > 1 ? find_sums(out, &f) : sum_part(out, &f);
    rg__array_free(a, f.entries, f.entry_room, sizeof *f.entries);
    rg__array_free(a, f.targets, f.edge_room, sizeof *f.targets);
    rg__array_free(a, f.offsets, (size_t)f.part_count + 1, sizeof *f.offsets);
    rg__array_free(a, f.before, words, sizeof *f.before);
    rg__array_free(a, f.entered, words, sizeof *f.entered);
    rg__array_free(a, f.rest, words, sizeof *f.rest);
    return status;
}
