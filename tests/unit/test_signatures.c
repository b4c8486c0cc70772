/* What holds each of many nodes, in a text that is the same for all that are held alike. */
#include <refgraph/analysis.h>

#include "oom.h"
#include "samples.h"
#include "test.h"
#include "zoo.h"

/*   module app ─.CACHE─► dict ─['a'], ['b']─► User ─.sessions─► list ─[0], [1]─► Session 6, 7, 8
 *              └.LAST──────────────────────────────────────────────────────────► Session 9
 *   Session 10 ─.peer─► Session 11 */
static rg_graph *cache(void)
{
    zoo z = zoo_new(NULL);
    const uint32_t user = drawing_type(&z.d, "app.User", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    const uint32_t module = drawing_node(&z.d, z.module, NULL, 0);
    const uint32_t dict = drawing_node(&z.d, z.dict, NULL, 0);
    const uint32_t users[] = {drawing_node(&z.d, user, NULL, 0), drawing_node(&z.d, user, NULL, 0)};
    const uint32_t lists[] = {drawing_node(&z.d, z.list, NULL, 0),
                              drawing_node(&z.d, z.list, NULL, 0)};
    for (uint32_t i = 6; i < 12; i++)
        assert_int_equal(drawing_node(&z.d, z.instance, NULL, 0), i);
    drawing_own(&z.d, module, dict, ".CACHE");
    drawing_own(&z.d, module, 9, ".LAST");
    drawing_own(&z.d, dict, users[0], "['a']");
    drawing_own(&z.d, dict, users[1], "['b']");
    drawing_own(&z.d, users[0], lists[0], ".sessions");
    drawing_own(&z.d, users[1], lists[1], ".sessions");
    drawing_own(&z.d, lists[0], 6, "[0]");
    drawing_own(&z.d, lists[0], 7, "[1]");
    drawing_own(&z.d, lists[1], 8, "[0]");
    drawing_own(&z.d, 10, 11, ".peer");
    drawing_root(&z.d, RG_ROOT_MODULE, module, "app");
    return sample_drawn(&z.d);
}

static void targets_that_are_held_alike_are_one_group(void **state)
{
    (void)state;
    rg_graph *g = cache();
    static const uint32_t targets[] = {6, 7, 8, 9, 10, 11};
    static const uint32_t group_of[] = {0, 0, 0, 3, 2, 1};
    rg_signatures found = sample_signatures(g, targets, COUNT_OF(targets));
    assert_int_equal(found.group_count, 4);
    sample_assert_text(&found.groups[0], "sys.modules['app'].CACHE[*].sessions[*]");
    sample_assert_text(&found.groups[1], "no root reaches it · held by app.Session.peer");
    sample_assert_text(&found.groups[2], "no root reaches it · no object refers to it");
    sample_assert_text(&found.groups[3], "sys.modules['app'].LAST");
    assert_memory_equal(found.group_of, group_of, sizeof group_of);
    assert_memory_equal(found.members, ((const uint32_t[]){6, 7, 8, 11, 10, 9}), sizeof targets);
    for (size_t i = 0; i < found.group_count; i++) {
        assert_int_equal(found.groups[i].count, i ? 1 : 3);
        assert_int_equal(found.groups[i].first, i ? i + 2 : 0);
        assert_int_equal(found.groups[i].is_reached, i == 0 || i == 3);
    }
    assert_int_equal(found.groups[0].example, 6);
    rg_signatures_dispose(&found);
    rg_graph_free(g);
}

static void an_id_is_the_hash_of_the_text_alone(void **state)
{
    (void)state;
    rg_graph *g = cache();
    const uint32_t target = 9;
    rg_signatures found = sample_signatures(g, &target, 1);
    /* FNV-1a of "sys.modules['app'].LAST", as any other implementation gives it */
    assert_true(found.groups[0].id == UINT64_C(0x35A93BAE7D20DAEC));
    rg_signatures_dispose(&found);
    rg_graph_free(g);
}

static void without_targets_every_node_is_asked_for(void **state)
{
    (void)state;
    rg_graph *g = cache();
    const uint32_t nodes = rg_graph_node_count(g);
    rg_signatures found = sample_signatures(g, NULL, 0);
    uint64_t count = 0;
    assert_int_equal(found.target_count, nodes);
    for (size_t i = 0; i < found.group_count; i++)
        count += found.groups[i].count;
    assert_int_equal(count, nodes);
    sample_assert_text(&found.groups[found.group_of[2]], "sys.modules['app'].CACHE[*]");
    assert_int_equal(found.group_of[2], found.group_of[3]);
    sample_assert_text(&found.groups[found.group_of[0]], "sys.modules['app']");
    rg_signatures_dispose(&found);
    rg_graph_free(g);
}

static void the_biggest_group_is_first_and_the_nearest_target_the_example(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    for (uint32_t i = 0; i < 5; i++) { /* 0 is the module */
        uint32_t id = 0;
        const rg_node node = {
            .type = d.plain_type, .text = RG_NONE, .size = i == 4 ? 1000 : 10, .generation = 2};
        assert_int_equal(rg_builder_add_node(d.builder, &id, &node), RG_OK);
    }
    drawing_own(&d, 0, 1, ".b");
    drawing_own(&d, 0, 2, "[0]");
    drawing_own(&d, 0, 3, "[1]");
    drawing_own(&d, 0, 4, ".a");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    static const uint32_t targets[] = {3, 2, 1, 4, 2};
    rg_signatures found = sample_signatures(g, targets, COUNT_OF(targets));
    assert_int_equal(found.group_count, 3);
    assert_int_equal(found.groups[0].size, 1000);
    assert_int_equal(found.groups[1].count, 3); /* one was given twice */
    assert_int_equal(found.groups[1].size, 30);
    assert_int_equal(found.groups[1].example, 2);
    assert_memory_equal(found.members + 1, ((const uint32_t[]){3, 2, 2}), 3 * sizeof(uint32_t));
    rg_signatures_dispose(&found);
    rg_graph_free(g);
}

/* Two names that differ behind what is written are one group. */
static void what_reads_the_same_is_one_group(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    char name[202] = ".";
    drawing_nodes(&d, 3);
    memset(name + 1, 'a', 200);
    drawing_own(&d, 0, 2, name);
    name[200] = 'b';
    drawing_own(&d, 0, 1, name);
    drawing_root(&d, RG_ROOT_OTHER, 0, "C");
    rg_graph *g = sample_drawn(&d);
    rg_signatures found = sample_signatures(g, (const uint32_t[]){2, 1}, 2);
    assert_int_equal(found.group_count, 1);
    assert_int_equal(found.groups[0].count, 2);
    assert_int_equal(found.groups[0].example, 1);
    assert_int_equal(found.group_of[0], found.group_of[1]);
    rg_signatures_dispose(&found);
    rg_graph_free(g);
}

/* ---- ties, garbage ---- */

/*   m ─?, s, [3], .x, ═► 1      the edge that the chain shows: the strongest, best named, first */
static void of_parallel_edges_the_one_of_the_chain_counts(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_node(&d, drawing_type(&d, "module", RG_KIND_MODULE, RG_TYPE_PLAIN), NULL, 0);
    drawing_nodes(&d, 1);
    drawing_edge(&d, 0, 1, ".weaker", RG_STRENGTH_INFRASTRUCTURE);
    drawing_own(&d, 0, 1, "");
    drawing_own(&d, 0, 1, "slot s");
    drawing_own(&d, 0, 1, "[3]");
    drawing_own(&d, 0, 1, ".x");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    sample_assert_signature(g, 1, "sys.modules['m'][*]");
    rg_graph_free(g);
}

/*   Odd 0 ─.z─► 3    Odd 1 ─.a─► 3 by infrastructure    Session 2 ─.y─► 3    Odd 0 ─.y─► 3 weakly
 *   Odd 4 ─.__dict__─► dict 5 ─['k']─► 6 */
static void garbage_is_told_by_its_strongest_referrer_the_first_by_text(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    const uint32_t types[] = {z.odd, z.odd, z.instance, z.instance, z.odd, z.dict, z.instance};
    for (size_t i = 0; i < COUNT_OF(types); i++)
        drawing_node(&z.d, types[i], NULL, 0);
    drawing_own(&z.d, 0, 3, ".z");
    drawing_edge(&z.d, 0, 3, ".y", RG_STRENGTH_WEAK);
    drawing_edge(&z.d, 1, 3, ".a", RG_STRENGTH_INFRASTRUCTURE);
    drawing_own(&z.d, 2, 3, ".y");
    drawing_own(&z.d, 4, 5, ".__dict__");
    drawing_own(&z.d, 5, 6, "['k']");
    drawing_edge(&z.d, 0, 1, ".w", RG_STRENGTH_WEAK);
    rg_graph *g = sample_drawn(&z.d);
    sample_assert_signature(g, 3, "no root reaches it · held by app.Odd.z");
    sample_assert_signature(g, 6, "no root reaches it · held by app.Odd.k");
    sample_assert_signature(g, 5, "no root reaches it · held by app.Odd.__dict__");
    sample_assert_signature(g, 1, "no root reaches it · no object refers to it");
    rg_graph_free(g);
}

/* ---- the ends ---- */

static void no_node_no_target_one_node_and_self_edges(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_signatures found = sample_signatures(empty, NULL, 0);
    assert_int_equal(found.group_count, 0);
    rg_signatures_dispose(&found);
    rg_signatures_dispose(&found);
    rg_graph_free(empty);

    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 0, ".me");
    drawing_own(&d, 1, 1, ".me");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    sample_assert_signature(g, 0, "sys.modules['m']");
    sample_assert_signature(g, 1, "no root reaches it · held by app.Thing.me");
    const uint32_t target = 0;
    found = sample_signatures(g, &target, 0);
    assert_int_equal(found.group_count, 0);
    assert_int_equal(found.target_count, 0);
    rg_signatures_dispose(&found);
    rg_graph_free(g);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(3);
    rg_graph *other = sample_chain(4);
    rg_distances d = sample_distances(g, RG_STRENGTH_OWN);
    rg_signatures found = {0};
    const uint32_t target = 3;
    assert_int_equal(rg_signatures_find(&found, g, &d, &target, 1, NULL), RG_ERR_ARGUMENT);
    assert_int_equal(rg_signatures_find(&found, other, &d, &target, 1, NULL), RG_ERR_ARGUMENT);
    assert_null(found.groups);
    rg_distances_dispose(&d);
    rg_graph_free(other);
    rg_graph_free(g);
}

