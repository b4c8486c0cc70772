/* Where bytes come together. */
#include <refgraph/analysis.h>

#include "graph/graph_private.h"

#include "around.h"
#include "drawing.h"
#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "stored.h"
#include "test.h"

/* A graph and what is found in it. */
typedef struct scene {
    rg_graph *g;
    rg_retained retained;
    rg_accumulations found;
} scene;

static scene scene_of(rg_graph *g, uint64_t least, size_t limit)
{
    scene s = {.g = g};
    assert_int_equal(rg_retained_find(&s.retained, g, NULL), RG_OK);
    assert_int_equal(rg_accumulations_find(&s.found, g, &s.retained, least, limit, NULL), RG_OK);
    return s;
}

static void scene_free(scene *s)
{
    rg_accumulations_dispose(&s->found);
    rg_accumulations_dispose(&s->found);
    rg_retained_dispose(&s->retained);
    rg_graph_free(s->g);
}

static uint64_t heap_size(const rg_graph *g)
{
    uint64_t size = 0;
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++)
        size += rg_graph_node(g, n).size;
    return size;
}

/* Keys, which drawings leave lying about, have none. */
static void set_sizes(rg_graph *g, uint64_t size)
{
    for (size_t n = 0; n < g->tables.node_count; n++)
        set_size(g, (uint32_t)n, rg__node_flags(&g->tables, n) & RG_NODE_TEXT_STR ? 0 : size);
}

static void assert_found(const scene *s, size_t i, rg_accumulation_kind kind, uint32_t point,
                         uint64_t count, uint64_t size)
{
    assert_true(i < s->found.count);
    assert_int_equal(s->found.items[i].kind, kind);
    assert_int_equal(s->found.items[i].point, point);
    assert_int_equal(s->found.items[i].count, count);
    assert_int_equal(s->found.items[i].size, size);
}

/* ---- drawn ---- */

/* Types for the drawings of this file. */
typedef struct palette {
    drawing d;
    uint32_t dict, list, module, session, event, function;
} palette;

static palette palette_new(void)
{
    palette p = {.d = drawing_new(NULL)};
    p.dict = drawing_type(&p.d, "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN | RG_TYPE_MAPPING);
    p.list = drawing_type(&p.d, "list", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    p.module = drawing_type(&p.d, "module", RG_KIND_MODULE, RG_TYPE_PLAIN);
    p.session = drawing_type(&p.d, "app.Session", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    p.event = drawing_type(&p.d, "app.Event", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    p.function = drawing_type(&p.d, "function", RG_KIND_FUNCTION, RG_TYPE_PLAIN);
    return p;
}

static uint32_t node_in(palette *p, uint32_t holder, uint32_t type, const char *name)
{
    const uint32_t node = drawing_node(&p->d, type, NULL, 0);
    drawing_own(&p->d, holder, node, name);
    return node;
}

/* A module and its dict, which are nodes 0 and 1. */
static uint32_t module_dict(palette *p)
{
    const uint32_t module = drawing_node(&p->d, p->module, NULL, 0);
    drawing_root(&p->d, RG_ROOT_MODULE, module, "app");
    return node_in(p, module, p->dict, ".__dict__");
}

static void fill(palette *p, uint32_t holder, uint32_t type, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        (void)node_in(p, holder, type, "[0]");
}

/*  0 module app ─► 1 dict ─['k']─► 2 CACHE ─[0]─► 3 dict ─[0]─► 20 sessions
 *                                          └[0]─► 24 dict ─[0]─► 20 sessions
 *                                          └ …    and 20 events right in 1, small variables */
static void what_containers_in_a_container_are_there_for_is_told(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t dict = module_dict(&p);
    const uint32_t cache = node_in(&p, dict, p.dict, "['k']");
    for (int i = 0; i < 5; i++)
        fill(&p, node_in(&p, cache, p.dict, "[0]"), p.session, 20);
    for (int i = 0; i < 20; i++)
        (void)node_in(&p, dict, p.event, "['k']");
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 0, 9);
    assert_int_equal(s.found.count, 2);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, cache, 100, 1050);
    assert_int_equal(s.found.items[0].type, p.session);
    assert_int_equal(s.found.items[0].outer_type, p.dict);
    assert_int_equal(s.found.items[0].outer_count, 5);
    assert_found(&s, 1, RG_ACCUMULATION_MEMBERS, 0, 20, 200); /* the module, for its dict */
    assert_int_equal(s.found.items[1].type, p.event);
    assert_int_equal(s.found.items[1].outer_count, 20);
    assert_int_equal(s.found.least, heap_size(g) / 20);
    scene_free(&s);
}

/*  root list 0 ─[0]─► list 1 ─► 100 sessions    nine tenths: 1 is the point, and 0 of others
 *            └─[0]─► 19 lists of nothing */
static void one_that_has_nearly_all_of_its_kind_is_the_point(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    const uint32_t guest = node_in(&p, top, p.list, "[0]");
    fill(&p, guest, p.session, 100);
    fill(&p, top, p.list, 19);
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 150, 9);
    assert_int_equal(s.found.count, 2);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, guest, 100, 1000);
    assert_found(&s, 1, RG_ACCUMULATION_MEMBERS, top, 19, 190);
    scene_free(&s);
}

