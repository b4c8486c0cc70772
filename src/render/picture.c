/* From a selection of a graph to a picture. */
#include "render/picture.h"

#include "base/memory.h"
#include "render/choice.h"

#include <stdio.h>
#include <string.h>

enum {
    TYPE_LIMIT = 60, /* characters of a label's first line */
    TEXT_LIMIT = 60, /* of its second */
    NAME_LIMIT = 40, /* of one edge name */
    TITLE_LIMIT = 160,
    TOOLTIP_LIMIT = 200 /* of each part of a tooltip */
};

typedef struct maker {
    rg__picture *picture;
    const rg_graph *graph;
    const rg_subgraph *sub;
    rg__choice choice;
    rg_buffer scratch; /* one raw text */
    rg_buffer line;    /* several, for an edge label */
    unsigned kinds;    /* bit set of rg_kind */
} maker;

/* ---- texts ---- */

/* Start a string of the picture; what is appended to picture->text until finish_text belongs to it. */
static rg__text_at begin_text(const maker *m)
{
    return m->picture->text.size;
}

static rg_status finish_text(const maker *m)
{
    return rg_buffer_add(&m->picture->text, "", 1);
}

static rg_status add_text(maker *m, rg__text_at *at, const char *text)
{
    *at = begin_text(m);
    return rg_buffer_add(&m->picture->text, text, strlen(text) + 1);
}

static rg_status add_id(maker *m, rg__text_at *at, const char *prefix, size_t number)
{
    *at = begin_text(m);
    rg_status status = rg_buffer_add_format(&m->picture->text, "%s%zu", prefix, number);
    return status ? status : finish_text(m);
}

