/* Text in Graphviz's language as a picture: formats, text that is none, limits, every allocation failing. Pictures
 * are read by libxml2 and libpng. */
#include "oom.h"
#include "pictures.h"
#include "test.h"

#include <refgraph/render.h>

#include <stdio.h>

static rg_status draw(rg_buffer *out, const char *text, const char *format, double deadline,
                      rg_error *error)
{
    *out = rg_buffer_empty(NULL);
    return rg_render_source(out, rg_string_of(text), rg_string_of(format), deadline, NULL, error);
}

static void a_graph_becomes_an_svg_with_its_labels(void **state)
{
    (void)state;
    for (int is_isolated = 0; is_isolated < 2; is_isolated++) {
        rg_buffer out;
        svg picture = {0};
        assert_int_equal(draw(&out, "digraph G { a[label=\"Session <1>\"]; a -> b }", "svg",
                              is_isolated * 30.0, NULL),
                         RG_OK);
        assert_true(svg_open(&picture, &out));
        char *text = svg_text(xmlDocGetRootElement(picture.document));
        assert_non_null(strstr(text, "Session <1>"));
        free(text);
        svg_close(&picture);
        rg_buffer_dispose(&out);
    }
}

static void a_png_decodes(void **state)
{
    (void)state;
    rg_buffer out;
    assert_int_equal(draw(&out, "digraph { a -> b -> c }", "png", 30, NULL), RG_OK);
    assert_true(png_measure(&out).dark > 100);
    rg_buffer_dispose(&out);
}

/* 40,000 inches would be four million pixels a side. */
static void a_bitmap_is_no_larger_than_memory_allows(void **state)
{
    (void)state;
    rg_buffer out;
    assert_int_equal(
        draw(&out, "digraph { a[width=9000,height=9000,fixedsize=true] }", "png", 60, NULL), RG_OK);
    const png_size size = png_measure(&out);
    assert_true(size.width > 1000 && size.width <= 16000 && size.height <= 16000);
    rg_buffer_dispose(&out);
}

static void a_format_is_any_that_graphviz_has(void **state)
{
    (void)state;
    static const struct {
        const char *format, *begin;
    } cases[] = {
        {"pdf", "%PDF-"}, {"dot", "digraph"}, {"xdot", "digraph"},
        {"ps", "%!PS"},   {"json", "{"},      {"plain", "graph 1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rg_buffer out;
        assert_int_equal(draw(&out, "digraph { a -> b }", cases[i].format, 30, NULL), RG_OK);
        assert_memory_equal(out.data, cases[i].begin, strlen(cases[i].begin));
        rg_buffer_dispose(&out);
    }
}

static void an_unknown_format_is_refused_in_graphvizs_words(void **state)
{
    (void)state;
    static const char *const formats[] = {"bogus", "", "png:no:no", "../../x"};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        rg_buffer out;
        rg_error error = {""};
        assert_int_equal(draw(&out, "digraph { a }", formats[i], 30, &error), RG_ERR_GRAPHVIZ);
        assert_non_null(strstr(error.text, "could not write"));
        assert_int_equal(out.size, 0);
        rg_buffer_dispose(&out);
    }
}

static void text_that_is_no_graph_is_refused_and_the_next_is_drawn(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",   "digraph {",        "hello world {{{", "graph { a -> b }", "digraph { a [label=\"x }",
        "\"", "digraph { <<<< }", "\xff\xfe",        "/* no end"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        rg_buffer out;
        rg_error error = {""};
        assert_int_equal(draw(&out, texts[i], "svg", 30, &error), RG_ERR_GRAPHVIZ);
        assert_non_null(strstr(error.text, "could not read the text"));
        rg_buffer_dispose(&out);
        assert_int_equal(draw(&out, "digraph { a }", "svg", 30, NULL), RG_OK);
        rg_buffer_dispose(&out);
    }
}

/* Labels that look like HTML, images that are not there, bytes that are no UTF-8: drawn without them. */
static void hostile_attributes_are_survived(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "digraph { a[label=\"<b>\"]; b[label=\"&amp; & \\\\ \\N\"]; a -> b }",
        "digraph { \"\"; \"\" -> \"\" [label=\"\"] }",
        "digraph { a -> a -> a; a -> a [weight=10,len=0.25] }",
        "digraph { a[fillcolor=\"0,0,0.766667\",style=filled,fontsize=6,shape=doublecircle] }",
        "digraph { a[label=\"\xc3\xa9 \xe2\x80\xae\"] }",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        rg_buffer out;
        svg picture = {0};
        assert_int_equal(draw(&out, texts[i], "svg", 30, NULL), RG_OK);
        assert_true(svg_open(&picture, &out));
        svg_close(&picture);
        rg_buffer_dispose(&out);
    }
}

static void a_nul_is_refused_before_anything_is_done(void **state)
{
    (void)state;
    rg_buffer out = rg_buffer_empty(NULL);
    rg_error error = {""};
    const rg_string text = {"digraph\0{}", 10};
    const rg_string format = {"s\0g", 3};
    assert_int_equal(rg_render_source(&out, text, rg_string_of("svg"), 0, NULL, &error),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_render_source(&out, rg_string_of("digraph {}"), format, 0, NULL, NULL),
                     RG_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "NUL"));
    rg_buffer_dispose(&out);
}

static void a_graph_that_takes_too_long_ends_at_the_deadline(void **state)
{
    (void)state;
    enum { NODES = 700 };
    rg_buffer text = rg_buffer_empty(NULL);
    rg_buffer out;
    rg_error error = {""};
    assert_int_equal(rg_buffer_add_format(&text, "digraph {"), RG_OK);
    for (unsigned i = 0; i < NODES; i++)
        for (unsigned k = 1; k < 30; k++)
            assert_int_equal(rg_buffer_add_format(&text, "%u->%u;", i, (i * k * 7919 + k) % NODES),
                             RG_OK);
    assert_int_equal(rg_buffer_add(&text, "}", 1), RG_OK);
    assert_int_equal(draw(&out, text.data, "svg", 0.5, &error), RG_ERR_TIMEOUT);
    assert_non_null(strstr(error.text, "0.5 seconds"));
    rg_buffer_dispose(&out);
    rg_buffer_dispose(&text);
}

static rg_status draw_with(const rg_allocator *allocator, void *context)
{
    (void)context;
    rg_buffer out = rg_buffer_empty(allocator);
    rg_status status = rg_render_source(&out, rg_string_of("digraph { a -> b }"),
                                        rg_string_of("svg"), 30, allocator, NULL);
    rg_buffer_dispose(&out);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(draw_with, NULL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_becomes_an_svg_with_its_labels),
        cmocka_unit_test(a_png_decodes),
        cmocka_unit_test(a_bitmap_is_no_larger_than_memory_allows),
        cmocka_unit_test(a_format_is_any_that_graphviz_has),
        cmocka_unit_test(an_unknown_format_is_refused_in_graphvizs_words),
        cmocka_unit_test(text_that_is_no_graph_is_refused_and_the_next_is_drawn),
        cmocka_unit_test(hostile_attributes_are_survived),
        cmocka_unit_test(a_nul_is_refused_before_anything_is_done),
        cmocka_unit_test(a_graph_that_takes_too_long_ends_at_the_deadline),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
