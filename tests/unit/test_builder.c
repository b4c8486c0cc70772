/* The builder: what it takes, what it refuses, and that failing leaves it usable. */
#include <refgraph/graph.h>

#include <stdio.h>

#include "drawing.h"
#include "oom.h"
#include "random.h"
#include "samples.h"
#include "test.h"

/*   0 ──.a──► 1 ──[0]──► 2      added in this order of sources: 1, 0, 1, 0
 *   │         └───.b────► 0
 *   └──.c───► 2                                                                */
static void unsorted_edges_come_out_by_source_in_order_of_adding(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_nodes(&d, 3);
    drawing_own(&d, 1, 2, "[0]");
    drawing_own(&d, 0, 1, ".a");
    drawing_own(&d, 1, 0, ".b");
    drawing_own(&d, 0, 2, ".c");
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    static const uint32_t targets[] = {1, 2, 2, 0};
    static const rg_name_kind kinds[] = {RG_NAME_ATTRIBUTE, RG_NAME_ATTRIBUTE, RG_NAME_INDEX,
                                         RG_NAME_ATTRIBUTE};
    assert_int_equal(rg_graph_edges_begin(g, 0), 0);
    assert_int_equal(rg_graph_edges_end(g, 0), 2);
    assert_int_equal(rg_graph_edges_end(g, 1), 4);
    assert_int_equal(rg_graph_edges_end(g, 2), 4);
    for (uint64_t e = 0; e < 4; e++) {
        const rg_edge edge = rg_graph_edge(g, e < 2 ? 0 : 1, e);
        assert_int_equal(edge.to, targets[e]);
        assert_int_equal(edge.name.kind, kinds[e]);
        assert_int_equal(edge.index, e);
        assert_false(edge.folded);
    }
    rg_graph_free(g);
}

static void sorted_and_unsorted_adding_give_one_graph(void **state)
{
    (void)state;
    enum { NODES = 50, EDGES = 400 };
    randomness random = {7};
    uint32_t from[EDGES];
    uint32_t to[EDGES];
    drawing sorted = drawing_new(NULL);
    drawing unsorted = drawing_new(NULL);
    rg_graph *a = NULL;
    rg_graph *b = NULL;
    drawing_nodes(&sorted, NODES);
    drawing_nodes(&unsorted, NODES);
    for (size_t i = 0; i < EDGES; i++) {
        from[i] = random_below(&random, NODES);
        to[i] = random_below(&random, 5);
        char name[16];
        snprintf(name, sizeof name, "[%zu]", i);
        drawing_own(&unsorted, from[i], to[i], name);
    }
    for (uint32_t node = 0; node < NODES; node++) {
        for (size_t i = 0; i < EDGES; i++) {
            char name[16];
            snprintf(name, sizeof name, "[%zu]", i);
            if (from[i] == node)
                drawing_own(&sorted, node, to[i], name);
        }
    }
    assert_int_equal(drawing_finish(&sorted, &a), RG_OK);
    assert_int_equal(drawing_finish(&unsorted, &b), RG_OK);
    for (uint32_t node = 0; node < NODES; node++) {
        assert_int_equal(rg_graph_edges_end(a, node), rg_graph_edges_end(b, node));
        for (uint64_t e = rg_graph_edges_begin(a, node); e < rg_graph_edges_end(a, node); e++) {
            const rg_edge x = rg_graph_edge(a, node, e);
            const rg_edge y = rg_graph_edge(b, node, e);
            assert_int_equal(x.to, y.to);
            assert_int_equal(x.name.value, y.name.value);
        }
    }
    rg_graph_free(a);
    rg_graph_free(b);
}

static void what_does_not_exist_is_refused(void **state)
{
    (void)state;
    rg_builder *b = NULL;
    uint32_t id = 77;
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    const rg_type type = {.name = rg_string_of("T"), .node = RG_NONE};
    const rg_type bad_kind = {.name = rg_string_of("T"), .kind = RG_KIND_COUNT, .node = RG_NONE};
    assert_int_equal(rg_builder_add_type(b, &id, &bad_kind), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_node(b, &id, &(rg_node){.type = 0, .text = RG_NONE}),
                     RG_ERR_ARGUMENT);
    assert_int_equal(id, 77);
    assert_int_equal(rg_builder_add_type(b, &id, &type), RG_OK);
    assert_int_equal(rg_builder_add_node(b, &id, &(rg_node){.type = id, .text = 99}),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_node(b, &id, &(rg_node){.type = 0, .text = RG_NONE}), RG_OK);
    const rg_name none = {RG_NAME_NONE, 0};
    assert_int_equal(rg_builder_add_edge(b, 0, 1, none, RG_STRENGTH_OWN), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_edge(b, 1, 0, none, RG_STRENGTH_OWN), RG_ERR_ARGUMENT);
    assert_int_equal(
        rg_builder_add_edge(b, 0, 0, (rg_name){RG_NAME_ATTRIBUTE, 500}, RG_STRENGTH_OWN),
        RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_edge(b, 0, 0, (rg_name){RG_NAME_KEY, 1}, RG_STRENGTH_OWN),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_edge(b, 0, 0, (rg_name){(rg_name_kind)40, 0}, RG_STRENGTH_OWN),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_edge(b, 0, 0, none, (rg_strength)4), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_root(b, &(rg_root){RG_ROOT_MODULE, 1, 0, rg_string_of("m")}),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_shadows(b, 9, NULL, 0), RG_ERR_ARGUMENT);
    rg_builder_free(b);
}

