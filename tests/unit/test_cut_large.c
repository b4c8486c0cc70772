/* What to cut of large cycles: sets by the heuristic of Eades, Lin and Smyth, and searches that are given up. */
#include "analysis/cut_net.h"

#include "heaps.h"
#include "samples.h"
#include "sanitized.h"
#include "test.h"

/* The edges of a graph of which all can be cut, as a matrix of ends, and which of them are cut. */
typedef struct web {
    rg_graph *g;
    rg_cycles c;
    rg_cut cut;
    bool *is_removed; /* by edge of the graph */
    uint32_t *degrees, *queue;
} web;

/* Cut the only cycle of a graph of one component; the graph is the web's from here on. */
static web web_of(rg_graph *g)
{
    const uint32_t nodes = rg_graph_node_count(g);
    web w = {.g = g, .c = heap_cycles(g)};
    assert_int_equal(w.c.count, 1);
    assert_int_equal(w.c.items[0].count, nodes);
    assert_int_equal(rg_cycle_cut_find(&w.cut, g, &w.c, 0, NULL), RG_OK);
    w.is_removed = calloc(rg_graph_edge_count(g), sizeof *w.is_removed);
    w.degrees = calloc(nodes, sizeof *w.degrees);
    w.queue = calloc(nodes, sizeof *w.queue);
    assert_true(w.is_removed && w.degrees && w.queue);
    for (size_t i = 0; i < w.cut.count; i++) {
        assert_false(w.is_removed[w.cut.edges[i].index]);
        w.is_removed[w.cut.edges[i].index] = true;
    }
    return w;
}

static void web_dispose(web *w)
{
    free(w->queue);
    free(w->degrees);
    free(w->is_removed);
    rg_cut_dispose(&w->cut);
    rg_cycles_dispose(&w->c);
    rg_graph_free(w->g);
}

/* Nodes that nothing leads to are taken away until there are none. */
static bool is_acyclic(web *w)
{
    const uint32_t nodes = rg_graph_node_count(w->g);
    uint32_t tail = 0;
    memset(w->degrees, 0, nodes * sizeof *w->degrees);
    for (uint32_t u = 0; u < nodes; u++)
        for (uint64_t e = rg_graph_edges_begin(w->g, u); e < rg_graph_edges_end(w->g, u); e++)
            w->degrees[rg_graph_edge(w->g, u, e).to] += !w->is_removed[e];
    for (uint32_t u = 0; u < nodes; u++)
        if (!w->degrees[u])
            w->queue[tail++] = u;
    for (uint32_t head = 0; head < tail; head++) {
        const uint32_t u = w->queue[head];
        for (uint64_t e = rg_graph_edges_begin(w->g, u); e < rg_graph_edges_end(w->g, u); e++)
            if (!w->is_removed[e] && !--w->degrees[rg_graph_edge(w->g, u, e).to])
                w->queue[tail++] = rg_graph_edge(w->g, u, e).to;
    }
    return tail == nodes;
}

/* A ring and random chords; names by turns, so that no shape is enough. */
static rg_graph *tangle(uint32_t nodes, uint32_t chords)
{
    static const char *const names[] = {".a", ".b", ".c", ".parent"};
    randomness random = {77};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    for (uint32_t n = 0; n < nodes; n++) {
        drawing_own(&d, n, (n + 1) % nodes, names[random_below(&random, COUNT_OF(names))]);
        for (uint32_t i = 0; i < chords; i++)
            drawing_own(&d, n, random_below(&random, nodes),
                        names[random_below(&random, COUNT_OF(names))]);
    }
    return sample_drawn(&d);
}

static void of_a_large_set_no_reference_could_be_put_back(void **state)
{
    (void)state;
    web w = web_of(tangle(SANITIZED ? 300 : 1200, 2));
    assert_true(w.cut.is_enough);
    assert_false(w.cut.is_bounded);
    assert_true(w.cut.count > 10);
    assert_true(w.cut.count < rg_graph_edge_count(w.g) / 3);
    assert_true(is_acyclic(&w));
    for (size_t i = 0; i < w.cut.count; i++) {
        w.is_removed[w.cut.edges[i].index] = false;
        assert_false(is_acyclic(&w));
        w.is_removed[w.cut.edges[i].index] = true;
    }
    web_dispose(&w);
}

