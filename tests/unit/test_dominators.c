/* Dominators of flow graphs. */
#include "analysis/flow.h"

#include "oom.h"
#include "random.h"
#include "test.h"

enum { MILLION = 1000000 };

/* A flow graph of its own arrays, edges in the order of adding within a node. */
typedef struct edges {
    uint32_t node_count;
    uint64_t count;
    uint32_t *from, *to; /* capacity as given to edges_new */
    uint64_t *offsets;
    uint32_t *targets;
    rg__flow_edges both; /* directions */
    uint32_t start;
} edges;

static edges edges_new(uint32_t node_count, size_t capacity)
{
    edges e = {.node_count = node_count};
    e.from = malloc((capacity + 1) * sizeof *e.from);
    e.to = malloc((capacity + 1) * sizeof *e.to);
    assert_true(e.from && e.to);
    return e;
}

static void edges_add(edges *e, uint32_t from, uint32_t to)
{
    e->from[e->count] = from;
    e->to[e->count++] = to;
}

static rg__flow edges_flow(edges *e, uint32_t root)
{
    e->offsets = calloc((size_t)e->node_count + 2, sizeof *e->offsets);
    e->targets = malloc((e->count ? e->count : 1) * sizeof *e->targets);
    assert_true(e->offsets && e->targets);
    for (uint64_t i = 0; i < e->count; i++)
        e->offsets[e->from[i] + 2]++;
    for (uint32_t v = 0; v < e->node_count; v++)
        e->offsets[v + 2] += e->offsets[v + 1];
    for (uint64_t i = 0; i < e->count; i++)
        e->targets[e->offsets[e->from[i] + 1]++] = e->to[i];
    const rg_allocator a = rg_allocator_default();
    assert_int_equal(rg__flow_edges_make(&e->both, e->node_count, e->offsets, e->targets, NULL, &a),
                     RG_OK);
    e->start = root;
    return rg__flow_of(&e->both, &e->start, 1, NULL);
}

static void edges_free(edges *e)
{
    free(e->from);
    free(e->to);
    rg__flow_edges_dispose(&e->both);
    free(e->offsets);
    free(e->targets);
}

static rg__dominators dominators_of(const rg__flow *flow)
{
    rg__dominators found = {0};
    assert_int_equal(rg__dominators_find(&found, flow, NULL), RG_OK);
    assert_int_equal(found.count, flow->count);
    return found;
}

/*           ┌─► 1 ─► 3 ─┐
 *   root 0 ─┤           ├─► 4 ─► 5 ─► 6      1 and 2 are no way round each other: 0 dominates 4.
 *           └─► 2 ──────┘   ▲─────────┘      7 ─► 4 is not reached */
static void a_node_is_dominated_by_what_every_way_leads_through(void **state)
{
    (void)state;
    static const uint32_t list[][2] = {{0, 1}, {1, 3}, {0, 2}, {3, 4}, {2, 4},
                                       {4, 5}, {5, 6}, {6, 4}, {7, 4}};
    edges e = edges_new(8, COUNT_OF(list));
    for (size_t i = 0; i < COUNT_OF(list); i++)
        edges_add(&e, list[i][0], list[i][1]);
    const rg__flow flow = edges_flow(&e, 0);
    rg__dominators found = dominators_of(&flow);
    static const uint32_t expected[] = {RG_NONE, 0, 0, 1, 0, 4, 5, RG_NONE};
    assert_memory_equal(found.idom, expected, sizeof expected);
    assert_int_equal(found.reached, 8);
    assert_int_equal(found.order[0], 8);
    assert_int_equal(found.order[1], 0);
    rg__dominators_dispose(&found);
    edges_free(&e);
}

