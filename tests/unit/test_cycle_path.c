/* A shortest cycle through the members of a cycle. */
#include <refgraph/analysis.h>

#include "cycle_oracle.h"
#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "sanitized.h"
#include "test.h"

static rg_cycle_path path_of(const rg_graph *g, const rg_cycles *c, size_t cycle)
{
    rg_cycle_path path = {0};
    assert_int_equal(rg_cycle_path_find(&path, g, c, cycle, NULL), RG_OK);
    return path;
}

static bool is_member(const rg_cycles *c, size_t cycle, uint32_t node)
{
    for (uint32_t i = 0; i < c->items[cycle].count; i++)
        if (c->members[c->items[cycle].first + i] == node)
            return true;
    return false;
}

/* A closed walk along edges of the graph through members, no object twice. */
static void assert_is_a_cycle(const rg_graph *g, const rg_cycles *c, size_t cycle,
                              const rg_cycle_path *path)
{
    assert_true(path->count > 0);
    for (size_t i = 0; i < path->count; i++) {
        const rg_edge *edge = &path->edges[i];
        assert_int_equal(edge->to, path->edges[(i + 1) % path->count].from);
        assert_true(edge->index >= rg_graph_edges_begin(g, edge->from) &&
                    edge->index < rg_graph_edges_end(g, edge->from));
        const rg_edge real = rg_graph_edge(g, edge->from, edge->index);
        assert_int_equal(real.to, edge->to);
        assert_int_equal(real.strength, edge->strength);
        assert_int_equal(real.name.kind, edge->name.kind);
        assert_int_equal(real.name.value, edge->name.value);
        assert_true(edge->strength < RG_STRENGTH_WEAK);
        assert_false(edge->folded);
    }
    if (path->count > 1000)
        return;
    for (size_t i = 0; i < path->count; i++) {
        assert_true(is_member(c, cycle, path->edges[i].from));
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(path->edges[i].from, path->edges[k].from);
    }
}

/*   0 ─► 1 ─► 2 ─► 3 ─► 0       the short way is 1 ─► 2 ─► 1
 *        ▲────┘ */
static void the_shortest_way_round_is_found(void **state)
{
    (void)state;
    static const uint32_t edges[][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {2, 1}};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 4);
    for (size_t i = 0; i < COUNT_OF(edges); i++)
        drawing_own(&d, edges[i][0], edges[i][1], ".x");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    rg_cycle_path path = path_of(g, &c, 0);
    assert_is_a_cycle(g, &c, 0, &path);
    assert_int_equal(path.count, 2);
    assert_int_equal(path.edges[0].from + path.edges[0].to, 3);
    assert_true(path.is_shortest);
    rg_cycle_path_dispose(&path);
    rg_cycle_path_dispose(&path);
    assert_int_equal(rg_cycle_path_find(&path, g, &c, 1, NULL), RG_ERR_ARGUMENT);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