/* The row 0 ─► 1 ─► 2 … by attributes of two names, and back by attributes that lead back, of five: no shape is
 * enough, and all of the row stays. */
static void references_that_are_worse_to_cut_stay(void **state)
{
    (void)state;
    static const char *const names[] = {".parent", ".owner", ".root", ".up", ".self"};
    enum { NODES = 200 };
    drawing d = drawing_new(NULL);
    randomness random = {3};
    drawing_nodes(&d, NODES);
    for (uint32_t n = 0; n + 1 < NODES; n++) {
        drawing_own(&d, n, n + 1, n % 2 ? ".a" : ".b");
        drawing_own(&d, n + 1, random_below(&random, n + 1), names[n % COUNT_OF(names)]);
    }
    drawing_own(&d, NODES - 1, 0, ".parent");
    web w = web_of(sample_drawn(&d));
    assert_true(w.cut.count > 1);
    assert_true(is_acyclic(&w));
    for (size_t i = 0; i < w.cut.count; i++)
        assert_true(w.cut.edges[i].to <= w.cut.edges[i].from);
    web_dispose(&w);
}

/* The heuristic by itself, before anything is put back: no more than half of the references that join two
 * objects lead back. */
static void an_order_leaves_no_cycle(void **state)
{
    (void)state;
    const rg_allocator allocator = rg_allocator_default();
    for (uint32_t nodes = 2; nodes < 300; nodes = nodes * 3 / 2 + 1) {
        rg_graph *g = tangle(nodes, 3);
        rg_cycles c = heap_cycles(g);
        rg__part part = {0};
        rg__net net = {0};
        assert_int_equal(rg__part_make(&part, g, &c, 0, &allocator), RG_OK);
        assert_int_equal(rg__net_make(&net, &part), RG_OK);
        assert_false(rg__net_is_acyclic(&net));
        assert_int_equal(rg__net_order(&net), RG_OK);
        assert_true(rg__net_is_acyclic(&net));
        uint64_t loops = 0;
        uint64_t removed = 0;
        for (uint64_t k = 0; k < net.edge_count; k++) {
            const rg_edge edge = rg__net_edge(&net, k);
            loops += edge.from == edge.to;
            removed += rg__bit(net.removed, (uint32_t)k);
        }
        assert_true(removed > 0 && removed <= loops + (net.edge_count - loops) / 2);
        rg__net_dispose(&net);
        rg__part_dispose(&part);
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

/*   0 ─► 1 ─► … ─► 999999 ─► 0 */
static void a_ring_of_a_million_nodes_is_cut_by_one_reference(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, MILLION);
    for (uint32_t n = 0; n < MILLION; n++)
        drawing_own(&d, n, (n + 1) % MILLION, n == 7 ? ".parent" : ".next");
    web w = web_of(sample_drawn(&d));
    assert_true(w.cut.is_enough);
    assert_false(w.cut.is_bounded);
    assert_int_equal(w.cut.count, 1);
    assert_int_equal(w.cut.edges[0].from, 7);
    assert_true(is_acyclic(&w));
    web_dispose(&w);
}

static void a_bounded_search_says_so_and_is_enough_all_the_same(void **state)
{
    (void)state;
    web w = web_of(tangle(SANITIZED ? 100000 : 400000, 2));
    assert_true(w.cut.is_bounded);
    assert_true(w.cut.is_enough);
    assert_true(is_acyclic(&w));
    web_dispose(&w);
}

static void of_a_cycle_that_is_too_large_one_reference_is_where_to_begin(void **state)
{
    (void)state;
    web w = web_of(tangle(MILLION, 4));
    assert_true(w.cut.is_bounded);
    assert_false(w.cut.is_enough);
    assert_int_equal(w.cut.count, 1);
    web_dispose(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_large_set_no_reference_could_be_put_back),
        cmocka_unit_test(references_that_are_worse_to_cut_stay),
        cmocka_unit_test(an_order_leaves_no_cycle),
        cmocka_unit_test(a_ring_of_a_million_nodes_is_cut_by_one_reference),
        cmocka_unit_test(a_bounded_search_says_so_and_is_enough_all_the_same),
        cmocka_unit_test(of_a_cycle_that_is_too_large_one_reference_is_where_to_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
