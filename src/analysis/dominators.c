/* SEMI-NCA (Georgiadis, Tarjan, Werneck, "Finding dominators in practice", JGAA 10, 2006), with stacks of
 * its own in the place of recursion. Nodes are told by their numbers in the preorder of a depth-first
 * search, so that "above in the tree" implies "smaller".
 *
 *   1. number     depth-first search: order, number, parent
 *   2. referrers  the reached edges by target, both ends as numbers
 *   3. semi       from the last node to the first: the smallest number from which a way leads to the node
 *                 through nodes greater than it alone (its semidominator). What lies above a referrer
 *                 is found by path compression, O(log V) amortised.
 *   4. idom       from the first to the last: the immediate dominator of a node is the nearest one
 *                 above its parent, in the tree of dominators, that is not greater than its semidominator.
 *
 * Step 4 is a plain climb in the paper, O(V) a node: a list of a million links, each with an item that
 * something else holds too, would take hours. Here each node has a pointer that jumps over a part of its
 * dominators, by which the climb takes O(log V) steps (Myers, "An applicative random-access stack", Inf.
 * Proc. Letters 17, 1983).
 *
 * Arrays are used again when what they held is no longer asked for:
 *
 *   idom    per node     number                                      → the result
 *   above   per number   parent in the tree            → immediate dominator
 *   at      per number   edge at hand → end of referrers → semidominator
 *   links   per number                  path compression → jumps */
#include "analysis/dominators.h"

#include "analysis/prefetch.h"
#include "base/memory.h"

#include <assert.h>

/* Of a path compressed up to `up`, or of a jump. */
typedef struct link {
    uint32_t up;
    union {
        uint32_t least; /* the smallest semidominator from here to below `up` */
        uint32_t depth; /* in the tree of dominators */
    };
} link;

typedef struct finder {
    const rg__flow *flow;
    uint32_t *number; /* RG_NONE: not reached */
    uint32_t *order;
    uint32_t *above;
    uint64_t *at;
    link *links;
    uint32_t *path;
    uint32_t *referrers; /* of number n: up to at[n], from at[n - 1] */
    uint64_t edge_count; /* in referrers */
    uint32_t reached;
} finder;

enum { WINDOW = 16 }; /* how far ahead memory is asked for */

/* ---- 1: number ---- */

static void fetch_ends(const finder *f, uint64_t e, uint64_t end)
{
    const rg__flow *flow = f->flow;
    const uint64_t until = end - e < WINDOW ? end : e + WINDOW;
    for (uint64_t i = e; i < until; i++) {
        rg__prefetch(&f->number[flow->targets[i]]);
        rg__prefetch(&flow->offsets[flow->targets[i]]);
    }
    for (uint64_t i = e; i < until; i++)
        if (f->number[flow->targets[i]] == RG_NONE)
            rg__prefetch(&flow->targets[flow->offsets[flow->targets[i]]]);
}

static uint32_t enter(finder *f, uint32_t node, uint32_t parent)
{
    const uint64_t *offsets = f->flow->offsets;
    const uint32_t n = f->reached++;
    f->number[node] = n;
    f->order[n] = node;
    f->above[n] = parent;
    f->at[n] = offsets[node];
    f->edge_count += offsets[node + 1] - offsets[node];
    fetch_ends(f, offsets[node], offsets[node + 1]);
    return n;
}

/* The next node that n leads to and that has no number, or RG_NONE. */
static uint32_t next_node(finder *f, uint32_t n)
{
    const uint32_t *targets = f->flow->targets;
    const uint64_t begin = f->flow->offsets[f->order[n]];
    const uint64_t end = f->flow->offsets[f->order[n] + 1];
    uint32_t next = RG_NONE;
    uint64_t e = f->at[n];
    while (e < end && next == RG_NONE) {
        if ((e - begin) % WINDOW == 0 && e != begin)
            fetch_ends(f, e, end);
        if (f->number[targets[e]] == RG_NONE)
            next = targets[e];
        e++;
    }
    f->at[n] = e;
    return next;
}

static void number_nodes(finder *f)
{
    uint32_t n = enter(f, f->flow->root, 0);
    for (;;) {
        const uint32_t next = next_node(f, n);
        if (next != RG_NONE)
            n = enter(f, next, n);
        else if (n)
            n = f->above[n];
        else
            return;
    }
}

/* ---- 2: referrers ---- */

/* Before the edge is looked at, in ascending order: ask for what later ones need. */
static void fetch_later(const finder *f, uint64_t e)
{
    const rg__flow *flow = f->flow;
    if (flow->offsets[flow->count] - e <= WINDOW)
        return;
    rg__prefetch(&f->number[flow->targets[e + WINDOW]]);
    const uint32_t soon = f->number[flow->targets[e + WINDOW / 2]];
    if (soon != RG_NONE)
        rg__prefetch(&f->at[soon]);
}

/* Edges are read in the order of nodes, not of numbers: that of memory. */
static void count_referrers(finder *f)
{
    const rg__flow *flow = f->flow;
    for (uint32_t n = 0; n < f->reached; n++)
        f->at[n] = 0;
    for (uint32_t v = 0; v < flow->count; v++) {
        if (f->number[v] == RG_NONE)
            continue;
        for (uint64_t e = flow->offsets[v]; e < flow->offsets[v + 1]; e++) {
            fetch_later(f, e);
            f->at[f->number[flow->targets[e]]]++;
        }
    }
}

