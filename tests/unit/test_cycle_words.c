/* A path and a cut as one line each. Fates are in test_cycle_fate.c, the report in test_cycle_report.c. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "test.h"
#include "zoo.h"

/* What stands before is kept. */
static void assert_text(rg_buffer *out, rg_status status, const char *expected)
{
    assert_int_equal(status, RG_OK);
    assert_string_equal(out->data + 1, expected);
    rg_buffer_dispose(out);
}

static rg_buffer begun(void)
{
    rg_buffer out = {0};
    assert_int_equal(rg_buffer_add(&out, ">", 1), RG_OK);
    return out;
}

/* ---- paths ---- */

/* The path of the first cycle of a drawing reads so. */
static void assert_path(drawing *d, const char *expected)
{
    rg_graph *g = sample_drawn(d);
    rg_cycles c = heap_cycles(g);
    rg_cycle_path path = {0};
    rg_buffer out = begun();
    assert_int_equal(rg_cycle_path_find(&path, g, &c, 0, NULL), RG_OK);
    assert_text(&out, rg_cycle_path_write(&path, g, &out), expected);
    rg_cycle_path_dispose(&path);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* One object of a ring: its type, its text, the reference to the next one. */
typedef struct bead {
    uint32_t type;
    const char *text, *name;
} bead;

static void string(drawing *d, const bead *beads, uint32_t count)
{
    const uint32_t first = drawing_node(d, beads[0].type, beads[0].text, 0);
    for (uint32_t i = 1; i < count; i++)
        drawing_node(d, beads[i].type, beads[i].text, 0);
    for (uint32_t i = 0; i < count; i++)
        drawing_own(d, first + i, first + (i + 1) % count, beads[i].name);
}

#define RING(d, ...) \
    string(d, (const bead[]){__VA_ARGS__}, sizeof((const bead[]){__VA_ARGS__}) / sizeof(bead))

/*   Child ─.__dict__─► dict ─['parent']─► Parent ─.__dict__─► dict ─['children']─► dict ─['x']─► Child */
static void dicts_of_objects_fold_and_containers_are_steps(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    const uint32_t parent = drawing_type(&z.d, "app.Parent", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    const uint32_t child = drawing_type(&z.d, "app.Child", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    RING(&z.d, {child, NULL, ".__dict__"}, {z.dict, NULL, "['parent']"},
         {parent, NULL, ".__dict__"}, {z.dict, NULL, "['children']"}, {z.dict, NULL, "['x']"});
    assert_path(&z.d, "app.Child.parent → app.Parent.children['x'] → app.Child");

    z = zoo_new(NULL); /* a dict of its own, and one that is asked for something else */
    RING(&z.d, {z.instance, NULL, ".cache"}, {z.dict, NULL, "['x']"}, {z.list, NULL, "[3]"});
    assert_path(&z.d, "app.Session.cache['x'][3] → app.Session");

    z = zoo_new(NULL);
    RING(&z.d, {z.instance, NULL, ".__dict__"}, {z.dict, NULL, "key"});
    assert_path(&z.d, "app.Session.__dict__{key} → app.Session");
}

static void containers_alone_are_named_each(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    RING(&z.d, {z.list, NULL, "[0]"});
    assert_path(&z.d, "list[0] → list");
    z = zoo_new(NULL);
    RING(&z.d, {z.dict, NULL, "['k']"}, {z.list, NULL, "[0]"}, {z.tuple, NULL, "[1]"});
    assert_path(&z.d, "dict['k'] → list[0] → tuple[1] → dict");
}

static void frames_functions_and_classes_say_which(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    const uint32_t error = drawing_type(&z.d, "ValueError", RG_KIND_OTHER, RG_TYPE_PLAIN);
    const uint32_t traceback = drawing_type(&z.d, "traceback", RG_KIND_OTHER, RG_TYPE_PLAIN);
    RING(&z.d, {error, NULL, ".__traceback__"}, {traceback, NULL, ".tb_frame"},
         {z.frame, "handle (app/errors.py:31)", "local err"});
    assert_path(&z.d, "ValueError.__traceback__ → traceback.tb_frame → "
                      "frame handle (app/errors.py:31) · local err → ValueError");
    z = zoo_new(NULL);
    RING(&z.d, {z.function, "app.make.<locals>.f", ".__closure__"}, {z.tuple, NULL, "[0]"},
         {z.cell, NULL, ".cell_contents"});
    assert_path(&z.d, "function app.make.<locals>.f.__closure__[0].cell_contents → "
                      "function app.make.<locals>.f");
    z = zoo_new(NULL);
    RING(&z.d, {z.type, "app.Plugin", ".instance"}, {z.instance, "<Session 1>", ".cls"});
    assert_path(&z.d, "app.Session.cls → type app.Plugin.instance → app.Session");
    z = zoo_new(NULL);
    RING(&z.d, {z.type, NULL, ".me"});
    assert_path(&z.d, "type.me → type");
}

static void what_no_expression_says_stands_in_braces(void **state)
{
    (void)state;
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {"", "app.Session{unnamed} → app.Session"},
        {"slot m_self", "app.Session{m_self} → app.Session"},
        {"cell x", "app.Session{cell x} → app.Session"},
        {"element", "app.Session{element} → app.Session"},
        {"key", "app.Session{key} → app.Session"},
        {"type", "app.Session{type} → app.Session"},
        {"hidden x", "app.Session.x → app.Session"},
        {"local x", "app.Session · local x → app.Session"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        zoo z = zoo_new(NULL);
        RING(&z.d, {z.instance, NULL, cases[i].name});
        assert_path(&z.d, cases[i].expected);
    }
}

/* ---- long paths ---- */

static void assert_long_path(uint32_t count, const char *expected)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, count);
    for (uint32_t n = 0; n < count; n++) {
        char name[16];
        sprintf(name, ".r%u", n);
        drawing_own(&d, n, (n + 1) % count, name);
    }
    assert_path(&d, expected);
}

/* References [begin, end), each with where it leads. */
static size_t add_references(char *text, uint32_t begin, uint32_t end)
{
    size_t size = 0;
    for (uint32_t n = begin; n < end; n++)
        size += (size_t)sprintf(text + size, ".r%u → app.Thing", n);
    return size;
}

static void a_path_of_more_than_31_references_loses_its_middle(void **state)
{
    (void)state;
    char text[4096] = "app.Thing";
    add_references(text + 9, 0, 31);
    assert_long_path(31, text);
    size_t size = 9 + add_references(text + 9, 0, 20);
    size += (size_t)sprintf(text + size, " → … 70 more references … → app.Thing");
    add_references(text + size, 90, 100);
    assert_long_path(100, text);
    size = 9 + add_references(text + 9, 0, 20);
    size += (size_t)sprintf(text + size, " → … 1,204 more references … → app.Thing");
    add_references(text + size, 1224, 1234);
    assert_long_path(1234, text);
}

/* Objects with `__dict__`s, the last `odd` without: wherever the middle is lost, no dict is left to begin
 * with, and no key without its dict. */
static void a_path_goes_on_at_an_object(void **state)
{
    (void)state;
    for (uint32_t odd = 0; odd < 4; odd++) {
        zoo z = zoo_new(NULL);
        const uint32_t objects = 40;
        for (uint32_t i = 0; i < objects; i++)
            drawing_node(&z.d, z.instance, NULL, 0);
        for (uint32_t i = 0; i < objects; i++) {
            const uint32_t next = (i + 1) % objects;
            if (i >= objects - odd) {
                drawing_own(&z.d, i, next, ".slot");
                continue;
            }
            const uint32_t dict = drawing_node(&z.d, z.dict, NULL, 0);
            drawing_own(&z.d, i, dict, ".__dict__");
            drawing_own(&z.d, dict, next, "['x']");
        }
        rg_graph *g = sample_drawn(&z.d);
        rg_cycles c = heap_cycles(g);
        rg_cycle_path path = {0};
        rg_buffer out = {0};
        assert_int_equal(rg_cycle_path_find(&path, g, &c, 0, NULL), RG_OK);
        assert_int_equal(path.count, 80 - odd);
        assert_int_equal(rg_cycle_path_write(&path, g, &out), RG_OK);
        assert_null(strstr(out.data, "dict"));
        const char *gap = strstr(out.data, " more references … → app.Session.x → app.Session");
        assert_non_null(gap);
        while (gap > out.data && gap[-1] != ' ')
            gap--;
        const long hidden = strtol(gap, NULL, 10); /* what is shown and what is not are all */
        long shown = 0;
        for (const char *at = out.data; (at = strstr(at, "app.Session.")) != NULL; at++)
            shown += strncmp(at, "app.Session.x", 13) ? 1 : 2;
        assert_int_equal(hidden + shown, 80 - odd);
        rg_buffer_dispose(&out);
        rg_cycle_path_dispose(&path);
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

static void an_empty_path_writes_nothing(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(1);
    const rg_cycle_path path = {0};
    rg_buffer out = begun();
    assert_text(&out, rg_cycle_path_write(&path, g, &out), "");
    rg_graph_free(g);
}

/* ---- cuts ---- */

/* A drawing, and a cut of the first edge of each of these nodes. */
static void assert_cut(drawing *d, const uint32_t *nodes, size_t count, rg_cut cut,
                       const char *expected, const char *advice)
{
    rg_edge edges[8];
    rg_graph *g = sample_drawn(d);
    for (size_t i = 0; i < count; i++)
        edges[i] = rg_graph_edge(g, nodes[i], rg_graph_edges_begin(g, nodes[i]));
    cut.edges = edges;
    cut.count = count;
    rg_buffer out = begun();
    assert_text(&out, rg_cut_write(&cut, g, &out), expected);
    out = begun();
    assert_text(&out, rg_cut_write_advice(&cut, g, &out), advice);
    rg_graph_free(g);
}

static const char weakly[] = "hold it weakly, weakref.ref(…), and call that to use it";

static void one_reference_is_named_by_the_object_that_holds_it(void **state)
{
    (void)state;
    static const uint32_t first[] = {0};
    static const uint32_t second[] = {1};
    static const uint32_t fifth[] = {4};
    static const char item[] =
        "remove the item when it is done with, or hold it weakly, weakref.ref(…), where something "
        "else keeps it";
    const rg_cut enough = {.is_enough = true};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 1, ".parent");
    assert_cut(&d, first, 1, enough, "app.Thing.parent", weakly);

    zoo z = zoo_new(NULL); /* a dict that is an object's */
    RING(&z.d, {z.instance, NULL, ".__dict__"}, {z.dict, NULL, "['owner']"});
    assert_cut(&z.d, second, 1, enough, "app.Session.owner", weakly);

    z = zoo_new(NULL); /* containers in front of it */
    RING(&z.d, {z.instance, NULL, ".all"}, {z.dict, NULL, "['a']"}, {z.list, NULL, "[7]"});
    static const uint32_t third[] = {2};
    assert_cut(&z.d, third, 1, enough, "app.Session.all['a'][7]", item);

    z = zoo_new(NULL); /* too many of them */
    RING(&z.d, {z.instance, NULL, ".all"}, {z.list, NULL, "[1]"}, {z.list, NULL, "[2]"},
         {z.list, NULL, "[3]"}, {z.list, NULL, "[4]"});
    assert_cut(&z.d, fifth, 1, enough, "list[4]", item);

    z = zoo_new(NULL); /* a container that nobody holds */
    RING(&z.d, {z.list, NULL, "[0]"});
    assert_cut(&z.d, first, 1, enough, "list[0]", "remove the item when it is done with");

    z = zoo_new(NULL);
    RING(&z.d, {z.frame, "f (a.py:3)", "local rows"}, {z.instance, NULL, ".f"});
    assert_cut(&z.d, first, 1, enough, "frame f (a.py:3) · local rows",
               "del rows before the function ends, or traceback.clear_frames(…)");
}

static void a_set_says_every_or_the_first_three(void **state)
{
    (void)state;
    static const uint32_t nodes[] = {0, 1, 2, 3, 4};
    const rg_cut enough = {.is_enough = true};
    static const char *const names[] = {".parent", ".owner", ".b", ".root", ".up"};
    static const char *const expected[] = {
        "",
        "",
        "app.Thing.parent and app.Thing.owner",
        "app.Thing.parent, app.Thing.owner and app.Thing.b",
        "app.Thing.parent, app.Thing.owner, app.Thing.b and 1 more reference",
        "app.Thing.parent, app.Thing.owner, app.Thing.b and 2 more references",
    };
    for (size_t count = 2; count <= 5; count++) {
        drawing d = drawing_new(NULL);
        drawing_nodes(&d, 5);
        for (uint32_t n = 0; n < 5; n++)
            drawing_own(&d, n, n, names[n]);
        assert_cut(
            &d, nodes, count, enough, expected[count], /* of the worst to cut */
            count == 2
                ? weakly
                : "set it to None when it is done with, or hold it weakly, weakref.ref(…), where "
                  "something else keeps it");
    }
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 5);
    for (uint32_t n = 0; n < 5; n++)
        drawing_own(&d, n, n, ".prev");
    assert_cut(&d, nodes, 5, enough, "every app.Thing.prev (5 references)", weakly);
}

static void a_cut_says_what_it_does_not_know(void **state)
{
    (void)state;
    static const uint32_t nodes[] = {0};
    const struct {
        rg_cut cut;
        size_t count;
        const char *expected, *advice;
    } cases[] = {
        {{.is_enough = true}, 0, "no reference of it can be cut", ""},
        {{.is_bounded = true}, 0, "the cycle is too large to search", ""},
        {{.is_bounded = true},
         1,
         "begin with app.Thing.parent (too large to search for all that is needed)",
         weakly},
        {{.is_bounded = true, .is_enough = true},
         1,
         "app.Thing.parent (the search for fewer was given up)",
         weakly},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        drawing d = drawing_new(NULL);
        drawing_nodes(&d, 1);
        drawing_own(&d, 0, 0, ".parent");
        assert_cut(&d, nodes, cases[i].count, cases[i].cut, cases[i].expected, cases[i].advice);
    }
}

/* ---- memory ---- */

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    rg_cycles c = {0};
    rg_cycle_path path = {0};
    rg_cut cut = {0};
    rg_buffer out = rg_buffer_empty(allocator);
    rg_status status = rg_cycles_find(&c, g, NULL, allocator);
    if (!status)
        status = rg_cycle_path_find(&path, g, &c, 0, allocator);
    if (!status)
        status = rg_cycle_cut_find(&cut, g, &c, 0, allocator);
    for (int what = 0; what < 3 && !status; what++) {
        const size_t size = out.size;
        status = what == 0   ? rg_cycle_path_write(&path, g, &out)
                 : what == 1 ? rg_cut_write(&cut, g, &out)
                             : rg_cut_write_advice(&cut, g, &out);
        if (status)
            assert_int_equal(out.size, size);
    }
    rg_buffer_dispose(&out);
    rg_cut_dispose(&cut);
    rg_cycle_path_dispose(&path);
    rg_cycles_dispose(&c);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {9};
    for (uint32_t i = 1; i < 30; i++) {
        rg_graph *g = heap_knot(&random, i, i / 2);
        assert_true(oom_torture(story, g) > 20);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dicts_of_objects_fold_and_containers_are_steps),
        cmocka_unit_test(containers_alone_are_named_each),
        cmocka_unit_test(frames_functions_and_classes_say_which),
        cmocka_unit_test(what_no_expression_says_stands_in_braces),
        cmocka_unit_test(a_path_of_more_than_31_references_loses_its_middle),
        cmocka_unit_test(a_path_goes_on_at_an_object),
        cmocka_unit_test(an_empty_path_writes_nothing),
        cmocka_unit_test(one_reference_is_named_by_the_object_that_holds_it),
        cmocka_unit_test(a_set_says_every_or_the_first_three),
        cmocka_unit_test(a_cut_says_what_it_does_not_know),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
