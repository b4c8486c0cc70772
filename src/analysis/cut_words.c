/* What to cut, and how, as one line. */
#include "analysis/cycle_kinds.h"
#include "analysis/cycle_words.h"
#include "analysis/cycles_private.h"
#include "analysis/spelling.h"

enum {
    STEPS_MOST = 3, /* containers in front of the reference that are named by who holds them */
    SHOWN = 3,      /* references of a mixed set that are named */
    NAME_LIMIT = 60
};

typedef struct writer {
    const rg_graph *graph;
    rg__links links;
    rg_buffer *out;
} writer;

/* The edge over which a container is held: by its owner's `__dict__`, else its lowest referrer; *edge is
 * RG__NO_EDGE where nothing tells. */
static rg_status find_holder(writer *w, uint32_t node, uint32_t *holder, uint64_t *edge)
{
    const rg_graph *g = w->graph;
    rg_status status = rg__links_owner(&w->links, holder, node);
    *edge = RG__NO_EDGE;
    if (!status && *holder != RG_NONE)
        return rg__links_strongest(&w->links, edge, *holder, node, RG_STRENGTH_OWN);
    for (uint64_t i = g->reverse_offsets[node]; i < g->reverse_offsets[node + 1] && !status; i++) {
        *holder = g->sources[i];
        status = rg__links_strongest(&w->links, edge, *holder, node, RG_STRENGTH_FRAME);
        if (status || *edge != RG__NO_EDGE)
            break;
    }
    return status;
}

/* The reference, and the references to the containers in front of it up to an object; the reference alone
 * where that is too far. */
static rg_status find_steps(writer *w, const rg_edge *cut, rg_edge *steps, size_t *count)
{
    rg_status status = RG_OK;
    *count = 0;
    steps[(*count)++] = *cut;
    while (rg__is_step(w->graph, steps[*count - 1].from) && !status) {
        uint32_t holder = RG_NONE;
        uint64_t edge = RG__NO_EDGE;
        if (*count <= STEPS_MOST)
            status = find_holder(w, steps[*count - 1].from, &holder, &edge);
        if (status || edge == RG__NO_EDGE) {
            *count = 1;
            break;
        }
        steps[(*count)++] = rg_graph_edge(w->graph, holder, edge);
    }
    return status;
}

/* `app.Parent.children['x']` */
static rg_status write_reference(writer *w, const rg_edge *cut)
{
    const rg_graph *g = w->graph;
    rg_edge steps[STEPS_MOST + 2];
    size_t count = 0;
    rg_status status = find_steps(w, cut, steps, &count);
    if (!status)
        status = rg__write_landmark(w->out, g, steps[count - 1].from);
    while (count-- > 0 && !status) {
        const bool is_dict = count && rg__links_is_dict(&w->links, steps[count].index) &&
                             steps[count - 1].name.kind == RG_NAME_KEY;
        if (is_dict)
            steps[count - 1].folded = true;
        else
            status = rg__write_step(w->out, g, &steps[count]);
    }
    return status;
}

static rg_status owner_of(writer *w, const rg_edge *edge, uint32_t *owner)
{
    *owner = RG_NONE;
    if (edge->name.kind != RG_NAME_KEY)
        return RG_OK;
    return rg__links_owner(&w->links, owner, edge->from);
}

static rg_status shape_of(writer *w, const rg_edge *edge, uint64_t *shape)
{
    uint32_t owner = RG_NONE;
    rg_status status = owner_of(w, edge, &owner);
    if (!status)
        *shape = rg__edge_shape(w->graph, edge->from, edge->index, owner != RG_NONE);
    return status;
}

static rg_status are_alike(writer *w, const rg_cut *cut, bool *alike)
{
    uint64_t first = 0;
    rg_status status = cut->count ? shape_of(w, &cut->edges[0], &first) : RG_OK;
    *alike = true;
    for (size_t i = 1; i < cut->count && !status && *alike; i++) {
        uint64_t shape = 0;
        status = shape_of(w, &cut->edges[i], &shape);
        *alike = shape == first;
    }
    return status;
}

