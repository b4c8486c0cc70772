/* What a picture of a cycle shows. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "cycle_oracle.h"
#include "heaps.h"
#include "oom.h"
#include "oracle.h"
#include "samples.h"
#include "sanitized.h"
#include "test.h"

static rg_subgraph picture_of(const rg_graph *g, const rg_cycles *c, size_t cycle,
                              const rg_cycle_path *path, const rg_cut *cut, uint32_t max_nodes)
{
    rg_subgraph s = {0};
    assert_int_equal(rg_cycle_subgraph_find(&s, g, c, cycle, path, cut, max_nodes, NULL), RG_OK);
    return s;
}

static void assert_nodes(const rg_subgraph *s, const char *expected)
{
    char text[256] = "";
    int size = 0;
    for (size_t i = 0; i < s->node_count; i++)
        size += sprintf(text + size, " %u", s->nodes[i]);
    assert_string_equal(text + (size > 0), expected);
}

/*   0 ─.__dict__─► 1 ─['child']─► 2 ─.parent─► 0       1 folds into 0 */
static void the_dict_of_an_object_folds_into_it(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    const uint32_t dict = drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_MAPPING);
    drawing_nodes(&d, 1);
    drawing_node(&d, dict, NULL, 0);
    drawing_nodes(&d, 1);
    drawing_own(&d, 0, 1, ".__dict__");
    drawing_own(&d, 1, 2, "['child']");
    drawing_own(&d, 2, 0, ".parent");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    rg_subgraph s = picture_of(g, &c, 0, NULL, NULL, 0);
    assert_nodes(&s, "0 2");
    assert_int_equal(s.target_count, 0);
    assert_int_equal(s.edge_count, 2);
    assert_int_equal(s.omission_count, 0);
    assert_true(s.edges[0].folded);
    assert_int_equal(s.edges[0].from, 0);
    assert_int_equal(s.edges[0].to, 2);
    assert_false(s.edges[1].folded);
    rg_subgraph_dispose(&s);
    s = picture_of(g, &c, 0, NULL, NULL, 1); /* what is folded is not left out */
    assert_nodes(&s, "0");
    assert_int_equal(s.edge_count, 0);
    assert_int_equal(s.omission_count, 1);
    assert_int_equal(s.omissions[0].node, 0);
    assert_int_equal(s.omissions[0].count, 1);
    rg_subgraph_dispose(&s);
    rg_subgraph_dispose(&s);
    assert_int_equal(rg_cycle_subgraph_find(&s, g, &c, 1, NULL, NULL, 0, NULL), RG_ERR_ARGUMENT);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

static void no_node_one_node_self_edges_and_parallel_edges(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_cycles c = heap_cycles(empty);
    rg_subgraph s = {0};
    assert_int_equal(rg_cycle_subgraph_find(&s, empty, &c, 0, NULL, NULL, 0, NULL),
                     RG_ERR_ARGUMENT);
    rg_cycles_dispose(&c);
    rg_graph_free(empty);

    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 0, ".me");
    drawing_own(&d, 0, 0, ".self");
    drawing_edge(&d, 0, 0, "weak", RG_STRENGTH_WEAK);
    drawing_own(&d, 0, 1, ".x"); /* no member */
    rg_graph *g = sample_drawn(&d);
    c = heap_cycles(g);
    s = picture_of(g, &c, 0, NULL, NULL, 0);
    assert_nodes(&s, "0");
    assert_int_equal(s.edge_count, 2);
    rg_subgraph_dispose(&s);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* A ring 0 … 99 with a chord 50 ─► 20: the path is 20 … 50, the cut anything. */