/*  root list 0 ─[0]─► list 1 ─► 50 sessions    nothing in common but what they are in
 *            └─[0]─► list 52 ─► 50 events */
static void a_few_unlike_things_are_told_each(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    const uint32_t one = node_in(&p, top, p.list, "[0]");
    fill(&p, one, p.session, 50);
    const uint32_t other = node_in(&p, top, p.list, "[0]");
    fill(&p, other, p.event, 50);
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 100, 9);
    assert_int_equal(s.found.count, 2);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, one, 50, 500);
    assert_found(&s, 1, RG_ACCUMULATION_MEMBERS, other, 50, 500);
    scene_free(&s);
}

/*  root list 0 ─[0]─► 4 sessions of 100 bytes: they are big themselves, and told together */
static void a_few_that_are_big_themselves_are_told_together(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    fill(&p, top, p.session, 4);
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 100);
    scene s = scene_of(g, 0, 9);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, top, 4, 400);
    assert_int_equal(s.found.count, 1);
    scene_free(&s);
}

/*  root 0: function ─.x─► list 1 ─► 30 events      named: each its own, though both are lists
 *                  ─.y─► list 32 ─► 30 events
 *                  ─.__dict__─► dict 63 ─['k']─► 40 sessions: small, so together, at 0 */
static void what_has_a_name_of_its_own_is_its_own(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.function, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    const uint32_t x = node_in(&p, top, p.list, ".x");
    fill(&p, x, p.event, 30);
    const uint32_t y = node_in(&p, top, p.list, ".y");
    fill(&p, y, p.event, 30);
    const uint32_t dict = node_in(&p, top, p.dict, ".__dict__");
    for (int i = 0; i < 40; i++)
        (void)node_in(&p, dict, p.session, "['k']");
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 100, 9);
    assert_int_equal(s.found.count, 3);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, top, 40, 400);
    assert_found(&s, 1, RG_ACCUMULATION_MEMBERS, x, 30, 300);
    assert_found(&s, 2, RG_ACCUMULATION_MEMBERS, y, 30, 300);
    scene_free(&s);
}

/*  root 0 module a ─► dict 1 ─► 2 list ─┐
 *       3 module b ─► dict 4 ─► 5 list ─┴► 30 sessions, 30 functions      the roots together */
static void what_several_roots_hold_has_no_point(void **state)
{
    (void)state;
    palette p = palette_new();
    uint32_t lists[2];
    for (int i = 0; i < 2; i++)
        lists[i] = node_in(&p, module_dict(&p), p.list, "['k']");
    for (uint32_t i = 0; i < 60; i++)
        drawing_own(&p.d, lists[1], node_in(&p, lists[0], i % 2 ? p.session : p.function, "[0]"),
                    "[0]");
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 100, 9);
    assert_int_equal(s.found.count, 1);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, RG_NONE, 30, 300);
    assert_int_equal(s.found.items[0].type, p.session);
    scene_free(&s);
}

/*  root 0 list ─┐
 *       1 list ─┴► 30 lists ─► a session each      the roots together: told as lists */
