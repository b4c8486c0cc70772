/* All references of one shape as what to cut: every `Node.parent`. */
#include "analysis/cut_net.h"

#include "analysis/cycles_private.h"
#include "analysis/sort.h"

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

/* RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. */
static rg_status collect_shapes(rg__net *net, shaped_edge *edges, size_t *found)
{
    size_t count = 0;
    for (uint64_t k = 0; k < net->edge_count; k++) {
        if (rg__tick(&net->watch, 4))
            return RG_ERR_CANCELLED;
        if (!rg__net_can_cut(net, k))
            continue;
        const uint64_t at = net->edges ? net->edges[k] : k;
        const uint32_t from = rg__part_source(net->part, at);
        const bool is_dict = net->owners[from] != RG_NONE;
        const uint64_t shape =
            rg__edge_shape(net->part->graph, net->part->nodes[from], net->part->edges[at], is_dict);
        edges[count++] = (shaped_edge){shape, k};
    }
    *found = count;
    return rg__sort_watched(edges, count, sizeof *edges, by_shape, &net->watch, &net->allocator);
}

static rg_status find_runs(rg__net *net, const shaped_edge *edges, size_t count, shape_run *runs,
                           size_t *run_count)
{
    size_t found = 0;
    for (size_t begin = 0, end; begin < count; begin = end) {
        uint32_t kind = 0;
        if (rg__tick(&net->watch, 4))
            return RG_ERR_CANCELLED;
        for (end = begin; end < count && edges[end].shape == edges[begin].shape; end++)
            if (net->kinds[edges[end].edge] > kind)
                kind = net->kinds[edges[end].edge];
        runs[found++] = (shape_run){begin, end, rg__net_tie(net, edges[begin].edge), kind};
    }
    *run_count = found;
    return rg__sort_watched(runs, found, sizeof *runs, by_preference, &net->watch, &net->allocator);
}

static bool try_runs(rg__net *net, const shaped_edge *edges, const shape_run *runs, size_t count,
                     const rg__shape_filter *wanted)
{
    for (size_t i = 0; i < count && !rg__net_is_spent(net); i++) {
        if (runs[i].kind < wanted->first || runs[i].kind > wanted->last ||
            runs[i].end - runs[i].begin > wanted->most)
            continue;
        rg__net_clear(net);
        for (size_t e = runs[i].begin; e < runs[i].end; e++)
            rg__bit_set(net->removed, (uint32_t)edges[e].edge);
        if (rg__net_is_acyclic(net))
            return true;
    }
    return false;
}

rg_status rg__cut_by_shape(rg__net *net, const rg__shape_filter *wanted, bool *is_done)
{
    const rg_allocator *a = &net->allocator;
    const size_t room = (size_t)net->edge_count + 1;
    *is_done = false;
    if (net->edge_count > RG__CUT_ORDERED || rg__net_is_spent(net))
        return RG_OK;
    shaped_edge *edges = rg__array_new_raw(a, room, sizeof *edges);
    shape_run *runs = rg__array_new_raw(a, room, sizeof *runs);
    rg_status status = edges && runs ? RG_OK : RG_ERR_NOMEM;
    size_t count = 0, run_count = 0;
    if (!status)
        status = collect_shapes(net, edges, &count);
    if (!status)
        status = find_runs(net, edges, count, runs, &run_count);
    if (!status)
        *is_done = try_runs(net, edges, runs, run_count, wanted);
    rg__array_free(a, edges, room, sizeof *edges);
    rg__array_free(a, runs, room, sizeof *runs);
    return status;
}
