/* Chains in heaps that hang in a few objects, where a further one is looked for in vain: what is learnt by that serves
 * other questions, and changes no answer. */
#include "drawing.h"
#include "oom.h"
#include "random.h"
#include "samples.h"
#include "test.h"

#include <stdlib.h>

/*  root 0 ─► list 1 ─┐
 *       └──► list 2 ─┼─► members 3 …, each referring to a few others of its pool;
 *                    ┘   some are held by a root of their own, and every pool refers back to both lists */
enum { LISTS = 2, FIRST = 3, MEMBERS = 9000, POOLS = 3 };

static rg_graph *registry(randomness *random, uint32_t lists, uint32_t strays)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, FIRST + MEMBERS);
    for (uint32_t l = 1; l <= LISTS; l++)
        drawing_own(&d, 0, l, "");
    for (uint32_t i = 0; i < MEMBERS; i++) {
        const uint32_t pool = i % POOLS;
        for (uint32_t l = 0; l < lists; l++)
            drawing_own(&d, 1 + (pool + l) % LISTS, FIRST + i, "");
        for (int k = 0; k < 3; k++) {
            const uint32_t other = POOLS * random_below(random, MEMBERS / POOLS) + pool;
            drawing_edge(&d, FIRST + i, FIRST + other, k ? "" : "weak",
                         k ? RG_STRENGTH_OWN : RG_STRENGTH_WEAK);
        }
        if (i % 1000 == 7)
            drawing_own(&d, FIRST + i, 1 + pool % LISTS, "");
    }
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    for (uint32_t i = 0; i < strays; i++)
        drawing_root(&d, RG_ROOT_FRAME, FIRST + random_below(random, MEMBERS), "f");
    return sample_drawn(&d);
}

/* What the roots reach around some nodes, by plain search. `avoided` becomes what is reached or avoided. */
static void reach_around(const rg_graph *g, bool *avoided, uint32_t *stack)
{
    size_t depth = 0;
    for (uint32_t r = 0; r < rg_graph_root_count(g); r++)
        if (!avoided[rg_graph_root(g, r).node]) {
            avoided[rg_graph_root(g, r).node] = true;
            stack[depth++] = rg_graph_root(g, r).node;
        }
    while (depth) {
        const uint32_t node = stack[--depth];
        for (uint64_t e = rg_graph_edges_begin(g, node); e < rg_graph_edges_end(g, node); e++) {
            const rg_edge edge = rg_graph_edge(g, node, e);
            if (edge.strength == RG_STRENGTH_WEAK || avoided[edge.to])
                continue;
            avoided[edge.to] = true;
            stack[depth++] = edge.to;
        }
    }
}

static bool refers(const rg_graph *g, uint32_t from, uint32_t to)
{
    for (uint64_t e = rg_graph_edges_begin(g, from); e < rg_graph_edges_end(g, from); e++)
        if (rg_graph_edge(g, from, e).to == to &&
            rg_graph_edge(g, from, e).strength != RG_STRENGTH_WEAK)
            return true;
    return false;
}

/* Nodes that refer to the target, are none of `used`, and are reached around `avoided`, which is changed. */
static uint64_t ways_around(const rg_graph *g, uint32_t target, bool *avoided, const bool *used)
{
    const uint32_t count = rg_graph_node_count(g);
    uint32_t *stack = calloc(count, sizeof *stack);
    bool *was_avoided = calloc(count, sizeof *was_avoided);
    assert_true(stack && was_avoided);
    uint64_t ways = 0;
    for (uint32_t n = 0; n < count; n++)
        was_avoided[n] = avoided[n];
    reach_around(g, avoided, stack);
    for (uint32_t n = 0; n < count; n++)
        ways += avoided[n] && !was_avoided[n] && !used[n] && refers(g, n, target);
    free(was_avoided);
    free(stack);
    return ways;
}

