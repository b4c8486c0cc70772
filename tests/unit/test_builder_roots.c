/* What the builder keeps beside nodes and edges: roots, places of allocation, the collector's state. */
#include <refgraph/graph.h>

#include "drawing.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

static void roots_keep_kind_name_and_references(void **state)
{
    (void)state;
    static const char *const names[RG_ROOT_KIND_COUNT] = {
        "app",
        "serve (app.py:88)",
        "atexit callback",
        "other",
        "thread MainThread",
        "static type",
        "serve (app.py:88){evaluation stack}",
        "the evaluation stack of serve (app.py:88)",
        ""};
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    drawing_nodes(&d, RG_ROOT_KIND_COUNT);
    assert_int_equal(d.status, RG_OK);
    for (uint32_t i = 0; i < RG_ROOT_KIND_COUNT; i++) {
        const rg_root root = {(rg_root_kind)i, RG_ROOT_KIND_COUNT - 1 - i, 10 * i,
                              rg_string_of(names[i])};
        assert_int_equal(rg_builder_add_root(d.builder, &root), RG_OK);
    }
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    assert_int_equal(rg_graph_root_count(g), RG_ROOT_KIND_COUNT);
    for (uint32_t i = 0; i < RG_ROOT_KIND_COUNT; i++) {
        const rg_root root = rg_graph_root(g, i);
        assert_int_equal(root.kind, i);
        assert_int_equal(root.node, RG_ROOT_KIND_COUNT - 1 - i);
        assert_int_equal(root.references, 10 * i);
        assert_int_equal(root.name.size, strlen(names[i]));
        assert_memory_equal(root.name.data, names[i], strlen(names[i]));
    }
    rg_graph_free(g);
}

static void unexplained_references_are_found_by_their_node_in_any_order_of_adding(void **state)
{
    (void)state;
    enum { LARGE = 1000 };
    randomness random = {5};
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    uint32_t expected[LARGE] = {0};
    drawing_nodes(&d, LARGE);
    assert_int_equal(d.status, RG_OK);
    for (uint32_t i = 0; i < LARGE; i++) {
        const uint32_t node = (i * 7 + 13) % LARGE; /* each once, not ascending */
        const uint32_t count = random_below(&random, 3) ? 0 : 1 + random_below(&random, 9);
        const rg_root other = {RG_ROOT_OTHER, node, 50, rg_string_of("r")};
        const rg_root native = {RG_ROOT_NATIVE, node, count, {NULL, 0}};
        assert_int_equal(rg_builder_add_root(d.builder, &other), RG_OK);
        if (count)
            assert_int_equal(rg_builder_add_root(d.builder, &native), RG_OK);
        expected[node] = count;
    }
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    for (uint32_t node = 0; node < LARGE; node++)
        assert_int_equal(rg_graph_unexplained(g, node), expected[node]);
    assert_int_equal(rg_graph_unexplained(g, LARGE), 0);
    assert_int_equal(rg_graph_check(g, NULL), RG_OK);
    rg_graph_free(g);
    g = sample_empty();
    assert_int_equal(rg_graph_unexplained(g, 0), 0);
    rg_graph_free(g);
}

static void a_node_has_the_lines_it_was_allocated_at(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    uint32_t files[2] = {0};
    uint32_t sites[2] = {0};
    size_t count = 77;
    drawing_nodes(&d, 5);
    assert_int_equal(d.status, RG_OK);
    assert_int_equal(rg_builder_add_string(d.builder, &files[0], rg_string_of("api.py")), RG_OK);
    assert_int_equal(rg_builder_add_string(d.builder, &files[1], rg_string_of("main.py")), RG_OK);
    const rg_location lines[] = {{files[0], 57}, {files[1], 3}, {files[1], 0}};
    assert_int_equal(rg_builder_add_site(d.builder, &sites[0], lines, 3), RG_OK);
    assert_int_equal(rg_builder_add_site(d.builder, &sites[1], lines + 2, 1), RG_OK);
    assert_int_equal(sites[1], 1);
    assert_int_equal(rg_builder_set_site(d.builder, 3, sites[1]), RG_OK);
    assert_int_equal(rg_builder_set_site(d.builder, 1, sites[1]), RG_OK);
    assert_int_equal(rg_builder_set_site(d.builder, 1, sites[0]), RG_OK); /* the last one counts */
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    const rg_location *site = rg_graph_site(g, 1, &count);
    assert_int_equal(count, 3);
    assert_memory_equal(site, lines, sizeof lines);
    site = rg_graph_site(g, 3, &count);
    assert_int_equal(count, 1);
    assert_int_equal(site->line, 0);
    for (uint32_t node = 0; node < 5; node += 2) { /* 0, 2: before; 4: behind the last one known */
        count = 77;
        assert_null(rg_graph_site(g, node, &count));
        assert_int_equal(count, 0);
    }
    assert_int_equal(rg_graph_check(g, NULL), RG_OK);
    rg_graph_free(g);
}

