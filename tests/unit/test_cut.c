/* Which references to cut. Large cycles are in test_cut_large.c. */
#include "analysis/cut_net.h"

#include "cut_oracle.h"
#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "sanitized.h"
#include "test.h"

static rg_cut cut_of(const rg_graph *g, const rg_cycles *c, size_t cycle)
{
    rg_cut cut = {0};
    assert_int_equal(rg_cycle_cut_find(&cut, g, c, cycle, NULL), RG_OK);
    return cut;
}

static bool is_named(const rg_graph *g, const rg_edge *edge, const char *name)
{
    const rg_string string = rg_graph_string(g, edge->name.value);
    return edge->name.kind == RG_NAME_ATTRIBUTE && string.size == strlen(name) &&
           !memcmp(string.data, name, string.size);
}

/* The only cycle of a drawing is cut by all `count` references of a name. */
static void assert_is_cut_by(drawing *d, const char *name, size_t count)
{
    rg_graph *g = sample_drawn(d);
    rg_cycles c = heap_cycles(g);
    assert_int_equal(c.count, 1);
    rg_cut cut = cut_of(g, &c, 0);
    assert_true(cut.is_enough);
    assert_false(cut.is_bounded);
    assert_int_equal(cut.count, count);
    for (size_t i = 0; i < cut.count && name; i++)
        assert_true(is_named(g, &cut.edges[i], name));
    rg_cut_dispose(&cut);
    rg_cut_dispose(&cut);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/*   0 ─.child─► 1        the reference that leads back is cut
 *   ▲──.parent──┘ */
static void a_pair_is_cut_at_the_reference_that_leads_back(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 1, ".child");
    drawing_own(&d, 1, 0, ".parent");
    assert_is_cut_by(&d, "parent", 1);
}

static void no_node_one_node_a_self_edge_and_parallel_edges(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_graph *one = sample_chain(1);
    const rg_graph *const graphs[] = {empty, one};
    for (size_t i = 0; i < COUNT_OF(graphs); i++) {
        rg_cycles c = heap_cycles(graphs[i]);
        rg_cut cut = {0};
        assert_int_equal(rg_cycle_cut_find(&cut, graphs[i], &c, 0, NULL), RG_ERR_ARGUMENT);
        rg_cycles_dispose(&c);
    }
    rg_graph_free(one);
    rg_graph_free(empty);

    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 1);
    drawing_own(&d, 0, 0, ".me");
    assert_is_cut_by(&d, "me", 1);

    d = drawing_new(NULL); /* both ways over .x, one back */
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 1, ".parent");
    drawing_own(&d, 0, 1, ".owner");
    drawing_own(&d, 1, 0, ".x");
    assert_is_cut_by(&d, "x", 1);
}

