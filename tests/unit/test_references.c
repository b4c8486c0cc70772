/* What the references to an object are, in one line. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "graph/graph_private.h"

#include "oom.h"
#include "samples.h"
#include "stored.h"
#include "test.h"
#include "zoo.h"

static void add_root(zoo *z, rg_root_kind kind, uint32_t node, uint32_t references)
{
    assert_int_equal(z->d.status, RG_OK);
    const rg_root root = {kind, node, references, rg_string_of("r")};
    assert_int_equal(rg_builder_add_root(z->d.builder, &root), RG_OK);
}

/* Node 0 has these references. The zoo is used up. */
static void assert_references(zoo *z, uint32_t refcount, uint16_t flags, const char *expected)
{
    rg_graph *g = NULL;
    rg_buffer out = {0};
    assert_int_equal(drawing_finish(&z->d, &g), RG_OK);
    g->tables.nodes[0].refcount = refcount;
    set_flags(g, 0, rg__node_flags(&g->tables, 0) | flags);
    assert_int_equal(rg_buffer_add(&out, ">", 1), RG_OK);
    assert_int_equal(rg_references_write(g, 0, &out), RG_OK);
    assert_string_equal(out.data + 1, expected);
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static zoo zoo_with_target(void)
{
    zoo z = zoo_new(NULL);
    assert_int_equal(drawing_node(&z.d, z.instance, NULL, 0), 0);
    return z;
}

static void hold(zoo *z, uint32_t type, const char *name)
{
    const uint32_t node = drawing_node(&z->d, type, NULL, 0);
    drawing_own(&z->d, node, 0, name);
}

static void references_are_counted_by_what_they_are(void **state)
{
    (void)state;
    zoo z = zoo_with_target();
    hold(&z, z.list, "[0]");
    hold(&z, z.instance, ".x");
    add_root(&z, RG_ROOT_NATIVE, 0, 1);
    assert_references(&z, 3, 0, "refcount 3 = 1 list item + 1 attribute + 1 unexplained");

    z = zoo_with_target();
    const uint32_t list = drawing_node(&z.d, z.list, NULL, 0);
    for (int i = 0; i < 1204; i++)
        drawing_own(&z.d, list, 0, "[7]");
    hold(&z, z.list, "[0]");
    hold(&z, z.tuple, "[0]");
    hold(&z, z.tuple, "[1]");
    assert_references(&z, 1207, 0, "refcount 1,207 = 1,205 list items + 2 tuple items");
}

static void each_kind_of_edge_has_its_words(void **state)
{
    (void)state;
    zoo types = zoo_new(NULL); /* every zoo numbers its types alike */
    const uint32_t deque = types.cell + 1;
    rg_builder_free(types.d.builder);
    const struct {
        uint32_t type;
        const char *name, *one, *two;
    } cases[] = {
        {types.instance, ".x", "1 attribute", "2 attributes"},
        {types.list, "[0]", "1 list item", "2 list items"},
        {types.tuple, "[0]", "1 tuple item", "2 tuple items"},
        {deque, "[0]", "1 deque item", "2 deque items"},
        {types.instance, "[0]", "1 item", "2 items"},
        {types.dict, "['k']", "1 dict value", "2 dict values"},
        {types.instance, "['k']", "1 value", "2 values"},
        {types.dict, "key", "1 dict key", "2 dict keys"},
        {types.instance, "element", "1 set element", "2 set elements"},
        {types.frame, "local x", "1 local variable", "2 local variables"},
        {types.cell, ".cell_contents", "1 closure cell", "2 closure cells"},
        {types.function, "cell x", "1 captured variable", "2 captured variables"},
        {types.frame, "slot evaluation stack", "1 value on a frame's stack",
         "2 values on frames' stacks"},
        {types.instance, "type", "1 instance", "2 instances"},
        {types.type, "slot cache", "1 C field", "2 C fields"},
        {types.instance, "", "1 unnamed reference", "2 unnamed references"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (uint32_t count = 1; count <= 2; count++) {
            zoo z = zoo_new(NULL);
            char expected[80];
            assert_int_equal(drawing_type(&z.d, "collections.deque", RG_KIND_CONTAINER, 0), deque);
            assert_int_equal(drawing_node(&z.d, z.instance, NULL, 0), 0);
            for (uint32_t k = 0; k < count; k++)
                hold(&z, cases[i].type, cases[i].name);
            (void)snprintf(expected, sizeof expected, "refcount %u = %s", count,
                           count == 1 ? cases[i].one : cases[i].two);
            assert_references(&z, count, 0, expected);
        }
    }
}

static void each_kind_of_root_has_its_words(void **state)
{
    (void)state;
    static const struct {
        rg_root_kind kind;
        const char *one, *two;
    } cases[] = {
        {RG_ROOT_MODULE, "1 module", "2 modules"},
        {RG_ROOT_FRAME, "1 running frame", "2 running frames"},
        {RG_ROOT_THREAD, "1 thread field", "2 thread fields"},
        {RG_ROOT_INTERPRETER, "1 interpreter field", "2 interpreter fields"},
        {RG_ROOT_TYPE, "1 static reference", "2 static references"},
        {RG_ROOT_OTHER, "1 other root", "2 other roots"},
        {RG_ROOT_STACK, "1 value on a frame's stack", "2 values on frames' stacks"},
        {RG_ROOT_PROBABLE, "1 probable", "2 probable"},
        {RG_ROOT_NATIVE, "1 unexplained", "2 unexplained"},
    };
    assert_int_equal(COUNT_OF(cases), RG_ROOT_KIND_COUNT);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (uint32_t count = 1; count <= 2; count++) {
            zoo z = zoo_with_target();
            char expected[80];
            hold(&z, z.instance, ".x"); /* somebody else's root says nothing */
            add_root(&z, cases[i].kind, 1, 7);
            add_root(&z, cases[i].kind, 0, count);
            (void)snprintf(expected, sizeof expected,
                           count == 1 ? "refcount 2 = 1 attribute + %s"
                                      : "refcount 3 = %s + 1 attribute",
                           count == 1 ? cases[i].one : cases[i].two);
            assert_references(&z, count + 1, 0, expected);
        }
    }
}

/*   owner 1 ─.__dict__─► dict 2 ─['k']─► 0      dict 4 ─['k'],['k']─► 0 */
static void a_value_of_an_object_s_dict_is_an_attribute(void **state)
{
    (void)state;
    zoo z = zoo_with_target();
    drawing_node(&z.d, z.instance, NULL, 0);
    drawing_node(&z.d, z.dict, NULL, 0);
    drawing_own(&z.d, 1, 2, ".__dict__");
    drawing_own(&z.d, 2, 0, "['a']");
    drawing_own(&z.d, 2, 0, "['b']");
    hold(&z, z.dict, "['k']");
    assert_references(&z, 3, 0, "refcount 3 = 2 attributes + 1 dict value");
}

static void no_equation_is_claimed_that_does_not_hold(void **state)
{
    (void)state;
    zoo z = zoo_with_target();
    hold(&z, z.list, "[0]");
    hold(&z, z.list, "[0]");
    assert_references(&z, 5, 0, "refcount 5; found: 2 list items");
    z = zoo_with_target();
    hold(&z, z.list, "[0]");
    hold(&z, z.list, "[0]");
    assert_references(&z, 1, 0, "refcount 1; found: 2 list items");
    z = zoo_with_target();
    assert_references(&z, 1, 0, "refcount 1; found: nothing");
    z = zoo_with_target();
    assert_references(&z, 0, 0, "refcount not known; found: nothing");
    z = zoo_with_target();
    hold(&z, z.list, "[0]");
    assert_references(&z, 0, 0, "refcount not known; found: 1 list item");
    z = zoo_with_target();
    add_root(&z, RG_ROOT_NATIVE, 0, UINT32_MAX); /* a refcount that may be higher */
    assert_references(&z, UINT32_MAX, 0,
                      "refcount 4,294,967,295 or more; found: 4,294,967,295 unexplained");
    z = zoo_with_target(); /* in 32 bits the sum would be 3 */
    add_root(&z, RG_ROOT_NATIVE, 0, UINT32_MAX);
    add_root(&z, RG_ROOT_THREAD, 0, 4);
    assert_references(&z, 3, 0, "refcount 3; found: 4,294,967,295 unexplained + 4 thread fields");
}

static void weak_references_are_not_counted(void **state)
{
    (void)state;
    zoo z = zoo_with_target();
    hold(&z, z.list, "[0]");
    const uint32_t ref = drawing_node(&z.d, z.instance, NULL, 0);
    drawing_edge(&z.d, ref, 0, "weak", RG_STRENGTH_WEAK);
    drawing_edge(&z.d, ref, 0, ".x", RG_STRENGTH_WEAK);
    drawing_edge(&z.d, ref, 0, ".y", RG_STRENGTH_FRAME);
    drawing_edge(&z.d, ref, 0, "type", RG_STRENGTH_INFRASTRUCTURE);
    assert_references(&z, 3, 0, "refcount 3 = 1 list item + 1 attribute + 1 instance");
}

static void nothing_is_claimed_of_an_immortal_object(void **state)
{
    (void)state;
    zoo z = zoo_with_target();
    hold(&z, z.list, "[0]");
    assert_references(&z, 1, RG_NODE_IMMORTAL, "immortal");
}

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(3);
    rg_buffer out = {0};
    assert_int_equal(rg_references_write(g, 3, &out), RG_ERR_ARGUMENT);
    assert_int_equal(rg_references_write(g, RG_NONE, &out), RG_ERR_ARGUMENT);
    assert_int_equal(out.size, 0);
    rg_graph_free(g);
}

