/* What becomes of a cycle, as a sentence or two: one for every verdict, and every reason that there is. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

enum { TRACKED = RG_NODE_GC_TRACKED };

/* A pair of objects, in cycle number 0 as long as it is alone; more can be drawn beside it. */
typedef struct scene {
    drawing d;
    uint32_t node, leaf; /* types */
    uint32_t a, b;
} scene;

static scene pair(uint8_t generation_a, uint16_t flags_a, uint8_t generation_b, uint16_t flags_b)
{
    scene s = {.d = drawing_new(NULL)};
    s.node = drawing_type(&s.d, "app.Node", RG_KIND_INSTANCE, 0);
    s.leaf = drawing_type(&s.d, "app.Leaf", RG_KIND_INSTANCE, 0);
    s.a = heap_node(&s.d, s.node, generation_a, TRACKED | flags_a, 16);
    s.b = heap_node(&s.d, s.leaf, generation_b, TRACKED | flags_b, 16);
    drawing_own(&s.d, s.a, s.b, ".child");
    drawing_own(&s.d, s.b, s.a, ".parent");
    return s;
}

static void set_collector(scene *s, rg_collector_kind kind, bool is_enabled, int threshold)
{
    const rg_collector_state state = {
        .kind = kind, .is_enabled = is_enabled, .thresholds = {threshold, 10, 10}};
    rg_builder_set_collector(s->d.builder, &state);
}

