/* The validator: healthy graphs pass, and each invariant, broken alone, is found and told. */
#include <refgraph/graph.h>

#include <stdio.h>

#include "graph/graph_private.h"

#include "drawing.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

/*   A0 ──.x──► 1 ──[0]──► 2      A0 ──['k']──► 2      1 ──[4,000,000,000]──► 0      2 ═weak═► 0
 *   node 3 is the key 'k'; roots: module on 0, two unexplained references on 1, one on 2 */
enum { EDGES = 5, NODES = 4, TYPES = 2 };

static rg_graph *healthy(const rg_allocator *allocator)
{
    drawing d = drawing_new(allocator);
    rg_graph *g = NULL;
    uint32_t file = 0;
    uint32_t site = 0;
    const uint32_t type = drawing_type(&d, "app.Api", RG_KIND_INSTANCE, RG_TYPE_HEAP);
    drawing_nodes(&d, 3);
    drawing_str(&d, "k");
    drawing_own(&d, 0, 1, ".x");
    drawing_own(&d, 0, 2, "[@3]");
    drawing_own(&d, 1, 2, "[0]");
    drawing_own(&d, 1, 0, "[4000000000]");
    drawing_edge(&d, 2, 0, "weak", RG_STRENGTH_WEAK);
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    assert_int_equal(d.status, RG_OK);
    rg_builder *b = d.builder;
    assert_int_equal(rg_builder_add_root(b, &(rg_root){RG_ROOT_NATIVE, 1, 2, rg_string_of("")}),
                     RG_OK);
    assert_int_equal(rg_builder_add_root(b, &(rg_root){RG_ROOT_NATIVE, 2, 1, rg_string_of("")}),
                     RG_OK);
    assert_int_equal(rg_builder_add_string(b, &file, rg_string_of("app/api.py")), RG_OK);
    assert_int_equal(rg_builder_add_shadows(b, type, &file, 1), RG_OK);
    const rg_location lines[] = {{file, 57}, {file, 88}};
    assert_int_equal(rg_builder_add_site(b, &site, lines, 2), RG_OK);
    assert_int_equal(rg_builder_set_site(b, 1, site), RG_OK);
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    g->tables.nodes[0].refcount = 1;
    g->tables.nodes[1].refcount = 3;
    g->tables.nodes[2].refcount = 3;
    return g;
}

static void a_healthy_graph_passes(void **state)
{
    (void)state;
    rg_error error = {"untouched"};
    rg_graph *g = healthy(NULL);
    assert_int_equal(rg_graph_edge_count(g), EDGES);
    assert_int_equal(rg_graph_node_count(g), NODES);
    assert_int_equal(rg_graph_check(g, &error), RG_OK);
    assert_string_equal(error.text, "untouched");
    assert_int_equal(rg_graph_check(g, NULL), RG_OK);
    rg_graph_free(g);
    g = sample_empty();
    assert_int_equal(rg_graph_check(g, &error), RG_OK);
    rg_graph_free(g);
    g = sample_star(MILLION);
    assert_int_equal(rg_graph_check(g, &error), RG_OK);
    rg_graph_free(g);
}

static void random_graphs_pass_with_exact_refcounts_and_not_with_one_less(void **state)
{
    (void)state;
    randomness random = {88};
    size_t refused = 0;
    for (int i = 0; i < 500; i++) {
        rg_graph *g = sample_random(&random, 25);
        const uint32_t nodes = rg_graph_node_count(g);
        assert_int_equal(rg_graph_check(g, NULL), RG_OK);
        for (uint32_t u = 0; u < nodes; u++)
            for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
                const rg_edge edge = rg_graph_edge(g, u, e);
                g->tables.nodes[edge.to].refcount += edge.strength != RG_STRENGTH_WEAK;
            }
        assert_int_equal(rg_graph_check(g, NULL), RG_OK);
        rg__stored_node *node = &g->tables.nodes[random_below(&random, nodes)];
        if (node->refcount > 1) {
            node->refcount--;
            assert_int_equal(rg_graph_check(g, NULL), RG_ERR_ARGUMENT);
            refused++;
        }
        rg_graph_free(g);
    }
    assert_true(refused > 50);
}

/* ---- one thing broken ---- */

static uint32_t label_of(rg_name_kind kind, uint32_t value)
{
    return (uint32_t)kind << RG__VALUE_BITS | value;
}

/* Address, flags and generation share a word. */
static void set_node(rg_graph *g, uint32_t node, uint64_t address, unsigned flags,
                     unsigned generation)
{
    g->tables.nodes[node].place = rg__place_of(address, flags, generation);
}

