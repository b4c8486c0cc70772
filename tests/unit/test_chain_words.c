/* Chains in words, expression and tree: long ones, hostile strings, the look of a tree. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "base/text.h"
#include "oom.h"
#include "samples.h"
#include "test.h"
#include "zoo.h"

static void a_long_chain_is_shortened_and_not_evaluable(void **state)
{
    (void)state;
    for (uint32_t nodes = 199; nodes <= MILLION; nodes = nodes < 203 ? nodes + 1 : nodes * 4) {
        rg_graph *g = sample_chain(nodes);
        rg_edge *edges = calloc(nodes, sizeof *edges);
        assert_non_null(edges);
        const rg_chain chain = zoo_chain(g, edges, nodes - 1);
        rg_buffer out = {0};
        bool evaluable = false;
        assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
        assert_int_equal(evaluable, nodes - 1 <= 200);
        if (nodes - 1 <= 200)
            assert_int_equal(out.size, strlen("sys.modules['m']") + (nodes - 1) * 5);
        else
            assert_true(out.size < 1100);
        rg_buffer_dispose(&out);
        assert_int_equal(rg_chain_write_tree(&chain, g, nodes - 1, &out), RG_OK);
        assert_true(out.size < 12000);
        assert_non_null(strstr(out.data, "more objects"));
        rg_buffer_dispose(&out);
        free(edges);
        rg_graph_free(g);
    }
}

static void the_middle_of_a_long_chain_is_counted(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(1005);
    rg_edge edges[1004];
    const rg_chain chain = zoo_chain(g, edges, 1004);
    rg_buffer out = {0};
    bool evaluable = true;
    assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
    assert_non_null(strstr(out.data, ".next{\xe2\x80\xa6 804 more steps \xe2\x80\xa6}.next"));
    rg_buffer_dispose(&out);
    assert_int_equal(rg_chain_write_tree(&chain, g, 1004, &out), RG_OK);
    assert_non_null(strstr(out.data, "\xe2\x80\xa6 965 more objects \xe2\x80\xa6\n"));
    size_t lines = 1;
    for (const char *p = out.data; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 1 + 20 + 1 + 19);
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static void too_many_parentheses_are_not_evaluable(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    rg_graph *g = NULL;
    enum { STEPS = 100 };
    uint32_t nodes[STEPS + 1];
    for (size_t i = 0; i <= STEPS; i++)
        nodes[i] = drawing_node(&z.d, z.instance, NULL, 0);
    for (size_t i = 0; i < STEPS; i++)
        drawing_own(&z.d, nodes[i], nodes[i + 1], "type");
    drawing_root(&z.d, RG_ROOT_MODULE, nodes[0], "m");
    assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
    rg_edge edges[STEPS];
    for (size_t steps = 50; steps <= STEPS; steps += 50) {
        const rg_chain chain = zoo_chain(g, edges, steps);
        rg_buffer out = {0};
        bool evaluable = false;
        assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
        assert_int_equal(evaluable, steps == 50);
        rg_buffer_dispose(&out);
    }
    rg_graph_free(g);
}

static void assert_is_safe_to_show(const rg_buffer *out, bool newlines)
{
    size_t i = 0;
    while (i < out->size) {
        uint32_t c = 0;
        i += rg__character_decode(out->data + i, out->size - i, &c);
        assert_true(rg__character_is_printable(c) || (newlines && c == '\n'));
    }
}

static rg_string random_bytes(randomness *random, char *bytes)
{
    static const char *const pieces[] = {"\x1b[31m", "\xe2\x80\xae", "\xff", "\n",
                                         "'",        "\"",           "\\",   "\xed\xb0\x80",
                                         "\xc2\x85", "__dict__",     "x"};
    size_t size = 0;
    for (uint32_t n = random_below(random, 5); n > 0; n--) {
        const char *piece = pieces[random_below(random, COUNT_OF(pieces))];
        memcpy(bytes + size, piece, strlen(piece));
        size += strlen(piece);
        if (!random_below(random, 6))
            bytes[size++] = '\0';
    }
    return (rg_string){bytes, size};
}

/* Chains whose every string is hostile, and every kind of name. */
static rg_graph *hostile_chain(randomness *random, uint32_t steps)
{
    rg_builder *b = NULL;
    rg_graph *g = NULL;
    char bytes[64];
    uint32_t id = 0;
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    for (uint32_t i = 0; i <= steps; i++) {
        uint32_t text = 0;
        char name[64];
        const rg_type type = {.module = random_bytes(random, bytes),
                              .name = random_bytes(random, name),
                              .kind = (rg_kind)random_below(random, RG_KIND_COUNT),
                              .flags = random_below(random, 8),
                              .node = RG_NONE};
        assert_int_equal(rg_builder_add_type(b, &id, &type), RG_OK);
        assert_int_equal(rg_builder_add_string(b, &text, random_bytes(random, bytes)), RG_OK);
        const rg_node node = {.type = id,
                              .text = random_below(random, 4) ? text : RG_NONE,
                              .flags = (uint16_t)random_below(random, 1 << 10)};
        assert_int_equal(rg_builder_add_node(b, &id, &node), RG_OK);
    }
    for (uint32_t i = 0; i < steps; i++) {
        rg_name name = {(rg_name_kind)random_below(random, RG_NAME_HIDDEN + 1), i};
        uint32_t text = 0;
        assert_int_equal(rg_builder_add_string(b, &text, random_bytes(random, bytes)), RG_OK);
        if (name.kind != RG_NAME_KEY)
            name.value = text;
        assert_int_equal(rg_builder_add_edge(b, i, i + 1, name, RG_STRENGTH_OWN), RG_OK);
    }
    assert_int_equal(
        rg_builder_add_root(b, &(rg_root){(rg_root_kind)random_below(random, RG_ROOT_KIND_COUNT), 0,
                                          random_below(random, 3), random_bytes(random, bytes)}),
        RG_OK);
    assert_int_equal(rg_builder_finish(&g, &b), RG_OK);
    return g;
}

