/* Dominators and retained sizes of every node, the nodes that retain most, what would go without some. */
#include <refgraph/analysis.h>

#include "graph/graph_private.h"

#include "around.h"
#include "drawing.h"
#include "heaps.h"
#include "oom.h"
#include "oracle.h"
#include "samples.h"
#include "stored.h"
#include "test.h"

static rg_retained retained_of(const rg_graph *g)
{
    rg_retained found = {0};
    assert_int_equal(rg_retained_find(&found, g, NULL), RG_OK);
    assert_int_equal(found.node_count, rg_graph_node_count(g));
    return found;
}

static rg_what_if without(const rg_graph *g, const rg_removal *removal)
{
    rg_what_if found = {0};
    assert_int_equal(rg_what_if_find(&found, g, removal, NULL), RG_OK);
    return found;
}

/* The nodes retained, bit by bit, as the flat tree has them. */
static uint64_t retained_set(const rg_retained *r, uint32_t node)
{
    uint64_t set = 0;
    uint32_t place = 0;
    while (r->order[place] != node)
        place++;
    for (uint32_t i = 0; i < r->count[node]; i++)
        set |= UINT64_C(1) << r->order[place + i];
    return set;
}

static rg_graph *graph_of(const uint32_t (*edges)[2], size_t count, uint32_t nodes)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    for (size_t i = 0; i < count; i++)
        drawing_own(&d, edges[i][0], edges[i][1], ".x");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    for (uint32_t n = 0; n < nodes; n++)
        set_size(g, n, UINT64_C(1) << n); /* a sum tells its parts */
    return g;
}

/*   root 0 ─► 1 ─► 2 ─► 3 ◄─┐      1 keeps 2 and 4, not 3: 5 leads there too.
 *        │    └──► 4        │      2 keeps nothing but itself
 *        └──────────► 5 ────┘ */
static void an_object_retains_what_no_way_around_it_reaches(void **state)
{
    (void)state;
    static const uint32_t edges[][2] = {{0, 1}, {1, 2}, {2, 3}, {1, 4}, {0, 5}, {5, 3}};
    static const uint32_t dominators[] = {RG_NONE, 0, 1, 0, 1, 0};
    static const uint32_t counts[] = {6, 3, 1, 1, 1, 1};
    static const uint64_t sizes[] = {63, 2 + 4 + 16, 4, 8, 16, 32};
    rg_graph *g = graph_of(edges, COUNT_OF(edges), 6);
    rg_retained r = retained_of(g);
    assert_memory_equal(r.dominator, dominators, sizeof dominators);
    assert_memory_equal(r.count, counts, sizeof counts);
    assert_memory_equal(r.size, sizes, sizeof sizes);
    assert_int_equal(retained_set(&r, 1), 2 + 4 + 16);
    rg_retained_dispose(&r);

    const rg_removal pair = {.nodes = (const uint32_t[]){5, 2, 5}, .node_count = 3};
    rg_what_if gone = without(g, &pair); /* each keeps itself alone, together they keep 3 */
    static const uint32_t expected[] = {2, 3, 5};
    assert_int_equal(gone.count, 3);
    assert_memory_equal(gone.nodes, expected, sizeof expected);
    assert_int_equal(gone.size, 4 + 8 + 32);
    rg_what_if_dispose(&gone);
    rg_what_if_dispose(&gone);
    rg_graph_free(g);
}

