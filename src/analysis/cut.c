/* Which references to cut, so that reference counting alone frees a cycle's members.
 *
 *   1 one reference that leads back, is called, or keeps an exception: it must be on every cycle that can be
 *     cut, so on a shortest one, if that can be; each of its references is tried, the best kind first
 *   2 all references of one shape that leads back, such as every `Node.parent`: who has a tree does not want
 *     to be told to drop the list of children
 *   3 one reference of another kind, likewise; in a small cycle, two
 *   4 a set by cut_order.c, less what is not needed; or all of one other shape, if those are no more
 *
 * Each trial costs a pass over the cycle's edges; when 2^27 steps are spent, what is at hand is the answer. */
#include "analysis/cut_net.h"

#include <stdlib.h>

enum {
    EDGES_ORDERED = 1 << 22,        /* the most that cut_order.c is asked about */
    BEST_ONE = RG__CUT_CONTEXT,     /* kinds of step 1 */
    BEST_SHAPE = RG__CUT_EXCEPTION, /* of step 2 */
    PAIRED = 48,                    /* references of which pairs are tried */
    LAST_KIND = RG__CUT_FIXED - 1
};
#define WORK_MOST (UINT64_C(1) << 27)

typedef struct candidate {
    uint64_t edge; /* of the net */
    uint64_t tie;
    uint32_t kind;
} candidate;

typedef struct candidates {
    candidate *items;
    size_t count;
} candidates;

/* The references of one shape: edges[begin, end) of the sorted ones. */
typedef struct shaped_edge {
    uint64_t shape;
    uint64_t edge;
} shaped_edge;

typedef struct shape_run {
    size_t begin, end;
    uint64_t tie;
    uint32_t kind;
} shape_run;

typedef struct search {
    rg__net net;
    const rg__part *part;
    const rg_cycle_path *path;
    rg_cut *out;
} search;

static void clear(rg__net *net)
{
    for (size_t w = 0; w < net->edge_count / 64 + 1; w++)
        net->removed[w] = 0;
}

static bool is_spent(search *s)
{
    s->out->is_bounded = s->out->is_bounded || s->net.work > WORK_MOST;
    return s->out->is_bounded;
}

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
    const rg_edge edge = rg__net_edge(net, k);
    const uint32_t owner = net->owners[rg__part_find(net->part, edge.from)];
    return (candidate){k, rg__cut_tie(net->part->graph, &edge, owner), net->kinds[k]};
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
    for (size_t i = 0; i < c->count && !is_spent(s); i++) {
        if (c->items[i].kind < first || c->items[i].kind > last)
            continue;
        clear(&s->net);
        rg__bit_set(s->net.removed, (uint32_t)c->items[i].edge);
        if (rg__net_is_acyclic(&s->net))
            return true;
    }
    return false;
}

/* ---- 2 one shape ---- */

static int by_shape(const void *a, const void *b)
{
    const shaped_edge *x = a;
    const shaped_edge *y = b;
    if (x->shape != y->shape)
        return x->shape < y->shape ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

static int by_preference(const void *a, const void *b)
{
    const shape_run *x = a;
    const shape_run *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->end - x->begin != y->end - y->begin)
        return x->end - x->begin < y->end - y->begin ? -1 : 1;
    if (x->tie != y->tie)
        return x->tie < y->tie ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static size_t collect_shapes(const rg__net *net, shaped_edge *edges)
{
    size_t count = 0;
    for (uint64_t k = 0; k < net->edge_count; k++) {
        if (!rg__net_can_cut(net, k))
            continue;
        const uint64_t at = net->edges ? net->edges[k] : k;
        const uint32_t from = rg__part_source(net->part, at);
        const bool is_dict = net->owners[from] != RG_NONE;
        const uint64_t shape =
            rg__edge_shape(net->part->graph, net->part->nodes[from], net->part->edges[at], is_dict);
        edges[count++] = (shaped_edge){shape, k};
    }
    qsort(edges, count, sizeof *edges, by_shape);
    return count;
}

static size_t find_runs(const rg__net *net, const shaped_edge *edges, size_t count, shape_run *runs)
{
    size_t found = 0;
    for (size_t begin = 0, end; begin < count; begin = end) {
        uint32_t kind = 0;
        for (end = begin; end < count && edges[end].shape == edges[begin].shape; end++)
            if (net->kinds[edges[end].edge] > kind)
                kind = net->kinds[edges[end].edge];
        runs[found++] = (shape_run){begin, end, candidate_of(net, edges[begin].edge).tie, kind};
    }
    qsort(runs, found, sizeof *runs, by_preference);
    return found;
}

/* Which shapes are tried. */
typedef struct shape_filter {
    uint32_t first, last; /* kinds */
    size_t most;          /* references */
} shape_filter;

static bool try_runs(search *s, const shaped_edge *edges, const shape_run *runs, size_t count,
                     const shape_filter *wanted)
{
    for (size_t i = 0; i < count && !is_spent(s); i++) {
        if (runs[i].kind < wanted->first || runs[i].kind > wanted->last ||
            runs[i].end - runs[i].begin > wanted->most)
            continue;
        clear(&s->net);
        for (size_t e = runs[i].begin; e < runs[i].end; e++)
            rg__bit_set(s->net.removed, (uint32_t)edges[e].edge);
        if (rg__net_is_acyclic(&s->net))
            return true;
    }
    return false;
}

/* Leaves the references of the first shape that is enough removed, or *is_done false and any of them. */
static rg_status cut_by_shape(search *s, const shape_filter *wanted, bool *is_done)
{
    const rg_allocator *a = &s->net.allocator;
    const size_t room = (size_t)s->net.edge_count + 1;
    *is_done = false;
    if (s->net.edge_count > EDGES_ORDERED || is_spent(s))
        return RG_OK;
    shaped_edge *edges = rg__array_new_raw(a, room, sizeof *edges);
    shape_run *runs = rg__array_new_raw(a, room, sizeof *runs);
    const rg_status status = edges && runs ? RG_OK : RG_ERR_NOMEM;
    if (!status) {
        const size_t count = collect_shapes(&s->net, edges);
        const size_t run_count = find_runs(&s->net, edges, count, runs);
        *is_done = try_runs(s, edges, runs, run_count, wanted);
    }
    rg__array_free(a, edges, room, sizeof *edges);
    rg__array_free(a, runs, room, sizeof *runs);
    return status;
}

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
        for (size_t i = 0; i < j && !is_spent(s); i++) {
            clear(net);
            rg__bit_set(net->removed, (uint32_t)all[i].edge);
            rg__bit_set(net->removed, (uint32_t)all[j].edge);
            *is_done = rg__net_is_acyclic(net);
            if (*is_done)
                return RG_OK;
        }
    return RG_OK;
}

