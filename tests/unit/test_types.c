/* Count, size and largest of the nodes of each type, and the nodes themselves, beside a count by hand. */
#include "drawing.h"
#include "oom.h"
#include "random.h"
#include "test.h"

#include <refgraph/analysis.h>

enum { TYPES = 3 }; /* after the plain type of a drawing, of which there is no node */

/* Nodes of types 1, 2, 3 in the order of `types`, node i of i + 1 bytes. */
static rg_status graph_of(rg_graph **out, const uint32_t *types, uint32_t count,
                          const rg_allocator *allocator)
{
    drawing d = drawing_new(allocator);
    for (uint32_t i = 0; i < TYPES; i++)
        drawing_type(&d, "app.Type", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    for (uint32_t i = 0; i < count; i++) {
        const rg_node node = {.type = types[i], .size = i + 1, .text = RG_NONE};
        uint32_t id = RG_NONE;
        if (!d.status)
            d.status = rg_builder_add_node(d.builder, &id, &node);
    }
    return drawing_finish(&d, out);
}

static void totals_are_counts_and_sums_by_type(void **state)
{
    (void)state;
    const uint32_t types[] = {2, 1, 2, 2};
    rg_graph *g = NULL;
    rg_type_totals totals = {0};
    assert_int_equal(graph_of(&g, types, COUNT_OF(types), NULL), RG_OK);
    assert_int_equal(rg_type_totals_find(&totals, g, NULL), RG_OK);
    assert_int_equal(totals.count, 1 + TYPES);
    const rg_type_total expected[] = {
        {0, 0, RG_NONE, RG_NONE}, {1, 2, 1, 1}, {3, 1 + 3 + 4, 0, 3}, {0, 0, RG_NONE, RG_NONE}};
    for (uint32_t i = 0; i < totals.count; i++) {
        assert_int_equal(totals.items[i].count, expected[i].count);
        assert_int_equal(totals.items[i].size, expected[i].size);
        assert_int_equal(totals.items[i].first, expected[i].first);
        assert_int_equal(totals.items[i].largest, expected[i].largest);
    }
    rg_type_totals_dispose(&totals);
    assert_null(totals.items);
    rg_graph_free(g);
}

static void the_first_of_equally_large_nodes_is_the_largest(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 5, UINT64_MAX / 8, 5, UINT64_MAX / 8, 0};
    drawing d = drawing_new(NULL);
    for (uint32_t i = 0; i < COUNT_OF(sizes); i++) {
        const rg_node node = {.size = sizes[i], .text = RG_NONE};
        uint32_t id = RG_NONE;
        assert_int_equal(rg_builder_add_node(d.builder, &id, &node), RG_OK);
    }
    rg_graph *g = NULL;
    rg_type_totals totals = {0};
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    assert_int_equal(rg_type_totals_find(&totals, g, NULL), RG_OK);
    assert_int_equal(totals.items[0].largest, 2);
    assert_int_equal(totals.items[0].first, 0);
    rg_type_totals_dispose(&totals);
    rg_graph_free(g);
}

static void nodes_of_types_ascend_and_come_once(void **state)
{
    (void)state;
    const uint32_t types[] = {2, 1, 3, 2, 1};
    const uint32_t asked[] = {2, 3, 2};
    const uint32_t expected[] = {0, 2, 3};
    rg_graph *g = NULL;
    rg_node_list nodes = {0};
    assert_int_equal(graph_of(&g, types, COUNT_OF(types), NULL), RG_OK);
    assert_int_equal(rg_type_nodes_find(&nodes, g, asked, COUNT_OF(asked), NULL), RG_OK);
    assert_int_equal(nodes.count, COUNT_OF(expected));
    assert_memory_equal(nodes.items, expected, sizeof expected);
    rg_node_list_dispose(&nodes);
    assert_null(nodes.items);

    assert_int_equal(rg_type_nodes_find(&nodes, g, asked, 0, NULL), RG_OK);
    assert_int_equal(nodes.count, 0);
    rg_node_list_dispose(&nodes);
    rg_graph_free(g);
}

