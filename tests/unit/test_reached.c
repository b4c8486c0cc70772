/* What nodes reach over edges that own, beside a fixed point by hand. */
#include <refgraph/analysis.h>

#include "drawing.h"
#include "heaps.h"
#include "oom.h"
#include "random.h"
#include "test.h"

static rg_reached reached_of(const rg_graph *g, uint32_t node)
{
    rg_reached found = {0};
    assert_int_equal(rg_reached_find(&found, g, &node, 1, NULL), RG_OK);
    return found;
}

static void assert_reached(rg_reached found, uint64_t count, uint64_t size)
{
    assert_int_equal(found.count, count);
    assert_int_equal(found.size, size);
}

/*   0 ──► 1 ══► 3 ──► 1 (a cycle)     0 ──► 2 (program) ──► 4      0 ╌frame╌► 5
 *   node i has 2^i bytes */
static rg_graph *sample(const rg_allocator *a)
{
    drawing d = drawing_new(a);
    rg_graph *g = NULL;
    for (uint32_t i = 0; i < 6; i++)
        heap_node(&d, d.plain_type, 0, i == 2 ? RG_NODE_PROGRAM : 0, UINT64_C(1) << i);
    drawing_own(&d, 0, 1, ".a");
    drawing_own(&d, 0, 2, ".f");
    drawing_own(&d, 1, 3, "[0]");
    drawing_own(&d, 1, 3, "[1]");
    drawing_own(&d, 3, 1, ".back");
    drawing_own(&d, 2, 4, ".x");
    drawing_edge(&d, 0, 5, ".t", RG_STRENGTH_FRAME);
    drawing_edge(&d, 3, 5, "type", RG_STRENGTH_INFRASTRUCTURE);
    drawing_edge(&d, 3, 5, "weak", RG_STRENGTH_WEAK);
    return drawing_finish(&d, &g) ? NULL : g;
}

static void parallel_edges_and_cycles_count_each_node_once(void **state)
{
    (void)state;
    rg_graph *g = sample(NULL);
    assert_reached(reached_of(g, 0), 3, 1 + 2 + 8);
    assert_reached(reached_of(g, 1), 2, 2 + 8);
    rg_graph_free(g);
}

static void the_program_is_entered_only_where_it_was_asked_for(void **state)
{
    (void)state;
    rg_graph *g = sample(NULL);
    const uint32_t both[] = {0, 2};
    rg_reached found = {0};
    assert_reached(reached_of(g, 2), 2, 4 + 16);
    assert_int_equal(rg_reached_find(&found, g, both, 2, NULL), RG_OK);
    assert_reached(found, 5, 1 + 2 + 4 + 8 + 16);
    rg_graph_free(g);
}

static void what_several_share_counts_once(void **state)
{
    (void)state;
    rg_graph *g = sample(NULL);
    const uint32_t some[] = {3, 1, 3, 5};
    rg_reached found = {0};
    assert_int_equal(rg_reached_find(&found, g, some, COUNT_OF(some), NULL), RG_OK);
    assert_reached(found, 3, 2 + 8 + 32);
    assert_int_equal(rg_reached_find(&found, g, NULL, 0, NULL), RG_OK);
    assert_reached(found, 0, 0);
    rg_graph_free(g);
}

static void a_self_edge_adds_nothing(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    heap_node(&d, d.plain_type, 0, 0, 7);
    drawing_own(&d, 0, 0, ".me");
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    assert_reached(reached_of(g, 0), 1, 7);
    rg_graph_free(g);
}

static void an_unknown_node_is_refused(void **state)
{
    (void)state;
    rg_builder *b = NULL;
    rg_graph *empty = NULL;
    const uint32_t none = 0;
    rg_reached found = {.count = 5};
    assert_int_equal(rg_builder_new(&b, NULL), RG_OK);
    assert_int_equal(rg_builder_finish(&empty, &b), RG_OK);
    assert_int_equal(rg_reached_find(&found, empty, &none, 1, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(found.count, 5);
    rg_graph_free(empty);
}

static void a_million_nodes_in_a_row_are_reached(void **state)
{
    (void)state;
    enum { LENGTH = 1000000 };
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    for (uint32_t i = 0; i < LENGTH; i++)
        heap_node(&d, d.plain_type, 0, 0, 3);
    for (uint32_t i = 0; i + 1 < LENGTH; i++)
        drawing_own(&d, i, i + 1, ".next");
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    assert_reached(reached_of(g, 0), LENGTH, (uint64_t)3 * LENGTH);
    assert_reached(reached_of(g, LENGTH - 1), 1, 3);
    rg_graph_free(g);
}

/* Bits of the nodes reached: add what any of them owns until there is nothing to add. */
static uint64_t by_hand(const rg_graph *g, uint64_t starts)
{
    uint64_t met = starts;
    uint64_t before = 0;
    while (met != before) {
        before = met;
        for (uint32_t u = 0; u < rg_graph_node_count(g); u++)
            for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
                const rg_edge edge = rg_graph_edge(g, u, e);
                const bool is_program = rg_graph_node(g, edge.to).flags & RG_NODE_PROGRAM;
                if (met >> u & 1 && edge.strength == RG_STRENGTH_OWN && !is_program)
                    met |= UINT64_C(1) << edge.to;
            }
    }
    return met;
}

static rg_graph *random_graph(randomness *random)
{
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    const uint32_t count = 1 + random_below(random, HEAP_MOST);
    for (uint32_t i = 0; i < count; i++)
        heap_node(&d, d.plain_type, 0, random_below(random, 6) ? 0 : RG_NODE_PROGRAM,
                  random_below(random, 1000));
    for (uint32_t i = 0; i < 2 * count; i++) {
        const uint32_t strength = random_below(random, 12);
        drawing_edge(&d, random_below(random, count), random_below(random, count), ".x",
                     strength < 9 ? RG_STRENGTH_OWN : (rg_strength)(strength - 8));
    }
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    return g;
}

static void random_graphs_agree_with_a_fixed_point(void **state)
{
    (void)state;
    randomness random = {11};
    for (int round = 0; round < 1000; round++) {
        rg_graph *g = random_graph(&random);
        const uint32_t nodes[] = {random_below(&random, rg_graph_node_count(g)),
                                  random_below(&random, rg_graph_node_count(g))};
        const uint64_t met = by_hand(g, UINT64_C(1) << nodes[0] | UINT64_C(1) << nodes[1]);
        uint64_t count = 0;
        uint64_t size = 0;
        for (uint32_t n = 0; n < rg_graph_node_count(g); n++) {
            count += met >> n & 1;
            size += met >> n & 1 ? rg_graph_node(g, n).size : 0;
        }
        rg_reached found = {0};
        assert_int_equal(rg_reached_find(&found, g, nodes, 2, NULL), RG_OK);
        assert_reached(found, count, size);
        rg_graph_free(g);
    }
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    (void)context;
    rg_graph *g = sample(allocator);
    const uint32_t node = 0;
    rg_reached found = {0};
    rg_status status = g ? rg_reached_find(&found, g, &node, 1, NULL) : RG_ERR_NOMEM;
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
        cmocka_unit_test(parallel_edges_and_cycles_count_each_node_once),
        cmocka_unit_test(the_program_is_entered_only_where_it_was_asked_for),
        cmocka_unit_test(what_several_share_counts_once),
        cmocka_unit_test(a_self_edge_adds_nothing),
        cmocka_unit_test(an_unknown_node_is_refused),
        cmocka_unit_test(a_million_nodes_in_a_row_are_reached),
        cmocka_unit_test(random_graphs_agree_with_a_fixed_point),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
