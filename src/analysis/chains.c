/* Why an object is alive: chains of references from roots to it, each through another holder, and the roots
 * that it is itself.
 *
 *   1  the shortest path, found by walking down the distances
 *   2  again and again the cheapest path around the objects of those before it (search.h)
 *   3  for every holder left the cheapest path that ends with it: cheapest first, one per shape
 *
 * In 3 only the target is to be avoided, and walking down the distances does that for nearly all
 * holders; a search is needed for those that the target itself leads to (a child that refers to its
 * parent). The holders wait in a queue by a lower bound of their cost, and go back into it when their
 * path turns out dearer, so they come out in the order of their true cost. */
#include <refgraph/analysis.h>

#include "analysis/holders.h"
#include "analysis/own_roots.h"
#include "analysis/paths.h"
#include "analysis/search.h"

enum {
    HOLDERS_MAX = 4096, /* examined in part 3 */
    DETOUR_EDGES = 4    /* that are followed forwards at the cost of one backwards */
};

typedef struct question {
    const rg_graph *graph;
    const rg_distances *distances;
    uint32_t target;
    size_t limit;
    rg_allocator allocator;
    rg__links links;
    rg__holders holders;
    rg__search search;
    uint64_t detour_work; /* of the search in parts 1 and 2 */
    rg__path path;
    rg_chains found;
    size_t capacity;   /* of found.items */
    rg__own_roots own; /* chains without edges */
    size_t own_listed; /* so many of them are known chains */
    rg__queue waiting;
    rg_chain *dear; /* part 3: chains whose holder went back into the queue; by entry.next */
    size_t dear_count, dear_capacity;
} question;

/* ---- chains into the list ---- */

/* Takes over the chain's edges on success. */
static rg_status list_chain(question *q, rg_chain *chain)
{
    rg_status status = rg__array_reserve(&q->allocator, &q->found.items, &q->capacity,
                                         q->found.count + 1, sizeof *q->found.items);
    if (status)
        return status;
    q->found.items[q->found.count++] = *chain;
    *chain = (rg_chain){0};
    return RG_OK;
}

/* The path at hand, from `root`, as a chain. */
static rg_status make_chain(question *q, rg_chain *chain, uint32_t root)
{
    uint64_t cost = rg__root_cost(q->graph, root);
    for (size_t i = 0; i < q->path.count; i++)
        cost += rg__weight(q->path.edges[i].strength);
    return rg__chain_of(chain, &q->path, root, cost);
}

static rg_status list_independent(question *q, uint32_t root)
{
    rg_chain chain = {0};
    rg_status status = make_chain(q, &chain, root);
    chain.independent = true;
    if (!status)
        status = list_chain(q, &chain);
    rg__chain_free(&chain, &q->allocator);
    return status;
}

/* ---- 1 and 2: independent chains ---- */

/* Later paths avoid the objects of this one, but for the root and its `__dict__`, and its holder. */
static rg_status block_path(question *q)
{
    const rg__path *path = &q->path;
    uint32_t dict = RG_NONE;
    if (!path->count)
        return RG_OK;
    rg_status status = rg__links_dict(&q->links, &dict, path->edges[0].from);
    for (size_t i = 0; i + 1 < path->count && !status; i++)
        if (i || path->edges[0].to != dict)
            status = rg__search_block(&q->search, path->edges[i].to);
    const rg__referrer *last = rg__holders_referrer(&q->holders, path->edges[path->count - 1].from);
    q->holders.items[last->holder].is_used = true;
    return status;
}

/* Search from the referrers of holder `only`, or of every unused one (RG_NONE). */
static rg_status search_path(question *q, uint32_t only, rg__outcome *outcome, uint32_t *start,
                             uint64_t *cost)
{
    const rg__holders *h = &q->holders;
    rg_status status = rg__search_begin(&q->search);
    const uint32_t first = only == RG_NONE ? 0 : h->items[only].first;
    for (uint32_t i = first; i < h->referrer_count && !status;
         i = only == RG_NONE ? i + 1 : h->referrers[i].after) {
        const rg__referrer *r = &h->referrers[i];
        if (!h->items[r->holder].is_used)
            status = rg__search_offer(&q->search, q->target, r->node, r->edge);
    }
    if (!status)
        status = rg__search_run(&q->search, outcome, start, cost);
    return status;
}

/* The path that the search found, root first. */
static rg_status read_path(question *q, uint32_t start)
{
    rg_status status = RG_OK;
    uint32_t node = start;
    q->path.count = 0;
    while (node != q->target && !status) {
        const rg_edge edge = rg__search_edge(&q->search, node);
        status = rg__path_add(&q->path, &edge);
        node = edge.to;
    }
    return status;
}

/* List the target's own roots that cost no more. */
static rg_status list_own_roots(question *q, uint64_t cost)
{
    rg_status status = RG_OK;
    while (!status && q->own_listed < q->own.count && q->found.count < q->limit &&
           rg__root_cost(q->graph, q->own.items[q->own_listed]) <= cost) {
        q->path.count = 0;
        status = list_independent(q, q->own.items[q->own_listed++]);
    }
    return status;
}

