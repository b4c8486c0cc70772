/* A cycle's path as one line:
 *
 *   app.Child.parent → app.Parent.children['x'] → app.Child
 *
 * Containers between two objects are steps of the expression, an owner's `__dict__` is none at all. A cycle of
 * containers alone names each of them. */
#include "analysis/cycle_words.h"

#include "analysis/cycle_kinds.h"
#include "analysis/cycles_private.h"
#include "analysis/links.h"
#include "analysis/spelling.h"

enum {
    NAME_LIMIT = 60, /* characters of a name or a text */
    EDGES_HEAD = 20, /* references of a long path that are shown: at its beginning, */
    EDGES_TAIL = 10, /* and at its end; */
    STEPS_MORE =
        4 /* and at most so many more, for a part to end or begin at an object, not at a container */
};

rg_status rg__write_number_of(rg_buffer *out, uint64_t count, const char *singular,
                              const char *plural)
{
    rg_status status = rg__write_count(out, count);
    if (!status)
        status = rg__write(out, " ");
    return status ? status : rg__write(out, count == 1 ? singular : plural);
}

rg_status rg__write_landmark(rg_buffer *out, const rg_graph *graph, uint32_t node)
{
    rg_status status = rg_graph_write_type(graph, node, out);
    const rg_node n = rg_graph_node(graph, node);
    if (status || n.text == RG_NONE || !rg__is_place(rg_graph_type(graph, n.type).kind))
        return status;
    status = rg__write(out, " ");
    return status ? status : rg_graph_write_text(graph, node, NAME_LIMIT, out);
}

rg_status rg__write_step(rg_buffer *out, const rg_graph *graph, const rg_edge *edge)
{
    switch (edge->name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_HIDDEN:
    case RG_NAME_INDEX:
    case RG_NAME_KEY:
        return rg_graph_write_name(graph, edge, NAME_LIMIT, out);
    case RG_NAME_LOCAL: {
        rg_status status = rg__write(out, " · ");
        return status ? status : rg_graph_write_name(graph, edge, NAME_LIMIT, out);
    }
    default:
        break;
    }
    rg_status status = rg__write(out, "{");
    if (!status && edge->name.kind == RG_NAME_NONE)
        status = rg__write(out, "unnamed");
    else if (!status)
        status = rg_graph_write_name(graph, edge, NAME_LIMIT, out);
    return status ? status : rg__write(out, "}");
}

bool rg__is_step(const rg_graph *graph, uint32_t node)
{
    const rg_type type = rg_graph_type(graph, rg_graph_node(graph, node).type);
    return type.kind == RG_KIND_CONTAINER;
}

static bool is_dict_edge(const rg_graph *g, const rg_edge *edge)
{
    uint32_t known = RG_NONE;
    return rg__name_is_dict(g, edge->name, &known);
}

typedef struct writer {
    const rg_cycle_path *path;
    const rg_graph *graph;
    bool folds;
    size_t gap_begin, gap_end; /* edges that are not shown */
    rg_buffer *out;
} writer;

static void find_gap(writer *w)
{
    const rg_cycle_path *p = w->path;
    w->gap_begin = w->gap_end = p->count;
    if (p->count <= EDGES_HEAD + EDGES_TAIL + 1)
        return;
    size_t begin = EDGES_HEAD;
    size_t end = p->count - EDGES_TAIL;
    for (int i = 0; i < STEPS_MORE && w->folds; i++) {
        if (end > begin + 1 && rg__is_step(w->graph, p->edges[end].from))
            end--;
        if (begin + 1 < end && rg__is_step(w->graph, p->edges[begin].from))
            begin++;
    }
    w->gap_begin = begin;
    w->gap_end = end;
}

static rg_status write_gap(const writer *w)
{
    rg_status status = rg__write(w->out, " → … ");
    if (!status)
        status = rg__write_number_of(w->out, w->gap_end - w->gap_begin, "more reference",
                                     "more references");
    if (!status)
        status = rg__write(w->out, " … → ");
    return status ? status : rg__write_landmark(w->out, w->graph, w->path->edges[w->gap_end].from);
}

/* Edge number i, and where it ends. */
static rg_status write_edge(const writer *w, size_t i)
{
    const rg_graph *g = w->graph;
    const rg_edge *edges = w->path->edges;
    rg_edge edge = edges[i];
    const bool has_next = i + 1 < w->path->count && i + 1 != w->gap_begin;
    const bool is_dict =
        w->folds && is_dict_edge(g, &edge) && has_next && edges[i + 1].name.kind == RG_NAME_KEY;
    edge.folded = w->folds && i && i != w->gap_end && is_dict_edge(g, &edges[i - 1]);
    rg_status status = is_dict ? RG_OK : rg__write_step(w->out, g, &edge);
    if (status || (w->folds && has_next && rg__is_step(g, edge.to)))
        return status;
    status = rg__write(w->out, " → ");
    return status ? status : rg__write_landmark(w->out, g, edge.to);
}

rg_status rg_cycle_path_write(const rg_cycle_path *self, const rg_graph *graph, rg_buffer *out)
{
    if (!self->count)
        return RG_OK;
    rg_buffer line = {.allocator = out->allocator};
    const uint32_t first = self->edges[0].from;
    writer w = {.path = self, .graph = graph, .folds = !rg__is_step(graph, first), .out = &line};
    find_gap(&w);
    rg_status status = rg__write_landmark(&line, graph, first);
    for (size_t i = 0; i < w.gap_begin && !status; i++)
        status = write_edge(&w, i);
    if (!status && w.gap_begin < w.gap_end)
        status = write_gap(&w);
    for (size_t i = w.gap_end; i < self->count && !status; i++)
        status = write_edge(&w, i);
    if (!status)
        status = rg_buffer_add(out, line.data, line.size);
    rg_buffer_dispose(&line);
    return status;
}