static void a_million_references_are_counted(void **state)
{
    (void)state;
    rg_graph *g = sample_star(MILLION);
    rg_buffer out = {0};
    assert_int_equal(rg_references_write(g, MILLION + 1, &out), RG_OK);
    assert_string_equal(out.data, "refcount not known; found: 1,000,000 attributes");
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    rg_buffer out = rg_buffer_empty(allocator);
    rg_status status = rg_buffer_add(&out, "before", 6);
    if (!status) {
        status = rg_references_write(context, 0, &out);
        if (status)
            assert_string_equal(out.data, "before"); /* all or nothing */
    }
    rg_buffer_dispose(&out);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    zoo z = zoo_with_target();
    rg_graph *g = NULL;
    const uint32_t dict = drawing_node(&z.d, z.dict, NULL, 0);
    for (int i = 0; i < 3; i++) { /* hubs: their edges are remembered */
        const uint32_t owner = drawing_node(&z.d, z.instance, NULL, 0);
        for (int k = 0; k < 70; k++)
            drawing_own(&z.d, owner, dict, ".x");
    }
    drawing_own(&z.d, dict, 0, "['k']");
    hold(&z, z.list, "[0]");
    assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
    assert_true(oom_torture(story, g) > 4);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_counted_by_what_they_are),
        cmocka_unit_test(each_kind_of_edge_has_its_words),
        cmocka_unit_test(each_kind_of_root_has_its_words),
        cmocka_unit_test(a_value_of_an_object_s_dict_is_an_attribute),
        cmocka_unit_test(no_equation_is_claimed_that_does_not_hold),
        cmocka_unit_test(weak_references_are_not_counted),
        cmocka_unit_test(nothing_is_claimed_of_an_immortal_object),
        cmocka_unit_test(what_is_out_of_range_is_refused),
        cmocka_unit_test(a_million_references_are_counted),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
