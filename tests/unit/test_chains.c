/* Chains from roots to an object, on graphs drawn by hand and on large ones. */
#include <refgraph/analysis.h>

#include "drawing.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

/* ---- by hand ---- */

/*   M0 ──► 1 ──► 2 ──► T5        M0 ──► 4 ──► T5
 *   F6 (frame root) ──local──► T5                         */
static void the_shortest_chain_comes_first_and_the_others_share_no_object(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 7);
    drawing_own(&d, 0, 1, ".a");
    drawing_own(&d, 1, 2, ".b");
    drawing_own(&d, 2, 5, ".c");
    drawing_own(&d, 0, 4, ".d");
    drawing_own(&d, 4, 5, ".e");
    drawing_edge(&d, 6, 5, "local x", RG_STRENGTH_FRAME);
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    drawing_root(&d, RG_ROOT_FRAME, 6, "thread");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 5, 10);
    assert_int_equal(chains.count, 3);
    assert_int_equal(chains.holder_count, 3);
    assert_int_equal(chains.examined, 3);
    assert_int_equal(chains.unreached, 0);
    sample_assert_chain(g, &chains.items[0], "!0 4 5");
    sample_assert_chain(g, &chains.items[1], "!0 1 2 5");
    sample_assert_chain(g, &chains.items[2], "!6 5");
    assert_int_equal(chains.items[2].cost, (UINT64_C(2) << 32) + 1);
    rg_chains_dispose(&chains);
    rg_chains_dispose(&chains);
    chains = sample_chains(g, 5, 2);
    assert_int_equal(chains.count, 2);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/*   M3 ─.first─► 2 ─► T4      M0 ─.second─► 1 ─► T4      M3 is the first root, 1 the lower holder */
static void of_equal_ways_the_one_that_the_roots_reach_first_is_taken(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 5);
    drawing_own(&d, 0, 1, ".second");
    drawing_own(&d, 1, 4, ".t");
    drawing_own(&d, 2, 4, ".t");
    drawing_own(&d, 3, 2, ".first");
    drawing_root(&d, RG_ROOT_MODULE, 3, "m");
    drawing_root(&d, RG_ROOT_MODULE, 0, "n");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 4, 10);
    assert_int_equal(chains.count, 2);
    sample_assert_chain(g, &chains.items[0], "!3 2 4");
    sample_assert_chain(g, &chains.items[1], "!0 1 4");
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/*   M0 ─► list 1 ─[0..4]─► 2..6 ─.user─► T7      five holders, one way to reach them */
static void holders_of_one_shape_are_counted_not_listed(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 8);
    drawing_own(&d, 0, 1, ".sessions");
    for (uint32_t i = 2; i < 7; i++) {
        drawing_own(&d, 1, i, i % 2 ? "[1]" : "[2]");
        drawing_own(&d, i, 7, i == 6 ? ".other" : ".user");
    }
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 7, 10);
    assert_int_equal(chains.count, 2);
    assert_int_equal(chains.holder_count, 5);
    sample_assert_chain(g, &chains.items[0], "!0 1 2 7");
    assert_int_equal(chains.items[0].alike, 3);
    sample_assert_chain(g, &chains.items[1], "0 1 6 7");
    assert_int_equal(chains.items[1].alike, 0);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/*   M0 ─.a─► 1 ─[*]─► 2, 3, 4 ─► T5, by a name that the class answers; 4's is 3's */
static void hidden_attributes_of_different_names_are_not_alike(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 6);
    drawing_own(&d, 0, 1, ".a");
    for (uint32_t i = 2; i < 5; i++) {
        drawing_own(&d, 1, i, "[0]");
        drawing_own(&d, i, 5, i == 2 ? "hidden x" : "hidden y");
    }
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 5, 10);
    assert_int_equal(chains.count, 2);
    assert_int_equal(chains.items[0].alike, 0);
    sample_assert_chain(g, &chains.items[1], "0 1 3 5");
    assert_int_equal(chains.items[1].alike, 1);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/*   M0 ─.a─► 1 ─[*]─► 3, 4 ─.t─► T7      M2 ─.a─► 8 ─[*]─► 5, 6 ─.t─► T7 */
static void chains_from_two_roots_are_not_alike(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 9);
    drawing_own(&d, 0, 1, ".a");
    drawing_own(&d, 2, 8, ".a");
    for (uint32_t i = 3; i < 7; i++) {
        drawing_own(&d, i < 5 ? 1 : 8, i, "[0]");
        drawing_own(&d, i, 7, ".t");
    }
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    drawing_root(&d, RG_ROOT_MODULE, 2, "n");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 7, 10);
    assert_int_equal(chains.count, 2);
    assert_int_equal(chains.items[0].alike, 1);
    assert_int_equal(chains.items[1].alike, 1);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/*   M0 ─► T1 ─► child 2 ─.parent─► T1      garbage 3 ─► T1      4 ─► 5 ─► T1, 4 below the child */
