/* What is around some objects, with every `__dict__` folded into its owner. */
#include <refgraph/analysis.h>

#include "drawing.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

static rg_subgraph around(const rg_graph *g, uint32_t target, rg_neighbourhood_options options)
{
    rg_subgraph sub = {0};
    assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, &options, NULL), RG_OK);
    assert_int_equal(sub.nodes[0], target);
    assert_int_equal(sub.target_count, 1);
    return sub;
}

static bool has_node(const rg_subgraph *sub, uint32_t node)
{
    size_t i = 0;
    while (i < sub->node_count && sub->nodes[i] != node)
        i++;
    return i < sub->node_count;
}

static const rg_edge *edge_between(const rg_subgraph *sub, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < sub->edge_count; i++)
        if (sub->edges[i].from == from && sub->edges[i].to == to)
            return &sub->edges[i];
    return NULL;
}

/*   M0 ─.__dict__─► D1 ─[k2]─► 3 ─.a─► 4        k2 is the key of 3, and D1 ─key─► k2 */
static drawing module_with_dict(void)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_str(&d, "k");
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 1, ".__dict__");
    drawing_own(&d, 1, 2, "key");
    drawing_own(&d, 1, 3, "[@2]");
    drawing_own(&d, 3, 4, ".a");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    return d;
}

static void a_dict_is_folded_into_its_owner_both_ways(void **state)
{
    (void)state;
    drawing d = module_with_dict();
    rg_graph *g = sample_drawn(&d);
    for (int direction = RG_REFERRERS; direction <= RG_REFERENTS; direction++) {
        const uint32_t target = direction == RG_REFERRERS ? 4 : 0;
        rg_subgraph sub =
            around(g, target, (rg_neighbourhood_options){.direction = (rg_direction)direction});
        assert_int_equal(sub.node_count, 3);
        assert_int_equal(sub.edge_count, 2);
        assert_false(has_node(&sub, 1));
        const rg_edge *edge = edge_between(&sub, 0, 3);
        assert_non_null(edge);
        assert_true(edge->folded);
        assert_int_equal(edge->name.kind, RG_NAME_KEY);
        assert_int_equal(edge->index, rg_graph_edges_begin(g, 1) + 1);
        assert_false(edge_between(&sub, 3, 4)->folded);
        rg_subgraph_dispose(&sub);
        rg_subgraph_dispose(&sub);
    }
    rg_graph_free(g);
}

static void a_dict_that_was_asked_for_or_is_kept_is_shown(void **state)
{
    (void)state;
    drawing d = module_with_dict();
    rg_graph *g = sample_drawn(&d);
    rg_subgraph sub = around(g, 1, (rg_neighbourhood_options){.direction = RG_REFERRERS});
    assert_int_equal(sub.node_count, 2);
    assert_non_null(edge_between(&sub, 0, 1));
    rg_subgraph_dispose(&sub);
    sub = around(g, 1, (rg_neighbourhood_options){.direction = RG_REFERENTS});
    assert_non_null(edge_between(&sub, 1, 3));
    assert_false(edge_between(&sub, 1, 3)->folded);
    assert_false(has_node(&sub, 2)); /* a str that is a key says nothing new */
    rg_subgraph_dispose(&sub);
    sub = around(g, 4, (rg_neighbourhood_options){.keep_dicts = true, .depth = 9});
    assert_int_equal(sub.node_count, 4);
    assert_non_null(edge_between(&sub, 0, 1));
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
}

/* A second own reference to the dict unfolds it; a function's globals do not, and point to the module. */
static void only_the_owner_may_hold_a_folded_dict(void **state)
{
    (void)state;
    drawing d = module_with_dict();
    const uint32_t function = drawing_nodes(&d, 1);
    drawing_edge(&d, function, 1, ".__globals__", RG_STRENGTH_INFRASTRUCTURE);
    rg_graph *g = sample_drawn(&d);
    rg_subgraph sub = around(g, function,
                             (rg_neighbourhood_options){.direction = RG_REFERENTS,
                                                        .weakest = RG_STRENGTH_INFRASTRUCTURE});
    assert_non_null(edge_between(&sub, function, 0));
    assert_non_null(edge_between(&sub, 0, 3));
    assert_false(has_node(&sub, 1));
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);

    d = module_with_dict();
    const uint32_t other = drawing_nodes(&d, 1);
    drawing_own(&d, other, 1, ".namespace");
    g = sample_drawn(&d);
    sub = around(g, 3, (rg_neighbourhood_options){0});
    assert_int_equal(sub.node_count, 4);
    assert_non_null(edge_between(&sub, 1, 3));
    assert_non_null(edge_between(&sub, other, 1));
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
}