static void a_chain_and_a_star_of_a_million_nodes(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    rg_signatures found = sample_signatures(g, NULL, 0);
    assert_int_equal(found.group_count, 2);
    sample_assert_text(&found.groups[0], "sys.modules['m']{.next …}");
    assert_int_equal(found.groups[0].count, MILLION - 1);
    rg_signatures_dispose(&found);
    rg_graph_free(g);
    g = sample_star(MILLION);
    found = sample_signatures(g, NULL, 0);
    assert_int_equal(found.group_count, 3);
    assert_int_equal(found.groups[0].count, MILLION);
    sample_assert_text(&found.groups[0], "sys.modules['m']{[*] …}");
    rg_signatures_dispose(&found);
    rg_graph_free(g);
}

/*   m ─► list ─► list ─► … a million deep, and classes likewise */
static void a_million_containers_and_classes_in_each_other(void **state)
{
    (void)state;
    for (int is_class = 0; is_class < 2; is_class++) {
        zoo z = zoo_new(NULL);
        const uint32_t type = is_class ? z.type : z.list;
        const uint32_t first = drawing_node(&z.d, type, NULL, 0);
        for (uint32_t i = 1; i < MILLION; i++)
            drawing_own(&z.d, first + i - 1, drawing_node(&z.d, type, NULL, 0),
                        is_class ? ".Inner" : "[0]");
        drawing_root(&z.d, RG_ROOT_MODULE, first, "m");
        rg_graph *g = sample_drawn(&z.d);
        rg_signatures found = sample_signatures(g, NULL, 0);
        assert_int_equal(found.group_count, is_class ? 42 : 4);
        assert_int_equal(found.groups[0].count, is_class ? MILLION - 41 : MILLION - 3);
        rg_signatures_dispose(&found);
        rg_graph_free(g);
    }
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    rg_signatures found = {0};
    rg_distances d = sample_distances(context, RG_STRENGTH_INFRASTRUCTURE);
    const rg_status status = rg_signatures_find(&found, context, &d, NULL, 0, allocator);
    rg_signatures_dispose(&found);
    rg_distances_dispose(&d);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *graphs[] = {cache(), sample_chain(100), sample_star(200)};
    for (size_t i = 0; i < COUNT_OF(graphs); i++) {
        assert_true(oom_torture(story, graphs[i]) > 10);
        rg_graph_free(graphs[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_that_are_held_alike_are_one_group),
        cmocka_unit_test(an_id_is_the_hash_of_the_text_alone),
        cmocka_unit_test(without_targets_every_node_is_asked_for),
        cmocka_unit_test(the_biggest_group_is_first_and_the_nearest_target_the_example),
        cmocka_unit_test(what_reads_the_same_is_one_group),
        cmocka_unit_test(of_parallel_edges_the_one_of_the_chain_counts),
        cmocka_unit_test(garbage_is_told_by_its_strongest_referrer_the_first_by_text),
        cmocka_unit_test(no_node_no_target_one_node_and_self_edges),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(a_chain_and_a_star_of_a_million_nodes),
        cmocka_unit_test(a_million_containers_and_classes_in_each_other),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