static void collect_referrers(finder *f)
{
    const rg__flow *flow = f->flow;
    count_referrers(f);
    uint64_t begin = 0;
    for (uint32_t n = 0; n < f->reached; n++) {
        const uint64_t count = f->at[n];
        f->at[n] = begin;
        begin += count;
    }
    for (uint32_t v = 0; v < flow->count; v++) {
        const uint32_t number = f->number[v];
        if (number == RG_NONE)
            continue;
        for (uint64_t e = flow->offsets[v]; e < flow->offsets[v + 1]; e++) {
            fetch_later(f, e);
            f->referrers[f->at[f->number[flow->targets[e]]]++] = number;
        }
    }
}

/* ---- 3: semi ---- */

/* The smallest semidominator of `from` and the nodes above it that are greater than n. */
static uint32_t least_above(finder *f, uint32_t from, uint32_t n)
{
    link *links = f->links;
    uint32_t length = 0;
    uint32_t v = from;
    while (links[v].up > n) {
        f->path[length++] = v;
        v = links[v].up;
    }
    link top = links[v];
    while (length) {
        v = f->path[--length];
        if (links[v].least < top.least)
            top.least = links[v].least;
        links[v] = top;
    }
    return top.least;
}

static void find_semidominators(finder *f)
{
    const uint32_t *referrers = f->referrers;
    uint64_t i = f->edge_count;
    for (uint32_t n = f->reached; n-- > 1;) {
        uint32_t least = n;
        for (const uint64_t begin = f->at[n - 1]; i > begin; i--) {
            const uint32_t u = referrers[i - 1];
            if (i > WINDOW)
                rg__prefetch(&f->links[referrers[i - 1 - WINDOW]]);
            const uint32_t found = u <= n ? u : least_above(f, u, n);
            if (found < least)
                least = found;
        }
        f->links[n] = (link){.up = f->above[n], .least = least};
        f->at[n] = least;
    }
}

/* ---- 4: idom ---- */

/* Where a node below `idom` jumps to: over two equal jumps, or to `idom`. */
static uint32_t jump_from(const link *links, uint32_t idom)
{
    const uint32_t first = links[idom].up;
    const uint32_t second = links[first].up;
    const bool is_even =
        links[idom].depth - links[first].depth == links[first].depth - links[second].depth;
    return is_even ? second : idom;
}

static void find_idoms(finder *f)
{
    link *jumps = f->links;
    jumps[0] = (link){.up = 0, .depth = 0};
    for (uint32_t n = 1; n < f->reached; n++) {
        const uint32_t semi = (uint32_t)f->at[n];
        uint32_t idom = f->above[n];
        while (idom > semi)
            idom = jumps[idom].up >= semi ? jumps[idom].up : f->above[idom];
        f->above[n] = idom;
        jumps[n] = (link){.up = jump_from(jumps, idom), .depth = jumps[idom].depth + 1};
    }
}

/* Numbers become nodes. */
static void tell_idoms(finder *f)
{
    uint32_t *idom = f->number;
    idom[f->flow->root] = RG_NONE;
    for (uint32_t n = 1; n < f->reached; n++)
        idom[f->order[n]] = f->order[f->above[n]];
}

rg_status rg__dominators_find(rg__dominators *out, const rg__flow *flow,
                              const rg_allocator *allocator)
{
    const uint32_t count = flow->count;
    rg__dominators found = {
        .count = count,
        .allocator = rg__allocator_or_default(allocator),
    };
    const rg_allocator *a = &found.allocator;
    finder f = {.flow = flow};
    rg_status status = RG_ERR_NOMEM;
    assert(!count || flow->root < count);
    found.idom = rg__array_new_raw(a, count, sizeof *found.idom);
    found.order = rg__array_new_raw(a, count, sizeof *found.order);
    f.above = rg__array_new_raw(a, count, sizeof *f.above);
    f.at = rg__array_new_raw(a, count, sizeof *f.at);
    f.links = rg__array_new_raw(a, count, sizeof *f.links);
    f.path = rg__array_new_raw(a, count, sizeof *f.path);
    if (count && (!found.idom || !found.order || !f.above || !f.at || !f.links || !f.path))
        goto done;
    f.number = found.idom;
    f.order = found.order;
    if (count) {
        for (uint32_t v = 0; v < count; v++)
            f.number[v] = RG_NONE;
        number_nodes(&f);
        f.referrers = rg__array_new_raw(a, f.edge_count, sizeof *f.referrers);
        if (f.edge_count && !f.referrers)
            goto done;
        collect_referrers(&f);
        find_semidominators(&f);
        find_idoms(&f);
        tell_idoms(&f);
    }
    found.reached = f.reached;
    *out = found;
    found.idom = NULL;
    found.order = NULL;
    status = RG_OK;

done:
    rg__array_free(a, f.referrers, f.edge_count, sizeof *f.referrers);
    rg__array_free(a, f.path, count, sizeof *f.path);
    rg__array_free(a, f.links, count, sizeof *f.links);
    rg__array_free(a, f.at, count, sizeof *f.at);
    rg__array_free(a, f.above, count, sizeof *f.above);
    rg__array_free(a, found.order, count, sizeof *found.order);
    rg__array_free(a, found.idom, count, sizeof *found.idom);
    return status;
}

void rg__dominators_dispose(rg__dominators *self)
{
    rg__array_free(&self->allocator, self->order, self->count, sizeof *self->order);
    rg__array_free(&self->allocator, self->idom, self->count, sizeof *self->idom);
    *self = (rg__dominators){0};
}