static void string_end(rg_graph *g)
{
    g->tables.strings.ends.low[1] = (uint32_t)g->tables.strings.bytes_capacity + 1;
}
static void string_order(rg_graph *g)
{
    g->tables.strings.ends.low[0] = g->tables.strings.ends.low[1] + 1;
}
static void type_kind(rg_graph *g)
{
    g->tables.types[1].kind = RG_KIND_COUNT;
}
static void type_module(rg_graph *g)
{
    g->tables.types[1].module = 99;
}
static void type_name(rg_graph *g)
{
    g->tables.types[0].name = RG_NONE;
}
static void type_node(rg_graph *g)
{
    g->tables.types[0].node = NODES;
}
static void type_shadows(rg_graph *g)
{
    g->tables.types[1].shadows_begin = 1;
}
static void shadow_string(rg_graph *g)
{
    g->tables.shadows[0] = 77;
}
static void node_type(rg_graph *g)
{
    g->tables.nodes[2].type = TYPES;
}
static void node_text(rg_graph *g)
{
    g->tables.nodes[2].text = 1000;
}
static void node_generation(rg_graph *g)
{
    set_node(g, 3, 0, 0, 5);
}
static void node_address(rg_graph *g)
{
    g->tables.addresses_ascend = true;
    for (uint32_t i = 0; i < NODES; i++)
        set_node(g, i, 16 + 16 * (uint64_t)i, 0, 0);
    set_node(g, 2, 32, 0, 0);
}
static void root_kind(rg_graph *g)
{
    g->tables.roots[0].kind = RG_ROOT_KIND_COUNT;
}
static void root_node(rg_graph *g)
{
    g->tables.roots[0].node = RG_NONE;
}
static void root_name(rg_graph *g)
{
    g->tables.roots[2].name = 55;
}
static void root_references(rg_graph *g)
{
    g->tables.roots[1].references = 1;
}
static void root_that_is_not_found(rg_graph *g)
{
    g->tables.roots[0].kind = RG_ROOT_NATIVE;
    g->tables.roots[0].references = 0;
}
static void unexplained_order(rg_graph *g)
{
    g->tables.native[0].node = g->tables.native[1].node = 1;
    g->tables.native[1].references = 2;
    g->tables.roots[2].node = 1;
    g->tables.roots[2].references = 2;
}
static void site_file(rg_graph *g)
{
    g->tables.locations[1].file = 60;
}
static void site_empty(rg_graph *g)
{
    g->tables.sites[0].count = 0;
}
static void site_lines(rg_graph *g)
{
    g->tables.sites[0].count = 3;
}
static void site_of_too_many(rg_graph *g)
{
    g->tables.site_of_count = NODES + 1;
}
static void site_of_node(rg_graph *g)
{
    g->tables.site_of[1] = 1;
}
static void offsets_begin(rg_graph *g)
{
    g->offsets.low[0] = 1;
}
static void offsets_order(rg_graph *g)
{
    g->offsets.low[2] = 1;
}
static void offsets_end(rg_graph *g)
{
    g->offsets.low[NODES] = EDGES + 1;
}
static void reverse_offsets_end(rg_graph *g)
{
    g->reverse_offsets.low[NODES] = EDGES + 3;
}
static void edge_target(rg_graph *g)
{
    g->targets[2] = NODES;
}
static void edge_kind(rg_graph *g)
{
    g->labels[2] = label_of((rg_name_kind)(RG_NAME_HIDDEN + 1), 0);
}
static void edge_string(rg_graph *g)
{
    g->labels[0] = label_of(RG_NAME_ATTRIBUTE, 500);
}
static void edge_key(rg_graph *g)
{
    g->labels[1] = label_of(RG_NAME_KEY, NODES);
}
static void edge_wide(rg_graph *g)
{
    g->labels[3] = label_of((rg_name_kind)RG__WIDE_KIND, 1);
}
static void edge_wide_kind(rg_graph *g)
{
    g->tables.wide[0].kind = RG__WIDE_KIND;
}
static void wide_unused(rg_graph *g)
{
    rg__tables *t = &g->tables;
    assert_true(t->wide_count < t->wide_capacity);
    t->wide[t->wide_count++] = (rg__wide_name){RG_NAME_ATTRIBUTE, 500};
}
static void reverse_missing(rg_graph *g)
{
    g->targets[4] = 3; /* 2 ═► 0 becomes 2 ═► 3, which has no referrer */
}
static void reverse_source(rg_graph *g)
{
    g->sources[2] = 1; /* node 1 is held by itself, instead of by node 0 */
}
static void reverse_order(rg_graph *g)
{
    g->sources[0] = 2; /* node 0 is held by 1 and 2 */
    g->sources[1] = 1;
}

