/* SEMI-NCA (Georgiadis, Tarjan, Werneck, "Finding dominators in practice", JGAA 10, 2006), with stacks of
 * its own in the place of recursion. Nodes are told by their numbers in the preorder of a depth-first
 * search, so that "above in the tree" implies "smaller"; the root is number 0.
 *
 *   1. number     depth-first search: order, number, parent
 *   2. semi       from the last node to the first: the smallest number from which a way leads to the node
 *                 through nodes greater than it alone (its semidominator). What lies above a referrer
 *                 is found by path compression, O(log V) amortised.
 *   3. idom       from the first to the last: the immediate dominator of a node is the nearest one
 *                 above its parent, in the tree of dominators, that is not greater than its semidominator.
 *
 * Step 3 is a plain climb in the paper, O(V) a node: a list of a million links, each with an item that
 * something else holds too, would take hours. Here each node has a pointer that jumps over a part of its
 * dominators, by which the climb takes O(log V) steps (Myers, "An applicative random-access stack", Inf.
 * Proc. Letters 17, 1983).
 *
 * Arrays are used again when what they held is no longer asked for, 24 bytes a node in all:
 *
 *   idom    per node     number                               → the result
 *   order   per number   node                                   (part of the result)
 *   above   per number   parent in the tree                   → immediate dominator
 *   semi    per number   edge at hand                         → semidominator
 *   links   per number                 path compression       → jumps
 *
 * Most of the time is waiting for memory, so what is read soon is asked for: the ends of all edges of a node
 * when it is met, and in step 2, which knows its order beforehand, each node's referrers, their numbers
 * and links some nodes ahead. */
#include "analysis/dominators.h"

#include "analysis/prefetch.h"
#include "analysis/reach.h"
#include "graph/graph_private.h"

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
    uint32_t *semi;
    link *links;
    uint32_t reached;
    rg__watch watch;
} finder;

enum { WINDOW = 16 }; /* edges of a node whose ends are asked for together */

static uint64_t edges_begin(const finder *f, uint32_t node)
{
    return rg__offset(&f->flow->offsets, node);
}

static uint64_t edges_end(const finder *f, uint32_t node)
{
    return rg__offset(&f->flow->offsets, (size_t)node + 1);
}

/* ---- 1: number ---- */

static void fetch_ends(const finder *f, uint64_t e, uint64_t end)
{
    const rg__flow *flow = f->flow;
    const uint64_t until = end - e < WINDOW ? end : e + WINDOW;
    for (uint64_t i = e; i < until; i++) {
        rg__prefetch(&f->number[flow->targets[i]]);
        rg__prefetch(&flow->offsets.low[flow->targets[i]]);
    }
    for (uint64_t i = e; i < until; i++)
        if (f->number[flow->targets[i]] == RG_NONE)
            rg__prefetch(&flow->targets[edges_begin(f, flow->targets[i])]);
}

static uint32_t enter(finder *f, uint32_t node, uint32_t parent)
{
    const uint32_t n = f->reached++;
    f->number[node] = n;
    f->order[n] = node;
    f->above[n] = parent;
    f->semi[n] = 0;
    fetch_ends(f, edges_begin(f, node), edges_end(f, node));
    return n;
}

/* The next node that n leads to and that has no number, or RG_NONE. The edge at hand is told by its number among
 * those of n; a node of 2^32 edges and more has its last ones looked at again after each of them. */
static uint32_t next_node(finder *f, uint32_t n)
{
    const rg__flow *flow = f->flow;
    const uint32_t *targets = flow->targets;
    const uint32_t node = f->order[n];
    const uint64_t begin = edges_begin(f, node);
    const uint64_t end = edges_end(f, node);
    const bool some_are_weak = flow->weak && rg__bit(flow->weak->nodes, node);
    uint32_t next = RG_NONE;
    uint64_t e = begin + f->semi[n];
    while (e < end && next == RG_NONE) {
        if ((e - begin) % WINDOW == 0 && e != begin) {
            fetch_ends(f, e, end);
            if (rg__tick(&f->watch, WINDOW))
                break;
        }
        if (f->number[targets[e]] == RG_NONE &&
            !(some_are_weak && rg__label_strength(flow->labels[e]) == RG_STRENGTH_WEAK))
            next = targets[e];
        e++;
    }
    f->semi[n] = e - begin < UINT32_MAX ? (uint32_t)(e - begin) : UINT32_MAX;
    return next;
}

