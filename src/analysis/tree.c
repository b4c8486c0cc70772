/* A chain as a tree of one branch:
 *
 *   module app.api
 *   └─ .Api         type app.api.Api
 *      └─ [0]       app.api.Session  ← the object allocated at app/api.py:57
 *
 * The left part of a line is how the object is reached, the right part what it is; right parts stand
 * in one column. An owner's `__dict__`, and a cell, are no lines of their own. A long chain loses its
 * middle, so there is a fixed number of lines at most. */
#include <refgraph/analysis.h>

#include "analysis/spelling.h"

enum {
    LINES_HEAD = 20,
    LINES_TAIL = 19,
    LINES_MAX = LINES_HEAD + LINES_TAIL + 2, /* and the root, and the gap */
    COLUMN_MAX = 46, /* right parts start no further right, unless the left one is longer */
    NAME_LIMIT = 60  /* characters of a name or a text */
};

typedef struct line {
    size_t left, right, end; /* in the text: left part [left, right), right part [right, end) */
} line;

typedef struct writer {
    const rg_graph *graph;
    const rg_chain *chain;
    uint32_t target;
    rg_buffer text;
    line lines[LINES_MAX];
    size_t count;
} writer;

static bool has_name(const rg_graph *g, const rg_edge *edge, const char *text)
{
    return edge->name.kind == RG_NAME_ATTRIBUTE &&
           rg__strings_are_equal(rg_graph_string(g, edge->name.value), text);
}

/* How many edges the step at number i takes: two through a `__dict__` or a cell. */
static size_t edges_of_step(const writer *w, size_t i)
{
    const rg_edge *edge = &w->chain->edges[i];
    if (i + 1 == w->chain->edge_count)
        return 1;
    if (has_name(w->graph, edge, "__dict__") && edge[1].name.kind == RG_NAME_KEY)
        return 2;
    return edge->name.kind == RG_NAME_CELL && has_name(w->graph, &edge[1], "cell_contents") ? 2 : 1;
}

static bool is_out_of_reach(const rg_edge *edge)
{
    switch (edge->name.kind) {
    case RG_NAME_NONE:
    case RG_NAME_KEY_OF:
    case RG_NAME_ELEMENT:
    case RG_NAME_SLOT:
        return true;
    default:
        return false;
    }
}

/* What an object is: type and text. */
static rg_status write_object(writer *w, uint32_t node)
{
    rg_status status = rg_graph_write_type(w->graph, node, &w->text);
    if (status || rg_graph_node(w->graph, node).text == RG_NONE)
        return status;
    status = rg__write(&w->text, " ");
    return status ? status : rg_graph_write_text(w->graph, node, NAME_LIMIT, &w->text);
}

/* "← the object allocated at app/api.py:57" */
static rg_status write_mark(writer *w, bool is_target)
{
    const line *l = &w->lines[w->count];
    if (!is_target)
        return RG_OK;
    rg_status status =
        rg__write(&w->text, w->text.size > l->right ? "  ← the object" : "← the object");
    const size_t size = w->text.size;
    if (!status)
        status = rg__write(&w->text, " allocated at ");
    const size_t place = w->text.size;
    if (!status)
        status = rg_graph_write_site(w->graph, w->target, &w->text);
    if (w->text.size == place)
        w->text.size = size;
    return status;
}

static rg_status write_root(writer *w)
{
    const rg_root root = rg_graph_root(w->graph, w->chain->root);
    line *l = &w->lines[w->count];
    rg_status status =
        rg_graph_write_root(w->graph, w->chain->root, 2 * (size_t)NAME_LIMIT, &w->text);
    l->right = w->text.size;
    if (!status && root.kind != RG_ROOT_MODULE && root.kind != RG_ROOT_TYPE)
        status = write_object(w, root.node);
    if (!status)
        status = write_mark(w, !w->chain->edge_count && root.node == w->target);
    l->end = w->text.size;
    w->count++;
    return status;
}

static rg_status write_indent(writer *w, const char *then)
{
    rg_status status = RG_OK;
    for (size_t i = 1; i < w->count && !status; i++)
        status = rg__write(&w->text, "   ");
    return status ? status : rg__write(&w->text, then);
}