static void containers_that_several_roots_hold_are_told_as_such(void **state)
{
    (void)state;
    palette p = palette_new();
    uint32_t lists[2];
    for (int i = 0; i < 2; i++) {
        lists[i] = drawing_node(&p.d, p.list, NULL, 0);
        drawing_root(&p.d, RG_ROOT_OTHER, lists[i], "top");
    }
    for (int i = 0; i < 30; i++) {
        const uint32_t list = node_in(&p, lists[0], p.list, "[0]");
        drawing_own(&p.d, lists[1], list, "[0]");
        fill(&p, list, p.session, 1);
    }
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 100, 9);
    assert_int_equal(s.found.count, 1);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, RG_NONE, 32, 620); /* the roots themselves too */
    assert_int_equal(s.found.items[0].type, p.list);
    scene_free(&s);
}

/*  root list ─► 30 dicts, each `__dict__` of a module, 30 classes      every heap has these */
static void what_every_heap_has_is_not_told(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t class = drawing_type(&p.d, "type", RG_KIND_TYPE, RG_TYPE_PLAIN);
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    for (int i = 0; i < 30; i++) {
        drawing_own(&p.d, top, module_dict(&p), "[0]");
        const uint32_t type = node_in(&p, top, class, "[0]");
        drawing_root(&p.d, RG_ROOT_TYPE, type, "static type");
        drawing_root(&p.d, RG_ROOT_TYPE, drawing_node(&p.d, p.event, NULL, RG_NODE_IMMORTAL),
                     "immortal object");
    }
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 100, 9);
    assert_int_equal(s.found.count, 0);
    scene_free(&s);
}

/*  root list 0 ─[0]─► 20 lists of 100 bytes ─► a session of 10 in each: lists are told */
static void containers_that_are_big_themselves_are_told(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    for (int i = 0; i < 20; i++)
        fill(&p, node_in(&p, top, p.list, "[0]"), p.session, 1);
    rg_graph *g = sample_drawn(&p.d);
    for (size_t n = 0; n < g->tables.node_count; n++)
        set_size(g, (uint32_t)n, rg__node_type(&g->tables, n) == p.list ? 100 : 10);
    set_size(g, top + 8, 17); /* in the fourth */
    scene s = scene_of(g, 0, 9);
    assert_int_equal(s.found.count, 1);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, top, 20, 2207);
    assert_int_equal(s.found.items[0].type, p.list);
    assert_int_equal(s.found.items[0].example, top + 7);
    scene_free(&s);
}

/*  root list 0 ─[0]─► Session ─.x─► dict ─['k']─► Session ─► … 40 of them
 *                                the 20th ─.big─► list ─► 100 events */
static void objects_behind_one_another_are_a_run(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    uint32_t at = node_in(&p, top, p.session, "[0]");
    const uint32_t first = at;
    uint32_t big = RG_NONE;
    for (int i = 1; i < 40; i++) {
        const uint32_t dict = node_in(&p, at, p.dict, ".__dict__");
        at = node_in(&p, dict, p.session, "['k']");
        if (i == 20)
            big = node_in(&p, at, p.list, ".big");
    }
    fill(&p, big, p.event, 100);
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 100, 9);
    assert_int_equal(s.found.count, 2);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, big, 100, 1000);
    assert_found(&s, 1, RG_ACCUMULATION_RUN, first, 40, 790);
    rg_accumulations_dispose(&s.found);
    assert_int_equal(rg_accumulations_find(&s.found, g, &s.retained, 800, 9, NULL), RG_OK);
    assert_int_equal(s.found.count, 1); /* what is left of the run is less */
    scene_free(&s);
}

/*  root dict 0 ─[0]─► list ─[0]─► list ─► … 40 of them, each nearly all that the one before holds
 *              └[0]─► dict ─[0]─► 40 dicts of an event each: no run */
static void containers_behind_one_another_are_a_run(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.dict, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    uint32_t at = node_in(&p, top, p.list, "[0]");
    const uint32_t first = at;
    for (int i = 1; i < 40; i++)
        at = node_in(&p, at, p.list, "[0]");
    const uint32_t other = node_in(&p, top, p.dict, "[0]");
    for (int i = 0; i < 40; i++)
        fill(&p, node_in(&p, other, p.dict, "[0]"), p.event, 1);
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    for (uint32_t n = first; n < other; n++)
        set_size(g, (uint32_t)n, n == at ? 1000 : 1);
    scene s = scene_of(g, 100, 9);
    assert_int_equal(s.found.count, 2);
    assert_found(&s, 0, RG_ACCUMULATION_RUN, first, 40, 1039);
    assert_found(&s, 1, RG_ACCUMULATION_MEMBERS, other, 40, 800);
    assert_int_equal(s.found.items[1].type, p.event);
    scene_free(&s);
}

