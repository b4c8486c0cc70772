/* Graphviz in a process that lives long.
 *
 *   - Contexts come from gvContextPlugins with a table of plugins that we load ourselves: no configuration
 *     file is read and nothing is loaded on demand. SVG and DOT use a context without Pango (no font is
 *     opened, no thread started); PNG and PDF one with it, made when first asked for.
 *   - A context on which rendering failed is abandoned, never freed: Graphviz keeps a stale job in it, and
 *     2.42 frees Pango's state twice.
 *   - Graphviz is not thread-safe, not even for separate graphs: one lock around everything.
 *   - Nothing from the heap reaches an attribute that Graphviz interprets (URL, font, style, HTML).
 *   - Drawn are: newrank, edge text as xlabel, no clusters. Other mixtures crash 2.42 (docs/graphviz.md). */
#define _GNU_SOURCE
#include "render/engine.h"

#include "base/memory.h"
#include "render/svg.h"

#include <cgraph.h>
#include <gvc.h>

#include <dlfcn.h>
#include <graphviz_version.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 4096, MESSAGE_SIZE = 400, LARGE_NODES = 50 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void rg__engine_lock(void)
{
    (void)pthread_mutex_lock(&lock);
}

void rg__engine_unlock(void)
{
    (void)pthread_mutex_unlock(&lock);
}

/* ---- messages: Graphviz calls back piece by piece ("Error", ": ", text) ---- */

static char message[MESSAGE_SIZE];
static size_t message_size;
static unsigned error_count;

static int catch_message(char *piece)
{
    if (!strcmp(piece, "Error"))
        error_count++;
    for (; *piece; piece++) {
        const bool is_control = (unsigned char)*piece < 0x20;
        if (message_size + 1 < sizeof message && !(is_control && !message_size))
            message[message_size++] = is_control ? ' ' : *piece;
    }
    message[message_size] = '\0';
    return 0;
}

/* ---- plugins ---- */

typedef enum context_kind { VECTOR = 0, RASTER, CONTEXTS } context_kind;

enum { PLUGINS = 3 }; /* core, dot_layout; and for RASTER pango */
static const char *const plugin_names[PLUGINS] = {"core", "dot_layout", "pango"};
static lt_symlist_t tables[CONTEXTS][PLUGINS + 1]; /* static: a context keeps the pointer */
static GVC_t *contexts[CONTEXTS];

static context_kind context_of(rg_format format)
{
    return format == RG_FORMAT_PNG || format == RG_FORMAT_PDF ? RASTER : VECTOR;
}

/* The plugins' folder is "graphviz" beside libgvc; elsewhere the loader's own search has to do. */
static void *open_plugin(const char *name)
{
    char file[PATH_SIZE];
    Dl_info info;
    void *function = dlsym(RTLD_DEFAULT, "gvContextPlugins");
    if (function && dladdr(function, &info) && info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');
        const int folder = slash ? (int)(slash - info.dli_fname) + 1 : 0;
        const int size = snprintf(file, sizeof file, "%.*sgraphviz/libgvplugin_%s.so.%d", folder,
                                  info.dli_fname, name, GVPLUGIN_VERSION);
        void *library =
            size > 0 && size < PATH_SIZE ? dlopen(file, RTLD_NOW | RTLD_LOCAL) : NULL;
        if (library)
            return library;
    }
    (void)snprintf(file, sizeof file, "libgvplugin_%s.so.%d", name, GVPLUGIN_VERSION);
    return dlopen(file, RTLD_NOW | RTLD_LOCAL);
}

static rg_status fill_table(context_kind kind, rg_error *error)
{
    static const char *const symbols[PLUGINS] = {"gvplugin_core_LTX_library",
                                                 "gvplugin_dot_layout_LTX_library",
                                                 "gvplugin_pango_LTX_library"};
    const size_t count = kind == RASTER ? PLUGINS : PLUGINS - 1;
    for (size_t i = 0; i < count; i++) {
        if (tables[kind][i].address)
            continue;
        void *library = open_plugin(plugin_names[i]);
        void *address = library ? dlsym(library, symbols[i]) : NULL;
        if (!address)
            return rg_error_set(error, RG_ERR_UNSUPPORTED,
                                "Graphviz's plugin libgvplugin_%s.so.%d is not installed%s",
                                plugin_names[i], GVPLUGIN_VERSION,
                                i == 2 ? " (PNG and PDF need it; SVG does not)" : "");
        tables[kind][i].name = symbols[i];
        tables[kind][i].address = address;
    }
    return RG_OK;
}

