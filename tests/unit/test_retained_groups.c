/* What objects retain by type and by module, and who owns them. */
#include <refgraph/analysis.h>

#include "graph/graph_private.h"

#include "around.h"
#include "drawing.h"
#include "heaps.h"
#include "oom.h"
#include "oracle.h"
#include "samples.h"
#include "stored.h"
#include "test.h"

/* A graph and all that is found in it. */
typedef struct scene {
    rg_graph *g;
    rg_retained retained;
    rg_owners owners;
    rg_distances distances;
} scene;

static scene scene_of(rg_graph *g)
{
    scene s = {.g = g};
    assert_int_equal(rg_retained_find(&s.retained, g, NULL), RG_OK);
    assert_int_equal(rg_owners_find(&s.owners, g, &s.retained, NULL), RG_OK);
    s.distances = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
    return s;
}

static void scene_free(scene *s)
{
    rg_distances_dispose(&s->distances);
    rg_owners_dispose(&s->owners);
    rg_retained_dispose(&s->retained);
    rg_graph_free(s->g);
}

static rg_retained_totals totals_of(const scene *s, rg_grouping grouping)
{
    rg_retained_totals found = {0};
    assert_int_equal(rg_retained_totals_find(&found, s->g, &s->retained, grouping, NULL), RG_OK);
    return found;
}

static void assert_owner(const scene *s, uint32_t node, const char *expected)
{
    rg_buffer text = rg_buffer_empty(NULL);
    const rg_owner *owner = &s->owners.items[s->owners.owner_of[node]];
    assert_int_equal(rg_owner_write(owner, s->g, &s->distances, &text), RG_OK);
    assert_int_equal(rg_buffer_add(&text, "", 1), RG_OK);
    assert_string_equal(text.data, expected);
    rg_buffer_dispose(&text);
}

/*  0 module app ─► 1 dict ─['CACHE']─► 3 ─► 4, 5      4 is held by 3 alone, 5 by 3 and 7
 *                         ─['STATE']─► 7 ─► 5, 8
 *  10 module lib ─► 11 dict ─['X']─► 13 ─► 8          8 is held by 7 and 13: by variables of two modules
 *  14 frame f ─local x─► 15, ─local y─► 15 ─► 16;  14 ─► 17 without a name;  14 ─cell z─► 25 ─► 26
 *  18 atexit callback ─► 19;  20 from C ─► 21;  22 immortal;  23 ◄─► 24 garbage */
static scene program(void)
{
    drawing d = drawing_new(NULL);
    const uint32_t dict = drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    const uint32_t module = drawing_type(&d, "module", RG_KIND_MODULE, RG_TYPE_PLAIN);
    drawing_node(&d, module, NULL, 0); /* 0 */
    drawing_node(&d, dict, NULL, 0);   /* 1 */
    drawing_str(&d, "CACHE");          /* 2 */
    drawing_nodes(&d, 3);              /* 3 … 5 */
    drawing_str(&d, "STATE");          /* 6 */
    drawing_nodes(&d, 3);              /* 7 … 9 */
    drawing_node(&d, module, NULL, 0); /* 10 */
    drawing_node(&d, dict, NULL, 0);   /* 11 */
    drawing_str(&d, "X");              /* 12 */
    drawing_nodes(&d, 14);             /* 13 … 26 */
    static const struct {
        uint32_t from, to;
        const char *name;
    } edges[] = {
        {0, 1, ".__dict__"},   {1, 3, "[@2]"},
        {1, 2, "key"},         {1, 7, "[@6]"},
        {1, 6, "key"},         {3, 4, ".x"},
        {3, 5, ".y"},          {7, 5, ".x"},
        {7, 8, ".y"},          {13, 8, ".x"},
        {10, 11, ".__dict__"}, {11, 13, "[@12]"},
        {11, 12, "key"},       {14, 15, "local x"},
        {14, 15, "local y"},   {15, 16, ".x"},
        {14, 17, ""},          {18, 19, ".x"},
        {20, 21, ".x"},        {23, 24, ".x"},
        {14, 25, "cell z"},    {25, 26, ".cell_contents"},
        {24, 23, ".x"},        {8, 9, ".x"},
    };
    for (size_t i = 0; i < COUNT_OF(edges); i++)
        drawing_own(&d, edges[i].from, edges[i].to, edges[i].name);
    drawing_root(&d, RG_ROOT_MODULE, 0, "app");
    drawing_root(&d, RG_ROOT_MODULE, 10, "lib");
    drawing_root(&d, RG_ROOT_FRAME, 14, "thread MainThread · f (app.py:3)");
    drawing_root(&d, RG_ROOT_INTERPRETER, 18, "atexit callback");
    drawing_root(&d, RG_ROOT_NATIVE, 20, "");
    drawing_root(&d, RG_ROOT_TYPE, 22, "immortal object");
    rg_graph *g = sample_drawn(&d);
    for (uint32_t n = 0; n < g->tables.node_count; n++)
        set_size(g, n, UINT64_C(1) << n);
    return scene_of(g);
}

