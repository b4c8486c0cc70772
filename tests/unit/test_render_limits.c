/* What is left out and what is put together: node limit, edge limit, parallel edges, omissions; and what is
 * no picture at all. */
#include "pictures.h"
#include "samples.h"
#include "test.h"

#include <refgraph/render.h>

#include <stdio.h>

static svg drawn(const rg_graph *g, const rg_subgraph *sub, const rg_render_options *options)
{
    svg picture = {0};
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    if (rg_render(&out, g, sub, RG_FORMAT_SVG, options, &error))
        fail_msg("%s", error.text);
    assert_true(svg_open(&picture, &out));
    rg_buffer_dispose(&out);
    return picture;
}

static rg_subgraph all_of(const rg_graph *g)
{
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    return all;
}

static void assert_text(const svg *picture, const char *id, const char *expected)
{
    xmlNode *element = svg_find(picture, id);
    assert_non_null(element);
    char *text = svg_text(element);
    assert_string_equal(text, expected);
    free(text);
}

/* Graphviz writes an edge's ends into its <title>. */
static void assert_ends(const svg *picture, const char *id, const char *expected)
{
    const xmlNode *element = svg_find(picture, id);
    assert_non_null(element);
    xmlNode *title = element->children;
    while (title && strcmp((const char *)title->name, "title") != 0)
        title = title->next;
    xmlChar *text = xmlNodeGetContent(title);
    assert_non_null(text);
    assert_string_equal((const char *)text, expected);
    xmlFree(text);
}

/* ---- limits ---- */

