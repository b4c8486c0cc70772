/* Which references to cut, so that reference counting alone frees a cycle's members.
 *
 *   1 one reference that leads back, is called, or keeps an exception: it must be on every cycle that can be
 *     cut, so on a shortest one, if that can be; each of its references is tried, the best kind first
 *   2 all references of one shape that leads back, such as every `Node.parent`: who has a tree does not want
 *     to be told to drop the list of children
 *   3 one other attribute, likewise; all attributes of one shape: to clear a list of children is no better
 *   4 one reference of another kind, likewise; in a small cycle, two
 *   5 a set by cut_order.c, less what is not needed; or all of one other shape, if those are no more
 *
 * Each trial costs a pass over the cycle's edges; when 2^27 steps are spent, what is at hand is the answer. */
#include "analysis/cut_net.h"

#include <stdlib.h>

enum {
    BEST_ONE = RG__CUT_CONTEXT,     /* kinds of step 1 */
    BEST_SHAPE = RG__CUT_EXCEPTION, /* of step 2 */
    GOOD = RG__CUT_ATTRIBUTE,       /* of step 3 */
    PAIRED = 48,                    /* references of which pairs are tried */
    LAST_KIND = RG__CUT_FIXED - 1
};

typedef struct candidate {
    uint64_t edge; /* of the net */
    uint64_t tie;
    uint32_t kind;
} candidate;

typedef struct candidates {
    candidate *items;
    size_t count;
} candidates;

typedef struct search {
    rg__net net;
    const rg__part *part;
    const rg_cycle_path *path;
    rg_cut *out;
} search;

/* ---- 1 one reference ---- */

static int by_kind(const void *a, const void *b)
{
    const candidate *x = a;
    const candidate *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->tie != y->tie)
        return x->tie < y->tie ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

static candidate candidate_of(const rg__net *net, uint64_t k)
{
    return (candidate){k, rg__net_tie(net, k), net->kinds[k]};
}

/* Set the bits of the net's edges that are on the path. */
static rg_status mark_path(const search *s, uint64_t *marked)
{
    const rg__net *net = &s->net;
    const rg__part *p = net->part;
    const size_t words = (size_t)(p->edge_count / 64 + 1);
    uint64_t *of_part = rg__array_new(&net->allocator, words, sizeof *of_part);
    if (!of_part)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < s->path->count; i++) {
        const uint32_t from = rg__part_find(p, s->path->edges[i].from);
        for (uint64_t k = p->offsets[from]; k < p->offsets[from + 1]; k++)
            if (p->edges[k] == s->path->edges[i].index)
                rg__bit_set(of_part, (uint32_t)k);
    }
    for (uint64_t k = 0; k < net->edge_count; k++)
        if (rg__bit(of_part, (uint32_t)(net->edges ? net->edges[k] : k)))
            rg__bit_set(marked, (uint32_t)k);
    rg__array_free(&net->allocator, of_part, words, sizeof *of_part);
    return RG_OK;
}

static size_t count_marked(const rg__net *net, const uint64_t *marked)
{
    size_t count = 0;
    for (uint64_t k = 0; k < net->edge_count; k++)
        count += rg__bit(marked, (uint32_t)k) && rg__net_can_cut(net, k);
    return count;
}

/* Those of the marked edges that can be cut, the best kind first. */
static rg_status list_marked(candidates *out, const rg__net *net, const uint64_t *marked)
{
    const size_t count = count_marked(net, marked);
    out->items = rg__array_new_raw(&net->allocator, count, sizeof *out->items);
    if (!out->items)
        return RG_ERR_NOMEM;
    for (uint64_t k = 0; k < net->edge_count; k++)
        if (rg__bit(marked, (uint32_t)k) && rg__net_can_cut(net, k))
            out->items[out->count++] = candidate_of(net, k);
    qsort(out->items, out->count, sizeof *out->items, by_kind);
    return RG_OK;
}

/* The edges that can be cut of one cycle of the net, the best kind first: of the path, which is short; where
 * nobody can cut that anywhere, of another one. */