/* No independent chain is missed, and no holder that only the target reaches. */
static void check(const rg_graph *g, const rg_chains *chains, uint32_t target)
{
    const uint32_t count = rg_graph_node_count(g);
    bool *avoided = calloc(count, sizeof *avoided);
    bool *used = calloc(count, sizeof *used);
    assert_true(avoided && used);
    avoided[target] = true;
    for (size_t i = 0; i < chains->count && chains->items[i].independent; i++) {
        const rg_chain *chain = &chains->items[i];
        for (size_t k = 0; k < chain->edge_count; k++) {
            assert_false(avoided[chain->edges[k].from]);
            used[chain->edges[k].from] = k + 1 == chain->edge_count;
        }
        for (size_t k = 0; k + 1 < chain->edge_count; k++)
            avoided[chain->edges[k].to] = true;
    }
    assert_int_equal(ways_around(g, target, avoided, used), 0);
    for (uint32_t n = 0; n < count; n++)
        avoided[n] = used[n] = false;
    avoided[target] = true;
    assert_int_equal(chains->examined, chains->holder_count);
    assert_int_equal(chains->holder_count - chains->unreached,
                     ways_around(g, target, avoided, used));
    free(used);
    free(avoided);
}

static void answers_are_right_whatever_was_asked_before(void **state)
{
    (void)state;
    randomness random = {11};
    for (uint32_t round = 0; round < 6; round++) {
        rg_graph *g = registry(&random, 1 + round % 2, round / 2);
        rg_distances d = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
        for (int i = 0; i < 25; i++) {
            const uint32_t target =
                i % 8 ? random_below(&random, FIRST + MEMBERS) : (uint32_t)i / 8;
            rg_chains found = {0};
            assert_int_equal(rg_chains_find(&found, g, &d, target, 100, NULL), RG_OK);
            if (target >= FIRST)
                check(g, &found, target);
            rg_chains_dispose(&found);
        }
        rg_distances_dispose(&d);
        rg_graph_free(g);
    }
}

static void what_hangs_in_few_objects_is_searched_once(void **state)
{
    (void)state;
    randomness random = {12};
    for (uint32_t lists = 1; lists <= LISTS; lists++) {
        rg_graph *g = registry(&random, lists, 0);
        rg_distances d = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
        uint64_t slow = 0;
        for (uint32_t i = 0; i < 300; i++) {
            oom memory = oom_counting(); /* a search remembers what it has visited */
            const rg_allocator a = oom_allocator(&memory);
            rg_chains found = {0};
            assert_int_equal(rg_chains_find(&found, g, &d, FIRST + 20 * i, 2 * LISTS, &a), RG_OK);
            slow += memory.peak_bytes > 10 * MEMBERS;
            rg_chains_dispose(&found);
        }
        assert_in_range(slow, 0, POOLS + 1);
        rg_distances_dispose(&d);
        rg_graph_free(g);
    }
}

static void one_of_many_roots_may_refer_to_all(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, MANY + 2);
    for (uint32_t i = 0; i < MANY; i++) {
        drawing_own(&d, MANY, i, ""); /* by the list */
        drawing_own(&d, i, (i + 1) % MANY, "");
        drawing_own(&d, i, MANY + 1, ""); /* all of them refer to the last */
    }
    drawing_root(&d, RG_ROOT_MODULE, MANY, "m");
    rg_graph *g = sample_drawn(&d);
    rg_distances distances = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
    rg_chains found = {0};
    assert_int_equal(rg_chains_find(&found, g, &distances, MANY + 1, 3, NULL), RG_OK);
    assert_int_equal(found.count, 3);
    assert_int_equal(found.items[2].independent, true);
    rg_chains_dispose(&found);
    rg_distances_dispose(&distances);
    rg_graph_free(g);
}

typedef struct story {
    const rg_graph *graph;
    uint32_t target;
} story;

static rg_status ask(const rg_allocator *allocator, void *context)
{
    const story *s = context;
    rg_distances d = {0};
    rg_chains found = {0};
    rg_status status = rg_distances_find(&d, s->graph, RG_STRENGTH_INFRASTRUCTURE, allocator);
    if (!status)
        status = rg_chains_find(&found, s->graph, &d, s->target, 5, allocator);
    rg_chains_dispose(&found);
    rg_distances_dispose(&d);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {13};
    rg_graph *g = registry(&random, 1, 0);
    story s = {g, FIRST + 5};
    assert_true(oom_torture(ask, &s) > 10);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_right_whatever_was_asked_before),
        cmocka_unit_test(what_hangs_in_few_objects_is_searched_once),
        cmocka_unit_test(one_of_many_roots_may_refer_to_all),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