/* Two objects that share one dict, and a dict that holds more than keys and values. */
static void a_dict_that_is_more_than_its_owners_is_not_folded(void **state)
{
    (void)state;
    drawing d = module_with_dict();
    const uint32_t sharer = drawing_nodes(&d, 1);
    drawing_own(&d, sharer, 1, ".__dict__");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph sub = around(g, 3, (rg_neighbourhood_options){0});
    assert_non_null(edge_between(&sub, 1, 3));
    assert_non_null(edge_between(&sub, 0, 1));
    assert_non_null(edge_between(&sub, sharer, 1));
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);

    d = module_with_dict();
    drawing_own(&d, 1, 4, ".default_factory");
    g = sample_drawn(&d);
    sub = around(g, 4, (rg_neighbourhood_options){0});
    assert_non_null(edge_between(&sub, 1, 4));
    assert_non_null(edge_between(&sub, 1, 3));
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
}

/* A list of 100 objects, each twice: all edges are found, however often the list is looked into. */
static void parallel_edges_of_a_hub_are_all_there(void **state)
{
    (void)state;
    enum { OBJECTS = 100 };
    drawing d = drawing_new(NULL);
    uint32_t targets[OBJECTS];
    rg_subgraph sub = {0};
    drawing_nodes(&d, OBJECTS + 1);
    for (uint32_t i = 0; i < 2 * OBJECTS; i++)
        drawing_own(&d, OBJECTS, i % OBJECTS, "[0]");
    rg_graph *g = sample_drawn(&d);
    for (uint32_t i = 0; i < OBJECTS; i++)
        targets[i] = i;
    assert_int_equal(rg_neighbourhood_find(&sub, g, targets, OBJECTS, NULL, NULL), RG_OK);
    assert_int_equal(sub.edge_count, 2 * OBJECTS);
    for (size_t i = 0; i < sub.edge_count; i++) {
        assert_int_equal(sub.edges[i].to, i / 2);
        assert_int_equal(sub.edges[i].index, i / 2 + i % 2 * OBJECTS);
    }
    rg_subgraph_dispose(&sub);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        sub = around(g, i, (rg_neighbourhood_options){0});
        assert_int_equal(sub.edge_count, 2);
        assert_int_equal(sub.edges[0].index, i);
        rg_subgraph_dispose(&sub);
    }
    rg_graph_free(g);
}

/*   20 ─► T, M ─► 0: with too_many = 3 the other 17 are counted; M is a module and the walk ends there */
static void too_many_neighbours_become_an_omission(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 24);
    for (uint32_t i = 0; i < 20; i++) {
        drawing_own(&d, i, 20, "[0]");
        drawing_own(&d, i, 20, "[1]");
    }
    drawing_own(&d, 21, 0, ".x");
    drawing_own(&d, 22, 21, ".y");
    drawing_own(&d, 23, 22, ".z");
    drawing_root(&d, RG_ROOT_MODULE, 22, "m");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph sub = around(g, 20, (rg_neighbourhood_options){.too_many = 3, .depth = 9});
    assert_int_equal(sub.node_count, 6);
    assert_int_equal(sub.edge_count, 8);
    assert_int_equal(sub.omission_count, 1);
    assert_int_equal(sub.omissions[0].node, 20);
    assert_int_equal(sub.omissions[0].count, 17);
    assert_true(sub.omissions[0].referrers);
    assert_true(has_node(&sub, 22));
    assert_false(has_node(&sub, 23));
    rg_subgraph_dispose(&sub);
    sub = around(g, 22, (rg_neighbourhood_options){0}); /* asked for, a module is expanded */
    assert_true(has_node(&sub, 23));
    rg_subgraph_dispose(&sub);
    sub = around(g, 20, (rg_neighbourhood_options){.max_nodes = 5, .too_many = 100});
    assert_int_equal(sub.node_count, 5);
    assert_int_equal(sub.omissions[0].count, 16);
    rg_subgraph_dispose(&sub);
    sub = around(g, 20, (rg_neighbourhood_options){.depth = 1, .too_many = 100});
    assert_int_equal(sub.node_count, 21);
    assert_int_equal(sub.omission_count, 0);
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
}