static void holders_behind_the_target_are_unreached(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 6);
    drawing_own(&d, 0, 1, ".t");
    drawing_own(&d, 1, 2, ".child");
    drawing_own(&d, 2, 1, ".parent");
    drawing_own(&d, 3, 1, ".x");
    drawing_own(&d, 2, 4, ".y");
    drawing_own(&d, 4, 5, ".z");
    drawing_own(&d, 5, 1, ".w");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 1, 10);
    assert_int_equal(chains.count, 1);
    sample_assert_chain(g, &chains.items[0], "!0 1");
    assert_int_equal(chains.holder_count, 4);
    assert_int_equal(chains.unreached, 3);
    assert_int_equal(chains.examined, 4);
    rg_chains_dispose(&chains);
    chains = sample_chains(g, 3, 10);
    assert_int_equal(chains.count, 0);
    assert_int_equal(chains.holder_count, 0);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/*   M0 ─► T1 ─► 2 ─► T1     M0 ═[infrastructure]═► 2: the way to 2 around T is dearer than through T */
static void a_holder_is_reached_around_the_target_at_its_true_cost(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 3);
    drawing_own(&d, 0, 1, ".t");
    drawing_own(&d, 1, 2, ".child");
    drawing_own(&d, 2, 1, ".parent");
    drawing_edge(&d, 0, 2, ".i", RG_STRENGTH_INFRASTRUCTURE);
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 1, 10);
    assert_int_equal(chains.count, 2);
    sample_assert_chain(g, &chains.items[1], "!0 2 1");
    assert_int_equal(chains.items[1].cost, (UINT64_C(1) << 32) + 2);
    assert_int_equal(chains.unreached, 0);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/*   M0 ─.__dict__─► 1 ─[a]─► 2 ─► T4
 *                   └─[b]──► 3 ─► T4     the module and its dict may be shared; 1 ═[c],[d]═► 5 */
static void a_root_and_its_dict_are_shared_and_are_one_holder(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 6);
    drawing_own(&d, 0, 1, ".__dict__");
    drawing_own(&d, 1, 2, "[@0]");
    drawing_own(&d, 1, 3, "[@0]");
    drawing_own(&d, 2, 4, ".x");
    drawing_own(&d, 3, 4, ".x");
    drawing_own(&d, 1, 5, "[@2]");
    drawing_own(&d, 1, 5, "[@3]");
    drawing_own(&d, 0, 5, ".md_state");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 4, 10);
    assert_int_equal(chains.count, 2);
    sample_assert_chain(g, &chains.items[0], "!0 1 2 4");
    sample_assert_chain(g, &chains.items[1], "!0 1 3 4");
    rg_chains_dispose(&chains);
    chains = sample_chains(g, 5, 10);
    assert_int_equal(chains.count, 1);
    assert_int_equal(chains.holder_count, 1);
    sample_assert_chain(g, &chains.items[0], "!0 5");
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

static void a_root_is_its_own_first_chain(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 3);
    drawing_own(&d, 0, 1, ".x");
    drawing_own(&d, 1, 1, ".me");
    drawing_own(&d, 0, 2, ".y");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    drawing_root(&d, RG_ROOT_MODULE, 1, "n");
    drawing_root(&d, RG_ROOT_FRAME, 2, "f");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 1, 10);
    assert_int_equal(chains.count, 2);
    sample_assert_chain(g, &chains.items[0], "!1");
    assert_null(chains.items[0].edges);
    sample_assert_chain(g, &chains.items[1], "!0 1");
    assert_int_equal(chains.holder_count, 2);
    assert_int_equal(chains.unreached, 1); /* itself */
    rg_chains_dispose(&chains);
    chains = sample_chains(g, 2, 10); /* a frame root costs more than an own edge */
    assert_int_equal(chains.count, 2);
    sample_assert_chain(g, &chains.items[0], "!0 2");
    sample_assert_chain(g, &chains.items[1], "!2");
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

