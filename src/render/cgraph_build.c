/* See cgraph_build.h. Only what a picture says varies; all else is a default declared once. */
#include "render/cgraph_build.h"

#include "render/routes.h"

#include <gvc.h>

#include <stdint.h>

typedef enum node_attribute {
    N_LABEL,
    N_ID,
    N_CLASS,
    N_TOOLTIP,
    N_FILL,
    N_COLOR,
    N_WIDTH,
    N_STYLE,
    N_FONT_COLOR,
    N_FONT_SIZE,
    N_HEIGHT,
    N_MARGIN,
    N_PERIPHERIES,
    N_COUNT
} node_attribute;

typedef enum edge_attribute {
    E_LABEL,
    E_ID,
    E_CLASS,
    E_TOOLTIP,
    E_LABEL_TOOLTIP,
    E_COLOR,
    E_WIDTH,
    E_STYLE,
    E_FONT_COLOR,
    E_ARROW,
    E_WEIGHT,
    E_COUNT
} edge_attribute;

typedef struct declaration {
    const char *name, *value;
} declaration;

static const declaration graph_defaults[] = {
    {"newrank", "true"},           {"rankdir", "TB"},
    {"nodesep", "0.25"},           {"ranksep", "0.45"},
    {"outputorder", "edgesfirst"}, {"labelloc", "t"},
    {"fontname", "Arial"},         {"fontsize", "14"},
    {"bgcolor", "white"},          {"charset", "UTF-8"},
    {"forcelabels", "true"},       {"pad", "0.15"},
};

static const declaration node_defaults[N_COUNT] = {
    [N_LABEL] = {"label", ""},
    [N_ID] = {"id", ""},
    [N_CLASS] = {"class", ""},
    [N_TOOLTIP] = {"tooltip", ""},
    [N_FILL] = {"fillcolor", "white"},
    [N_COLOR] = {"color", "#98A2B3"},
    [N_WIDTH] = {"penwidth", "1"},
    [N_STYLE] = {"style", "rounded,filled"},
    [N_FONT_COLOR] = {"fontcolor", "#101828"},
    [N_FONT_SIZE] = {"fontsize", "11"},
    [N_HEIGHT] = {"height", "0.3"},
    [N_MARGIN] = {"margin", "0.16,0.06"},
    [N_PERIPHERIES] = {"peripheries", "1"},
};

static const declaration edge_defaults[E_COUNT] = {
    [E_LABEL] = {"xlabel", ""},
    [E_ID] = {"id", ""},
    [E_CLASS] = {"class", ""},
    [E_TOOLTIP] = {"tooltip", ""},
    [E_LABEL_TOOLTIP] = {"labeltooltip", ""},
    [E_COLOR] = {"color", "#98A2B3"},
    [E_WIDTH] = {"penwidth", "1"},
    [E_STYLE] = {"style", "solid"},
    [E_FONT_COLOR] = {"fontcolor", "#475467"},
    [E_ARROW] = {"arrowhead", "normal"},
    [E_WEIGHT] = {"weight", "1"},
};

/* cgraph's functions took `char *` for what they only read until 13. */
static char *unconst(const char *text)
{
    return (char *)(uintptr_t)text;
}

static Agsym_t *declare(Agraph_t *g, int kind, const char *name, const char *value)
{
    return agattr(g, kind, unconst(name), unconst(value));
}

/* Set a plain text: from 13 on there is a call that never takes it for HTML. */
static void set(void *object, Agsym_t *symbol, const char *value)
{
#if GVPLUGIN_VERSION >= 8
    (void)agxset_text(object, symbol, value);
#else
    (void)agxset(object, symbol, unconst(value));
#endif
}

static void set_known(void *object, Agsym_t *symbol, const char *value)
{
    if (value)
        set(object, symbol, value);
}

