/* The deep size of objects as a C host asks for it, and every allocation failing in turn. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <refgraph/analysis.h>
#include <refgraph/capture.h>

#include "oom.h"
#include "test.h"

#include <string.h>

static int start_python(void **state)
{
    (void)state;
    Py_InitializeEx(0);
    return 0;
}

static int stop_python(void **state)
{
    (void)state;
    return Py_FinalizeEx();
}

/* The value of a variable of __main__ after some code has run; borrowed. */
static PyObject *variable(const char *source, const char *name)
{
    assert_int_equal(PyRun_SimpleString(source), 0);
    PyObject *value = PyDict_GetItemString(PyModule_GetDict(PyImport_AddModule("__main__")), name);
    assert_non_null(value);
    return value;
}

static rg_graph *reached_by(PyObject *object, bool own_only)
{
    void *const objects[] = {object};
    rg_graph *g = NULL;
    assert_int_equal(rg_capture_reached(&g, objects, 1, own_only, NULL, NULL), RG_OK);
    return g;
}

static uint64_t size_of(const rg_graph *g)
{
    uint64_t size = 0;
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++)
        size += rg_graph_node(g, n).size;
    return size;
}

/* How many nodes are of a type of this name. */
static uint32_t count_of(const rg_graph *g, const char *name)
{
    uint32_t count = 0;
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++) {
        const rg_type t = rg_graph_type(g, rg_graph_node(g, n).type);
        count += t.name.size == strlen(name) && !memcmp(t.name.data, name, t.name.size);
    }
    return count;
}

static void a_structure_is_its_objects_each_once(void **state)
{
    (void)state;
    PyObject *list = variable("x = [1.5]; x = [x, x, (x, b'abcdef')]; x.append(x)", "x");
    rg_graph *g = reached_by(list, false);
    assert_int_equal(rg_graph_node_count(g), 5);
    assert_int_equal(rg_graph_edge_count(g), 0);
    assert_int_equal(rg_graph_root_count(g), 0);
    assert_int_equal(rg_graph_node(g, 0).address, (uint64_t)(uintptr_t)list);
    assert_int_equal(count_of(g, "list"), 2);
    assert_int_equal(count_of(g, "bytes"), 1);
    PyObject *total = variable("import sys\n"
                               "t = sum(map(sys.getsizeof, (x, x[0], x[2], 1.5, b'abcdef')))",
                               "t");
    assert_int_equal(size_of(g), PyLong_AsLong(total));
    rg_graph_free(g);
}

static void own_only_leaves_the_rest_out(void **state)
{
    (void)state;
    PyObject *list = variable("x = [1.5, 2.5]", "x");
    rg_graph *g = reached_by(list, true);
    assert_int_equal(rg_graph_node_count(g), 1);
    rg_graph_free(g);
}

static void the_program_is_not_entered_unless_it_was_asked_for(void **state)
{
    (void)state;
    PyObject *list = variable("import sys\n"
                              "def f(x=[1.5]): pass\n"
                              "def outer(value): return lambda: value\n"
                              "x = [sys, int, f, len, str.join, f.__code__, outer(2.5), [].append]",
                              "x");
    rg_graph *g = reached_by(list, false);
    assert_int_equal(count_of(g, "module") + count_of(g, "type") + count_of(g, "code"), 0);
    assert_int_equal(count_of(g, "function"), 1); /* the one made by outer() */
    assert_int_equal(count_of(g, "float"), 1);
    assert_int_equal(count_of(g, "builtin_function_or_method"), 1); /* of the list */
    rg_graph_free(g);
    g = reached_by(variable("x = f", "x"), false);
    assert_true(rg_graph_node(g, 0).flags & RG_NODE_PROGRAM);
    assert_int_equal(count_of(g, "float"), 1);
    rg_graph_free(g);
}

static void no_objects_reach_nothing_and_null_is_refused(void **state)
{
    (void)state;
    void *const objects[] = {Py_None, NULL};
    rg_graph *g = NULL;
    rg_error error = {{0}};
    assert_int_equal(rg_capture_reached(&g, NULL, 0, false, NULL, &error), RG_OK);
    assert_int_equal(rg_graph_node_count(g), 0);
    rg_graph_free(g);
    g = NULL;
    assert_int_equal(rg_capture_reached(&g, objects, 2, false, NULL, &error), RG_ERR_ARGUMENT);
    assert_null(g);
    assert_true(strstr(error.text, "NULL") != NULL);
}

static void a_million_links_in_a_row_are_reached(void **state)
{
    (void)state;
    PyObject *head = variable("head = None\n"
                              "for i in range(1000000): head = (head,)\n",
                              "head");
    rg_graph *g = reached_by(head, false);
    assert_int_equal(rg_graph_node_count(g), 1000001);
    rg_graph_free(g);
    (void)variable("while head is not None: head, = head\nhead = 1", "head");
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    PyObject *list = variable("class Session:\n"
                              "    def __init__(self, i): self.i = i\n"
                              "x = [[Session(i), {'k': i}, {i}, (i, str(i))] for i in range(50)]",
                              "x");
    void *const objects[] = {list};
    size_t failures = 0;
    for (size_t n = 0;; n++) {
        oom memory = {.fail_at = n};
        const rg_allocator a = oom_allocator(&memory);
        rg_graph *g = NULL;
        rg_error error = {{0}};
        const rg_status status = rg_capture_reached(&g, objects, 1, false, &a, &error);
        rg_graph_free(g);
        assert_int_equal(memory.live_bytes, 0);
        assert_int_equal(memory.wrong_sizes + memory.overruns, 0);
        assert_false(PyErr_Occurred());
        if (!status)
            break;
        failures++;
        assert_int_equal(status, RG_ERR_NOMEM);
        assert_null(g);
        assert_true(strstr(error.text, "memory") != NULL);
    }
    assert_true(failures > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_structure_is_its_objects_each_once),
        cmocka_unit_test(own_only_leaves_the_rest_out),
        cmocka_unit_test(the_program_is_not_entered_unless_it_was_asked_for),
        cmocka_unit_test(no_objects_reach_nothing_and_null_is_refused),
        cmocka_unit_test(a_million_links_in_a_row_are_reached),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, start_python, stop_python);
}
