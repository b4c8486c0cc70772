/* From a selection of a graph to a picture. */
#include "render/picture.h"

#include "base/memory.h"
#include "render/choice.h"
#include "render/effort.h"
#include "render/picture_parts.h"

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
    unsigned roles;    /* all that occur */
    bool show_collector;
} maker;

/* ---- texts ---- */

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

/* Where a node was allocated, after `before`; nothing where that is not known. */
static rg_status write_site(maker *m, uint32_t node, const char *before, bool tooltip)
{
    rg_buffer *out = &m->picture->text;
    m->scratch.size = 0;
    rg_status status = rg_graph_write_site(m->graph, node, &m->scratch);
    if (status || !m->scratch.size)
        return status;
    status = rg__write(out, before);
    if (!status)
        status = rg__write(out, "allocated at ");
    if (status)
        return status;
    return tooltip ? rg__escape_tooltip(out, scratch_text(m), 0)
                   : rg__escape_label(out, scratch_text(m), 0);
}

/* What kind of root a node is, after `before`. */
static rg_status write_root(maker *m, uint32_t root, const char *before, bool tooltip)
{
    rg_buffer *out = &m->picture->text;
    m->scratch.size = 0;
    if (root == RG_NONE)
        return RG_OK;
    rg_status status =
        rg_graph_write_root(m->graph, root, tooltip ? TOOLTIP_LIMIT : TEXT_LIMIT, &m->scratch);
    if (status || !m->scratch.size)
        return status;
    status = rg__write(out, before);
    if (status)
        return status;
    return tooltip ? rg__escape_tooltip(out, scratch_text(m), 0)
                   : rg__escape_label(out, scratch_text(m), 0);
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
        {RG__ROLE_FRAME, " local"},   {RG__ROLE_CYCLE, " cycle"},
        {RG__ROLE_CUT, " cut"},       {RG__ROLE_FINALIZER, " finalizer"},
    };
    *at = rg__text_begin(m->picture);
    rg_status status = rg_buffer_add(&m->picture->text, kind, strlen(kind));
    for (size_t i = 0; i < sizeof names / sizeof *names && !status; i++)
        if (roles & names[i].role)
            status = rg_buffer_add(&m->picture->text, names[i].text, strlen(names[i].text));
    return status ? status : rg__text_finish(m->picture);
}

/* ---- nodes and edges ---- */

static rg_status add_node_label(maker *m, rg__text_at *at, const rg__chosen_node *chosen)
{
    const uint32_t node = m->sub->nodes[chosen->index];
    *at = rg__text_begin(m->picture);
    rg_status status = write_node(m, node, false);
    if (!status && chosen->roles & RG__ROLE_TARGET)
        status = write_site(m, node, "\\n", false);
    if (!status)
        status = write_root(m, chosen->root, "\\n", false);
    if (!status && m->show_collector)
        status = rg__write_collector(&m->picture->text, m->graph, node, "\\n");
    return status ? status : rg__text_finish(m->picture);
}

static rg_status add_node_tooltip(maker *m, rg__text_at *at, const rg__chosen_node *chosen)
{
    const uint32_t node = m->sub->nodes[chosen->index];
    rg_buffer *text = &m->picture->text;
    const uint64_t size = rg_graph_node(m->graph, node).size;
    *at = rg__text_begin(m->picture);
    rg_status status = write_node(m, node, true);
    if (!status && size) {
        status = rg__write(text, " (");
        if (!status)
            status = rg__write_count(text, size);
        if (!status)
            status = rg__write(text, " B)");
    }
    if (!status)
        status = write_site(m, node, ", ", true);
    if (!status)
        status = write_root(m, chosen->root, ", ", true);
    if (!status && m->show_collector)
        status = rg__write_collector(text, m->graph, node, ", ");
    return status ? status : rg__text_finish(m->picture);
}

static rg_status add_node(maker *m, size_t i)
{
    const rg__chosen_node *chosen = &m->choice.nodes[i];
    const uint32_t node = m->sub->nodes[chosen->index];
    const rg_kind kind = rg_graph_type(m->graph, rg_graph_node(m->graph, node).type).kind;
    const bool is_marked = m->show_collector && rg__has_finalizer(m->graph, node);
    const unsigned roles = chosen->roles | (is_marked ? RG__ROLE_FINALIZER : 0);
    rg__picture_node out = {.look = rg__look_of_node(kind, roles)};
    m->kinds |= 1U << kind;
    m->roles |= roles;
    rg_status status = rg__text_add_id(m->picture, &out.id, "n", chosen->index);
    if (!status)
        status = add_class(m, &out.class, rg_kind_text(kind), roles);
    if (!status)
        status = add_node_label(m, &out.label, chosen);
    if (!status)
        status = add_node_tooltip(m, &out.tooltip, chosen);
    return status ? status : rg__picture_push_node(m->picture, &out);
}

/* What stands before a name that is not the line's first word. */
static const char *separator(const rg__chosen_edge *chosen, size_t i, bool is_first)
{
    if (!is_first)
        return ", ";
    return i < chosen->cut_count ? ": " : "; also ";
}

/* ".a, .b, [3] … 12 more": the names of a group of parallel edges; "cut here: .a; also .b" where some of
 * them are to be cut. */