static void an_owner_is_what_a_person_knows_an_object_as_a_part_of(void **state)
{
    (void)state;
    static const char app[] = "module app (itself, and what its variables share)";
    static const char frame[] =
        "thread MainThread · f (app.py:3) (itself, and what its variables share)";
    static const struct {
        const char *text;
        uint32_t nodes[5];
        size_t count;
    } expected[] = {
        {app, {0, 1, 2, 5, 6}, 5},
        {"sys.modules['app'].CACHE", {3, 4}, 2},
        {"sys.modules['app'].STATE", {7}, 1},
        {"app.Thing, held by several owners", {8, 9}, 2},
        {"sys.modules['lib'].X", {13}, 1},
        {frame, {14, 17, 25}, 3},
        {"thread MainThread · f (app.py:3) · local 'x'", {15, 16}, 2},
        {"thread MainThread · f (app.py:3) · local 'z'", {26}, 1},
        {"atexit callback", {18, 19}, 2},
        {"app.Thing, held from outside the heap", {20, 21}, 2},
        {"app.Thing, static or immortal", {22}, 1},
        {"app.Thing, garbage", {23, 24}, 2},
    };
    scene s = program();
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const uint32_t owner = s.owners.owner_of[expected[i].nodes[0]];
        uint64_t size = 0;
        assert_owner(&s, expected[i].nodes[0], expected[i].text);
        for (size_t k = 0; k < expected[i].count; k++) {
            assert_int_equal(s.owners.owner_of[expected[i].nodes[k]], owner);
            size |= UINT64_C(1) << expected[i].nodes[k];
        }
        assert_int_equal(s.owners.items[owner].count, expected[i].count);
        assert_int_equal(s.owners.items[owner].size, size);
    }
    assert_int_equal(s.owners.count, COUNT_OF(expected) + 1); /* and module lib */
    scene_free(&s);
}

static void objects_and_owners_are_written_a_line_each(void **state)
{
    (void)state;
    static const uint32_t ids[] = {4, 24, 0};
    scene s = program();
    rg_buffer text = rg_buffer_empty(NULL);
    assert_int_equal(rg_nodes_write(s.g, &s.distances, ids, COUNT_OF(ids), &text), RG_OK);
    assert_int_equal(rg_buffer_add(&text, "", 1), RG_OK);
    assert_string_equal(text.data, "sys.modules['app'].CACHE.x\napp.Thing\nsys.modules['app']\n");
    text.size = 0;
    assert_int_equal(rg_owners_write(&s.owners, s.g, &s.distances, &text), RG_OK);
    assert_int_equal(rg_buffer_add(&text, "", 1), RG_OK);
    size_t lines = 0;
    for (const char *at = strchr(text.data, '\n'); at; at = strchr(at + 1, '\n'))
        lines++;
    assert_int_equal(lines, s.owners.count);
    rg_buffer_dispose(&text);
    scene_free(&s);
}