/*  root list 0 ─[0]─► Session ─.x─► Event ─.x─► Session ─.x─► … 100 in all: one list, not two */
static void runs_through_each_other_are_one(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    uint32_t at = top;
    for (int i = 0; i < 100; i++)
        at = node_in(&p, at, i % 2 ? p.event : p.session, i ? ".x" : "[0]");
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 0, 9);
    assert_int_equal(s.found.count, 1);
    assert_found(&s, 0, RG_ACCUMULATION_RUN, top + 1, 50, 1000);
    scene_free(&s);
}

/*  root list 0 ─[0]─► 1 ─.__dict__─► dict 2 ─['k']─► Event of 1,000 bytes */
static void one_object_that_is_big_itself_is_told(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    const uint32_t owner = node_in(&p, top, p.session, "[0]");
    const uint32_t dict = node_in(&p, owner, p.dict, ".__dict__");
    const uint32_t event = node_in(&p, dict, p.event, "['k']");
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 1);
    set_size(g, event, 1000);
    set_size(g, dict, 500);
    scene s = scene_of(g, 0, 9);
    assert_int_equal(s.found.count, 2);
    assert_found(&s, 0, RG_ACCUMULATION_SINGLE, event, 1, 1000);
    assert_found(&s, 1, RG_ACCUMULATION_SINGLE, owner, 1, 500);
    assert_int_equal(s.found.members[s.found.items[1].first], dict);
    scene_free(&s);
}

/* ---- the ends ---- */

static void no_node_one_node_and_answers_of_others(void **state)
{
    (void)state;
    scene empty = scene_of(sample_empty(), 0, 5);
    assert_int_equal(empty.found.count, 0);
    assert_int_equal(empty.found.least, 1);
    scene one = scene_of(sample_chain(1), 0, 5);
    assert_int_equal(one.found.count, 0); /* of no bytes */
    rg_accumulations none = {0};
    assert_int_equal(rg_accumulations_find(&none, one.g, &empty.retained, 0, 5, NULL),
                     RG_ERR_ARGUMENT);
    set_size(one.g, 0, 7);
    scene_free(&empty);
    rg_graph *g = one.g;
    one.g = NULL;
    scene_free(&one);
    one = scene_of(g, 0, 5);
    assert_int_equal(one.found.count, 1);
    assert_found(&one, 0, RG_ACCUMULATION_SINGLE, 0, 1, 7);
    scene_free(&one);
}

/*   Session ⇄ Event, 30 pairs that no root reaches; self-edges, parallel edges */
static void garbage_is_held_by_no_point(void **state)
{
    (void)state;
    palette p = palette_new();
    for (uint32_t i = 0; i < 30; i++) {
        const uint32_t one = drawing_node(&p.d, p.session, NULL, 0);
        const uint32_t other = node_in(&p, one, p.event, ".x");
        drawing_own(&p.d, other, one, ".x");
        drawing_own(&p.d, one, one, ".x");
        drawing_own(&p.d, one, other, ".x");
    }
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 0, 9);
    assert_int_equal(s.found.count, 1);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, RG_NONE, 30, 600);
    assert_int_equal(s.found.items[0].type, p.session);
    scene_free(&s);
}

static void a_million_children_and_a_million_in_a_row(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t top = drawing_node(&p.d, p.list, NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, top, "top");
    fill(&p, top, p.session, MILLION);
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 16);
    scene s = scene_of(g, 0, 3);
    assert_int_equal(s.found.count, 1);
    assert_found(&s, 0, RG_ACCUMULATION_MEMBERS, top, MILLION, UINT64_C(16) * MILLION);
    scene_free(&s);
    g = sample_chain(MILLION);
    set_sizes(g, 16);
    s = scene_of(g, 0, 3);
    assert_int_equal(s.found.count, 1);
    assert_found(&s, 0, RG_ACCUMULATION_RUN, 0, MILLION, UINT64_C(16) * MILLION);
    scene_free(&s);
}

/* ---- random graphs ---- */