static rg_status write_names(maker *m, const rg__chosen_edge *chosen, bool tooltip)
{
    enum { NAMES_SHOWN = 3 };
    const rg__choice *c = &m->choice;
    m->line.size = 0;
    rg_status status = chosen->cut_count ? rg__write(&m->line, "cut here") : RG_OK;
    uint64_t shown = 0;
    bool is_first = true; /* of those that are to be cut, then of the others */
    for (size_t i = 0; i < chosen->count && shown < NAMES_SHOWN && !status; i++) {
        const rg_edge *edge = &m->sub->edges[c->order[chosen->first + i]];
        const size_t before = m->line.size;
        is_first = is_first || i == chosen->cut_count;
        if (before)
            status = rg__write(&m->line, separator(chosen, i, is_first));
        const size_t start = m->line.size;
        if (!status)
            status =
                rg_graph_write_name(m->graph, edge, tooltip ? TOOLTIP_LIMIT : NAME_LIMIT, &m->line);
        if (m->line.size == start) {
            m->line.size = before;
        } else {
            is_first = false;
            shown++;
        }
    }
    if (!status && shown && chosen->count > shown) {
        status = rg_buffer_add(&m->line, " … ", strlen(" … "));
        if (!status)
            status = rg__write_count(&m->line, chosen->count - shown);
        if (!status)
            status = rg_buffer_add(&m->line, " more", 5);
    }
    return status;
}

/* The label in front of its arrow needs a space that Graphviz keeps. */
static rg_status add_edge_label(maker *m, rg__text_at *at, const rg__chosen_edge *chosen)
{
    *at = rg__text_begin(m->picture);
    rg_status status = write_names(m, chosen, false);
    if (!status && m->line.size) {
        status = rg_buffer_add(&m->picture->text, "\xC2\xA0", 2);
        if (!status)
            status =
                rg__escape_label(&m->picture->text, (rg_string){m->line.data, m->line.size}, 0);
    }
    return status ? status : rg__text_finish(m->picture);
}

static rg_status add_edge_tooltip(maker *m, rg__text_at *at, const rg__chosen_edge *chosen)
{
    *at = rg__text_begin(m->picture);
    rg_status status = write_names(m, chosen, true);
    if (!status && !m->line.size)
        status = rg_buffer_add(&m->line, "reference", strlen("reference"));
    if (!status)
        status = rg__escape_tooltip(&m->picture->text, (rg_string){m->line.data, m->line.size}, 0);
    return status ? status : rg__text_finish(m->picture);
}

static rg_status add_edge(maker *m, size_t i)
{
    const rg__chosen_edge *chosen = &m->choice.edges[i];
    rg__picture_edge out = {
        .from = chosen->from,
        .to = chosen->to,
        .look = rg__look_of_edge(chosen->roles),
        .is_chain = chosen->roles & RG__ROLE_CHAIN,
        .is_cycle = (chosen->roles & (RG__ROLE_CHAIN | RG__ROLE_CYCLE)) == RG__ROLE_CYCLE,
        .is_marked = chosen->roles & (RG__ROLE_CHAIN | RG__ROLE_CYCLE | RG__ROLE_CUT),
    };
    m->roles |= chosen->roles;
    rg_status status = rg__text_add_id(m->picture, &out.id, "e", chosen->edge);
    if (!status)
        status = add_class(m, &out.class, "reference", chosen->roles);
    if (!status)
        status = add_edge_label(m, &out.label, chosen);
    if (!status)
        status = add_edge_tooltip(m, &out.tooltip, chosen);
    return status ? status : rg__picture_push_edge(m->picture, &out);
}

static rg_status add_title(maker *m, const char *title)
{
    m->picture->title = rg__text_begin(m->picture);
    rg_status status = RG_OK;
    if (title && *title)
        status = rg__escape_label(&m->picture->text, rg_string_of(title), TITLE_LIMIT);
    return status ? status : rg__text_finish(m->picture);
}

static rg_status fill(maker *m, const rg_render_options *options)
{
    rg_status status = add_title(m, options->title);
    for (size_t i = 0; i < m->choice.node_count && !status; i++)
        status = add_node(m, i);
    for (size_t i = 0; i < m->choice.edge_count && !status; i++)
        status = add_edge(m, i);
    uint64_t left_out = 0;
    if (!status)
        status = rg__effort_bound(m->picture, m->choice.max_nodes, &left_out);
    m->choice.dropped_edges += left_out;
    if (!status)
        status = rg__stubs_add(m->picture, m->sub, &m->choice);
    if (!status && !options->hide_legend)
        status = rg__legend_add(m->picture, m->kinds, m->roles);
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
        .show_collector = options->show_collector,
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

rg_status rg__picture_say_simplified(rg__picture *self)
{
    const rg__text_at at = rg__text_begin(self);
    const char *title = self->text.data + self->title;
    const bool has_title = *title != '\0';
    rg_buffer copy = rg_buffer_empty(&self->allocator); /* the text may move */
    rg_status status = rg__write(&copy, title);
    if (!status && has_title)
        status = rg_buffer_add(&self->text, copy.data, copy.size);
    if (!status)
        status = rg__write(&self->text, has_title ? " · simplified: too much to lay out in time"
                                                  : "Simplified: too much to lay out in time");
    if (!status)
        status = rg__text_finish(self);
    rg_buffer_dispose(&copy);
    if (!status) {
        self->title = at;
        self->is_coarse = true;
    }
    return status;
}