/*   root 0: A ─► 1: B ─► 2: A ─► 3: lib.C      0 ─► 4: B of another class object */
static void what_one_object_retains_through_another_of_its_group_counts_once(void **state)
{
    (void)state;
    static const uint32_t kinds[] = {0, 1, 0, 2, 3};
    drawing d = drawing_new(NULL);
    uint32_t types[4];
    types[0] = drawing_type(&d, "app.A", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    types[1] = drawing_type(&d, "app.B", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    types[2] = drawing_type(&d, "lib.C", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    types[3] = drawing_type(&d, "app.B", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        drawing_node(&d, types[kinds[i]], NULL, 0);
    for (uint32_t n = 0; n < 3; n++)
        drawing_own(&d, n, n + 1, ".x");
    drawing_own(&d, 0, 4, ".x");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    for (uint32_t n = 0; n < 5; n++)
        set_size(g, n, UINT64_C(1) << n);
    scene s = scene_of(g);
    static const rg_retained_total by_type[] = {
        {.count = 2, .size = 5, .kept_count = 5, .kept_size = 31},
        {.count = 2, .size = 18, .kept_count = 4, .kept_size = 30},
        {.count = 1, .size = 8, .kept_count = 1, .kept_size = 8},
    };
    static const rg_retained_total by_module[] = {
        {.count = 4, .size = 23, .kept_count = 5, .kept_size = 31},
        {.count = 1, .size = 8, .kept_count = 1, .kept_size = 8},
    };
    for (int round = 0; round < 2; round++) {
        rg_retained_totals found = totals_of(&s, round ? RG_BY_MODULE : RG_BY_TYPE);
        assert_int_equal(found.count, round ? COUNT_OF(by_module) : COUNT_OF(by_type));
        for (size_t i = 0; i < found.count; i++) {
            const rg_retained_total *expected = round ? &by_module[i] : &by_type[i];
            assert_int_equal(found.items[i].count, expected->count);
            assert_int_equal(found.items[i].size, expected->size);
            assert_int_equal(found.items[i].kept_count, expected->kept_count);
            assert_int_equal(found.items[i].kept_size, expected->kept_size);
        }
        rg_retained_totals_dispose(&found);
        rg_retained_totals_dispose(&found);
    }
    scene_free(&s);
}

static void a_graph_without_nodes_has_no_owner_and_answers_of_others_are_refused(void **state)
{
    (void)state;
    scene s = scene_of(sample_empty());
    scene other = scene_of(sample_chain(3));
    assert_int_equal(s.owners.count, 0);
    rg_retained_totals totals = totals_of(&s, RG_BY_TYPE);
    assert_int_equal(totals.count, 0);
    rg_retained_totals_dispose(&totals);
    rg_owners owners = {0};
    rg_buffer text = rg_buffer_empty(NULL);
    assert_int_equal(rg_retained_totals_find(&totals, s.g, &other.retained, RG_BY_TYPE, NULL),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_retained_totals_find(&totals, s.g, &s.retained, (rg_grouping)2, NULL),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_owners_find(&owners, s.g, &other.retained, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_owner_write(&other.owners.items[0], other.g, &s.distances, &text),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_owners_write(&other.owners, other.g, &s.distances, &text), RG_ERR_ARGUMENT);
    static const uint32_t ids[] = {2, 3};
    assert_int_equal(rg_nodes_write(other.g, &other.distances, ids, 2, &text), RG_ERR_ARGUMENT);
    assert_int_equal(rg_nodes_write(other.g, &s.distances, ids, 0, &text), RG_ERR_ARGUMENT);
    assert_int_equal(text.size, 0);
    rg_owners_dispose(&owners);
    scene_free(&other);
    scene_free(&s);
}

/* ---- random graphs ---- */

/* Each node is in the answer once; what is written of an owner is something. */
static void assert_partition(const scene *s)
{
    uint64_t count = 0;
    uint64_t size = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < s->owners.count; i++) {
        rg_buffer text = rg_buffer_empty(NULL);
        count += s->owners.items[i].count;
        size += s->owners.items[i].size;
        assert_true(!i || s->owners.items[i].size <= s->owners.items[i - 1].size);
        assert_int_equal(rg_owner_write(&s->owners.items[i], s->g, &s->distances, &text), RG_OK);
        assert_true(text.size > 0);
        rg_buffer_dispose(&text);
    }
    for (uint32_t n = 0; n < s->owners.node_count; n++)
        all += rg_graph_node(s->g, n).size;
    assert_int_equal(count, s->owners.node_count);
    assert_int_equal(size, all);
}

/* Whether a node is the cell of a variable of a frame. */
static bool is_cell_of(const rg_graph *g, uint32_t frame, uint32_t node)
{
    for (uint64_t e = rg_graph_edges_begin(g, frame); e < rg_graph_edges_end(g, frame); e++) {
        const rg_edge edge = rg_graph_edge(g, frame, e);
        if (edge.to == node && edge.name.kind == RG_NAME_CELL && edge.strength != RG_STRENGTH_WEAK)
            return true;
    }
    return false;
}

static bool is_dict_of(const rg_graph *g, uint32_t module, uint32_t node)
{
    for (uint64_t e = rg_graph_edges_begin(g, module); e < rg_graph_edges_end(g, module); e++) {
        const rg_edge edge = rg_graph_edge(g, module, e);
        if (edge.name.kind == RG_NAME_ATTRIBUTE &&
            oracle_string_is(rg_graph_string(g, edge.name.value), "__dict__"))
            return edge.to == node; /* the first attribute of that name */
    }
    return false;
}

static bool is_seen_through(const rg_graph *g, uint32_t node)
{
    for (uint32_t r = 0; r < rg_graph_root_count(g); r++) {
        const rg_root root = rg_graph_root(g, r);
        if ((root.kind == RG_ROOT_MODULE || root.kind == RG_ROOT_FRAME) && root.node == node)
            return true;
        if ((root.kind == RG_ROOT_MODULE && is_dict_of(g, root.node, node)) ||
            (root.kind == RG_ROOT_FRAME && is_cell_of(g, root.node, node)))
            return true;
    }
    return false;
}

/* The first on the way down to each node that is not seen through is its owner; where that is no variable, what
 * was seen through last; below the virtual root objects of the type. */
static void assert_owners(const scene *s)
{
    for (uint32_t n = 0; n < s->owners.node_count; n++) {
        const rg_owner *owner = &s->owners.items[s->owners.owner_of[n]];
        uint32_t first = RG_NONE; /* not seen through, with nothing but what is above it */
        uint32_t last = RG_NONE;  /* seen through, the nearest */
        for (uint32_t up = n; up != RG_NONE; up = s->retained.dominator[up]) {
            if (!is_seen_through(s->g, up))
                first = up;
            else if (last == RG_NONE)
                last = up;
        }
        if (owner->kind == RG_OWNER_MODULE || owner->kind == RG_OWNER_FRAME) {
            assert_int_not_equal(last, RG_NONE);
            assert_int_equal(s->owners.owner_of[last], s->owners.owner_of[n]);
        } else if (owner->kind == RG_OWNER_VARIABLE || owner->kind == RG_OWNER_ROOT) {
            assert_int_equal(owner->node, first);
        } else {
            assert_int_equal(last, RG_NONE);
            assert_int_equal(rg_graph_node(s->g, owner->node).type,
                             rg_graph_node(s->g, first).type);
        }
    }
}

/* The union of what the objects of a group retain. */
static void assert_totals(const scene *s, rg_grouping grouping)
{
    rg_retained_totals found = totals_of(s, grouping);
    const uint64_t starts = around_starts(s->g);
    uint64_t count = 0;
    for (size_t i = 0; i < found.count; i++) {
        const rg_type wanted = rg_graph_type(s->g, found.items[i].type);
        uint64_t members = 0;
        uint64_t kept = 0;
        for (uint32_t n = 0; n < s->retained.node_count; n++) {
            const rg_type type = rg_graph_type(s->g, rg_graph_node(s->g, n).type);
            if (type.module.data != wanted.module.data ||
                (grouping == RG_BY_TYPE && type.name.data != wanted.name.data))
                continue;
            members |= UINT64_C(1) << n;
            kept |= around_retained(s->g, starts, n);
        }
        count += found.items[i].count;
        assert_int_equal(found.items[i].count, around_count(members));
        assert_int_equal(found.items[i].size, around_size(s->g, members));
        assert_int_equal(found.items[i].kept_count, around_count(kept));
        assert_int_equal(found.items[i].kept_size, around_size(s->g, kept));
    }
    assert_int_equal(count, s->retained.node_count);
    rg_retained_totals_dispose(&found);
}

static void in_random_graphs_owners_share_all_and_totals_are_unions(void **state)
{
    (void)state;
    randomness random = {37};
    for (int i = 0; i < 6000; i++) {
        scene s = scene_of(heap_random(&random, i % 20 ? 12 : 40));
        assert_partition(&s);
        assert_owners(&s);
        assert_totals(&s, RG_BY_TYPE);
        assert_totals(&s, RG_BY_MODULE);
        scene_free(&s);
    }
}

static void a_module_of_a_million_variables_has_an_owner_for_each(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, MILLION + 2);
    drawing_own(&d, 0, 1, ".__dict__");
    for (uint32_t n = 2; n < MILLION + 2; n++)
        drawing_own(&d, 1, n, "[@0]");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    scene s = scene_of(sample_drawn(&d));
    rg_buffer text = rg_buffer_empty(NULL);
    assert_int_equal(s.owners.count, MILLION + 1);
    assert_int_equal(rg_owners_write(&s.owners, s.g, &s.distances, &text), RG_OK);
    rg_buffer_dispose(&text); /* had each looked for its edge among all: 10^12 / 2 steps */
    scene_free(&s);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    const scene *s = context;
    rg_owners owners = {0};
    rg_retained_totals totals = {0};
    rg_buffer text = rg_buffer_empty(allocator);
    rg_status status = rg_owners_find(&owners, s->g, &s->retained, allocator);
    if (!status)
        status = rg_retained_totals_find(&totals, s->g, &s->retained, RG_BY_TYPE, allocator);
    if (!status) {
        status = rg_owners_write(&owners, s->g, &s->distances, &text);
        assert_true(!status || !text.size);
    }
    rg_buffer_dispose(&text);
    rg_retained_totals_dispose(&totals);
    rg_owners_dispose(&owners);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    scene s = program();
    assert_true(oom_torture(story, &s) > 8);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_owner_is_what_a_person_knows_an_object_as_a_part_of),
        cmocka_unit_test(objects_and_owners_are_written_a_line_each),
        cmocka_unit_test(what_one_object_retains_through_another_of_its_group_counts_once),
        cmocka_unit_test(a_graph_without_nodes_has_no_owner_and_answers_of_others_are_refused),
        cmocka_unit_test(in_random_graphs_owners_share_all_and_totals_are_unions),
        cmocka_unit_test(a_module_of_a_million_variables_has_an_owner_for_each),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