static rg_status open_context(context_kind kind, rg_error *error)
{
    rg_status status = fill_table(kind, error);
    if (status || contexts[kind])
        return status;
    contexts[kind] = gvContextPlugins(tables[kind], 0);
    return contexts[kind] ? RG_OK
                          : rg_error_set(error, RG_ERR_GRAPHVIZ, "Graphviz gave no context");
}

/* ---- building the graph ---- */

typedef enum node_attribute {
    N_LABEL, N_ID, N_CLASS, N_TOOLTIP, N_FILL, N_COLOR, N_WIDTH, N_STYLE, N_FONT_COLOR, N_FONT_SIZE,
    N_HEIGHT, N_MARGIN, N_PERIPHERIES, N_COUNT
} node_attribute;

typedef enum edge_attribute {
    E_LABEL, E_ID, E_CLASS, E_TOOLTIP, E_LABEL_TOOLTIP, E_COLOR, E_WIDTH, E_STYLE, E_FONT_COLOR,
    E_ARROW, E_WEIGHT, E_COUNT
} edge_attribute;

typedef struct declaration {
    const char *name, *value;
} declaration;

static const declaration graph_defaults[] = {
    {"newrank", "true"},      {"rankdir", "TB"},    {"nodesep", "0.25"},  {"ranksep", "0.45"},
    {"outputorder", "edgesfirst"}, {"labelloc", "t"}, {"fontname", "Arial"}, {"fontsize", "14"},
    {"bgcolor", "white"},     {"charset", "UTF-8"}, {"forcelabels", "true"}, {"pad", "0.15"},
};

static const declaration node_defaults[N_COUNT] = {
    [N_LABEL] = {"label", ""},          [N_ID] = {"id", ""},
    [N_CLASS] = {"class", ""},          [N_TOOLTIP] = {"tooltip", ""},
    [N_FILL] = {"fillcolor", "white"},  [N_COLOR] = {"color", "#98A2B3"},
    [N_WIDTH] = {"penwidth", "1"},      [N_STYLE] = {"style", "rounded,filled"},
    [N_FONT_COLOR] = {"fontcolor", "#101828"}, [N_FONT_SIZE] = {"fontsize", "11"},
    [N_HEIGHT] = {"height", "0.3"},     [N_MARGIN] = {"margin", "0.12,0.06"},
    [N_PERIPHERIES] = {"peripheries", "1"},
};

static const declaration edge_defaults[E_COUNT] = {
    [E_LABEL] = {"xlabel", ""},         [E_ID] = {"id", ""},
    [E_CLASS] = {"class", ""},          [E_TOOLTIP] = {"tooltip", ""},
    [E_LABEL_TOOLTIP] = {"labeltooltip", ""}, [E_COLOR] = {"color", "#98A2B3"},
    [E_WIDTH] = {"penwidth", "1"},      [E_STYLE] = {"style", "solid"},
    [E_FONT_COLOR] = {"fontcolor", "#475467"}, [E_ARROW] = {"arrowhead", "normal"},
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
} drawing;

static const char *text_at(const rg__picture *picture, rg__text_at at)
{
    return picture->text.data + at;
}

