/* Every allocation of a picture fails once: no crash, nothing kept, no file left. Graphviz's own memory is
 * not ours to fail. */
#define _GNU_SOURCE
#include "oom.h"
#include "pictures.h"
#include "samples.h"
#include "test.h"

#include <refgraph/render.h>

#include <stdio.h>
#include <unistd.h>

typedef struct order {
    const rg_graph *graph;
    const char *path; /* NULL: to memory */
    rg_format format;
    double deadline;
} order;

/* Texts, parallel edges, a chain, omissions, limits and a legend: all of the drawing code. */
static rg_status draw(const rg_allocator *allocator, void *context)
{
    const order *o = context;
    rg_subgraph all = {0};
    rg_buffer out = rg_buffer_empty(allocator);
    rg_status status = pictures_select_all(&all, o->graph, allocator);
    if (status)
        return status;
    rg_subgraph some = all;
    some.omissions = (rg_omission[]){{0, 12, true}, {1, 3, false}};
    some.omission_count = 2;
    const rg_render_options options = {.title = "title",
                                       .chain = all.edges,
                                       .chain_count = 3,
                                       .max_nodes = 12,
                                       .deadline = o->deadline};
    status = o->path ? rg_render_path(o->path, o->graph, &some, &options, NULL)
                     : rg_render(&out, o->graph, &some, o->format, &options, NULL);
    if (status)
        assert_int_equal(out.size, 0);
    rg_buffer_dispose(&out);
    rg_subgraph_dispose(&all);
    return status;
}

static rg_graph *sample(void)
{
    randomness random = {3};
    rg_graph *g = NULL;
    do {
        rg_graph_free(g);
        g = sample_random(&random, 30);
    } while (rg_graph_node_count(g) < 20 || rg_graph_edge_count(g) < 30);
    return g;
}

static void drawing_to_memory_survives_every_failed_allocation(void **state)
{
    (void)state;
    rg_graph *g = sample();
    assert_true(oom_torture(draw, &(order){g, NULL, RG_FORMAT_SVG, 0}) > 10);
    assert_true(oom_torture(draw, &(order){g, NULL, RG_FORMAT_DOT, 0}) > 10);
    rg_graph_free(g);
}

/* What the child allocates is not counted here: go on until the picture is whole. */
static void drawing_in_a_child_survives_every_failed_allocation(void **state)
{
    (void)state;
    rg_graph *g = sample();
    order o = {g, NULL, RG_FORMAT_SVG, 120};
    rg_status status = RG_ERR_NOMEM;
    size_t failures = 0;
    for (; status; failures++) {
        oom memory = oom_failing_at(failures);
        const rg_allocator allocator = oom_allocator(&memory);
        status = draw(&allocator, &o);
        assert_true(status == RG_OK || status == RG_ERR_NOMEM);
        assert_int_equal(memory.live_bytes, 0);
        assert_int_equal(memory.wrong_sizes + memory.overruns, 0);
    }
    assert_true(failures > 10);
    rg_graph_free(g);
}

static void drawing_to_a_file_leaves_none_when_an_allocation_fails(void **state)
{
    (void)state;
    char folder[] = "/tmp/refgraph-test-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/picture.svg", folder);
    rg_graph *g = sample();
    assert_true(oom_torture(draw, &(order){g, path, RG_FORMAT_SVG, 0}) > 10);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* it is empty */
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawing_to_memory_survives_every_failed_allocation),
        cmocka_unit_test(drawing_in_a_child_survives_every_failed_allocation),
        cmocka_unit_test(drawing_to_a_file_leaves_none_when_an_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
