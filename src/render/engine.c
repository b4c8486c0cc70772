/* Graphviz in a process that lives long.
 *
 *   - Contexts come from gvContextPlugins with a table of plugins that we load ourselves: no configuration
 *     file is read and nothing is loaded on demand. SVG and DOT use a context without Pango (no font is
 *     opened, no thread started); PNG and PDF one with it, made when first asked for.
 *   - A context on which rendering failed is abandoned, never freed: Graphviz keeps a stale job in it, and
 *     2.42 frees Pango's state twice.
 *   - Graphviz is not thread-safe, not even for separate graphs: one lock around everything.
 *   - A fork of the application while another thread draws copies a lock that nobody will open and contexts in
 *     the middle of a picture: such a child gets a new lock and new contexts. What Graphviz keeps in its own
 *     static variables stays as that thread left it.
 *   - Nothing from the heap reaches an attribute that Graphviz interprets (URL, font, style, HTML).
 *   - Drawn are: newrank, edge text as xlabel, no clusters. Other mixtures crash 2.42 (docs/graphviz.md). */
#define _GNU_SOURCE
#include "render/engine.h"

#include "base/memory.h"
#include "render/cgraph_build.h"
#include "render/plugins.h"
#include "render/routes.h"
#include "render/svg.h"

#include <cgraph.h>
#include <gvc.h>

#include <errno.h>
#include <graphviz_version.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

enum { MESSAGE_SIZE = 400 };

/* ---- messages: Graphviz calls back piece by piece ("Error", ": ", text) ---- */

static char message[MESSAGE_SIZE];
static size_t message_size;
static unsigned error_count;
static agusererrf others_handler; /* the application's, while ours is set */

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

/* ---- contexts ---- */

static GVC_t *contexts[RG__PLUGINS_COUNT];
static bool is_last;

void rg__engine_is_last(void)
{
    is_last = true;
}

static rg__plugins context_of(rg_format format)
{
    return format == RG_FORMAT_PNG || format == RG_FORMAT_PDF ? RG__PLUGINS_RASTER
                                                              : RG__PLUGINS_VECTOR;
}

static rg_status open_context(rg__plugins kind, rg_error *error)
{
    rg_status status = rg__plugins_load(kind, is_last, error);
    if (status || contexts[kind])
        return status;
    contexts[kind] = gvContextPlugins(rg__plugins_table(kind), 0);
    return contexts[kind] ? RG_OK
                          : rg_error_set(error, RG_ERR_GRAPHVIZ, "Graphviz gave no context");
}

/* ---- the lock ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* In a child of fork(). The thread that had the lock, if any, is not here. */
static void begin_again_in_child(void)
{
    if (!pthread_mutex_trylock(&lock)) {
        (void)pthread_mutex_unlock(&lock);
        return;
    }
    lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    for (size_t i = 0; i < RG__PLUGINS_COUNT; i++)
        contexts[i] = NULL;
    agusererrf handler = agseterrf(others_handler);
    if (handler != catch_message)
        (void)agseterrf(handler);
}

static void watch_forks(void)
{
    (void)pthread_atfork(NULL, NULL, begin_again_in_child);
}

static int lock_until(double until)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 30)
    const time_t whole = (time_t)until;
    const struct timespec end = {whole, (long)((until - (double)whole) * 1e9)};
    return pthread_mutex_clocklock(&lock, CLOCK_MONOTONIC, &end);
#else /* POSIX has only the clock that may be set */
    struct timespec end;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    const double left = until - rg__now();
    const double time = (double)end.tv_sec + (double)end.tv_nsec * 1e-9 + (left > 0 ? left : 0);
    end.tv_sec = (time_t)time;
    end.tv_nsec = (long)((time - (double)end.tv_sec) * 1e9);
    return pthread_mutex_timedlock(&lock, &end);
#endif
}

rg_status rg__engine_lock(rg__deadline deadline, rg_error *error)
{
    enum { SECONDS_MOST = 1000000000 }; /* what fits any time_t; more is no limit */
    static pthread_once_t watching = PTHREAD_ONCE_INIT;
    (void)pthread_once(&watching, watch_forks);
    const bool has_limit = deadline.seconds > 0 && deadline.seconds < SECONDS_MOST;
    if (!has_limit)
        (void)pthread_mutex_lock(&lock);
    else if (lock_until(deadline.until) == ETIMEDOUT)
        return rg_error_set(error, RG_ERR_TIMEOUT,
                            "another picture was being drawn during the %.3g seconds for this one",
                            deadline.seconds);
    return RG_OK;
}

