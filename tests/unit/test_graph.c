/* Reading a frozen graph: both directions agree, words are right, look-ups find. */
#include <refgraph/graph.h>

#include "drawing.h"
#include "oom.h"
#include "random.h"
#include "samples.h"
#include "test.h"

/* The number of edges u → v by the forward direction. */
static uint64_t edges_between(const rg_graph *g, uint32_t u, uint32_t v)
{
    uint64_t count = 0;
    for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++)
        count += rg_graph_edge(g, u, e).to == v;
    return count;
}

static void assert_directions_agree(const rg_graph *g)
{
    const uint32_t nodes = rg_graph_node_count(g);
    uint64_t total = 0;
    for (uint32_t v = 0; v < nodes; v++) {
        uint64_t count = 0;
        const uint32_t *sources = rg_graph_referrers(g, v, &count);
        total += count;
        for (uint64_t i = 1; i < count; i++)
            assert_true(sources[i - 1] <= sources[i]);
        for (uint32_t u = 0; u < nodes; u++) {
            uint64_t times = 0;
            for (uint64_t i = 0; i < count; i++)
                times += sources[i] == u;
            assert_int_equal(times, edges_between(g, u, v));
        }
    }
    assert_int_equal(total, rg_graph_edge_count(g));
}

static void referrers_are_the_sources_of_the_edges(void **state)
{
    (void)state;
    randomness random = {3};
    for (int i = 0; i < 200; i++) {
        rg_graph *g = sample_random(&random, 25);
        assert_directions_agree(g);
        rg_graph_free(g);
    }
}

/*  0 ⟲.me   0 ══.a,[1],[1]══► 1  */
static void parallel_edges_and_self_edges_are_kept(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 1, ".a");
    drawing_own(&d, 0, 0, ".me");
    drawing_own(&d, 0, 1, "[1]");
    drawing_own(&d, 0, 1, "[1]");
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    assert_int_equal(rg_graph_edge_count(g), 4);
    assert_int_equal(edges_between(g, 0, 1), 3);
    assert_int_equal(edges_between(g, 0, 0), 1);
    assert_directions_agree(g);
    rg_graph_free(g);
}

static void types_roots_and_strings_come_back(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    const uint32_t api = drawing_type(&d, "app.api.Api", RG_KIND_INSTANCE, RG_TYPE_HEAP);
    const uint32_t node = drawing_node(&d, api, "text", RG_NODE_IMMORTAL);
    drawing_root(&d, RG_ROOT_FRAME, node, "thread MainThread");
    drawing_root(&d, RG_ROOT_MODULE, node, "app");
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    const rg_type type = rg_graph_type(g, api);
    assert_int_equal(type.module.size, 7);
    assert_memory_equal(type.module.data, "app.api", 7);
    assert_memory_equal(type.name.data, "Api", 3);
    assert_int_equal(type.kind, RG_KIND_INSTANCE);
    assert_int_equal(type.flags, RG_TYPE_HEAP);
    const rg_node n = rg_graph_node(g, node);
    assert_int_equal(n.flags, RG_NODE_IMMORTAL);
    assert_int_equal(n.generation, 2);
    assert_memory_equal(rg_graph_string(g, n.text).data, "text", 4);
    assert_int_equal(rg_graph_string(g, RG_NONE).size, 0);
    assert_int_equal(rg_graph_root_count(g), 2);
    assert_int_equal(rg_graph_root(g, 0).kind, RG_ROOT_FRAME);
    assert_memory_equal(rg_graph_root(g, 1).name.data, "app", 3);
    rg_graph_free(g);
}

static void only_the_named_attributes_are_shadowed(void **state)
{
    (void)state;
    rg_builder *b = NULL;
    rg_graph *g = NULL;
    uint32_t ids[2] = {0};
    uint32_t other = 0;
    uint32_t type = 0;
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    const rg_type t = {.name = rg_string_of("T"), .node = RG_NONE};
    assert_int_equal(rg_builder_add_type(b, &other, &t), RG_OK);
    assert_int_equal(rg_builder_add_type(b, &type, &t), RG_OK);
    assert_int_equal(rg_builder_add_string(b, &ids[0], rg_string_of("x")), RG_OK);
    assert_int_equal(rg_builder_add_string(b, &ids[1], rg_string_of("name")), RG_OK);
    assert_int_equal(rg_builder_add_shadows(b, type, ids, 2), RG_OK);
    assert_int_equal(rg_builder_add_shadows(b, type, ids, 2), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_finish(&g, &b), RG_OK);
    assert_true(rg_graph_type_shadows(g, type, rg_string_of("x")));
    assert_true(rg_graph_type_shadows(g, type, rg_string_of("name")));
    assert_false(rg_graph_type_shadows(g, type, rg_string_of("nam")));
    assert_false(rg_graph_type_shadows(g, type, rg_string_of("")));
    assert_false(rg_graph_type_shadows(g, other, rg_string_of("x")));
    rg_graph_free(g);
}