static void beyond_the_node_limit_one_node_tells_how_many_more(void **state)
{
    (void)state;
    rg_graph *g = sample_star(1502);
    rg_subgraph all = all_of(g);
    assert_int_equal(all.node_count, 1504);
    svg picture = drawn(g, &all, &(rg_render_options){.hide_legend = true});
    assert_int_equal(svg_count(&picture, "node"), 301);
    assert_text(&picture, "reduced", "… 1,204 more");
    assert_non_null(svg_find(&picture, "n299"));
    assert_null(svg_find(&picture, "n300"));
    svg_close(&picture);
    picture = drawn(g, &all, &(rg_render_options){.hide_legend = true, .max_nodes = 10});
    assert_int_equal(svg_count(&picture, "node"), 11);
    assert_text(&picture, "reduced", "… 1,494 more");
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void a_picture_at_the_limit_has_no_such_node(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(300);
    rg_subgraph all = all_of(g);
    svg picture = drawn(g, &all, NULL);
    assert_null(svg_find(&picture, "reduced"));
    assert_non_null(svg_find(&picture, "n299"));
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

/* 0 → … → 9 → (10 …) and then the other way round. */
static void what_is_left_out_stands_beside_what_it_touches(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(20);
    rg_subgraph all = all_of(g);
    const rg_render_options options = {.max_nodes = 10};
    svg picture = drawn(g, &all, &options);
    assert_ends(&picture, "r0", "n9->reduced");
    svg_close(&picture);
    for (uint32_t i = 0; i < 20; i++)
        all.nodes[i] = 19 - i;
    picture = drawn(g, &all, &options);
    assert_ends(&picture, "r0", "reduced->n9");
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void the_chain_stays_when_others_are_left_out(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(1000);
    rg_subgraph all = all_of(g);
    const rg_render_options options = {
        .chain = all.edges + 990, .chain_count = 9, .max_nodes = 12, .hide_legend = true};
    svg picture = drawn(g, &all, &options);
    assert_int_equal(svg_count(&picture, "node"), 13);
    char id[32];
    for (int i = 990; i <= 999; i++) {
        (void)snprintf(id, sizeof id, "n%d", i);
        assert_true(svg_is_of_class(svg_find(&picture, id), "chain"));
    }
    assert_non_null(svg_find(&picture, "n0")); /* the target */
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void a_dense_graph_shows_the_edges_that_a_picture_can_hold(void **state)
{
    (void)state;
    enum { SIDE = 40 };
    drawing d = drawing_new(NULL);
    (void)drawing_nodes(&d, SIDE);
    for (uint32_t from = 0; from < SIDE; from++)
        for (uint32_t to = 0; to < SIDE; to++)
            drawing_own(&d, from, to, ".x");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph all = all_of(g);
    const rg_render_options options = {
        .max_nodes = SIDE, .chain = &all.edges[SIDE * SIDE - 1], .chain_count = 1};
    svg picture = drawn(g, &all, &options);
    const size_t shown = svg_count(&picture, "reference");
    assert_true(shown >= SIDE && shown <= 600);
    char text[64];
    (void)snprintf(text, sizeof text, "… 1,%03zu more references", SIDE * SIDE - shown - 1000);
    assert_text(&picture, "reduced_edges", text);
    assert_non_null(svg_find(&picture, "e1599")); /* the chain's edge is not the one to go */
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

/* ---- edges ---- */

static void parallel_edges_are_drawn_as_one_with_their_names(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    (void)drawing_nodes(&d, 3);
    for (int i = 0; i < 10; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "[%d]", i);
        drawing_own(&d, 0, 1, name);
    }
    drawing_own(&d, 0, 2, ".a");
    drawing_own(&d, 0, 2, ".b");
    drawing_own(&d, 1, 2, "");
    drawing_own(&d, 1, 2, "");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph all = all_of(g);
    svg picture = drawn(g, &all, NULL);
    assert_int_equal(svg_count(&picture, "reference"), 3);
    assert_text(&picture, "e0", " [0], [1], [2] … 7 more");
    assert_text(&picture, "e10", " .a, .b");
    assert_text(&picture, "e12", "");
    assert_null(svg_find(&picture, "e1"));
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void an_object_that_refers_to_itself_has_a_loop(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    (void)drawing_nodes(&d, 1);
    drawing_own(&d, 0, 0, ".me");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph all = all_of(g);
    svg picture = drawn(g, &all, NULL);
    assert_text(&picture, "e0", " .me");
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void omissions_are_drawn_beside_their_node(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(3);
    rg_subgraph all = all_of(g);
    all.omissions = (rg_omission[]){{0, 1204, false}, {2, 1, true}, {1, 0, true}, {77, 5, true}};
    all.omission_count = 4;
    svg picture = drawn(g, &all, NULL);
    assert_text(&picture, "more0", "+ 1,204 more");
    assert_text(&picture, "more1", "+ 1 more");
    assert_null(svg_find(&picture, "more2")); /* nothing is left out there */
    assert_null(svg_find(&picture, "more3")); /* that node is not shown */
    assert_ends(&picture, "m0", "n0->more0"); /* the first refers to them */
    assert_ends(&picture, "m1", "more1->n2");
    svg_close(&picture);
    all.omissions = NULL;
    all.omission_count = 0;
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

/* ---- no pictures ---- */

static void assert_refused(const rg_graph *g, const rg_subgraph *sub, rg_format format)
{
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(rg_buffer_add(&out, "before", 6), RG_OK);
    assert_int_equal(rg_render(&out, g, sub, format, NULL, &error), RG_ERR_ARGUMENT);
    assert_true(strlen(error.text) > 0);
    assert_string_equal(out.data, "before");
    rg_buffer_dispose(&out);
}

static void what_is_no_selection_of_the_graph_is_refused(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(4);
    rg_graph *empty = sample_empty();
    rg_subgraph none = {0};
    assert_refused(empty, &none, RG_FORMAT_SVG);
    assert_refused(g, &none, RG_FORMAT_SVG);
    rg_subgraph all = all_of(g);
    assert_refused(g, &all, (rg_format)99);
    rg_subgraph bad = all;
    bad.node_count = 3; /* the edge from 2 to 3 ends outside */
    assert_refused(g, &bad, RG_FORMAT_SVG);
    bad = all;
    bad.nodes = (uint32_t[]){0, 1, 2, 4}; /* no such node */
    bad.edge_count = 0;
    assert_refused(g, &bad, RG_FORMAT_SVG);
    bad.nodes = (uint32_t[]){0, 1, 2, 1}; /* twice */
    assert_refused(g, &bad, RG_FORMAT_SVG);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
    rg_graph_free(empty);
}

static void a_zeroed_allocator_means_the_default_one(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(2);
    rg_subgraph one = {.nodes = (uint32_t[]){1}, .node_count = 1, .target_count = 1};
    svg picture = drawn(g, &one, NULL);
    assert_true(svg_is_of_class(svg_find(&picture, "n0"), "target"));
    svg_close(&picture);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beyond_the_node_limit_one_node_tells_how_many_more),
        cmocka_unit_test(a_picture_at_the_limit_has_no_such_node),
        cmocka_unit_test(what_is_left_out_stands_beside_what_it_touches),
        cmocka_unit_test(the_chain_stays_when_others_are_left_out),
        cmocka_unit_test(a_dense_graph_shows_the_edges_that_a_picture_can_hold),
        cmocka_unit_test(parallel_edges_are_drawn_as_one_with_their_names),
        cmocka_unit_test(an_object_that_refers_to_itself_has_a_loop),
        cmocka_unit_test(omissions_are_drawn_beside_their_node),
        cmocka_unit_test(what_is_no_selection_of_the_graph_is_refused),
        cmocka_unit_test(a_zeroed_allocator_means_the_default_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
