/* A chain added to a neighbourhood: all of it is there, nothing twice, and what was there stays. */
#include "drawing.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

#include <refgraph/analysis.h>

static bool has_node(const rg_subgraph *sub, uint32_t node)
{
    size_t i = 0;
    while (i < sub->node_count && sub->nodes[i] != node)
        i++;
    return i < sub->node_count;
}

static const rg_edge *edge_at(const rg_subgraph *sub, uint64_t index)
{
    for (size_t i = 0; i < sub->edge_count; i++) {
        if (sub->edges[i].index == index)
            return &sub->edges[i];
    }
    return NULL;
}

static void assert_is_a_selection(const rg_subgraph *sub)
{
    for (size_t i = 0; i < sub->node_count; i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(sub->nodes[i], sub->nodes[k]);
    }
    for (size_t i = 0; i < sub->edge_count; i++) {
        assert_true(has_node(sub, sub->edges[i].from));
        assert_true(has_node(sub, sub->edges[i].to));
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(sub->edges[i].index, sub->edges[k].index);
    }
    for (size_t i = 0; i < sub->omission_count; i++) {
        assert_true(has_node(sub, sub->omissions[i].node));
        assert_true(sub->omissions[i].count > 0);
    }
}

/* The edges that a chain shows lead from its root to its end, one by one. */
static void assert_leads_to_the_end(const rg_subgraph *sub, const rg_chain *chain, uint32_t root)
{
    uint32_t at = root;
    for (size_t i = 0; i < chain->edge_count; i++) {
        const rg_edge *edge = edge_at(sub, chain->edges[i].index);
        if (!edge) /* an owner's `__dict__`: its items are its owner's */
            continue;
        assert_int_equal(edge->from, at);
        at = edge->to;
    }
    if (chain->edge_count)
        assert_int_equal(at, chain->edges[chain->edge_count - 1].to);
}

static rg_status find_chain(rg_chains *out, const rg_graph *g, uint32_t target)
{
    rg_distances distances = {0};
    rg_status status = rg_distances_find(&distances, g, RG_STRENGTH_INFRASTRUCTURE, NULL);
    if (!status)
        status = rg_chains_find(out, g, &distances, target, 1, NULL);
    rg_distances_dispose(&distances);
    return status;
}

/*  module 0 → dict 1 → (a) 2 → (x) 3 → 4 the target ← 5, 6, 7
 *               `.__dict__`, folds                                         */
static rg_status draw_module(rg_graph **out, const rg_allocator *allocator)
{
    drawing d = drawing_new(allocator);
    drawing_nodes(&d, 8);
    drawing_own(&d, 0, 1, ".__dict__");
    drawing_own(&d, 1, 2, "['a']");
    drawing_own(&d, 2, 3, ".x");
    drawing_own(&d, 3, 4, "[0]");
    for (uint32_t i = 5; i < 8; i++)
        drawing_own(&d, i, 4, ".y");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    return drawing_finish(&d, out);
}

static void a_chain_comes_in_folded_and_next_after_the_target(void **state)
{
    (void)state;
    rg_graph *g = NULL;
    rg_chains chains = {0};
    rg_subgraph sub = {0};
    const uint32_t target = 4;
    const rg_neighbourhood_options options = {.depth = 1, .too_many = 4};
    assert_int_equal(draw_module(&g, NULL), RG_OK);
    assert_int_equal(find_chain(&chains, g, target), RG_OK);
    assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, &options, NULL), RG_OK);
    assert_int_equal(
        rg_subgraph_add_chain(&sub, g, chains.items[0].edges, chains.items[0].edge_count, &options),
        RG_OK);
    assert_is_a_selection(&sub);
    assert_leads_to_the_end(&sub, &chains.items[0], 0);
    const uint32_t expected[] = {4, 3, 2, 0, 5, 6, 7}; /* no 1: it is folded into 0 */
    assert_int_equal(sub.node_count, COUNT_OF(expected));
    assert_memory_equal(sub.nodes, expected, sizeof expected);
    const rg_edge *folded = edge_at(&sub, chains.items[0].edges[1].index);
    assert_non_null(folded);
    assert_true(folded->folded);
    assert_int_equal(folded->from, 0);
    assert_int_equal(folded->to, 2);
    rg_subgraph_dispose(&sub);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

static void an_omission_loses_what_the_chain_brings_in(void **state)
{
    (void)state;
    for (uint32_t too_many = 1; too_many <= 4; too_many++) {
        drawing d = drawing_new(NULL);
        rg_graph *g = NULL;
        rg_chains chains = {0};
        rg_subgraph sub = {0};
        drawing_nodes(&d, 5); /* 1, 2, 3 and 4 refer to 0; 4 is a root */
        for (uint32_t i = 1; i < 5; i++)
            drawing_own(&d, i, 0, ".x");
        drawing_root(&d, RG_ROOT_MODULE, 4, "m");
        assert_int_equal(drawing_finish(&d, &g), RG_OK);
        const uint32_t target = 0;
        const rg_neighbourhood_options options = {.depth = 1, .too_many = too_many};
        assert_int_equal(find_chain(&chains, g, target), RG_OK);
        assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, &options, NULL), RG_OK);
        assert_int_equal(rg_subgraph_add_chain(&sub, g, chains.items[0].edges, 1, &options), RG_OK);
        assert_is_a_selection(&sub);
        uint64_t left_out = 0;
        for (size_t i = 0; i < sub.omission_count; i++)
            left_out += sub.omissions[i].count;
        assert_int_equal(sub.node_count + left_out, 5);
        assert_int_equal(sub.nodes[1], 4);
        rg_subgraph_dispose(&sub);
        rg_chains_dispose(&chains);
        rg_graph_free(g);
    }
}