static void no_node_one_node_self_edges_and_parallel_edges(void **state)
{
    (void)state;
    edges none = edges_new(0, 0);
    rg__flow flow = edges_flow(&none, 0);
    flow.start_count = 0;
    rg__dominators found = dominators_of(&flow);
    assert_int_equal(found.reached, 1);
    rg__dominators_dispose(&found);
    rg__dominators_dispose(&found);
    edges_free(&none);

    edges one = edges_new(1, 0);
    flow = edges_flow(&one, 0);
    found = dominators_of(&flow);
    assert_int_equal(found.reached, 2);
    assert_int_equal(found.idom[0], RG_NONE);
    rg__dominators_dispose(&found);
    edges_free(&one);

    edges e = edges_new(3, 8);
    edges_add(&e, 2, 2);
    edges_add(&e, 2, 1);
    edges_add(&e, 2, 1);
    edges_add(&e, 1, 1);
    edges_add(&e, 1, 0);
    edges_add(&e, 1, 0);
    edges_add(&e, 0, 2); /* into the root */
    flow = edges_flow(&e, 2);
    found = dominators_of(&flow);
    static const uint32_t expected[] = {1, 2, RG_NONE};
    assert_memory_equal(found.idom, expected, sizeof expected);
    rg__dominators_dispose(&found);
    edges_free(&e);
}

enum { MOST = 64 };

/* Bit v: reached from the root around `avoided` (RG_NONE: nothing). */
static uint64_t reached_around(const edges *e, uint32_t root, uint32_t avoided)
{
    uint64_t reached = root == avoided ? 0 : UINT64_C(1) << root;
    uint64_t before = 0;
    while (reached != before) {
        before = reached;
        for (uint64_t i = 0; i < e->count; i++)
            if (reached >> e->from[i] & 1 && e->to[i] != avoided)
                reached |= UINT64_C(1) << e->to[i];
    }
    return reached;
}

/* Each in front of what it dominates, each reached node once, the root first. */
static void assert_order(const rg__dominators *found, uint64_t reached, uint32_t root)
{
    uint64_t seen = 0;
    for (uint32_t i = 1; i < found->reached; i++) {
        const uint32_t v = found->order[i];
        assert_true(v < found->count && !(seen >> v & 1));
        if (v != root)
            assert_true(seen >> found->idom[v] & 1);
        seen |= UINT64_C(1) << v;
    }
    assert_true(seen == reached);
    assert_int_equal(found->order[0], found->count);
    assert_int_equal(found->order[1], root);
}

static void assert_dominators(edges *e, uint32_t root)
{
    const rg__flow flow = edges_flow(e, root);
    const uint64_t all = reached_around(e, root, RG_NONE);
    uint64_t without[MOST]; /* bit v: u does not dominate v */
    for (uint32_t u = 0; u < e->node_count; u++)
        without[u] = reached_around(e, root, u);
    rg__dominators found = dominators_of(&flow);
    for (uint32_t v = 0; v < e->node_count; v++) {
        const uint32_t idom = found.idom[v];
        if (v == root || !(all >> v & 1)) {
            assert_int_equal(idom, RG_NONE);
            continue;
        }
        assert_true(idom < e->node_count && idom != v && !(without[idom] >> v & 1));
        for (uint32_t u = 0; u < e->node_count; u++) /* every other one dominates it too */
            if (u != v && !(without[u] >> v & 1))
                assert_true(!(without[u] >> idom & 1));
    }
    assert_order(&found, all, root);
    rg__dominators_dispose(&found);
}

static void random_graphs_agree_with_what_is_reached_around_each_node(void **state)
{
    (void)state;
    randomness random = {3};
    for (int i = 0; i < 40000; i++) {
        const uint32_t nodes = 1 + random_below(&random, i % 20 ? 14 : MOST);
        const uint32_t count = random_below(&random, 3 * nodes + 1);
        edges e = edges_new(nodes, count + nodes);
        for (uint32_t k = 0; k < count; k++)
            edges_add(&e, random_below(&random, nodes), random_below(&random, nodes));
        if (i % 2) /* all is reached, along one deep path */
            for (uint32_t v = 0; v + 1 < nodes; v++)
                edges_add(&e, v, v + 1);
        assert_dominators(&e, i % 2 ? 0 : random_below(&random, nodes));
        edges_free(&e);
    }
}

static void in_a_chain_of_a_million_nodes_each_dominates_the_next(void **state)
{
    (void)state;
    edges e = edges_new(MILLION, (size_t)2 * MILLION);
    for (uint32_t v = 0; v + 1 < MILLION; v++) {
        edges_add(&e, v, v + 1);
        edges_add(&e, v + 1, v); /* and back: a doubly linked list */
    }
    const rg__flow flow = edges_flow(&e, 0);
    rg__dominators found = dominators_of(&flow);
    for (uint32_t v = 1; v < MILLION; v++)
        assert_true(found.idom[v] == v - 1 && found.order[v + 1] == v);
    rg__dominators_dispose(&found);
    edges_free(&e);
}

