/* The live heap asked directly, against gc.get_objects() and gc.get_referrers(), and every allocation failing. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <refgraph/analysis.h>
#include <refgraph/capture.h>
#include <refgraph/live.h>

#include "oom.h"
#include "test.h"

/*  HOLDER list ──► Session ──.n──► list ──► TARGET
 *     │                                       ▲
 *     └──► tuple ─────────────────────────────┘                                        */
static const char *const heap = "import gc\n"
                                "class Session: pass\n"
                                "class Target: pass\n"
                                "TARGET = Target()\n"
                                "HOLDER = [Session(), (TARGET, TARGET)]\n"
                                "HOLDER[0].n = [TARGET]\n"
                                "MANY = [Session() for i in range(1000)]\n"
                                "gc.collect(1)\n"
                                "MORE = [Session() for i in range(501)]\n"
                                "gc.disable()\n";

static PyObject *value(const char *expression)
{
    PyObject *globals = PyModule_GetDict(PyImport_AddModule("__main__"));
    PyObject *result = PyRun_String(expression, Py_eval_input, globals, globals);
    if (!result)
        PyErr_Print();
    assert_non_null(result);
    return result;
}

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

/* Whether a result holds exactly the items of a list, in their order. Takes the list. */
static void assert_same(const rg_live_objects *found, PyObject *expected)
{
    assert_int_equal(found->count, PyList_GET_SIZE(expected));
    for (size_t i = 0; i < found->count; i++)
        assert_ptr_equal(found->items[i], PyList_GET_ITEM(expected, (Py_ssize_t)i));
    Py_DECREF(expected);
}

static void objects_of_a_type_come_in_the_order_of_get_objects(void **state)
{
    (void)state;
    rg_live_objects found = {0};
    PyObject *type = value("Session");
    void *const types[] = {type};
    assert_int_equal(rg_live_of_types(&found, types, 1, NULL), RG_OK);
    assert_same(&found, value("[o for o in gc.get_objects() if type(o) is Session]"));
    rg_live_objects_dispose(&found);
    PyObject *name = PyUnicode_FromString("Session");
    assert_int_equal(rg_live_of_name(&found, name, NULL), RG_OK);
    assert_same(&found, value("[o for o in gc.get_objects() if type(o).__name__ == 'Session']"));
    rg_live_objects_dispose(&found);
    Py_DECREF(name);
    name = PyUnicode_FromString("wrapper_descriptor"); /* a static type */
    assert_int_equal(rg_live_of_name(&found, name, NULL), RG_OK);
    assert_true(found.count > 500);
    rg_live_objects_dispose(&found);
    Py_DECREF(name);
    assert_int_equal(rg_live_of_types(&found, types, 0, NULL), RG_OK);
    assert_int_equal(found.count, 0);
    rg_live_objects_dispose(&found);
    Py_DECREF(type);
}

static void a_census_counts_what_get_objects_has_by_first_appearance(void **state)
{
    (void)state;
    rg_census *census = NULL;
    size_t count = 0;
    uint64_t sessions = 0;
    assert_int_equal(rg_census_new(&census, NULL), RG_OK);
    assert_int_equal(rg_census_add_tracked(census), RG_OK);
    PyObject *expected = value("list(dict.fromkeys(map(type, gc.get_objects())))");
    PyObject *type = value("Session");
    const rg_census_row *rows = rg_census_rows(census, &count);
    /* the expression's own objects come and go: what is older is the same, in the same order */
    Py_ssize_t place = -1;
    for (size_t i = 0; i < count; i++) {
        sessions += rows[i].type == type ? rows[i].count : 0;
        for (Py_ssize_t k = 0; k < PyList_GET_SIZE(expected); k++)
            if (PyList_GET_ITEM(expected, k) == rows[i].type && k > place)
                place = k;
    }
    assert_int_equal(sessions, 1502);
    assert_true(place >= (Py_ssize_t)count - 5);
    assert_int_equal(rg_census_add(census, type), RG_OK);
    rg_census_free(census);
    Py_DECREF(expected);
    Py_DECREF(type);
}

static void addresses_are_found_and_those_of_nothing_are_not(void **state)
{
    (void)state;
    rg_live_objects found = {0};
    PyObject *holder = value("HOLDER");
    const uint64_t addresses[] = {0, 17, (uint64_t)(uintptr_t)holder, UINT64_MAX};
    assert_int_equal(rg_live_at(&found, addresses, 4, NULL), RG_OK);
    assert_int_equal(found.count, 1);
    assert_ptr_equal(found.items[0], holder);
    rg_live_objects_dispose(&found);
    assert_int_equal(rg_live_at(&found, addresses, 0, NULL), RG_OK);
    assert_int_equal(found.count, 0);
    rg_live_objects_dispose(&found);
    Py_DECREF(holder);
}