static rg_graph *with_addresses(const uint64_t *addresses, size_t count)
{
    rg_builder *b = NULL;
    rg_graph *g = NULL;
    uint32_t id = 0;
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    const rg_type t = {.name = rg_string_of("T"), .node = RG_NONE};
    assert_int_equal(rg_builder_add_type(b, &id, &t), RG_OK);
    for (size_t i = 0; i < count; i++) {
        const rg_node node = {.address = addresses[i], .text = RG_NONE};
        assert_int_equal(rg_builder_add_node(b, &id, &node), RG_OK);
        assert_int_equal(id, i);
    }
    assert_int_equal(rg_builder_finish(&g, &b), RG_OK);
    return g;
}

static void a_node_is_found_by_its_address_in_any_order(void **state)
{
    (void)state;
    static const uint64_t ascending[] = {16, 32, 48, 4096, UINT64_MAX};
    static const uint64_t mixed[] = {32, 16, 4096, 48, UINT64_MAX};
    rg_graph *a = with_addresses(ascending, COUNT_OF(ascending));
    rg_graph *b = with_addresses(mixed, COUNT_OF(mixed));
    for (uint32_t i = 0; i < COUNT_OF(mixed); i++) {
        assert_int_equal(rg_graph_find(a, ascending[i]), i);
        assert_int_equal(rg_graph_find(b, mixed[i]), i);
    }
    assert_int_equal(rg_graph_find(a, 17), RG_NONE);
    assert_int_equal(rg_graph_find(a, 0), RG_NONE);
    assert_int_equal(rg_graph_find(b, 17), RG_NONE);
    rg_graph_free(a);
    rg_graph_free(b);
}

static void a_node_comes_back_whatever_its_numbers(void **state)
{
    (void)state;
    static const rg_node nodes[] = {
        {.address = 0, .text = RG_NONE},
        {.address = (UINT64_C(1) << 48) - 8, .size = UINT32_MAX - 1, .text = RG_NONE},
        {.address = UINT64_C(1) << 48, .size = 16, .flags = RG_NODE_PROGRAM, .text = RG_NONE},
        {.address = 64, .size = UINT32_MAX, .refcount = UINT32_MAX, .text = RG_NONE},
        {.address = UINT64_MAX,
         .size = UINT64_C(1) << 62,
         .flags = 0x1FFF,
         .generation = 4,
         .text = 0},
        {.address = 80, .size = 48, .flags = RG_NODE_GC_TRACKED, .generation = 3, .text = RG_NONE},
    };
    rg_builder *b = NULL;
    rg_graph *g = NULL;
    uint32_t id = 0;
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    const rg_type t = {.name = rg_string_of("T"), .node = RG_NONE};
    assert_int_equal(rg_builder_add_type(b, &id, &t), RG_OK);
    for (size_t i = 0; i < COUNT_OF(nodes); i++)
        assert_int_equal(rg_builder_add_node(b, &id, &nodes[i]), RG_OK);
    assert_int_equal(rg_builder_add_node(b, &id, &(rg_node){.generation = 5, .text = RG_NONE}),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_node(b, &id, &(rg_node){.flags = 0x2000, .text = RG_NONE}),
                     RG_ERR_ARGUMENT);
    const rg_node too_large = {.size = (UINT64_C(1) << 62) - 16, .text = RG_NONE};
    assert_int_equal(rg_builder_add_node(b, &id, &too_large), RG_ERR_LIMIT); /* with the others */
    assert_int_equal(rg_builder_finish(&g, &b), RG_OK);
    for (uint32_t i = 0; i < COUNT_OF(nodes); i++) {
        const rg_node n = rg_graph_node(g, i);
        assert_true(n.address == nodes[i].address && n.size == nodes[i].size);
        assert_int_equal(n.refcount, nodes[i].refcount);
        assert_int_equal(n.text, nodes[i].text);
        assert_int_equal(n.flags, nodes[i].flags);
        assert_int_equal(n.generation, nodes[i].generation);
        assert_int_equal(rg_graph_find(g, nodes[i].address), i);
    }
    rg_graph_free(g);
}