static void a_type_of_a_node_that_never_came_is_refused_at_the_end(void **state)
{
    (void)state;
    rg_builder *b = NULL;
    rg_graph *g = NULL;
    uint32_t id = 0;
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    const rg_type type = {.name = rg_string_of("T"), .node = 0};
    assert_int_equal(rg_builder_add_type(b, &id, &type), RG_OK);
    assert_int_equal(rg_builder_finish(&g, &b), RG_ERR_ARGUMENT);
    assert_null(g);
    assert_non_null(b);
    assert_int_equal(rg_builder_add_node(b, &id, &(rg_node){.text = RG_NONE}), RG_OK);
    assert_int_equal(rg_builder_finish(&g, &b), RG_OK);
    assert_null(b);
    assert_int_equal(rg_graph_type(g, 0).node, 0);
    rg_graph_free(g);
}

static void a_builder_that_fails_to_finish_can_finish_later(void **state)
{
    (void)state;
    size_t refused = 0;
    for (size_t n = 0;; n++) {
        oom memory = oom_counting();
        const rg_allocator a = oom_allocator(&memory);
        drawing d = drawing_new(&a);
        rg_graph *g = NULL;
        drawing_nodes(&d, 20);
        for (uint32_t i = 20; i-- > 1;)
            drawing_own(&d, i, i - 1, ".x");
        assert_int_equal(d.status, RG_OK);
        memory.fail_at = memory.count + n;
        const rg_status first = rg_builder_finish(&g, &d.builder);
        if (first) {
            assert_int_equal(first, RG_ERR_NOMEM);
            assert_null(g);
            memory.fail_at = SIZE_MAX;
            refused++;
            assert_int_equal(rg_builder_finish(&g, &d.builder), RG_OK);
        }
        assert_int_equal(rg_graph_edge_count(g), 19);
        assert_int_equal(rg_graph_edge(g, 5, rg_graph_edges_begin(g, 5)).to, 4);
        rg_graph_free(g);
        assert_int_equal(memory.live_bytes, 0);
        assert_int_equal(memory.wrong_sizes, 0);
        if (!first)
            break;
    }
    assert_true(refused >= 5);
}

static void names_of_any_width_come_back(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, 1, (1U << 26) - 1, 1U << 26, UINT32_MAX};
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_nodes(&d, 1);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        char name[16];
        snprintf(name, sizeof name, "[%u]", values[i]);
        drawing_edge(&d, 0, 0, name, (rg_strength)(i % 4));
    }
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const rg_edge edge = rg_graph_edge(g, 0, i);
        assert_int_equal(edge.name.kind, RG_NAME_INDEX);
        assert_int_equal(edge.name.value, values[i]);
        assert_int_equal(edge.strength, i % 4);
    }
    rg_graph_free(g);
}

static void an_empty_builder_finishes(void **state)
{
    (void)state;
    rg_graph *g = sample_empty();
    assert_int_equal(rg_graph_node_count(g), 0);
    assert_int_equal(rg_graph_edge_count(g), 0);
    assert_int_equal(rg_graph_root_count(g), 0);
    assert_int_equal(rg_graph_find(g, 1), RG_NONE);
    rg_graph_free(g);
    rg_graph_free(NULL);
    rg_builder_free(NULL);
}

static rg_status build_story(const rg_allocator *allocator, void *context)
{
    (void)context;
    drawing d = drawing_new(allocator);
    rg_graph *g = NULL;
    const uint32_t dict = drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    drawing_nodes(&d, 40);
    drawing_node(&d, dict, "text", 0);
    for (uint32_t i = 0; i < 40; i++) {
        drawing_own(&d, (i * 7) % 40, i, "[4000000000]");
        drawing_own(&d, i, 40, ".x");
        drawing_own(&d, 40, i, "['k']");
    }
    for (uint32_t i = 0; i < 20; i++)
        drawing_root(&d, RG_ROOT_OTHER, i, "root");
    const rg_status status = drawing_finish(&d, &g);
    rg_graph_free(g);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(build_story, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsorted_edges_come_out_by_source_in_order_of_adding),
        cmocka_unit_test(sorted_and_unsorted_adding_give_one_graph),
        cmocka_unit_test(what_does_not_exist_is_refused),
        cmocka_unit_test(a_type_of_a_node_that_never_came_is_refused_at_the_end),
        cmocka_unit_test(a_builder_that_fails_to_finish_can_finish_later),
        cmocka_unit_test(names_of_any_width_come_back),
        cmocka_unit_test(an_empty_builder_finishes),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
