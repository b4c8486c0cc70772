/* Strongly connected components: Pearce, "A space-efficient algorithm for finding strongly connected
 * components" (Inf. Proc. Letters 116, 2016), PEA_FIND_SCC3: Tarjan's algorithm with one number a node in
 * the place of three facts.
 *
 *   rank[v]   0                     not met yet
 *             1 … V                 met: the smallest rank that v is known to reach, which begins as the
 *                                   number of nodes met before it and in no component yet, + 1
 *             FIRST, FIRST - 1, …   in a component, the first found having the highest number
 *
 * A rank of a component is above every rank of a met node: with m nodes in components the latter are
 * V - m at most, the former 2^32 - m at least. So an edge into a finished component lowers nothing, and
 * needs no test of its own. A component is finished when all that it reaches is: counting up from the
 * first one found is the reverse topological order.
 *
 * A node is on the path of the depth-first search, or waits behind it for the head of its component, or is
 * in a component: one array of V entries holds path and waiting nodes.
 *
 *   stack     | path →        free        ← waiting |
 *             0         depth          waiting      V
 *   cursors   per node of the path: the number of the edge at hand among its node's, and NOT_HEAD where the
 *             node reaches a lower rank
 *
 * Nodes that refer to nothing but such as are known to be components of their own are one too (*trimming*: Fleischer,
 * Hendrickson, Pinar 2000). Passes over all nodes, up and down, find most of a heap so before the search, and mark
 * them: a bit a node, which stays in the cache where ranks do not.
 *
 * Where all but weak edges count, most graphs are one large component, what that reaches and what reaches that. Two
 * breadth-first searches find it (scc_core.h), and what is left is searched depth first: what it reaches before, the
 * rest behind it. Without that a step down the path waits for memory twice: for its offsets, and for its edges.
 *
 * A node of 2^31 edges and more has its last edges looked at again after each of them: slow, and right.
 *
 * The time is that of waiting for memory: what a node's edges lead to is fetched when the node is met,
 * so that those waits overlap. */
#include "analysis/scc.h"

#include "analysis/prefetch.h"
#include "analysis/reach.h"
#include "analysis/scc_core.h"

#define FIRST UINT32_MAX
#define NOT_HEAD (UINT32_C(1) << 31)
#define LAST_CURSOR (NOT_HEAD - 1)

typedef struct search {
    const rg_graph *graph;
    const uint64_t *deeper;
    uint32_t limit, deep_limit; /* edges with labels below are followed */
    uint32_t *rank;
    uint32_t *stack;
    uint32_t *cursors;
    uint64_t *trimmed; /* bit set by node */
    uint32_t node_count;
    uint32_t depth;
    uint32_t waiting;
    uint32_t met;       /* nodes on the path and waiting */
    uint32_t component; /* the next one's rank */
    rg__watch watch;
} search;

/* Labels of edges of this strength and stronger ones are below. */
static uint32_t limit_of(rg_strength weakest)
{
    const uint32_t strength =
        weakest < RG_STRENGTH_INFRASTRUCTURE ? (uint32_t)weakest : RG_STRENGTH_INFRASTRUCTURE;
    return (strength + 1) << 30;
}

static uint32_t limit_at(const search *s, uint32_t node)
{
    const bool is_deep = s->deeper && s->deeper[node / 64] >> node % 64 & 1;
    return is_deep ? s->deep_limit : s->limit;
}

enum { WINDOW = 16 }; /* edges whose ends are fetched together */

/* Ask for what is read of the ends of edges from `e` on, and for their own edges. */
static void fetch_ends(const search *s, uint64_t e, uint64_t end)
{
    const rg_graph *g = s->graph;
    const uint64_t until = end - e < WINDOW ? end : e + WINDOW;
    for (uint64_t i = e; i < until; i++) {
        const uint32_t to = g->targets[i];
        if (!rg__bit(s->trimmed, to)) {
            rg__prefetch(&s->rank[to]);
            rg__prefetch(&g->offsets.low[to]);
        }
    }
    for (uint64_t i = e; i < until; i++) {
        const uint32_t to = g->targets[i];
        if (!rg__bit(s->trimmed, to) && !s->rank[to]) {
            rg__prefetch(&g->targets[rg__edges_begin(g, to)]);
            rg__prefetch(&g->labels[rg__edges_begin(g, to)]);
        }
    }
}

