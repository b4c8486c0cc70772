/* The report on all cycles of a graph. */
#include "base/text.h"

#include <refgraph/analysis.h>

#include <stdio.h>

#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

typedef struct scene {
    drawing d;
    uint32_t parent, child; /* types */
} scene;

static scene scene_new(void)
{
    scene s = {.d = drawing_new(NULL)};
    s.parent = drawing_type(&s.d, "app.Parent", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    s.child = drawing_type(&s.d, "app.Child", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    return s;
}

/* A parent with its child; gives the parent, the child is the next node. */
static uint32_t add_pair(scene *s, uint8_t generation, uint16_t flags)
{
    const uint32_t parent =
        heap_node(&s->d, s->parent, generation, RG_NODE_GC_TRACKED | flags, 512);
    const uint32_t child = heap_node(&s->d, s->child, generation, RG_NODE_GC_TRACKED, 512);
    drawing_own(&s->d, parent, child, ".child");
    drawing_own(&s->d, child, parent, ".parent");
    return parent;
}

/* The report of a drawing, to be freed. What stands in the buffer before is kept. */
static char *report_of(drawing *d, bool has_distances, size_t limit)
{
    rg_graph *g = sample_drawn(d);
    rg_cycles c = heap_cycles(g);
    rg_distances distances = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
    rg_buffer out = {0};
    assert_int_equal(rg_buffer_add(&out, ">", 1), RG_OK);
    assert_int_equal(rg_cycles_write(&c, g, has_distances ? &distances : NULL, limit, &out), RG_OK);
    char *text = malloc(out.size);
    assert_non_null(text);
    memcpy(text, out.data + 1, out.size);
    rg_buffer_dispose(&out);
    rg_distances_dispose(&distances);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
    return text;
}

static void assert_report(drawing *d, const char *expected)
{
    char *text = report_of(d, true, 0);
    assert_string_equal(text, expected);
    free(text);
}

#define CUT(indent)                     \
    "\n" indent "Cut: app.Child.parent" \
    "\n" indent "     hold it weakly, weakref.ref(…), and call that to use it"

/* ---- the first lines ---- */

static void without_cycles_there_is_one_line(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    assert_report(&d, "No cycles.");
    d = drawing_new(NULL);
    drawing_nodes(&d, 1);
    assert_report(&d, "No cycles.");
}

static void one_cycle_of_each_fate(void **state)
{
    (void)state;
    scene s = scene_new();
    add_pair(&s, 0, 0);
    assert_report(&s.d,
                  "1 cycle is garbage (2 objects, 1.0 KiB in all that gc.collect() finds).\n\n"
                  "ISOLATED: garbage that the collector frees by itself\n"
                  "  1 ×  app.Child.parent → app.Parent.child → app.Child\n"
                  "       2 objects, 1.0 KiB.\n"
                  "       Garbage; the next collection of generation 0 frees it." CUT("       "));
    s = scene_new();
    drawing_root(&s.d, RG_ROOT_NATIVE, add_pair(&s, 0, 0), "");
    assert_report(&s.d,
                  "1 cycle is used by nobody and not freed by gc.collect().\n\n"
                  "HELD FROM OUTSIDE THE HEAP: no collection frees them\n"
                  "  1 ×  app.Child.parent → app.Parent.child → app.Child\n"
                  "       2 objects, 1.0 KiB.\n"
                  "       app.Parent has references from outside the Python heap (C code, or a "
                  "leaked count); no\n"
                  "           collection frees the cycle, and cutting it frees only what that "
                  "object does not hold:\n"
                  "           find who holds it first." CUT("       "));
    s = scene_new();
    drawing_root(&s.d, RG_ROOT_MODULE, add_pair(&s, 0, 0), "m");
    assert_report(&s.d,
                  "1 cycle is in use.\n\n"
                  "IN USE\n"
                  "  1 ×  app.Child.parent → app.Parent.child → app.Child\n"
                  "       2 objects, 1.0 KiB." CUT("       ") "\n"
                                                              "       Held by sys.modules['m']");
}

/* Everything at once: the worst fate first, numbers aligned, each fate told once. */
static void sections_stand_in_the_order_of_the_verdicts(void **state)
{
    (void)state;
    scene s = scene_new();
    for (int i = 0; i < 12; i++)
        add_pair(&s, 0, 0);
    for (int i = 0; i < 2; i++)
        drawing_root(&s.d, RG_ROOT_MODULE, add_pair(&s, 0, 0), "m");
    for (int i = 0; i < 2; i++)
        drawing_root(&s.d, RG_ROOT_NATIVE, add_pair(&s, 0, 0), "");
    add_pair(&s, 0, RG_NODE_FROZEN);
    add_pair(&s, 0, RG_NODE_HAS_FINALIZER);
    const uint32_t mixed = add_pair(&s, 0, 0);
    const uint32_t old = heap_node(&s.d, s.parent, 2, RG_NODE_GC_TRACKED, 512);
    drawing_own(&s.d, old, mixed, ".x");
    static const char *const headings[] = {
        "14 cycles are garbage (29 objects, 14.5 KiB in all that gc.collect() finds).\n"
        "3 cycles are used by nobody and not freed by gc.collect().\n"
        "2 cycles are in use.\n\n",
        "\n\nHELD FROM OUTSIDE THE HEAP: no collection frees them\n   2 ×  ",
        "\n\nFROZEN: no collection frees them before gc.unfreeze()\n   1 ×  ",
        "\n\nWITH A FINALIZER\n   1 ×  ",
        "\n\nCROSS-GENERATION: a younger collection cannot free them\n   1 ×  ",
        "\n\nISOLATED: garbage that the collector frees by itself\n  12 ×  ",
        "\n\nIN USE\n   2 ×  ",
    };
    char *text = report_of(&s.d, false, 0);
    const char *at = text;
    assert_ptr_equal(strstr(text, headings[0]), text);
    for (size_t i = 1; i < COUNT_OF(headings); i++) {
        at = strstr(at, headings[i]);
        assert_non_null(at);
        at++;
    }
    assert_null(strstr(text, "gc.freeze()")); /* the heading has said it */
    assert_null(strstr(text, "In use:"));
    assert_null(strstr(text, "Held by"));
    assert_non_null(
        strstr(text, "\n        2 objects each, 12.0 KiB in all.\n        Garbage; the next "));
    free(text);

    s = scene_new();
    const rg_collector_state off = {.kind = RG_COLLECTOR_GENERATIONAL};
    rg_builder_set_collector(s.d.builder, &off);
    add_pair(&s, 0, 0);
    assert_report(&s.d,
                  "1 cycle is garbage (2 objects, 1.0 KiB in all that gc.collect() finds).\n\n"
                  "GC IS OFF: only gc.collect() frees them\n"
                  "  1 ×  app.Child.parent → app.Parent.child → app.Child\n"
                  "       2 objects, 1.0 KiB." CUT("       "));
}

/* Any number of digits, with their separators. */
static void counts_are_aligned(void **state)
{
    (void)state;
    static const struct {
        uint32_t pairs;
        const char *many, *one;
    } cases[] = {{9, "\n  9 ×  app", "\n  1 ×  app"},
                 {10, "\n  10 ×  app", "\n   1 ×  app"},
                 {999, "\n  999 ×  app", "\n    1 ×  app"},
                 {1000, "\n  1,000 ×  app", "\n      1 ×  app"},
                 {12345, "\n  12,345 ×  app", "\n       1 ×  app"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        scene s = scene_new();
        for (uint32_t n = 0; n < cases[i].pairs; n++)
            add_pair(&s, 0, 0);
        drawing_root(&s.d, RG_ROOT_NATIVE, add_pair(&s, 0, 0), "");
        char *text = report_of(&s.d, false, 0);
        assert_non_null(strstr(text, cases[i].many));
        assert_non_null(strstr(text, cases[i].one));
        free(text);
    }
}

static void sizes_say_what_is_kept_and_whether_all_are_even(void **state)
{
    (void)state;
    for (int case_ = 0; case_ < 4; case_++) { /* bit 0: two of them, bit 1: not even */
        static const char *const expected[] = {
            "\n       2 objects, 1.0 KiB; with what only it keeps 3 objects, 1.5 KiB.\n",
            "\n       2 objects each, 2.0 KiB in all; with what only they keep 5 objects, 2.5 KiB.\n",
            "\n       3 objects, 1.5 KiB; with what only it keeps 4 objects, 2.0 KiB.\n",
            "\n       5 objects, 2.5 KiB; with what only they keep 6 objects, 3.0 KiB.\n",
        };
        scene s = scene_new();
        const uint32_t parent = add_pair(&s, 0, 0);
        drawing_own(&s.d, parent, heap_node(&s.d, s.d.plain_type, 0, 0, 512), ".x");
        if (case_ & 1)
            add_pair(&s, 0, 0);
        if (case_ & 2) { /* one more child of the first: the same shape */
            const uint32_t child = heap_node(&s.d, s.child, 0, 0, 512);
            drawing_own(&s.d, parent, child, ".child");
            drawing_own(&s.d, child, parent, ".parent");
        }
        char *text = report_of(&s.d, false, 0);
        assert_non_null(strstr(text, expected[case_]));
        free(text);
    }
}

/* ---- many groups ---- */

static void beyond_the_limit_groups_are_counted(void **state)
{
    (void)state;
    static const struct {
        size_t groups, limit;
        const char *more;
    } cases[] = {
        {10, 0, NULL},
        {11, 0, "\n  … 1 more group of 1 cycle"},
        {12, 0, "\n  … 2 more groups of 2 cycles"},
        {3, 1, "\n  … 2 more groups of 2 cycles"},
        {3, 3, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        drawing d = drawing_new(NULL);
        for (size_t n = 0; n < cases[i].groups; n++) {
            char name[32];
            sprintf(name, ".r%zu", n);
            const uint32_t node = drawing_nodes(&d, 1);
            drawing_own(&d, node, node, name);
        }
        char *text = report_of(&d, false, cases[i].limit);
        size_t shown = 0;
        for (const char *at = text; (at = strstr(at, " ×  ")) != NULL; at++)
            shown++;
        const size_t limit = cases[i].limit ? cases[i].limit : 10;
        assert_int_equal(shown, cases[i].groups < limit ? cases[i].groups : limit);
        const char *more = strstr(text, "\n  …");
        assert_int_equal(more != NULL, cases[i].more != NULL);
        if (more)
            assert_string_equal(more, cases[i].more);
        free(text);
    }
}

/* A class ─.run─► function ─.__closure__─► class: a line, and no group; one that a value is in, a group. */
static void classes_in_use_are_a_number(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "1 class is in a cycle with its own functions, as usual.",
        "2 classes are in cycles with their own functions, as usual.",
    };
    for (size_t count = 1; count <= 2; count++) {
        drawing d = drawing_new(NULL);
        const uint32_t type = drawing_type(&d, "type", RG_KIND_TYPE, 0);
        const uint32_t function = drawing_type(&d, "function", RG_KIND_FUNCTION, 0);
        for (size_t i = 0; i < count; i++) {
            const uint32_t class = drawing_node(&d, type, "app.Thing", 0);
            const uint32_t run = drawing_node(&d, function, "app.Thing.run", 0);
            drawing_own(&d, class, run, ".run");
            drawing_own(&d, run, class, ".__closure__");
            drawing_root(&d, RG_ROOT_MODULE, class, "m");
        }
        assert_report(&d, lines[count - 1]);
    }
}

/* A cycle that nothing can be cut of, and one whose class does not matter. */
static void where_nothing_can_be_cut_there_is_no_advice(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    heap_node(&d, drawing_type(&d, "tuple", RG_KIND_CONTAINER, 0), 0, RG_NODE_GC_TRACKED, 56);
    drawing_own(&d, 0, 0, "[0]");
    assert_report(&d, "1 cycle is garbage (1 object, 56 B in all that gc.collect() finds).\n\n"
                      "ISOLATED: garbage that the collector frees by itself\n"
                      "  1 ×  tuple[0] → tuple\n"
                      "       1 object, 56 B.\n"
                      "       Garbage; the next collection of generation 0 frees it.\n"
                      "       Cut: no reference of it can be cut");
}

/* ---- hostile names ---- */

static void assert_is_clean(const char *text)
{
    const size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        uint32_t c = 0;
        i += rg__character_decode(text + i, size - i, &c);
        assert_true(c == '\n' || rg__character_is_printable(c));
    }
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void hostile_names_stay_in_their_lines(void **state)
{
    (void)state;
    static const char *const names[] = {
        "x", "a\nb", "\x1b[31m", "\xff\xfe", "\xe2\x80\xae", "\xed\xa0\x80", "\xc3", "\r\r", "%s%n",
    };
    size_t lines = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char type[64];
        char edge[64];
        sprintf(type, "m%s.T%s", names[i], names[i]);
        sprintf(edge, ".%s", names[i]);
        drawing d = drawing_new(NULL);
        const uint32_t frame = drawing_type(&d, "frame", RG_KIND_FRAME, 0);
        const uint32_t node = heap_node(&d, drawing_type(&d, type, RG_KIND_INSTANCE, 0), 0,
                                        RG_NODE_HAS_FINALIZER, 100);
        drawing_node(&d, frame, names[i], 0);
        drawing_own(&d, node, node + 1, edge);
        sprintf(edge, "local %s", names[i]);
        drawing_own(&d, node + 1, node, edge);
        char *text = report_of(&d, true, 0);
        assert_is_clean(text);
        if (i)
            assert_int_equal(count_lines(text), lines);
        lines = count_lines(text);
        free(text);
    }
}

/* ---- large, and memory ---- */

static void a_million_pairs_are_a_few_lines(void **state)
{
    (void)state;
    scene s = scene_new();
    for (uint32_t i = 0; i < MILLION; i++)
        add_pair(&s, 2, 0);
    char *text = report_of(&s.d, false, 0);
    assert_non_null(
        strstr(text, "1,000,000 cycles are garbage (2,000,000 objects, 977 MiB in all"));
    assert_non_null(strstr(text,
                           "\n  1,000,000 ×  app.Child.parent → app.Parent.child → app.Child\n"
                           "               2 objects each, 977 MiB in all.\n"));
    assert_true(count_lines(text) < 10);
    free(text);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    (void)context;
    rg_graph *g = NULL;
    rg_cycles c = {0};
    rg_distances distances = {0};
    rg_buffer out = rg_buffer_empty(allocator);
    drawing d = drawing_new(allocator); /* what is asked of the graph uses its allocator */
    drawing_nodes(&d, 6);
    for (uint32_t n = 0; n < 6; n++)
        drawing_own(&d, n, n ^ 1, n % 2 ? ".parent" : ".child");
    drawing_own(&d, 1, 1, ".me");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    drawing_root(&d, RG_ROOT_NATIVE, 2, "");
    rg_status status = drawing_finish(&d, &g);
    if (!status)
        status = rg_cycles_find(&c, g, NULL, allocator);
    if (!status)
        status = rg_distances_find(&distances, g, RG_STRENGTH_INFRASTRUCTURE, allocator);
    if (!status)
        status = rg_cycles_write(&c, g, &distances, 0, &out);
    if (status)
        assert_int_equal(out.size, 0);
    rg_buffer_dispose(&out);
    rg_distances_dispose(&distances);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(story, NULL) > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_cycles_there_is_one_line),
        cmocka_unit_test(one_cycle_of_each_fate),
        cmocka_unit_test(sections_stand_in_the_order_of_the_verdicts),
        cmocka_unit_test(counts_are_aligned),
        cmocka_unit_test(sizes_say_what_is_kept_and_whether_all_are_even),
        cmocka_unit_test(beyond_the_limit_groups_are_counted),
        cmocka_unit_test(classes_in_use_are_a_number),
        cmocka_unit_test(where_nothing_can_be_cut_there_is_no_advice),
        cmocka_unit_test(hostile_names_stay_in_their_lines),
        cmocka_unit_test(a_million_pairs_are_a_few_lines),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