static void hostile_strings_are_safe_to_show(void **state)
{
    (void)state;
    randomness random = {4711};
    for (int i = 0; i < 3000; i++) {
        const uint32_t steps = random_below(&random, 10);
        rg_graph *g = hostile_chain(&random, steps);
        rg_edge edges[10];
        const rg_chain chain = zoo_chain(g, edges, steps);
        rg_buffer out = {0};
        bool evaluable = false;
        assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
        assert_is_safe_to_show(&out, false);
        if (evaluable)
            assert_null(strchr(out.data, '{'));
        rg_buffer_dispose(&out);
        assert_int_equal(rg_chain_write_tree(&chain, g, steps, &out), RG_OK);
        assert_is_safe_to_show(&out, true);
        rg_buffer_dispose(&out);
        rg_graph_free(g);
    }
}

/* ---- the tree ---- */

static void a_tree_reads_as_drawn(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    rg_graph *g = NULL;
    rg_edge edges[6];
    rg_buffer out = {0};
    const uint32_t root = drawing_node(&z.d, z.module, "app.api", 0);
    const uint32_t dict = drawing_node(&z.d, z.dict, NULL, 0);
    const uint32_t api = drawing_node(&z.d, z.type, "app.api.Api", 0);
    const uint32_t cache = drawing_node(&z.d, z.dict, "3 items", 0);
    const uint32_t tuple = drawing_node(&z.d, z.tuple, "tuple of 2", 0);
    const uint32_t frame = drawing_node(&z.d, z.frame, "serve (app.py:88)", 0);
    const uint32_t session = drawing_node(&z.d, z.instance, NULL, 0);
    const uint32_t key = drawing_str(&z.d, "Api");
    char name[16];
    snprintf(name, sizeof name, "[@%u]", key);
    drawing_own(&z.d, root, dict, ".__dict__");
    drawing_own(&z.d, dict, api, name);
    drawing_own(&z.d, api, cache, "['\n']");
    drawing_own(&z.d, cache, tuple, "key");
    drawing_own(&z.d, tuple, frame, "[0]");
    drawing_own(&z.d, frame, session, "local last");
    drawing_root(&z.d, RG_ROOT_MODULE, root, "app.api");
    drawing_root(&z.d, RG_ROOT_FRAME, frame, "thread MainThread · serve (app.py:88)");
    assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
    const rg_chain chain = zoo_chain(g, edges, 6);
    assert_int_equal(rg_chain_write_tree(&chain, g, session, &out), RG_OK);
    assert_string_equal(
        out.data, "module app.api\n"
                  "└─ .Api                    type app.api.Api\n"
                  "   └─ ['\\n']               dict 3 items\n"
                  "      └─ key               tuple tuple of 2  (not reachable as an expression)\n"
                  "         └─ [0]            frame serve (app.py:88)\n"
                  "            └─ local last  app.Session  ← the object");
    rg_buffer_dispose(&out);
    const rg_chain local = {.root = 1, .edges = edges + 5, .edge_count = 1};
    assert_int_equal(rg_chain_write_tree(&local, g, session, &out), RG_OK);
    assert_string_equal(out.data,
                        "thread MainThread · serve (app.py:88)  frame serve (app.py:88)\n"
                        "└─ local last                          app.Session  ← the object");
    rg_buffer_dispose(&out);
    const rg_chain nothing = {.root = 0};
    assert_int_equal(rg_chain_write_tree(&nothing, g, root, &out), RG_OK);
    assert_string_equal(out.data, "module app.api  ← the object");
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static void a_tree_begins_with_any_kind_of_root(void **state)
{
    (void)state;
    static const struct {
        rg_root_kind kind;
        const char *name, *first;
    } cases[] = {
        {RG_ROOT_NATIVE, "",
         "2 references from outside the Python heap (C code, or a leaked count)  type app.Api"},
        {RG_ROOT_PROBABLE, "the stack of f", "probably the stack of f  type app.Api"},
        {RG_ROOT_THREAD, "thread T · context", "thread T · context  type app.Api"},
        {RG_ROOT_INTERPRETER, "atexit callback", "atexit callback  type app.Api"},
        {RG_ROOT_TYPE, "static type", "static type app.Api"},
        {RG_ROOT_MODULE, "app", "module app"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        zoo z = zoo_new(NULL);
        rg_graph *g = NULL;
        rg_edge edges[1];
        rg_buffer out = {0};
        const uint32_t root = drawing_node(&z.d, z.type, "app.Api", 0);
        const uint32_t target = drawing_node(&z.d, z.instance, NULL, 0);
        drawing_own(&z.d, root, target, ".x");
        assert_int_equal(z.d.status, RG_OK);
        assert_int_equal(rg_builder_add_root(z.d.builder, &(rg_root){cases[i].kind, root, 2,
                                                                     rg_string_of(cases[i].name)}),
                         RG_OK);
        assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
        rg_chain chain = zoo_chain(g, edges, 1);
        assert_int_equal(rg_chain_write_tree(&chain, g, target, &out), RG_OK);
        const size_t size = strlen(cases[i].first);
        assert_memory_equal(out.data, cases[i].first, size);
        assert_int_equal(out.data[size], '\n');
        rg_buffer_dispose(&out);
        char alone[160];
        snprintf(alone, sizeof alone, "%s  ← the object", cases[i].first);
        chain.edge_count = 0;
        assert_int_equal(rg_chain_write_tree(&chain, g, root, &out), RG_OK);
        assert_string_equal(out.data, alone);
        rg_buffer_dispose(&out);
        rg_graph_free(g);
    }
}

static void the_object_s_line_says_where_it_was_allocated(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    rg_graph *g = NULL;
    rg_edge edges[1];
    rg_buffer out = {0};
    const uint32_t root = drawing_node(&z.d, z.module, "app", 0);
    const uint32_t session = drawing_node(&z.d, z.instance, NULL, 0);
    drawing_own(&z.d, root, session, ".x");
    drawing_root(&z.d, RG_ROOT_MODULE, root, "app");
    drawing_site(&z.d, session, "/srv/app/api\n.py", 57);
    drawing_site(&z.d, root, "/srv/app/main.py", 1);
    assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
    const rg_chain chain = zoo_chain(g, edges, 1);
    assert_int_equal(rg_chain_write_tree(&chain, g, session, &out), RG_OK);
    assert_string_equal(out.data, "module app\n"
                                  "└─ .x  app.Session  ← the object allocated at app/api\\n.py:57");
    rg_buffer_dispose(&out);
    const rg_chain alone = {.root = 0};
    assert_int_equal(rg_chain_write_tree(&alone, g, root, &out), RG_OK);
    assert_string_equal(out.data, "module app  ← the object allocated at app/main.py:1");
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

/* ---- out of memory ---- */

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    rg_edge edges[9];
    const rg_chain chain = zoo_chain(g, edges, 9);
    rg_buffer out = rg_buffer_empty(allocator);
    bool evaluable = false;
    rg_status status = rg_buffer_add(&out, "before", 6);
    if (!status) {
        status = rg_chain_write_expression(&chain, g, &out, &evaluable);
        if (!status)
            status = rg_chain_write_tree(&chain, g, 9, &out);
        else
            assert_string_equal(out.data, "before"); /* all or nothing */
    }
    rg_buffer_dispose(&out);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {8};
    for (int i = 0; i < 200; i++) {
        rg_graph *g = hostile_chain(&random, 9);
        assert_true(oom_torture(story, g) > 4);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_chain_is_shortened_and_not_evaluable),
        cmocka_unit_test(the_middle_of_a_long_chain_is_counted),
        cmocka_unit_test(too_many_parentheses_are_not_evaluable),
        cmocka_unit_test(hostile_strings_are_safe_to_show),
        cmocka_unit_test(a_tree_reads_as_drawn),
        cmocka_unit_test(a_tree_begins_with_any_kind_of_root),
        cmocka_unit_test(the_object_s_line_says_where_it_was_allocated),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