static rg_status find_candidates(search *s, candidates *out)
{
    rg__net *net = &s->net;
    const size_t words = (size_t)(net->edge_count / 64 + 1);
    uint64_t *marked = rg__array_new(&net->allocator, words, sizeof *marked);
    if (!marked)
        return RG_ERR_NOMEM;
    rg_status status = mark_path(s, marked);
    if (!status && !count_marked(net, marked))
        rg__net_mark_cycle(net, marked);
    if (!status)
        status = list_marked(out, net, marked);
    rg__array_free(&net->allocator, marked, words, sizeof *marked);
    return status;
}

/* Try those of kinds from `first` to `last`. */
static bool is_cut_by_one(search *s, const candidates *c, uint32_t first, uint32_t last)
{
    for (size_t i = 0; i < c->count && !rg__net_is_spent(&s->net); i++) {
        if (c->items[i].kind < first || c->items[i].kind > last)
            continue;
        rg__net_clear(&s->net);
        rg__bit_set(s->net.removed, (uint32_t)c->items[i].edge);
        if (rg__net_is_acyclic(&s->net))
            return true;
    }
    return false;
}

/* ---- 4 two ---- */

/* Whether two references are enough, in a small cycle; the best kinds first. */
static rg_status cut_by_two(search *s, bool *is_done)
{
    rg__net *net = &s->net;
    candidate all[PAIRED];
    size_t count = 0;
    *is_done = false;
    for (uint64_t k = 0; k < net->edge_count; k++) {
        if (!rg__net_can_cut(net, k))
            continue;
        if (count == PAIRED)
            return RG_OK;
        all[count++] = candidate_of(net, k);
    }
    qsort(all, count, sizeof *all, by_kind);
    for (size_t j = 1; j < count; j++)
        for (size_t i = 0; i < j && !rg__net_is_spent(&s->net); i++) {
            rg__net_clear(net);
            rg__bit_set(net->removed, (uint32_t)all[i].edge);
            rg__bit_set(net->removed, (uint32_t)all[j].edge);
            *is_done = rg__net_is_acyclic(net);
            if (*is_done)
                return RG_OK;
        }
    return RG_OK;
}

/* ---- 5 a set ---- */

/* Put back what is not needed, the worst kinds first. */
static void prune(search *s)
{
    rg__net *net = &s->net;
    for (int kind = RG__CUT_COUNT - 1; kind >= 0; kind--)
        for (uint64_t k = 0; k < net->edge_count; k++) {
            if (net->kinds[k] != kind || !rg__bit(net->removed, (uint32_t)k) ||
                rg__net_is_spent(&s->net))
                continue;
            net->removed[k / 64] &= ~(UINT64_C(1) << (k % 64));
            if (!rg__net_is_acyclic(net))
                rg__bit_set(net->removed, (uint32_t)k);
        }
}

/* ---- the whole ---- */

static size_t count_removed(const rg__net *net)
{
    size_t count = 0;
    for (uint64_t k = 0; k < net->edge_count; k++)
        count += rg__bit(net->removed, (uint32_t)k);
    return count;
}

/* The best to cut first: the same order in every run. */
static rg_status write_removed(const search *s)
{
    const rg__net *net = &s->net;
    rg_cut *out = s->out;
    const rg_allocator *a = &out->allocator;
    const size_t count = count_removed(net);
    if (!count)
        return RG_OK;
    candidate *order = rg__array_new_raw(a, count, sizeof *order);
    rg_edge *edges = rg__array_new_raw(a, count, sizeof *edges);
    const bool is_written = order && edges;
    if (is_written) {
        size_t next = 0;
        for (uint64_t k = 0; k < net->edge_count; k++)
            if (rg__bit(net->removed, (uint32_t)k))
                order[next++] = candidate_of(net, k);
        qsort(order, count, sizeof *order, by_kind);
        for (size_t i = 0; i < count; i++)
            edges[i] = rg__net_edge(net, order[i].edge);
        out->edges = edges;
        out->count = count;
    } else {
        rg__array_free(a, edges, count, sizeof *edges);
    }
    rg__array_free(a, order, count, sizeof *order);
    return is_written ? RG_OK : RG_ERR_NOMEM;
}

