/* Nodes and edges given to a builder in parts, by threads: the graph is the one that they make one after the other. */
#include <refgraph/graph.h>

#include <pthread.h>

#include "oom.h"
#include "random.h"
#include "test.h"

enum { NODES = 9000, MOST = 40, LIMIT = 1 << 26 /* of a name's value in a part */ };

/* What a part writes: nodes and edges [begin, end), of a heap that depends on the seed alone. */
typedef struct piece {
    uint32_t seed, begin, end;
    bool stops_early;
    uint32_t value; /* of the names */
} piece;

/* Every tenth node is too large for its place, or its address is. */
static rg_node some_node(uint32_t seed, uint32_t i)
{
    randomness random = {seed + 31 * i};
    const uint32_t kind = random_below(&random, 20);
    return (rg_node){.address = ((uint64_t)i << 4) + 16 + (kind == 7 ? UINT64_C(1) << 60 : 0),
                     .size = kind == 3 ? UINT64_C(5) << 32 : random_below(&random, 1000),
                     .refcount =
                         NODES * MOST + random_below(&random, 9), /* as many as could be held */
                     .text = RG_NONE};
}

static size_t some_edges(const piece *p, uint32_t from, rg_new_edge *out)
{
    randomness random = {p->seed + 77 * from};
    const size_t count =
        random_below(&random, 4) ? random_below(&random, 5) : random_below(&random, MOST);
    for (size_t k = 0; k < count; k++)
        out[k] = (rg_new_edge){random_below(&random, NODES),
                               {RG_NAME_INDEX, p->value + random_below(&random, 50)},
                               (rg_strength)random_below(&random, 4)};
    return count;
}

static rg_status write_nodes(void *context, rg_node_sink *sink)
{
    const piece *p = context;
    rg_status status = RG_OK;
    for (uint32_t i = p->begin; i < p->end - p->stops_early && !status; i++) {
        const rg_node node = some_node(p->seed, i);
        status = rg_node_sink_add(sink, &node);
    }
    return status;
}

static rg_status write_edges(void *context, rg_edge_sink *sink)
{
    const piece *p = context;
    rg_new_edge edges[MOST];
    rg_status status = RG_OK;
    for (uint32_t i = p->begin; i < p->end && !status; i++) {
        const size_t count = some_edges(p, i, edges);
        const size_t half = count / 2; /* two calls for a node */
        status = half ? rg_edge_sink_add(sink, i, edges, half) : RG_OK;
        if (!status && count > half)
            status = rg_edge_sink_add(sink, i, edges + half, count - half);
    }
    return status;
}

static pthread_t caller;

static rg_status write_nodes_here(void *context, rg_node_sink *sink)
{
    return pthread_equal(pthread_self(), caller) ? write_nodes(context, sink) : RG_ERR_STATE;
}

static rg_status with_type(rg_builder **out, const rg_allocator *allocator)
{
    const rg_type type = {{"", 0}, {"T", 1}, RG_KIND_INSTANCE, 0, RG_NONE};
    uint32_t id = 0;
    rg_status status = rg_builder_new(out, allocator);
    return status ? status : rg_builder_add_type(*out, &id, &type);
}

static rg_status in_parts(rg_graph **out, const rg_allocator *allocator, piece *pieces,
                          size_t count, uint64_t spare)
{
    rg_builder *builder = NULL;
    rg_node_part nodes[8];
    rg_edge_part edges[8];
    rg_new_edge some[MOST];
    for (size_t i = 0; i < count; i++) {
        uint64_t room = spare;
        for (uint32_t u = pieces[i].begin; u < pieces[i].end; u++)
            room += some_edges(&pieces[i], u, some);
        nodes[i] = (rg_node_part){pieces[i].end - pieces[i].begin,
                                  allocator ? write_nodes_here : write_nodes, &pieces[i]};
        edges[i] = (rg_edge_part){pieces[i].begin, pieces[i].end, room, write_edges, &pieces[i]};
    }
    rg_status status = with_type(&builder, allocator);
    if (!status)
        status = rg_builder_add_node_parts(builder, nodes, count);
    if (!status)
        status = rg_builder_add_edge_parts(builder, edges, count);
    if (!status)
        status = rg_builder_finish(out, &builder);
    rg_builder_free(builder);
    return status;
}

