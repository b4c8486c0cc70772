/* The graph of all shortest paths to an object. */
#include <refgraph/analysis.h>

#include "oom.h"
#include "oracle.h"
#include "samples.h"
#include "test.h"

enum { SMALL = 64 /* nodes of a random graph, at most */ };

static bool is_tight(const uint64_t *cost, const rg_edge *edge, rg_strength weakest)
{
    return oracle_follows(edge->strength, weakest) && cost[edge->from] != RG_UNREACHED &&
           cost[edge->from] + oracle_weight(edge->strength) == cost[edge->to];
}

/* Nodes from which tight edges lead to the target: marked again and again until nothing changes. */
static size_t mark_dag(const rg_graph *g, const uint64_t *cost, rg_strength weakest, bool *is_in,
                       size_t *edges)
{
    size_t nodes = 1;
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        *edges = 0;
        for (uint32_t u = 0; u < rg_graph_node_count(g); u++)
            for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
                const rg_edge edge = rg_graph_edge(g, u, e);
                if (!is_in[edge.to] || !is_tight(cost, &edge, weakest))
                    continue;
                ++*edges;
                nodes += !is_in[u];
                has_changed |= !is_in[u];
                is_in[u] = true;
            }
    }
    return nodes;
}

static void all_shortest_paths_of_random_graphs_are_there(void **state)
{
    (void)state;
    randomness random = {99};
    for (int i = 0; i < 3000; i++) {
        rg_graph *g = sample_random(&random, 20);
        rg_distances d = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
        for (uint32_t target = 0; target < rg_graph_node_count(g); target++) {
            bool is_in[SMALL] = {false};
            size_t edges = 0;
            rg_subgraph dag = {0};
            is_in[target] = true;
            const size_t nodes = mark_dag(g, d.cost, d.weakest, is_in, &edges);
            assert_int_equal(rg_shortest_dag_find(&dag, g, &d, target, 0, NULL), RG_OK);
            assert_int_equal(dag.node_count, nodes);
            assert_int_equal(dag.edge_count, edges);
            assert_int_equal(dag.omission_count, 0);
            assert_int_equal(dag.target_count, 1);
            assert_int_equal(dag.nodes[0], target);
            for (size_t k = 0; k < nodes; k++) {
                assert_true(is_in[dag.nodes[k]]);
                is_in[dag.nodes[k]] = false; /* each once */
                assert_true(!k || d.cost[dag.nodes[k]] <= d.cost[dag.nodes[k - 1]]);
            }
            for (size_t k = 0; k < edges; k++)
                assert_true(is_tight(d.cost, &dag.edges[k], d.weakest));
            rg_subgraph_dispose(&dag);
        }
        rg_distances_dispose(&d);
        rg_graph_free(g);
    }
}

static void what_does_not_fit_into_the_dag_is_counted(void **state)
{
    (void)state;
    rg_graph *g = sample_star(1000);
    rg_distances d = sample_distances(g, RG_STRENGTH_OWN);
    rg_subgraph dag = {0};
    assert_int_equal(rg_shortest_dag_find(&dag, g, &d, 1001, 100, NULL), RG_OK);
    assert_int_equal(dag.node_count, 100);
    assert_int_equal(dag.edge_count, 99);
    assert_int_equal(dag.omission_count, 100); /* at the target, and the root at each leaf */
    assert_int_equal(dag.omissions[0].node, 1001);
    assert_int_equal(dag.omissions[0].count, 1000 - 99);
    assert_true(dag.omissions[0].referrers);
    rg_subgraph_dispose(&dag);
    rg_distances_dispose(&d);
    rg_graph_free(g);
}

static void the_dag_of_a_million_node_chain_is_the_chain(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    rg_distances d = sample_distances(g, RG_STRENGTH_OWN);
    rg_subgraph dag = {0};
    assert_int_equal(rg_shortest_dag_find(&dag, g, &d, MILLION - 1, 2 * MILLION, NULL), RG_OK);
    assert_int_equal(dag.node_count, MILLION);
    assert_int_equal(dag.edge_count, MILLION - 1);
    rg_subgraph_dispose(&dag);
    rg_distances_dispose(&d);
    rg_graph_free(g);
}

static void self_edges_and_what_no_root_reaches_are_a_dag_of_one(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 3);
    drawing_own(&d, 0, 0, ".me");
    drawing_own(&d, 1, 0, ".garbage_refers_to_a_root");
    drawing_own(&d, 1, 2, ".x");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_distances found = sample_distances(g, RG_STRENGTH_OWN);
    for (uint32_t target = 0; target < 3; target++) {
        rg_subgraph dag = {0};
        assert_int_equal(rg_shortest_dag_find(&dag, g, &found, target, 0, NULL), RG_OK);
        assert_int_equal(dag.node_count, 1);
        assert_int_equal(dag.edge_count, 0);
        rg_subgraph_dispose(&dag);
    }
    rg_subgraph dag = {.node_count = 77};
    assert_int_equal(rg_shortest_dag_find(&dag, g, &found, 3, 0, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(dag.node_count, 77);
    rg_distances_dispose(&found);
    rg_graph_free(g);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    rg_distances d = {0};
    rg_status status = rg_distances_find(&d, g, RG_STRENGTH_INFRASTRUCTURE, allocator);
    for (uint32_t target = 0; target < rg_graph_node_count(g) && !status; target++) {
        rg_subgraph dag = {0};
        status = rg_shortest_dag_find(&dag, g, &d, target, 5, allocator);
        rg_subgraph_dispose(&dag);
    }
    rg_distances_dispose(&d);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *g = sample_star(100);
    assert_true(oom_torture(story, g) > 50);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_shortest_paths_of_random_graphs_are_there),
        cmocka_unit_test(what_does_not_fit_into_the_dag_is_counted),
        cmocka_unit_test(the_dag_of_a_million_node_chain_is_the_chain),
        cmocka_unit_test(self_edges_and_what_no_root_reaches_are_a_dag_of_one),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