/* The fate of the pair. What stands in the buffer before is kept. */
static void assert_fate(scene *s, rg_verdict verdict, const char *expected)
{
    rg_graph *g = sample_drawn(&s->d);
    rg_cycles c = heap_cycles(g);
    size_t i = 0;
    while (i < c.count && c.members[c.items[i].first] != s->a)
        i++;
    assert_true(i < c.count);
    assert_string_equal(rg_verdict_text(c.items[i].verdict), rg_verdict_text(verdict));
    rg_buffer out = {0};
    assert_int_equal(rg_buffer_add(&out, ">", 1), RG_OK);
    assert_int_equal(rg_cycle_write_fate(g, &c, i, &out), RG_OK);
    assert_string_equal(out.data + 1, expected);
    assert_int_equal(rg_cycle_write_fate(g, &c, c.count, &out), RG_ERR_ARGUMENT);
    rg_buffer_dispose(&out);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

#define FULL "Garbage; a full collection frees it: "
#define QUARTER                                                                                   \
    "one begins by itself only when the objects that have newly become old are a quarter of all " \
    "old ones."

static void garbage_of_one_generation_waits_for_its_collection(void **state)
{
    (void)state;
    static const struct {
        uint8_t generation;
        rg_collector_kind kind;
        const char *expected;
    } cases[] = {
        {0, RG_COLLECTOR_GENERATIONAL, "Garbage; the next collection of generation 0 frees it."},
        {1, RG_COLLECTOR_GENERATIONAL, "Garbage; the next collection of generation 1 frees it."},
        {2, RG_COLLECTOR_GENERATIONAL, FULL QUARTER},
        {0, RG_COLLECTOR_INCREMENTAL, "Garbage; the next collection of generation 0 frees it."},
        {1, RG_COLLECTOR_INCREMENTAL,
         FULL "the incremental collector gets there some increments later."},
        {2, RG_COLLECTOR_INCREMENTAL,
         FULL "the incremental collector gets there some increments later."},
        {2, RG_COLLECTOR_UNKNOWN, FULL "gc.collect() is one."},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        scene s = pair(cases[i].generation, 0, cases[i].generation, 0);
        set_collector(&s, cases[i].kind, true, 700);
        assert_fate(&s, RG_VERDICT_ISOLATED, cases[i].expected);
    }
}

static void garbage_across_generations_waits_for_the_oldest(void **state)
{
    (void)state;
    scene s = pair(0, 0, 1, 0);
    assert_fate(
        &s, RG_VERDICT_CROSS_GENERATION,
        "Garbage in generations 0 and 1: gc.collect(0) cannot free it, gc.collect(1) does.");
    s = pair(0, 0, 2, 0);
    set_collector(&s, RG_COLLECTOR_GENERATIONAL, true, 700);
    assert_fate(
        &s, RG_VERDICT_CROSS_GENERATION,
        "Garbage in generations 0 and 2: no younger collection can free it, a full one does; " QUARTER);
    s = pair(0, 0, 2, 0); /* and a third one between */
    const uint32_t third = heap_node(&s.d, s.leaf, 1, TRACKED, 16);
    drawing_own(&s.d, s.a, third, ".x");
    drawing_own(&s.d, third, s.a, ".x");
    assert_fate(&s, RG_VERDICT_CROSS_GENERATION,
                "Garbage in generations 0, 1 and 2: no younger collection can free it, a full one "
                "does; gc.collect() is one.");
    s = pair(0, 0, 0, 0); /* held by older garbage */
    drawing_own(&s.d, heap_node(&s.d, s.leaf, 1, TRACKED, 16), s.a, ".x");
    assert_fate(
        &s, RG_VERDICT_CROSS_GENERATION,
        "Garbage in generation 0, held by older garbage (app.Leaf.x): gc.collect(0) cannot free it, "
        "gc.collect(1) does.");
}

static void the_collector_is_off(void **state)
{
    (void)state;
    static const char off[] =
        "Garbage; the collector is off (gc.disable(), or a threshold of 0): only "
        "gc.collect() frees it.";
    for (int i = 0; i < 3; i++) {
        scene s = pair(0, 0, 2, 0);
        set_collector(&s, i ? RG_COLLECTOR_GENERATIONAL : RG_COLLECTOR_INCREMENTAL, i == 1,
                      i == 1 ? 0 : 700);
        assert_fate(&s, RG_VERDICT_GC_OFF, off);
    }
    scene s = pair(0, 0, 0, 0); /* nothing is known */
    set_collector(&s, RG_COLLECTOR_UNKNOWN, false, 0);
    assert_fate(&s, RG_VERDICT_ISOLATED, "Garbage; the next collection of generation 0 frees it.");
}

static void what_is_in_use_or_frozen_says_so(void **state)
{
    (void)state;
    static const char frozen[] =
        "gc.freeze() has put it, or what holds it, aside: no collection looks "
        "at it before gc.unfreeze().";
    scene s = pair(2, 0, 2, 0);
    drawing_root(&s.d, RG_ROOT_MODULE, s.b, "m");
    assert_fate(&s, RG_VERDICT_IN_USE,
                "In use: a root reaches it, and it lives as long as that does.");
    s = pair(2, RG_NODE_FROZEN, 2, 0);
    assert_fate(&s, RG_VERDICT_FROZEN, frozen);
    s = pair(2, 0, RG_GENERATION_PERMANENT, 0);
    assert_fate(&s, RG_VERDICT_FROZEN, frozen);
    s = pair(2, 0, 2, 0);
    drawing_own(&s.d, heap_node(&s.d, s.leaf, 2, TRACKED | RG_NODE_FROZEN, 16), s.b, ".x");
    assert_fate(&s, RG_VERDICT_FROZEN, frozen);
}

/* ---- finalizers ---- */

static void add_callback(scene *s, uint32_t to, const char *function)
{
    const uint32_t type = drawing_type(&s->d, "weakref.ReferenceType", RG_KIND_OTHER, 0);
    const uint32_t functions = drawing_type(&s->d, "function", RG_KIND_FUNCTION, 0);
    const uint32_t weakref = heap_node(&s->d, type, 2, TRACKED, 16);
    drawing_edge(&s->d, weakref, to, "weak", RG_STRENGTH_WEAK);
    drawing_own(&s->d, weakref, drawing_node(&s->d, functions, function, 0), ".__callback__");
    drawing_root(&s->d, RG_ROOT_MODULE, weakref, "m");
}

static void a_finalizer_says_whose_it_is(void **state)
{
    (void)state;
    scene s = pair(0, RG_NODE_HAS_FINALIZER, 0, 0);
    assert_fate(&s, RG_VERDICT_FINALIZER, "Garbage; app.Node has __del__.");
    s = pair(0, 0, 0, RG_NODE_HAS_FINALIZER | RG_NODE_FINALIZED);
    assert_fate(&s, RG_VERDICT_FINALIZER,
                "Garbage; app.Leaf has __del__, which has run: it was resurrected, and it will not "
                "run again.");
    s = pair(0, RG_NODE_IN_TRY, 0, 0);
    assert_fate(&s, RG_VERDICT_FINALIZER,
                "Garbage; app.Node is suspended inside try or with: closing it runs code.");
    s = pair(0, 0, 0, 0);
    add_callback(&s, s.b, "app.note");
    assert_fate(&s, RG_VERDICT_FINALIZER,
                "Garbage; app.Leaf has a weak reference with a callback.");
    s = pair(0, RG_NODE_HAS_FINALIZER, 2, 0);
    assert_fate(&s, RG_VERDICT_FINALIZER,
                "Garbage; app.Node has __del__. It waits for a full collection.");
}

static void housekeeping_is_no_finalizer(void **state)
{
    (void)state;
    static const char *const functions[] = {"_destroy", "WeakSet.__init__.<locals>._remove",
                                            "WeakKeyDictionary.__init__.<locals>.remove",
                                            "WeakValueDictionary.__init__.<locals>.remove"};
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        scene s = pair(0, 0, 0, 0);
        add_callback(&s, s.b, functions[i]);
        assert_fate(&s, RG_VERDICT_ISOLATED,
                    "Garbage; the next collection of generation 0 frees it.");
    }
}