static void where_nothing_can_be_cut_the_cut_is_empty(void **state)
{
    (void)state;
    static const struct {
        const char *type, *name;
        rg_strength strength;
    } cases[] = {
        {"tuple", "[0]", RG_STRENGTH_OWN},           {"tuple", "key", RG_STRENGTH_OWN},
        {"frozenset", "element", RG_STRENGTH_OWN},   {"tuple", "slot f", RG_STRENGTH_OWN},
        {"tuple", ".__self__", RG_STRENGTH_OWN},     {"tuple", "", RG_STRENGTH_OWN},
        {"tuple", ".x", RG_STRENGTH_INFRASTRUCTURE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        drawing d = drawing_new(NULL);
        const uint32_t type = drawing_type(&d, cases[i].type, RG_KIND_CONTAINER, 0);
        drawing_node(&d, type, NULL, 0);
        drawing_node(&d, type, NULL, 0);
        drawing_edge(&d, 0, 1, cases[i].name, cases[i].strength);
        drawing_edge(&d, 1, 0, cases[i].name, cases[i].strength);
        assert_is_cut_by(&d, NULL, 0);
    }
}

/* A class, its `__mro__`, and instances that a list of the class holds:
 *     C ─.__mro__─► tuple ─[0]─► C ─.all─► list ─[i]─► instances ─type─► C
 * What the class has by itself cannot be cut and is the shortest cycle; one reference is enough for the rest. */
static void what_a_class_has_by_itself_does_not_hide_the_one_reference(void **state)
{
    (void)state;
    for (uint32_t instances = 1; instances <= 3; instances++) {
        drawing d = drawing_new(NULL);
        const uint32_t class = drawing_type(&d, "type", RG_KIND_TYPE, 0);
        const uint32_t tuple = drawing_type(&d, "tuple", RG_KIND_CONTAINER, 0);
        const uint32_t list = drawing_type(&d, "list", RG_KIND_CONTAINER, 0);
        drawing_node(&d, class, NULL, 0);
        drawing_node(&d, tuple, NULL, 0);
        drawing_node(&d, list, NULL, 0);
        drawing_edge(&d, 0, 1, ".__mro__", RG_STRENGTH_INFRASTRUCTURE);
        drawing_own(&d, 1, 0, "[0]");
        drawing_own(&d, 0, 2, ".all");
        for (uint32_t i = 0; i < instances; i++) {
            const uint32_t instance = drawing_nodes(&d, 1);
            drawing_own(&d, 2, instance, "[0]");
            drawing_edge(&d, instance, 0, "type", RG_STRENGTH_INFRASTRUCTURE);
        }
        assert_is_cut_by(&d, instances == 1 ? NULL : "all", 1); /* an item is better to cut */
    }
}

/* A tree in which each child has its parent: 99 references of one shape. */
static void every_parent_of_a_tree_is_cut(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    const uint32_t list = drawing_type(&d, "list", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    drawing_nodes(&d, 100);
    for (uint32_t n = 0; n < 33; n++) {
        const uint32_t children = drawing_node(&d, list, NULL, 0);
        drawing_own(&d, n, children, ".children");
        for (uint32_t i = 1; i <= 3; i++) {
            drawing_own(&d, children, 3 * n + i, "[0]");
            drawing_own(&d, 3 * n + i, n, ".parent");
        }
    }
    assert_is_cut_by(&d, "parent", 99);
}

/*   0 ⇄ 1 ⇄ 2 ⇄ …        .next there, .prev back */
static void every_prev_of_a_doubly_linked_list_is_cut(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 100);
    for (uint32_t n = 0; n + 1 < 100; n++) {
        drawing_own(&d, n, n + 1, ".next");
        drawing_own(&d, n + 1, n, ".prev");
    }
    assert_is_cut_by(&d, "prev", 99);
}

/* `owner.__dict__['parent']`, where the owner is in no cycle: the key is a name, and leads back.
 *     owner ─.__dict__─► 1 ─['parent']─► 2 ─.x─► 3 ─.y─► 1 */
static void a_key_is_a_name_where_an_object_outside_owns_the_dict(void **state)
{
    (void)state;
    for (int is_owned = 0; is_owned < 2; is_owned++) {
        drawing d = drawing_new(NULL);
        const uint32_t dict = drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_MAPPING);
        drawing_nodes(&d, 1);
        drawing_node(&d, dict, NULL, 0);
        drawing_nodes(&d, 2);
        drawing_own(&d, 1, 2, "['parent']");
        drawing_own(&d, 2, 3, ".x");
        drawing_own(&d, 3, 1, ".y");
        if (is_owned)
            drawing_own(&d, 0, 1, ".__dict__");
        rg_graph *g = sample_drawn(&d);
        rg_cycles c = heap_cycles(g);
        rg_cut cut = cut_of(g, &c, 0);
        assert_int_equal(cut.count, 1);
        assert_int_equal(cut.edges[0].from, is_owned ? 1 : 2);
        rg_cut_dispose(&cut);
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

/* ---- the net ---- */

/* What cannot be cut is one node: {0 1} by items of tuples. Edges inside it stay if they can be cut.
 *     0 ─[0]─► 1 ─[0]─► 0      1 ─.x─► 0 (stays)      1 ─.y─► 2 ─.z─► 0 */
static void cycles_that_nobody_can_cut_are_one_node_of_the_net(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    const uint32_t tuple = drawing_type(&d, "tuple", RG_KIND_CONTAINER, 0);
    drawing_node(&d, tuple, NULL, 0);
    drawing_node(&d, tuple, NULL, 0);
    drawing_nodes(&d, 1);
    drawing_own(&d, 0, 1, "[0]");
    drawing_own(&d, 1, 0, "[0]");
    drawing_own(&d, 1, 0, ".x");
    drawing_own(&d, 1, 2, ".y");
    drawing_own(&d, 2, 0, ".z");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    const rg_allocator allocator = rg_allocator_default();
    rg__part part = {0};
    rg__net net = {0};
    assert_int_equal(rg__part_make(&part, g, &c, 0, &allocator), RG_OK);
    assert_int_equal(part.edge_count, 5);
    assert_int_equal(rg__net_make(&net, &part), RG_OK);
    assert_int_equal(net.count, 2);
    assert_int_equal(net.edge_count, 3);
    assert_false(rg__net_is_acyclic(&net));
    for (uint64_t k = 0; k < net.edge_count; k++) {
        const rg_edge edge = rg__net_edge(&net, k);
        assert_int_equal(edge.name.kind, RG_NAME_ATTRIBUTE);
        assert_true(rg__net_can_cut(&net, k));
        if (!is_named(g, &edge, "y"))
            rg__bit_set(net.removed, (uint32_t)k);
    }
    assert_true(rg__net_is_acyclic(&net));
    rg__net_dispose(&net);
    rg__part_dispose(&part);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* ---- random heaps ---- */

static void assert_cuts(const rg_graph *g, size_t *sizes, size_t size_count)
{
    const cycle_oracle o = cycle_oracle_of(g);
    rg_cycles c = heap_cycles(g);
    for (size_t i = 0; i < c.count; i++) {
        rg_cut cut = cut_of(g, &c, i);
        cut_oracle_assert(&o, &c, i, &cut);
        sizes[cut.count < size_count ? cut.count : size_count - 1]++;
        rg_cut_dispose(&cut);
    }
    rg_cycles_dispose(&c);
}

static void cuts_of_random_heaps_keep_their_promise(void **state)
{
    (void)state;
    enum { HEAPS = SANITIZED ? 3000 : 20000 };
    randomness random = {31};
    size_t sizes[4] = {0}; /* cuts of no edge, of 1, 2, more */
    for (uint32_t h = 0; h < HEAPS; h++) {
        const uint32_t nodes = 1 + h % (h % 50 ? 12 : 50);
        rg_graph *g = h % 3 ? heap_knot(&random, nodes, random_below(&random, nodes + 3))
                            : heap_random(&random, 30);
        assert_cuts(g, sizes, COUNT_OF(sizes));
        rg_graph_free(g);
    }
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        assert_true(sizes[i] > HEAPS / 50);
}

static void cuts_of_all_graphs_of_four_nodes_keep_their_promise(void **state)
{
    (void)state;
    size_t sizes[1] = {0};
    for (uint64_t matrix = 0; matrix < UINT64_C(1) << 16; matrix += SANITIZED ? 7 : 1) {
        rg_graph *g = heap_digraph(4, matrix);
        assert_cuts(g, sizes, COUNT_OF(sizes));
        rg_graph_free(g);
    }
}

/* ---- memory ---- */

typedef struct scene {
    const rg_graph *g;
    const rg_cycles *c;
} scene;

static rg_status story(const rg_allocator *allocator, void *context)
{
    const scene *s = context;
    rg_status status = RG_OK;
    for (size_t i = 0; i < s->c->count && !status; i++) {
        rg_cut cut = {0};
        status = rg_cycle_cut_find(&cut, s->g, s->c, i, allocator);
        rg_cut_dispose(&cut);
    }
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {2};
    for (uint32_t i = 0; i < 40; i++) {
        rg_graph *g = heap_knot(&random, 1 + i, i);
        rg_cycles c = heap_cycles(g);
        scene s = {g, &c};
        assert_true(oom_torture(story, &s) > 10);
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_cut_at_the_reference_that_leads_back),
        cmocka_unit_test(no_node_one_node_a_self_edge_and_parallel_edges),
        cmocka_unit_test(where_nothing_can_be_cut_the_cut_is_empty),
        cmocka_unit_test(what_a_class_has_by_itself_does_not_hide_the_one_reference),
        cmocka_unit_test(every_parent_of_a_tree_is_cut),
        cmocka_unit_test(every_prev_of_a_doubly_linked_list_is_cut),
        cmocka_unit_test(a_key_is_a_name_where_an_object_outside_owns_the_dict),
        cmocka_unit_test(cycles_that_nobody_can_cut_are_one_node_of_the_net),
        cmocka_unit_test(cuts_of_random_heaps_keep_their_promise),
        cmocka_unit_test(cuts_of_all_graphs_of_four_nodes_keep_their_promise),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