static void referrers_are_those_of_the_collector_each_once(void **state)
{
    (void)state;
    PyObject *target = value("TARGET");
    PyObject *atom = PyUnicode_FromString("not tracked, and in nothing");
    rg_back_index *index = NULL;
    assert_int_equal(rg_back_index_new(&index, NULL), RG_OK);
    assert_true(rg_back_index_has(index, target) && !rg_back_index_has(index, atom));
    assert_true(rg_back_index_count(index) > 1500 && rg_back_index_memory(index) > 20000);
    for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
        rg_live_objects found = {.allocator = rg_allocator_default()};
        assert_int_equal(rg_referrers_of(&found, is_indexed ? index : NULL, target), RG_OK);
        for (size_t i = 0; i < found.count; i++)
            Py_INCREF(found.items[i]);
        assert_same(&found, value("gc.get_referrers(TARGET)"));
        assert_int_equal(found.count, 3); /* the list, the tuple once, the module's dict */
        const size_t before = found.count;
        assert_int_equal(rg_referrers_of(&found, is_indexed ? index : NULL, atom), RG_OK);
        assert_int_equal(found.count, before);
        rg_live_objects_dispose(&found);
    }
    rg_back_index_free(index);
    Py_DECREF(atom);
    Py_DECREF(target);
}

static int is_context(void *context, void *object)
{
    return object == context;
}

static int fails(void *context, void *object)
{
    (void)context;
    (void)object;
    return -1;
}

static void chains_are_shortest_and_end_at_the_depth(void **state)
{
    (void)state;
    PyObject *target = value("TARGET");
    PyObject *globals = value("globals()");
    const uint64_t ignored[] = {(uint64_t)(uintptr_t)globals};
    rg_back_index *index = NULL;
    rg_live_search search = {.max_depth = 2,
                             .ignored = ignored,
                             .ignored_count = 1,
                             .index = &index,
                             .test = is_context,
                             .context = value("HOLDER")};
    rg_live_objects chain = {0};
    assert_int_equal(rg_live_find(&chain, target, &search, NULL), RG_OK);
    assert_int_equal(chain.count, 3);
    assert_ptr_equal(chain.items[0], target);
    assert_true(PyTuple_Check((PyObject *)chain.items[1])); /* not through the Session */
    assert_ptr_equal(chain.items[2], search.context);
    rg_live_objects_dispose(&chain);
    search.max_depth = 1;
    assert_int_equal(rg_live_find(&chain, target, &search, NULL), RG_OK);
    assert_int_equal(chain.count, 0);
    search.test = fails;
    assert_int_equal(rg_live_find(&chain, target, &search, NULL), RG_ERR_STATE);
    search =
        (rg_live_search){.is_forward = true, .max_depth = 9, .test = is_context, .context = target};
    PyObject *holder = value("HOLDER");
    assert_int_equal(rg_live_find(&chain, holder, &search, NULL), RG_OK);
    assert_int_equal(chain.count, 3);
    rg_live_objects_dispose(&chain);
    rg_back_index_free(index);
    Py_DECREF(holder);
    Py_DECREF(holder); /* the search's */
    Py_DECREF(globals);
    Py_DECREF(target);
}

static void what_nobody_refers_to_is_found_among_some_and_among_all(void **state)
{
    (void)state;
    rg_live_objects found = {0};
    PyObject *lonely = PyList_New(0);
    PyObject *held = value("HOLDER");
    void *const both[] = {lonely, held};
    assert_int_equal(rg_live_unreferenced(&found, both, 2, NULL, NULL), RG_OK);
    assert_int_equal(found.count, 1);
    assert_ptr_equal(found.items[0], lonely);
    rg_live_objects_dispose(&found);
    assert_int_equal(rg_live_unreferenced(&found, NULL, 0, NULL, NULL), RG_OK);
    bool has_lonely = false;
    for (size_t i = 0; i < found.count; i++) {
        has_lonely |= found.items[i] == lonely;
        assert_ptr_not_equal(found.items[i], held);
    }
    assert_true(has_lonely);
    rg_live_objects_dispose(&found);
    PyObject *list = PyList_New(0);
    assert_int_equal(PyList_Append(list, lonely), 0);
    void *const one[] = {lonely};
    assert_int_equal(rg_live_unreferenced(&found, one, 1, list, NULL), RG_OK);
    assert_int_equal(found.count, 1); /* the list that holds it is not asked */
    rg_live_objects_dispose(&found);
    assert_int_equal(rg_live_unreferenced(&found, one, 1, NULL, NULL), RG_OK);
    assert_int_equal(found.count, 0);
    rg_live_objects_dispose(&found);
    Py_DECREF(list);
    Py_DECREF(held);
    Py_DECREF(lonely);
}