/* As a subclass of weakref.ref may have them. */
static void a_weak_reference_with_many_attributes_has_its_callback_too(void **state)
{
    (void)state;
    scene s = pair(0, 0, 0, 0);
    add_callback(&s, s.b, "app.note");
    const uint32_t weakref = s.b + 1;
    for (int i = 0; i < 40; i++)
        drawing_own(&s.d, weakref, weakref + 1, ".x");
    assert_fate(&s, RG_VERDICT_FINALIZER,
                "Garbage; app.Leaf has a weak reference with a callback.");
}

static void equal_finalizers_are_said_once_and_three_at_most(void **state)
{
    (void)state;
    static const char *const types[] = {"a.A", "a.B", "a.C", "a.D", "a.E"};
    static const char *const expected[] = {
        "Garbage; a.A has __del__.",
        "Garbage; a.A has __del__; a.B has __del__.",
        "Garbage; a.A has __del__; a.B has __del__; a.C has __del__.",
        "Garbage; a.A has __del__; a.B has __del__; a.C has __del__; and more.",
        "Garbage; a.A has __del__; a.B has __del__; a.C has __del__; and more.",
    };
    for (size_t count = 0; count < COUNT_OF(types); count++) {
        scene s = pair(0, 0, 0, 0);
        uint32_t last = s.b;
        for (size_t i = 0; i <= count; i++) {
            const uint32_t type = drawing_type(&s.d, types[i], RG_KIND_INSTANCE, 0);
            for (int k = 0; k < 2; k++) {
                const uint32_t node = heap_node(&s.d, type, 0, TRACKED | RG_NODE_HAS_FINALIZER, 16);
                drawing_own(&s.d, last, node, ".x");
                drawing_own(&s.d, node, last, ".x");
                last = node;
            }
        }
        assert_fate(&s, RG_VERDICT_FINALIZER, expected[count]);
    }
}

static void a_tp_del_makes_garbage_that_stays(void **state)
{
    (void)state;
    for (int is_held = 0; is_held < 2; is_held++) {
        scene s = pair(0, 0, 0, 0);
        const uint32_t type =
            drawing_type(&s.d, "lib.Old", RG_KIND_OTHER, RG_TYPE_LEGACY_FINALIZER);
        const uint32_t old = heap_node(&s.d, type, 0, TRACKED, 16);
        drawing_own(&s.d, old, s.a, ".x");
        if (!is_held)
            drawing_own(&s.d, s.a, old, ".x");
        assert_fate(&s, RG_VERDICT_FINALIZER,
                    is_held ? "Uncollectable garbage: an object with a tp_del holds it."
                            : "Uncollectable garbage: lib.Old has a tp_del: the collector puts it "
                              "into gc.garbage.");
    }
    scene s =
        pair(0, RG_NODE_HAS_FINALIZER, 0, 0); /* held by one, and with a finalizer of its own */
    const uint32_t type = drawing_type(&s.d, "lib.Old", RG_KIND_OTHER, RG_TYPE_LEGACY_FINALIZER);
    drawing_own(&s.d, heap_node(&s.d, type, 0, TRACKED, 16), s.a, ".x");
    assert_fate(&s, RG_VERDICT_FINALIZER,
                "Uncollectable garbage: an object with a tp_del holds it; app.Node has __del__.");
}

/* ---- held from outside ---- */

static void what_the_collector_is_not_told_of_says_who_holds_it(void **state)
{
    (void)state;
    scene s = pair(2, 0, 2, RG_NODE_UNSEEN);
    assert_fate(&s, RG_VERDICT_OUTSIDE,
                "No collection frees it: something holds app.Leaf and does not "
                "tell the collector.");
    s = pair(2, 0, 2, RG_NODE_UNSEEN); /* a silent object, beside one that is not and a weak one */
    const uint32_t silent = drawing_type(&s.d, "lib.Silent", RG_KIND_OTHER, RG_TYPE_SILENT);
    const uint32_t quiet = drawing_type(&s.d, "lib.Weak", RG_KIND_OTHER, RG_TYPE_SILENT);
    drawing_own(&s.d, heap_node(&s.d, s.leaf, 2, TRACKED, 16), s.b, ".x");
    drawing_edge(&s.d, heap_node(&s.d, quiet, RG_GENERATION_NONE, 0, 16), s.b, "weak",
                 RG_STRENGTH_WEAK);
    drawing_own(&s.d, heap_node(&s.d, silent, RG_GENERATION_NONE, 0, 16), s.b, ".x");
    assert_fate(&s, RG_VERDICT_OUTSIDE,
                "The next collection does not free it, one after it may: lib.Silent holds app.Leaf "
                "and does not tell the collector.");
    s = pair(2, 0, 2,
             RG_NODE_UNSEEN); /* a silent object in the cycle, as a datetime with its zone */
    const uint32_t inside = drawing_type(&s.d, "lib.Inside", RG_KIND_OTHER, RG_TYPE_SILENT);
    drawing_own(&s.d, s.a, heap_node(&s.d, inside, RG_GENERATION_NONE, 0, 16), ".x");
    drawing_own(&s.d, s.b + 1, s.b, ".x");
    assert_fate(&s, RG_VERDICT_OUTSIDE,
                "No collection frees it: lib.Inside holds app.Leaf and does not "
                "tell the collector.");
    s = pair(2, 0, 2, 0);
    drawing_own(&s.d, heap_node(&s.d, s.leaf, 2, TRACKED | RG_NODE_UNSEEN, 16), s.b, ".x");
    assert_fate(&s, RG_VERDICT_OUTSIDE,
                "No collection frees it: garbage holds it of which the "
                "collector is not told everything.");
}

