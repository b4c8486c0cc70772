/* A cycle's path as one line:
 *
 *   app.Child.parent → app.Parent.children['x'] → app.Child
 *
 * Containers between two objects are steps of the expression, an owner's `__dict__` is none at all. A cycle of
 * containers alone names each of them. */
#include "analysis/cycle_words.h"

#include "analysis/cycle_kinds.h"
#include "analysis/spelling.h"

enum {
    NAME_LIMIT = 60, /* characters of a name or a text */
    EDGES_HEAD = 20, /* references of a long path that are shown: at its beginning, */
    EDGES_TAIL = 10  /* and at its end */
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
    switch (rg_graph_type(graph, n.type).kind) {
    case RG_KIND_MODULE:
    case RG_KIND_FRAME:
    case RG_KIND_FUNCTION:
    case RG_KIND_TYPE:
        if (!status && n.text != RG_NONE)
            status = rg__write(out, " ");
        return status ? status : rg_graph_write_text(graph, node, NAME_LIMIT, out);
    default:
        return status;
    }
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
    return edge->name.kind == RG_NAME_ATTRIBUTE &&
           rg__strings_are_equal(rg_graph_string(g, edge->name.value), "__dict__");
}

/* Edge number i, and where it ends. */
static rg_status write_edge(const rg_cycle_path *self, const rg_graph *g, size_t i, bool folds,
                            rg_buffer *out)
{
    rg_edge edge = self->edges[i];
    const bool has_next = i + 1 < self->count;
    const bool is_dict =
        folds && is_dict_edge(g, &edge) && has_next && self->edges[i + 1].name.kind == RG_NAME_KEY;
    edge.folded = folds && i && is_dict_edge(g, &self->edges[i - 1]);
    rg_status status = is_dict ? RG_OK : rg__write_step(out, g, &edge);
    if (status || (folds && has_next && rg__is_step(g, edge.to)))
        return status;
    status = rg__write(out, " → ");
    return status ? status : rg__write_landmark(out, g, edge.to);
}

rg_status rg_cycle_path_write(const rg_cycle_path *self, const rg_graph *graph, rg_buffer *out)
{
    if (!self->count)
        return RG_OK;
    rg_buffer line = {.allocator = out->allocator};
    const uint32_t first = self->edges[0].from;
    const bool folds = !rg__is_step(graph, first);
    const bool is_long = self->count > EDGES_HEAD + EDGES_TAIL + 1;
    rg_status status = rg__write_landmark(&line, graph, first);
    for (size_t i = 0; i < self->count && !status; i++) {
        if (!is_long || i < EDGES_HEAD || i >= self->count - EDGES_TAIL) {
            status = write_edge(self, graph, i, folds, &line);
            continue;
        }
        i = self->count - EDGES_TAIL - 1;
        status = rg__write(&line, " → … ");
        if (!status)
            status = rg__write_number_of(&line, self->count - EDGES_HEAD - EDGES_TAIL,
                                         "more reference", "more references");
        if (!status)
            status = rg__write(&line, " … → ");
        if (!status)
            status = rg__write_landmark(&line, graph, self->edges[i].to);
    }
    if (!status)
        status = rg_buffer_add(out, line.data, line.size);
    rg_buffer_dispose(&line);
    return status;
}
