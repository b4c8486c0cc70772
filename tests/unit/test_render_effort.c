/* What a picture leaves out so that its layout ends soon, and what there is when one does not. */
#include "pictures.h"
#include "render/effort.h"
#include "render/within.h"
#include "samples.h"
#include "test.h"

#include <refgraph/render.h>

#include <stdio.h>

enum { ROW = 300, PATIENCE = 60 };

/* 0 → 1 → … → 299 by `.next`; 0 holds them all, and all hold the last:
 *
 *     0 ─► 1 ─► 2 ─► … ─► 299        0 ─► 2, 0 ─► 3, …    1 ─► 299, 2 ─► 299, … */
static rg_graph *row_with_long_references(void)
{
    drawing d = drawing_new(NULL);
    (void)drawing_nodes(&d, ROW);
    for (uint32_t i = 0; i + 1 < ROW; i++)
        drawing_own(&d, i, i + 1, ".next");
    for (uint32_t i = 2; i < ROW; i++)
        drawing_own(&d, 0, i, ".all");
    for (uint32_t i = 1; i + 2 < ROW; i++)
        drawing_own(&d, i, ROW - 1, ".last");
    return sample_drawn(&d);
}

static rg_subgraph all_of(const rg_graph *g)
{
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    return all;
}

static svg read_picture(rg_buffer *out)
{
    svg picture = {0};
    assert_true(svg_open(&picture, out));
    rg_buffer_dispose(out);
    return picture;
}

static svg drawn(const rg_graph *g, const rg_subgraph *all, const rg_render_options *options)
{
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(rg_render(&out, g, all, RG_FORMAT_SVG, options, NULL), RG_OK);
    return read_picture(&out);
}

static bool contains(svg *picture, const char *words)
{
    char *text = svg_text(xmlDocGetRootElement(picture->document));
    const bool does = strstr(text, words) != NULL;
    free(text);
    return does;
}

/* ---- before the layout ---- */

