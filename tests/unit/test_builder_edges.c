/* Edges given to a builder several at once, and graphs larger than the buckets that reverse edges are sorted in. */
#include <refgraph/graph.h>

#include "oom.h"
#include "random.h"
#include "test.h"

enum { NODES = 150000, EDGES = 400000, MOST = 40 };

/* A builder with that many nodes of one type. */
static rg_status with_nodes(rg_builder **out, const rg_allocator *allocator, uint32_t count)
{
    const rg_type type = {{"", 0}, {"T", 1}, RG_KIND_INSTANCE, 0, RG_NONE};
    uint32_t id = 0;
    rg_status status = rg_builder_new(out, allocator);
    if (!status)
        status = rg_builder_reserve(*out, count, count);
    if (!status)
        status = rg_builder_add_type(*out, &id, &type);
    for (uint32_t i = 0; i < count && !status; i++) {
        const rg_node node = {.address = 16 * (i + 1), .text = RG_NONE};
        status = rg_builder_add_node(*out, &id, &node);
    }
    return status;
}

static rg_new_edge some_edge(randomness *random, uint32_t nodes)
{
    /* a few targets have most of the references */
    const uint32_t to =
        random_below(random, 3) ? random_below(random, nodes) : 7 * random_below(random, 5);
    return (rg_new_edge){
        to, {RG_NAME_INDEX, random_below(random, 1 << 30)}, (rg_strength)random_below(random, 4)};
}

static void assert_same(const rg_graph *a, const rg_graph *b)
{
    assert_int_equal(rg_graph_edge_count(a), rg_graph_edge_count(b));
    for (uint32_t u = 0; u < rg_graph_node_count(a); u++) {
        assert_int_equal(rg_graph_edges_begin(a, u), rg_graph_edges_begin(b, u));
        for (uint64_t e = rg_graph_edges_begin(a, u); e < rg_graph_edges_end(a, u); e++) {
            const rg_edge x = rg_graph_edge(a, u, e);
            const rg_edge y = rg_graph_edge(b, u, e);
            assert_int_equal(x.to, y.to);
            assert_int_equal(x.name.kind, y.name.kind);
            assert_int_equal(x.name.value, y.name.value);
            assert_int_equal(x.strength, y.strength);
        }
    }
}

static void edges_added_together_are_those_added_one_by_one(void **state)
{
    (void)state;
    randomness random = {3};
    rg_builder *together = NULL;
    rg_builder *singly = NULL;
    rg_graph *a = NULL;
    rg_graph *b = NULL;
    rg_error error = {{0}};
    rg_new_edge edges[MOST];
    assert_int_equal(with_nodes(&together, NULL, NODES), RG_OK);
    assert_int_equal(with_nodes(&singly, NULL, NODES), RG_OK);
    uint32_t from = 0;
    for (size_t added = 0; added < EDGES && from < NODES; from += random_below(&random, 20)) {
        const size_t count = random_below(&random, MOST);
        for (size_t i = 0; i < count; i++) {
            edges[i] = some_edge(&random, NODES);
            assert_int_equal(
                rg_builder_add_edge(singly, from, edges[i].to, edges[i].name, edges[i].strength),
                RG_OK);
        }
        assert_int_equal(rg_builder_add_edges(together, from, edges, count), RG_OK);
        added += count;
    }
    assert_int_equal(rg_builder_finish(&a, &together), RG_OK);
    assert_int_equal(rg_builder_finish(&b, &singly), RG_OK);
    assert_int_equal(rg_graph_check(a, &error), RG_OK);
    assert_int_equal(rg_graph_check(b, &error), RG_OK);
    assert_same(a, b);
    rg_graph_free(a);
    rg_graph_free(b);
}

static void sources_that_stop_ascending_are_sorted(void **state)
{
    (void)state;
    enum { FEW = 70000 };
    randomness random = {5};
    rg_builder *builder = NULL;
    rg_graph *graph = NULL;
    rg_error error = {{0}};
    assert_int_equal(with_nodes(&builder, NULL, FEW), RG_OK);
    for (uint32_t i = 0; i < FEW; i++) {
        const rg_new_edge edge = some_edge(&random, FEW);
        const uint32_t from = i < FEW / 2 ? i : random_below(&random, FEW);
        assert_int_equal(rg_builder_add_edges(builder, from, &edge, 1), RG_OK);
    }
    assert_int_equal(rg_builder_finish(&graph, &builder), RG_OK);
    assert_int_equal(rg_graph_check(graph, &error), RG_OK);
    assert_int_equal(rg_graph_edge_count(graph), FEW);
    rg_graph_free(graph);
}