static rg_status one_by_one(rg_graph **out, const piece *whole)
{
    rg_builder *builder = NULL;
    rg_new_edge some[MOST];
    uint32_t id = 0;
    rg_status status = with_type(&builder, NULL);
    for (uint32_t i = 0; i < whole->end && !status; i++) {
        const rg_node node = some_node(whole->seed, i);
        status = rg_builder_add_node(builder, &id, &node);
    }
    for (uint32_t i = 0; i < whole->end && !status; i++)
        status = rg_builder_add_edges(builder, i, some, some_edges(whole, i, some));
    if (!status)
        status = rg_builder_finish(out, &builder);
    rg_builder_free(builder);
    return status;
}

static void assert_same(const rg_graph *a, const rg_graph *b)
{
    assert_int_equal(rg_graph_node_count(a), rg_graph_node_count(b));
    assert_int_equal(rg_graph_edge_count(a), rg_graph_edge_count(b));
    for (uint32_t u = 0; u < rg_graph_node_count(a); u++) {
        const rg_node x = rg_graph_node(a, u);
        const rg_node y = rg_graph_node(b, u);
        assert_true(x.address == y.address && x.size == y.size && x.refcount == y.refcount);
        assert_int_equal(rg_graph_edges_begin(a, u), rg_graph_edges_begin(b, u));
        for (uint64_t e = rg_graph_edges_begin(a, u); e < rg_graph_edges_end(a, u); e++) {
            const rg_edge p = rg_graph_edge(a, u, e);
            const rg_edge q = rg_graph_edge(b, u, e);
            assert_true(p.to == q.to && p.name.value == q.name.value && p.strength == q.strength);
        }
    }
}

static void parts_make_the_graph_that_one_thread_makes(void **state)
{
    (void)state;
    static const uint32_t cuts[][4] = {
        {0, 0, NODES, NODES}, {0, 1, 2, NODES}, {0, 3000, 6000, NODES}, {0, 4500, 4500, NODES}};
    for (size_t k = 0; k < COUNT_OF(cuts); k++) {
        const piece whole = {(uint32_t)k, 0, NODES, false, 0};
        rg_graph *expected = NULL;
        rg_graph *got = NULL;
        rg_error error = {{0}};
        piece pieces[3] = {whole, whole, whole};
        for (size_t i = 0; i < 3; i++) {
            pieces[i].begin = cuts[k][i];
            pieces[i].end = cuts[k][i + 1];
        }
        assert_int_equal(one_by_one(&expected, &whole), RG_OK);
        assert_int_equal(in_parts(&got, NULL, pieces, 3, k % 2 ? 5000 : 0), RG_OK);
        assert_int_equal(rg_graph_check(got, &error), RG_OK);
        assert_same(got, expected);
        rg_graph_free(got);
        rg_graph_free(expected);
    }
}

static void a_part_that_is_wrong_is_refused(void **state)
{
    (void)state;
    rg_graph *graph = NULL;
    const piece fine[2] = {{1, 0, 4000, false, 0}, {1, 4000, NODES, false, 0}};
    piece gap[2] = {fine[0], fine[1]};
    piece early[2] = {fine[0], fine[1]};
    piece large[2] = {fine[0], fine[1]};
    gap[1].begin = 4001;
    early[1].stops_early = true;
    large[1].value = LIMIT;
    assert_int_equal(in_parts(&graph, NULL, gap, 2, 0), RG_ERR_ARGUMENT);
    assert_int_equal(in_parts(&graph, NULL, early, 2, 0), RG_ERR_ARGUMENT);
    assert_int_equal(in_parts(&graph, NULL, large, 2, 0), RG_ERR_ARGUMENT);
    assert_int_equal(in_parts(&graph, NULL, (piece *)fine, 2, UINT32_MAX), RG_ERR_ARGUMENT);
    assert_int_equal(in_parts(&graph, NULL, (piece *)fine, 2, 0), RG_OK);
    rg_graph_free(graph);
}

/* And another allocator than the default one is asked by this thread alone. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    caller = pthread_self();
    for (size_t n = 0;; n++) {
        oom memory = {.fail_at = n};
        const rg_allocator a = oom_allocator(&memory);
        piece pieces[2] = {{5, 0, 4000, false, 0}, {5, 4000, NODES, false, 0}};
        rg_graph *graph = NULL;
        const rg_status status = in_parts(&graph, &a, pieces, 2, 0);
        rg_graph_free(graph);
        assert_int_equal(memory.live_bytes, 0);
        if (!status)
            return;
        assert_int_equal(status, RG_ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_make_the_graph_that_one_thread_makes),
        cmocka_unit_test(a_part_that_is_wrong_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