static void the_longest_references_are_left_out_and_counted(void **state)
{
    (void)state;
    rg_graph *g = row_with_long_references();
    rg_subgraph all = all_of(g);
    svg picture = drawn(g, &all, NULL);
    const size_t shown = svg_count(&picture, "reference");
    assert_true(shown >= ROW - 1 && shown < 600);
    char *text = svg_text(svg_find(&picture, "reduced_edges"));
    char expected[64];
    (void)snprintf(expected, sizeof expected, "… %zu more references", all.edge_count - shown);
    assert_string_equal(text, expected);
    free(text);
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

/* How many of the objects are drawn in one piece with the first. */
static size_t count_joined(const rg__picture *p)
{
    bool is_joined[ROW] = {true};
    size_t count = 1;
    for (bool goes_on = true; goes_on;) {
        goes_on = false;
        for (size_t e = 0; e < p->edge_count; e++) {
            const uint32_t from = p->edges[e].from;
            const uint32_t to = p->edges[e].to;
            if (from >= ROW || to >= ROW || is_joined[from] == is_joined[to])
                continue;
            is_joined[from] = is_joined[to] = goes_on = true;
            count++;
        }
    }
    return count;
}

/* 200 in a row with long references, as above; 100 more in a row of their own, the last of which leads far down. */
static rg_graph *two_rows(void)
{
    enum { FIRST = 200 };
    drawing d = drawing_new(NULL);
    (void)drawing_nodes(&d, ROW);
    for (uint32_t i = 0; i + 1 < ROW; i++)
        if (i != FIRST - 1)
            drawing_own(&d, i, i + 1, ".next");
    for (uint32_t i = 2; i < FIRST; i++)
        drawing_own(&d, 0, i, ".all");
    for (uint32_t i = 1; i + 2 < FIRST; i += 2)
        drawing_own(&d, i, FIRST - 1, ".last");
    drawing_own(&d, ROW - 1, FIRST - 1, ".bridge");
    return sample_drawn(&d);
}

static void the_objects_still_hang_together(void **state)
{
    (void)state;
    rg_graph *g = two_rows();
    rg_subgraph all = all_of(g);
    rg__picture picture = {0};
    const rg_render_options options = {.hide_legend = true};
    assert_int_equal(rg__picture_make(&picture, g, &all, &options, NULL), RG_OK);
    assert_true(picture.edge_count < 600);
    assert_int_equal(count_joined(&picture), ROW);
    rg__picture_dispose(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void what_the_caller_marks_is_never_left_out(void **state)
{
    (void)state;
    rg_graph *g = row_with_long_references();
    rg_subgraph all = all_of(g);
    enum { LONG = 140 }; /* the limit of edges ends the row soon after it */
    rg_edge longest[3];
    size_t at[3];
    size_t found = 0;
    for (size_t e = 0; e < all.edge_count && found < COUNT_OF(longest); e++)
        if (all.edges[e].from == 0 && all.edges[e].to >= LONG && all.edges[e].to < LONG + 3) {
            at[found] = e;
            longest[found++] = all.edges[e];
        }
    assert_int_equal(found, COUNT_OF(longest));
    const rg_render_options options = {.chain = longest,
                                       .chain_count = 1,
                                       .cycle = longest + 1,
                                       .cycle_count = 1,
                                       .cut = longest + 2,
                                       .cut_count = 1};
    svg picture = drawn(g, &all, &options);
    assert_non_null(svg_find(&picture, "reduced_edges"));
    static const char *const classes[] = {"chain", "cycle", "cut"};
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "e%zu", at[i]);
        const xmlNode *edge = svg_find(&picture, id);
        assert_non_null(edge);
        assert_true(svg_is_of_class(edge, classes[i]));
    }
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void an_ordinary_picture_is_drawn_in_full(void **state)
{
    (void)state;
    rg_graph *graphs[] = {sample_chain(300), sample_star(298), row_with_long_references()};
    for (size_t i = 0; i < COUNT_OF(graphs); i++) {
        rg_subgraph all = all_of(graphs[i]);
        rg__picture picture = {0};
        const bool is_ordinary = i < 2;
        const rg_render_options options = {.hide_legend = true};
        assert_int_equal(rg__picture_make(&picture, graphs[i], &all, &options, NULL), RG_OK);
        assert_int_equal(picture.edge_count == all.edge_count, is_ordinary);
        assert_true(picture.length <= (uint64_t)300 * 20);
        rg__picture_dispose(&picture);
        rg_subgraph_dispose(&all);
        rg_graph_free(graphs[i]);
    }
}

/* ---- when the processor time is over ---- */

static void a_simpler_picture_says_that_it_is_one(void **state)
{
    (void)state;
    rg_graph *g = row_with_long_references();
    rg_subgraph all = all_of(g);
    rg_render_options options = {.deadline = PATIENCE, .title = "All of them"};
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(rg__render_within(&out, g, &all, RG_FORMAT_SVG, &options, 1e-3, NULL), RG_OK);
    svg picture = read_picture(&out);
    assert_true(contains(&picture, "All of them · simplified: too much to lay out in time"));
    assert_non_null(svg_find(&picture, "n0"));
    assert_non_null(svg_find(&picture, "n99"));
    assert_null(svg_find(&picture, "n100"));
    char *text = svg_text(svg_find(&picture, "reduced"));
    assert_string_equal(text, "… 200 more");
    free(text);
    svg_close(&picture);
    options.title = NULL;
    assert_int_equal(rg__render_within(&out, g, &all, RG_FORMAT_SVG, &options, 1e-3, NULL), RG_OK);
    picture = read_picture(&out);
    assert_true(contains(&picture, "Simplified: too much to lay out in time"));
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void one_within_its_time_does_not(void **state)
{
    (void)state;
    rg_graph *g = row_with_long_references();
    rg_subgraph all = all_of(g);
    const rg_render_options options = {.deadline = PATIENCE, .title = "All of them"};
    rg_buffer out = rg_buffer_empty(NULL);
    rg_buffer same = rg_buffer_empty(NULL);
    assert_int_equal(rg__render_within(&out, g, &all, RG_FORMAT_SVG, &options, 0, NULL), RG_OK);
    assert_int_equal(rg__render_within(&same, g, &all, RG_FORMAT_SVG, &options, 0, NULL), RG_OK);
    assert_int_equal(out.size, same.size);
    assert_memory_equal(out.data, same.data, out.size);
    svg picture = read_picture(&out);
    assert_false(contains(&picture, "implified"));
    svg_close(&picture);
    rg_buffer_dispose(&same);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_references_are_left_out_and_counted),
        cmocka_unit_test(the_objects_still_hang_together),
        cmocka_unit_test(what_the_caller_marks_is_never_left_out),
        cmocka_unit_test(an_ordinary_picture_is_drawn_in_full),
        cmocka_unit_test(a_simpler_picture_says_that_it_is_one),
        cmocka_unit_test(one_within_its_time_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
