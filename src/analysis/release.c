/* What would go if the holders of what is new at some points of growth let go of it. */
#include <refgraph/analysis.h>

#include "analysis/reach.h"
#include "graph/graph_private.h"

typedef struct finder {
    const rg_growth *growth;
    const rg_graph *graph;
    const uint32_t *via;
    uint64_t *is_wanted; /* a bit per point */
    uint64_t
        *is_beginning; /* a bit per node: it begins at one of the points, and has a holder there */
    uint64_t *is_holder; /* likewise: what lets go */
    size_t holder_count;
    uint64_t *edges; /* to be cut, once there is room for them */
    size_t edge_count;
    rg__watch watch;
} finder;

static bool is_old(const finder *f, uint32_t node)
{
    return f->growth->point_of[node] == RG_NONE;
}

/* What begins at the points, and the holders of it. */
static void find_holders(finder *f)
{
    for (uint32_t n = 0; n < f->growth->node_count && !rg__tick(&f->watch, 1); n++) {
        if (is_old(f, n) || !rg__bit(f->is_wanted, f->growth->point_of[n]) ||
            f->via[n] == RG_NONE || !is_old(f, f->via[n]))
            continue;
        rg__bit_set(f->is_beginning, n);
        rg__bit_set(f->is_holder, f->via[n]);
    }
}

static bool begins(const finder *f, uint32_t node)
{
    return rg__bit(f->is_beginning, node);
}

/* Whether an old object refers to something that begins at the points. */
static bool has_some(const finder *f, uint32_t node)
{
    for (uint64_t e = rg__edges_begin(f->graph, node); e < rg__edges_end(f->graph, node); e++)
        if (begins(f, f->graph->targets[e]))
            return true;
    return false;
}

/* What has some, holder or not, into `nodes` where there is room. */
static size_t list_having(finder *f, uint32_t *nodes)
{
    size_t count = 0;
    for (uint32_t u = 0; u < f->growth->node_count; u++) {
        if (rg__tick(&f->watch, 1 + rg__edges_end(f->graph, u) - rg__edges_begin(f->graph, u)))
            break;
        if (!is_old(f, u) || !has_some(f, u))
            continue;
        if (nodes)
            nodes[count] = u;
        count++;
    }
    return count;
}

/* What has some and is at the place of a holder is one too: one of many lists of which each object is in two. */
static rg_status add_holders(finder *f, const rg_distances *distances, const rg_allocator *a)
{
    const size_t count = list_having(f, NULL);
    uint32_t *nodes = rg__array_new_raw(a, count, sizeof *nodes);
    uint64_t *has_holder = rg__array_new(a, count / 64 + 1, sizeof *has_holder); /* per group */
    rg_signatures found = {0};
    rg_status status = (count && !nodes) || !has_holder ? RG_ERR_NOMEM : RG_OK;
    if (!status) {
        list_having(f, nodes);
        status = rg__watch_status(&f->watch);
    }
    if (!status) {
        status = rg_signatures_find(&found, f->graph, distances, nodes, count, a);
    }
    for (size_t i = 0; i < count && !status; i++)
        if (rg__bit(f->is_holder, nodes[i]))
            rg__bit_set(has_holder, found.group_of[i]);
    for (size_t i = 0; i < count && !status; i++) {
        if (!rg__bit(has_holder, found.group_of[i]))
            continue;
        rg__bit_set(f->is_holder, nodes[i]);
        f->holder_count++;
    }
    rg_signatures_dispose(&found);
    rg__array_free(a, nodes, count, sizeof *nodes);
    rg__array_free(a, has_holder, count / 64 + 1, sizeof *has_holder);
    return status;
}

/* Count the edges from holders to what begins there, and list them where there is room. */
static void visit_edges(finder *f)
{
    const rg_graph *g = f->graph;
    f->edge_count = 0;
    for (uint32_t u = 0; u < f->growth->node_count; u++) {
        if (rg__tick(&f->watch, 1))
            break;
        if (!rg__bit(f->is_holder, u))
            continue;
        for (uint64_t e = rg__edges_begin(g, u); e < rg__edges_end(g, u); e++) {
            if (!begins(f, g->targets[e]))
                continue;
            if (f->edges)
                f->edges[f->edge_count] = e;
            f->edge_count++;
        }
    }
}