/*   root 0 ═══► 1 ─► 2      two references: cutting one is not enough. A weak one holds nothing */
static void of_parallel_references_each_stays_when_the_other_goes(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 4);
    drawing_own(&d, 0, 1, ".x");
    drawing_own(&d, 0, 1, ".y");
    drawing_edge(&d, 1, 2, "slot f", RG_STRENGTH_INFRASTRUCTURE);
    drawing_edge(&d, 0, 2, "weak", RG_STRENGTH_WEAK);
    drawing_edge(&d, 0, 3, "local x", RG_STRENGTH_FRAME);
    drawing_root(&d, RG_ROOT_FRAME, 0, "f");
    rg_graph *g = sample_drawn(&d);
    static const struct {
        uint64_t edges[2];
        size_t edge_count, gone;
    } cases[] = {{{0}, 1, 0}, {{1}, 1, 0}, {{0, 1}, 2, 2}, {{2}, 1, 0}, {{3}, 1, 1}, {{4}, 1, 1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const rg_removal removal = {.edges = cases[i].edges, .edge_count = cases[i].edge_count};
        rg_what_if gone = without(g, &removal);
        assert_int_equal(gone.count, cases[i].gone);
        rg_what_if_dispose(&gone);
    }
    rg_what_if gone = {0};
    const rg_removal no_node = {.nodes = (const uint32_t[]){4}, .node_count = 1};
    const rg_removal no_edge = {.edges = (const uint64_t[]){5}, .edge_count = 1};
    assert_int_equal(rg_what_if_find(&gone, g, &no_node, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_what_if_find(&gone, g, &no_edge, NULL), RG_ERR_ARGUMENT);
    rg_retained r = retained_of(g);
    static const uint32_t counts[] = {4, 2, 1, 1};
    assert_memory_equal(r.count, counts, sizeof counts);
    rg_retained_dispose(&r);
    rg_graph_free(g);
}

/*   dict 0 ◄─► instance 1 ─► 2 ◄─ 3 (nothing leads to it)      4 ─► 4      no root:
 *   1 is an instance, so the cycle hangs on it, though 0 is lower */
static void garbage_hangs_on_an_instance_of_each_cycle_that_no_other_garbage_leads_to(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    const uint32_t dict = drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    drawing_node(&d, dict, NULL, 0);
    drawing_nodes(&d, 3);
    drawing_node(&d, dict, NULL, 0);
    static const uint32_t edges[][2] = {{0, 1}, {1, 0}, {1, 2}, {3, 2}, {4, 4}};
    for (size_t i = 0; i < COUNT_OF(edges); i++)
        drawing_own(&d, edges[i][0], edges[i][1], ".x");
    rg_graph *g = sample_drawn(&d);
    static const uint32_t dominators[] = {1, RG_NONE, RG_NONE, RG_NONE, RG_NONE};
    static const uint32_t counts[] = {1, 2, 1, 1, 1};
    rg_retained r = retained_of(g);
    assert_memory_equal(r.dominator, dominators, sizeof dominators);
    assert_memory_equal(r.count, counts, sizeof counts);
    rg_retained_dispose(&r);
    rg_graph_free(g);
}

static void no_node_one_node_self_edges_and_parallel_edges(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_retained r = retained_of(empty);
    rg_node_list top = {0};
    assert_int_equal(rg_retained_top_find(&top, empty, &r, 5, NULL), RG_OK);
    assert_int_equal(top.count, 0);
    rg_node_list_dispose(&top);
    rg_retained_dispose(&r);
    rg_retained_dispose(&r);
    const rg_removal nothing = {0};
    rg_what_if gone = without(empty, &nothing);
    assert_int_equal(gone.count, 0);
    rg_what_if_dispose(&gone);
    rg_graph_free(empty);

    static const uint32_t edges[][2] = {{0, 0}, {0, 1}, {0, 1}, {1, 1}, {1, 0}};
    rg_graph *one = graph_of(edges, 1, 1);
    r = retained_of(one);
    assert_int_equal(r.count[0], 1);
    assert_int_equal(r.dominator[0], RG_NONE);
    rg_retained_dispose(&r);
    rg_graph_free(one);

    rg_graph *two = graph_of(edges, COUNT_OF(edges), 2);
    r = retained_of(two);
    assert_int_equal(r.dominator[1], 0);
    assert_int_equal(r.size[0], 3);
    rg_retained_dispose(&r);
    rg_graph_free(two);
}

/*   root 0 ─► 1 ─.__dict__─► 2 ─► 3      the dict is told by its owner */
static void those_that_retain_most_come_first_without_the_dicts_of_owners(void **state)
{
    (void)state;
    static const uint32_t expected[] = {0, 1, 3};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 4);
    drawing_own(&d, 0, 1, ".x");
    drawing_own(&d, 1, 2, ".__dict__");
    drawing_own(&d, 2, 3, "['k']"); /* the key is node 4, and nothing leads to it */
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    for (uint32_t n = 0; n < 5; n++)
        set_size(g, n, n == 4 ? 0 : 10);
    rg_retained r = retained_of(g);
    for (size_t limit = 0; limit <= 3; limit++) {
        rg_node_list top = {0};
        assert_int_equal(rg_retained_top_find(&top, g, &r, limit, NULL), RG_OK);
        assert_int_equal(top.count, limit);
        if (limit)
            assert_memory_equal(top.items, expected, limit * sizeof *expected);
        rg_node_list_dispose(&top);
    }
    rg_node_list all = {0};
    assert_int_equal(rg_retained_top_find(&all, g, &r, SIZE_MAX, NULL), RG_OK);
    assert_int_equal(all.count, 4);
    rg_node_list_dispose(&all);
    rg_graph *other = sample_empty();
    assert_int_equal(rg_retained_top_find(&all, other, &r, 1, NULL), RG_ERR_ARGUMENT);
    rg_graph_free(other);
    rg_retained_dispose(&r);
    rg_graph_free(g);
}