static void the_collector_comes_back_as_it_was_said(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    const rg_collector_state said = {.kind = RG_COLLECTOR_INCREMENTAL,
                                     .is_enabled = true,
                                     .thresholds = {2000, 10, 0},
                                     .counts = {-3, 4, 5},
                                     .frozen = UINT64_MAX,
                                     .debug_flags = 38};
    assert_int_equal(d.status, RG_OK);
    rg_builder_set_collector(d.builder, &said);
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    const rg_collector_state found = rg_graph_collector(g);
    assert_int_equal(found.kind, said.kind);
    assert_true(found.is_enabled);
    assert_memory_equal(found.thresholds, said.thresholds, sizeof said.thresholds);
    assert_memory_equal(found.counts, said.counts, sizeof said.counts);
    assert_true(found.frozen == UINT64_MAX);
    assert_int_equal(found.debug_flags, 38);
    rg_graph_free(g);
    g = sample_empty();
    assert_int_equal(rg_graph_collector(g).kind, RG_COLLECTOR_UNKNOWN);
    rg_graph_free(g);
}

static void roots_and_sites_of_what_does_not_exist_are_refused(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    rg_graph *g = NULL;
    uint32_t id = 77;
    drawing_nodes(&d, 2);
    assert_int_equal(d.status, RG_OK);
    rg_builder *b = d.builder;
    const rg_string name = rg_string_of("x");
    assert_int_equal(rg_builder_add_root(b, &(rg_root){RG_ROOT_NATIVE, 2, 1, name}),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_root(b, &(rg_root){RG_ROOT_KIND_COUNT, 1, 1, name}),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_root(b, &(rg_root){(rg_root_kind)-1, 1, 1, name}),
                     RG_ERR_ARGUMENT);
    const rg_location line = {99, 1};
    assert_int_equal(rg_builder_add_site(b, &id, &line, 1), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_site(b, &id, &line, 0), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_add_site(b, &id, NULL, 0), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_set_site(b, 0, 0), RG_ERR_ARGUMENT);
    assert_int_equal(id, 77);
    const rg_location known = {0, 1};
    assert_int_equal(rg_builder_add_site(b, &id, &known, 1), RG_OK);
    assert_int_equal(rg_builder_set_site(b, 2, id), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_set_site(b, RG_NONE, id), RG_ERR_ARGUMENT);
    assert_int_equal(rg_builder_set_site(b, 0, 1), RG_ERR_ARGUMENT);
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    assert_int_equal(rg_graph_root_count(g), 0);
    assert_int_equal(rg_graph_check(g, NULL), RG_OK);
    rg_graph_free(g);
}

static rg_status origin_story(const rg_allocator *allocator, void *context)
{
    (void)context;
    enum { LARGE = 60 };
    drawing d = drawing_new(allocator);
    rg_graph *g = NULL;
    uint32_t site = 0;
    drawing_nodes(&d, LARGE);
    for (uint32_t i = LARGE; i-- > 0 && !d.status;) {
        const rg_root root = {(rg_root_kind)(i % RG_ROOT_KIND_COUNT), i, 1, rg_string_of("root")};
        const rg_location lines[] = {{0, i}, {0, i + 1}};
        d.status = rg_builder_add_root(d.builder, &root);
        if (!d.status)
            d.status = rg_builder_add_site(d.builder, &site, lines, COUNT_OF(lines));
        if (!d.status)
            d.status = rg_builder_set_site(d.builder, (i * 7) % LARGE, site);
    }
    const rg_status status = drawing_finish(&d, &g);
    if (!status)
        assert_int_equal(rg_graph_unexplained(g, RG_ROOT_NATIVE), 1);
    rg_graph_free(g);
    return status;
}

static void every_allocation_for_roots_and_sites_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(origin_story, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_keep_kind_name_and_references),
        cmocka_unit_test(unexplained_references_are_found_by_their_node_in_any_order_of_adding),
        cmocka_unit_test(a_node_has_the_lines_it_was_allocated_at),
        cmocka_unit_test(the_collector_comes_back_as_it_was_said),
        cmocka_unit_test(roots_and_sites_of_what_does_not_exist_are_refused),
        cmocka_unit_test(every_allocation_for_roots_and_sites_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
