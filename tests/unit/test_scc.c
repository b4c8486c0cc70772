/* Strongly connected components. */
#include "analysis/scc.h"

#include "drawing.h"
#include "oom.h"
#include "oracle.h"
#include "samples.h"
#include "test.h"

static rg_scc components_of(const rg_graph *g, rg_strength weakest, const uint64_t *deeper)
{
    rg_scc found = {0};
    assert_int_equal(rg__scc_find(&found, g, weakest, deeper, NULL), RG_OK);
    assert_int_equal(found.node_count, rg_graph_node_count(g));
    return found;
}

/*   0 ─► 1 ─► 2 ─► 3 ─► 4 ◄─► 5       {0 1 2} leads to {3}, that to {4 5}; 6 stands alone
 *   ▲─────────┘                        so {4 5} is the lowest of the three */
static void components_are_numbered_against_their_edges(void **state)
{
    (void)state;
    static const uint32_t edges[][2] = {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {3, 4}, {4, 5}, {5, 4}};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 7);
    for (size_t i = 0; i < COUNT_OF(edges); i++)
        drawing_own(&d, edges[i][0], edges[i][1], ".x");
    rg_graph *g = sample_drawn(&d);
    rg_scc found = {0};
    assert_int_equal(rg_scc_find(&found, g, RG_STRENGTH_OWN, NULL), RG_OK);
    static const uint32_t expected[] = {3, 3, 3, 2, 1, 1, 0};
    assert_int_equal(found.count, 4);
    assert_memory_equal(found.component, expected, sizeof expected);
    rg_scc_dispose(&found);
    rg_graph_free(g);
}

/*   0 ─own─► 1 ─infrastructure─► 2 ─frame─► 0       3 ─own─► 4 ─weak─► 3 */
static void an_edge_counts_if_it_is_strong_enough_and_never_if_weak(void **state)
{
    (void)state;
    static const uint32_t counts[] = {5, 5, 3, 3}; /* by weakest */
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 5);
    drawing_own(&d, 0, 1, ".x");
    drawing_edge(&d, 1, 2, "type", RG_STRENGTH_INFRASTRUCTURE);
    drawing_edge(&d, 2, 0, "local x", RG_STRENGTH_FRAME);
    drawing_own(&d, 3, 4, ".x");
    drawing_edge(&d, 4, 3, "weak", RG_STRENGTH_WEAK);
    rg_graph *g = sample_drawn(&d);
    for (int weakest = RG_STRENGTH_OWN; weakest <= RG_STRENGTH_WEAK; weakest++) {
        rg_scc found = components_of(g, (rg_strength)weakest, NULL);
        assert_int_equal(found.count, counts[weakest]);
        rg_scc_dispose(&found);
    }
    rg_graph_free(g);
}

/* The same way round twice, by infrastructure; the edges of nodes 0 and 1 count, those of 2 and 3 do not.
 *   0 ◄═► 1       2 ◄═► 3 */
static void infrastructure_is_followed_from_the_deeper_nodes_alone(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 4);
    for (uint32_t n = 0; n < 4; n++)
        drawing_edge(&d, n, n ^ 1, "type", RG_STRENGTH_INFRASTRUCTURE);
    rg_graph *g = sample_drawn(&d);
    static const uint64_t deeper[] = {0x3};
    rg_scc found = components_of(g, RG_STRENGTH_OWN, deeper);
    assert_int_equal(found.count, 3);
    assert_int_equal(found.component[0], found.component[1]);
    assert_int_not_equal(found.component[2], found.component[3]);
    rg_scc_dispose(&found);
    static const uint64_t half[] = {0x1}; /* the way back is not followed */
    found = components_of(g, RG_STRENGTH_OWN, half);
    assert_int_equal(found.count, 4);
    rg_scc_dispose(&found);
    rg_graph_free(g);
}

static void no_node_one_node_self_edges_and_parallel_edges(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_scc found = components_of(empty, RG_STRENGTH_OWN, NULL);
    assert_int_equal(found.count, 0);
    rg_scc_dispose(&found);
    rg_scc_dispose(&found);
    rg_graph_free(empty);

    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 1);
    rg_graph *one = sample_drawn(&d);
    found = components_of(one, RG_STRENGTH_OWN, NULL);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.component[0], 0);
    rg_scc_dispose(&found);
    rg_graph_free(one);

    d = drawing_new(NULL);
    drawing_nodes(&d, 3);
    drawing_own(&d, 0, 0, ".me");
    drawing_own(&d, 0, 1, ".x");
    drawing_own(&d, 0, 1, ".y");
    drawing_own(&d, 1, 2, ".x");
    drawing_own(&d, 2, 1, ".x");
    drawing_own(&d, 2, 1, ".y");
    rg_graph *g = sample_drawn(&d);
    static const uint32_t expected[] = {1, 0, 0};
    found = components_of(g, RG_STRENGTH_OWN, NULL);
    assert_int_equal(found.count, 2);
    assert_memory_equal(found.component, expected, sizeof expected);
    rg_scc_dispose(&found);
    rg_graph_free(g);
}

enum { MOST = 200, WORDS = (MOST + 63) / 64 };

/* reach[u] has bit v: a way leads from u to v (Warshall's closure; no edge: to itself). */
typedef struct closure {
    uint64_t reach[MOST][WORDS];
} closure;

static bool is_reached(const closure *c, uint32_t from, uint32_t to)
{
    return c->reach[from][to / 64] >> to % 64 & 1;
}

