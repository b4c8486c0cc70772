/* A heap that several threads make a graph of, and several units of work: the graph is the one that a single thread
 * makes, of a heap that nobody changes in between. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <refgraph/capture.h>

#include "test.h"

/* More than two million references: lists of shared and own objects, and dicts. */
static const char *const heap = "import gc\n"
                                "class Node:\n"
                                "    def __init__(self, i):\n"
                                "        self.number = i * 1000003\n"
                                "        self.name = 'node%d' % i\n"
                                "MANY = [Node(i) for i in range(60000)]\n"
                                "ROWS = [[MANY[i % 977]] * (i % 40) for i in range(100000)]\n"
                                "gc.collect()\n"
                                "gc.disable()\n";

static int start_python(void **state)
{
    (void)state;
    Py_InitializeEx(0);
    return PyRun_SimpleString(heap);
}

static int stop_python(void **state)
{
    (void)state;
    return Py_FinalizeEx();
}

/* The default allocator by another name: one that no second thread may use. */
static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    const rg_allocator *a = context;
    return a->resize(a->context, block, old_size, new_size);
}

static rg_graph *captured(const rg_allocator *allocator, bool no_texts)
{
    const rg_capture_options options = {.allocator = allocator, .no_texts = no_texts};
    rg_graph *g = NULL;
    rg_error error = {{0}};
    const rg_status status = rg_capture(&g, &options, NULL, &error);
    if (status)
        print_error("%s\n", error.text);
    assert_int_equal(status, RG_OK);
    return g;
}

static bool equal_text(rg_string a, rg_string b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

static void assert_same_edges(const rg_graph *a, const rg_graph *b, uint32_t node)
{
    assert_int_equal(rg_graph_edges_begin(a, node), rg_graph_edges_begin(b, node));
    for (uint64_t e = rg_graph_edges_begin(a, node); e < rg_graph_edges_end(a, node); e++) {
        const rg_edge p = rg_graph_edge(a, node, e);
        const rg_edge q = rg_graph_edge(b, node, e);
        assert_true(p.to == q.to && p.name.kind == q.name.kind && p.strength == q.strength);
        if (p.name.kind == RG_NAME_KEY || p.name.kind == RG_NAME_INDEX)
            assert_int_equal(p.name.value, q.name.value);
    }
}

static void assert_same_nodes(const rg_graph *a, const rg_graph *b)
{
    assert_int_equal(rg_graph_node_count(a), rg_graph_node_count(b));
    assert_true(rg_graph_edge_count(a) == rg_graph_edge_count(b));
    for (uint32_t u = 0; u < rg_graph_node_count(a); u++) {
        const rg_node x = rg_graph_node(a, u);
        const rg_node y = rg_graph_node(b, u);
        assert_true(x.address == y.address && x.size == y.size && x.type == y.type &&
                    x.refcount == y.refcount && x.flags == y.flags && x.generation == y.generation);
        assert_true(x.text == RG_NONE
                        ? y.text == RG_NONE
                        : equal_text(rg_graph_string(a, x.text), rg_graph_string(b, y.text)));
        assert_same_edges(a, b, u);
    }
}

static void several_threads_make_the_graph_that_one_makes(void **state)
{
    (void)state;
    rg_allocator inner = rg_allocator_default();
    const rg_allocator single = {.context = &inner, .resize = resize};
    for (int no_texts = 0; no_texts < 2; no_texts++) {
        rg_graph *by_one = captured(&single, no_texts);
        rg_graph *by_several = captured(NULL, no_texts);
        rg_error error = {{0}};
        assert_true(rg_graph_edge_count(by_one) > UINT64_C(1) << 21);
        assert_int_equal(rg_graph_check(by_several, &error), RG_OK);
        assert_same_nodes(by_several, by_one);
        rg_graph_free(by_one);
        rg_graph_free(by_several);
    }
}

/* A list that C code has not filled yet has few items at great positions: their names take more than an edge has. */
static void an_item_far_behind_empty_places_has_its_position(void **state)
{
    (void)state;
    const Py_ssize_t last = (Py_ssize_t)1 << 26;
    PyObject *list = PyList_New(last + 1);
    PyObject *item = PyList_New(0);
    assert_true(list && item && !PyList_SetItem(list, last, item));
    rg_graph *g = captured(NULL, true);
    uint32_t node = 0;
    while (rg_graph_node(g, node).address != (uintptr_t)list)
        node++;
    const uint64_t e = rg_graph_edges_begin(g, node);
    assert_true(rg_graph_edges_end(g, node) == e + 1);
    const rg_edge edge = rg_graph_edge(g, node, e);
    assert_true(rg_graph_node(g, edge.to).address == (uintptr_t)item);
    assert_true(edge.name.kind == RG_NAME_INDEX && edge.name.value == (uint32_t)last);
    rg_graph_free(g);
    Py_DECREF(list);
}

static void an_object_that_refers_to_nothing_is_captured_alone(void **state)
{
    (void)state;
    PyObject *number = PyFloat_FromDouble(2.5);
    void *const only[] = {number};
    const rg_capture_options options = {.only = only, .only_count = 1};
    rg_graph *g = NULL;
    assert_non_null(number);
    assert_int_equal(rg_capture(&g, &options, NULL, NULL), RG_OK);
    assert_int_equal(rg_graph_node_count(g), 1);
    assert_int_equal(rg_graph_edge_count(g), 0);
    rg_graph_free(g);
    Py_DECREF(number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_threads_make_the_graph_that_one_makes),
        cmocka_unit_test(an_item_far_behind_empty_places_has_its_position),
        cmocka_unit_test(an_object_that_refers_to_nothing_is_captured_alone),
    };
    return cmocka_run_group_tests(tests, start_python, stop_python);
}