/* 1204 as "1,204" */
static rg_status add_count(rg_buffer *out, uint64_t count)
{
    char digits[24];
    char text[32];
    const int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    size_t used = 0;
    for (int i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    return rg_buffer_add(out, text, used);
}

static rg_string scratch_text(const maker *m)
{
    return (rg_string){m->scratch.data, m->scratch.size};
}

static rg_status write_node(maker *m, uint32_t node, bool tooltip)
{
    rg_buffer *out = &m->picture->text;
    rg_status (*escape)(rg_buffer *, rg_string, size_t) =
        tooltip ? rg__escape_tooltip : rg__escape_label;
    m->scratch.size = 0;
    rg_status status = rg_graph_write_type(m->graph, node, &m->scratch);
    if (!status)
        status = escape(out, scratch_text(m), tooltip ? TOOLTIP_LIMIT : TYPE_LIMIT);
    m->scratch.size = 0;
    if (!status)
        status =
            rg_graph_write_text(m->graph, node, tooltip ? TOOLTIP_LIMIT : TEXT_LIMIT, &m->scratch);
    if (!status && m->scratch.size) {
        status = rg_buffer_add(out, tooltip ? " " : "\\n", tooltip ? 1 : 2);
        if (!status) /* quotes and a mark of omission come on top of the limit */
            status = escape(out, scratch_text(m), 0);
    }
    return status;
}

static rg_status add_class(maker *m, rg__text_at *at, const char *kind, unsigned roles)
{
    static const struct {
        unsigned role;
        const char *text;
    } names[] = {
        {RG__ROLE_TARGET, " target"}, {RG__ROLE_ROOT, " root"},
        {RG__ROLE_CHAIN, " chain"},   {RG__ROLE_WEAK, " weak"},
        {RG__ROLE_FOLDED, " folded"}, {RG__ROLE_INFRASTRUCTURE, " infrastructure"},
        {RG__ROLE_FRAME, " local"},
    };
    *at = begin_text(m);
    rg_status status = rg_buffer_add(&m->picture->text, kind, strlen(kind));
    for (size_t i = 0; i < sizeof names / sizeof *names && !status; i++)
        if (roles & names[i].role)
            status = rg_buffer_add(&m->picture->text, names[i].text, strlen(names[i].text));
    return status ? status : finish_text(m);
}

/* ---- nodes and edges ---- */

static rg_status push_node(maker *m, const rg__picture_node *node)
{
    rg__picture *p = m->picture;
    rg_status status = rg__array_reserve(&p->allocator, &p->nodes, &p->node_capacity,
                                         p->node_count + 1, sizeof *p->nodes);
    if (!status)
        p->nodes[p->node_count++] = *node;
    return status;
}

static rg_status push_edge(maker *m, const rg__picture_edge *edge)
{
    rg__picture *p = m->picture;
    rg_status status = rg__array_reserve(&p->allocator, &p->edges, &p->edge_capacity,
                                         p->edge_count + 1, sizeof *p->edges);
    if (!status)
        p->edges[p->edge_count++] = *edge;
    return status;
}

static rg_status add_node(maker *m, size_t i)
{
    const rg__chosen_node *chosen = &m->choice.nodes[i];
    const uint32_t node = m->sub->nodes[chosen->index];
    const rg_kind kind = rg_graph_type(m->graph, rg_graph_node(m->graph, node).type).kind;
    rg__picture_node out = {.look = rg__look_of_node(kind, chosen->roles)};
    const rg_node facts = rg_graph_node(m->graph, node);
    rg_buffer *text = &m->picture->text;
    m->kinds |= 1U << kind;
    rg_status status = add_id(m, &out.id, "n", chosen->index);
    if (!status)
        status = add_class(m, &out.class, rg_kind_text(kind), chosen->roles);
    out.label = begin_text(m);
    if (!status)
        status = write_node(m, node, false);
    if (!status)
        status = finish_text(m);
    out.tooltip = begin_text(m);
    if (!status)
        status = write_node(m, node, true);
    if (!status && facts.size) {
        status = rg_buffer_add(text, " (", 2);
        if (!status)
            status = add_count(text, facts.size);
        if (!status)
            status = rg_buffer_add(text, " B)", 3);
    }
    if (!status)
        status = finish_text(m);
    return status ? status : push_node(m, &out);
}

/* ".a, .b, [3] … 12 more": the names of a group of parallel edges */
static rg_status write_names(maker *m, const rg__chosen_edge *chosen, bool tooltip)
{
    enum { NAMES_SHOWN = 3 };
    const rg__choice *c = &m->choice;
    m->line.size = 0;
    rg_status status = RG_OK;
    uint64_t shown = 0;
    for (size_t i = 0; i < chosen->count && shown < NAMES_SHOWN && !status; i++) {
        const rg_edge *edge = &m->sub->edges[c->order[chosen->first + i]];
        const size_t before = m->line.size;
        if (shown)
            status = rg_buffer_add(&m->line, ", ", 2);
        const size_t start = m->line.size;
        if (!status)
            status =
                rg_graph_write_name(m->graph, edge, tooltip ? TOOLTIP_LIMIT : NAME_LIMIT, &m->line);
        if (m->line.size == start)
            m->line.size = before;
        else
            shown++;
    }
    if (!status && shown && chosen->count > shown) {
        status = rg_buffer_add(&m->line, " … ", strlen(" … "));
        if (!status)
            status = add_count(&m->line, chosen->count - shown);
        if (!status)
            status = rg_buffer_add(&m->line, " more", 5);
    }
    return status;
}

/* The label in front of its arrow needs a space that Graphviz keeps. */
static rg_status add_edge_label(maker *m, rg__text_at *at, const rg__chosen_edge *chosen)
{
    *at = begin_text(m);
    rg_status status = write_names(m, chosen, false);
    if (!status && m->line.size) {
        status = rg_buffer_add(&m->picture->text, "\xC2\xA0", 2);
        if (!status)
            status =
                rg__escape_label(&m->picture->text, (rg_string){m->line.data, m->line.size}, 0);
    }
    return status ? status : finish_text(m);
}

static rg_status add_edge_tooltip(maker *m, rg__text_at *at, const rg__chosen_edge *chosen)
{
    *at = begin_text(m);
    rg_status status = write_names(m, chosen, true);
    if (!status && !m->line.size)
        status = rg_buffer_add(&m->line, "reference", strlen("reference"));
    if (!status)
        status = rg__escape_tooltip(&m->picture->text, (rg_string){m->line.data, m->line.size}, 0);
    return status ? status : finish_text(m);
}

static rg_status add_edge(maker *m, size_t i)
{
    const rg__chosen_edge *chosen = &m->choice.edges[i];
    rg__picture_edge out = {
        .from = chosen->from,
        .to = chosen->to,
        .look = rg__look_of_edge(chosen->roles),
        .is_chain = chosen->roles & RG__ROLE_CHAIN,
    };
    rg_status status = add_id(m, &out.id, "e", chosen->edge);
    if (!status)
        status = add_class(m, &out.class, "reference", chosen->roles);
    if (!status)
        status = add_edge_label(m, &out.label, chosen);
    if (!status)
        status = add_edge_tooltip(m, &out.tooltip, chosen);
    return status ? status : push_edge(m, &out);
}

/* ---- stubs and the legend ---- */

static rg_status add_plain_edge(maker *m, uint32_t from, uint32_t to, const char *id_prefix,
                                size_t number, bool invisible)
{
    rg__picture_edge edge = {
        .from = from,
        .to = to,
        .look = rg__look_of_stub_edge(),
        .is_invisible = invisible,
    };
    rg_status status = add_id(m, &edge.id, id_prefix, number);
    if (!status)
        status = add_text(m, &edge.class, invisible ? "layout" : "more");
    if (!status)
        status = add_text(m, &edge.label, "");
    if (!status)
        status = add_text(m, &edge.tooltip, invisible ? " " : "not shown");
    return status ? status : push_edge(m, &edge);
}

/* A dashed node "+ 1,204 more", or "… 1,204 more" for what the node limit left out. */
static rg_status add_stub(maker *m, const char *id, size_t number, bool has_number,
                          const char *mark, uint64_t count, const char *what)
{
    rg__picture_node node = {.look = rg__look_of_stub()};
    rg_buffer *text = &m->picture->text;
    rg_status status = has_number ? add_id(m, &node.id, id, number) : add_text(m, &node.id, id);
    if (!status)
        status = add_text(m, &node.class, "more");
    node.label = begin_text(m);
    if (!status)
        status = rg_buffer_add(text, mark, strlen(mark));
    if (!status)
        status = add_count(text, count);
    if (!status)
        status = rg_buffer_add(text, what, strlen(what) + 1);
    node.tooltip = node.label;
    return status ? status : push_node(m, &node);
}

static rg_status add_omissions(maker *m)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < m->sub->omission_count && !status; i++) {
        const rg_omission *omission = &m->sub->omissions[i];
        const uint32_t node = rg__choice_find(&m->choice, omission->node);
        if (node == RG_NONE || !omission->count)
            continue;
        if (m->choice.stub_count++ >= m->choice.max_nodes)
            break;
        const uint32_t stub = (uint32_t)m->picture->node_count;
        status = add_stub(m, "more", i, true, "+ ", omission->count, " more");
        if (!status)
            status = omission->referrers ? add_plain_edge(m, stub, node, "m", i, false)
                                         : add_plain_edge(m, node, stub, "m", i, false);
    }
    return status;
}

