/* Which objects of a later graph were there before: what makes two of them one, through rg_born_find. */
#include <refgraph/analysis.h>

#include "oom.h"
#include "samples.h"
#include "test.h"
#include "zoo.h"

/* One object at an address of its own. */
typedef struct thing {
    uint64_t address;
    uint32_t type;
    const char *text;
    uint16_t flags;
    uint8_t generation;
} thing;

static uint32_t add(zoo *z, thing t)
{
    uint32_t id = RG_NONE;
    uint32_t text = RG_NONE;
    if (t.text)
        assert_int_equal(rg_builder_add_string(z->d.builder, &text, rg_string_of(t.text)), RG_OK);
    const rg_node node = {.address = t.address,
                          .size = 10,
                          .type = t.type,
                          .text = text,
                          .flags = t.flags,
                          .generation = t.generation};
    assert_int_equal(rg_builder_add_node(z->d.builder, &id, &node), RG_OK);
    return id;
}

static zoo new_zoo(rg_collector_kind kind)
{
    zoo z = zoo_new(NULL);
    rg_builder_set_collector(z.d.builder, &(rg_collector_state){.kind = kind});
    return z;
}

static bool is_born(const rg_graph *before, const rg_graph *after, uint32_t node)
{
    rg_node_list found = {0};
    bool has = false;
    assert_int_equal(rg_born_find(&found, before, after, NULL), RG_OK);
    for (size_t i = 0; i < found.count; i++) {
        has = has || found.items[i] == node;
        assert_true(!i || found.items[i - 1] < found.items[i]);
    }
    rg_node_list_dispose(&found);
    return has;
}

/* Whether one object that was `x` and is `y` seems new. */
static bool is_new(rg_collector_kind kind, thing x, thing y)
{
    zoo z = new_zoo(kind);
    add(&z, x);
    rg_graph *before = sample_drawn(&z.d);
    z = new_zoo(kind);
    add(&z, y);
    rg_graph *after = sample_drawn(&z.d);
    const bool born = is_born(before, after, 0);
    rg_graph_free(before);
    rg_graph_free(after);
    return born;
}

static void an_object_is_told_by_address_type_text_and_age(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    const thing list = {.address = 64, .type = z.list, .generation = 1};
    const thing str = {
        .address = 64, .type = z.str, .text = "a", .flags = RG_NODE_TEXT_STR, .generation = 4};
    const uint32_t dict = z.dict;
    rg_builder_free(z.d.builder);
    const rg_collector_kind by_age = RG_COLLECTOR_GENERATIONAL;
    assert_false(is_new(by_age, list, list));
    thing other = list;
    other.address = 80;
    assert_true(is_new(by_age, list, other));
    other = list;
    other.type = dict;
    assert_true(is_new(by_age, list, other)); /* a reused address */
    other = list;
    other.generation = 0;
    assert_true(is_new(by_age, list, other)); /* nothing becomes younger */
    assert_false(is_new(by_age, other, list));
    assert_false(is_new(RG_COLLECTOR_INCREMENTAL, list, other)); /* there, it does */
    for (uint8_t g = RG_GENERATION_PERMANENT; g <= RG_GENERATION_NONE; g++) {
        other.generation = g; /* frozen, or not tracked: no age */
        assert_false(is_new(by_age, other, list));
        assert_false(is_new(by_age, list, other));
    }
    other = str;
    assert_false(is_new(by_age, str, other));
    other.text = "b";
    assert_true(is_new(by_age, str, other));
    other.text = "ab";
    assert_true(is_new(by_age, str, other));
    other.flags = 0; /* a text that is no value: a frame's line */
    assert_false(is_new(by_age, str, other));
}

/* Types are one by name, whatever their number and their order. */
static void types_are_compared_by_name_and_module(void **state)
{
    (void)state;
    static const char *const names[] = {"app.A", "app.B", "lib.A", "A"};
    for (uint32_t x = 0; x < COUNT_OF(names); x++)
        for (uint32_t y = 0; y < COUNT_OF(names); y++) {
            zoo z = zoo_new(NULL);
            add(&z, (thing){8, drawing_type(&z.d, names[x], RG_KIND_OTHER, 0), NULL, 0, 2});
            rg_graph *before = sample_drawn(&z.d);
            z = zoo_new(NULL);
            for (uint32_t i = 0; i < COUNT_OF(names); i++)
                drawing_type(&z.d, names[COUNT_OF(names) - 1 - i], RG_KIND_OTHER, 0);
            add(&z, (thing){8, drawing_type(&z.d, names[y], RG_KIND_OTHER, 0), NULL, 0, 2});
            rg_graph *after = sample_drawn(&z.d);
            assert_int_equal(is_born(before, after, 0), x != y);
            rg_graph_free(before);
            rg_graph_free(after);
        }
}