static void the_path_and_the_cut_come_first_and_the_rest_is_counted(void **state)
{
    (void)state;
    enum { NODES = 100 };
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, NODES);
    for (uint32_t n = 0; n < NODES; n++)
        drawing_own(&d, n, (n + 1) % NODES, ".x");
    drawing_own(&d, 50, 46, ".back");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    rg_cycle_path path = {0};
    assert_int_equal(rg_cycle_path_find(&path, g, &c, 0, NULL), RG_OK);
    assert_int_equal(path.count, 5);
    rg_edge edge = rg_graph_edge(g, 70, rg_graph_edges_begin(g, 70));
    const rg_cut cut = {.edges = &edge, .count = 1};
    rg_subgraph s = picture_of(g, &c, 0, &path, &cut, 9);
    assert_nodes(&s, "46 47 48 49 50 70 71 0 1");
    assert_int_equal(s.edge_count, 7); /* 5 of the path, the cut, 0 to 1 */
    assert_int_equal(s.omission_count, 1);
    assert_int_equal(s.omissions[0].node, 46);
    assert_int_equal(s.omissions[0].count, NODES - 9);
    assert_false(s.omissions[0].referrers);
    rg_subgraph_dispose(&s);
    s = picture_of(g, &c, 0, &path, &cut, 6); /* less than both need */
    assert_nodes(&s, "46 47 48 49 50 70");
    assert_int_equal(s.omissions[0].count, NODES - 6);
    rg_subgraph_dispose(&s);
    s = picture_of(g, &c, 0, &path, &cut, 0);
    assert_int_equal(s.node_count, 40);
    rg_subgraph_dispose(&s);
    s = picture_of(g, &c, 0, NULL, NULL, NODES);
    assert_int_equal(s.node_count, NODES);
    assert_int_equal(s.edge_count, NODES + 1);
    assert_int_equal(s.omission_count, 0);
    rg_subgraph_dispose(&s);
    rg_cycle_path_dispose(&path);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
}

/* ---- random heaps ---- */

static size_t place_of(const rg_subgraph *s, uint32_t node)
{
    size_t i = 0;
    while (i < s->node_count && s->nodes[i] != node)
        i++;
    return i;
}

/* Whether a member is shown, by itself or in the object whose dict it is. */
static bool is_shown(const rg_graph *g, const rg_subgraph *s, uint32_t node)
{
    for (size_t i = 0; i < s->node_count; i++)
        if (s->nodes[i] == node || oracle_is_dict_of(g, node, s->nodes[i]))
            return true;
    return false;
}

static void assert_edges(const rg_graph *g, const rg_subgraph *s, uint64_t members)
{
    for (size_t i = 0; i < s->edge_count; i++) {
        const rg_edge *e = &s->edges[i];
        assert_true(place_of(s, e->from) < s->node_count);
        assert_true(place_of(s, e->to) < s->node_count);
        uint32_t source = 0; /* that has the edge, before anything was folded */
        while (e->index >= rg_graph_edges_end(g, source))
            source++;
        const rg_edge real = rg_graph_edge(g, source, e->index);
        assert_true(real.from == e->from ||
                    (e->folded && oracle_is_dict_of(g, real.from, e->from)));
        assert_true(real.to == e->to || oracle_is_dict_of(g, real.to, e->to));
        assert_true(set_has(members, real.to));
        for (size_t k = 0; k < i; k++)
            assert_true(s->edges[k].index != e->index);
    }
}

/* Where nothing folds, all edges between the shown are there, and all members that are not shown are counted. */
static void assert_is_plain(const cycle_oracle *o, const rg_cycle *cycle, const rg_subgraph *s,
                            uint64_t members)
{
    const rg_strength weakest = cycle->flags & (RG_CYCLE_IN_USE | RG_CYCLE_UNEXPLAINED)
                                    ? RG_STRENGTH_FRAME
                                    : RG_STRENGTH_INFRASTRUCTURE;
    size_t edges = 0;
    for (size_t i = 0; i < s->node_count; i++)
        for (uint64_t e = rg_graph_edges_begin(o->g, s->nodes[i]);
             e < rg_graph_edges_end(o->g, s->nodes[i]); e++) {
            const rg_edge edge = rg_graph_edge(o->g, s->nodes[i], e);
            edges += oracle_follows(edge.strength, weakest) && place_of(s, edge.to) < s->node_count;
        }
    assert_int_equal(s->edge_count, edges);
    const uint64_t left = cycle->count - s->node_count;
    assert_int_equal(s->omission_count ? s->omissions[0].count : 0, left);
    for (size_t i = 0; i < s->node_count; i++)
        assert_true(set_has(members, s->nodes[i]));
}