/* What a start leads to and what has no number yet. */
static void number_from(finder *f, uint32_t start)
{
    uint32_t n = enter(f, start, 0);
    while (n && !rg__tick(&f->watch, 1)) {
        const uint32_t next = next_node(f, n);
        n = next == RG_NONE ? f->above[n] : enter(f, next, n);
    }
}

static void number_nodes(finder *f)
{
    const rg__flow *flow = f->flow;
    f->number[flow->count] = 0;
    f->order[0] = flow->count;
    f->above[0] = 0;
    f->reached = 1;
    for (size_t i = 0; i < flow->start_count && !f->watch.is_stopped; i++)
        if (f->number[flow->starts[i]] == RG_NONE)
            number_from(f, flow->starts[i]);
}

/* ---- 2: semi ---- */

/* The smallest semidominator of `from` and the nodes above it that are greater than n. On the way up, pointers
 * are turned round, and on the way down set to the top. */
static uint32_t least_above(link *links, uint32_t from, uint32_t n)
{
    uint32_t v = from;
    uint32_t below = RG_NONE;
    while (links[v].up > n) {
        const uint32_t up = links[v].up;
        links[v].up = below;
        below = v;
        v = up;
    }
    link top = links[v];
    while (below != RG_NONE) {
        v = below;
        below = links[v].up;
        if (links[v].least < top.least)
            top.least = links[v].least;
        links[v] = top;
    }
    return top.least;
}

/* How many nodes ahead of its turn what step 2 reads is asked for, one after another; their order lies in a row, which
 * the processor sees by itself. */
enum { OFFSETS_AHEAD = 32, SOURCES_AHEAD = 24, NUMBERS_AHEAD = 16, LINKS_AHEAD = 8 };

/* The in-edges of number n, or the first of many. */
typedef struct in_edges {
    uint64_t begin, end;
} in_edges;

static in_edges in_edges_of(const finder *f, uint32_t n)
{
    const uint32_t node = f->order[n];
    return (in_edges){
        rg__offset(&f->flow->source_offsets, node),
        rg__offset(&f->flow->source_offsets, (size_t)node + 1),
    };
}

static void fetch_later(const finder *f, uint32_t n)
{
    const rg__flow *flow = f->flow;
    if (n <= OFFSETS_AHEAD)
        return;
    rg__prefetch(&flow->source_offsets.low[f->order[n - OFFSETS_AHEAD]]);
    const in_edges later = in_edges_of(f, n - SOURCES_AHEAD);
    if (later.begin < later.end) /* there may be no edge at all */
        rg__prefetch(&flow->sources[later.begin]);
    const in_edges soon = in_edges_of(f, n - NUMBERS_AHEAD);
    for (uint64_t i = soon.begin; i < soon.end && i < soon.begin + WINDOW; i++)
        rg__prefetch(&f->number[flow->sources[i]]);
    const in_edges next = in_edges_of(f, n - LINKS_AHEAD);
    for (uint64_t i = next.begin; i < next.end && i < next.begin + WINDOW; i++) {
        const uint32_t u = f->number[flow->sources[i]];
        if (u != RG_NONE && u > n)
            rg__prefetch(&f->links[u]);
    }
}

/* Of an object that very many refer to, each referrer is some ahead. */
static void fetch_of_many(const finder *f, uint64_t i, uint64_t end)
{
    if (i + 2 * WINDOW >= end)
        return;
    rg__prefetch(&f->number[f->flow->sources[i + 2 * WINDOW]]);
    const uint32_t u = f->number[f->flow->sources[i + WINDOW]];
    if (u != RG_NONE)
        rg__prefetch(&f->links[u]);
}

