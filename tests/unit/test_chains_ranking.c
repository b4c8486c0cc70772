/* Which chains are listed, and which of several that cost the same. */
#include <refgraph/analysis.h>

#include "drawing.h"
#include "samples.h"
#include "test.h"

/*   M0 ─► holder 1 ─► T2, which the stack of a frame, C code and an atexit callback hold too */
static void what_holds_the_target_and_is_no_object_has_a_chain_of_its_own(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 4);
    drawing_own(&d, 0, 1, ".x");
    drawing_own(&d, 1, 2, ".t");
    drawing_edge(&d, 0, 3, ".i", RG_STRENGTH_INFRASTRUCTURE);
    drawing_own(&d, 3, 2, ".t");
    assert_int_equal(d.status, RG_OK);
    static const rg_root roots[] = {{RG_ROOT_MODULE, 0, 0, {"m", 1}},
                                    {RG_ROOT_NATIVE, 2, 2, {NULL, 0}},
                                    {RG_ROOT_PROBABLE, 2, 1, {"the stack of f", 14}},
                                    {RG_ROOT_INTERPRETER, 2, 1, {"atexit callback", 15}},
                                    {RG_ROOT_NATIVE, 3, 7, {NULL, 0}}};
    for (size_t i = 0; i < COUNT_OF(roots); i++)
        assert_int_equal(rg_builder_add_root(d.builder, &roots[i]), RG_OK);
    rg_graph *g = sample_drawn(&d);
    for (size_t limit = 1; limit <= 6; limit++) {
        rg_chains chains = sample_chains(g, 2, limit);
        static const char *const expected[] = {"!0 1 2", "!2", "!2", "!2", "!3 2"};
        static const uint32_t from[] = {0, 3, 2, 1, 4};
        assert_int_equal(chains.count, limit < 5 ? limit : 5);
        assert_int_equal(chains.holder_count, 2);
        assert_int_equal(chains.root_count, 3);
        assert_int_equal(chains.root_references, 4);
        for (size_t i = 0; i < chains.count; i++) {
            sample_assert_chain(g, &chains.items[i], expected[i]);
            assert_int_equal(chains.items[i].root, from[i]);
        }
        rg_chains_dispose(&chains);
    }
    rg_graph_free(g);
}

/* Nothing but C code: one chain, no holder. */
static void a_leaked_reference_is_a_chain_without_a_holder(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_root(&d, RG_ROOT_NATIVE, 1, "");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 1, 10);
    assert_int_equal(chains.count, 1);
    sample_assert_chain(g, &chains.items[0], "!1");
    assert_int_equal(chains.holder_count, 0);
    assert_int_equal(chains.root_count, 1);
    assert_int_equal(chains.items[0].cost, UINT64_C(1) << 32);
    rg_chains_dispose(&chains);
    chains = sample_chains(g, 0, 10);
    assert_int_equal(chains.count, 0);
    assert_int_equal(chains.root_count, 0);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/* The worst names first, by id and by index: M0 ─► holders 1 … ─► T. */
static void of_paths_of_one_cost_the_best_named_is_shown(void **state)
{
    (void)state;
    static const char *const names[] = {"", "slot s", "element", "key", "cell c", ".x", "[3]"};
    for (uint32_t step = 0; step < 3; step++) { /* to the holders, from them, beside each other */
        drawing d = drawing_new(NULL);
        const uint32_t target = COUNT_OF(names) + 1;
        drawing_nodes(&d, target + 1);
        for (uint32_t i = 1; i < target; i++) {
            drawing_own(&d, 0, step == 2 ? 1 : i, step == 1 ? ".x" : names[i - 1]);
            drawing_own(&d, step == 2 ? 1 : i, target, step == 0 ? ".x" : names[i - 1]);
        }
        drawing_root(&d, RG_ROOT_MODULE, 0, "m");
        rg_graph *g = sample_drawn(&d);
        rg_chains chains = sample_chains(g, target, 10);
        const rg_chain *first = &chains.items[0];
        assert_int_equal(first->edge_count, 2);
        assert_int_equal(chains.count, step == 2 ? 1 : COUNT_OF(names));
        if (step > 0) /* going back, the steps next to the target are chosen first */
            assert_int_equal(first->edges[1].name.kind, RG_NAME_ATTRIBUTE);
        if (step == 1)
            assert_int_equal(first->edges[1].from, 6);
        if (step == 2)
            assert_int_equal(first->edges[0].name.kind, RG_NAME_ATTRIBUTE);
        for (size_t i = 1; i < chains.count && step == 1; i++) {
            static const uint32_t order[] = {6, 7, 5, 2, 3, 4, 1}; /* found around those before */
            assert_int_equal(chains.items[i].edges[1].from, order[i]);
        }
        rg_chains_dispose(&chains);
        rg_graph_free(g);
    }
}

/*   M0 ─element─► 1 ─.x─► 3 ─.t─► T5      M0 ─.a─► 2 ─.x─► 4 ─.t─► T5, and 6 is of the same cost as 3, 4 */
static void names_are_compared_step_by_step_from_the_target(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 7);
    drawing_own(&d, 0, 1, "element");
    drawing_own(&d, 0, 2, ".a");
    drawing_own(&d, 1, 3, ".x");
    drawing_own(&d, 1, 4, "key");
    drawing_own(&d, 2, 4, ".x");
    drawing_own(&d, 2, 6, ".x");
    drawing_own(&d, 3, 5, "slot s");
    drawing_own(&d, 4, 5, ".t");
    drawing_own(&d, 6, 5, "element");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 5, 10);
    sample_assert_chain(g, &chains.items[0], "!0 2 4 5");
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_the_target_and_is_no_object_has_a_chain_of_its_own),
        cmocka_unit_test(a_leaked_reference_is_a_chain_without_a_holder),
        cmocka_unit_test(of_paths_of_one_cost_the_best_named_is_shown),
        cmocka_unit_test(names_are_compared_step_by_step_from_the_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