static void a_self_edge_is_the_shortest_and_parallel_edges_are_one_step(void **state)
{
    (void)state;
    for (uint32_t length = 1; length <= 3; length++) {
        drawing d = drawing_new(NULL);
        drawing_nodes(&d, 3);
        for (uint32_t n = 0; n < 3; n++) {
            drawing_own(&d, n, (n + 1) % 3, ".x");
            drawing_own(&d, n, (n + 1) % 3, ".y");
        }
        if (length == 2)
            drawing_own(&d, 2, 1, ".back");
        if (length == 1)
            drawing_own(&d, 2, 2, ".me");
        rg_graph *g = sample_drawn(&d);
        rg_cycles c = heap_cycles(g);
        rg_cycle_path path = path_of(g, &c, 0);
        assert_is_a_cycle(g, &c, 0, &path);
        assert_int_equal(path.count, length);
        rg_cycle_path_dispose(&path);
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

static void no_node_and_one_node_have_no_path(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_graph *one = sample_chain(1);
    const rg_graph *const graphs[] = {empty, one};
    for (size_t i = 0; i < COUNT_OF(graphs); i++) {
        rg_cycles c = heap_cycles(graphs[i]);
        rg_cycle_path path = {0};
        assert_int_equal(rg_cycle_path_find(&path, graphs[i], &c, 0, NULL), RG_ERR_ARGUMENT);
        rg_cycles_dispose(&c);
    }
    rg_graph_free(one);
    rg_graph_free(empty);
}

/* ---- where it begins ---- */

/* A ring of one object of each kind, at any place: an instance comes first, then other objects, functions
 * and generators, frames and classes, containers; of two instances the type that is first in the alphabet. */
static void a_path_begins_at_the_object_that_tells_most(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        rg_kind kind;
    } kinds[] = {
        {"b.Alpha", RG_KIND_INSTANCE}, {"a.Beta", RG_KIND_INSTANCE},   {"b.Beta", RG_KIND_INSTANCE},
        {"c.Thing", RG_KIND_OTHER},    {"function", RG_KIND_FUNCTION}, {"generator", RG_KIND_FRAME},
        {"frame", RG_KIND_FRAME},      {"type", RG_KIND_TYPE},         {"dict", RG_KIND_CONTAINER},
    };
    enum { KINDS = COUNT_OF(kinds) };
    for (uint32_t most = 0; most < KINDS; most++)
        for (uint32_t shift = 0; shift < KINDS; shift++) {
            drawing d = drawing_new(NULL);
            const uint32_t count = KINDS - most;
            for (uint32_t i = 0; i < count; i++) {
                const size_t k = most + (i + shift) % count;
                drawing_node(&d, drawing_type(&d, kinds[k].type, kinds[k].kind, 0), NULL, 0);
            }
            for (uint32_t i = 0; i < count; i++)
                drawing_own(&d, i, (i + 1) % count, ".x");
            rg_graph *g = sample_drawn(&d);
            rg_cycles c = heap_cycles(g);
            rg_cycle_path path = path_of(g, &c, 0);
            assert_int_equal(path.count, count);
            assert_int_equal(path.edges[0].from, (count - shift % count) % count);
            rg_cycle_path_dispose(&path);
            rg_cycles_dispose(&c);
            rg_graph_free(g);
        }
}

/* ---- turning ---- */

static void a_path_is_turned_to_end_with_what_is_cut(void **state)
{
    (void)state;
    enum { NODES = 5 };
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, NODES);
    for (uint32_t n = 0; n < NODES; n++)
        drawing_own(&d, n, (n + 1) % NODES, ".x");
    drawing_own(&d, 0, 2, ".chord");
    drawing_own(&d, 2, 3, ".chord");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    for (uint32_t n = 0; n < NODES; n++) {
        rg_cycle_path path = path_of(g, &c, 0);
        assert_int_equal(path.count, 4); /* 0 2 3 4 */
        const size_t at = n % path.count;
        rg_edge other = rg_graph_edge(g, 1, rg_graph_edges_begin(g, 1));
        rg_edge edges[] = {other, path.edges[at]};
        const uint64_t last = path.edges[at].index;
        const rg_cut none = {.edges = edges, .count = 1}; /* not on the path */
        const uint64_t first = path.edges[0].index;
        rg_cycle_path_turn(&path, &none);
        assert_true(path.edges[0].index == first);
        const rg_cut cut = {.edges = edges, .count = n == 4 ? 0 : 2};
        rg_cycle_path_turn(&path, &cut);
        assert_is_a_cycle(g, &c, 0, &path);
        assert_int_equal(path.count, 4);
        if (n < 4)
            assert_true(path.edges[3].index == last);
        else
            assert_true(path.edges[0].index == first);
        rg_cycle_path_dispose(&path);
    }
    rg_cycle_path empty = {0};
    const rg_cut nothing = {0};
    rg_cycle_path_turn(&empty, &nothing);
    assert_int_equal(empty.count, 0);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* ---- random heaps ---- */

static void assert_paths_are_shortest(const rg_graph *g)
{
    const cycle_oracle o = cycle_oracle_of(g);
    rg_cycles c = heap_cycles(g);
    for (size_t i = 0; i < c.count; i++) {
        const uint64_t members = cycle_oracle_cycle(&o, c.members[c.items[i].first]);
        rg_cycle_path path = path_of(g, &c, i);
        assert_is_a_cycle(g, &c, i, &path);
        assert_int_equal(path.count, cycle_oracle_shortest(&o, members));
        assert_true(path.is_shortest);
        rg_cycle_path_dispose(&path);
    }
    rg_cycles_dispose(&c);
}

static void paths_of_random_heaps_are_shortest(void **state)
{
    (void)state;
    randomness random = {21};
    for (uint32_t h = 0; h < (SANITIZED ? 3000 : 20000); h++) {
        rg_graph *g = h % 2 ? heap_random(&random, 50) : heap_knot(&random, 2 + h % 30, h % 7);
        assert_paths_are_shortest(g);
        rg_graph_free(g);
    }
}

/* Those of five nodes are in tests/fuzz/fuzz_cycles.c. */
static void paths_of_all_graphs_of_four_nodes_are_shortest(void **state)
{
    (void)state;
    for (uint32_t nodes = 1; nodes <= 4; nodes++)
        for (uint64_t matrix = 0; matrix < UINT64_C(1) << nodes * nodes; matrix++) {
            rg_graph *g = heap_digraph(nodes, matrix);
            assert_paths_are_shortest(g);
            rg_graph_free(g);
        }
}

/* ---- large ---- */

/*   0 ─► 1 ─► … ─► 999999 ─► 0: one search is enough to know that there is no other cycle */
static void the_only_way_round_a_million_nodes_is_known_to_be_shortest(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, MILLION);
    for (uint32_t n = 0; n < MILLION; n++)
        drawing_own(&d, n, (n + 1) % MILLION, ".next");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    rg_cycle_path path = path_of(g, &c, 0);
    assert_int_equal(path.count, MILLION);
    assert_is_a_cycle(g, &c, 0, &path);
    assert_true(path.is_shortest);
    rg_cycle_path_dispose(&path);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* Each object of a layer refers to some of the next one: no cycle is shorter than the layers, but there are far
 * too many ways round to know. Which object is in which layer is left to
 * chance. */
static void a_search_that_is_given_up_still_has_a_cycle(void **state)
{
    (void)state;
    enum { LAYERS = 200, WIDTH = 100, NODES = LAYERS * WIDTH, CHORDS = 20 };
    static uint32_t node_at[NODES];
    randomness random = {5};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, NODES);
    for (uint32_t n = 0; n < NODES; n++) {
        const uint32_t other = random_below(&random, n + 1);
        node_at[n] = node_at[other];
        node_at[other] = n;
    }
    for (uint32_t n = 0; n < NODES; n++) {
        const uint32_t next = (n / WIDTH + 1) % LAYERS * WIDTH;
        drawing_own(&d, node_at[n], node_at[next + n % WIDTH], ".next");
        for (uint32_t i = 0; i < CHORDS; i++)
            drawing_own(&d, node_at[n], node_at[next + random_below(&random, WIDTH)], ".other");
    }
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    rg_cycle_path path = path_of(g, &c, 0);
    assert_false(path.is_shortest);
    assert_int_equal(path.count, LAYERS);
    assert_is_a_cycle(g, &c, 0, &path);
    rg_cycle_path_dispose(&path);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* ---- memory ---- */

typedef struct scene {
    const rg_graph *g;
    const rg_cycles *c;
} scene;

static rg_status story(const rg_allocator *allocator, void *context)
{
    const scene *s = context;
    rg_cycle_path path = {0};
    rg_status status = RG_OK;
    for (size_t i = 0; i < s->c->count && !status; i++) {
        status = rg_cycle_path_find(&path, s->g, s->c, i, allocator);
        rg_cycle_path_dispose(&path);
    }
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const uint32_t nodes[] = {2, 40, 3000}; /* the last has its members in a bit set */
    randomness random = {2};
    for (size_t i = 0; i < COUNT_OF(nodes); i++) {
        rg_graph *g = heap_knot(&random, nodes[i], 3);
        rg_cycles c = heap_cycles(g);
        scene s = {g, &c};
        assert_true(oom_torture(story, &s) > 5);
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_way_round_is_found),
        cmocka_unit_test(a_self_edge_is_the_shortest_and_parallel_edges_are_one_step),
        cmocka_unit_test(no_node_and_one_node_have_no_path),
        cmocka_unit_test(a_path_begins_at_the_object_that_tells_most),
        cmocka_unit_test(a_path_is_turned_to_end_with_what_is_cut),
        cmocka_unit_test(paths_of_random_heaps_are_shortest),
        cmocka_unit_test(paths_of_all_graphs_of_four_nodes_are_shortest),
        cmocka_unit_test(the_only_way_round_a_million_nodes_is_known_to_be_shortest),
        cmocka_unit_test(a_search_that_is_given_up_still_has_a_cycle),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
