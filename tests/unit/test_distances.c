/* The cost from the nearest root to every node. */
#include <refgraph/analysis.h>

#include "drawing.h"
#include "oom.h"
#include "oracle.h"
#include "samples.h"
#include "test.h"

#define COST(weaker, steps) ((uint64_t)(weaker) << 32 | (steps))

/*   M0 ─own─► 1 ─own─► 2 ─own─► 3
 *   └──────infrastructure───────┘      three own edges are cheaper than one that is not */
static void own_edges_are_preferred_however_long(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 4);
    drawing_edge(&d, 0, 3, ".t", RG_STRENGTH_INFRASTRUCTURE);
    for (uint32_t i = 0; i < 3; i++)
        drawing_own(&d, i, i + 1, ".x");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_distances found = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
    assert_int_equal(found.cost[3], COST(0, 3));
    assert_int_equal(found.root[0], 0);
    assert_int_equal(found.root[3], RG_NONE);
    rg_distances_dispose(&found);
    rg_graph_free(g);
}

/*   F0 (frame) ─own─► 1 ─frame─► 2 ─weak─► 3
 *   M1 (module) is node 4, unconnected; node 1 is also reached from 4 by infrastructure */
static void weaker_edges_count_and_weak_ones_are_never_followed(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 5);
    drawing_own(&d, 0, 1, ".x");
    drawing_edge(&d, 1, 2, "local y", RG_STRENGTH_FRAME);
    drawing_edge(&d, 2, 3, "weak", RG_STRENGTH_WEAK);
    drawing_edge(&d, 4, 1, ".z", RG_STRENGTH_INFRASTRUCTURE);
    drawing_root(&d, RG_ROOT_FRAME, 0, "thread");
    drawing_root(&d, RG_ROOT_MODULE, 4, "m");
    rg_graph *g = sample_drawn(&d);
    static const uint64_t all[] = {COST(1, 0), COST(1, 1), COST(2, 2), RG_UNREACHED, COST(0, 0)};
    static const uint64_t own[] = {COST(1, 0), COST(1, 1), RG_UNREACHED, RG_UNREACHED, COST(0, 0)};
    for (int weakest = RG_STRENGTH_OWN; weakest <= RG_STRENGTH_WEAK; weakest++) {
        rg_distances found = sample_distances(g, (rg_strength)weakest);
        assert_memory_equal(found.cost, weakest ? all : own, sizeof all);
        rg_distances_dispose(&found);
    }
    rg_graph_free(g);
}

/* From the one that tells most to the one that tells least. */
static const rg_root_kind by_rank[] = {RG_ROOT_MODULE, RG_ROOT_THREAD,   RG_ROOT_FRAME,
                                       RG_ROOT_TYPE,   RG_ROOT_PROBABLE, RG_ROOT_NATIVE};

static void of_several_roots_on_a_node_the_one_that_tells_most_counts(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < COUNT_OF(by_rank);
         first++) { /* what is missing does not matter */
        drawing d = drawing_new(NULL);
        drawing_nodes(&d, 2);
        drawing_own(&d, 0, 1, ".x");
        for (uint32_t i = first; i < COUNT_OF(by_rank); i++)
            drawing_root(&d, by_rank[i], 0, "ascending");
        for (size_t i = COUNT_OF(by_rank); i-- > first;)
            drawing_root(&d, by_rank[i], 1, "descending");
        rg_graph *g = sample_drawn(&d);
        rg_distances found = sample_distances(g, RG_STRENGTH_OWN);
        const uint64_t cost = first == 0 ? COST(0, 0) : first == 1 ? COST(0, 3) : COST(1, 0);
        assert_int_equal(rg_graph_root(g, found.root[0]).kind, by_rank[first]);
        assert_int_equal(rg_graph_root(g, found.root[1]).kind, by_rank[first]);
        assert_int_equal(found.cost[0], cost);
        assert_int_equal(found.cost[1], cost);
        rg_distances_dispose(&found);
        rg_graph_free(g);
    }
}

static void of_roots_that_tell_as_much_the_first_counts(void **state)
{
    (void)state;
    static const rg_root_kind kinds[] = {RG_ROOT_OTHER, RG_ROOT_INTERPRETER, RG_ROOT_THREAD};
    for (uint32_t i = 0; i < 3; i++) {
        drawing d = drawing_new(NULL);
        drawing_nodes(&d, 1);
        drawing_root(&d, RG_ROOT_NATIVE, 0, "");
        for (uint32_t k = 0; k < 3; k++)
            drawing_root(&d, kinds[(i + k) % 3], 0, "a root");
        rg_graph *g = sample_drawn(&d);
        rg_distances found = sample_distances(g, RG_STRENGTH_OWN);
        assert_int_equal(found.root[0], 1);
        rg_distances_dispose(&found);
        rg_graph_free(g);
    }
}