/* ---- random graphs ---- */

static void assert_retained(const rg_graph *g, const rg_retained *r)
{
    const uint32_t count = rg_graph_node_count(g);
    const uint64_t starts = around_starts(g);
    uint64_t kept[AROUND_MOST];
    for (uint32_t n = 0; n < count; n++)
        kept[n] = around_retained(g, starts, n);
    for (uint32_t n = 0; n < count; n++) {
        uint32_t nearest = RG_NONE; /* of those that keep n, the one that keeps least */
        for (uint32_t u = 0; u < count; u++)
            if (u != n && kept[u] >> n & 1 &&
                (nearest == RG_NONE || around_count(kept[u]) < around_count(kept[nearest])))
                nearest = u;
        assert_int_equal(r->dominator[n], nearest);
        assert_int_equal(r->count[n], around_count(kept[n]));
        assert_int_equal(r->size[n], around_size(g, kept[n]));
        assert_true(retained_set(r, n) == kept[n]);
    }
}

static void random_graphs_agree_with_what_is_reached_around_each_node(void **state)
{
    (void)state;
    randomness random = {23};
    for (int i = 0; i < 6000; i++) {
        rg_graph *g = heap_random(&random, i % 20 ? 12 : HEAP_MOST);
        rg_retained r = retained_of(g);
        assert_retained(g, &r);
        rg_retained_dispose(&r);
        rg_graph_free(g);
    }
}

/* Whether a node is the attribute `__dict__` of its dominator, which then tells of it. */
static bool is_told_by_owner(const rg_graph *g, const rg_retained *r, uint32_t node)
{
    const uint32_t owner = r->dominator[node];
    uint32_t first = RG_NONE;
    for (uint64_t e = owner == RG_NONE ? 0 : rg_graph_edges_begin(g, owner);
         owner != RG_NONE && e < rg_graph_edges_end(g, owner) && first == RG_NONE; e++) {
        const rg_edge edge = rg_graph_edge(g, owner, e);
        if (edge.name.kind == RG_NAME_ATTRIBUTE &&
            oracle_string_is(rg_graph_string(g, edge.name.value), "__dict__"))
            first = edge.to;
    }
    return first == node;
}

static void random_graphs_agree_on_which_retain_most(void **state)
{
    (void)state;
    randomness random = {31};
    for (int i = 0; i < 6000; i++) {
        rg_graph *g = heap_random(&random, 20);
        rg_retained r = retained_of(g);
        rg_node_list top = {0};
        const size_t limit = random_below(&random, r.node_count + 2);
        uint64_t listed = 0;
        size_t others = 0;
        assert_int_equal(rg_retained_top_find(&top, g, &r, limit, NULL), RG_OK);
        for (size_t k = 0; k < top.count; k++) {
            assert_false(is_told_by_owner(g, &r, top.items[k]));
            assert_true(!k || r.size[top.items[k]] <= r.size[top.items[k - 1]]);
            listed |= UINT64_C(1) << top.items[k];
        }
        assert_int_equal(around_count(listed), top.count); /* each once */
        for (uint32_t n = 0; n < r.node_count; n++) {
            if (listed >> n & 1 || is_told_by_owner(g, &r, n))
                continue;
            others++;
            assert_true(!top.count || r.size[n] <= r.size[top.items[top.count - 1]]);
        }
        assert_true(top.count == limit || (top.count < limit && !others));
        rg_node_list_dispose(&top);
        rg_retained_dispose(&r);
        rg_graph_free(g);
    }
}

