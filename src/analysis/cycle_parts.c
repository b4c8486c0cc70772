/* See cycle_parts.h. A node that is in no cycle and is no root, and to which nothing but one part refers, joins that
 * part: transformations T1 and T2 of Hecht and Ullman ("Flow graph reducibility", SIAM J. Comput. 1, 1972), at which
 * cycles do not take part as the ones that join. Every way into a part leads to the one that it began with: to a cycle,
 * or to a node of none. So what is reached around a cycle is what is reached around its part.
 *
 * A weak reference counts like any other here: then a node joins none where it might have. Most nodes have one
 * referrer, and join in the first pass, whatever the order; what several of one part refer to may need another. */
#include "analysis/cycle_parts.h"

#include "analysis/prefetch.h"
#include "analysis/reach.h"

enum { PASSES = 2, FAR = 48, NEAR = 24 /* sources before whose turn something is asked for */ };

typedef struct joiner {
    const rg_graph *graph;
    const uint32_t *component, *cycle_of;
    uint32_t *above; /* per component: that which it has joined, or itself */
    uint64_t *fixed; /* nodes that join nothing: roots, and what roots do not reach; a bit each */
    rg__watch watch;
} joiner;

/* The first of a part; ways there become shorter (Tarjan, van Leeuwen 1984: path halving). */
static uint32_t first_of(uint32_t *above, uint32_t c)
{
    while (above[c] != c) {
        above[c] = above[above[c]];
        c = above[c];
    }
    return c;
}

static void fetch_later(const joiner *j, uint64_t i)
{
    const rg_graph *g = j->graph;
    if (i + FAR >= g->edge_count)
        return;
    rg__prefetch(&j->component[g->sources[i + FAR]]);
    rg__prefetch(&j->above[j->component[g->sources[i + NEAR]]]);
}

/* The only part that refers to a node of component c, besides what has joined that; or RG_NONE. */
static uint32_t only_referrer(joiner *j, uint32_t node, uint32_t c)
{
    const rg_graph *g = j->graph;
    const uint64_t end = rg__sources_end(g, node);
    uint32_t only = RG_NONE;
    for (uint64_t i = rg__sources_begin(g, node); i < end; i++) {
        fetch_later(j, i);
        const uint32_t part = first_of(j->above, j->component[g->sources[i]]);
        if (rg__tick(&j->watch, 1))
            return RG_NONE;
        if (part == c || part == only)
            continue;
        if (only != RG_NONE)
            return RG_NONE;
        only = part;
    }
    return only;
}

static void join_all(joiner *j)
{
    for (uint32_t n = 0; n < j->graph->tables.node_count && !rg__tick(&j->watch, 1); n++) {
        const uint32_t c = j->component[n];
        if (rg__bit(j->fixed, n) || j->above[c] != c || j->cycle_of[c] != RG_NONE)
            continue;
        const uint32_t only = only_referrer(j, n, c);
        if (only != RG_NONE)
            j->above[c] = only;
    }
}

/* Parts get numbers: those of cycles first. `above` becomes the number of each component's. */
static uint32_t number_parts(joiner *j, uint32_t component_count, uint32_t cycle_count,
                             uint32_t *number)
{
    uint32_t next = cycle_count;
    for (uint32_t c = 0; c < component_count && !rg__tick(&j->watch, 1); c++)
        if (j->above[c] == c)
            number[c] = j->cycle_of[c] == RG_NONE ? next++ : j->cycle_of[c];
    for (uint32_t c = 0; c < component_count && !rg__tick(&j->watch, 1); c++)
        if (j->above[c] != c)
            number[c] = number[first_of(j->above, c)];
    return next;
}

static rg_status fix(joiner *j, const uint64_t *reached, const rg_allocator *a)
{
    const rg__tables *t = &j->graph->tables;
    const size_t words = rg__bit_words(j->graph);
    j->fixed = rg__array_new_raw(a, words, sizeof *j->fixed);
    if (!j->fixed)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < words; i++)
        j->fixed[i] = ~reached[i];
    for (size_t r = 0; r < t->root_count; r++)
        rg__bit_set(j->fixed, t->roots[r].node);
    return RG_OK;
}

rg_status rg__cycle_parts_find(rg__cycle_parts *out, const rg_graph *graph, const rg_scc *scc,
                               const uint32_t *cycle_of, uint32_t cycle_count,
                               const uint64_t *reached, const rg_allocator *allocator)
{
    const rg_allocator *a = allocator;
    const uint32_t nodes = scc->node_count;
    rg__cycle_parts found = {.node_count = nodes, .allocator = *a};
    joiner j = {.graph = graph, .component = scc->component, .cycle_of = cycle_of};
    rg_status status = RG_ERR_NOMEM;
    found.part = rg__array_new_raw(a, nodes, sizeof *found.part);
    j.above = rg__array_new_raw(a, scc->count, sizeof *j.above);
    uint32_t *number = rg__array_new_raw(a, scc->count, sizeof *number);
    if (nodes && (!found.part || !j.above || !number))
        goto done;
    status = fix(&j, reached, a);
    if (status)
        goto done;
    j.watch = rg__watch_begin(graph, "what they keep",
                              (PASSES + 2) * (uint64_t)nodes + PASSES * graph->edge_count);
    for (uint32_t c = 0; c < scc->count && !rg__tick(&j.watch, 1); c++)
        j.above[c] = c;
    for (int pass = 0; pass < PASSES && !j.watch.is_stopped; pass++)
        join_all(&j);
    if (!j.watch.is_stopped)
        found.count = number_parts(&j, scc->count, cycle_count, number);
    for (uint32_t n = 0; n < nodes && !rg__tick(&j.watch, 1); n++) {
        if (n + NEAR < nodes)
            rg__prefetch(&number[scc->component[n + NEAR]]);
        found.part[n] = number[scc->component[n]];
    }
    status = rg__watch_status(&j.watch);
    if (status)
        goto done;
    *out = found;
    found.part = NULL;

done:
    rg__array_free(a, number, scc->count, sizeof *number);
    rg__array_free(a, j.fixed, rg__bit_words(graph), sizeof *j.fixed);
    rg__array_free(a, j.above, scc->count, sizeof *j.above);
    rg__array_free(a, found.part, nodes, sizeof *found.part);
    return status;
}

void rg__cycle_parts_dispose(rg__cycle_parts *self)
{
    rg__array_free(&self->allocator, self->part, self->node_count, sizeof *self->part);
    *self = (rg__cycle_parts){.allocator = self->allocator};
}