static void no_chain_changes_nothing(void **state)
{
    (void)state;
    rg_graph *g = NULL;
    rg_subgraph sub = {0};
    const uint32_t target = 4;
    assert_int_equal(draw_module(&g, NULL), RG_OK);
    assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, NULL, NULL), RG_OK);
    const rg_subgraph before = sub;
    assert_int_equal(rg_subgraph_add_chain(&sub, g, NULL, 0, NULL), RG_OK);
    assert_memory_equal(&sub, &before, sizeof sub);
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
}

static void try_random_graph(randomness *random)
{
    rg_graph *g = sample_random(random, 12);
    const uint32_t target = random_below(random, rg_graph_node_count(g));
    const rg_neighbourhood_options options = {
        .direction = (rg_direction)random_below(random, 2),
        .depth = 1 + random_below(random, 3),
        .too_many = 1 + random_below(random, 4),
        .max_nodes = 1 + random_below(random, 12),
        .weakest = (rg_strength)random_below(random, RG_STRENGTH_WEAK + 1),
        .keep_dicts = random_below(random, 2),
    };
    rg_chains chains = {0};
    rg_subgraph before = {0};
    rg_subgraph sub = {0};
    assert_int_equal(find_chain(&chains, g, target), RG_OK);
    assert_int_equal(rg_neighbourhood_find(&before, g, &target, 1, &options, NULL), RG_OK);
    assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, &options, NULL), RG_OK);
    for (size_t c = 0; c < chains.count; c++) {
        const rg_chain *chain = &chains.items[c];
        assert_int_equal(rg_subgraph_add_chain(&sub, g, chain->edges, chain->edge_count, &options),
                         RG_OK);
        assert_is_a_selection(&sub);
        assert_leads_to_the_end(&sub, chain, rg_graph_root(g, chain->root).node);
    }
    assert_int_equal(sub.nodes[0], target);
    for (size_t i = 0; i < before.node_count; i++)
        assert_true(has_node(&sub, before.nodes[i]));
    for (size_t i = 0; i < before.edge_count; i++)
        assert_non_null(edge_at(&sub, before.edges[i].index));
    rg_subgraph_dispose(&sub);
    rg_subgraph_dispose(&before);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

static void chains_of_random_graphs_are_all_there(void **state)
{
    (void)state;
    randomness random = {.state = 11};
    for (int round = 0; round < 5000; round++)
        try_random_graph(&random);
}

static void a_chain_of_a_million_is_added(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    rg_chains chains = {0};
    rg_subgraph sub = {0};
    const uint32_t target = MILLION - 1;
    assert_int_equal(find_chain(&chains, g, target), RG_OK);
    assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, NULL, NULL), RG_OK);
    assert_int_equal(
        rg_subgraph_add_chain(&sub, g, chains.items[0].edges, chains.items[0].edge_count, NULL),
        RG_OK);
    assert_int_equal(sub.node_count, MILLION);
    assert_int_equal(sub.edge_count, MILLION - 1);
    assert_int_equal(sub.nodes[MILLION - 1], 0);
    rg_subgraph_dispose(&sub);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    (void)context;
    rg_graph *g = NULL;
    rg_chains chains = {0};
    rg_subgraph sub = {0};
    const uint32_t target = 4;
    const rg_neighbourhood_options options = {.depth = 1, .too_many = 2};
    rg_status status = draw_module(&g, allocator);
    if (!status)
        status = find_chain(&chains, g, target);
    if (!status)
        status = rg_neighbourhood_find(&sub, g, &target, 1, &options, NULL);
    if (!status) {
        const size_t nodes = sub.node_count;
        const size_t edges = sub.edge_count;
        status = rg_subgraph_add_chain(&sub, g, chains.items[0].edges, chains.items[0].edge_count,
                                       &options);
        assert_is_a_selection(&sub);
        if (status) {
            assert_int_equal(sub.node_count, nodes);
            assert_int_equal(sub.edge_count, edges);
        }
    }
    rg_subgraph_dispose(&sub);
    rg_chains_dispose(&chains);
    rg_graph_free(g);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(story, NULL) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_comes_in_folded_and_next_after_the_target),
        cmocka_unit_test(an_omission_loses_what_the_chain_brings_in),
        cmocka_unit_test(no_chain_changes_nothing),
        cmocka_unit_test(chains_of_random_graphs_are_all_there),
        cmocka_unit_test(a_chain_of_a_million_is_added),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