static uint32_t semidominator(finder *f, uint32_t n)
{
    const rg__flow *flow = f->flow;
    const in_edges in = in_edges_of(f, n);
    uint32_t least = f->semi[n];
    for (uint64_t i = in.begin; i < in.end && least; i++) {
        if (flow->weak && rg__bit(flow->weak->sources, i))
            continue;
        fetch_of_many(f, i, in.end);
        const uint32_t u = f->number[flow->sources[i]];
        if (u == RG_NONE) /* reached by none */
            continue;
        const uint32_t found = u <= n ? u : least_above(f->links, u, n);
        if (found < least)
            least = found;
        if (rg__tick(&f->watch, 1))
            break;
    }
    return least;
}

static void find_semidominators(finder *f)
{
    const rg__flow *flow = f->flow;
    for (uint32_t n = 0; n < f->reached; n++)
        f->semi[n] = n;
    for (size_t i = 0; i < flow->start_count; i++)
        f->semi[f->number[flow->starts[i]]] = 0;
    for (uint32_t n = f->reached; n-- > 1 && !rg__tick(&f->watch, 1);) {
        fetch_later(f, n);
        const uint32_t semi = semidominator(f, n);
        f->semi[n] = semi;
        f->links[n] = (link){.up = f->above[n], .least = semi};
    }
}

/* ---- 3: idom ---- */

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
    for (uint32_t n = 1; n < f->reached && !rg__tick(&f->watch, 2); n++) {
        const uint32_t semi = f->semi[n];
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
    idom[f->flow->count] = RG_NONE;
    for (uint32_t n = 1; n < f->reached && !rg__tick(&f->watch, 1); n++)
        idom[f->order[n]] = f->above[n] ? f->order[f->above[n]] : RG_NONE;
}

static rg_status find(finder *f)
{
    const size_t room = (size_t)f->flow->count + 1;
    rg_status status = rg__watch_fill(&f->watch, f->number, 0xFF, room * sizeof *f->number);
    if (status)
        return status;
    number_nodes(f);
    if (!f->watch.is_stopped)
        find_semidominators(f);
    if (!f->watch.is_stopped)
        find_idoms(f);
    if (!f->watch.is_stopped)
        tell_idoms(f);
    return rg__watch_status(&f->watch);
}

rg_status rg__dominators_find(rg__dominators *out, const rg__flow *flow,
                              const rg_allocator *allocator)
{
    const size_t room = (size_t)flow->count + 1;
    rg__dominators found = {
        .count = flow->count,
        .allocator = rg__allocator_or_default(allocator),
    };
    const rg_allocator *a = &found.allocator;
    const uint64_t edge_count = rg__offset(&flow->offsets, flow->count);
    finder f = {
        .flow = flow,
        .watch = rg__watch_begin(flow->watched, "dominators", 7 * room + 2 * edge_count),
    };
    rg_status status = RG_ERR_NOMEM;
    found.idom = rg__array_new_raw(a, room, sizeof *found.idom);
    found.order = rg__array_new_raw(a, room, sizeof *found.order);
    f.above = rg__array_new_raw(a, room, sizeof *f.above);
    f.semi = rg__array_new_raw(a, room, sizeof *f.semi);
    f.links = rg__array_new_raw(a, room, sizeof *f.links);
    if (!found.idom || !found.order || !f.above || !f.semi || !f.links)
        goto done;
    f.number = found.idom;
    f.order = found.order;
    status = find(&f);
    if (status)
        goto done;
    found.reached = f.reached;
    *out = found;
    found.idom = NULL;
    found.order = NULL;

done:
    rg__array_free(a, f.links, room, sizeof *f.links);
    rg__array_free(a, f.semi, room, sizeof *f.semi);
    rg__array_free(a, f.above, room, sizeof *f.above);
    rg__array_free(a, found.order, room, sizeof *found.order);
    rg__array_free(a, found.idom, room, sizeof *found.idom);
    return status;
}

void rg__dominators_dispose(rg__dominators *self)
{
    const size_t room = (size_t)self->count + 1;
    rg__array_free(&self->allocator, self->order, room, sizeof *self->order);
    rg__array_free(&self->allocator, self->idom, room, sizeof *self->idom);
    *self = (rg__dominators){.allocator = self->allocator};
}
