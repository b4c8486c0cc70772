/* Which references to cut, so that reference counting alone frees a cycle's members.
 *
 *   1 one reference: it must be on every cycle, so on a shortest one; each of those is tried, the best kind
 *     first
 *   2 all references of one shape, such as every `Node.parent`: the best kind first
 *   3 a set by cut_order.c, less what is not needed
 *
 * Each trial costs a pass over the cycle's edges; when 2^27 steps are spent, what is at hand is the answer. */
#include "analysis/cut_net.h"

#include <stdlib.h>

enum { EDGES_ORDERED = 1 << 22 /* the most that cut_order.c is asked about */ };
#define WORK_MOST (UINT64_C(1) << 27)

typedef struct candidate {
    uint64_t edge; /* of the net */
    uint64_t tie;
    uint32_t kind;
} candidate;

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

/* The edges of the path that the net has and that can be cut, the best kind first. */
static size_t find_candidates(const search *s, candidate *out)
{
    const rg__net *net = &s->net;
    size_t count = 0;
    for (uint64_t k = 0; k < net->edge_count; k++) {
        if (!rg__net_can_cut(net, k))
            continue;
        const uint64_t index = net->part->edges[net->edges ? net->edges[k] : k];
        for (size_t i = 0; i < s->path->count; i++)
            if (s->path->edges[i].index == index) {
                const uint64_t tie = rg__cut_tie(net->part->graph, &s->path->edges[i]);
                out[count++] = (candidate){k, tie, net->kinds[k]};
                break;
            }
    }
    qsort(out, count, sizeof *out, by_kind);
    return count;
}

static bool is_cut_by_one(search *s, const candidate *candidates, size_t count)
{
    for (size_t i = 0; i < count && !is_spent(s); i++) {
        clear(&s->net);
        rg__bit_set(s->net.removed, (uint32_t)candidates[i].edge);
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
        const rg_edge first = rg__net_edge(net, edges[begin].edge);
        runs[found++] = (shape_run){begin, end, rg__cut_tie(net->part->graph, &first), kind};
    }
    qsort(runs, found, sizeof *runs, by_preference);
    return found;
}

static bool try_runs(search *s, const shaped_edge *edges, const shape_run *runs, size_t count)
{
    for (size_t i = 0; i < count && !is_spent(s); i++) {
        clear(&s->net);
        for (size_t e = runs[i].begin; e < runs[i].end; e++)
            rg__bit_set(s->net.removed, (uint32_t)edges[e].edge);
        if (rg__net_is_acyclic(&s->net))
            return true;
    }
    return false;
}

static rg_status cut_by_shape(search *s, bool *is_done)
{
    const rg_allocator *a = &s->net.allocator;
    const size_t room = (size_t)s->net.edge_count + 1;
    shaped_edge *edges = rg__array_new_raw(a, room, sizeof *edges);
    shape_run *runs = rg__array_new_raw(a, room, sizeof *runs);
    const rg_status status = edges && runs ? RG_OK : RG_ERR_NOMEM;
    if (!status) {
        const size_t count = collect_shapes(&s->net, edges);
        *is_done = try_runs(s, edges, runs, find_runs(&s->net, edges, count, runs));
    }
    rg__array_free(a, edges, room, sizeof *edges);
    rg__array_free(a, runs, room, sizeof *runs);
    return status;
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

/* The best to cut first: the same order in every run. */
static rg_status write_removed(const search *s)
{
    const rg__net *net = &s->net;
    rg_cut *out = s->out;
    const rg_allocator *a = &out->allocator;
    size_t count = 0;
    for (uint64_t k = 0; k < net->edge_count; k++)
        count += rg__bit(net->removed, (uint32_t)k);
    candidate *order = rg__array_new_raw(a, count, sizeof *order);
    out->edges = rg__array_new_raw(a, count, sizeof *out->edges);
    if (count && order && out->edges) {
        size_t next = 0;
        for (uint64_t k = 0; k < net->edge_count; k++) {
            if (!rg__bit(net->removed, (uint32_t)k))
                continue;
            const rg_edge edge = rg__net_edge(net, k);
            order[next++] = (candidate){k, rg__cut_tie(net->part->graph, &edge), net->kinds[k]};
        }
        qsort(order, count, sizeof *order, by_kind);
        for (size_t i = 0; i < count; i++)
            out->edges[i] = rg__net_edge(net, order[i].edge);
        out->count = count;
    }
    const bool is_written = out->count == count;
    if (!is_written) {
        rg__array_free(a, out->edges, count, sizeof *out->edges);
        out->edges = NULL;
    }
    rg__array_free(a, order, count, sizeof *order);
    return is_written ? RG_OK : RG_ERR_NOMEM;
}

/* Decide what is removed. */
static rg_status decide(search *s)
{
    rg__net *net = &s->net;
    const rg_allocator *a = &net->allocator;
    rg_status status = RG_OK;
    bool is_done = rg__net_is_acyclic(net); /* nothing that could be cut is in a cycle */
    candidate *candidates = rg__array_new_raw(a, s->path->count, sizeof *candidates);
    if (!candidates)
        return RG_ERR_NOMEM;
    const size_t count = is_done ? 0 : find_candidates(s, candidates);
    if (!is_done)
        is_done = is_cut_by_one(s, candidates, count);
    if (!is_done && net->edge_count <= EDGES_ORDERED && !is_spent(s))
        status = cut_by_shape(s, &is_done);
    if (!status && !is_done && net->edge_count <= EDGES_ORDERED) {
        clear(net);
        status = rg__net_order(net);
        if (!status)
            prune(s);
        is_done = true;
    }
    if (!status && !is_done) { /* too large: where to begin */
        s->out->is_bounded = true;
        clear(net);
        if (count)
            rg__bit_set(net->removed, (uint32_t)candidates[0].edge);
    }
    s->out->is_enough = is_done;
    rg__array_free(a, candidates, s->path->count, sizeof *candidates);
    return status;
}

rg_status rg_cycle_cut_find(rg_cut *out, const rg_graph *graph, const rg_cycles *cycles,
                            size_t cycle, const rg_allocator *allocator)
{
    rg_cut found = {.allocator = allocator ? *allocator : graph->allocator};
    rg_cycle_path path = {0};
    rg__part part = {0};
    search s = {.path = &path, .out = &found};
    rg_status status = rg_cycle_path_find(&path, graph, cycles, cycle, &found.allocator);
    if (status)
        return status;
    status = rg__part_make(&part, graph, cycles, cycle, &found.allocator);
    if (!status && part.edge_count > UINT32_MAX)
        found.is_bounded = true;
    else if (!status)
        status = rg__net_make(&s.net, &part);
    if (!status && s.net.part)
        status = decide(&s);
    if (!status && s.net.part)
        status = write_removed(&s);
    rg__net_dispose(&s.net);
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