void rg__engine_unlock(void)
{
    (void)pthread_mutex_unlock(&lock);
}

/* ---- drawing ---- */

typedef union render_length { /* unsigned until 13, size_t since */
    unsigned narrow;
    size_t wide;
} render_length;

static size_t length_of(const render_length *length)
{
    return _Generic(&gvRenderData, int (*)(GVC_t *, graph_t *, const char *, char **, size_t *)
                    : length->wide, default
                    : (size_t)length->narrow);
}

static int render_data(GVC_t *context, Agraph_t *g, const char *format, char **data,
                       render_length *length)
{
    return gvRenderData(context, g, format, data, (void *)length);
}

/* Cairo refuses bitmaps over 32,767 pixels a side, and says so on stderr; and a pixel is 4 bytes of memory
 * and most of the time of a PNG. Draw a large picture smaller. */
static void fit_bitmap(Agraph_t *g)
{
    enum { DPI = 96, POINTS = 72, SIDE_MOST = 16000, PIXELS_MOST = 24000000 };
    const double width = GD_bb(g).UR.x - GD_bb(g).LL.x;
    const double height = GD_bb(g).UR.y - GD_bb(g).LL.y;
    const double side = (width > height ? width : height) * DPI / POINTS;
    const double pixels = width * height * DPI * DPI / (POINTS * POINTS);
    double scale = side > SIDE_MOST ? SIDE_MOST / side : 1;
    while (pixels * scale * scale > PIXELS_MOST)
        scale *= 0.9;
    GD_drawing(g)->dpi = DPI * scale;
}

/* What is to be written: a renderer in Graphviz's words. */
typedef struct output {
    const char *name;
    bool is_bitmap;
    bool is_svg;    /* to be finished */
    bool is_routed; /* its curves are ours */
} output;

static output output_of(rg_format format)
{
    static const char *const names[] = {[RG_FORMAT_SVG] = "svg:svg:core",
                                        [RG_FORMAT_PNG] = "png:cairo:cairo",
                                        [RG_FORMAT_PDF] = "pdf:cairo:cairo",
                                        [RG_FORMAT_DOT] = "dot:dot:core"};
    return (output){names[format], format == RG_FORMAT_PNG, format == RG_FORMAT_SVG,
                    format != RG_FORMAT_DOT};
}

static rg_status lay_out_and_write(rg_buffer *out, GVC_t **context, Agraph_t *g, output form,
                                   rg_error *error)
{
    if (gvLayout(*context, g, "dot") || error_count) {
        (void)gvFreeLayout(*context, g);
        return rg_error_set(error, RG_ERR_GRAPHVIZ, "Graphviz could not lay out the picture: %s",
                            message_size ? message : "no message");
    }
    rg_status status = form.is_routed ? rg__routes_draw(g, &out->allocator) : RG_OK;
    if (status) {
        (void)gvFreeLayout(*context, g);
        return rg_error_set(error, status, "not enough memory to draw the picture");
    }
    if (form.is_bitmap)
        fit_bitmap(g);
    char *data = NULL;
    render_length length = {0};
    status = RG_ERR_GRAPHVIZ;
    const int failed = render_data(*context, g, form.name, &data, &length);
    if (failed || error_count || !data || !length_of(&length)) {
        (void)rg_error_set(error, status, "Graphviz could not write the picture: %s",
                           message_size ? message : "no message");
        *context = NULL; /* abandoned: see above */
        return status;
    }
    status = form.is_svg ? rg__svg_finish(out, data, length_of(&length))
                         : rg_buffer_add(out, data, length_of(&length));
    if (!is_last) {
        gvFreeRenderData(data);
        (void)gvFreeLayout(*context, g);
    }
    return status;
}

static void begin_messages(void)
{
    message_size = 0;
    message[0] = '\0';
    error_count = 0;
    others_handler = agseterrf(catch_message);
}

static void end_messages(rg__plugins kind)
{
    (void)agseterrf(others_handler);
#if defined(__GLIBC__)
    if (kind != RG__PLUGINS_VECTOR)
        (void)malloc_trim(0); /* bitmaps leave tens of megabytes in the heap */
#endif
}