static bool is_gone(const rg_release *found, uint32_t node)
{
    size_t low = 0;
    size_t high = found->gone.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (found->gone.nodes[middle] < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < found->gone.count && found->gone.nodes[low] == node;
}

/* What begins at a point and does not go. */
static void find_kept(rg_release *out, finder *f, size_t point)
{
    for (uint32_t n = 0; n < f->growth->node_count && !rg__tick(&f->watch, 1); n++) {
        if (f->growth->point_of[n] != point || !begins(f, n) || is_gone(out, n))
            continue;
        if (!out->kept++)
            out->example = n;
    }
}

/* What keeps the example: of those that refer to it, own ones first, the lowest that would stay and does not let
 * go of it. */
static void find_keeper(rg_release *out, const finder *f)
{
    const rg_graph *g = f->graph;
    rg_strength best = RG_STRENGTH_WEAK;
    if (out->example == RG_NONE)
        return;
    for (uint64_t i = rg__sources_begin(g, out->example); i < rg__sources_end(g, out->example);
         i++) {
        const uint32_t u = g->sources[i];
        if (u == out->example || rg__bit(f->is_holder, u) || is_gone(out, u))
            continue;
        for (uint64_t e = rg__edges_begin(g, u); e < rg__edges_end(g, u); e++) {
            const rg_strength strength = rg__label_strength(g->labels[e]);
            if (g->targets[e] == out->example && strength < best) {
                best = strength;
                out->keeper = u;
            }
        }
    }
}

/* RG_OK, RG_ERR_NOMEM. */
static rg_status find(rg_release *out, finder *f, const rg_distances *distances, size_t first)
{
    const rg_allocator *a = &out->gone.allocator;
    f->watch = rg__watch_begin(f->graph, "holders",
                               5 * (uint64_t)f->growth->node_count + 2 * f->graph->edge_count);
    find_holders(f);
    rg_status status = add_holders(f, distances, a);
    if (status)
        return status;
    out->holder_count = f->holder_count;
    visit_edges(f);
    const size_t room = f->edge_count;
    f->edges = rg__array_new_raw(a, room, sizeof *f->edges);
    if (room && !f->edges)
        return RG_ERR_NOMEM;
    visit_edges(f);
    status = rg__watch_status(&f->watch);
    const rg_removal removal = {.edges = f->edges, .edge_count = f->edge_count};
    if (!status)
        status = rg_what_if_find(&out->gone, f->graph, &removal, a);
    if (!status) {
        find_kept(out, f, first);
        find_keeper(out, f);
        status = rg__watch_status(&f->watch);
    }
    rg__array_free(a, f->edges, room, sizeof *f->edges);
    return status;
}

rg_status rg_release_find(rg_release *out, const rg_growth *growth, const size_t *points,
                          size_t point_count, const rg_graph *after, const rg_distances *distances,
                          const rg_allocator *allocator)
{
    rg_release found = {.gone.allocator = allocator ? *allocator : growth->allocator,
                        .example = RG_NONE,
                        .keeper = RG_NONE};
    const rg_allocator a = found.gone.allocator;
    const size_t point_words = growth->point_count / 64 + 1;
    const size_t node_words = rg__bit_words(after);
    if (!point_count || after->tables.node_count != growth->node_count ||
        after->tables.type_count != growth->type_count_after ||
        distances->node_count != growth->node_count)
        return RG_ERR_ARGUMENT;
    for (size_t i = 0; i < point_count; i++)
        if (points[i] >= growth->point_count)
            return RG_ERR_ARGUMENT;
    finder f = {.growth = growth, .graph = after, .via = distances->via};
    f.is_wanted = rg__array_new(&a, point_words, sizeof *f.is_wanted);
    f.is_beginning = rg__array_new(&a, node_words, sizeof *f.is_beginning);
    f.is_holder = rg__array_new(&a, node_words, sizeof *f.is_holder);
    rg_status status = f.is_wanted && f.is_beginning && f.is_holder ? RG_OK : RG_ERR_NOMEM;
    for (size_t i = 0; i < point_count && !status; i++)
        rg__bit_set(f.is_wanted, (uint32_t)points[i]);
    if (!status)
        status = find(&found, &f, distances, points[0]);
    rg__array_free(&a, f.is_wanted, point_words, sizeof *f.is_wanted);
    rg__array_free(&a, f.is_beginning, node_words, sizeof *f.is_beginning);
    rg__array_free(&a, f.is_holder, node_words, sizeof *f.is_holder);
    if (status)
        rg_release_dispose(&found);
    else
        *out = found;
    return status;
}

void rg_release_dispose(rg_release *self)
{
    rg_what_if_dispose(&self->gone);
    *self = (rg_release){0};
}