/*   0 ─► 1 ─► 2 ─► … ─► 999999         each link has an item, which the root holds too:
 *        ▼    ▼                        a climb from each link to the root, link by link, would be
 *       item item  …  ◄─── 0           10^12 / 2 steps */
static void items_of_a_long_list_that_the_root_holds_too_take_no_climb_each(void **state)
{
    (void)state;
    edges e = edges_new(2 * MILLION, (size_t)3 * MILLION);
    for (uint32_t v = 0; v + 1 < MILLION; v++)
        edges_add(&e, v, v + 1);
    for (uint32_t v = 0; v < MILLION; v++) {
        edges_add(&e, v, MILLION + v);
        edges_add(&e, 0, MILLION + v);
    }
    const rg__flow flow = edges_flow(&e, 0);
    rg__dominators found = dominators_of(&flow);
    for (uint32_t v = 1; v < MILLION; v++)
        assert_true(found.idom[v] == v - 1 && found.idom[MILLION + v] == 0);
    rg__dominators_dispose(&found);
    edges_free(&e);
}

static void a_star_of_a_million_leaves_hangs_on_its_centre(void **state)
{
    (void)state;
    edges e = edges_new(MILLION + 2, (size_t)2 * MILLION);
    for (uint32_t v = 1; v <= MILLION; v++) {
        edges_add(&e, 0, v);
        edges_add(&e, v, MILLION + 1);
    }
    const rg__flow flow = edges_flow(&e, 0);
    oom memory = oom_counting();
    const rg_allocator allocator = oom_allocator(&memory);
    rg__dominators found = {0};
    assert_int_equal(rg__dominators_find(&found, &flow, &allocator), RG_OK);
    for (uint32_t v = 1; v < MILLION + 2; v++)
        assert_true(found.idom[v] == 0);
    rg__dominators_dispose(&found);
    assert_int_equal(memory.peak_bytes, 24 * ((size_t)flow.count + 1));
    assert_int_equal(memory.overruns, 0);
    assert_int_equal(memory.live_bytes, 0);
    edges_free(&e);
}

/* Every node leads to every other one: the root alone dominates. */
static void in_a_complete_graph_only_the_root_dominates(void **state)
{
    (void)state;
    enum { NODES = 1000 };
    edges e = edges_new(NODES, (size_t)NODES * NODES);
    for (uint32_t u = 0; u < NODES; u++)
        for (uint32_t v = 0; v < NODES; v++)
            edges_add(&e, u, v);
    const rg__flow flow = edges_flow(&e, 7);
    rg__dominators found = dominators_of(&flow);
    for (uint32_t v = 0; v < NODES; v++)
        assert_int_equal(found.idom[v], v == 7 ? RG_NONE : 7);
    rg__dominators_dispose(&found);
    edges_free(&e);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    rg__dominators found = {0};
    const rg_status status = rg__dominators_find(&found, context, allocator);
    rg__dominators_dispose(&found);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    edges e = edges_new(100, 200);
    for (uint32_t v = 0; v + 1 < 100; v++) {
        edges_add(&e, v, v + 1);
        edges_add(&e, 0, v);
    }
    rg__flow flow = edges_flow(&e, 0);
    assert_true(oom_torture(story, &flow) > 5);
    edges_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_is_dominated_by_what_every_way_leads_through),
        cmocka_unit_test(no_node_one_node_self_edges_and_parallel_edges),
        cmocka_unit_test(random_graphs_agree_with_what_is_reached_around_each_node),
        cmocka_unit_test(in_a_chain_of_a_million_nodes_each_dominates_the_next),
        cmocka_unit_test(items_of_a_long_list_that_the_root_holds_too_take_no_climb_each),
        cmocka_unit_test(a_star_of_a_million_leaves_hangs_on_its_centre),
        cmocka_unit_test(in_a_complete_graph_only_the_root_dominates),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
