/* What to cut, and how, as one line. */
#include "analysis/cycle_kinds.h"
#include "analysis/cycle_words.h"
#include "analysis/cycles_private.h"
#include "analysis/spelling.h"

enum {
    STEPS_MOST = 3, /* containers in front of the reference that are named by who holds them */
    SHOWN = 3,      /* shapes of a set, or variables, that are named */
    NAME_LIMIT = 60
};

typedef struct writer {
    const rg_graph *graph;
    rg__links links;
    rg_buffer *out;
} writer;

/* Whether an edge says in a word where its target is: not a cell's content, nor a field of C. */
static bool is_telling(const rg_graph *g, const rg_edge *edge)
{
    switch (edge->name.kind) {
    case RG_NAME_ATTRIBUTE:
        return !rg__strings_are_equal(rg_graph_string(g, edge->name.value), "cell_contents");
    case RG_NAME_HIDDEN:
    case RG_NAME_INDEX:
    case RG_NAME_KEY:
    case RG_NAME_LOCAL:
        return edge->strength <= RG_STRENGTH_FRAME;
    default:
        return false;
    }
}

/* The edge over which a container is held: by its owner's `__dict__`, else by the lowest referrer that says so;
 * *edge is RG__NO_EDGE where nothing tells. */
static rg_status find_holder(writer *w, uint32_t node, uint32_t *holder, uint64_t *edge)
{
    const rg_graph *g = w->graph;
    rg_status status = rg__links_owner(&w->links, holder, node);
    *edge = RG__NO_EDGE;
    if (!status && *holder != RG_NONE)
        return rg__links_strongest(&w->links, edge, *holder, node, RG_STRENGTH_OWN);
    for (uint64_t i = rg__sources_begin(g, node); i < rg__sources_end(g, node) && !status; i++) {
        *holder = g->sources[i];
        status = rg__links_strongest(&w->links, edge, *holder, node, RG_STRENGTH_FRAME);
        if (status || *edge == RG__NO_EDGE)
            continue;
        const rg_edge found = rg_graph_edge(g, *holder, *edge);
        if (is_telling(g, &found))
            break;
        *edge = RG__NO_EDGE;
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

/* `app.Parent.children['x']`; for all references of a shape `app.Parent.children[*]`. */
static rg_status write_reference(writer *w, const rg_edge *cut, bool is_every)
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
        const rg_name_kind kind = steps[count].name.kind;
        const bool is_item = (kind == RG_NAME_KEY || kind == RG_NAME_INDEX) && !steps[count].folded;
        if (is_dict)
            steps[count - 1].folded = true;
        else if (is_every && is_item)
            status = rg__write(w->out, "[*]");
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

/* References of one shape among those of a cut. */
typedef struct shape_count {
    uint64_t shape;
    const rg_edge *first;
    uint64_t count;
} shape_count;

/* The shapes of a cut in their order, SHOWN at most; how many references are of others. */
static rg_status count_shapes(writer *w, const rg_cut *cut, shape_count *shapes, size_t *count,
                              uint64_t *rest)
{
    rg_status status = RG_OK;
    *count = 0;
    *rest = 0;
    for (size_t i = 0; i < cut->count && !status; i++) {
        uint64_t shape = 0;
        size_t k = 0;
        status = shape_of(w, &cut->edges[i], &shape);
        while (k < *count && shapes[k].shape != shape)
            k++;
        if (k < *count)
            shapes[k].count++;
        else if (k < SHOWN)
            shapes[(*count)++] = (shape_count){shape, &cut->edges[i], 1};
        else
            ++*rest;
    }
    return status;
}

/* `every app.Node.prev (12 references)`, or one. */
static rg_status write_shape(writer *w, const shape_count *shape)
{
    if (shape->count == 1)
        return write_reference(w, shape->first, false);
    rg_status status = rg__write(w->out, "every ");
    if (!status)
        status = write_reference(w, shape->first, true);
    if (!status)
        status = rg__write(w->out, " (");
    if (!status)
        status = rg__write_number_of(w->out, shape->count, "reference", "references");
    return status ? status : rg__write(w->out, ")");
}

static rg_status write_set(writer *w, const rg_cut *cut)
{
    shape_count shapes[SHOWN];
    size_t count = 0;
    uint64_t rest = 0;
    rg_status status = count_shapes(w, cut, shapes, &count, &rest);
    for (size_t i = 0; i < count && !status; i++) {
        if (i)
            status = rg__write(w->out, i + 1 == count && !rest ? " and " : ", ");
        if (!status)
            status = write_shape(w, &shapes[i]);
    }
    if (status || !rest)
        return status;
    status = rg__write(w->out, " and ");
    return status ? status : rg__write_number_of(w->out, rest, "more reference", "more references");
}

/* The names of the variables to delete: `del a, b`. */
static rg_status write_variables(writer *w, const rg_cut *cut)
{
    size_t shown = 0;
    rg_status status = rg__write(w->out, "del ");
    for (size_t i = 0; i < cut->count && shown < SHOWN && !status; i++) {
        if (cut->edges[i].name.kind != RG_NAME_LOCAL)
            continue;
        bool is_new = true;
        for (size_t k = 0; k < i && is_new; k++)
            is_new = cut->edges[k].name.kind != RG_NAME_LOCAL ||
                     cut->edges[k].name.value != cut->edges[i].name.value;
        if (!is_new)
            continue;
        status = shown++ ? rg__write(w->out, ", ") : RG_OK;
        if (!status)
            status = rg__write_plain(w->out, rg_graph_string(w->graph, cut->edges[i].name.value),
                                     NAME_LIMIT);
    }
    return status;
}

/* How the worst of the references is cut. */
static rg_status write_advice(writer *w, const rg_cut *cut)
{
    rg__cut_kind kind = RG__CUT_BACK;
    uint32_t holder = RG_NONE;
    uint32_t target = RG_NONE;
    rg_status status = RG_OK;
    for (size_t i = 0; i < cut->count && !status; i++) {
        uint32_t owner = RG_NONE;
        status = owner_of(w, &cut->edges[i], &owner);
        const rg__cut_kind this = rg__cut_kind_of(w->graph, &cut->edges[i], owner);
        if (target == RG_NONE || this > kind) {
            kind = this;
            holder = owner != RG_NONE ? owner : cut->edges[i].from;
            target = cut->edges[i].to;
        }
    }
    const char *advice = target != RG_NONE ? rg__cut_advice(w->graph, kind, holder, target) : NULL;
    if (status || !advice)
        return status;
    if (kind == RG__CUT_EXCEPTION || kind == RG__CUT_LOCAL)
        status = write_variables(w, cut);
    return status ? status : rg__write(w->out, advice);
}

static rg_status write_cut(writer *w, const rg_cut *cut)
{
    if (!cut->count)
        return rg__write(w->out, cut->is_bounded ? "the cycle is too large to search"
                                                 : "no reference of it can be cut");
    rg_status status = cut->is_enough ? RG_OK : rg__write(w->out, "begin with ");
    if (!status && cut->count == 1)
        status = write_reference(w, &cut->edges[0], false);
    else if (!status)
        status = write_set(w, cut);
    if (!status && !cut->is_enough)
        status = rg__write(w->out, " (too large to search for all that is needed)");
    else if (!status && cut->is_bounded)
        status = rg__write(w->out, " (the search for fewer was given up)");
    if (!status && cut->leaves_cycle)
        status =
            rg__write(w->out, "; a cycle that nobody can cut, such as a class and its functions, "
                              "is left to the collector");
    return status;
}

static rg_status write_line(const rg_cut *cut, const rg_graph *graph, rg_buffer *out,
                            rg_status (*write)(writer *, const rg_cut *))
{
    rg_buffer line = {.allocator = out->allocator};
    const rg_allocator a = rg__allocator_or_default(out->allocator.resize ? &out->allocator : NULL);
    writer w = {.graph = graph, .links = rg__links_of(graph, "words", &a), .out = &line};
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