static void of_parallel_edges_the_strongest_and_lowest_is_shown(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_edge(&d, 0, 1, ".weak", RG_STRENGTH_WEAK);
    drawing_edge(&d, 0, 1, ".i", RG_STRENGTH_INFRASTRUCTURE);
    drawing_own(&d, 0, 1, "[7]");
    drawing_own(&d, 0, 1, "[3]");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 1, 10);
    assert_int_equal(chains.count, 1);
    assert_int_equal(chains.items[0].edges[0].name.value, 7);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(3);
    rg_graph *other = sample_chain(4);
    rg_distances d = sample_distances(g, RG_STRENGTH_OWN);
    rg_chains chains = {.count = 77};
    assert_int_equal(rg_chains_find(&chains, g, &d, 3, 1, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_chains_find(&chains, other, &d, 0, 1, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(chains.count, 77);
    rg_distances_dispose(&d);
    rg_graph_free(g);
    rg_graph_free(other);
    g = sample_empty();
    d = sample_distances(g, RG_STRENGTH_OWN);
    assert_int_equal(rg_chains_find(&chains, g, &d, 0, 1, NULL), RG_ERR_ARGUMENT);
    rg_distances_dispose(&d);
    rg_graph_free(g);
}

/* ---- large ---- */

static void a_million_node_chain_is_one_chain(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    rg_chains chains = sample_chains(g, MILLION - 1, 5);
    assert_int_equal(chains.count, 1);
    assert_int_equal(chains.items[0].edge_count, MILLION - 1);
    for (uint32_t i = 0; i < MILLION - 1; i++)
        assert_int_equal(chains.items[0].edges[i].to, i + 1);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

static void a_million_holders_are_one_shape_and_not_all_examined(void **state)
{
    (void)state;
    rg_graph *g = sample_star(MILLION);
    rg_chains chains = sample_chains(g, MILLION + 1, 5);
    assert_int_equal(chains.holder_count, MILLION);
    assert_int_equal(chains.count, 5); /* independent: each leaf hangs on the root itself */
    assert_true(chains.examined > 4000 && chains.examined < 5000);
    assert_int_equal(chains.items[0].alike, chains.examined - 5);
    rg_chains_dispose(&chains);
    chains = sample_chains(g, MILLION / 2, 5);
    assert_int_equal(chains.count, 1);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/* M0 ─► T1 ─► list 2 ─► a million children, each ─.parent─► T1: all of them behind the target */
static void a_million_children_of_the_target_hold_it_for_nobody(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, MILLION + 3);
    drawing_own(&d, 0, 1, ".t");
    drawing_own(&d, 1, 2, ".children");
    for (uint32_t i = 3; i < MILLION + 3; i++)
        drawing_own(&d, 2, i, "[0]");
    for (uint32_t i = 3; i < MILLION + 3; i++)
        drawing_own(&d, i, 1, ".parent");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_chains chains = sample_chains(g, 1, 5);
    assert_int_equal(chains.count, 1);
    assert_int_equal(chains.holder_count, MILLION + 1);
    assert_true(chains.examined < chains.holder_count);
    assert_int_equal(chains.unreached, chains.examined - 1);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

/* ---- out of memory ---- */

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    rg_distances d = {0};
    rg_status status = rg_distances_find(&d, g, RG_STRENGTH_INFRASTRUCTURE, allocator);
    for (uint32_t target = 0; target < rg_graph_node_count(g) && !status; target++) {
        rg_chains chains = {0};
        status = rg_chains_find(&chains, g, &d, target, 20, allocator);
        rg_chains_dispose(&chains);
    }
    rg_distances_dispose(&d);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {31};
    for (int i = 0; i < 40; i++) {
        rg_graph *g = sample_random(&random, 14);
        assert_true(oom_torture(story, g) > 4);
        rg_graph_free(g);
    }
    rg_graph *g = sample_star(100); /* hubs are indexed */
    assert_true(oom_torture(story, g) > 50);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_chain_comes_first_and_the_others_share_no_object),
        cmocka_unit_test(of_equal_ways_the_one_that_the_roots_reach_first_is_taken),
        cmocka_unit_test(holders_of_one_shape_are_counted_not_listed),
        cmocka_unit_test(hidden_attributes_of_different_names_are_not_alike),
        cmocka_unit_test(chains_from_two_roots_are_not_alike),
        cmocka_unit_test(holders_behind_the_target_are_unreached),
        cmocka_unit_test(a_holder_is_reached_around_the_target_at_its_true_cost),
        cmocka_unit_test(a_root_and_its_dict_are_shared_and_are_one_holder),
        cmocka_unit_test(a_root_is_its_own_first_chain),
        cmocka_unit_test(of_parallel_edges_the_strongest_and_lowest_is_shown),
        cmocka_unit_test(what_is_out_of_range_is_refused),
        cmocka_unit_test(a_million_node_chain_is_one_chain),
        cmocka_unit_test(a_million_holders_are_one_shape_and_not_all_examined),
        cmocka_unit_test(a_million_children_of_the_target_hold_it_for_nobody),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