static void enter(search *s, uint32_t node)
{
    s->stack[s->depth] = node;
    s->cursors[s->depth] = 0;
    s->depth++;
    s->rank[node] = ++s->met;
    fetch_ends(s, rg__edges_begin(s->graph, node), rg__edges_end(s->graph, node));
}

/* The next node that the end of the path leads to and that is not met yet, or RG_NONE. The edge stays at
 * hand: looked at again, it lowers the rank to what was found behind it. */
static uint32_t next_node(search *s)
{
    const rg_graph *g = s->graph;
    const uint32_t *targets = g->targets;
    const uint32_t *labels = g->labels;
    uint32_t *rank = s->rank;
    const uint32_t node = s->stack[s->depth - 1];
    const uint32_t limit = limit_at(s, node);
    uint32_t not_head = s->cursors[s->depth - 1] & NOT_HEAD;
    uint32_t low = rank[node];
    uint32_t next = RG_NONE;
    const uint64_t begin = rg__edges_begin(g, node), end = rg__edges_end(g, node);
    uint64_t e = begin + (s->cursors[s->depth - 1] & ~NOT_HEAD);
    for (; e < end; e++) {
        const uint32_t to = targets[e];
        if ((e - begin) % WINDOW == 0 && e != begin) {
            fetch_ends(s, e, end);
            if (rg__tick(&s->watch, WINDOW))
                break;
        }
        if (labels[e] >= limit || rg__bit(s->trimmed, to))
            continue;
        if (!rank[to]) {
            next = to;
            break;
        }
        if (rank[to] < low) {
            low = rank[to];
            not_head = NOT_HEAD;
        }
    }
    rank[node] = low;
    s->cursors[s->depth - 1] =
        (uint32_t)(e - begin < LAST_CURSOR ? e - begin : LAST_CURSOR) | not_head;
    return next;
}

enum { ABOVE = 6, NEAR = 3 }; /* nodes of the path, from its end */

/* The way back leads through nodes that were met long ago: ask for what is read of them, the further up the less
 * it is. */
static void fetch_path(const search *s)
{
    const rg_graph *g = s->graph;
    if (s->depth <= ABOVE)
        return;
    const uint32_t above = s->stack[s->depth - ABOVE];
    rg__prefetch(&s->rank[above]);
    rg__prefetch(&g->offsets.low[above]);
    const uint64_t e =
        rg__edges_begin(g, s->stack[s->depth - NEAR]) + (s->cursors[s->depth - NEAR] & ~NOT_HEAD);
    rg__prefetch(&g->targets[e]);
    rg__prefetch(&g->labels[e]);
}

/* The end of the path has no more edges: it waits for the head of its component, or is the head. */
static void leave(search *s)
{
    uint32_t *rank = s->rank;
    const uint32_t node = s->stack[--s->depth];
    fetch_path(s);
    if (s->cursors[s->depth] & NOT_HEAD) {
        s->stack[--s->waiting] = node;
        return;
    }
    const uint32_t own = rank[node];
    while (s->waiting < s->node_count && rank[s->stack[s->waiting]] >= own) {
        rank[s->stack[s->waiting++]] = s->component;
        s->met--;
    }
    rank[node] = s->component--;
    s->met--;
}

static void search_from(search *s, uint32_t start)
{
    enter(s, start);
    while (s->depth && !rg__tick(&s->watch, 1)) {
        const uint32_t next = next_node(s);
        if (next == RG_NONE)
            leave(s);
        else
            enter(s, next);
    }
}

/* Whether all that a node refers to is trimmed. */
static bool is_last(const search *s, uint32_t node)
{
    const rg_graph *g = s->graph;
    const uint32_t limit = limit_at(s, node);
    uint64_t e = rg__edges_begin(g, node);
    const uint64_t end = rg__edges_end(g, node);
    while (e < end && (g->labels[e] >= limit || rg__bit(s->trimmed, g->targets[e])))
        e++;
    return e == end;
}

/* One pass over the nodes that are not trimmed, up or down; how many it trims. What is trimmed before a node is
 * known to it, so that a component comes after those that it reaches. */