static void assert_name(const rg_graph *g, uint64_t edge, const char *expected)
{
    rg_buffer out = {0};
    const rg_edge e = rg_graph_edge(g, 0, edge);
    assert_int_equal(rg_buffer_add(&out, "", 0), RG_OK);
    assert_int_equal(rg_graph_write_name(g, &e, 6, &out), RG_OK);
    assert_string_equal(out.data, expected);
    rg_buffer_dispose(&out);
}

static void edges_read_as_a_person_says_them(void **state)
{
    (void)state;
    static const char *const names[] = {".x",     "[3]",      "['k']",       "key",  "local x",
                                        "cell y", "element",  "type",        "weak", "slot cache",
                                        "",       ".\x1b[2J", ".longer_name"};
    static const char *const words[] = {".x",
                                        "[3]",
                                        "['k']",
                                        "key",
                                        "local x",
                                        "cell y",
                                        "element",
                                        "type",
                                        "weak",
                                        "cache",
                                        "",
                                        ".\\x1b[2J",
                                        ".longer\xe2\x80\xa6"};
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_nodes(&d, 1);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        drawing_own(&d, 0, 0, names[i]);
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_name(g, i, words[i]);
    rg_edge folded = rg_graph_edge(g, 0, 2);
    folded.folded = true;
    rg_buffer out = {0};
    assert_int_equal(rg_graph_write_name(g, &folded, 0, &out), RG_OK);
    assert_string_equal(out.data, ".k");
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static void types_and_texts_read_as_a_person_says_them(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    const uint32_t str = drawing_type(&d, "str", RG_KIND_OTHER, RG_TYPE_PLAIN);
    const uint32_t api = drawing_type(&d, "app.api.A\npi", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    drawing_node(&d, str, "it's", RG_NODE_TEXT_STR);
    drawing_node(&d, str, "beginning", RG_NODE_TEXT_STR | RG_NODE_TEXT_CUT);
    drawing_node(&d, api, "app.py:7", 0);
    drawing_node(&d, api, NULL, 0);
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    rg_buffer out = {0};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(rg_graph_write_type(g, i, &out), RG_OK);
        assert_int_equal(rg_buffer_add(&out, " ", 1), RG_OK);
        assert_int_equal(rg_graph_write_text(g, i, 0, &out), RG_OK);
        assert_int_equal(rg_buffer_add(&out, "\n", 1), RG_OK);
    }
    assert_string_equal(out.data, "str \"it's\"\n"
                                  "str 'beginning'\xe2\x80\xa6\n"
                                  "app.api.A\\npi app.py:7\n"
                                  "app.api.A\\npi \n");
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static void assert_root(const rg_graph *g, uint32_t root, const char *expected)
{
    rg_buffer out = {0};
    assert_int_equal(rg_graph_write_root(g, root, 8, &out), RG_OK);
    assert_string_equal(out.data, expected);
    rg_buffer_dispose(&out);
}

static void roots_read_as_a_person_says_them(void **state)
{
    (void)state;
    static const char *const words[RG_ROOT_KIND_COUNT] = {
        [RG_ROOT_MODULE] = "module n\\xffame 67…",
        [RG_ROOT_FRAME] = "n\\xffame 67…",
        [RG_ROOT_INTERPRETER] = "n\\xffame 67…",
        [RG_ROOT_OTHER] = "n\\xffame 67…",
        [RG_ROOT_THREAD] = "n\\xffame 67…",
        [RG_ROOT_TYPE] = "n\\xffame 67… app.Thing 12345678…",
        [RG_ROOT_STACK] = "n\\xffame 67…",
        [RG_ROOT_PROBABLE] = "probably n\\xffame 67…",
        [RG_ROOT_NATIVE] = "references from outside the Python heap (C code, or a leaked count)",
    };
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_node(&d, d.plain_type, "123456789", 0);
    for (int i = 0; i < RG_ROOT_KIND_COUNT; i++)
        drawing_root(&d, (rg_root_kind)i, 0,
                     "n\xff"
                     "ame 6789");
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    for (uint32_t i = 0; i < RG_ROOT_KIND_COUNT; i++)
        assert_root(g, i, words[i]);
    rg_graph_free(g);
}

static void a_place_of_allocation_is_a_file_in_its_folder_and_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        uint32_t line;
        const char *words;
    } cases[] = {
        {"/srv/site-packages/app/api.py", 57, "app/api.py:57"},
        {"app/api.py", 57, "app/api.py:57"},
        {"/api.py", 1, "/api.py:1"},
        {"api.py", 4294967295, "api.py:4294967295"},
        {"<string>", 0, "<string>"},
        {"a//b", 3, "/b:3"},
        {"a/b/", 3, "b/:3"},
        {"", 7, ":7"},
        {"/x/a\x1b[2J/\xff\xe2\x80\xae.py", 9, "a\\x1b[2J/\\xff\\u202e.py:9"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_cut", 8,
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…:8"},
    };
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_nodes(&d, COUNT_OF(cases) + 1);
    assert_int_equal(d.status, RG_OK);
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        rg_location lines[] = {{0, cases[i].line}, {0, 1000}};
        uint32_t site = 0;
        assert_int_equal(
            rg_builder_add_string(d.builder, &lines[0].file, rg_string_of(cases[i].file)), RG_OK);
        assert_int_equal(rg_builder_add_site(d.builder, &site, lines, 2), RG_OK);
        assert_int_equal(rg_builder_set_site(d.builder, i, site), RG_OK);
    }
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        rg_buffer out = {0};
        assert_int_equal(rg_graph_write_site(g, i, &out), RG_OK);
        assert_string_equal(out.data, cases[i].words);
        rg_buffer_dispose(&out);
    }
    rg_buffer out = {0};
    assert_int_equal(rg_graph_write_site(g, COUNT_OF(cases), &out), RG_OK);
    assert_int_equal(out.size, 0);
    rg_graph_free(g);
}

