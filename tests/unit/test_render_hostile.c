/* Texts that would break a label, an XML file or Graphviz itself are read back from the picture as text, and
 * nothing is written to stderr. */
#define _GNU_SOURCE
#include "pictures.h"
#include "samples.h"
#include "test.h"

#include <refgraph/render.h>

#include <stdio.h>
#include <unistd.h>

/* One node of type `name` in module "m" with `body` as its text and as the file that allocated it, and an edge `name` to itself. */
static rg_graph *graph_of(rg_string module, rg_string name, rg_string body, uint16_t flags)
{
    rg_graph *g = NULL;
    rg_builder *b = NULL;
    uint32_t type_id;
    uint32_t id;
    rg_name edge = {RG_NAME_ATTRIBUTE, 0};
    rg_node node = {.flags = flags};
    const rg_type type = {module, name, RG_KIND_INSTANCE, 0, RG_NONE};
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    assert_int_equal(rg_builder_add_type(b, &type_id, &type), RG_OK);
    assert_int_equal(rg_builder_add_string(b, &node.text, body), RG_OK);
    assert_int_equal(rg_builder_add_string(b, &edge.value, name), RG_OK);
    node.type = type_id;
    assert_int_equal(rg_builder_add_node(b, &id, &node), RG_OK);
    assert_int_equal(rg_builder_add_edge(b, 0, 0, edge, RG_STRENGTH_OWN), RG_OK);
    const rg_location line = {node.text, 57};
    assert_int_equal(rg_builder_add_site(b, &id, &line, 1), RG_OK);
    assert_int_equal(rg_builder_set_site(b, 0, id), RG_OK);
    assert_int_equal(rg_builder_finish(&g, &b), RG_OK);
    return g;
}

