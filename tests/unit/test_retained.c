/* What only a block of nodes reaches. */
#include "analysis/retained.h"

#include "graph/graph_private.h"

#include "drawing.h"
#include "oom.h"
#include "random.h"
#include "samples.h"
#include "stored.h"
#include "test.h"

static rg__kept kept_of(const rg_graph *g, const uint32_t *block, uint32_t block_count)
{
    rg__kept found = {0};
    assert_int_equal(rg__kept_find(&found, g, block, block_count, NULL, NULL), RG_OK);
    assert_int_equal(found.block_count, block_count);
    return found;
}

static rg_node_list nodes_of(const rg_graph *g, const uint32_t *block, uint32_t block_count,
                             uint32_t wanted)
{
    rg_node_list found = {0};
    assert_int_equal(rg__kept_nodes(&found, g, block, block_count, wanted, NULL), RG_OK);
    return found;
}

static void assert_counts(const rg_graph *g, const uint32_t *block, uint32_t block_count,
                          const uint64_t *expected)
{
    rg__kept found = kept_of(g, block, block_count);
    for (uint32_t b = 0; b < block_count; b++)
        assert_int_equal(found.count[b], expected[b]);
    rg__kept_dispose(&found);
}

/* A node is 1, 2, 4, … bytes: a sum tells its parts. */
static void give_sizes(rg_graph *g)
{
    for (uint32_t n = 0; n < g->tables.node_count; n++)
        set_size(g, n, UINT64_C(1) << n % 40);
}

/*   root 0 ─► 1 ◄─► 2 ─► 3 ─► 4       block 0: {0}   1: {1 2}   2: {3}   3: {4}   4: {5}
 *        └────────────► 5 ────▲ */
static void a_block_keeps_what_no_way_around_it_reaches(void **state)
{
    (void)state;
    static const uint32_t edges[][2] = {{0, 1}, {1, 2}, {2, 1}, {2, 3}, {3, 4}, {0, 5}, {5, 4}};
    static const uint32_t block[] = {0, 1, 1, 2, 3, 4};
    static const uint64_t counts[] = {5, 1, 0, 0, 0};
    static const uint64_t sizes[] = {2 + 4 + 8 + 16 + 32, 8, 0, 0, 0};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 6);
    for (size_t i = 0; i < COUNT_OF(edges); i++)
        drawing_own(&d, edges[i][0], edges[i][1], ".x");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    give_sizes(g);
    rg__kept found = kept_of(g, block, 5);
    assert_memory_equal(found.count, counts, sizeof counts);
    assert_memory_equal(found.size, sizes, sizeof sizes);
    rg__kept_dispose(&found);
    rg_node_list nodes = nodes_of(g, block, 5, 1);
    assert_int_equal(nodes.count, 1);
    assert_int_equal(nodes.items[0], 3);
    rg_node_list_dispose(&nodes);
    assert_int_equal(rg__kept_nodes(&nodes, g, block, 5, 5, NULL), RG_ERR_ARGUMENT);
    rg_graph_free(g);
}

/*   root 0 ─weak─► 1 ─infrastructure─► 2 ─frame─► 3 */
static void all_edges_count_but_weak_ones(void **state)
{
    (void)state;
    static const uint32_t block[] = {0, 1, 2, 3};
    static const uint64_t counts[] = {0, 2, 1, 0};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 4);
    drawing_edge(&d, 0, 1, "weak", RG_STRENGTH_WEAK);
    drawing_edge(&d, 1, 2, "type", RG_STRENGTH_INFRASTRUCTURE);
    drawing_edge(&d, 2, 3, "local x", RG_STRENGTH_FRAME);
    drawing_root(&d, RG_ROOT_NATIVE, 0, "");
    rg_graph *g = sample_drawn(&d);
    assert_counts(g, block, 4, counts);
    rg_graph_free(g);
}

/*   root 0 ─► 1 ◄─ 2 ─► 3 ◄─ 4       2 and 4 are sources: 2 keeps nothing, for 1 and 3 have another way */
static void what_no_root_reaches_hangs_on_its_sources(void **state)
{
    (void)state;
    static const uint32_t block[] = {0, 1, 2, 3, 4};
    static const uint64_t counts[] = {0, 0, 0, 0, 0};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 5);
    drawing_own(&d, 0, 1, ".x");
    drawing_own(&d, 2, 1, ".x");
    drawing_own(&d, 2, 3, ".x");
    drawing_own(&d, 4, 3, ".x");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    assert_counts(g, block, 5, counts);
    rg_graph_free(g);
}

/*   0 ─► 1 ─► 2 ─► 1, each a block: the cycle has a source in front of it
 *   3 ─► 4 ─► 3 and 4 ─► 5: it has none, so its lowest block becomes one */