static void each_broken_invariant_is_found_and_told(void **state)
{
    (void)state;
    static const struct {
        void (*breaks)(rg_graph *);
        const char *says;
    } cases[] = {
        {string_end, "string 1 ends at byte "},
        {string_order, "string 1 ends at byte "},
        {type_kind, "type 1 has kind 7 of 7"},
        {type_module, "type 1 has module, string 99 of "},
        {type_name, "type 0 has name, string 4294967295 of "},
        {type_node, "type 0 has node 4 of 4"},
        {type_shadows, "type 1 has shadows up to 2 of 1"},
        {shadow_string, "shadow 0 has string 77 of "},
        {node_type, "node 2 has type 2 of 2"},
        {node_text, "node 2 has text, string 1000 of "},
        {node_generation, "node 3 has generation 5 of 5"},
        {node_address, "node 2 at 0x20 follows one at 0x20, but addresses are said to ascend"},
        {root_kind, "root 0 has kind 9 of 9"},
        {root_node, "root 0 has node 4294967295 of 4"},
        {root_name, "root 2 has name, string 55 of "},
        {root_references, "root 1: node 1 has 1 unexplained by the root, 2 by the index"},
        {root_that_is_not_found, "3 roots are unexplained references, 2 are said to be"},
        {unexplained_order, "unexplained references of node 1 follow those of 1"},
        {site_file, "line of allocation 1 has file, string 60 of "},
        {site_empty, "place of allocation 0 has no lines"},
        {site_lines, "place of allocation 0 has lines up to 3 of 2"},
        {site_of_too_many, "5 places of allocation for 4 nodes"},
        {site_of_node, "node 1 has place of allocation 1 of 1"},
        {offsets_begin, "the edges of node 0 begin at 1"},
        {offsets_order, "the edges of node 1 begin at 2 and end at 1"},
        {offsets_end, "the edges end at 6 of 5"},
        {reverse_offsets_end, "the referrers end at 8 of 5"},
        {edge_target, "edge 2 has target, node 4 of 4"},
        {edge_kind, "edge 2 has a name of kind 12 of 12"},
        {edge_string, "edge 0 has name, string 500 of "},
        {edge_key, "edge 1 has key, node 4 of 4"},
        {edge_wide, "edge 3 has wide name 1 of 1"},
        {edge_wide_kind, "wide name 0 has kind 15 of 12"},
        {wide_unused, "wide name 1 has value 500 of "},
        {reverse_missing, "edge 4 from node 2 is not among the 0 referrers of node 3"},
        {reverse_source, "edge 0 from node 0 to node 1 stands among its referrers as node 1"},
        {reverse_order, "edge 3 from node 1 to node 0 stands among its referrers as node 2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rg_error error = {""};
        rg_graph *g = healthy(NULL);
        const size_t site_of_count = g->tables.site_of_count;
        cases[i].breaks(g);
        assert_int_equal(rg_graph_check(g, &error), RG_ERR_ARGUMENT);
        if (strncmp(error.text, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", error.text, cases[i].says);
        assert_int_equal(rg_graph_check(g, NULL), RG_ERR_ARGUMENT);
        g->tables.site_of_count = site_of_count;
        rg_graph_free(g);
    }
}

/* ---- references ---- */

static void more_references_than_the_refcount_are_refused_where_it_is_exact(void **state)
{
    (void)state;
    static const uint32_t enough[] = {1, UINT32_MAX - 1, UINT32_MAX, 0 /* not known */};
    for (size_t i = 0; i < COUNT_OF(enough); i++) {
        rg_graph *g = healthy(NULL);
        g->tables.nodes[0].refcount = enough[i];
        assert_int_equal(rg_graph_check(g, NULL), RG_OK);
        rg_graph_free(g);
    }
    rg_graph *saturated = healthy(NULL);
    saturated->tables.nodes[1].refcount = UINT32_MAX;
    saturated->tables.roots[1].references = saturated->tables.native[0].references = UINT32_MAX;
    assert_int_equal(rg_graph_check(saturated, NULL), RG_OK);
    rg_graph_free(saturated);
    static const uint16_t excused[] = {RG_NODE_IMMORTAL, RG_NODE_SYNTHETIC,
                                       RG_NODE_IMMORTAL | RG_NODE_GC_TRACKED};
    for (size_t i = 0; i < COUNT_OF(excused); i++) {
        rg_graph *g = healthy(NULL);
        g->tables.nodes[2].refcount = 2;
        assert_int_equal(rg_graph_check(g, NULL), RG_ERR_ARGUMENT);
        set_node(g, 2, 0, excused[i], 0);
        assert_int_equal(rg_graph_check(g, NULL), RG_OK);
        rg_graph_free(g);
    }
}

static void a_class_that_is_not_tracked_may_be_lent(void **state)
{
    (void)state;
    for (unsigned tracked = 0; tracked < 2; tracked++) {
        rg_graph *g = healthy(NULL);
        rg__stored_node *node = &g->tables.nodes[2];
        g->tables.types[node->type].kind = RG_KIND_TYPE;
        set_node(g, 2, 0, tracked ? RG_NODE_GC_TRACKED : 0, 0);
        node->refcount = 2;
        assert_int_equal(rg_graph_check(g, NULL), tracked ? RG_ERR_ARGUMENT : RG_OK);
        rg_graph_free(g);
    }
}

static void references_are_edges_that_are_not_weak_and_roots(void **state)
{
    (void)state;
    rg_error error = {""};
    rg_graph *g = healthy(NULL);
    g->tables.nodes[1].refcount = 2; /* .x, and two unexplained ones */
    set_node(g, 1, 0xABC0, 0, 0);
    assert_int_equal(rg_graph_check(g, &error), RG_ERR_ARGUMENT);
    assert_string_equal(error.text,
                        "node 1 (app.Thing at 0xabc0) has refcount 2, but 3 references lead to it");
    g->tables.nodes[1].refcount = 3;
    g->labels[4] = label_of(RG_NAME_REFERENT, 0); /* the weak edge to node 0 is own from now on */
    assert_int_equal(rg_graph_check(g, &error), RG_ERR_ARGUMENT);
    assert_string_equal(error.text,
                        "node 0 (app.Thing at 0x0) has refcount 1, but 2 references lead to it");
    rg_graph_free(g);
}

static void references_beyond_32_bits_are_counted(void **state)
{
    (void)state;
    rg_graph *g = healthy(NULL);
    g->tables.roots[1].references = g->tables.native[0].references = UINT32_MAX;
    g->tables.nodes[1].refcount = 5; /* 1 + 2^32 - 1 is 0 in 32 bits */
    assert_int_equal(rg_graph_check(g, NULL), RG_ERR_ARGUMENT);
    rg_graph_free(g);
}

/* ---- stopping ---- */

static bool count_reports(void *context, const char *phase, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    assert_string_equal(phase, "check");
    ++*(size_t *)context;
    return false;
}

/* How often a monitor that wants to be asked at each step is. */
static size_t reports_of(rg_graph *g)
{
    size_t reports = 0;
    const rg_monitor monitor = {&reports, count_reports, 1};
    rg_graph *watched = NULL;
    assert_int_equal(rg_graph_watched(&watched, g, &monitor), RG_OK);
    assert_int_equal(rg_graph_check(watched, NULL), RG_OK);
    rg_graph_free(watched);
    rg_graph_free(g);
    return reports;
}

/* So that whatever there is many of, the check can be stopped soon. */
static void each_string_and_each_node_s_edges_are_a_step(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    drawing d = drawing_new(NULL);
    for (int i = 0; i < MANY; i++) {
        char text[32];
        uint32_t id = 0;
        (void)snprintf(text, sizeof text, "string %d", i);
        assert_int_equal(rg_builder_add_string(d.builder, &id, rg_string_of(text)), RG_OK);
    }
    assert_true(reports_of(sample_drawn(&d)) > MANY / 2); /* the watch asks at every other one */
    d = drawing_new(NULL);
    drawing_nodes(&d, MANY);
    /* nodes, offsets both ways, sources: begun, met, ended; references */
    assert_true(reports_of(sample_drawn(&d)) > 7 * MANY / 2);
}

/* ---- out of memory ---- */

static rg_status story(const rg_allocator *allocator, void *context)
{
    const rg_graph *g = context;
    rg_graph checked = *g;
    rg_error error = {""};
    checked.allocator = *allocator;
    rg_status status = rg_graph_check(&checked, &error);
    if (status)
        assert_string_equal(error.text, "no memory to check 4 nodes");
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *g = healthy(NULL);
    assert_true(oom_torture(story, g) > 1);
    g->tables.nodes[2].refcount =
        1; /* the type's name is left out when there is no memory for it */
    oom memory = oom_failing_at(1);
    rg_error error = {""};
    rg_graph checked = *g;
    checked.allocator = oom_allocator(&memory);
    assert_int_equal(rg_graph_check(&checked, &error), RG_ERR_ARGUMENT);
    assert_string_equal(error.text,
                        "node 2 (object at 0x0) has refcount 1, but 3 references lead to it");
    assert_int_equal(memory.live_bytes, 0);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_graph_passes),
        cmocka_unit_test(random_graphs_pass_with_exact_refcounts_and_not_with_one_less),
        cmocka_unit_test(each_broken_invariant_is_found_and_told),
        cmocka_unit_test(more_references_than_the_refcount_are_refused_where_it_is_exact),
        cmocka_unit_test(a_class_that_is_not_tracked_may_be_lent),
        cmocka_unit_test(references_are_edges_that_are_not_weak_and_roots),
        cmocka_unit_test(references_beyond_32_bits_are_counted),
        cmocka_unit_test(each_string_and_each_node_s_edges_are_a_step),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