/* ---- 3 a set ---- */

/* Put back what is not needed, the worst kinds first. */
static void prune(search *s)
{
    rg__net *net = &s->net;
    for (int kind = RG__CUT_COUNT - 1; kind >= 0; kind--)
        for (uint64_t k = 0; k < net->edge_count; k++) {
            if (net->kinds[k] != kind || !rg__bit(net->removed, (uint32_t)k) || is_spent(s))
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

/* Step 4. */
static rg_status cut_by_set(search *s)
{
    rg__net *net = &s->net;
    const size_t words = (size_t)(net->edge_count / 64 + 1);
    bool is_shape = false;
    clear(net);
    rg_status status = rg__net_order(net);
    if (status)
        return status;
    prune(s);
    uint64_t *kept = rg__array_new_raw(&net->allocator, words, sizeof *kept);
    if (!kept)
        return RG_ERR_NOMEM;
    for (size_t w = 0; w < words; w++)
        kept[w] = net->removed[w];
    const shape_filter others = {BEST_SHAPE + 1, LAST_KIND, count_removed(net)};
    status = cut_by_shape(s, &others, &is_shape);
    for (size_t w = 0; w < words && !is_shape; w++)
        net->removed[w] = kept[w];
    rg__array_free(&net->allocator, kept, words, sizeof *kept);
    return status;
}

/* Decide what is removed; there is a cycle that can be cut. */
static rg_status decide(search *s, const candidates *c)
{
    rg__net *net = &s->net;
    const shape_filter best = {0, BEST_SHAPE, SIZE_MAX};
    rg_status status = RG_OK;
    bool is_done = is_cut_by_one(s, c, 0, BEST_ONE);
    if (!is_done)
        status = cut_by_shape(s, &best, &is_done);
    if (!status && !is_done)
        is_done = is_cut_by_one(s, c, BEST_ONE + 1, LAST_KIND);
    if (!status && !is_done)
        status = cut_by_two(s, &is_done);
    if (!status && !is_done && net->edge_count <= EDGES_ORDERED) {
        status = cut_by_set(s);
        is_done = true;
    }
    if (!status && !is_done) { /* too large: where to begin */
        s->out->is_bounded = true;
        clear(net);
        rg__bit_set(net->removed, (uint32_t)c->items[0].edge);
    }
    s->out->is_enough = is_done;
    return status;
}

static rg_status find(search *s)
{
    candidates c = {0};
    rg_status status = rg__net_make(&s->net, s->part);
    if (status)
        return status;
    s->out->is_enough = rg__net_is_acyclic(&s->net); /* nothing that could be cut is in a cycle */
    if (!s->out->is_enough) {
        status = find_candidates(s, &c);
        if (!status)
            status = decide(s, &c);
        rg__array_free(&s->net.allocator, c.items, c.count, sizeof *c.items);
    }
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
