/* Cycles of a graph: what they are, what becomes of them, their groups. Random heaps are in
 * test_cycles_random.c. */
#include "analysis/cycles_private.h"

#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

/* Each set of up to 9 ids, in a block of exactly its size: sanitizers watch its ends. */
static void ids_are_found_where_they_are_and_nowhere_else(void **state)
{
    (void)state;
    enum { IDS = 9 };
    for (unsigned set = 0; set < 1U << IDS; set++) {
        const size_t count = (size_t)__builtin_popcount(set);
        uint32_t *ids = malloc(count ? count * sizeof *ids : 1);
        assert_non_null(ids);
        for (uint32_t id = 0, next = 0; id < IDS; id++)
            if (set >> id & 1)
                ids[next++] = id;
        for (uint32_t id = 0; id <= IDS; id++)
            assert_true(rg__ids_contain(ids, count, id) == (set >> id & 1));
        free(ids);
    }
}

/* The ids behind those that are asked about: the members of the next cycle. */
static void ids_behind_the_end_are_not_found(void **state)
{
    (void)state;
    static const uint32_t ids[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    for (size_t count = 0; count < COUNT_OF(ids); count++)
        for (size_t i = 0; i < COUNT_OF(ids); i++)
            assert_true(rg__ids_contain(ids, count, ids[i]) == (i < count));
}

/* ---- what a cycle is ---- */

static rg_cycles only_cycle(const rg_graph *g, uint32_t count)
{
    rg_cycles found = heap_cycles(g);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.group_count, 1);
    assert_int_equal(found.items[0].count, count);
    return found;
}

/*   root ─► 0 ─► 1 ◄─► 2        {1 2} is in use
 *                3 ◄─► 4 ─► 5   {3 4} is garbage and keeps 5
 *                6 ─► 7         no cycle */