/* Some objects as a graph of their own: names of what they refer to, nothing beyond. */
static void some_objects_are_captured_with_their_names(void **state)
{
    (void)state;
    PyObject *holder = value("HOLDER");
    PyObject *session = value("HOLDER[0]");
    void *const only[] = {holder, session, holder};
    const rg_capture_options options = {.only = only, .only_count = 3};
    rg_graph *g = NULL;
    assert_int_equal(rg_capture(&g, &options, NULL, NULL), RG_OK);
    assert_true(rg_graph_node_count(g) < 10);
    const uint32_t node = rg_graph_find(g, (uint64_t)(uintptr_t)holder);
    assert_int_not_equal(node, RG_NONE);
    assert_int_equal(rg_graph_edges_end(g, node) - rg_graph_edges_begin(g, node), 2);
    const rg_edge edge = rg_graph_edge(g, node, rg_graph_edges_begin(g, node) + 1);
    assert_int_equal(edge.name.kind, RG_NAME_INDEX);
    assert_int_equal(edge.name.value, 1);
    assert_int_equal(rg_graph_edges_end(g, edge.to), rg_graph_edges_begin(g, edge.to));
    rg_graph_free(g);
    Py_DECREF(session);
    Py_DECREF(holder);
}

static rg_status every_question(const rg_allocator *a, void *context)
{
    PyObject *target = context;
    rg_census *census = NULL;
    rg_id_table *table = NULL;
    rg_back_index *index = NULL;
    rg_live_objects found = {0};
    rg_new_ids fresh = {0};
    void *const types[] = {Py_TYPE(target)};
    rg_live_search search = {
        .max_depth = 3, .index = &index, .test = is_context, .context = Py_None};
    rg_status status = rg_census_new(&census, a);
    if (!status)
        status = rg_id_table_new(&table, census, a);
    size_t count = 0;
    if (!status)
        (void)rg_census_rows(census, &count);
    uint32_t *numbers = calloc(count + 1, sizeof *numbers);
    if (!status)
        status = rg_id_table_number(table, census, numbers, NULL, &fresh);
    if (!status)
        assert_true(fresh.count > 1500);
    free(numbers);
    if (!status)
        status = rg_live_of_types(&found, types, 1, a);
    rg_live_objects_dispose(&found);
    PyObject *name = PyUnicode_FromString("Target");
    if (!status)
        status = rg_live_of_name(&found, name, a);
    rg_live_objects_dispose(&found);
    Py_DECREF(name);
    if (!status)
        status = rg_live_unreferenced(&found, NULL, 0, NULL, a);
    rg_live_objects_dispose(&found);
    if (!status)
        status = rg_live_find(&found, target, &search, a);
    rg_live_objects_dispose(&found);
    rg_back_index_free(index);
    rg_new_ids_dispose(&fresh);
    rg_id_table_free(table);
    rg_census_free(census);
    return status;
}

static void every_allocation_may_fail_and_no_reference_is_left(void **state)
{
    (void)state;
    PyObject *target = value("TARGET");
    const Py_ssize_t before = Py_REFCNT(target);
    assert_true(oom_torture(every_question, target) > 30);
    assert_int_equal(Py_REFCNT(target), before);
    assert_null(PyErr_Occurred());
    Py_DECREF(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_of_a_type_come_in_the_order_of_get_objects),
        cmocka_unit_test(a_census_counts_what_get_objects_has_by_first_appearance),
        cmocka_unit_test(addresses_are_found_and_those_of_nothing_are_not),
        cmocka_unit_test(referrers_are_those_of_the_collector_each_once),
        cmocka_unit_test(chains_are_shortest_and_end_at_the_depth),
        cmocka_unit_test(what_nobody_refers_to_is_found_among_some_and_among_all),
        cmocka_unit_test(some_objects_are_captured_with_their_names),
        cmocka_unit_test(every_allocation_may_fail_and_no_reference_is_left),
    };
    return cmocka_run_group_tests(tests, start_python, stop_python);
}