static void totals_of_some_nodes_leave_the_others_out(void **state)
{
    (void)state;
    const uint32_t types[] = {2, 1, 2, 2};
    const uint32_t some[] = {0, 1, 3};
    const uint32_t wrong[][2] = {{1, 1}, {2, 1}, {0, 4}};
    rg_graph *g = NULL;
    rg_type_totals totals = {0};
    assert_int_equal(graph_of(&g, types, COUNT_OF(types), NULL), RG_OK);
    assert_int_equal(rg_nodes_totals_find(&totals, g, some, COUNT_OF(some), NULL), RG_OK);
    assert_int_equal(totals.items[1].count, 1);
    assert_int_equal(totals.items[2].count, 2);
    assert_int_equal(totals.items[2].size, 1 + 4);
    assert_int_equal(totals.items[2].largest, 3);
    rg_type_totals_dispose(&totals);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(rg_nodes_totals_find(&totals, g, wrong[i], 2, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_nodes_totals_find(&totals, g, NULL, 0, NULL), RG_OK);
    assert_int_equal(totals.items[2].count, 0);
    rg_type_totals_dispose(&totals);
    rg_graph_free(g);
}

static void an_unknown_type_is_refused(void **state)
{
    (void)state;
    const uint32_t asked[] = {1, 1 + TYPES};
    rg_graph *g = NULL;
    rg_node_list nodes = {0};
    assert_int_equal(graph_of(&g, asked, 1, NULL), RG_OK);
    assert_int_equal(rg_type_nodes_find(&nodes, g, asked, 2, NULL), RG_ERR_ARGUMENT);
    assert_null(nodes.items);
    rg_graph_free(g);
}

static void an_empty_graph_has_no_totals_and_no_nodes(void **state)
{
    (void)state;
    rg_builder *b = NULL;
    rg_graph *g = NULL;
    rg_type_totals totals = {0};
    rg_node_list nodes = {0};
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    assert_int_equal(rg_builder_finish(&g, &b), RG_OK);
    assert_int_equal(rg_type_totals_find(&totals, g, NULL), RG_OK);
    assert_int_equal(totals.count, 0);
    assert_int_equal(rg_type_nodes_find(&nodes, g, NULL, 0, NULL), RG_OK);
    assert_int_equal(nodes.count, 0);
    rg_type_totals_dispose(&totals);
    rg_node_list_dispose(&nodes);
    rg_graph_free(g);
}

static void totals_and_lists_agree_on_random_graphs(void **state)
{
    (void)state;
    randomness random = {.state = 7};
    for (int round = 0; round < 200; round++) {
        uint32_t types[100];
        const uint32_t count = random_below(&random, COUNT_OF(types));
        for (uint32_t i = 0; i < count; i++)
            types[i] = 1 + random_below(&random, TYPES);
        rg_graph *g = NULL;
        rg_type_totals totals = {0};
        assert_int_equal(graph_of(&g, types, count, NULL), RG_OK);
        assert_int_equal(rg_type_totals_find(&totals, g, NULL), RG_OK);
        for (uint32_t type = 0; type <= TYPES; type++) {
            rg_node_list nodes = {0};
            assert_int_equal(rg_type_nodes_find(&nodes, g, &type, 1, NULL), RG_OK);
            assert_int_equal(nodes.count, totals.items[type].count);
            uint64_t size = 0;
            for (size_t i = 0; i < nodes.count; i++) {
                assert_int_equal(types[nodes.items[i]], type);
                size += nodes.items[i] + 1;
            }
            assert_int_equal(size, totals.items[type].size);
            const uint32_t last = nodes.count ? nodes.items[nodes.count - 1] : RG_NONE;
            assert_int_equal(totals.items[type].largest, last); /* sizes grow with ids */
            rg_node_list_dispose(&nodes);
        }
        rg_type_totals_dispose(&totals);
        rg_graph_free(g);
    }
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    (void)context;
    const uint32_t types[] = {2, 1, 2};
    rg_graph *g = NULL;
    rg_type_totals totals = {0};
    rg_node_list nodes = {0};
    rg_status status = graph_of(&g, types, COUNT_OF(types), allocator);
    if (!status)
        status = rg_type_totals_find(&totals, g, NULL);
    if (!status)
        status = rg_type_nodes_find(&nodes, g, types, COUNT_OF(types), NULL);
    rg_type_totals_dispose(&totals);
    if (!status)
        status = rg_nodes_totals_find(&totals, g, nodes.items, nodes.count, NULL);
    rg_node_list_dispose(&nodes);
    rg_type_totals_dispose(&totals);
    rg_graph_free(g);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(story, NULL) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_are_counts_and_sums_by_type),
        cmocka_unit_test(the_first_of_equally_large_nodes_is_the_largest),
        cmocka_unit_test(nodes_of_types_ascend_and_come_once),
        cmocka_unit_test(totals_of_some_nodes_leave_the_others_out),
        cmocka_unit_test(an_unknown_type_is_refused),
        cmocka_unit_test(an_empty_graph_has_no_totals_and_no_nodes),
        cmocka_unit_test(totals_and_lists_agree_on_random_graphs),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