typedef struct drawing {
    const rg__picture *picture;
    Agraph_t *graph;
    Agnode_t **nodes;
    Agsym_t *node_symbols[N_COUNT];
    Agsym_t *edge_symbols[E_COUNT];
    bool is_routed;
} drawing;

static const char *text_at(const rg__picture *picture, rg__text_at at)
{
    return picture->text.data + at;
}

/* Bounded effort: what bounds it beyond that is left out before (effort.h). dot's own curves are dear where references
 * cross many layers, or many of them each other: 300 nodes and 600 random edges took 2.6 s with them. Bends and lines
 * have to do where curves are not ours. */
static void declare_effort(drawing *d)
{
    enum { LARGE_NODES = 50, MANY_EDGES = 250, LONG = 300, VERY_LONG = 3000 };
    const rg__picture *p = d->picture;
    const bool is_many = p->edge_count > MANY_EDGES || p->is_coarse;
    const bool is_long = p->length > LONG;
    if (d->is_routed)
        (void)declare(d->graph, AGRAPH, "splines", RG__ROUTES_SPLINES);
    else if (is_many || is_long)
        (void)declare(d->graph, AGRAPH, "splines", is_many ? "line" : "polyline");
    if (is_many || is_long || p->node_count > LARGE_NODES) {
        const char *const few = p->length > VERY_LONG ? "0.05" : "0.2";
        const char *const enough = is_long && d->is_routed ? "0.5" : "1";
        (void)declare(d->graph, AGRAPH, "nslimit", is_many ? few : enough);
        (void)declare(d->graph, AGRAPH, "nslimit1", is_many ? "0.2" : "1");
        (void)declare(d->graph, AGRAPH, "mclimit", is_many ? "0.1" : "0.2");
    }
}

static void declare_all(drawing *d)
{
    Agraph_t *g = d->graph;
    for (size_t i = 0; i < sizeof graph_defaults / sizeof *graph_defaults; i++)
        (void)declare(g, AGRAPH, graph_defaults[i].name, graph_defaults[i].value);
    (void)declare(g, AGRAPH, "label", "");
    declare_effort(d);
    (void)declare(g, AGNODE, "shape", "box");
    (void)declare(g, AGNODE, "fontname", "Arial");
    (void)declare(g, AGEDGE, "fontname", "Arial");
    (void)declare(g, AGEDGE, "fontsize", "9");
    (void)declare(g, AGEDGE, "arrowsize", "0.6");
    for (int i = 0; i < N_COUNT; i++)
        d->node_symbols[i] = declare(g, AGNODE, node_defaults[i].name, node_defaults[i].value);
    for (int i = 0; i < E_COUNT; i++)
        d->edge_symbols[i] = declare(g, AGEDGE, edge_defaults[i].name, edge_defaults[i].value);
}

/* Once for each node, in any order. */
static bool add_node(drawing *d, size_t i)
{
    if (d->nodes[i])
        return true;
    const rg__picture_node *node = &d->picture->nodes[i];
    const rg__look *look = &node->look;
    Agnode_t *n = agnode(d->graph, unconst(text_at(d->picture, node->id)), 1);
    if (!n)
        return false;
    const char *const values[N_COUNT] = {
        [N_LABEL] = text_at(d->picture, node->label),
        [N_ID] = text_at(d->picture, node->id),
        [N_CLASS] = text_at(d->picture, node->class),
        [N_TOOLTIP] = text_at(d->picture, node->tooltip),
        [N_FILL] = look->fill,
        [N_COLOR] = look->color,
        [N_WIDTH] = look->width,
        [N_STYLE] = look->style,
        [N_FONT_COLOR] = look->font_color,
        [N_FONT_SIZE] = look->font_size,
        [N_HEIGHT] = look->height,
        [N_MARGIN] = look->margin,
        [N_PERIPHERIES] = look->peripheries,
    };
    for (int a = 0; a < N_COUNT; a++)
        set_known(n, d->node_symbols[a], values[a]);
    d->nodes[i] = n;
    return true;
}