/* A tree, mostly: what is in what is decided at random, with a few references across. */
static rg_graph *random_tree(randomness *random)
{
    static const char *const names[] = {"[0]", "[0]", "['k']", "element", ".x", ".__dict__"};
    palette p = palette_new();
    const uint32_t types[] = {p.list, p.dict, p.session, p.event, p.function};
    const uint32_t first = drawing_node(&p.d, types[random_below(random, 5)], NULL, 0);
    drawing_root(&p.d, RG_ROOT_OTHER, first, "top");
    for (uint32_t n = 1; n < 30; n++) { /* each name may bring a key, which is a node too */
        const uint32_t above = random_below(random, random_below(random, n) + 1);
        const uint32_t node = drawing_node(&p.d, types[random_below(random, 5)], NULL, 0);
        drawing_own(&p.d, above, node, names[random_below(random, COUNT_OF(names))]);
        if (!random_below(random, 10))
            drawing_own(&p.d, random_below(random, node), node, "[0]");
    }
    return sample_drawn(&p.d);
}

/* Small sizes, so that groups come about. */
static rg_graph *random_heap(randomness *random)
{
    rg_graph *g = random_below(random, 2) ? heap_random(random, HEAP_MOST) : random_tree(random);
    for (size_t n = 0; n < g->tables.node_count; n++)
        set_size(g, (uint32_t)n, 1 + random_below(random, random_below(random, 20) ? 4 : 60));
    return g;
}

/* The node that the point keeps itself, and a member is in: a child of it, or of its dict. */
static uint32_t outer_of(const scene *s, const rg_accumulation *item, uint32_t member)
{
    uint32_t node = member;
    while (node != RG_NONE) {
        const uint32_t above = s->retained.dominator[node];
        if (rg_graph_node(s->g, node).type == item->outer_type) {
            bool is_child = above == item->point;
            for (uint64_t e = above == RG_NONE || item->point == RG_NONE
                                  ? 0
                                  : rg_graph_edges_begin(s->g, item->point);
                 above != RG_NONE && item->point != RG_NONE &&
                 e < rg_graph_edges_end(s->g, item->point);
                 e++)
                is_child |= rg_graph_edge(s->g, item->point, e).to == above;
            if (is_child)
                return node;
        }
        node = above;
    }
    return RG_NONE;
}

/* Whether a point is looked through: the roots together, a module, a class, a frame. */
static bool is_open(const scene *s, uint32_t point)
{
    if (point == RG_NONE)
        return true;
    const rg_kind kind = rg_graph_type(s->g, rg_graph_node(s->g, point).type).kind;
    return kind == RG_KIND_MODULE || kind == RG_KIND_TYPE || kind == RG_KIND_FRAME;
}

/* What an accumulation's bytes are, as far as its members tell: all where none is looked through. */
static uint64_t bytes_of(const scene *s, const rg_accumulation *item, uint64_t starts)
{
    const uint32_t *members = s->found.members + item->first;
    uint64_t set = 0;
    uint64_t outers = 0;
    for (uint64_t i = 0; i < item->count; i++) {
        assert_true(!i || members[i] > members[i - 1]);
        assert_int_equal(rg_graph_node(s->g, members[i]).type, item->type);
        if (item->kind == RG_ACCUMULATION_SINGLE) {
            set |= UINT64_C(1) << members[i];
            continue;
        }
        const uint32_t outer = outer_of(s, item, members[i]);
        assert_int_not_equal(outer, RG_NONE);
        assert_true(is_open(s, item->point) ||
                    around_retained(s->g, starts, item->point) >> members[i] & 1);
        outers |= UINT64_C(1) << outer;
        set |= around_retained(s->g, starts, outer);
    }
    if (item->kind == RG_ACCUMULATION_MEMBERS) {
        assert_true(around_count(outers) <= item->outer_count);
        if (around_count(outers) == item->outer_count)
            assert_int_equal(around_size(s->g, set), item->size);
        else
            assert_true(around_size(s->g, set) < item->size);
    } else {
        assert_int_equal(around_size(s->g, set), item->size);
    }
    return set;
}

/* A group so plain that something of it must be told: small each, and many bytes together. */
static uint64_t plain_group(const scene *s, uint32_t point, uint32_t type, uint64_t least,
                            uint64_t starts)
{
    uint64_t set = 0;
    for (uint32_t n = 0; n < s->retained.node_count; n++) {
        if (s->retained.dominator[n] != point || rg_graph_node(s->g, n).type != type)
            continue;
        if (s->retained.size[n] >= least)
            return 0;
        set |= around_retained(s->g, starts, n);
    }
    return around_size(s->g, set) >= least ? set : 0;
}

