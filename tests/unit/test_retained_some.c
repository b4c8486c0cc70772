/* What some nodes retain, beside what rg_retained_find says of all. */
#include "drawing.h"
#include "oom.h"
#include "random.h"
#include "samples.h"
#include "test.h"

#include <stdlib.h>

static void some_retain_what_they_retain_among_all(void **state)
{
    (void)state;
    enum { ASKED = 6 };
    randomness random = {77};
    for (int i = 0; i < 6000; i++) {
        rg_graph *g = sample_random(&random, i % 4 ? 9 : 40);
        const uint32_t count = rg_graph_node_count(g);
        rg_retained all = {0};
        rg_retained_sum sums[ASKED] = {{0}};
        uint32_t nodes[ASKED];
        const size_t asked = random_below(&random, ASKED + 1);
        for (size_t k = 0; k < asked; k++)
            nodes[k] = random_below(&random, count); /* some twice */
        assert_int_equal(rg_retained_find(&all, g, NULL), RG_OK);
        assert_int_equal(rg_retained_some_find(sums, g, nodes, asked, UINT32_MAX, NULL), RG_OK);
        for (size_t k = 0; k < asked; k++) {
            assert_int_equal(sums[k].size, all.size[nodes[k]]);
            assert_int_equal(sums[k].count, all.count[nodes[k]]);
        }
        rg_retained_dispose(&all);
        rg_graph_free(g);
    }
}

static void too_many_are_refused(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(1000);
    const uint32_t nodes[] = {400, 500};
    rg_retained_sum sums[2] = {{7, 7}, {7, 7}};
    assert_int_equal(rg_retained_some_find(sums, g, nodes, 2, 599, NULL), RG_ERR_LIMIT);
    assert_int_equal(sums[0].count, 7);
    assert_int_equal(rg_retained_some_find(sums, g, nodes, 2, 600, NULL), RG_OK);
    assert_int_equal(sums[0].count, 600);
    assert_int_equal(sums[1].count, 500);
    assert_int_equal(rg_retained_some_find(sums, g, nodes, 1, 0, NULL), RG_OK); /* one is cheap */
    assert_int_equal(sums[0].count, 600);
    rg_graph_free(g);
}

static void a_node_that_is_none_is_an_error(void **state)
{
    (void)state;
    rg_graph *g = sample_empty();
    const uint32_t none = 0;
    rg_retained_sum sum = {0};
    assert_int_equal(rg_retained_some_find(&sum, g, &none, 1, 9, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_retained_some_find(&sum, g, &none, 0, 9, NULL), RG_OK);
    rg_graph_free(g);
}

static rg_status ask(const rg_allocator *allocator, void *context)
{
    rg_retained_sum sums[2];
    const uint32_t nodes[] = {3, 20};
    return rg_retained_some_find(sums, context, nodes, 2, 99, allocator);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(60);
    assert_true(oom_torture(ask, g) > 10);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_retain_what_they_retain_among_all),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(a_node_that_is_none_is_an_error),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