/*   tuple 10 ─[0]─► 'a' 20, ─[1]─► 'b' 30      with the items given */
static rg_graph *tuple_of(const uint32_t *items, size_t count, const char *text)
{
    zoo z = zoo_new(NULL);
    const uint32_t fixed =
        drawing_type(&z.d, "frozen", RG_KIND_CONTAINER, RG_TYPE_PLAIN | RG_TYPE_FIXED_ITEMS);
    const uint32_t tuple = add(&z, (thing){10, fixed, NULL, 0, 2});
    add(&z, (thing){20, z.str, text, RG_NODE_TEXT_STR, 4});
    add(&z, (thing){30, z.str, "b", RG_NODE_TEXT_STR, 4});
    add(&z, (thing){40, z.str, "c", RG_NODE_TEXT_STR, 4});
    for (size_t i = 0; i < count; i++)
        drawing_own(&z.d, tuple, items[i], "[0]");
    return sample_drawn(&z.d);
}

static void items_of_a_tuple_are_for_ever(void **state)
{
    (void)state;
    static const uint32_t items[][2] = {{1, 2}, {1, 3}, {2, 1}, {1, 2}};
    rg_graph *before = tuple_of(items[0], 2, "a");
    for (size_t i = 0; i < COUNT_OF(items); i++)
        for (size_t count = 0; count <= 2; count++) {
            rg_graph *after = tuple_of(items[i], count, "a");
            assert_int_equal(is_born(before, after, 0), i % 3 != 0 || count < 2);
            rg_graph_free(after);
        }
    rg_graph *after = tuple_of(items[0], 2, "x"); /* at the address of an item there is another */
    assert_true(is_born(before, after, 0));
    assert_true(is_born(before, after, 1));
    assert_false(is_born(before, after, 2));
    rg_graph_free(after);
    rg_graph_free(before);
}

/*   Queue 10 ─.jobs─► list at 40 ─[0]─► Odd 50 ─.rows─► list at 60 ─[0]─► '1' 70
 *   Queue 10 ─.jobs─► list at 60 ─[0]─► Odd 55 ─.rows─► list at 40 ─[0]─► '2' 80 */
static rg_graph *queue(bool is_later)
{
    zoo z = new_zoo(RG_COLLECTOR_GENERATIONAL);
    const uint32_t list = z.list;
    const uint32_t top = add(&z, (thing){10, z.instance, NULL, 0, 2});
    const uint32_t low = add(&z, (thing){40, list, NULL, 0, 2});
    const uint32_t job = add(&z, (thing){is_later ? 55U : 50U, z.odd, NULL, 0, 2});
    const uint32_t high = add(&z, (thing){60, list, NULL, 0, 2});
    const uint32_t leaf = add(
        &z, (thing){is_later ? 80U : 70U, z.str, is_later ? "2" : "1", RG_NODE_TEXT_LITERAL, 4});
    drawing_own(&z.d, top, is_later ? high : low, ".jobs");
    drawing_own(&z.d, is_later ? low : high, leaf, "[0]");
    drawing_own(&z.d, is_later ? high : low, job, "[0]");
    drawing_own(&z.d, job, is_later ? low : high, ".rows");
    drawing_root(&z.d, RG_ROOT_MODULE, top, "app");
    return sample_drawn(&z.d);
}

static void what_has_nothing_around_it_in_common_is_another(void **state)
{
    (void)state;
    rg_graph *before = queue(false);
    rg_graph *after = queue(true);
    assert_false(is_born(before, after, 0));
    for (uint32_t n = 1; n < 5; n++)
        assert_true(is_born(before, after, n));
    rg_graph_free(after);
    rg_graph_free(before);
}

/*   module 10 ─.A or .B─► dict 20 or 30 ─['k']─► list 40 ─[0]─► str 50, or another at 60
 * which of those are the others later, and what becomes of the list. */
static rg_graph *moved(bool is_elsewhere, bool has_other_item, bool has_item, bool is_shared)
{
    zoo z = zoo_new(NULL);
    const uint32_t module = add(&z, (thing){10, z.module, NULL, 0, 2});
    const uint32_t dicts[] = {add(&z, (thing){20, z.dict, NULL, 0, 2}),
                              add(&z, (thing){30, z.dict, NULL, 0, 2})};
    const uint32_t list = add(&z, (thing){40, z.list, NULL, 0, 2});
    const uint32_t items[] = {add(&z, (thing){50, z.str, "x", RG_NODE_TEXT_STR, 4}),
                              add(&z, (thing){60, z.str, "y", RG_NODE_TEXT_STR, 4})};
    drawing_own(&z.d, module, dicts[0], ".A");
    drawing_own(&z.d, module, dicts[1], ".B");
    drawing_own(&z.d, dicts[is_elsewhere], list, "[@4]");
    if (has_item)
        drawing_own(&z.d, list, items[has_other_item], "[0]");
    for (uint32_t i = 0; i < 40 && is_shared; i++)
        drawing_own(&z.d, module, items[has_other_item], ".none");
    drawing_root(&z.d, RG_ROOT_MODULE, module, "app");
    return sample_drawn(&z.d);
}

