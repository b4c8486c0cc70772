/* Chains as expressions that begin neither at a module nor at a frame. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "test.h"
#include "zoo.h"

static void references_from_c_are_told_in_a_sentence(void **state)
{
    (void)state;
    const char *one = "1 reference from outside the Python heap (C code, or a leaked count)";
    zoo z = zoo_new(NULL);
    rg_graph *g = NULL;
    rg_edge edges[4];
    const uint32_t nodes[] = {drawing_node(&z.d, z.instance, NULL, 0),
                              drawing_node(&z.d, z.list, NULL, 0),
                              drawing_node(&z.d, z.instance, NULL, 0)};
    drawing_own(&z.d, nodes[0], nodes[1], ".free");
    drawing_own(&z.d, nodes[1], nodes[2], "[3]");
    assert_int_equal(z.d.status, RG_OK);
    static const uint32_t counts[] = {1, 3, 1204, 0};
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(
            rg_builder_add_root(z.d.builder, &(rg_root){RG_ROOT_NATIVE, nodes[0], counts[i],
                                                        rg_string_of("not shown")}),
            RG_OK);
    assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
    static const char *const counted[] = {"1 reference", "3 references", "1,204 references",
                                          "references"};
    for (uint32_t i = 0; i < 8; i++) {
        rg_chain chain = zoo_chain(g, edges, i < 4 ? 0 : 2);
        rg_buffer out = {0};
        char expected[160];
        bool evaluable = true;
        chain.root = i % 4;
        snprintf(expected, sizeof expected, "%s%s%s", counted[i % 4], one + strlen("1 reference"),
                 i < 4 ? "" : " · {app.Session}.free[3]");
        assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
        assert_string_equal(out.data, expected);
        assert_false(evaluable);
        rg_buffer_dispose(&out);
    }
    rg_graph_free(g);
}

static void a_probable_root_says_so(void **state)
{
    (void)state;
    const char *stack = "the evaluation stack of serve (app.py:88), thread MainThread";
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_PROBABLE,
               "probably the evaluation stack of serve (app.py:88), thread MainThread", false,
               {z.instance, stack, 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_PROBABLE,
               "probably the evaluation stack of serve (app.py:88), thread MainThread · {list}[3]",
               false, {z.list, stack, 0}, {z.instance, "[3]", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_PROBABLE, "probably a field · {generator}.gi_frame.f_locals['x'].y",
               false, {z.generator, "a field", 0}, {z.instance, "local x", 0},
               {z.instance, ".y", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_NATIVE,
               "references from outside the Python heap (C code, or a leaked count)"
               " · {frame}{local x}",
               false, {z.frame, "", RG_NODE_RUNNING}, {z.instance, "local x", 0});
}

static void threads_and_the_interpreter_are_told_by_name(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_THREAD, "thread MainThread · context{element}", false,
               {z.instance, "thread MainThread · context", 0}, {z.instance, "element", 0});
    z = zoo_new(NULL); /* what reads like a path of sys is one only for the interpreter */
    EXPRESSION(&z, RG_ROOT_THREAD, "sys.x.y", false, {z.instance, "sys.x", 0},
               {z.instance, ".y", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_INTERPRETER, "sys.x.y", true, {z.instance, "sys.x", 0},
               {z.instance, ".y", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_INTERPRETER, "signal handler SIGTERM", false,
               {z.function, "signal handler SIGTERM", 0});
}

static void what_lives_as_long_as_the_process_is_told_with_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        uint16_t flags;
        bool is_type;
        const char *expected;
    } cases[] = {
        {"static type", "int", RG_NODE_IMMORTAL, true, "static type int.x"},
        {"static type", NULL, 0, true, "static type type.x"},
        {"immortal object", "it's", RG_NODE_TEXT_STR, false, "immortal object \"it's\".x"},
        {"immortal object", "None", RG_NODE_TEXT_LITERAL, false, "immortal object None.x"},
        {"immortal object", "ready", 0, false, "immortal object app.Session ready.x"},
        {"immortal object", NULL, 0, false, "immortal object app.Session.x"},
        {"immortal\x1b", "\n", 0, false, "immortal\\x1b app.Session \\n.x"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        zoo z = zoo_new(NULL);
        rg_graph *g = NULL;
        rg_edge edges[1];
        rg_buffer out = {0};
        bool evaluable = true;
        const uint32_t root = drawing_node(&z.d, cases[i].is_type ? z.type : z.instance,
                                           cases[i].text, cases[i].flags);
        drawing_own(&z.d, root, root, ".x");
        drawing_root(&z.d, RG_ROOT_TYPE, root, cases[i].name);
        assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
        const rg_chain chain = zoo_chain(g, edges, 1);
        assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
        assert_string_equal(out.data, cases[i].expected);
        assert_false(evaluable);
        rg_buffer_dispose(&out);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_from_c_are_told_in_a_sentence),
        cmocka_unit_test(a_probable_root_says_so),
        cmocka_unit_test(threads_and_the_interpreter_are_told_by_name),
        cmocka_unit_test(what_lives_as_long_as_the_process_is_told_with_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