static void assert_accumulations(const scene *s, uint64_t least)
{
    const uint64_t starts = around_starts(s->g);
    uint64_t told = 0;
    uint64_t size = 0;
    for (size_t i = 0; i < s->found.count; i++) {
        const rg_accumulation *item = &s->found.items[i];
        const uint64_t set = bytes_of(s, item, starts);
        assert_int_equal(told & set, 0);
        told |= set;
        size += item->size;
        assert_true(item->size >= least);
        assert_true(!i || item->size <= s->found.items[i - 1].size);
    }
    assert_true(size <= heap_size(s->g));
    for (uint32_t n = 0; n < s->retained.node_count; n++) {
        const rg_node node = rg_graph_node(s->g, n);
        if (rg_graph_type(s->g, node.type).kind != RG_KIND_INSTANCE)
            continue;
        for (uint32_t type = 0; type < rg_graph_type_count(s->g); type++) {
            const uint64_t set = plain_group(s, n, type, least, starts);
            assert_true(!set || set & told);
        }
    }
}

static void random_graphs_are_told_without_a_byte_twice(void **state)
{
    (void)state;
    randomness random = {41};
    size_t groups = 0;
    size_t levels = 0;
    for (int i = 0; i < 12000; i++) {
        rg_graph *g = random_heap(&random);
        const uint64_t least = 1 + random_below(&random, 30);
        scene s = scene_of(g, least, SIZE_MAX);
        assert_accumulations(&s, least);
        for (size_t k = 0; k < s.found.count; k++) {
            groups += s.found.items[k].kind == RG_ACCUMULATION_MEMBERS;
            levels += s.found.items[k].outer_type != s.found.items[k].type;
        }
        scene one = {.g = g};
        assert_int_equal(rg_accumulations_find(&one.found, g, &s.retained, least, 1, NULL), RG_OK);
        assert_int_equal(one.found.count, s.found.count ? 1 : 0);
        if (one.found.count)
            assert_int_equal(one.found.items[0].size, s.found.items[0].size);
        rg_accumulations_dispose(&one.found);
        scene_free(&s);
    }
    assert_true(groups > 1000);
    assert_true(levels > 30);
}

/* ---- memory ---- */

static rg_status story(const rg_allocator *allocator, void *context)
{
    const scene *s = context;
    rg_accumulations found = {0};
    const rg_status status = rg_accumulations_find(&found, s->g, &s->retained, 100, 9, allocator);
    assert_true(status || found.count == 2);
    rg_accumulations_dispose(&found);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    palette p = palette_new();
    const uint32_t dict = module_dict(&p);
    const uint32_t cache = node_in(&p, dict, p.dict, "['k']");
    for (int i = 0; i < 3; i++)
        fill(&p, node_in(&p, cache, p.dict, "[0]"), p.session, 20);
    uint32_t at = node_in(&p, dict, p.event, "['k']");
    for (int i = 0; i < 40; i++)
        at = node_in(&p, at, p.event, ".next");
    rg_graph *g = sample_drawn(&p.d);
    set_sizes(g, 10);
    scene s = scene_of(g, 100, 9);
    assert_true(oom_torture(story, &s) > 10);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_containers_in_a_container_are_there_for_is_told),
        cmocka_unit_test(one_that_has_nearly_all_of_its_kind_is_the_point),
        cmocka_unit_test(a_few_unlike_things_are_told_each),
        cmocka_unit_test(a_few_that_are_big_themselves_are_told_together),
        cmocka_unit_test(what_has_a_name_of_its_own_is_its_own),
        cmocka_unit_test(what_several_roots_hold_has_no_point),
        cmocka_unit_test(containers_that_several_roots_hold_are_told_as_such),
        cmocka_unit_test(what_every_heap_has_is_not_told),
        cmocka_unit_test(containers_that_are_big_themselves_are_told),
        cmocka_unit_test(objects_behind_one_another_are_a_run),
        cmocka_unit_test(containers_behind_one_another_are_a_run),
        cmocka_unit_test(runs_through_each_other_are_one),
        cmocka_unit_test(one_object_that_is_big_itself_is_told),
        cmocka_unit_test(no_node_one_node_and_answers_of_others),
        cmocka_unit_test(garbage_is_held_by_no_point),
        cmocka_unit_test(a_million_children_and_a_million_in_a_row),
        cmocka_unit_test(random_graphs_are_told_without_a_byte_twice),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