static rg_status write_step(writer *w, size_t i, size_t used)
{
    line *l = &w->lines[w->count];
    rg_edge edge = w->chain->edges[i];
    const bool is_folded = used == 2 && edge.name.kind == RG_NAME_ATTRIBUTE;
    const uint32_t to = w->chain->edges[i + used - 1].to;
    if (is_folded) {
        edge = w->chain->edges[i + 1];
        edge.folded = true;
    }
    l->left = w->text.size;
    rg_status status = write_indent(w, "└─ ");
    if (!status && edge.name.kind == RG_NAME_NONE)
        status = rg__write(&w->text, "?");
    else if (!status)
        status = rg_graph_write_name(w->graph, &edge, NAME_LIMIT, &w->text);
    l->right = w->text.size;
    if (!status)
        status = write_object(w, to);
    if (!status && is_out_of_reach(&edge))
        status = rg__write(&w->text, "  (not reachable as an expression)");
    if (!status)
        status = write_mark(w, i + used == w->chain->edge_count && to == w->target);
    l->end = w->text.size;
    w->count++;
    return status;
}

static rg_status write_gap(writer *w, size_t objects)
{
    line *l = &w->lines[w->count];
    l->left = w->text.size;
    rg_status status = write_indent(w, "… ");
    if (!status)
        status = rg__write_count(&w->text, objects);
    if (!status)
        status = rg__write(&w->text, objects == 1 ? " more object …" : " more objects …");
    l->right = l->end = w->text.size;
    w->count++;
    return status;
}

static rg_status write_lines(writer *w)
{
    size_t steps = 0;
    for (size_t i = 0; i < w->chain->edge_count; i += edges_of_step(w, i))
        steps++;
    rg_status status = write_root(w);
    size_t step = 0;
    for (size_t i = 0; i < w->chain->edge_count && !status; step++) {
        const size_t used = edges_of_step(w, i);
        const bool is_cut = steps > LINES_HEAD + LINES_TAIL + 1;
        if (is_cut && step == LINES_HEAD)
            status = write_gap(w, steps - LINES_HEAD - LINES_TAIL);
        else if (!is_cut || step < LINES_HEAD || step >= steps - LINES_TAIL)
            status = write_step(w, i, used);
        i += used;
    }
    return status;
}

/* Columns that a piece of the text takes: one a character. */
static size_t width_of(const writer *w, size_t begin, size_t end)
{
    size_t width = 0;
    for (size_t i = begin; i < end; i++)
        width += ((unsigned char)w->text.data[i] & 0xC0) != 0x80;
    return width;
}

static size_t column_of(const writer *w)
{
    size_t column = 0;
    for (size_t i = 0; i < w->count; i++) {
        const line *l = &w->lines[i];
        const size_t width = width_of(w, l->left, l->right) + 2;
        if (l->end > l->right && width > column && width <= COLUMN_MAX)
            column = width;
    }
    return column;
}

/* The lines, padded, in one piece. */
static rg_status assemble(const writer *w, rg_buffer *out)
{
    const size_t column = column_of(w);
    rg_status status = RG_OK;
    for (size_t i = 0; i < w->count && !status; i++) {
        const line *l = &w->lines[i];
        size_t width = width_of(w, l->left, l->right);
        if (i)
            status = rg__write(out, "\n");
        if (!status)
            status = rg_buffer_add(out, w->text.data + l->left, l->right - l->left);
        if (l->end == l->right)
            continue;
        const size_t padding = width + 2 <= column ? column - width : 2;
        if (!status)
            status = rg_buffer_add_format(out, "%*s", (int)padding, "");
        if (!status)
            status = rg_buffer_add(out, w->text.data + l->right, l->end - l->right);
    }
    return status;
}

rg_status rg_chain_write_tree(const rg_chain *self, const rg_graph *graph, uint32_t target,
                              rg_buffer *out)
{
    writer w = {
        .graph = graph,
        .chain = self,
        .target = target,
        .text.allocator = out->allocator,
    };
    rg_buffer tree = {.allocator = out->allocator};
    rg_status status = write_lines(&w);
    if (!status)
        status = assemble(&w, &tree);
    if (!status)
        status = rg_buffer_add(out, tree.data, tree.size);
    rg_buffer_dispose(&tree);
    rg_buffer_dispose(&w.text);
    return status;
}