static rg_status write_set(writer *w, const rg_cut *cut)
{
    bool alike = true;
    rg_status status = are_alike(w, cut, &alike);
    if (!status && alike) {
        status = rg__write(w->out, "every ");
        if (!status)
            status = write_reference(w, &cut->edges[0]);
        if (!status)
            status = rg__write(w->out, " (");
        if (!status)
            status = rg__write_number_of(w->out, cut->count, "reference", "references");
        return status ? status : rg__write(w->out, ")");
    }
    for (size_t i = 0; i < cut->count && i < SHOWN && !status; i++) {
        if (i)
            status = rg__write(w->out, i + 1 == cut->count ? " and " : ", ");
        if (!status)
            status = write_reference(w, &cut->edges[i]);
    }
    if (status || cut->count <= SHOWN)
        return status;
    status = rg__write(w->out, " and ");
    return status ? status
                  : rg__write_number_of(w->out, cut->count - SHOWN, "more reference",
                                        "more references");
}

/* How the worst of the references is cut. */
static rg_status write_advice(writer *w, const rg_cut *cut)
{
    rg__cut_kind kind = RG__CUT_BACK;
    const rg_edge *worst = NULL;
    rg_status status = RG_OK;
    for (size_t i = 0; i < cut->count && !status; i++) {
        uint32_t owner = RG_NONE;
        status = owner_of(w, &cut->edges[i], &owner);
        const rg__cut_kind this = rg__cut_kind_of(w->graph, &cut->edges[i], owner);
        if (!worst || this > kind) {
            kind = this;
            worst = &cut->edges[i];
        }
    }
    const char *advice = rg__cut_advice(kind);
    if (status || !worst || !advice)
        return status;
    if (kind == RG__CUT_EXCEPTION || kind == RG__CUT_LOCAL) {
        status = rg__write(w->out, "del ");
        if (!status)
            status =
                rg__write_plain(w->out, rg_graph_string(w->graph, worst->name.value), NAME_LIMIT);
    }
    return status ? status : rg__write(w->out, advice);
}

static rg_status write_cut(writer *w, const rg_cut *cut)
{
    if (!cut->count)
        return rg__write(w->out, cut->is_bounded ? "the cycle is too large to search"
                                                 : "no reference of it can be cut");
    rg_status status = cut->is_enough ? RG_OK : rg__write(w->out, "begin with ");
    if (!status && cut->count == 1)
        status = write_reference(w, &cut->edges[0]);
    else if (!status)
        status = write_set(w, cut);
    if (!status && !cut->is_enough)
        status = rg__write(w->out, " (too large to search for all that is needed)");
    else if (!status && cut->is_bounded)
        status = rg__write(w->out, " (the search for fewer was given up)");
    return status;
}

static rg_status write_line(const rg_cut *cut, const rg_graph *graph, rg_buffer *out,
                            rg_status (*write)(writer *, const rg_cut *))
{
    rg_buffer line = {.allocator = out->allocator};
    const rg_allocator a = rg__allocator_or_default(out->allocator.resize ? &out->allocator : NULL);
    writer w = {.graph = graph, .links = rg__links_of(graph, &a), .out = &line};
    rg_status status = write(&w, cut);
    if (!status)
        status = rg_buffer_add(out, line.data, line.size);
    rg__links_dispose(&w.links);
    rg_buffer_dispose(&line);
    return status;
}

rg_status rg_cut_write(const rg_cut *self, const rg_graph *graph, rg_buffer *out)
{
    return write_line(self, graph, out, write_cut);
}

rg_status rg_cut_write_advice(const rg_cut *self, const rg_graph *graph, rg_buffer *out)
{
    return write_line(self, graph, out, write_advice);
}