/*   M0 ─.__dict__─► 1 ─[k]─► 2 ─► 3 ─► 4      2 is a root of the interpreter too, 5 is one only, 5 ─► 4, 6 */
static void what_a_module_names_is_told_by_the_module(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 7);
    drawing_own(&d, 0, 1, ".__dict__");
    drawing_own(&d, 1, 2, "[@0]");
    drawing_own(&d, 2, 3, ".x");
    drawing_own(&d, 3, 4, ".y");
    drawing_own(&d, 5, 4, ".z");
    drawing_own(&d, 5, 6, ".w");
    drawing_root(&d, RG_ROOT_INTERPRETER, 5, "atexit callback");
    drawing_root(&d, RG_ROOT_INTERPRETER, 2, "gc.callbacks");
    drawing_root(&d, RG_ROOT_MODULE, 0, "gc");
    rg_graph *g = sample_drawn(&d);
    rg_distances found = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
    static const uint64_t costs[] = {0, 1, 2, 3, 4, 3, 4};
    static const uint32_t via[] = {RG_NONE, 0, 1, 2, 3, RG_NONE, 5};
    assert_memory_equal(found.cost, costs, sizeof costs);
    assert_memory_equal(found.via, via, sizeof via);
    rg_distances_dispose(&found);
    rg_graph_free(g);
}

/*   M0 ═► 1 ─► 2 ─► x, y, z      M0 ═► 3 ─► x, y, z      ═ is not own: 3 is to be done before 2 */
static void nodes_are_done_in_the_order_of_their_cost(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 7);
    drawing_edge(&d, 0, 1, ".a", RG_STRENGTH_INFRASTRUCTURE);
    drawing_edge(&d, 0, 3, ".b", RG_STRENGTH_INFRASTRUCTURE);
    drawing_own(&d, 1, 2, ".c");
    for (uint32_t i = 4; i < 7; i++) {
        drawing_own(&d, 2, i, ".x");
        drawing_own(&d, 3, i, ".x");
    }
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    oom memory = oom_counting();
    const rg_allocator allocator = oom_allocator(&memory);
    rg_distances found = {0};
    assert_int_equal(rg_distances_find(&found, g, RG_STRENGTH_INFRASTRUCTURE, &allocator), RG_OK);
    for (uint32_t i = 4; i < 7; i++)
        assert_int_equal(found.cost[i], COST(1, 2));
    rg_distances_dispose(&found);
    assert_int_equal(memory.overruns, 0); /* the queues have room for each node once */
    assert_int_equal(memory.live_bytes, 0);
    rg_graph_free(g);
}

static void no_node_one_node_and_self_edges(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_distances found = sample_distances(empty, RG_STRENGTH_OWN);
    rg_distances_dispose(&found);
    rg_distances_dispose(&found);
    rg_graph_free(empty);

    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 0, ".me");
    drawing_own(&d, 1, 1, ".me");
    drawing_own(&d, 1, 1, ".me");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    found = sample_distances(g, RG_STRENGTH_OWN);
    assert_int_equal(found.cost[0], 0);
    assert_int_equal(found.cost[1], RG_UNREACHED);
    rg_distances_dispose(&found);
    rg_graph_free(g);
}

static void random_graphs_agree_with_bellman_and_ford(void **state)
{
    (void)state;
    randomness random = {11};
    for (int i = 0; i < 20000; i++) {
        rg_graph *g = sample_random(&random, i % 10 ? 12 : 60);
        const rg_strength weakest = (rg_strength)random_below(&random, 4);
        uint64_t expected[200];
        rg_distances found = sample_distances(g, weakest);
        oracle_costs(g, weakest, NULL, expected);
        assert_memory_equal(found.cost, expected, found.node_count * sizeof *expected);
        rg_distances_dispose(&found);
        rg_graph_free(g);
    }
}

static void a_chain_and_a_star_of_a_million_nodes(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    rg_distances found = sample_distances(g, RG_STRENGTH_OWN);
    for (uint32_t i = 0; i < MILLION; i++)
        assert_true(found.cost[i] == i);
    rg_distances_dispose(&found);
    rg_graph_free(g);
    g = sample_star(MILLION);
    found = sample_distances(g, RG_STRENGTH_OWN);
    assert_int_equal(found.cost[MILLION], 1);
    assert_int_equal(found.cost[MILLION + 1], 2);
    rg_distances_dispose(&found);
    rg_graph_free(g);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    rg_distances found = {0};
    const rg_status status = rg_distances_find(&found, context, RG_STRENGTH_FRAME, allocator);
    rg_distances_dispose(&found);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(100);
    assert_true(oom_torture(story, g) > 2);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_edges_are_preferred_however_long),
        cmocka_unit_test(weaker_edges_count_and_weak_ones_are_never_followed),
        cmocka_unit_test(of_several_roots_on_a_node_the_one_that_tells_most_counts),
        cmocka_unit_test(of_roots_that_tell_as_much_the_first_counts),
        cmocka_unit_test(what_a_module_names_is_told_by_the_module),
        cmocka_unit_test(nodes_are_done_in_the_order_of_their_cost),
        cmocka_unit_test(no_node_one_node_and_self_edges),
        cmocka_unit_test(random_graphs_agree_with_bellman_and_ford),
        cmocka_unit_test(a_chain_and_a_star_of_a_million_nodes),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
