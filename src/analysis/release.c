/* What would go if the holders of what is new at some points of growth let go of it. */
#include <refgraph/analysis.h>

#include "analysis/reach.h"
#include "graph/graph_private.h"

typedef struct finder {
    const rg_growth *growth;
    const rg_graph *graph;
    const uint32_t *via;
    uint64_t *is_wanted; /* a bit per point */
    uint64_t *is_holder; /* a bit per node: of something that begins at such a point */
    uint64_t *edges;     /* to be cut, once there is room for them */
    size_t edge_count;
} finder;

static bool is_old(const finder *f, uint32_t node)
{
    return f->growth->point_of[node] == RG_NONE;
}

/* Whether a node begins at one of the points, and has a holder there. */
static bool begins(const finder *f, uint32_t node)
{
    return !is_old(f, node) && rg__bit(f->is_wanted, f->growth->point_of[node]) &&
           f->via[node] != RG_NONE && is_old(f, f->via[node]);
}

static void find_holders(finder *f)
{
    for (uint32_t n = 0; n < f->growth->node_count; n++)
        if (begins(f, n))
            rg__bit_set(f->is_holder, f->via[n]);
}

/* Count the edges from holders to what begins there, and list them where there is room. */
static void visit_edges(finder *f)
{
    const rg_graph *g = f->graph;
    f->edge_count = 0;
    for (uint32_t u = 0; u < f->growth->node_count; u++) {
        if (!rg__bit(f->is_holder, u))
            continue;
        for (uint64_t e = g->offsets[u]; e < g->offsets[u + 1]; e++) {
            if (f->via[g->targets[e]] != u || !begins(f, g->targets[e]))
                continue;
            if (f->edges)
                f->edges[f->edge_count] = e;
            f->edge_count++;
        }
    }
}

/* What begins at a point and does not go. */
static void find_kept(rg_release *out, const finder *f, size_t point)
{
    size_t gone = 0;
    for (uint32_t n = 0; n < f->growth->node_count; n++) {
        while (gone < out->gone.count && out->gone.nodes[gone] < n)
            gone++;
        if (f->growth->point_of[n] != point || !begins(f, n) ||
            (gone < out->gone.count && out->gone.nodes[gone] == n))
            continue;
        if (!out->kept++)
            out->example = n;
    }
}

/* RG_OK, RG_ERR_NOMEM. */
static rg_status find(rg_release *out, finder *f, size_t first)
{
    const rg_allocator *a = &out->gone.allocator;
    find_holders(f);
    visit_edges(f);
    const size_t room = f->edge_count;
    f->edges = rg__array_new_raw(a, room, sizeof *f->edges);
    if (room && !f->edges)
        return RG_ERR_NOMEM;
    visit_edges(f);
    const rg_removal removal = {.edges = f->edges, .edge_count = f->edge_count};
    const rg_status status = rg_what_if_find(&out->gone, f->graph, &removal, a);
    if (!status)
        find_kept(out, f, first);
    rg__array_free(a, f->edges, room, sizeof *f->edges);
    return status;
}

rg_status rg_release_find(rg_release *out, const rg_growth *growth, const size_t *points,
                          size_t point_count, const rg_graph *after, const rg_distances *distances,
                          const rg_allocator *allocator)
{
    rg_release found = {.gone.allocator = allocator ? *allocator : growth->allocator,
                        .example = RG_NONE};
    const rg_allocator a = found.gone.allocator;
    const size_t point_words = growth->point_count / 64 + 1;
    const size_t node_words = rg__bit_words(after);
    if (!point_count || after->tables.node_count != growth->node_count ||
        distances->node_count != growth->node_count)
        return RG_ERR_ARGUMENT;
    for (size_t i = 0; i < point_count; i++)
        if (points[i] >= growth->point_count)
            return RG_ERR_ARGUMENT;
    finder f = {.growth = growth, .graph = after, .via = distances->via};
    f.is_wanted = rg__array_new(&a, point_words, sizeof *f.is_wanted);
    f.is_holder = rg__array_new(&a, node_words, sizeof *f.is_holder);
    rg_status status = f.is_wanted && f.is_holder ? RG_OK : RG_ERR_NOMEM;
    for (size_t i = 0; i < point_count && !status; i++)
        rg__bit_set(f.is_wanted, (uint32_t)points[i]);
    if (!status)
        status = find(&found, &f, points[0]);
    rg__array_free(&a, f.is_wanted, point_words, sizeof *f.is_wanted);
    rg__array_free(&a, f.is_holder, node_words, sizeof *f.is_holder);
    if (!status)
        *out = found;
    return status;
}

void rg_release_dispose(rg_release *self)
{
    rg_what_if_dispose(&self->gone);
    *self = (rg_release){0};
}