static void declare_all(drawing *d)
{
    Agraph_t *g = d->graph;
    for (size_t i = 0; i < sizeof graph_defaults / sizeof *graph_defaults; i++)
        (void)declare(g, AGRAPH, graph_defaults[i].name, graph_defaults[i].value);
    (void)declare(g, AGRAPH, "label", "");
    if (d->picture->node_count > LARGE_NODES) { /* bounded effort: looks hardly worse */
        (void)declare(g, AGRAPH, "nslimit", "1");
        (void)declare(g, AGRAPH, "nslimit1", "1");
        (void)declare(g, AGRAPH, "mclimit", "0.2");
    }
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

static bool add_node(drawing *d, size_t i)
{
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
        [E_WEIGHT] = edge->is_chain ? "4" : edge->is_invisible ? "0" : NULL,
    };
    for (int a = 0; a < E_COUNT; a++)
        set_known(e, d->edge_symbols[a], values[a]);
    return true;
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

static bool build(drawing *d)
{
    const rg__picture *p = d->picture;
    declare_all(d);
    const char *title = text_at(p, p->title);
    if (*title)
        set(d->graph, agattr(d->graph, AGRAPH, unconst("label"), NULL), title);
    for (size_t i = 0; i < p->node_count; i++)
        if (!add_node(d, i))
            return false;
    for (size_t i = 0; i < p->edge_count; i++)
        if (!add_edge(d, &p->edges[i]))
            return false;
    return add_legend(d);
}

/* ---- drawing ---- */

typedef union render_length { /* unsigned until 13, size_t since */
    unsigned narrow;
    size_t wide;
} render_length;

static size_t length_of(const render_length *length)
{
    return _Generic(&gvRenderData,
                    int (*)(GVC_t *, graph_t *, const char *, char **, size_t *): length->wide,
                    default: (size_t)length->narrow);
}

static int render_data(GVC_t *context, Agraph_t *g, const char *format, char **data,
                       render_length *length)
{
    return gvRenderData(context, g, format, data, (void *)length);
}

/* Cairo refuses bitmaps over 32,767 pixels a side, and says so on stderr: draw smaller before. */
static void fit_bitmap(Agraph_t *g)
{
    enum { DPI = 96, POINTS = 72, PIXELS_MOST = 16000 };
    const double width = GD_bb(g).UR.x - GD_bb(g).LL.x;
    const double height = GD_bb(g).UR.y - GD_bb(g).LL.y;
    const double points = width > height ? width : height;
    double dpi = DPI;
    if (points * dpi / POINTS > PIXELS_MOST)
        dpi = PIXELS_MOST * POINTS / points;
    GD_drawing(g)->dpi = dpi;
}

static const char *format_name(rg_format format)
{
    static const char *const names[] = {[RG_FORMAT_SVG] = "svg:svg:core",
                                        [RG_FORMAT_PNG] = "png:cairo:cairo",
                                        [RG_FORMAT_PDF] = "pdf:cairo:cairo",
                                        [RG_FORMAT_DOT] = "dot:dot:core"};
    return names[format];
}

static rg_status take(rg_buffer *out, rg_format format, const char *data, size_t size)
{
    return format == RG_FORMAT_SVG ? rg__svg_finish(out, data, size)
                                   : rg_buffer_add(out, data, size);
}

static rg_status lay_out_and_write(rg_buffer *out, GVC_t **context, Agraph_t *g, rg_format format,
                                   rg_error *error)
{
    if (gvLayout(*context, g, "dot") || error_count) {
        (void)gvFreeLayout(*context, g);
        return rg_error_set(error, RG_ERR_GRAPHVIZ, "Graphviz could not lay out the picture: %s",
                            message_size ? message : "no message");
    }
    if (format == RG_FORMAT_PNG)
        fit_bitmap(g);
    char *data = NULL;
    render_length length = {0};
    rg_status status = RG_ERR_GRAPHVIZ;
    const int failed = render_data(*context, g, format_name(format), &data, &length);
    if (failed || error_count || !data || !length_of(&length)) {
        (void)rg_error_set(error, status, "Graphviz could not write the picture: %s",
                           message_size ? message : "no message");
        *context = NULL; /* abandoned: see above */
        return status;
    }
    status = take(out, format, data, length_of(&length));
    gvFreeRenderData(data);
    (void)gvFreeLayout(*context, g);
    return status;
}

rg_status rg__engine_draw_alone(rg_buffer *out, const rg__picture *picture, rg_format format,
                                rg_error *error)
{
    const context_kind kind = context_of(format);
    rg_status status = open_context(kind, error);
    if (status)
        return status;
    drawing d = {.picture = picture};
    message_size = 0;
    message[0] = '\0';
    error_count = 0;
    agusererrf previous = agseterrf(catch_message);
    d.nodes = rg__array_new(&picture->allocator, picture->node_count, sizeof *d.nodes);
    d.graph = d.nodes ? agopen(unconst("refgraph"), Agdirected, NULL) : NULL;
    if (!d.graph)
        status = RG_ERR_NOMEM;
    else if (!build(&d))
        status = rg_error_set(error, RG_ERR_GRAPHVIZ, "Graphviz could not build the graph: %s",
                              message_size ? message : "no message");
    else
        status = lay_out_and_write(out, &contexts[kind], d.graph, format, error);
    if (d.graph && contexts[kind]) /* a graph with a broken layout stays with its context */
        (void)agclose(d.graph);
    rg__array_free(&picture->allocator, d.nodes, picture->node_count, sizeof *d.nodes);
    (void)agseterrf(previous);
#if defined(__GLIBC__)
    if (kind == RASTER)
        (void)malloc_trim(0); /* bitmaps leave tens of megabytes in the heap */
#endif
    return status;
}

rg_status rg__engine_draw(rg_buffer *out, const rg__picture *picture, rg_format format,
                          rg_error *error)
{
    rg__engine_lock();
    rg_status status = rg__engine_draw_alone(out, picture, format, error);
    rg__engine_unlock();
    return status;
}

rg_status rg__engine_load(rg_format format, rg_error *error)
{
    rg__engine_lock();
    rg_status status = fill_table(context_of(format), error);
    rg__engine_unlock();
    return status;
}

const char *rg_render_graphviz_version(void)
{
    return PACKAGE_VERSION;
}
