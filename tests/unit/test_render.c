/* What a picture holds: formats, ids, classes, texts, title, legend, what stands out. Pictures are read by
 * libxml2, libpng and cgraph. */
#include "pictures.h"
#include "samples.h"
#include "test.h"

#include <refgraph/render.h>

#include <graphviz/cgraph.h>

#include <stdio.h>

/*      module app ──.CACHE──► dict ──['k1']──► Session (target) ──.user──► User
 *           │                                     ▲  └─type─► type
 *           └── .last (weak) ─────────────────────┘
 *           ▲──────────────.module (infrastructure)──┘
 *      frame serve (root) ──local session──► Session                               */
enum { APP, CACHE, SESSION, USER, TYPE, FRAME, KEY, NODES };

typedef struct scene {
    rg_graph *graph;
    rg_subgraph all;
    rg_edge chain[2];
} scene;

static rg_edge edge_between(const rg_subgraph *sub, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < sub->edge_count; i++)
        if (sub->edges[i].from == from && sub->edges[i].to == to)
            return sub->edges[i];
    fail_msg("no edge from %u to %u", from, to);
    return (rg_edge){0};
}

static int open_scene(void **state)
{
    static scene s;
    drawing d = drawing_new(NULL);
    const uint32_t module = drawing_type(&d, "module", RG_KIND_MODULE, RG_TYPE_PLAIN);
    const uint32_t dict = drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    const uint32_t session = drawing_type(&d, "app.Session", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    const uint32_t user = drawing_type(&d, "app.User", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    const uint32_t type = drawing_type(&d, "type", RG_KIND_TYPE, RG_TYPE_PLAIN);
    const uint32_t frame = drawing_type(&d, "frame", RG_KIND_FRAME, RG_TYPE_PLAIN);
    drawing_node(&d, module, "app", 0);
    drawing_node(&d, dict, NULL, 0);
    drawing_node(&d, session, NULL, 0);
    drawing_node(&d, user, NULL, 0);
    drawing_node(&d, type, "app.Session", 0);
    drawing_node(&d, frame, "serve (server.py:88)", 0);
    drawing_node(&d, drawing_type(&d, "str", RG_KIND_OTHER, RG_TYPE_PLAIN), "k1", RG_NODE_TEXT_STR);
    drawing_own(&d, APP, CACHE, ".CACHE");
    drawing_edge(&d, APP, SESSION, ".last", RG_STRENGTH_WEAK);
    drawing_own(&d, CACHE, SESSION, "[@6]");
    drawing_own(&d, CACHE, KEY, "key");
    drawing_own(&d, SESSION, USER, ".user");
    drawing_edge(&d, SESSION, TYPE, "type", RG_STRENGTH_INFRASTRUCTURE);
    drawing_edge(&d, SESSION, APP, ".module", RG_STRENGTH_INFRASTRUCTURE);
    drawing_edge(&d, FRAME, SESSION, "local session", RG_STRENGTH_FRAME);
    drawing_root(&d, RG_ROOT_MODULE, APP, "app");
    drawing_root(&d, RG_ROOT_FRAME, FRAME, "MainThread");
    drawing_root(&d, RG_ROOT_NATIVE, USER, "");
    drawing_root(&d, RG_ROOT_TYPE, TYPE, "static type"); /* which does not make it stand out */
    s.graph = sample_drawn(&d);
    assert_int_equal(rg_graph_node_count(s.graph), NODES);
    assert_int_equal(pictures_select_all(&s.all, s.graph, NULL), RG_OK);
    s.all.nodes[0] = SESSION; /* the target comes first */
    s.all.nodes[SESSION] = APP;
    s.chain[0] = edge_between(&s.all, APP, CACHE);
    s.chain[1] = edge_between(&s.all, CACHE, SESSION);
    *state = &s;
    return 0;
}

static int close_scene(void **state)
{
    scene *s = *state;
    rg_subgraph_dispose(&s->all);
    rg_graph_free(s->graph);
    return 0;
}

/* Where the picture puts a node and an edge: "n…" is an index in the selection, "e…" too. */
static xmlNode *node_of(const scene *s, const svg *picture, uint32_t node)
{
    char id[32];
    for (size_t i = 0; i < s->all.node_count; i++)
        if (s->all.nodes[i] == node) {
            (void)snprintf(id, sizeof id, "n%zu", i);
            xmlNode *found = svg_find(picture, id);
            assert_non_null(found);
            return found;
        }
    fail_msg("node %u is not selected", node);
    return NULL;
}

static xmlNode *edge_of(const scene *s, const svg *picture, uint32_t from, uint32_t to)
{
    char id[32];
    for (size_t i = 0; i < s->all.edge_count; i++)
        if (s->all.edges[i].from == from && s->all.edges[i].to == to) {
            (void)snprintf(id, sizeof id, "e%zu", i);
            xmlNode *found = svg_find(picture, id);
            assert_non_null(found);
            return found;
        }
    fail_msg("no edge from %u to %u", from, to);
    return NULL;
}

static svg drawn(const scene *s, const rg_render_options *options)
{
    svg picture = {0};
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    if (rg_render(&out, s->graph, &s->all, RG_FORMAT_SVG, options, &error))
        fail_msg("%s", error.text);
    assert_true(svg_open(&picture, &out));
    rg_buffer_dispose(&out);
    return picture;
}

static void assert_text(xmlNode *element, const char *expected)
{
    char *text = svg_text(element);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_tooltip(xmlNode *element, const char *expected)
{
    char *text = svg_tooltip(element);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

/* ---- formats ---- */

static rg_buffer drawn_as(const scene *s, rg_format format)
{
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    if (rg_render(&out, s->graph, &s->all, format, NULL, &error))
        fail_msg("%s", error.text);
    assert_true(out.size > 0);
    return out;
}

static void a_png_decodes_and_is_not_all_white(void **state)
{
    rg_buffer out = drawn_as(*state, RG_FORMAT_PNG);
    const png_size size = png_measure(&out);
    assert_true(size.width >= 100 && size.width <= 2000);
    assert_true(size.height >= 100 && size.height <= 2000);
    assert_true(size.dark > 1000);
    rg_buffer_dispose(&out);
}

static void a_pdf_begins_and_ends_as_one(void **state)
{
    rg_buffer out = drawn_as(*state, RG_FORMAT_PDF);
    assert_memory_equal(out.data, "%PDF-", 5);
    assert_non_null(strstr(out.data + out.size - 8, "%%EOF"));
    rg_buffer_dispose(&out);
}

static void an_svg_is_utf8_xml_without_scripts_and_links(void **state)
{
    rg_buffer out = drawn_as(*state, RG_FORMAT_SVG);
    svg picture = {0};
    assert_true(svg_open(&picture, &out));
    assert_memory_equal(out.data, "<?xml version=\"1.0\" encoding=\"UTF-8\"", 36);
    assert_null(strstr(out.data, "<script"));
    assert_null(strstr(out.data, "xlink:href"));
    assert_null(strstr(out.data, "\"transparent\""));
    svg_close(&picture);
    rg_buffer_dispose(&out);
}

static void dot_text_reads_as_the_same_graph(void **state)
{
    const scene *s = *state;
    rg_buffer out = drawn_as(s, RG_FORMAT_DOT);
    Agraph_t *g = agmemread(out.data);
    assert_non_null(g);
    Agnode_t *app = agnode(g, (char[]){"n2"}, 0);
    Agnode_t *session = agnode(g, (char[]){"n0"}, 0);
    Agnode_t *user = agnode(g, (char[]){"n3"}, 0);
    assert_true(app && session && user);
    assert_non_null(agedge(g, app, session, NULL, 0));
    assert_non_null(agedge(g, session, user, NULL, 0));
    assert_null(agedge(g, user, session, NULL, 0));
    assert_string_equal(agget(session, (char[]){"label"}), "app.Session");
    (void)agclose(g);
    rg_buffer_dispose(&out);
}

static void drawing_appends_to_what_the_buffer_holds(void **state)
{
    const scene *s = *state;
    rg_buffer alone = drawn_as(s, RG_FORMAT_SVG);
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(rg_buffer_add(&out, "before", 6), RG_OK);
    assert_int_equal(rg_render(&out, s->graph, &s->all, RG_FORMAT_SVG, NULL, NULL), RG_OK);
    assert_memory_equal(out.data, "before", 6);
    assert_int_equal(out.size, alone.size + 6);
    assert_memory_equal(out.data + 6, alone.data,
                        alone.size); /* and the same graph draws the same */
    rg_buffer_dispose(&out);
    rg_buffer_dispose(&alone);
}

static void a_suffix_tells_the_format(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        rg_format format;
    } good[] = {{"a.svg", RG_FORMAT_SVG},
                {"/x.y/b.PNG", RG_FORMAT_PNG},
                {"a.dot.pdf", RG_FORMAT_PDF},
                {"./.Dot", RG_FORMAT_DOT}};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        rg_format format = RG_FORMAT_SVG;
        assert_int_equal(rg_format_of_path(&format, good[i].path, NULL), RG_OK);
        assert_int_equal(format, good[i].format);
    }
    static const char *const bad[] = {"a.gif", "a", "", "a.svg/b", "a.svgz", "svg", "a."};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        rg_format format = RG_FORMAT_PDF;
        rg_error error = {""};
        assert_int_equal(rg_format_of_path(&format, bad[i], &error), RG_ERR_ARGUMENT);
        assert_int_equal(format, RG_FORMAT_PDF);
        assert_non_null(strstr(error.text, ".svg .png .pdf .dot"));
    }
}

static void graphviz_has_a_version(void **state)
{
    (void)state;
    assert_true(strtol(rg_render_graphviz_version(), NULL, 10) >= 2);
}

/* ---- what is in it ---- */

static void every_node_and_edge_has_its_id_text_and_tooltip(void **state)
{
    const scene *s = *state;
    svg picture = drawn(s, NULL);
    assert_text(node_of(s, &picture, APP), "module\napp");
    assert_text(node_of(s, &picture, SESSION), "app.Session");
    assert_text(node_of(s, &picture, KEY), "str\n'k1'");
    assert_tooltip(node_of(s, &picture, FRAME), "frame serve (server.py:88)");
    assert_text(edge_of(s, &picture, APP, CACHE), " .CACHE");
    assert_text(edge_of(s, &picture, CACHE, SESSION), " ['k1']");
    assert_tooltip(edge_of(s, &picture, FRAME, SESSION), "local session");
    for (uint32_t node = 0; node < NODES; node++)
        assert_true(svg_is_of_class(node_of(s, &picture, node), "node"));
    assert_int_equal(svg_count(&picture, "edge"), s->all.edge_count);
    svg_close(&picture);
}

/* Two Sessions allocated at the same line, the first one the target, and one of which nothing is known. */
static void where_an_object_was_allocated_stands_in_tooltips_and_at_the_target(void **state)
{
    (void)state;
    scene s = {0};
    drawing d = drawing_new(NULL);
    const uint32_t first = drawing_node(&d, d.plain_type, "ready", 0);
    drawing_nodes(&d, 2);
    drawing_own(&d, first, 1, ".next");
    drawing_own(&d, first, 2, ".last");
    for (uint32_t node = 0; node < 2; node++)
        drawing_site(&d, node, "/srv/my\\N <b>/&amp;.py", 57);
    s.graph = sample_drawn(&d);
    assert_int_equal(pictures_select_all(&s.all, s.graph, NULL), RG_OK);
    svg picture = drawn(&s, NULL);
    assert_text(node_of(&s, &picture, 0), "app.Thing\nready\nallocated at my\\N <b>/&amp;.py:57");
    assert_text(node_of(&s, &picture, 1), "app.Thing");
    assert_tooltip(node_of(&s, &picture, 0), "app.Thing ready, allocated at my\\N <b>/&amp;.py:57");
    assert_tooltip(node_of(&s, &picture, 1), "app.Thing, allocated at my\\N <b>/&amp;.py:57");
    assert_tooltip(node_of(&s, &picture, 2), "app.Thing");
    svg_close(&picture);
    rg_subgraph_dispose(&s.all);
    rg_graph_free(s.graph);
}

/* A root that is no module says what it is; a module that something else holds too is a module all the same. */
static void a_root_of_the_interpreter_says_what_it_is(void **state)
{
    (void)state;
    scene s = {0};
    drawing d = drawing_new(NULL);
    const uint32_t first = drawing_node(&d, d.plain_type, "ready", 0);
    drawing_nodes(&d, 2);
    drawing_own(&d, 1, first, ".x");
    drawing_own(&d, 2, first, ".y");
    drawing_root(&d, RG_ROOT_NATIVE, first, "");
    drawing_root(&d, RG_ROOT_INTERPRETER, 1, "atexit <callback>");
    drawing_root(&d, RG_ROOT_PROBABLE, 2, "a field");
    drawing_root(&d, RG_ROOT_MODULE, 2, "app");
    s.graph = sample_drawn(&d);
    assert_int_equal(pictures_select_all(&s.all, s.graph, NULL), RG_OK);
    svg picture = drawn(&s, NULL);
    assert_text(node_of(&s, &picture, 0), "app.Thing\nready\nreferences from outside the Python "
                                          "heap (C code, or a leaked count)");
    assert_text(node_of(&s, &picture, 1), "app.Thing\natexit <callback>");
    assert_text(node_of(&s, &picture, 2), "app.Thing");
    assert_tooltip(node_of(&s, &picture, 1), "app.Thing, atexit <callback>");
    svg_close(&picture);
    rg_subgraph_dispose(&s.all);
    rg_graph_free(s.graph);
}

static void classes_tell_kinds_roles_and_strengths(void **state)
{
    const scene *s = *state;
    const rg_render_options options = {.chain = s->chain, .chain_count = 2};
    svg picture = drawn(s, &options);
    static const char *const kinds[NODES] = {"module", "container", "instance", "instance",
                                             "type",   "frame",     "other"};
    for (uint32_t node = 0; node < NODES; node++) {
        xmlNode *element = node_of(s, &picture, node);
        assert_true(svg_is_of_class(element, kinds[node]));
        assert_int_equal(svg_is_of_class(element, "target"), node == SESSION);
        assert_int_equal(svg_is_of_class(element, "root"),
                         node == APP || node == FRAME || node == USER);
        assert_int_equal(svg_is_of_class(element, "chain"), node <= SESSION);
    }
    assert_true(svg_is_of_class(edge_of(s, &picture, APP, CACHE), "chain"));
    assert_true(svg_is_of_class(edge_of(s, &picture, CACHE, SESSION), "chain"));
    assert_false(svg_is_of_class(edge_of(s, &picture, SESSION, USER), "chain"));
    assert_true(svg_is_of_class(edge_of(s, &picture, APP, SESSION), "weak"));
    assert_true(svg_is_of_class(edge_of(s, &picture, SESSION, TYPE), "infrastructure"));
    assert_true(svg_is_of_class(edge_of(s, &picture, FRAME, SESSION), "local"));
    svg_close(&picture);
}

static double width_of(xmlNode *element)
{
    char *width = svg_attribute(element, "stroke-width");
    const double value = *width ? strtod(width, NULL) : 1;
    free(width);
    return value;
}

static size_t outlines_of(xmlNode *element)
{
    size_t count = 0;
    for (xmlNode *a = element->children; a; a = a->next)
        for (xmlNode *b = a->children; b; b = b->next)
            for (xmlNode *c = b->children; c; c = c->next)
                count += !strcmp((const char *)c->name, "path") ||
                         !strcmp((const char *)c->name, "polyline");
    return count;
}

static void the_target_the_roots_and_the_chain_stand_out(void **state)
{
    const scene *s = *state;
    const rg_render_options options = {.chain = s->chain, .chain_count = 2};
    svg picture = drawn(s, &options);
    char *target = svg_attribute(node_of(s, &picture, SESSION), "stroke");
    char *other = svg_attribute(node_of(s, &picture, USER), "stroke");
    assert_string_not_equal(target, other);
    assert_true(width_of(node_of(s, &picture, SESSION)) >= 2);
    assert_true(width_of(node_of(s, &picture, USER)) <= 1);
    assert_true(outlines_of(node_of(s, &picture, APP)) > outlines_of(node_of(s, &picture, CACHE)));
    assert_true(width_of(edge_of(s, &picture, APP, CACHE)) >= 2);
    assert_true(width_of(edge_of(s, &picture, SESSION, USER)) <= 1);
    free(target);
    free(other);
    svg_close(&picture);
}

static double height_of(xmlNode *element)
{
    char *y = svg_attribute(element, "y");
    assert_true(*y);
    const double value = strtod(y, NULL);
    free(y);
    return value;
}

/* The target refers back to the root: that reference is the one that goes up. */
static void the_chain_runs_downwards(void **state)
{
    const scene *s = *state;
    const rg_render_options options = {.chain = s->chain, .chain_count = 2};
    svg picture = drawn(s, &options);
    assert_true(height_of(node_of(s, &picture, APP)) < height_of(node_of(s, &picture, CACHE)));
    assert_true(height_of(node_of(s, &picture, CACHE)) < height_of(node_of(s, &picture, SESSION)));
    svg_close(&picture);
}

static void the_legend_has_the_kinds_that_are_shown(void **state)
{
    const scene *s = *state;
    svg picture = drawn(s, NULL);
    assert_int_equal(svg_count(&picture, "legend"), RG_KIND_COUNT - 1); /* no function is shown */
    svg_close(&picture);

    scene smaller = *s; /* only the session, its user and the edge between them */
    smaller.all.node_count = 2;
    smaller.all.nodes = (uint32_t[]){SESSION, USER};
    smaller.all.edges = (rg_edge[]){edge_between(&s->all, SESSION, USER)};
    smaller.all.edge_count = 1;
    picture = drawn(&smaller, NULL);
    assert_int_equal(svg_count(&picture, "legend"), 1);
    svg_close(&picture);
    picture = drawn(s, &(rg_render_options){.hide_legend = true});
    assert_int_equal(svg_count(&picture, "legend"), 0);
    svg_close(&picture);
}

/* Each refers to the next and back, so that none is without referents. */
static void the_legend_is_one_row_below_all_nodes_also_in_cycles(void **state)
{
    (void)state;
    enum { ROW = 6 };
    scene s = {0};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 1);
    drawing_node(&d, drawing_type(&d, "dict", RG_KIND_CONTAINER, 0), NULL, 0);
    drawing_nodes(&d, ROW - 2);
    for (uint32_t i = 1; i < ROW; i++) {
        drawing_own(&d, i, i - 1, ".previous");
        drawing_own(&d, i - 1, i, ".next");
    }
    s.graph = sample_drawn(&d);
    assert_int_equal(pictures_select_all(&s.all, s.graph, NULL), RG_OK);
    svg picture = drawn(&s, NULL);
    char id[16];
    (void)snprintf(id, sizeof id, "legend%d", RG_KIND_INSTANCE);
    const double row = height_of(svg_find(&picture, id));
    (void)snprintf(id, sizeof id, "legend%d", RG_KIND_CONTAINER);
    assert_true(height_of(svg_find(&picture, id)) == row);
    for (uint32_t node = 0; node < ROW; node++)
        assert_true(height_of(node_of(&s, &picture, node)) < row);
    svg_close(&picture);
    rg_subgraph_dispose(&s.all);
    rg_graph_free(s.graph);
}