static bool counts(const rg_edge *edge, rg_strength weakest, const uint64_t *deeper)
{
    const bool is_deep = deeper && deeper[edge->from / 64] >> edge->from % 64 & 1;
    return oracle_follows(edge->strength, weakest) ||
           (is_deep && edge->strength == RG_STRENGTH_INFRASTRUCTURE) ||
           (is_deep && edge->strength == RG_STRENGTH_FRAME);
}

static closure closure_of(const rg_graph *g, rg_strength weakest, const uint64_t *deeper)
{
    const uint32_t count = rg_graph_node_count(g);
    closure c = {0};
    for (uint32_t u = 0; u < count; u++) {
        c.reach[u][u / 64] |= UINT64_C(1) << u % 64;
        for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
            const rg_edge edge = rg_graph_edge(g, u, e);
            if (counts(&edge, weakest, deeper))
                c.reach[u][edge.to / 64] |= UINT64_C(1) << edge.to % 64;
        }
    }
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t u = 0; u < count; u++)
            for (uint32_t w = 0; w < WORDS && is_reached(&c, u, k); w++)
                c.reach[u][w] |= c.reach[k][w];
    return c;
}

static void assert_components(const rg_graph *g, rg_strength weakest, const uint64_t *deeper)
{
    const uint32_t count = rg_graph_node_count(g);
    const closure c = closure_of(g, weakest, deeper);
    bool is_used[MOST] = {false};
    uint32_t used = 0;
    rg_scc found = components_of(g, weakest, deeper);
    for (uint32_t u = 0; u < count; u++) {
        assert_true(found.component[u] < found.count);
        used += !is_used[found.component[u]];
        is_used[found.component[u]] = true;
        for (uint32_t v = 0; v < count; v++) {
            const bool is_one = found.component[u] == found.component[v];
            assert_true(is_one == (is_reached(&c, u, v) && is_reached(&c, v, u)));
            if (is_reached(&c, u, v))
                assert_true(found.component[u] >= found.component[v]);
        }
    }
    assert_int_equal(used, found.count);
    rg_scc_dispose(&found);
}

static void random_graphs_agree_with_mutual_reachability(void **state)
{
    (void)state;
    randomness random = {5};
    for (int i = 0; i < 24000; i++) {
        rg_graph *g = sample_random(&random, i % 20 ? 12 : 60);
        const rg_strength weakest = (rg_strength)random_below(&random, 4);
        const size_t words = (rg_graph_node_count(g) + 63) / 64;
        uint64_t *deeper = malloc(words * sizeof *deeper); /* exactly: sanitizers watch its end */
        assert_non_null(deeper);
        for (size_t w = 0; w < words; w++)
            deeper[w] = random_next(&random);
        assert_components(g, weakest, i % 3 ? deeper : NULL);
        free(deeper);
        rg_graph_free(g);
    }
}

static void a_chain_of_a_million_nodes_has_as_many_components(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    rg_scc found = components_of(g, RG_STRENGTH_OWN, NULL);
    assert_int_equal(found.count, MILLION);
    for (uint32_t n = 0; n < MILLION; n++)
        assert_true(found.component[n] == MILLION - 1 - n);
    rg_scc_dispose(&found);
    rg_graph_free(g);
}

/*   0 ─► 1 ─► … ─► 999999 ─► 0 */
static void a_ring_of_a_million_nodes_is_one_component(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, MILLION);
    for (uint32_t n = 0; n < MILLION; n++)
        drawing_own(&d, n, (n + 1) % MILLION, ".next");
    rg_graph *g = sample_drawn(&d);
    rg_scc found = components_of(g, RG_STRENGTH_OWN, NULL);
    assert_int_equal(found.count, 1);
    for (uint32_t n = 0; n < MILLION; n++)
        assert_true(found.component[n] == 0);
    rg_scc_dispose(&found);
    rg_graph_free(g);
}

static void a_star_of_a_million_leaves_needs_8_bytes_and_a_bit_a_node_beside_the_result(
    void **state)
{
    (void)state;
    rg_graph *g = sample_star(MILLION);
    oom memory = oom_counting();
    const rg_allocator allocator = oom_allocator(&memory);
    rg_scc found = {0};
    assert_int_equal(rg_scc_find(&found, g, RG_STRENGTH_OWN, &allocator), RG_OK);
    assert_int_equal(found.count, MILLION + 2);
    assert_int_equal(found.component[0], MILLION + 1);
    assert_int_equal(found.component[MILLION + 1], 0);
    rg_scc_dispose(&found);
    assert_int_equal(memory.peak_bytes, (size_t)12 * (MILLION + 2) + ((MILLION + 2) / 64 + 1) * 8);
    assert_int_equal(memory.overruns, 0);
    assert_int_equal(memory.live_bytes, 0);
    rg_graph_free(g);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    rg_scc found = {0};
    const rg_status status = rg_scc_find(&found, context, RG_STRENGTH_OWN, allocator);
    rg_scc_dispose(&found);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(100);
    assert_true(oom_torture(story, g) > 2);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_numbered_against_their_edges),
        cmocka_unit_test(an_edge_counts_if_it_is_strong_enough_and_never_if_weak),
        cmocka_unit_test(infrastructure_is_followed_from_the_deeper_nodes_alone),
        cmocka_unit_test(no_node_one_node_self_edges_and_parallel_edges),
        cmocka_unit_test(random_graphs_agree_with_mutual_reachability),
        cmocka_unit_test(a_chain_of_a_million_nodes_has_as_many_components),
        cmocka_unit_test(a_ring_of_a_million_nodes_is_one_component),
        cmocka_unit_test(
            a_star_of_a_million_leaves_needs_8_bytes_and_a_bit_a_node_beside_the_result),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