static rg_status find_first(question *q)
{
    uint32_t start = RG_NONE;
    rg_status status = rg__path_descend(&q->path, &q->links, q->distances, q->target, q->target,
                                        UINT64_MAX, &start);
    if (status || start == RG_NONE)
        return status;
    if (start == q->target)
        return list_own_roots(q, q->distances->cost[start]);
    rg__path_reverse(&q->path);
    status = block_path(q);
    return status ? status : list_independent(q, q->distances->root[start]);
}

/* Whether every way to the target leads through an object that is avoided: dominators of the target are on its
 * first chain, and nothing of that is above the nearest one but a root and its `__dict__`. */
static bool is_cut_off(const question *q)
{
    const uint32_t *dominator = q->distances->dominator;
    return dominator && dominator[q->target] != RG_NONE &&
           rg__search_is_blocked(&q->search, dominator[q->target]);
}

static rg_status find_independent(question *q)
{
    bool is_over = !q->found.count;
    rg_status status = RG_OK;
    while (!is_over && !status && q->found.count < q->limit) {
        rg__outcome outcome = RG__NOT_FOUND;
        uint32_t start = RG_NONE;
        uint64_t cost = RG_UNREACHED;
        if (!is_cut_off(q))
            status = search_path(q, RG_NONE, &outcome, &start, &cost);
        if (!status)
            status = list_own_roots(q, outcome == RG__FOUND ? cost : RG_UNREACHED);
        is_over = outcome != RG__FOUND || q->found.count >= q->limit;
        if (is_over || status)
            continue;
        status = read_path(q, start);
        if (!status)
            status = block_path(q);
        if (!status)
            status = list_independent(q, q->distances->root[start]);
    }
    return status;
}

/* ---- 3: one holder after another ---- */

/* The cheapest referrer of a holder, or RG_NONE where no root reaches any but the target. */
static uint32_t cheapest_referrer(const question *q, uint32_t holder)
{
    const rg__holders *h = &q->holders;
    uint32_t best = RG_NONE;
    for (uint32_t i = h->items[holder].first; i != RG_NONE; i = h->referrers[i].after)
        if (h->referrers[i].node != q->target && h->referrers[i].bound != RG_UNREACHED &&
            (best == RG_NONE || h->referrers[i].bound <= h->referrers[best].bound))
            best = i;
    return best;
}

/* Every unused holder into the queue, by the least that its path may cost. */
static rg_status queue_holders(question *q)
{
    const rg__holders *h = &q->holders;
    rg_status status = RG_OK;
    for (uint32_t i = 0; i < h->nodes.count && !status; i++) {
        if (h->items[i].is_used) {
            q->found.examined++;
            continue;
        }
        const uint32_t best = cheapest_referrer(q, i);
        if (best == RG_NONE) {
            q->found.examined++;
            q->found.unreached++;
            continue;
        }
        status = rg__queue_add(&q->waiting, &(rg__queue_entry){h->referrers[best].bound, 0,
                                                               h->nodes.nodes[i], RG_NONE, i});
    }
    return status;
}

/* The cheapest chain through a holder that does not pass the target on its way. */
static rg_status find_through(question *q, uint32_t holder, rg_chain *chain, rg__outcome *outcome)
{
    const rg__referrer *r = &q->holders.referrers[cheapest_referrer(q, holder)];
    const rg_edge last = rg_graph_edge(q->graph, r->node, r->edge);
    uint32_t start = RG_NONE;
    uint64_t cost = 0;
    q->path.count = 0;
    rg_status status = rg__path_add(&q->path, &last);
    if (!status)
        status = rg__path_descend(&q->path, &q->links, q->distances, r->node, q->target,
                                  RG__QUESTION_WORK, &start);
    *outcome = RG__FOUND;
    if (!status && start != RG_NONE) {
        rg__path_reverse(&q->path);
    } else if (!status && rg__holders_are_behind(&q->holders, holder, q->distances->dominator)) {
        *outcome = RG__NOT_FOUND;
    } else if (!status) {
        status = search_path(q, holder, outcome, &start, &cost);
        if (!status && *outcome == RG__FOUND)
            status = read_path(q, start);
    }
    if (!status && *outcome == RG__FOUND)
        status = make_chain(q, chain, q->distances->root[start]);
    return status;
}

/* List a chain, or count it with one of its shape. Takes over its edges on success. */
static rg_status settle(question *q, rg_chain *chain)
{
    for (size_t i = 0; i < q->found.count; i++) {
        if (rg__chain_is_alike(&q->found.items[i], chain, &q->links)) {
            q->found.items[i].alike++;
            rg__chain_free(chain, &q->allocator);
            return RG_OK;
        }
    }
    if (q->found.count < q->limit)
        return list_chain(q, chain);
    rg__chain_free(chain, &q->allocator);
    return RG_OK;
}

