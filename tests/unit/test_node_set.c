/* The set of nodes that remembers their order, and the queue of nodes: what the analyses stand on. */
#include "analysis/node_set.h"
#include "analysis/queue.h"
#include "oom.h"
#include "random.h"
#include "test.h"

static rg__node_set empty_set(void)
{
    return (rg__node_set){.allocator = rg_allocator_default()};
}

static void nodes_have_ordinals_in_order_of_adding(void **state)
{
    (void)state;
    rg__node_set set = empty_set();
    uint32_t ordinal = 77;
    assert_int_equal(rg__node_set_find(&set, 5), RG_NONE);
    static const uint32_t nodes[] = {5, UINT32_MAX, 0, 5, 0, 9};
    static const uint32_t ordinals[] = {0, 1, 2, 0, 2, 3};
    for (size_t i = 0; i < COUNT_OF(nodes); i++) {
        assert_int_equal(rg__node_set_add(&set, &ordinal, nodes[i]), RG_OK);
        assert_int_equal(ordinal, ordinals[i]);
        assert_int_equal(set.nodes[ordinal], nodes[i]);
    }
    assert_int_equal(set.count, 4);
    assert_int_equal(rg__node_set_find(&set, 9), 3);
    assert_int_equal(rg__node_set_find(&set, 1), RG_NONE);
    rg__node_set_dispose(&set);
    rg__node_set_dispose(&set);
}

/* Filled and cleared again and again, at every ratio of nodes to room; compared with a plain table. */
static void a_cleared_set_is_empty_and_works(void **state)
{
    (void)state;
    enum { IDS = 3000 };
    static uint32_t expected[IDS];
    randomness random = {6};
    rg__node_set set = empty_set();
    for (int round = 0; round < 600; round++) {
        const uint32_t adds = random_below(&random, round % 10 ? 40 : 2 * IDS);
        const uint32_t stride = 1 + random_below(&random, 3) * 64;
        uint32_t count = 0;
        memset(expected, 0xFF, sizeof expected);
        for (uint32_t i = 0; i < adds; i++) {
            const uint32_t id = random_below(&random, IDS);
            uint32_t ordinal = 0;
            assert_int_equal(rg__node_set_add(&set, &ordinal, id * stride), RG_OK);
            if (expected[id] == UINT32_MAX)
                expected[id] = count++;
            assert_int_equal(ordinal, expected[id]);
        }
        for (uint32_t id = 0; id < IDS; id++)
            assert_int_equal(rg__node_set_find(&set, id * stride), expected[id]);
        assert_int_equal(set.count, count);
        rg__node_set_clear(&set);
        for (size_t i = 0; i < set.slot_count; i++)
            assert_int_equal(set.slots[i], 0);
    }
    rg__node_set_dispose(&set);
}

static void the_queue_gives_the_smallest_first(void **state)
{
    (void)state;
    randomness random = {17};
    rg__queue queue = {.allocator = rg_allocator_default()};
    rg__queue_entry last = {0};
    rg__queue_entry entry;
    for (int round = 0; round < 200; round++) {
        const uint32_t adds = random_below(&random, 300);
        uint64_t sum = 0;
        for (uint32_t i = 0; i < adds; i++) {
            const rg__queue_entry e = {random_below(&random, 5), random_below(&random, 4),
                                       random_below(&random, 3), random_below(&random, 9), i};
            assert_int_equal(rg__queue_add(&queue, &e), RG_OK);
            sum += i;
        }
        for (uint32_t i = 0; i < adds; i++) {
            assert_true(rg__queue_take(&queue, &entry));
            const uint64_t rank = entry.key * 1000 + entry.tie * 100 + entry.node * 10 + entry.next;
            const uint64_t before = last.key * 1000 + last.tie * 100 + last.node * 10 + last.next;
            assert_true(!i || before <= rank);
            sum -= entry.edge;
            last = entry;
        }
        assert_int_equal(sum, 0);
        assert_false(rg__queue_take(&queue, &entry));
    }
    rg__queue_dispose(&queue);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    (void)context;
    rg__node_set set = {.allocator = *allocator};
    rg__queue queue = {.allocator = *allocator};
    rg_status status = RG_OK;
    for (uint32_t i = 0; i < 500 && !status; i++) {
        uint32_t ordinal = RG_NONE;
        status = rg__node_set_add(&set, &ordinal, i * 3);
        if (!status)
            status = rg__queue_add(&queue, &(rg__queue_entry){i, 0, i, 0, 0});
        assert_int_equal(rg__node_set_find(&set, i * 3), set.count > i ? i : RG_NONE);
    }
    rg__queue_dispose(&queue);
    rg__node_set_dispose(&set);
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
        cmocka_unit_test(nodes_have_ordinals_in_order_of_adding),
        cmocka_unit_test(a_cleared_set_is_empty_and_works),
        cmocka_unit_test(the_queue_gives_the_smallest_first),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