static void a_million_wide_star_is_right_both_ways(void **state)
{
    (void)state;
    rg_graph *g = sample_star(MILLION);
    uint64_t count = 0;
    const uint32_t *sources = rg_graph_referrers(g, MILLION + 1, &count);
    assert_int_equal(count, MILLION);
    for (uint32_t i = 0; i < MILLION; i++)
        assert_int_equal(sources[i], i + 1);
    assert_int_equal(rg_graph_edges_end(g, 0) - rg_graph_edges_begin(g, 0), MILLION);
    assert_true(rg_graph_memory(g) < (size_t)MILLION * 120);
    rg_graph_free(g);
}

static void every_kind_has_a_word(void **state)
{
    (void)state;
    for (int i = 0; i < RG_KIND_COUNT; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(rg_kind_text((rg_kind)i), rg_kind_text((rg_kind)k));
    assert_non_null(rg_kind_text((rg_kind)99));
}

static rg_status words_story(const rg_allocator *allocator, void *context)
{
    rg_graph *g = context;
    rg_buffer out = rg_buffer_empty(allocator);
    rg_status status = rg_graph_write_type(g, 0, &out);
    if (!status)
        status = rg_graph_write_text(g, 0, 0, &out);
    for (uint64_t e = 0; e < rg_graph_edge_count(g) && !status; e++) {
        const rg_edge edge = rg_graph_edge(g, 0, e);
        status = rg_graph_write_name(g, &edge, 0, &out);
    }
    for (uint32_t r = 0; r < rg_graph_root_count(g) && !status; r++)
        status = rg_graph_write_root(g, r, 0, &out);
    rg_buffer_dispose(&out);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_nodes(&d, 1);
    for (int i = 0; i < 30; i++)
        drawing_own(&d, 0, 0, i % 2 ? ".attribute" : "['key']");
    for (int i = 0; i < RG_ROOT_KIND_COUNT; i++)
        drawing_root(&d, (rg_root_kind)i, 0, "a root");
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    assert_true(oom_torture(words_story, g) > 3);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(referrers_are_the_sources_of_the_edges),
        cmocka_unit_test(parallel_edges_and_self_edges_are_kept),
        cmocka_unit_test(types_roots_and_strings_come_back),
        cmocka_unit_test(only_the_named_attributes_are_shadowed),
        cmocka_unit_test(a_node_is_found_by_its_address_in_any_order),
        cmocka_unit_test(a_node_comes_back_whatever_its_numbers),
        cmocka_unit_test(edges_read_as_a_person_says_them),
        cmocka_unit_test(types_and_texts_read_as_a_person_says_them),
        cmocka_unit_test(roots_read_as_a_person_says_them),
        cmocka_unit_test(a_place_of_allocation_is_a_file_in_its_folder_and_a_line),
        cmocka_unit_test(a_million_wide_star_is_right_both_ways),
        cmocka_unit_test(every_kind_has_a_word),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