/* What the limits left out: objects beside one that refers to, or is referred to by, one of them;
 * references by themselves. */
static rg_status add_reduced(maker *m)
{
    const rg__choice *c = &m->choice;
    rg_status status = RG_OK;
    if (c->dropped_edges)
        status = add_stub(m, "reduced_edges", 0, false, "… ", c->dropped_edges, " more references");
    if (status || !c->dropped_nodes)
        return status;
    const uint32_t stub = (uint32_t)m->picture->node_count;
    status = add_stub(m, "reduced", 0, false, "… ", c->dropped_nodes, " more");
    if (status || c->border == RG_NONE)
        return status;
    return c->border_is_target ? add_plain_edge(m, stub, c->border, "r", 0, false)
                               : add_plain_edge(m, c->border, stub, "r", 0, false);
}

static rg_status add_legend(maker *m)
{
    uint32_t previous = RG_NONE;
    rg_status status = RG_OK;
    for (unsigned k = 1; k <= RG_KIND_COUNT && !status; k++) {
        const rg_kind kind = (rg_kind)(k % RG_KIND_COUNT); /* "other" comes last */
        if (!(m->kinds >> kind & 1))
            continue;
        rg__picture_node node = {.look = rg__look_of_legend(kind), .is_legend = true};
        const uint32_t index = (uint32_t)m->picture->node_count;
        status = add_id(m, &node.id, "legend", kind);
        if (!status)
            status = add_text(m, &node.class, "legend");
        if (!status)
            status = add_text(m, &node.label, rg__legend_text(kind));
        node.tooltip = node.label;
        if (!status)
            status = push_node(m, &node);
        if (!status)
            status = add_plain_edge(m, previous == RG_NONE ? 0 : previous, index, "l", index, true);
        previous = index;
    }
    return status;
}

static rg_status add_title(maker *m, const char *title)
{
    m->picture->title = begin_text(m);
    rg_status status = RG_OK;
    if (title && *title)
        status = rg__escape_label(&m->picture->text, rg_string_of(title), TITLE_LIMIT);
    return status ? status : finish_text(m);
}

static rg_status fill(maker *m, const rg_render_options *options)
{
    rg_status status = add_title(m, options->title);
    for (size_t i = 0; i < m->choice.node_count && !status; i++)
        status = add_node(m, i);
    for (size_t i = 0; i < m->choice.edge_count && !status; i++)
        status = add_edge(m, i);
    if (!status)
        status = add_omissions(m);
    if (!status)
        status = add_reduced(m);
    if (!status && !options->hide_legend)
        status = add_legend(m);
    return status;
}

rg_status rg__picture_make(rg__picture *out, const rg_graph *graph, const rg_subgraph *sub,
                           const rg_render_options *options, const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    rg__picture picture = {.allocator = a, .text = rg_buffer_empty(&a)};
    maker m = {
        .picture = &picture,
        .graph = graph,
        .sub = sub,
        .scratch = rg_buffer_empty(&a),
        .line = rg_buffer_empty(&a),
    };
    rg_status status = rg__choice_make(&m.choice, graph, sub, options, &a);
    if (!status)
        status = fill(&m, options);
    rg__choice_dispose(&m.choice);
    rg_buffer_dispose(&m.scratch);
    rg_buffer_dispose(&m.line);
    if (status)
        rg__picture_dispose(&picture);
    else
        *out = picture;
    return status;
}

void rg__picture_dispose(rg__picture *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->nodes, self->node_capacity, sizeof *self->nodes);
    rg__array_free(a, self->edges, self->edge_capacity, sizeof *self->edges);
    rg_buffer_dispose(&self->text);
    *self = (rg__picture){0};
}
