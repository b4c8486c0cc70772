/* Signatures in words: what each step and each root reads like, and how ways without end fold. */
#include <refgraph/analysis.h>

#include "samples.h"
#include "test.h"
#include "zoo.h"

/* The signature of what zoo_assert_expression draws: a chain of own edges along `links`. */
static void assert_folded(zoo *z, rg_root_kind root, const link *links, size_t count,
                          const char *expected)
{
    rg_graph *g = NULL;
    uint32_t nodes[16];
    assert_true(count <= COUNT_OF(nodes));
    for (size_t i = 0; i < count; i++)
        nodes[i] = drawing_node(&z->d, links[i].type, NULL, links[i].flags);
    for (size_t i = 1; i < count; i++)
        drawing_own(&z->d, nodes[i - 1], nodes[i], links[i].name);
    drawing_root(&z->d, root, nodes[0], links[0].name);
    assert_int_equal(drawing_finish(&z->d, &g), RG_OK);
    sample_assert_signature(g, nodes[count - 1], expected);
    rg_graph_free(g);
}

/* Draws with the test's `zoo z`. */
#define FOLDED(root, text, ...)                                                  \
    do {                                                                         \
        z = zoo_new(NULL);                                                       \
        assert_folded(&z, root, (const link[]){__VA_ARGS__},                     \
                      sizeof((const link[]){__VA_ARGS__}) / sizeof(link), text); \
    } while (0)

/* ---- what a step reads like ---- */

static void names_stay_and_indices_and_keys_fold(void **state)
{
    (void)state;
    zoo z;
    FOLDED(RG_ROOT_MODULE, "sys.modules['a.b'].x[*][*]", {z.module, "a.b", 0}, {z.dict, ".x", 0},
           {z.list, "['k']", 0}, {z.str, "[7]", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].__code__{.a b}{.None}", {z.module, "m", 0},
           {z.dict, "hidden __code__", 0}, {z.instance, ".a b", 0}, {z.odd, ".None", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m']{element}{key}{type}{cache}()", {z.module, "m", 0},
           {z.instance, "element", 0}, {z.odd, "key", 0}, {z.type, "type", 0},
           {z.list, "slot cache", 0}, {z.str, "weak", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].a[*]{unnamed}", {z.module, "m", 0},
           {z.instance, ".a", 0}, {z.odd, "slot [2, 0]", 0}, {z.str, "", 0});
}

static void what_an_object_has_in_its_dict_is_its_attribute(void **state)
{
    (void)state;
    zoo z;
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].o.x", {z.module, "m", 0}, {z.odd, ".o", 0},
           {z.dict, ".__dict__", 0}, {z.instance, "['x']", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].o.__doc__[*]", {z.module, "m", 0}, {z.type, ".o", 0},
           {z.dict, ".__dict__", 0}, {z.list, "['__doc__']", 0}, {z.instance, "[1]", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].o{.a b}", {z.module, "m", 0}, {z.type, ".o", 0},
           {z.dict, ".__dict__", 0}, {z.instance, "['a b']", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].o.__dict__", {z.module, "m", 0}, {z.odd, ".o", 0},
           {z.dict, ".__dict__", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].o.__dict__{key}", {z.module, "m", 0}, {z.odd, ".o", 0},
           {z.dict, ".__dict__", 0}, {z.str, "key", 0});
    /* a key that is no str: node 0 */
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].o.__dict__[*]", {z.module, "m", 0}, {z.odd, ".o", 0},
           {z.dict, ".__dict__", 0}, {z.instance, "[@0]", 0});
}

static void variables_keep_their_names(void **state)
{
    (void)state;
    zoo z;
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].g.gi_frame.f_locals['x'].y", {z.module, "m", 0},
           {z.generator, ".g", 0}, {z.instance, "local x", 0}, {z.odd, ".y", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].tb.tb_frame.f_locals['x']", {z.module, "m", 0},
           {z.odd, ".tb", 0}, {z.frame, ".tb_frame", 0}, {z.cell, "cell x", 0},
           {z.instance, ".cell_contents", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].f{local x}", {z.module, "m", 0},
           {z.frame, ".f", RG_NODE_RUNNING}, {z.instance, "local x", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].f{cell x}.cell_contents", {z.module, "m", 0},
           {z.function, ".f", 0}, {z.cell, "cell x", 0}, {z.instance, ".cell_contents", 0});
    FOLDED(RG_ROOT_FRAME, "thread MainThread · serve (app/server.py) · local 'x'.y",
           {z.frame, "thread MainThread · serve (app/server.py:88)", RG_NODE_RUNNING},
           {z.cell, "cell x", 0}, {z.instance, ".cell_contents", 0}, {z.odd, ".y", 0});
}

static void a_root_is_told_without_what_only_one_run_has(void **state)
{
    (void)state;
    zoo z;
    FOLDED(RG_ROOT_FRAME, "thread Thread-* (w*) · f2 (v3/a.py) · local 'x'",
           {z.frame, "thread Thread-12 (w7) · f2 (v3/a.py:88)", 0}, {z.instance, "local x", 0});
    FOLDED(RG_ROOT_THREAD, "thread * · context[*]", {z.odd, "thread 1403 · context", 0},
           {z.instance, "[3]", 0});
    FOLDED(RG_ROOT_STACK, "thread T-* · f (a.py){evaluation stack}",
           {z.odd, "thread T-1 · f (a.py:8){evaluation stack}", 0});
    FOLDED(RG_ROOT_PROBABLE, "probably the evaluation stack of f1 (a.py), thread T-* · {app.Odd}.x",
           {z.odd, "the evaluation stack of f1 (a.py:8), thread T-1", 0}, {z.instance, ".x", 0});
    FOLDED(RG_ROOT_NATIVE,
           "references from outside the Python heap (C code, or a leaked count) · {app.Odd}.x",
           {z.odd, "", 0}, {z.instance, ".x", 0});
    FOLDED(RG_ROOT_TYPE, "immortal object app.Session", {z.instance, "immortal object", 0});
    FOLDED(RG_ROOT_INTERPRETER, "signal handler 34", {z.function, "signal handler 34", 0});
    FOLDED(RG_ROOT_OTHER, "\\x1b held:8) by C", {z.odd, "\x1b held:8) by C", 0});
}