static void a_cycle_of_blocks_that_nothing_leads_to_hangs_on_its_lowest(void **state)
{
    (void)state;
    static const uint32_t block[] = {0, 1, 2, 4, 3, 5}; /* node 4 is the lower block */
    static const uint64_t counts[] = {2, 1, 0, 2, 0, 0};
    static const uint32_t edges[][2] = {{0, 1}, {1, 2}, {2, 1}, {3, 4}, {4, 3}, {4, 5}};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 6);
    for (size_t i = 0; i < COUNT_OF(edges); i++)
        drawing_own(&d, edges[i][0], edges[i][1], ".x");
    rg_graph *g = sample_drawn(&d);
    assert_counts(g, block, 6, counts);
    rg_node_list nodes = nodes_of(g, block, 6, 3);
    static const uint32_t expected[] = {3, 5};
    assert_int_equal(nodes.count, 2);
    assert_memory_equal(nodes.items, expected, sizeof expected);
    rg_node_list_dispose(&nodes);
    rg_graph_free(g);
}

static void no_node_one_node_self_edges_and_parallel_edges(void **state)
{
    (void)state;
    static const uint32_t block[] = {0, 2}; /* no node is in block 1 */
    static const uint64_t counts[] = {1, 0, 0};
    rg_graph *empty = sample_empty();
    rg__kept found = kept_of(empty, NULL, 0);
    rg__kept_dispose(&found);
    rg__kept_dispose(&found);
    rg_node_list nodes = {0};
    assert_int_equal(rg__kept_nodes(&nodes, empty, NULL, 0, 0, NULL), RG_ERR_ARGUMENT);
    rg_graph_free(empty);

    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 1);
    rg_graph *one = sample_drawn(&d);
    assert_counts(one, block, 1, (const uint64_t[]){0});
    rg_graph_free(one);

    d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 0, ".me");
    drawing_own(&d, 0, 1, ".x");
    drawing_own(&d, 0, 1, ".y");
    drawing_own(&d, 1, 1, ".me");
    rg_graph *g = sample_drawn(&d);
    assert_counts(g, block, 3, counts);
    nodes = nodes_of(g, block, 3, 1);
    assert_int_equal(nodes.count, 0);
    rg_node_list_dispose(&nodes);
    rg_graph_free(g);
}

/* ---- random graphs ---- */

enum { MOST = 200 };

typedef struct scene {
    const rg_graph *g;
    uint32_t block[MOST];
    uint32_t block_count;
    bool is_start[MOST];
} scene;

/* Mark what is reached from `start` around a block (RG_NONE: nothing) by edges that are not weak. */
static void reach(const scene *s, uint32_t start, uint32_t avoided, bool *reached)
{
    bool has_changed = s->block[start] != avoided && !reached[start];
    if (has_changed)
        reached[start] = true;
    while (has_changed) {
        has_changed = false;
        for (uint32_t u = 0; u < rg_graph_node_count(s->g); u++)
            for (uint64_t e = rg_graph_edges_begin(s->g, u);
                 reached[u] && e < rg_graph_edges_end(s->g, u); e++) {
                const rg_edge edge = rg_graph_edge(s->g, u, e);
                if (edge.strength == RG_STRENGTH_WEAK || reached[edge.to] ||
                    s->block[edge.to] == avoided)
                    continue;
                reached[edge.to] = true;
                has_changed = true;
            }
    }
}

/* Components of random strength, some of them taken apart, in a random order, some numbers unused. */
static void set_blocks(scene *s, randomness *random)
{
    uint32_t names[2 * MOST];
    rg_scc scc = {0};
    assert_int_equal(rg_scc_find(&scc, s->g, (rg_strength)random_below(random, 3), NULL), RG_OK);
    const uint32_t kept_whole = random_below(random, 3);
    const uint32_t spare = random_below(random, 3);
    uint32_t next = scc.count;
    for (uint32_t n = 0; n < scc.node_count; n++)
        s->block[n] = scc.component[n] % 3 < kept_whole ? scc.component[n] : next++;
    s->block_count = 0;
    for (uint32_t b = 0; b < next; b++) { /* dense, but for the spare ones */
        bool is_used = false;
        for (uint32_t n = 0; n < scc.node_count; n++)
            is_used = is_used || s->block[n] == b;
        names[b] = is_used ? s->block_count++ : RG_NONE;
    }
    s->block_count += spare;
    const uint32_t turn = random_below(random, s->block_count);
    for (uint32_t n = 0; n < scc.node_count; n++) {
        const uint32_t turned = (names[s->block[n]] + turn) % s->block_count;
        s->block[n] = turn % 2 ? turned : s->block_count - 1 - turned;
    }
    rg_scc_dispose(&scc);
}

/* Whether an edge from another block, not reached, leads into block b. */
static bool is_held(const scene *s, uint32_t b, const bool *reached)
{
    for (uint32_t u = 0; u < rg_graph_node_count(s->g); u++)
        for (uint64_t e = rg_graph_edges_begin(s->g, u); e < rg_graph_edges_end(s->g, u); e++) {
            const rg_edge edge = rg_graph_edge(s->g, u, e);
            if (edge.strength != RG_STRENGTH_WEAK && !reached[u] && s->block[u] != b &&
                s->block[edge.to] == b)
                return true;
        }
    return false;
}

static uint32_t some_node_of(const scene *s, uint32_t b)
{
    for (uint32_t n = 0; n < rg_graph_node_count(s->g); n++)
        if (s->block[n] == b)
            return n;
    return RG_NONE;
}