static bool add_edge(drawing *d, const rg__picture_edge *edge)
{
    Agedge_t *e = agedge(d->graph, d->nodes[edge->from], d->nodes[edge->to], NULL, 1);
    if (!e)
        return false;
    const char *tooltip = text_at(d->picture, edge->tooltip);
    const char *const values[E_COUNT] = {
        [E_LABEL] = text_at(d->picture, edge->label),
        [E_ID] = text_at(d->picture, edge->id),
        [E_CLASS] = text_at(d->picture, edge->class),
        [E_TOOLTIP] = tooltip,
        [E_LABEL_TOOLTIP] = tooltip,
        [E_COLOR] = edge->look.color,
        [E_WIDTH] = edge->look.width,
        [E_STYLE] = edge->is_invisible ? "invis" : edge->look.style,
        [E_FONT_COLOR] = edge->look.font_color,
        [E_ARROW] = edge->look.arrow,
        [E_WEIGHT] = edge->is_chain       ? "4"
                     : edge->is_invisible ? "0"
                                          : NULL,
    };
    for (int a = 0; a < E_COUNT; a++)
        set_known(e, d->edge_symbols[a], values[a]);
    return true;
}

/* The chain's nodes, from its root on. Where references form a cycle, dot turns round the one that leads
 * back to what it met first: so the chain always runs downwards. */
static bool add_chain(drawing *d)
{
    const rg__picture *p = d->picture;
    size_t count = 0; /* the chain's edges come first */
    while (count < p->edge_count && p->edges[count].is_chain)
        count++;
    for (size_t begin = 0; begin < count; begin++) {
        uint32_t node = p->edges[begin].from;
        bool is_reached = false;
        for (size_t i = 0; i < count; i++)
            is_reached = is_reached || p->edges[i].to == node;
        for (size_t i = is_reached ? count : begin; i < count;) {
            if (!add_node(d, node))
                return false;
            node = p->edges[i].to;
            for (i = 0; i < count && (p->edges[i].from != node || d->nodes[node]);)
                i++;
        }
    }
    return true;
}

/* The cycle's nodes, from where it is said to begin: of its references the last one leads up, from the end back
 * to the beginning. */
static bool add_cycle(drawing *d)
{
    const rg__picture *p = d->picture;
    bool good = true;
    for (size_t i = 0; i < p->edge_count && good; i++)
        if (p->edges[i].is_cycle)
            good = add_node(d, p->edges[i].from) && add_node(d, p->edges[i].to);
    return good;
}

/* The legend's nodes share the last rank: a subgraph, not a cluster. */
static bool add_legend(drawing *d)
{
    Agraph_t *row = NULL;
    for (size_t i = 0; i < d->picture->node_count; i++) {
        if (!d->picture->nodes[i].is_legend)
            continue;
        if (!row) {
            row = agsubg(d->graph, unconst("legend"), 1);
            if (!row)
                return false;
            (void)agsafeset(row, unconst("rank"), unconst("sink"), unconst(""));
        }
        (void)agsubnode(row, d->nodes[i], 1);
    }
    return true;
}

bool rg__cgraph_build(Agraph_t *graph, Agnode_t **nodes, const rg__picture *p, bool is_routed)
{
    drawing all = {.picture = p, .graph = graph, .nodes = nodes, .is_routed = is_routed};
    drawing *d = &all;
    declare_all(d);
    const char *title = text_at(p, p->title);
    if (*title)
        set(d->graph, agattr(d->graph, AGRAPH, unconst("label"), NULL), title);
    if (!add_chain(d) || !add_cycle(d))
        return false;
    for (size_t i = 0; i < p->node_count; i++)
        if (!add_node(d, i))
            return false;
    for (size_t i = 0; i < p->edge_count; i++)
        if (!add_edge(d, &p->edges[i]))
            return false;
    return add_legend(d);
}
