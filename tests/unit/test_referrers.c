/* The in-edges of one node. */
#include <refgraph/analysis.h>

#include "drawing.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

static rg_edge_list referrers_of(const rg_graph *g, uint32_t node, rg_strength weakest)
{
    rg_edge_list list = {0};
    assert_int_equal(rg_referrers_find(&list, g, node, weakest, NULL), RG_OK);
    return list;
}

/*   0 ══.a,[1]══► 2 ◄──.b (weak)── 1      2 ⟲.me  */
static void each_edge_is_there_by_source_and_index(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_nodes(&d, 3);
    drawing_own(&d, 2, 2, ".me");
    drawing_edge(&d, 1, 2, ".b", RG_STRENGTH_WEAK);
    drawing_own(&d, 0, 2, ".a");
    drawing_own(&d, 0, 1, ".other");
    drawing_own(&d, 0, 2, "[1]");
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    rg_edge_list list = referrers_of(g, 2, RG_STRENGTH_INFRASTRUCTURE);
    static const uint32_t from[] = {0, 0, 2};
    static const uint64_t index[] = {0, 2, 4};
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(list.items[i].from, from[i]);
        assert_int_equal(list.items[i].index, index[i]);
        assert_int_equal(list.items[i].to, 2);
    }
    assert_int_equal(list.items[1].name.kind, RG_NAME_INDEX);
    rg_edge_list_dispose(&list);
    list = referrers_of(g, 2, RG_STRENGTH_WEAK);
    assert_int_equal(list.count, 4);
    rg_edge_list_dispose(&list);
    rg_edge_list_dispose(&list);
    assert_int_equal(rg_referrers_find(&list, g, 3, RG_STRENGTH_OWN, NULL), RG_ERR_ARGUMENT);
    rg_graph_free(g);
}

static void random_graphs_agree_with_a_look_at_every_edge(void **state)
{
    (void)state;
    randomness random = {5};
    for (int i = 0; i < 2000; i++) {
        rg_graph *g = sample_random(&random, 15);
        const rg_strength weakest = (rg_strength)random_below(&random, 4);
        for (uint32_t v = 0; v < rg_graph_node_count(g); v++) {
            rg_edge_list list = referrers_of(g, v, weakest);
            size_t at = 0;
            for (uint32_t u = 0; u < rg_graph_node_count(g); u++)
                for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
                    const rg_edge edge = rg_graph_edge(g, u, e);
                    if (edge.to != v || edge.strength > weakest)
                        continue;
                    assert_true(at < list.count);
                    assert_int_equal(list.items[at].from, u);
                    assert_int_equal(list.items[at].index, e);
                    at++;
                }
            assert_int_equal(at, list.count);
            rg_edge_list_dispose(&list);
        }
        rg_graph_free(g);
    }
}

static void a_million_referrers_and_none(void **state)
{
    (void)state;
    rg_graph *g = sample_star(MILLION);
    rg_edge_list list = referrers_of(g, MILLION + 1, RG_STRENGTH_OWN);
    assert_int_equal(list.count, MILLION);
    assert_int_equal(list.items[MILLION - 1].from, MILLION);
    rg_edge_list_dispose(&list);
    list = referrers_of(g, 1, RG_STRENGTH_OWN);
    assert_int_equal(list.count, 1);
    rg_edge_list_dispose(&list);
    list = referrers_of(g, 0, RG_STRENGTH_OWN);
    assert_int_equal(list.count, 0);
    rg_edge_list_dispose(&list);
    rg_graph_free(g);
    g = sample_empty();
    assert_int_equal(rg_referrers_find(&list, g, 0, RG_STRENGTH_OWN, NULL), RG_ERR_ARGUMENT);
    rg_graph_free(g);
}

static void the_end_of_a_million_node_chain_has_one_referrer(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    rg_edge_list list = referrers_of(g, MILLION - 1, RG_STRENGTH_OWN);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].from, MILLION - 2);
    rg_edge_list_dispose(&list);
    rg_graph_free(g);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    rg_edge_list list = {0};
    const rg_status status = rg_referrers_find(&list, context, 11, RG_STRENGTH_OWN, allocator);
    rg_edge_list_dispose(&list);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *g = sample_star(10);
    assert_int_equal(oom_torture(story, g), 2);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_edge_is_there_by_source_and_index),
        cmocka_unit_test(random_graphs_agree_with_a_look_at_every_edge),
        cmocka_unit_test(a_million_referrers_and_none),
        cmocka_unit_test(the_end_of_a_million_node_chain_has_one_referrer),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