static void set_starts(scene *s)
{
    bool by_roots[MOST] = {false};
    bool reached[MOST] = {false};
    for (uint32_t r = 0; r < rg_graph_root_count(s->g); r++) {
        s->is_start[s->block[rg_graph_root(s->g, r).node]] = true;
        reach(s, rg_graph_root(s->g, r).node, RG_NONE, by_roots);
    }
    memcpy(reached, by_roots, sizeof reached);
    for (int round = 0; round < 2; round++) /* sources, then the lowest blocks of cycles */
        for (uint32_t b = 0; b < s->block_count; b++) {
            const uint32_t node = some_node_of(s, b);
            if (node == RG_NONE || reached[node] || (round == 0 && is_held(s, b, by_roots)))
                continue;
            s->is_start[b] = true;
            reach(s, node, RG_NONE, reached);
        }
}

static void assert_kept(const scene *s, const rg__kept *found, uint32_t wanted)
{
    const uint32_t count = rg_graph_node_count(s->g);
    bool around[MOST] = {false};
    bool from_it[MOST] = {false};
    uint64_t kept_count = 0;
    uint64_t kept_size = 0;
    for (uint32_t n = 0; n < count; n++) {
        if (s->is_start[s->block[n]])
            reach(s, n, wanted, around);
        if (s->block[n] == wanted)
            reach(s, n, RG_NONE, from_it);
    }
    rg_node_list nodes = nodes_of(s->g, s->block, s->block_count, wanted);
    for (uint32_t n = 0; n < count; n++) {
        if (!from_it[n] || around[n] || s->block[n] == wanted)
            continue;
        assert_true(kept_count < nodes.count && nodes.items[kept_count] == n);
        kept_count++;
        kept_size += rg_graph_node(s->g, n).size;
    }
    assert_int_equal(nodes.count, kept_count);
    assert_int_equal(found->count[wanted], kept_count);
    assert_int_equal(found->size[wanted], kept_size);
    rg_node_list_dispose(&nodes);
}

static void random_graphs_agree_with_what_is_reached_around_each_block(void **state)
{
    (void)state;
    randomness random = {17};
    for (int i = 0; i < 20000; i++) {
        rg_graph *g = sample_random(&random, i % 40 ? 10 : 40);
        give_sizes(g);
        scene s = {.g = g};
        set_blocks(&s, &random);
        set_starts(&s);
        rg__kept found = kept_of(g, s.block, s.block_count);
        for (uint32_t b = 0; b < s.block_count; b++)
            assert_kept(&s, &found, b);
        rg__kept_dispose(&found);
        rg_graph_free(g);
    }
}

/* ---- large graphs, little memory ---- */

static uint32_t *own_blocks(uint32_t count)
{
    uint32_t *block = malloc(count * sizeof *block);
    assert_non_null(block);
    for (uint32_t n = 0; n < count; n++)
        block[n] = n;
    return block;
}

static void in_a_chain_of_a_million_nodes_each_keeps_those_behind(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    uint32_t *block = own_blocks(MILLION);
    rg__kept found = kept_of(g, block, MILLION);
    for (uint32_t n = 0; n < MILLION; n++)
        assert_true(found.count[n] == MILLION - 1 - n);
    rg__kept_dispose(&found);
    rg_node_list nodes = nodes_of(g, block, MILLION, MILLION / 2);
    assert_int_equal(nodes.count, MILLION / 2 - 1);
    assert_int_equal(nodes.items[0], MILLION / 2 + 1);
    rg_node_list_dispose(&nodes);
    free(block);
    rg_graph_free(g);
}

typedef struct question {
    const rg_graph *g;
    const uint32_t *block;
    uint32_t block_count;
} question;

static rg_status kept_story(const rg_allocator *allocator, void *context)
{
    const question *q = context;
    rg__kept found = {0};
    const rg_status status = rg__kept_find(&found, q->g, q->block, q->block_count, NULL, allocator);
    rg__kept_dispose(&found);
    return status;
}

static rg_status nodes_story(const rg_allocator *allocator, void *context)
{
    const question *q = context;
    rg_node_list found = {0};
    const rg_status status = rg__kept_nodes(&found, q->g, q->block, q->block_count, 3, allocator);
    rg_node_list_dispose(&found);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(100);
    uint32_t *block = own_blocks(100);
    question q = {g, block, 100};
    assert_true(oom_torture(kept_story, &q) > 13);
    assert_true(oom_torture(nodes_story, &q) > 5);
    free(block);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_keeps_what_no_way_around_it_reaches),
        cmocka_unit_test(all_edges_count_but_weak_ones),
        cmocka_unit_test(what_no_root_reaches_hangs_on_its_sources),
        cmocka_unit_test(a_cycle_of_blocks_that_nothing_leads_to_hangs_on_its_lowest),
        cmocka_unit_test(no_node_one_node_self_edges_and_parallel_edges),
        cmocka_unit_test(random_graphs_agree_with_what_is_reached_around_each_block),
        cmocka_unit_test(in_a_chain_of_a_million_nodes_each_keeps_those_behind),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
