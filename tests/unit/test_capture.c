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
        differing +=
            a.refcount != b.refcount || a_edges != b_edges || (a.flags ^ b.flags) & RG_NODE_UNSEEN;
    }
    assert_true(rg_graph_node_count(direct) > 5000);
    assert_true(differing <
                30); /* what asking gc makes and keeps: its module's names, a few ints */
    rg_graph_free(direct);
    rg_graph_free(public);
}

/* What gc.get_objects() leaves out reports what it holds nevertheless. */
static void a_frozen_holder_reports_in_both_walks(void **state)
{
    (void)state;
    run("gc.collect(); gc.disable()\nKEPT = []\ngc.freeze()\nKEPT.append(type('Held', (), {})())\n");
    for (int i = 0; i < 2; i++) {
        rg_graph *g = NULL;
        const rg_capture_options options = {.public_walk = i};
        assert_int_equal(rg_capture(&g, &options, NULL, NULL), RG_OK);
        const uint32_t node = first_of(g, "Held");
        assert_int_not_equal(node, RG_NONE);
        const unsigned flags = rg_graph_node(g, node).flags;
        assert_true(flags & RG_NODE_GC_TRACKED);
        assert_false(flags & RG_NODE_UNSEEN);
        rg_graph_free(g);
    }
    run("gc.unfreeze(); gc.enable()");
}

/* The flags of the first type of this name. */
static uint32_t flags_of(const rg_graph *g, const char *name)
{
    for (uint32_t i = 0; i < rg_graph_type_count(g); i++) {
        const rg_type t = rg_graph_type(g, i);
        if (t.name.size == strlen(name) && !memcmp(t.name.data, name, t.name.size))
            return t.flags;
    }
    fail_msg("no type %s", name);
    return 0;
}

/* datetime is one of them; importing it loses memory of the interpreter's at its end, which LeakSanitizer tells. */
static void types_outside_the_collector_that_hold_references_are_silent(void **state)
{
    (void)state;
    static const char *const silent[] = {"code", "range", "longrange_iterator"};
    static const char *const others[] = {"list", "dict",   "Session",  "int",  "float",
                                         "str",  "module", "function", "type", "cell"};
    rg_graph *g = NULL;
    run("KEPT = [range(3), iter(range(2**70)), 1.5]\n");
    assert_int_equal(rg_capture(&g, NULL, NULL, NULL), RG_OK);
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        if (!(flags_of(g, silent[i]) & RG_TYPE_SILENT))
            fail_msg("%s is not silent", silent[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (flags_of(g, others[i]) & RG_TYPE_SILENT)
            fail_msg("%s is silent", others[i]);
    rg_graph_free(g);
}

static void end_legacy(PyObject *self)
{
    (void)self;
}

static void a_type_with_a_tp_del_has_a_legacy_finalizer(void **state)
{
    (void)state;
    rg_graph *g = NULL;
    PyType_Slot slots[] = {{Py_tp_del, (void *)(uintptr_t)end_legacy}, {0, NULL}};
    PyType_Spec spec = {.name = "legacy.Legacy",
                        .basicsize = sizeof(PyObject),
                        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                        .slots = slots};
    PyObject *type = PyType_FromSpec(&spec);
    assert_non_null(type);
    PyObject *main = PyImport_AddModule("__main__");
    assert_int_equal(PyObject_SetAttrString(main, "Legacy", type), 0);
    run("class Child(Legacy): pass\n"
        "class Modern:\n"
        "    def __del__(self): pass\n"
        "KEPT = [Legacy(), Child(), Modern()]\n");
    assert_int_equal(rg_capture(&g, NULL, NULL, NULL), RG_OK);
    assert_true(flags_of(g, "Legacy") & RG_TYPE_LEGACY_FINALIZER);
    assert_false(flags_of(g, "Child") & RG_TYPE_LEGACY_FINALIZER); /* inherits no tp_del */
    assert_false(flags_of(g, "Modern") & RG_TYPE_LEGACY_FINALIZER);
    assert_false(flags_of(g, "generator") & RG_TYPE_LEGACY_FINALIZER);
    rg_graph_free(g);
    run("del KEPT, Child, Legacy");
    Py_DECREF(type);
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
        cmocka_unit_test(a_frozen_holder_reports_in_both_walks),
        cmocka_unit_test(types_outside_the_collector_that_hold_references_are_silent),
        cmocka_unit_test(a_type_with_a_tp_del_has_a_legacy_finalizer),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, start_python, stop_python);
}