static void a_holder_or_something_held_that_stays_makes_it_the_same(void **state)
{
    (void)state;
    rg_graph *before = moved(false, false, true, false);
    for (int bits = 0; bits < 4; bits++) {
        rg_graph *after = moved(bits & 1, bits & 2, true, false);
        assert_int_equal(is_born(before, after, 3), bits == 3);
        rg_graph_free(after);
    }
    rg_graph *after = moved(true, false, false, false); /* moved and emptied: nothing to compare */
    assert_false(is_born(before, after, 3));
    rg_graph_free(after);
    rg_graph_free(before);
    before = moved(false, false, true, true);
    for (int is_other = 0; is_other < 2;
         is_other++) { /* what all refer to proves nothing by staying */
        after = moved(true, is_other, true, true);
        assert_int_equal(is_born(before, after, 3), is_other);
        rg_graph_free(after);
    }
    rg_graph_free(before);
}

/*   Odd 10 or 11 ─.x─► Odd 20 ─.__dict__─► dict 30 ─['k']─► str 40 or 50
 * An object and its dict come and go together: neither speaks for the other. */
static rg_graph *with_dict(bool has_other_holder, bool has_other_value)
{
    zoo z = zoo_new(NULL);
    const uint32_t holder = add(&z, (thing){has_other_holder ? 11U : 10U, z.odd, NULL, 0, 2});
    const uint32_t object = add(&z, (thing){20, z.odd, NULL, 0, 2});
    const uint32_t dict = add(
        &z, (thing){30, drawing_type(&z.d, "map", RG_KIND_CONTAINER, RG_TYPE_MAPPING), NULL, 0, 2});
    const uint32_t value =
        add(&z, (thing){has_other_value ? 50U : 40U, z.str, "v", RG_NODE_TEXT_STR, 4});
    drawing_own(&z.d, holder, object, ".x");
    drawing_own(&z.d, object, dict, ".__dict__");
    drawing_own(&z.d, dict, value, "[@3]");
    return sample_drawn(&z.d);
}

static void an_object_and_its_dict_do_not_speak_for_each_other(void **state)
{
    (void)state;
    rg_graph *before = with_dict(false, false);
    for (int bits = 0; bits < 4; bits++) {
        rg_graph *after = with_dict(bits & 1, bits & 2);
        assert_int_equal(is_born(before, after, 1), bits == 3);
        assert_int_equal(is_born(before, after, 2), bits == 3);
        rg_graph_free(after);
    }
    rg_graph_free(before);
}

/* ---- the ends ---- */

static void a_graph_without_nodes_and_one_with_itself(void **state)
{
    (void)state;
    rg_graph *empty = sample_empty();
    rg_graph *full = queue(false);
    rg_node_list found = {0};
    assert_int_equal(rg_born_find(&found, empty, empty, NULL), RG_OK);
    assert_int_equal(found.count, 0);
    assert_int_equal(rg_born_find(&found, full, empty, NULL), RG_OK);
    assert_int_equal(found.count, 0);
    assert_int_equal(rg_born_find(&found, full, full, NULL), RG_OK);
    assert_int_equal(found.count, 0);
    assert_int_equal(rg_born_find(&found, empty, full, NULL), RG_OK);
    assert_int_equal(found.count, 5);
    rg_node_list_dispose(&found);
    rg_graph_free(full);
    rg_graph_free(empty);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    rg_graph **graphs = context;
    rg_node_list found = {0};
    const rg_status status = rg_born_find(&found, graphs[0], graphs[1], allocator);
    rg_node_list_dispose(&found);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *graphs[] = {queue(false), queue(true)};
    assert_true(oom_torture(story, graphs) > 5);
    rg_graph_free(graphs[0]);
    rg_graph_free(graphs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_told_by_address_type_text_and_age),
        cmocka_unit_test(types_are_compared_by_name_and_module),
        cmocka_unit_test(items_of_a_tuple_are_for_ever),
        cmocka_unit_test(what_has_nothing_around_it_in_common_is_another),
        cmocka_unit_test(a_holder_or_something_held_that_stays_makes_it_the_same),
        cmocka_unit_test(an_object_and_its_dict_do_not_speak_for_each_other),
        cmocka_unit_test(a_graph_without_nodes_and_one_with_itself),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