/* Draw while stderr goes to a file; the test fails if something is in it afterwards. */
static rg_buffer drawn_silently(const rg_graph *g, rg_format format,
                                const rg_render_options *options)
{
    rg_subgraph all = {0};
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    FILE *file = tmpfile();
    assert_non_null(file);
    const int before = dup(STDERR_FILENO);
    assert_true(before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    const rg_status status = rg_render(&out, g, &all, format, options, &error);
    (void)fflush(stderr);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    assert_int_equal(ftell(file), 0);
    (void)fclose(file);
    if (status)
        fail_msg("%s", error.text);
    rg_subgraph_dispose(&all);
    return out;
}

static void assert_shows(const rg_graph *g, const char *title, const char *node, const char *edge)
{
    svg picture = {0};
    const rg_render_options options = {.title = title, .hide_legend = true};
    rg_buffer out = drawn_silently(g, RG_FORMAT_SVG, &options);
    assert_true(svg_open(&picture, &out));
    char *text = svg_text(svg_find(&picture, "n0"));
    assert_string_equal(text, node);
    free(text);
    text = svg_text(svg_find(&picture, "e0"));
    assert_string_equal(text, edge);
    free(text);
    svg_close(&picture);
    rg_buffer_dispose(&out);
}

static rg_string bytes(const char *data, size_t size)
{
    return (rg_string){data, size};
}

#define BYTES(literal) bytes(literal, sizeof literal - 1)

/* ---- */

static void each_hostile_text_is_shown_as_it_is_or_escaped(void **state)
{
    (void)state;
    const struct {
        rg_string raw;
        const char *shown; /* as Python's repr escapes it */
    } texts[] = {
        {BYTES("say \"hi\" and 'ho'"), "say \"hi\" and 'ho'"},
        {BYTES("C:\\new\\table\\"), "C:\\new\\table\\"},
        {BYTES("\\N \\G \\L \\E \\T \\H"), "\\N \\G \\L \\E \\T \\H"},
        {BYTES("a\0b"), "a\\x00b"},
        {BYTES("\xff\xfe"), "\\xff\\xfe"},
        {BYTES("cut \xe2\x82"), "cut \\xe2\\x82"},
        {BYTES("<script>alert(1)</script>"), "<script>alert(1)</script>"},
        {BYTES("<b>bold</b>"), "<b>bold</b>"},
        {BYTES("&amp; &lt; &#0; &nope; &"), "&amp; &lt; &#0; &nope; &"},
        {BYTES("<![CDATA[ ]]>"), "<![CDATA[ ]]>"},
        {BYTES("two\nlines\r\n"), "two\\nlines\\r\\n"},
        {BYTES("left \xe2\x80\xae right"), "left \\u202e right"},
        {BYTES("lone \xed\xa0\x80"), "lone \\ud800"},
        {BYTES("never \xef\xbf\xbe"), "never \\ufffe"},
        {BYTES("\x1b[31mred"), "\\x1b[31mred"},
        {BYTES("na\xc3\xafve \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x90\x8d"),
         "na\xc3\xafve \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x90\x8d"},
        {BYTES("a--b -->"), "a--b -->"},
        {BYTES("%s%n%d"), "%s%n%d"},
        {BYTES("{a|<port>b}"), "{a|<port>b}"},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char node[256];
        char edge[128];
        (void)snprintf(node, sizeof node, "m.%s\n%s\nallocated at %s:57", texts[i].shown,
                       texts[i].shown, texts[i].shown);
        (void)snprintf(edge, sizeof edge, " .%s", texts[i].shown);
        rg_graph *g = graph_of(rg_string_of("m"), texts[i].raw, texts[i].raw, 0);
        assert_shows(g, "\\N & \"title\"", node, edge);
        rg_graph_free(g);
    }
}

static void a_str_is_quoted_as_python_quotes_it(void **state)
{
    (void)state;
    rg_graph *g =
        graph_of(rg_string_of(""), rg_string_of("str"), BYTES("it's\\n\0"), RG_NODE_TEXT_STR);
    assert_shows(g, NULL, "str\n\"it's\\\\n\\x00\"\nallocated at it's\\n\\x00:57", " .str");
    rg_graph_free(g);
}

static void a_type_without_a_name_has_an_empty_line(void **state)
{
    (void)state;
    rg_graph *g = graph_of(rg_string_of(""), rg_string_of(""), rg_string_of("text"), 0);
    assert_shows(g, NULL, " \ntext\nallocated at text:57", " .");
    rg_graph_free(g);
}

static void a_megabyte_is_shortened_to_its_beginning(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    char *big = malloc(SIZE + 1);
    assert_non_null(big);
    memset(big, 'x', SIZE);
    big[SIZE] = '\0';
    char node[256] = "";
    char edge[64] = " .";
    memset(node, 'x', 60);
    (void)strcat(node, "…\n");
    memset(node + strlen(node), 'x', 60);
    (void)strcat(node, "…\nallocated at ");
    memset(node + strlen(node), 'x', 60);
    (void)strcat(node, "…:57");
    memset(edge + 2, 'x', 40);
    (void)strcat(edge, "…");
    rg_graph *g = graph_of(bytes("", 0), bytes(big, SIZE), bytes(big, SIZE), 0);
    assert_shows(g, big, node, edge);
    rg_buffer out = drawn_silently(g, RG_FORMAT_SVG, &(rg_render_options){.title = big});
    assert_true(out.size >= 1000 && out.size <= 20000);
    rg_buffer_dispose(&out);
    rg_graph_free(g);
    free(big);
}

static void the_title_shows_what_it_can_and_a_mark_for_the_rest(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(1);
    const rg_render_options options = {.title = "<b> & \\N \x01\xff ]]>", .hide_legend = true};
    rg_buffer out = drawn_silently(g, RG_FORMAT_SVG, &options);
    svg picture = {0};
    assert_true(svg_open(&picture, &out));
    char *text = svg_text(xmlDocGetRootElement(picture.document));
    assert_non_null(strstr(text, "<b> & \\N \xef\xbf\xbd\xef\xbf\xbd ]]>"));
    free(text);
    svg_close(&picture);
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

/* Wider than the 32,767 pixels of Cairo's bitmaps, whose complaint would go to stderr. */
static void a_picture_that_is_too_wide_is_drawn_smaller(void **state)
{
    (void)state;
    rg_builder *b = NULL;
    rg_graph *g = NULL;
    uint32_t id;
    char name[61];
    memset(name, 'W', 60);
    name[60] = '\0';
    const rg_type type = {rg_string_of(""), rg_string_of(name), RG_KIND_INSTANCE, 0, RG_NONE};
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    assert_int_equal(rg_builder_add_type(b, &id, &type), RG_OK);
    for (uint32_t i = 0; i < 120; i++) {
        const rg_node node = {.text = RG_NONE};
        const rg_name nameless = {RG_NAME_NONE, 0};
        assert_int_equal(rg_builder_add_node(b, &id, &node), RG_OK);
        if (i)
            assert_int_equal(rg_builder_add_edge(b, 0, i, nameless, RG_STRENGTH_OWN), RG_OK);
    }
    assert_int_equal(rg_builder_finish(&g, &b), RG_OK);
    rg_buffer out = drawn_silently(g, RG_FORMAT_PNG, NULL);
    const png_size size = png_measure(&out);
    assert_true(size.width >= 10000 && size.width <= 32767);
    assert_true(size.dark > 1000);
    rg_buffer_dispose(&out);
    out = drawn_silently(g, RG_FORMAT_PDF, NULL);
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static void odd_texts_are_drawn_as_pixels_in_silence_too(void **state)
{
    (void)state;
    rg_graph *g = graph_of(rg_string_of("m"), BYTES("\xff\xe6\xbc\xa2\xf0\x9f\x90\x8d<b>&amp;\\N"),
                           BYTES("\0\n\xed\xa0\x80\xe2\x80\xae"), RG_NODE_TEXT_STR);
    rg_buffer out = drawn_silently(g, RG_FORMAT_PNG, NULL);
    assert_true(png_measure(&out).dark > 100);
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hostile_text_is_shown_as_it_is_or_escaped),
        cmocka_unit_test(a_str_is_quoted_as_python_quotes_it),
        cmocka_unit_test(a_type_without_a_name_has_an_empty_line),
        cmocka_unit_test(a_megabyte_is_shortened_to_its_beginning),
        cmocka_unit_test(the_title_shows_what_it_can_and_a_mark_for_the_rest),
        cmocka_unit_test(a_picture_that_is_too_wide_is_drawn_smaller),
        cmocka_unit_test(odd_texts_are_drawn_as_pixels_in_silence_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