/* Step 5. */
static rg_status cut_by_set(search *s)
{
    rg__net *net = &s->net;
    const size_t words = (size_t)(net->edge_count / 64 + 1);
    bool is_shape = false;
    rg__net_clear(net);
    rg_status status = rg__net_order(net);
    if (status)
        return status;
    prune(s);
    uint64_t *kept = rg__array_new_raw(&net->allocator, words, sizeof *kept);
    if (!kept)
        return RG_ERR_NOMEM;
    for (size_t w = 0; w < words; w++)
        kept[w] = net->removed[w];
    const rg__shape_filter others = {GOOD + 1, LAST_KIND, count_removed(net)};
    status = rg__cut_by_shape(net, &others, &is_shape);
    for (size_t w = 0; w < words && !is_shape; w++)
        net->removed[w] = kept[w];
    rg__array_free(&net->allocator, kept, words, sizeof *kept);
    return status;
}

/* Decide what is removed; there is a cycle that can be cut. */
static rg_status decide(search *s, const candidates *c)
{
    rg__net *net = &s->net;
    const rg__shape_filter best = {0, BEST_SHAPE, SIZE_MAX};
    const rg__shape_filter good = {BEST_SHAPE + 1, GOOD, SIZE_MAX};
    rg_status status = RG_OK;
    bool is_done = is_cut_by_one(s, c, 0, BEST_ONE);
    if (!is_done)
        status = rg__cut_by_shape(net, &best, &is_done);
    if (!status && !is_done)
        is_done = is_cut_by_one(s, c, BEST_ONE + 1, GOOD);
    if (!status && !is_done)
        status = rg__cut_by_shape(net, &good, &is_done);
    if (!status && !is_done)
        is_done = is_cut_by_one(s, c, GOOD + 1, LAST_KIND);
    if (!status && !is_done)
        status = cut_by_two(s, &is_done);
    if (!status && !is_done && net->edge_count <= RG__CUT_ORDERED) {
        status = cut_by_set(s);
        is_done = true;
    }
    if (!status && !is_done) { /* too large: where to begin */
        s->out->is_bounded = true;
        rg__net_clear(net);
        rg__bit_set(net->removed, (uint32_t)c->items[0].edge);
    }
    s->out->is_bounded = s->out->is_bounded || net->is_spent;
    s->out->is_enough = is_done;
    return status;
}

static rg_status find(search *s)
{
    candidates c = {0};
    rg_status status = rg__net_make(&s->net, s->part);
    if (status)
        return status;
    s->out->leaves_cycle = s->net.has_fixed;
    s->out->is_enough = rg__net_is_acyclic(&s->net); /* nothing that could be cut is in a cycle */
    status = rg__watch_status(&s->net.watch);
    if (!status && !s->out->is_enough) {
        status = find_candidates(s, &c);
        if (!status)
            status = decide(s, &c);
        rg__array_free(&s->net.allocator, c.items, c.count, sizeof *c.items);
    }
    if (!status)
        status = rg__watch_status(&s->net.watch);
    if (!status)
        status = write_removed(s);
    rg__net_dispose(&s->net);
    return status;
}

rg_status rg_cycle_cut_find(rg_cut *out, const rg_graph *graph, const rg_cycles *cycles,
                            size_t cycle, const rg_allocator *allocator)
{
    rg_cut found = {.allocator = allocator ? *allocator : graph->allocator};
    rg_cycle_path path = {0};
    rg__part part = {0};
    search s = {.path = &path, .part = &part, .out = &found};
    rg_status status = rg_cycle_path_find(&path, graph, cycles, cycle, &found.allocator);
    if (status)
        return status;
    status = rg__part_make(&part, graph, cycles, cycle, &found.allocator);
    if (!status && part.edge_count > UINT32_MAX)
        found.is_bounded = true;
    else if (!status)
        status = find(&s);
    rg__part_dispose(&part);
    rg_cycle_path_dispose(&path);
    if (status)
        rg_cut_dispose(&found);
    else
        *out = found;
    return status;
}

void rg_cut_dispose(rg_cut *self)
{
    rg__array_free(&self->allocator, self->edges, self->count, sizeof *self->edges);
    *self = (rg_cut){0};
}