static uint32_t trim(search *s, bool is_up)
{
    const uint32_t before = s->component;
    for (uint32_t i = 0; i < s->node_count && !rg__tick(&s->watch, 1); i++) {
        const uint32_t n = is_up ? i : s->node_count - 1 - i;
        if (rg__bit(s->trimmed, n) || !is_last(s, n))
            continue;
        rg__bit_set(s->trimmed, n);
        s->rank[n] = s->component--;
    }
    return before - s->component;
}

enum { PASSES = 8, WORTH = 16 /* a pass that trims less than one in so many was the last */ };

static void trim_all(search *s)
{
    uint32_t rest = s->node_count;
    uint32_t found = rest;
    for (int pass = 0; pass < PASSES && found >= rest / WORTH && rest; pass++) {
        found = trim(s, pass % 2 == 0);
        rest -= found;
    }
}

static void search_all(search *s, const uint64_t *of)
{
    for (uint32_t n = 0; n < s->node_count && !s->watch.is_stopped; n++)
        if (!s->rank[n] && (!of || rg__bit(of, n)))
            search_from(s, n);
}

/* The large component that a graph has more often than not: first what it reaches, then itself. */
static rg_status search_core(search *s, const rg_allocator *a)
{
    const size_t words = rg__bit_words(s->graph);
    uint64_t *core = NULL;
    uint64_t *behind = NULL;
    const rg_status status =
        rg__scc_core_find(&core, &behind, s->graph, s->trimmed, s->stack, &s->watch, a);
    if (!status && core) {
        search_all(s, behind);
        for (uint32_t n = 0; n < s->node_count && !rg__tick(&s->watch, 1); n++)
            if (rg__bit(core, n))
                s->rank[n] = s->component;
        s->component--;
    }
    rg__array_free(a, behind, words, sizeof *behind);
    rg__array_free(a, core, words, sizeof *core);
    return status;
}

/* From ranks to numbers from 0 on. */
static void number_components(search *s)
{
    for (uint32_t n = 0; n < s->node_count && !rg__tick(&s->watch, 1); n++)
        s->rank[n] = FIRST - s->rank[n];
}

rg_status rg__scc_find(rg_scc *out, const rg_graph *graph, rg_strength weakest,
                       const uint64_t *deeper, const rg_allocator *allocator)
{
    const uint32_t count = (uint32_t)graph->tables.node_count;
    rg_scc found = {
        .node_count = count,
        .allocator = allocator ? *allocator : graph->allocator,
    };
    const rg_allocator *a = &found.allocator;
    search s = {
        .graph = graph,
        .deeper = deeper,
        .limit = limit_of(weakest),
        .deep_limit = limit_of(RG_STRENGTH_INFRASTRUCTURE),
        .node_count = count,
        .waiting = count,
        .component = FIRST,
        .watch = rg__watch_begin(graph, "components", 4 * (uint64_t)count + graph->edge_count),
    };
    rg_status status = RG_ERR_NOMEM;
    found.component = rg__array_new(a, count, sizeof *found.component);
    s.trimmed = rg__array_new(a, rg__bit_words(graph), sizeof *s.trimmed);
    s.stack = rg__array_new_raw(a, count, sizeof *s.stack);
    s.cursors = rg__array_new_raw(a, count, sizeof *s.cursors);
    if (!s.trimmed || (count && (!found.component || !s.stack || !s.cursors)))
        goto done;
    s.rank = found.component;
    trim_all(&s);
    if (s.limit == s.deep_limit) { /* all but weak edges are followed */
        status = search_core(&s, a);
        if (status)
            goto done;
    }
    search_all(&s, NULL);
    number_components(&s);
    found.count = FIRST - s.component;
    status = rg__watch_status(&s.watch);
    if (status)
        goto done;
    *out = found;
    found.component = NULL;

done:
    rg__array_free(a, s.trimmed, rg__bit_words(graph), sizeof *s.trimmed);
    rg__array_free(a, s.cursors, count, sizeof *s.cursors);
    rg__array_free(a, s.stack, count, sizeof *s.stack);
    rg__array_free(a, found.component, count, sizeof *found.component);
    return status;
}

rg_status rg_scc_find(rg_scc *out, const rg_graph *graph, rg_strength weakest,
                      const rg_allocator *allocator)
{
    return rg__scc_find(out, graph, weakest, NULL, allocator);
}

void rg_scc_dispose(rg_scc *self)
{
    rg__array_free(&self->allocator, self->component, self->node_count, sizeof *self->component);
    *self = (rg_scc){0};
}