static void a_cycle_in_use_and_one_that_is_garbage(void **state)
{
    (void)state;
    static const uint32_t edges[][2] = {{0, 1}, {1, 2}, {2, 1}, {3, 4}, {4, 3}, {4, 5}, {6, 7}};
    drawing d = drawing_new(NULL);
    for (uint32_t n = 0; n < 8; n++)
        heap_node(&d, d.plain_type, n == 3 ? 0 : 2, RG_NODE_GC_TRACKED, UINT64_C(1) << n);
    for (size_t i = 0; i < COUNT_OF(edges); i++)
        drawing_own(&d, edges[i][0], edges[i][1], ".x");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    static const rg_cycle expected[] = {
        {.first = 2,
         .count = 2,
         .group = 0,
         .flags = RG_CYCLE_ISOLATED | RG_CYCLE_CROSS_GENERATION,
         .verdict = RG_VERDICT_CROSS_GENERATION,
         .generations = 5,
         .freed_by = 2,
         .size = 8 + 16,
         .kept_count = 1,
         .kept_size = 32},
        {.first = 0,
         .count = 2,
         .group = 1,
         .flags = RG_CYCLE_IN_USE,
         .verdict = RG_VERDICT_IN_USE,
         .generations = 4,
         .freed_by = RG_GENERATION_NONE,
         .size = 2 + 4},
    };
    static const uint32_t garbage[] = {3, 4, 5, 6, 7};
    assert_int_equal(c.count, 2);
    assert_int_equal(c.group_count, 2);
    for (size_t i = 0; i < 2; i++) {
        rg_cycle cycle = c.items[i];
        assert_int_equal(c.members[cycle.first], i ? 1 : 3);
        cycle.first = expected[i].first;
        assert_memory_equal(&cycle, &expected[i], sizeof cycle);
    }
    assert_int_equal(c.garbage_count, COUNT_OF(garbage));
    assert_memory_equal(c.garbage, garbage, sizeof garbage);
    assert_int_equal(c.garbage_size, 8 + 16 + 32 + 64 + 128);
    rg_cycles_dispose(&c);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

static void no_node_and_one_node_are_no_cycle(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_graph *one = sample_chain(1);
    const rg_graph *const graphs[] = {empty, one};
    for (size_t i = 0; i < COUNT_OF(graphs); i++) {
        rg_cycles c = heap_cycles(graphs[i]);
        assert_int_equal(c.count, 0);
        assert_int_equal(c.group_count, 0);
        assert_int_equal(c.garbage_count, 0);
        rg_cycles selected = {0};
        const rg_cycle_filter all = {0};
        assert_int_equal(rg_cycles_select(&selected, &c, graphs[i], &all, NULL), RG_OK);
        assert_int_equal(selected.count, 0);
        rg_cycles_dispose(&selected);
        rg_cycles_dispose(&c);
    }
    rg_graph_free(one);
    rg_graph_free(empty);
}

static void a_self_edge_is_a_cycle_and_parallel_edges_are_the_same_one(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 1, 1, ".me");
    drawing_own(&d, 1, 1, ".self");
    drawing_edge(&d, 0, 0, "weak", RG_STRENGTH_WEAK);
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = only_cycle(g, 1);
    assert_int_equal(c.members[0], 1);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/*   0 ═infrastructure═► 0, reached or not: the collector has nothing else to go by */
static void infrastructure_makes_cycles_of_what_no_root_reaches(void **state)
{
    (void)state;
    for (int is_reached = 0; is_reached < 2; is_reached++) {
        drawing d = drawing_new(NULL);
        drawing_nodes(&d, 1);
        drawing_edge(&d, 0, 0, "type", RG_STRENGTH_INFRASTRUCTURE);
        if (is_reached)
            drawing_root(&d, RG_ROOT_NATIVE, 0, "");
        rg_graph *g = sample_drawn(&d);
        rg_cycles c = heap_cycles(g);
        assert_int_equal(c.count, !is_reached);
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

/* Two pairs of dicts, `['k']` of each the other: one belongs to an object outside of both cycles, so that its
 * keys are names. Whichever comes first, they differ; two that both belong to one are alike, if the names are.
 *     owner ─.__dict__─► 1 ◄─► 2        3 ◄─► 4 */
static void keys_are_names_where_an_owner_has_the_dict(void **state)
{
    (void)state;
    static const char *const keys[] = {"a", "b"};
    for (int owned = 0; owned < 4; owned++) { /* bit 0: dict 1, bit 1: dict 3 */
        for (int second = 0; second < 2; second++) {
            drawing d = drawing_new(NULL);
            const uint32_t dict = drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_MAPPING);
            uint32_t nodes[5];
            for (size_t i = 0; i < COUNT_OF(nodes); i++)
                nodes[i] = drawing_node(&d, i ? dict : d.plain_type, NULL, 0);
            drawing_str(&d, keys[0]);      /* 5 */
            drawing_str(&d, keys[second]); /* 6 */
            drawing_own(&d, 1, 2, "[@5]");
            drawing_own(&d, 2, 1, "[@5]");
            drawing_own(&d, 3, 4, "[@6]");
            drawing_own(&d, 4, 3, "[@6]");
            const uint32_t other = drawing_nodes(&d, 1);
            drawing_own(&d, other, other, ".me"); /* an owner that is in a cycle itself */
            if (owned & 1)
                drawing_own(&d, nodes[0], 1, ".__dict__");
            if (owned & 2)
                drawing_own(&d, other, 3, ".__dict__");
            rg_graph *g = sample_drawn(&d);
            rg_cycles c = heap_cycles(g);
            const bool are_alike = owned == 0 || (owned == 3 && second == 0);
            assert_int_equal(c.count, 3);
            assert_int_equal(c.group_count, are_alike ? 2 : 3);
            rg_cycles_dispose(&c);
            rg_graph_free(g);
        }
    }
}

/* ---- words and arguments ---- */

static void every_verdict_and_finalizer_has_its_own_word(void **state)
{
    (void)state;
    for (int i = 0; i < RG_VERDICT_COUNT; i++) {
        assert_true(strlen(rg_verdict_text((rg_verdict)i)) > 0);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(rg_verdict_text((rg_verdict)i), rg_verdict_text((rg_verdict)k));
    }
    for (int i = 0; i < RG_FINALIZER_COUNT; i++) {
        assert_true(strlen(rg_finalizer_text((rg_finalizer_kind)i)) > 0);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(rg_finalizer_text((rg_finalizer_kind)i),
                                    rg_finalizer_text((rg_finalizer_kind)k));
    }
    assert_string_equal(rg_verdict_text(RG_VERDICT_COUNT), "");
    assert_string_equal(rg_finalizer_text(RG_FINALIZER_COUNT), "");
}

static void what_does_not_exist_is_an_argument_error(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 1);
    drawing_own(&d, 0, 0, ".me");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = only_cycle(g, 1);
    rg_cycles selected = {0};
    rg_node_list kept = {0};
    rg_finalizers finalizers = {0};
    rg_type_totals totals = {0};
    const uint32_t no_type = rg_graph_type_count(g);
    const rg_cycle_filter filter = {.types = &no_type, .type_count = 1};
    assert_int_equal(rg_cycles_select(&selected, &c, g, &filter, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_cycle_kept_find(&kept, g, &c, 1, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_cycle_finalizers_find(&finalizers, g, &c, 1, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_cycle_types_find(&totals, g, &c, 1, NULL), RG_ERR_ARGUMENT);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* ---- large ---- */

/*   0 ◄─► 1   2 ◄─► 3   …        .child there, .parent back */
static void a_million_pairs_are_one_group(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2 * MILLION);
    for (uint32_t n = 0; n < 2 * MILLION; n++)
        drawing_own(&d, n, n ^ 1, n % 2 ? ".parent" : ".child");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    assert_int_equal(c.count, MILLION);
    assert_int_equal(c.group_count, 1);
    assert_int_equal(c.groups[0].object_count, 2 * MILLION);
    assert_int_equal(c.garbage_count, 2 * MILLION);
    for (uint32_t i = 0; i < MILLION; i++)
        assert_true(c.members[c.items[i].first] == 2 * i &&
                    c.members[c.items[i].first + 1] == 2 * i + 1);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

static void a_million_nodes_in_a_row_need_less_than_40_bytes_each(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    oom memory = oom_counting();
    const rg_allocator allocator = oom_allocator(&memory);
    rg_cycles c = {0};
    assert_int_equal(rg_cycles_find(&c, g, NULL, &allocator), RG_OK);
    assert_int_equal(c.count, 0);
    assert_int_equal(c.garbage_count, 0);
    rg_cycles_dispose(&c);
    assert_true(memory.peak_bytes < (size_t)40 * MILLION);
    assert_int_equal(memory.live_bytes, 0);
    assert_int_equal(memory.overruns, 0);
    rg_graph_free(g);
}

/*   0 ─► 1 ─► … ─► 999999 ─► 0 */
static void a_ring_of_a_million_nodes_is_one_cycle(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, MILLION);
    for (uint32_t n = 0; n < MILLION; n++)
        drawing_own(&d, n, (n + 1) % MILLION, ".next");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = only_cycle(g, MILLION);
    assert_int_equal(c.items[0].verdict, RG_VERDICT_ISOLATED);
    assert_int_equal(c.items[0].freed_by, 2);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* ---- memory ---- */

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    rg_cycles c = {0};
    rg_cycles selected = {0};
    rg_node_list kept = {0};
    rg_finalizers finalizers = {0};
    rg_type_totals totals = {0};
    const rg_cycle_filter filter = {.without = RG_CYCLE_FROZEN};
    rg_status status = rg_cycles_find(&c, g, NULL, allocator);
    if (!status)
        status = rg_cycles_select(&selected, &c, g, &filter, allocator);
    if (!status)
        status = rg_cycle_kept_find(&kept, g, &c, 0, allocator);
    if (!status)
        status = rg_cycle_finalizers_find(&finalizers, g, &c, 0, allocator);
    if (!status)
        status = rg_cycle_types_find(&totals, g, &c, 0, allocator);
    rg_type_totals_dispose(&totals);
    rg_finalizers_dispose(&finalizers);
    rg_node_list_dispose(&kept);
    rg_cycles_dispose(&selected);
    rg_cycles_dispose(&c);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {3};
    for (int tortured = 0; tortured < 40;) {
        rg_graph *g = heap_random(&random, 40);
        rg_cycles c = heap_cycles(g);
        if (c.count > 1) {
            assert_true(oom_torture(story, g) > 20);
            tortured++;
        }
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

/* 100 instances of 100 types in a ring: more references of different shapes than the first set of them holds;
 * and so many that the set is given back before the next cycle. */
static rg_graph *many_shapes(uint32_t nodes)
{
    drawing d = drawing_new(NULL);
    const uint32_t last = nodes;
    for (uint32_t n = 0; n < nodes; n++) {
        const char name[] = {
            'a', '.', (char)('A' + n / 600 % 25), (char)('A' + n / 24 % 25), (char)('A' + n % 24),
            0};
        drawing_node(&d, drawing_type(&d, name, RG_KIND_INSTANCE, RG_TYPE_PLAIN), NULL, 0);
    }
    drawing_nodes(&d, 4);
    for (uint32_t n = 0; n < nodes; n++)
        drawing_own(&d, n, (n + 1) % nodes, ".next");
    for (uint32_t n = 0; n < 4; n++)
        drawing_own(&d, last + n, last + (n ^ 1), ".other");
    return sample_drawn(&d);
}

static void many_shapes_in_a_cycle_do_not_change_the_next_one(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {100, 5000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        rg_graph *g = many_shapes(sizes[i]);
        rg_cycles c = heap_cycles(g);
        assert_int_equal(c.count, 3);
        assert_int_equal(c.group_count, 2);
        rg_cycles_dispose(&c);
        if (!i)
            assert_true(oom_torture(story, g) > 20);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_found_where_they_are_and_nowhere_else),
        cmocka_unit_test(ids_behind_the_end_are_not_found),
        cmocka_unit_test(a_cycle_in_use_and_one_that_is_garbage),
        cmocka_unit_test(no_node_and_one_node_are_no_cycle),
        cmocka_unit_test(a_self_edge_is_a_cycle_and_parallel_edges_are_the_same_one),
        cmocka_unit_test(infrastructure_makes_cycles_of_what_no_root_reaches),
        cmocka_unit_test(keys_are_names_where_an_owner_has_the_dict),
        cmocka_unit_test(every_verdict_and_finalizer_has_its_own_word),
        cmocka_unit_test(what_does_not_exist_is_an_argument_error),
        cmocka_unit_test(a_million_pairs_are_one_group),
        cmocka_unit_test(a_million_nodes_in_a_row_need_less_than_40_bytes_each),
        cmocka_unit_test(a_ring_of_a_million_nodes_is_one_cycle),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(many_shapes_in_a_cycle_do_not_change_the_next_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