/* Put a chain that is dearer than its entry said aside, and its entry back. */
static rg_status postpone(question *q, const rg__queue_entry *entry, rg_chain *chain)
{
    rg_status status = rg__array_reserve(&q->allocator, &q->dear, &q->dear_capacity,
                                         q->dear_count + 1, sizeof *q->dear);
    if (!status)
        status =
            rg__queue_add(&q->waiting, &(rg__queue_entry){chain->cost, 1, entry->node,
                                                          (uint32_t)q->dear_count, entry->edge});
    if (status)
        return status;
    q->dear[q->dear_count++] = *chain;
    *chain = (rg_chain){0};
    return RG_OK;
}

static rg_status examine(question *q, const rg__queue_entry *entry)
{
    rg_chain chain = {0};
    rg__outcome outcome = RG__NOT_FOUND;
    rg_status status = find_through(q, (uint32_t)entry->edge, &chain, &outcome);
    if (status || outcome == RG__GAVE_UP)
        return status;
    q->found.examined++;
    if (outcome == RG__NOT_FOUND)
        q->found.unreached++;
    else if (chain.cost > entry->key)
        status = postpone(q, entry, &chain);
    else
        status = settle(q, &chain);
    rg__chain_free(&chain, &q->allocator);
    return status;
}

static rg_status find_by_holder(question *q)
{
    rg__queue_entry entry;
    size_t looked_at = 0;
    rg_status status = RG_OK;
    q->detour_work = q->search.detour_work;
    rg__search_dispose(&q->search);
    status =
        rg__search_start(&q->search, q->graph, q->distances, &q->links, q->target, &q->allocator);
    if (!status)
        status = queue_holders(q);
    while (!status && rg__queue_take(&q->waiting, &entry)) {
        if (entry.tie)
            status = settle(q, &q->dear[entry.next]);
        else if (looked_at++ < HOLDERS_MAX && q->links.work <= RG__QUESTION_WORK)
            status = examine(q, &entry);
    }
    return status;
}

/* ---- the question ---- */

static rg_status answer(question *q)
{
    rg_status status =
        rg__search_start(&q->search, q->graph, q->distances, &q->links, q->target, &q->allocator);
    if (!status)
        status = rg__holders_find(&q->holders, &q->links, q->distances, q->target);
    if (!status)
        status = rg__own_roots_find(&q->own, q->graph, q->target, &q->allocator);
    if (status)
        return status;
    q->links.work = 0; /* the census has to be complete, and is not charged */
    q->found.holder_count = q->holders.nodes.count;
    q->found.root_count = q->own.count;
    q->found.root_references = q->own.references;
    if (q->limit && q->distances->cost[q->target] != RG_UNREACHED)
        status = find_first(q);
    if (!status)
        status = find_independent(q);
    if (!status)
        status = find_by_holder(q);
    if (status)
        return status;
    rg__array_shrink(&q->allocator, &q->found.items, &q->capacity, q->found.count,
                     sizeof *q->found.items);
    return q->capacity == q->found.count ? RG_OK : RG_ERR_NOMEM;
}

static void question_dispose(question *q)
{
    const rg_allocator *a = &q->allocator;
    for (size_t i = 0; i < q->found.count; i++)
        rg__chain_free(&q->found.items[i], a);
    rg__array_free(a, q->found.items, q->capacity, sizeof *q->found.items);
    for (size_t i = 0; i < q->dear_count; i++)
        rg__chain_free(&q->dear[i], a);
    rg__array_free(a, q->dear, q->dear_capacity, sizeof *q->dear);
    rg__own_roots_dispose(&q->own);
    rg__queue_dispose(&q->waiting);
    rg__path_dispose(&q->path);
    rg__search_dispose(&q->search);
    rg__holders_dispose(&q->holders);
    rg__links_dispose(&q->links);
}

rg_status rg_chains_find(rg_chains *out, const rg_graph *graph, const rg_distances *distances,
                         uint32_t target, size_t limit, const rg_allocator *allocator)
{
    const size_t count = graph->tables.node_count;
    if (target >= count || distances->node_count != count)
        return RG_ERR_ARGUMENT;
    const rg_allocator a = allocator ? *allocator : graph->allocator;
    question q = {
        .graph = graph,
        .distances = distances,
        .target = target,
        .limit = limit,
        .allocator = a,
        .links = rg__links_of(graph, "chains", &a),
        .holders.allocator = a,
        .path.allocator = a,
        .found.allocator = a,
        .waiting.allocator = a,
    };
    rg_status status = answer(&q);
    for (size_t i = 0; i < q.found.count && !status; i++)
        status = rg__chain_count_parallel(&q.found.items[i], &q.links, distances->weakest);
    q.found.work = q.links.work + (q.detour_work + q.search.detour_work) / DETOUR_EDGES;
    if (!status)
        status = rg__watch_status(&q.links.watch);
    if (!status) {
        *out = q.found;
        q.found = (rg_chains){0};
        q.capacity = 0;
    }
    question_dispose(&q);
    return status;
}