#define HELD                                                                                \
    "; no collection frees the cycle, and cutting it frees only what that object does not " \
    "hold: find who holds it first."

static void unexplained_references_say_where_they_lead(void **state)
{
    (void)state;
    scene s = pair(2, 0, 2, 0);
    drawing_root(&s.d, RG_ROOT_NATIVE, s.b, "");
    assert_fate(
        &s, RG_VERDICT_OUTSIDE,
        "app.Leaf has references from outside the Python heap (C code, or a leaked count)" HELD);
    s = pair(2, 0, 2, 0);
    const rg_root one = {.kind = RG_ROOT_NATIVE, .node = s.a, .references = 1};
    assert_int_equal(rg_builder_add_root(s.d.builder, &one), RG_OK);
    assert_fate(
        &s, RG_VERDICT_OUTSIDE,
        "app.Node has 1 reference from outside the Python heap (C code, or a leaked count)" HELD);
    s = pair(2, 0, 2, 0);
    drawing_root(&s.d, RG_ROOT_PROBABLE, s.a, "the stack of serve (app.py:88)");
    assert_fate(
        &s, RG_VERDICT_OUTSIDE,
        "app.Node has references that nothing proves: probably the stack of serve (app.py:88)" HELD);
}

/* The root is another object's, the next one by number: it is not taken for a member. */
static void unexplained_references_may_lead_over_other_objects(void **state)
{
    (void)state;
    for (uint32_t behind = 1; behind < 4; behind++) {
        scene s = pair(2, 0, 2, 0);
        uint32_t other = 0;
        for (uint32_t i = 0; i < behind; i++) {
            other = heap_node(&s.d, s.leaf, 2, TRACKED, 16);
            drawing_own(&s.d, other, other, ".me"); /* a member of another cycle */
        }
        drawing_own(&s.d, other, s.a, ".x");
        drawing_root(&s.d, RG_ROOT_NATIVE, other, "");
        assert_fate(&s, RG_VERDICT_OUTSIDE,
                    "app.Leaf has references from outside the Python heap (C code, or a leaked "
                    "count), and leads to it" HELD);
    }
}

/* ---- memory ---- */

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    rg_cycles c = {0};
    rg_buffer out = rg_buffer_empty(allocator);
    rg_status status = rg_cycles_find(&c, g, NULL, allocator);
    for (size_t i = 0; i < c.count && !status; i++) {
        const size_t size = out.size;
        status = rg_cycle_write_fate(g, &c, i, &out);
        if (status)
            assert_int_equal(out.size, size);
    }
    rg_buffer_dispose(&out);
    rg_cycles_dispose(&c);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {6};
    for (int i = 0; i < 60; i++) {
        rg_graph *g = heap_random(&random, 40);
        assert_true(oom_torture(story, g) > 3);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbage_of_one_generation_waits_for_its_collection),
        cmocka_unit_test(garbage_across_generations_waits_for_the_oldest),
        cmocka_unit_test(the_collector_is_off),
        cmocka_unit_test(what_is_in_use_or_frozen_says_so),
        cmocka_unit_test(a_finalizer_says_whose_it_is),
        cmocka_unit_test(housekeeping_is_no_finalizer),
        cmocka_unit_test(a_weak_reference_with_many_attributes_has_its_callback_too),
        cmocka_unit_test(equal_finalizers_are_said_once_and_three_at_most),
        cmocka_unit_test(a_tp_del_makes_garbage_that_stays),
        cmocka_unit_test(what_the_collector_is_not_told_of_says_who_holds_it),
        cmocka_unit_test(unexplained_references_say_where_they_lead),
        cmocka_unit_test(unexplained_references_may_lead_over_other_objects),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