static void several_targets_are_first_and_once(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(10);
    static const uint32_t targets[] = {7, 3, 7};
    rg_subgraph sub = {0};
    assert_int_equal(rg_neighbourhood_find(&sub, g, targets, 3, NULL, NULL), RG_OK);
    assert_int_equal(sub.target_count, 2);
    assert_int_equal(sub.nodes[0], 7);
    assert_int_equal(sub.nodes[1], 3);
    assert_int_equal(sub.node_count, 8); /* 7 6 5 4 and 3 2 1 0 */
    assert_int_equal(sub.edge_count, 6); /* 3 → 4 was not met: 4 is as far as the depth goes */
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
}

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(2);
    const uint32_t target = 2;
    rg_subgraph sub = {.node_count = 77};
    assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, NULL, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_neighbourhood_find(&sub, g, NULL, 0, NULL, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(sub.node_count, 77);
    rg_graph_free(g);
    g = sample_empty();
    assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, NULL, NULL), RG_ERR_ARGUMENT);
    rg_graph_free(g);
}

static void a_self_edge_and_a_single_node(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 0, ".me");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph sub = around(g, 0, (rg_neighbourhood_options){0});
    assert_int_equal(sub.node_count, 1);
    assert_int_equal(sub.edge_count, 1);
    rg_subgraph_dispose(&sub);
    sub = around(g, 1, (rg_neighbourhood_options){0});
    assert_int_equal(sub.node_count, 1);
    assert_int_equal(sub.edge_count, 0);
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
}

/* ---- large ---- */

static void a_million_neighbours_are_counted_and_a_million_steps_walked(void **state)
{
    (void)state;
    rg_graph *g = sample_star(MILLION);
    rg_subgraph sub = around(g, MILLION + 1, (rg_neighbourhood_options){0});
    assert_int_equal(sub.node_count, 12); /* ten leaves, and the root of them all */
    assert_int_equal(sub.omissions[0].count, MILLION - 10);
    rg_subgraph_dispose(&sub);
    sub = around(g, 0, (rg_neighbourhood_options){.direction = RG_REFERENTS});
    assert_int_equal(sub.node_count, 12);
    assert_int_equal(sub.omissions[0].count, MILLION - 10);
    assert_false(sub.omissions[0].referrers);
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
    g = sample_chain(MILLION);
    sub = around(g, 0,
                 (rg_neighbourhood_options){
                     .direction = RG_REFERENTS, .depth = UINT32_MAX, .max_nodes = UINT32_MAX});
    assert_int_equal(sub.node_count, MILLION);
    assert_int_equal(sub.edge_count, MILLION - 1);
    rg_subgraph_dispose(&sub);
    rg_graph_free(g);
}

/* ---- out of memory ---- */

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    rg_status status = RG_OK;
    for (uint32_t n = 0; n < rg_graph_node_count(g) && !status; n++) {
        rg_subgraph sub = {0};
        const rg_neighbourhood_options o = {
            .direction = (rg_direction)(n % 2),
            .too_many = 1 + n % 4,
            .weakest = RG_STRENGTH_INFRASTRUCTURE,
        };
        status = rg_neighbourhood_find(&sub, g, &n, 1, &o, allocator);
        rg_subgraph_dispose(&sub);
    }
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {13};
    for (int i = 0; i < 20; i++) {
        rg_graph *g = sample_random(&random, 12);
        assert_true(oom_torture(story, g) > 3);
        rg_graph_free(g);
    }
    rg_graph *g = sample_star(100);
    assert_true(oom_torture(story, g) > 50);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dict_is_folded_into_its_owner_both_ways),
        cmocka_unit_test(a_dict_that_was_asked_for_or_is_kept_is_shown),
        cmocka_unit_test(only_the_owner_may_hold_a_folded_dict),
        cmocka_unit_test(a_dict_that_is_more_than_its_owners_is_not_folded),
        cmocka_unit_test(parallel_edges_of_a_hub_are_all_there),
        cmocka_unit_test(too_many_neighbours_become_an_omission),
        cmocka_unit_test(several_targets_are_first_and_once),
        cmocka_unit_test(what_is_out_of_range_is_refused),
        cmocka_unit_test(a_self_edge_and_a_single_node),
        cmocka_unit_test(a_million_neighbours_are_counted_and_a_million_steps_walked),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
