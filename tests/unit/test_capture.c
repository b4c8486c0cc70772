/* The capture as a C host that embeds Python uses it, and every allocation of it failing in turn. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <refgraph/analysis.h>
#include <refgraph/capture.h>

#include "oom.h"
#include "test.h"

#include <string.h>

static void run(const char *source)
{
    assert_int_equal(PyRun_SimpleString(source), 0);
}

static int start_python(void **state)
{
    (void)state;
    Py_InitializeEx(0);
    return PyRun_SimpleString("import gc\n"
                              "class Session: pass\n"
                              "CACHE = {'u1': [Session()]}\n"
                              "for i in range(500): CACHE[i] = (Session(), 'é' * 80, 10**30)\n");
}

static int stop_python(void **state)
{
    (void)state;
    return Py_FinalizeEx();
}

/* The first node of a type of __main__. */
static uint32_t first_of(const rg_graph *g, const char *type)
{
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++) {
        const rg_type t = rg_graph_type(g, rg_graph_node(g, n).type);
        if (t.name.size == strlen(type) && !memcmp(t.name.data, type, t.name.size))
            return n;
    }
    return RG_NONE;
}

static void an_object_is_found_with_the_expression_that_holds_it(void **state)
{
    (void)state;
    rg_graph *g = NULL;
    rg_capture_cost cost = {0};
    rg_distances d = {0};
    rg_chains chains = {0};
    rg_buffer text = rg_buffer_empty(NULL);
    bool is_evaluable = false;
    run("ONLY = type('Only', (), {})()\nKEPT = {'here': [ONLY]}\ndel ONLY\n");
    assert_int_equal(rg_capture(&g, NULL, &cost, NULL), RG_OK);
    assert_true(cost.seconds >= cost.pause_seconds && cost.pause_seconds > 0);
    const uint32_t node = first_of(g, "Only");
    assert_int_not_equal(node, RG_NONE);
    assert_int_equal(rg_distances_find(&d, g, RG_STRENGTH_INFRASTRUCTURE, NULL), RG_OK);
    assert_int_equal(rg_chains_find(&chains, g, &d, node, 3, NULL), RG_OK);
    assert_int_equal(chains.count, 1);
    assert_int_equal(rg_chain_write_expression(&chains.items[0], g, &text, &is_evaluable), RG_OK);
    assert_true(is_evaluable);
    assert_string_equal(text.data, "sys.modules['__main__'].KEPT['here'][0]");
    rg_buffer_dispose(&text);
    rg_chains_dispose(&chains);
    rg_distances_dispose(&d);
    rg_graph_free(g);
}

static void the_public_walk_finds_what_the_lists_hold(void **state)
{
    (void)state;
    rg_graph *direct = NULL;
    rg_graph *public = NULL;
    const rg_capture_options options = {.public_walk = true};
    run("import gc; gc.collect(); gc.disable()");
    assert_int_equal(rg_capture(&direct, NULL, NULL, NULL), RG_OK);
    assert_int_equal(rg_capture(&public, &options, NULL, NULL), RG_OK);
    run("gc.enable()");
    uint32_t differing = 0;
    for (uint32_t n = 0; n < rg_graph_node_count(direct); n++) {
        const rg_node a = rg_graph_node(direct, n);
        const uint32_t other = rg_graph_find(public, a.address);
        if (other == RG_NONE) {
            differing++;
            continue;
        }
        const rg_node b = rg_graph_node(public, other);
        const uint64_t a_edges = rg_graph_edges_end(direct, n) - rg_graph_edges_begin(direct, n);
        const uint64_t b_edges =
            rg_graph_edges_end(public, other) - rg_graph_edges_begin(public, other);
        differing += a.refcount != b.refcount || a_edges != b_edges;
    }
    assert_true(rg_graph_node_count(direct) > 5000);
    assert_true(differing <
                30); /* what asking gc makes and keeps: its module's names, a few ints */
    rg_graph_free(direct);
    rg_graph_free(public);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    size_t failures = 0;
    /* every one of the first 300, then in growing steps: most of the later ones are alike */
    for (size_t n = 0;; n += 1 + (n > 300 ? n / 16 : 0)) {
        oom memory = {.fail_at = n};
        const rg_allocator a = oom_allocator(&memory);
        const rg_capture_options options = {.allocator = &a};
        rg_graph *g = NULL;
        rg_error error = {{0}};
        const rg_status status = rg_capture(&g, &options, NULL, &error);
        rg_graph_free(g);
        assert_int_equal(memory.live_bytes, 0);
        assert_false(PyErr_Occurred());
        if (!status)
            break;
        failures++;
        assert_int_equal(status, RG_ERR_NOMEM);
        assert_null(g);
        assert_true(strstr(error.text, "memory") != NULL);
    }
    assert_true(failures > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_found_with_the_expression_that_holds_it),
        cmocka_unit_test(the_public_walk_finds_what_the_lists_hold),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, start_python, stop_python);
}