static void a_title_stands_above(void **state)
{
    const scene *s = *state;
    svg picture = drawn(s, &(rg_render_options){.title = "Why is app.Session alive?"});
    char *all = svg_text(xmlDocGetRootElement(picture.document));
    assert_non_null(strstr(all, "Why is app.Session alive?"));
    free(all);
    svg_close(&picture);
    picture = drawn(s, &(rg_render_options){.title = ""});
    svg_close(&picture);
}

static void a_folded_edge_reads_as_an_attribute(void **state)
{
    scene s = *(scene *)*state;
    rg_edge edge = edge_between(&s.all, CACHE, SESSION);
    edge.folded = true;
    s.all.edges = &edge;
    s.all.edge_count = 1;
    svg picture = drawn(&s, NULL);
    assert_text(svg_find(&picture, "e0"), " .k1");
    assert_true(svg_is_of_class(svg_find(&picture, "e0"), "folded"));
    svg_close(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_decodes_and_is_not_all_white),
        cmocka_unit_test(a_pdf_begins_and_ends_as_one),
        cmocka_unit_test(an_svg_is_utf8_xml_without_scripts_and_links),
        cmocka_unit_test(dot_text_reads_as_the_same_graph),
        cmocka_unit_test(drawing_appends_to_what_the_buffer_holds),
        cmocka_unit_test(a_suffix_tells_the_format),
        cmocka_unit_test(graphviz_has_a_version),
        cmocka_unit_test(every_node_and_edge_has_its_id_text_and_tooltip),
        cmocka_unit_test(where_an_object_was_allocated_stands_in_tooltips_and_at_the_target),
        cmocka_unit_test(a_root_of_the_interpreter_says_what_it_is),
        cmocka_unit_test(classes_tell_kinds_roles_and_strengths),
        cmocka_unit_test(the_target_the_roots_and_the_chain_stand_out),
        cmocka_unit_test(the_chain_runs_downwards),
        cmocka_unit_test(the_legend_has_the_kinds_that_are_shown),
        cmocka_unit_test(the_legend_is_one_row_below_all_nodes_also_in_cycles),
        cmocka_unit_test(a_title_stands_above),
        cmocka_unit_test(a_folded_edge_reads_as_an_attribute),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