static void what_would_go_agrees_with_what_is_reached_around_it(void **state)
{
    (void)state;
    randomness random = {29};
    for (int i = 0; i < 20000; i++) {
        rg_graph *g = heap_random(&random, i % 20 ? 12 : HEAP_MOST);
        const uint32_t count = rg_graph_node_count(g);
        const uint64_t edge_count = rg_graph_edge_count(g);
        uint32_t nodes[4];
        uint64_t edges[4];
        rg_removal removal = {nodes, random_below(&random, 5), edges, random_below(&random, 5)};
        for (size_t k = 0; k < removal.node_count; k++)
            nodes[k] = random_below(&random, count);
        removal.edge_count = edge_count ? removal.edge_count : 0;
        for (size_t k = 0; k < removal.edge_count; k++)
            edges[k] = random_below(&random, (uint32_t)edge_count);
        const uint64_t left = around_reached(g, around_starts(g), &removal);
        rg_what_if gone = without(g, &removal);
        uint64_t set = 0;
        for (size_t k = 0; k < gone.count; k++) {
            assert_true(!k || gone.nodes[k - 1] < gone.nodes[k]);
            set |= UINT64_C(1) << gone.nodes[k];
        }
        assert_true((left & set) == 0 && around_count(left | set) == count);
        assert_int_equal(gone.size, around_size(g, set));
        rg_what_if_dispose(&gone);
        rg_graph_free(g);
    }
}

/* ---- large graphs, little memory ---- */

static void in_a_chain_of_a_million_nodes_each_retains_those_behind(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    oom memory = oom_counting();
    const rg_allocator allocator = oom_allocator(&memory);
    rg_retained r = {0};
    assert_int_equal(rg_retained_find(&r, g, &allocator), RG_OK);
    for (uint32_t n = 0; n < MILLION; n++)
        assert_true(r.count[n] == MILLION - n && r.order[n] == n);
    assert_int_equal(memory.live_bytes, 20 * (MILLION + 1));
    assert_true(memory.peak_bytes < (40 + 8) * (size_t)MILLION + 1000);
    rg_retained_dispose(&r);
    assert_int_equal(memory.overruns, 0);
    const rg_removal middle = {.edges = (const uint64_t[]){MILLION / 2}, .edge_count = 1};
    rg_what_if gone = without(g, &middle);
    assert_int_equal(gone.count, MILLION / 2 - 1);
    assert_int_equal(gone.nodes[0], MILLION / 2 + 1);
    rg_what_if_dispose(&gone);
    rg_graph_free(g);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    static const uint32_t node = 3;
    static const uint64_t edge = 5;
    const rg_removal removal = {&node, 1, &edge, 1};
    rg_retained r = {0};
    rg_node_list top = {0};
    rg_what_if gone = {0};
    rg_status status = rg_retained_find(&r, g, allocator);
    if (!status)
        status = rg_retained_top_find(&top, g, &r, 10, allocator);
    if (!status)
        status = rg_what_if_find(&gone, g, &removal, allocator);
    rg_what_if_dispose(&gone);
    rg_node_list_dispose(&top);
    rg_retained_dispose(&r);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 100);
    for (uint32_t n = 0; n + 1 < 100; n++)
        drawing_own(&d, n, n % 10 ? n + 1 : 1, n % 7 ? ".x" : ".__dict__");
    drawing_root(&d, RG_ROOT_MODULE, 50, "m"); /* the rest is garbage */
    rg_graph *g = sample_drawn(&d);
    assert_true(oom_torture(story, g) > 20);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_retains_what_no_way_around_it_reaches),
        cmocka_unit_test(of_parallel_references_each_stays_when_the_other_goes),
        cmocka_unit_test(garbage_hangs_on_an_instance_of_each_cycle_that_no_other_garbage_leads_to),
        cmocka_unit_test(no_node_one_node_self_edges_and_parallel_edges),
        cmocka_unit_test(those_that_retain_most_come_first_without_the_dicts_of_owners),
        cmocka_unit_test(random_graphs_agree_with_what_is_reached_around_each_node),
        cmocka_unit_test(random_graphs_agree_on_which_retain_most),
        cmocka_unit_test(what_would_go_agrees_with_what_is_reached_around_it),
        cmocka_unit_test(in_a_chain_of_a_million_nodes_each_retains_those_behind),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