static void long_and_hostile_names_are_cut_and_escaped(void **state)
{
    (void)state;
    zoo z;
    char name[5002] = ".";
    char expected[200] = "sys.modules['\\n'].";
    memset(name + 1, 'a', 5000);
    memset(expected + strlen(expected), 'a', 120);
    strcat(expected, "…{.\\u202e}");
    FOLDED(RG_ROOT_MODULE, expected, {z.module, "\n", 0}, {z.odd, name, 0},
           {z.instance, ".\xe2\x80\xae", 0});
}

/* ---- ways without end ---- */

static void back_at_a_type_all_ways_round_are_one(void **state)
{
    (void)state;
    zoo z;
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].HEAD{.next …}", {z.module, "m", 0},
           {z.instance, ".HEAD", 0}, {z.instance, ".next", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].HEAD{.next …}.x", {z.module, "m", 0},
           {z.instance, ".HEAD", 0}, {z.instance, ".next", 0}, {z.instance, ".next", 0},
           {z.instance, ".next", 0}, {z.odd, ".x", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].TREE{.kids[*] …}.kids", {z.module, "m", 0},
           {z.instance, ".TREE", 0}, {z.list, ".kids", 0}, {z.instance, "[0]", 0},
           {z.list, ".kids", 0}, {z.instance, "[1]", 0}, {z.list, ".kids", 0});
    /* the last way round is told, whatever came before */
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].TREE{.right …}", {z.module, "m", 0},
           {z.instance, ".TREE", 0}, {z.instance, ".right", 0}, {z.instance, ".left", 0},
           {z.instance, ".right", 0});
    /* through another type, and on from the middle of the round */
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].a{.b.c …}.b", {z.module, "m", 0},
           {z.instance, ".a", 0}, {z.odd, ".b", 0}, {z.instance, ".c", 0}, {z.odd, ".b", 0},
           {z.instance, ".c", 0}, {z.odd, ".b", 0});
    /* classes in classes are told */
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].A.B.C", {z.module, "m", 0}, {z.type, ".A", 0},
           {z.type, ".B", 0}, {z.type, ".C", 0});
}

static void of_containers_in_each_other_three_are_told(void **state)
{
    (void)state;
    zoo z;
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].x[*][*].y", {z.module, "m", 0}, {z.dict, ".x", 0},
           {z.list, "['k']", 0}, {z.tuple, "[0]", 0}, {z.instance, ".y", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].x[*][*]{[*] …}.y", {z.module, "m", 0},
           {z.dict, ".x", 0}, {z.list, "['k']", 0}, {z.tuple, "[0]", 0}, {z.list, "[0]", 0},
           {z.instance, ".y", 0});
    FOLDED(RG_ROOT_MODULE, "sys.modules['m'].x[*][*]{[*] …}.y[*]", {z.module, "m", 0},
           {z.dict, ".x", 0}, {z.list, "['k']", 0}, {z.tuple, "[0]", 0}, {z.list, "[0]", 0},
           {z.list, "[0]", 0}, {z.list, "[0]", 0}, {z.odd, ".y", 0}, {z.list, "[4]", 0});
}

/* A class in a class in a class …: told 40 deep. */
static void a_long_way_ends_in_its_last_step(void **state)
{
    (void)state;
    enum { DEEP = 60 };
    zoo z = zoo_new(NULL);
    char expected[400] = "sys.modules['m']";
    const uint32_t first = drawing_node(&z.d, z.type, NULL, 0);
    for (uint32_t i = 0; i < DEEP; i++)
        drawing_own(&z.d, first + i, drawing_node(&z.d, z.type, NULL, 0), i == 50 ? ".b" : ".a");
    drawing_root(&z.d, RG_ROOT_MODULE, first, "m");
    rg_graph *g = sample_drawn(&z.d);
    for (int i = 0; i < 40; i++)
        strcat(expected, ".a");
    sample_assert_signature(g, first + 40, expected);
    const size_t size = strlen(expected);
    strcpy(expected + size, "{… .b}");
    sample_assert_signature(g, first + 51, expected);
    strcpy(expected + size, "{… .a}");
    sample_assert_signature(g, first + 41, expected);
    sample_assert_signature(g, first + 50, expected);
    sample_assert_signature(g, first + 60, expected);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stay_and_indices_and_keys_fold),
        cmocka_unit_test(what_an_object_has_in_its_dict_is_its_attribute),
        cmocka_unit_test(variables_keep_their_names),
        cmocka_unit_test(a_root_is_told_without_what_only_one_run_has),
        cmocka_unit_test(long_and_hostile_names_are_cut_and_escaped),
        cmocka_unit_test(back_at_a_type_all_ways_round_are_one),
        cmocka_unit_test(of_containers_in_each_other_three_are_told),
        cmocka_unit_test(a_long_way_ends_in_its_last_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