static void of_edges_that_are_refused_none_is_added(void **state)
{
    (void)state;
    rg_builder *builder = NULL;
    rg_graph *graph = NULL;
    const rg_new_edge edges[] = {{1, {RG_NAME_INDEX, 0}, RG_STRENGTH_OWN},
                                 {2, {RG_NAME_INDEX, 1}, RG_STRENGTH_OWN}};
    assert_int_equal(with_nodes(&builder, NULL, 2), RG_OK);
    assert_int_equal(rg_builder_add_edges(builder, 0, edges, 2), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_edges(builder, 2, edges, 1), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_edges(builder, 0, edges, 1), RG_OK);
    assert_int_equal(rg_builder_finish(&graph, &builder), RG_OK);
    assert_int_equal(rg_graph_edge_count(graph), 1);
    rg_graph_free(graph);
}

static void strings_added_together_have_the_ids_of_those_added_one_by_one(void **state)
{
    (void)state;
    enum { TEXTS = 5000 };
    static char bytes[TEXTS][8];
    static rg_string texts[TEXTS];
    static uint32_t ids[TEXTS];
    randomness random = {9};
    rg_builder *builder = NULL;
    rg_graph *graph = NULL;
    assert_int_equal(rg_builder_new(&builder, NULL), RG_OK);
    for (size_t i = 0; i < TEXTS; i++) {
        const size_t size = random_below(&random, 4);
        for (size_t k = 0; k < size; k++)
            bytes[i][k] = (char)('a' + random_below(&random, 12));
        texts[i] = (rg_string){bytes[i], size};
    }
    assert_int_equal(rg_builder_reserve_strings(builder, TEXTS, TEXTS), RG_OK);
    assert_int_equal(rg_builder_add_strings(builder, ids, texts, TEXTS), RG_OK);
    for (size_t i = 0; i < TEXTS; i++) {
        uint32_t id = RG_NONE;
        assert_int_equal(rg_builder_add_string(builder, &id, texts[i]), RG_OK);
        assert_int_equal(id, ids[i]);
    }
    assert_int_equal(rg_builder_finish(&graph, &builder), RG_OK);
    for (size_t i = 0; i < TEXTS; i++) {
        const rg_string text = rg_graph_string(graph, ids[i]);
        assert_int_equal(text.size, texts[i].size);
        assert_memory_equal(text.data, texts[i].data, text.size);
    }
    rg_graph_free(graph);
}

static rg_status build_all(const rg_allocator *allocator, void *context)
{
    (void)context;
    rg_builder *builder = NULL;
    rg_graph *graph = NULL;
    const rg_string texts[] = {{"a", 1}, {"b", 1}, {"a", 1}};
    uint32_t ids[3];
    const rg_new_edge edges[] = {{1, {RG_NAME_INDEX, 0}, RG_STRENGTH_OWN},
                                 {2, {RG_NAME_INDEX, UINT32_MAX}, RG_STRENGTH_WEAK}};
    rg_status status = with_nodes(&builder, allocator, 3);
    if (!status)
        status = rg_builder_reserve_strings(builder, 3, 3);
    if (!status)
        status = rg_builder_add_strings(builder, ids, texts, 3);
    if (!status)
        status = rg_builder_add_edges(builder, 1, edges, 2);
    if (!status)
        status = rg_builder_add_edges(builder, 0, edges, 2);
    if (!status)
        status = rg_builder_finish(&graph, &builder);
    rg_builder_free(builder);
    rg_graph_free(graph);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(build_all, NULL) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_added_together_are_those_added_one_by_one),
        cmocka_unit_test(sources_that_stop_ascending_are_sorted),
        cmocka_unit_test(of_edges_that_are_refused_none_is_added),
        cmocka_unit_test(strings_added_together_have_the_ids_of_those_added_one_by_one),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