rg_status rg__engine_draw_alone(rg_buffer *out, const rg__picture *picture, rg_format format,
                                rg_error *error)
{
    const rg__plugins kind = context_of(format);
    rg_status status = open_context(kind, error);
    if (status)
        return status;
    const output form = output_of(format);
    Agnode_t **nodes = NULL;
    Agraph_t *graph = NULL;
    begin_messages();
    nodes = rg__array_new(&picture->allocator, picture->node_count, sizeof *nodes);
    graph = nodes ? agopen((char[]){"refgraph"}, Agdirected, NULL) : NULL;
    if (!graph)
        status = RG_ERR_NOMEM;
    else if (!rg__cgraph_build(graph, nodes, picture, form.is_routed))
        status = rg_error_set(error, RG_ERR_GRAPHVIZ, "Graphviz could not build the graph: %s",
                              message_size ? message : "no message");
    else
        status = lay_out_and_write(out, &contexts[kind], graph, form, error);
    if (graph && contexts[kind] && !is_last) /* one with a broken layout stays with its context */
        (void)agclose(graph);
    rg__array_free(&picture->allocator, nodes, picture->node_count, sizeof *nodes);
    end_messages(kind);
    return status;
}

/* ---- text of an application ---- */

/* The formats that need neither bitmaps nor fonts, and those of Cairo under the name that means Cairo's: another
 * plugin may offer the same. Any other name is Graphviz's to know. */
static rg__plugins kind_of_name(const char *name, output *form)
{
    static const struct {
        const char *name, *renderer;
        rg__plugins kind;
    } known[] = {
        {"svg", "svg:svg:core", RG__PLUGINS_VECTOR},
        {"dot", "dot:dot:core", RG__PLUGINS_VECTOR},
        {"gv", "gv:dot:core", RG__PLUGINS_VECTOR},
        {"xdot", "xdot:xdot:core", RG__PLUGINS_VECTOR},
        {"plain", "plain:dot:core", RG__PLUGINS_VECTOR},
        {"png", "png:cairo:cairo", RG__PLUGINS_RASTER},
        {"pdf", "pdf:cairo:cairo", RG__PLUGINS_RASTER},
        {"ps", "ps:cairo:cairo", RG__PLUGINS_RASTER},
    };
    *form = (output){name, true, false, false};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i].name)) {
            *form = (output){known[i].renderer, !strcmp(name, "png"), false, false};
            return known[i].kind;
        }
    return RG__PLUGINS_EVERY;
}

rg_status rg__engine_draw_source_alone(rg_buffer *out, const char *text, const char *format,
                                       rg_error *error)
{
    output form;
    const rg__plugins kind = kind_of_name(format, &form);
    rg_status status = open_context(kind, error);
    if (status)
        return status;
    begin_messages();
    Agraph_t *graph = agmemread(text);
    if (!graph || error_count)
        status = rg_error_set(error, RG_ERR_GRAPHVIZ, "Graphviz could not read the text: %s",
                              message_size ? message : "it holds no graph");
    else
        status = lay_out_and_write(out, &contexts[kind], graph, form, error);
    if (graph && contexts[kind] && !is_last)
        (void)agclose(graph);
    end_messages(kind);
    return status;
}

rg_status rg__engine_load_source(const char *format, rg__deadline deadline, rg_error *error)
{
    output form;
    rg_status status = rg__engine_lock(deadline, error);
    if (status)
        return status;
    status = rg__plugins_load(kind_of_name(format, &form), is_last, error);
    rg__engine_unlock();
    return status;
}

rg_status rg__engine_draw(rg_buffer *out, const rg__picture *picture, rg_format format,
                          rg_error *error)
{
    rg_status status = rg__engine_lock((rg__deadline){0}, error);
    if (status)
        return status;
    status = rg__engine_draw_alone(out, picture, format, error);
    rg__engine_unlock();
    return status;
}

rg_status rg__engine_load(rg_format format, rg__deadline deadline, rg_error *error)
{
    rg_status status = rg__engine_lock(deadline, error);
    if (status)
        return status;
    status = rg__plugins_load(context_of(format), is_last, error);
    rg__engine_unlock();
    return status;
}

const char *rg_render_graphviz_version(void)
{
    return PACKAGE_VERSION;
}