static bool has_dicts(const rg_graph *g)
{
    for (uint32_t u = 0; u < rg_graph_node_count(g); u++)
        for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
            const rg_edge edge = rg_graph_edge(g, u, e);
            if (edge.name.kind == RG_NAME_ATTRIBUTE &&
                oracle_string_is(rg_graph_string(g, edge.name.value), "__dict__"))
                return true;
        }
    return false;
}

static void assert_picture(const cycle_oracle *o, const rg_cycles *c, size_t i, uint32_t most)
{
    const uint64_t members = cycle_oracle_cycle(o, c->members[c->items[i].first]);
    rg_subgraph s = picture_of(o->g, c, i, NULL, NULL, most);
    uint64_t left = 0;
    assert_true(s.node_count > 0 && s.node_count <= most);
    for (size_t k = 0; k < s.node_count; k++) {
        bool is_owner = set_has(members, s.nodes[k]);
        for (uint32_t n = 0; n < o->count && !is_owner; n++)
            is_owner = set_has(members, n) && oracle_is_dict_of(o->g, n, s.nodes[k]);
        assert_true(is_owner);
        assert_int_equal(place_of(&s, s.nodes[k]), k);
    }
    for (uint32_t n = 0; n < o->count; n++)
        left += set_has(members, n) && !is_shown(o->g, &s, n);
    assert_true(s.omission_count <= 1);
    const uint64_t counted = s.omission_count ? s.omissions[0].count : 0;
    assert_true(counted >= left); /* a dict that two objects have is shown by none of them */
    assert_int_equal(s.omission_count, counted > 0);
    if (s.node_count < most)
        assert_int_equal(s.omission_count, 0);
    assert_edges(o->g, &s, members);
    if (!has_dicts(o->g))
        assert_is_plain(o, &c->items[i], &s, members);
    rg_subgraph_dispose(&s);
}

static void pictures_of_random_heaps_show_members(void **state)
{
    (void)state;
    randomness random = {41};
    for (int h = 0; h < (SANITIZED ? 2000 : 10000); h++) {
        rg_graph *g = heap_random(&random, 40);
        const cycle_oracle o = cycle_oracle_of(g);
        rg_cycles c = heap_cycles(g);
        for (size_t i = 0; i < c.count; i++)
            assert_picture(&o, &c, i, 1 + random_below(&random, 12));
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

static void of_a_million_nodes_forty_are_shown(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, MILLION);
    for (uint32_t n = 0; n < MILLION; n++)
        drawing_own(&d, n, (n + 1) % MILLION, ".next");
    rg_graph *g = sample_drawn(&d);
    rg_cycles c = heap_cycles(g);
    rg_subgraph s = picture_of(g, &c, 0, NULL, NULL, 0);
    assert_int_equal(s.node_count, 40);
    assert_int_equal(s.edge_count, 39);
    assert_int_equal(s.omissions[0].count, MILLION - 40);
    rg_subgraph_dispose(&s);
    rg_cycles_dispose(&c);
    rg_graph_free(g);
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
        rg_cycle_path path = {0};
        rg_cut cut = {0};
        rg_subgraph picture = {0};
        status = rg_cycle_path_find(&path, s->g, s->c, i, allocator);
        if (!status)
            status = rg_cycle_cut_find(&cut, s->g, s->c, i, allocator);
        if (!status)
            status = rg_cycle_subgraph_find(&picture, s->g, s->c, i, &path, &cut, 6, allocator);
        rg_subgraph_dispose(&picture);
        rg_cut_dispose(&cut);
        rg_cycle_path_dispose(&path);
    }
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    randomness random = {8};
    for (int i = 0; i < 60; i++) {
        rg_graph *g = i % 2 ? heap_random(&random, 40) : heap_knot(&random, 20, 10);
        rg_cycles c = heap_cycles(g);
        scene s = {g, &c};
        assert_true(oom_torture(story, &s) > (c.count ? 20 : 0));
        rg_cycles_dispose(&c);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dict_of_an_object_folds_into_it),
        cmocka_unit_test(no_node_one_node_self_edges_and_parallel_edges),
        cmocka_unit_test(the_path_and_the_cut_come_first_and_the_rest_is_counted),
        cmocka_unit_test(pictures_of_random_heaps_show_members),
        cmocka_unit_test(of_a_million_nodes_forty_are_shown),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
