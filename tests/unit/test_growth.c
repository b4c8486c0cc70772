/* What has grown between two graphs, and where: drawn cases, and the ends. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "oom.h"
#include "samples.h"
#include "scene.h"
#include "test.h"

/*   app ─.CACHE─► dict b ─[0]─► Session c, and then d ─.x─► Odd f, e too; the dict grows by 90 bytes */
static void a_cache_gains(void **state)
{
    (void)state;
    scene s =
        scene_of_words("a:m b:d c:s !a a.CACHE>b b[0]>c",
                       "a:m b:d*100 c:s d:s e:s f:o*7 !a a.CACHE>b b[0]>c b[1]>d b[2]>e d.x>f");
    const rg_growth *g = &s.growth;
    assert_int_equal(g->point_count, 1);
    scene_assert_point(&s, 0, "sys.modules['app'].CACHE[*] +2 -0, +3 -0, 90");
    assert_int_equal(g->points[0].holder, 1);
    assert_int_equal(g->points[0].holder_count, 1);
    assert_int_equal(g->points[0].example, 3);
    assert_int_equal(g->points[0].born_size, 27);
    assert_memory_equal(g->point_of, ((const uint32_t[]){RG_NONE, RG_NONE, RG_NONE, 0, 0, 0}), 24);
    assert_int_equal(g->count_before, 3);
    assert_int_equal(g->count, 6);
    assert_int_equal(g->size_before, 30);
    assert_int_equal(g->size, 147);
    assert_int_equal(g->resized, 90);
    assert_int_equal(g->types[0].size, 100); /* the dict: most bytes more */
    assert_int_equal(g->types[0].born, 0);
    assert_int_equal(g->types[0].point, RG_NONE);
    assert_int_equal(g->types[1].born, 2);
    assert_int_equal(g->types[1].example, 3);
    assert_int_equal(g->types[1].point, 0);
    assert_int_equal(g->types[2].example, 5); /* none begins a place */
    scene_free(&s);
}

/*   app ─.QUEUE─► list b or e ─[0]─► Session c, d or f, g */
static void a_queue_that_is_replaced_gains_what_it_loses(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m b:l c:s d:s h:d !a a.QUEUE>b b[0]>c b[1]>d a.CACHE>h",
                             "a:m e:l f:s g:s h:d i:s !a a.QUEUE>e e[0]>f e[1]>g a.CACHE>h h[0]>i");
    assert_int_equal(s.growth.point_count, 2);
    scene_assert_point(&s, 0, "sys.modules['app'].CACHE[*] +1 -0, +1 -0, 0");
    scene_assert_point(&s, 1, "sys.modules['app'].QUEUE +1 -1, +3 -3, 0");
    scene_free(&s);
}

/*   app ─.x─► Odd b ─.y─► dict c ─[0]─► Session d       and then also app ─.NEAR─► dict c
 * What is gone was behind .x.y, and what is new is behind .NEAR: it is one place. */
static void a_chain_that_has_become_cheaper_is_one_place(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m b:o c:d d:s !a a.x>b b.y>c c[0]>d",
                             "a:m b:o c:d e:s f:s !a a.x>b b.y>c a.NEAR>c c[0]>e c[1]>f");
    assert_int_equal(s.growth.point_count, 1);
    scene_assert_point(&s, 0, "sys.modules['app'].NEAR[*] +2 -1, +2 -1, 0");
    assert_int_equal(s.growth.points[0].holder, 2);
    scene_free(&s);
}

/*   app ─.CACHE─► list b, c new ─[0]─► Session d new, which list c alone holds, and e, which b holds too */
static void what_hangs_together_is_counted_where_it_begins(void **state)
{
    (void)state;
    scene s = scene_of_words(
        "a:m b:l !a a.LIST>b",
        "a:m b:l c:l d:s e:s !a a.LIST>b a.NEW>c c[0]>d c[1]>e b[0]>e b[1]>d b[2]>c");
    assert_int_equal(s.growth.point_count, 2);
    scene_assert_point(&s, 0, "sys.modules['app'].LIST[*] +2 -0, +2 -0, 0");
    scene_assert_point(&s, 1, "sys.modules['app'].NEW +1 -0, +1 -0, 0");
    assert_int_equal(s.growth.points[1].holder, 0);
    scene_free(&s);
}

/*   module b is new: a root of its own;   Session c, d ─► c: garbage */
static void roots_of_their_own_and_garbage_have_no_holder(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m !a", "a:m b:m c:s*5 d:o*3 !a !b d.x>c");
    assert_int_equal(s.growth.point_count, 3);
    scene_assert_point(&s, 0, "sys.modules['app'] +1 -0, +1 -0, 0");
    scene_assert_point(&s, 1, "no root reaches it · held by app.Odd.x +1 -0, +1 -0, 0");
    scene_assert_point(&s, 2, "no root reaches it · no object refers to it +1 -0, +1 -0, 0");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s.growth.points[i].holder, RG_NONE);
        assert_int_equal(s.growth.points[i].holder_count, 0);
    }
    scene_free(&s);
    s = scene_of_words("a:m b:m c:s*5 d:o*3 !a !b d.x>c", "a:m !a");
    assert_int_equal(s.growth.point_count, 3);
    scene_assert_point(&s, 2, "sys.modules['app'] +0 -1, +0 -1, 0");
    assert_int_equal(s.growth.points[2].example, RG_NONE);
    scene_free(&s);
}

/*   app ─.X─► Session b, and then Odd b at the same address: a place for each type */
static void another_type_at_the_address_is_another_object(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m b:s !a a.X>b", "a:m b:o !a a.X>b");
    assert_int_equal(s.growth.point_count, 2);
    scene_assert_point(&s, 0, "sys.modules['app'].X +1 -0, +1 -0, 0");
    scene_assert_point(&s, 1, "sys.modules['app'].X +0 -1, +0 -1, 0");
    assert_true(s.growth.points[0].id == s.growth.points[1].id);
    assert_int_equal(s.growth.points[0].type_before, RG_NONE);
    assert_int_equal(s.growth.points[1].type, RG_NONE);
    scene_free(&s);
}

/*   app ─.BIG─► list b grows from 10 to 99;  ─.L─► list c from 10 to 15, ─[0]─► d, e new in the same list;  Odd e shrinks */
static void what_grew_by_itself_is_a_place_and_a_holder_grows_once(void **state)
{
    (void)state;
    scene s =
        scene_of_words("a:m b:l c:l f:o !a a.BIG>b a.L>c a.F>f",
                       "a:m b:l*99 c:l*15 d:s e:o f:o*4 !a a.BIG>b a.L>c a.F>f c[0]>d c[1]>e");
    const rg_growth *g = &s.growth;
    assert_int_equal(g->point_count, 4);
    scene_assert_point(&s, 0, "sys.modules['app'].BIG +0 -0, +0 -0, 89");
    assert_int_equal(g->points[0].holder, 1);
    assert_int_equal(g->points[0].holder_count, 0);
    assert_int_equal(g->points[0].example, RG_NONE);
    assert_int_equal(g->points[1].resized + g->points[2].resized, 5);
    assert_int_equal(g->points[1].holder, 2);
    assert_int_equal(g->points[2].holder, 2);
    scene_assert_point(&s, 3, "sys.modules['app'].F +0 -0, +0 -0, -6");
    assert_int_equal(g->resized, 88);
    scene_free(&s);
}

/* Five lists have gained one, and the second of them two more: it is the holder. */
static void the_holder_is_who_gained_most(void **state)
{
    (void)state;
    scene s =
        scene_of_words("a:m b:l c:l d:l !a a.L>b b[0]>c b[1]>d",
                       "a:m b:l c:l d:l e:s f:s g:s !a a.L>b b[0]>c b[1]>d c[0]>e d[0]>f d[1]>g");
    assert_int_equal(s.growth.point_count, 1);
    scene_assert_point(&s, 0, "sys.modules['app'].L[*][*] +3 -0, +3 -0, 0");
    assert_int_equal(s.growth.points[0].holder, 3);
    assert_int_equal(s.growth.points[0].holder_count, 2);
    scene_free(&s);
}

/* Of the new Sessions d (20 bytes), e (30) and f (90, which hangs on d) the largest that begins a place. */
static void the_example_is_the_largest_that_begins_where_most_are(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m b:l c:l !a a.L>b a.M>c",
                             "a:m b:l c:l d:s*20 e:s*30 f:s*90 g:s*99 !a a.L>b a.M>c b[0]>d b[1]>e "
                             "d.x>f c[0]>g");
    const rg_growth *g = &s.growth;
    size_t i = 0;
    while (i < g->type_count && g->types[i].born != 4)
        i++;
    assert_true(i < g->type_count);
    assert_int_equal(g->types[i].example, 4);
    assert_int_equal(g->types[i].point, g->point_of[4]);
    scene_free(&s);
}

static void types_that_grew_alike_stand_by_name(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m !a", "a:m b:s c:o d:l e:d !a a.b>b a.c>c a.d>d a.e>e");
    static const char *const names[] = {"Odd", "Session", "dict", "list", "module"};
    for (size_t i = 0; i < COUNT_OF(names); i++) /* those without an object follow */
        if (s.growth.types[i].born) {
            const rg_string name = rg_graph_type(s.after, s.growth.types[i].after).name;
            assert_int_equal(name.size, strlen(names[i]));
            assert_memory_equal(name.data, names[i], name.size);
        }
    scene_free(&s);
}

/* ---- the ends ---- */

static void without_nodes_nothing_grows(void **state)
{
    (void)state;
    for (int bits = 0; bits < 4; bits++) {
        scene s = scene_of(bits & 1 ? sample_star(3) : sample_empty(),
                           bits & 2 ? sample_star(3) : sample_empty());
        const uint64_t n = 5;
        assert_int_equal(s.growth.born, bits == 2 ? n : 0);
        assert_int_equal(s.growth.count, bits & 2 ? n : 0);
        assert_int_equal(s.growth.count_before, bits & 1 ? n : 0);
        scene_free(&s);
    }
}

/* As long as no place has a text, there is none to be copied (found by fuzz_file). */
static void a_place_may_have_an_empty_text(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 1);
    drawing_root(&d, RG_ROOT_OTHER, 0, "");
    scene s = scene_of(sample_empty(), sample_drawn(&d));
    assert_int_equal(s.growth.point_count, 1);
    assert_int_equal(s.growth.text_size, 0);
    scene_assert_point(&s, 0, " +1 -0, +1 -0, 0");
    scene_free(&s);
}

static void self_edges_and_parallel_edges(void **state)
{
    (void)state;
    scene s = scene_of_words("a:l !a a[0]>a", "a:l b:s !a a[0]>a a[1]>b a.x>b b.me>b");
    assert_int_equal(s.growth.point_count, 1);
    assert_int_equal(s.growth.points[0].gained, 1);
    scene_free(&s);
}

static void distances_of_another_graph_are_refused(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m !a", "a:m b:s !a a.x>b");
    rg_growth out = {0};
    assert_int_equal(rg_growth_find(&out, s.before, &s.now, s.after, &s.now, NULL),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_growth_find(&out, s.before, &s.then, s.after, &s.then, NULL),
                     RG_ERR_ARGUMENT);
    assert_null(out.points);
    scene_free(&s);
}

/* `count` nodes at addresses of their own, the first a root, in a row or all held by the first. */
static rg_graph *large(uint32_t count, bool is_star)
{
    drawing d = drawing_new(NULL);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = 0;
        const rg_node node = {.address = 16 + 16 * (uint64_t)i,
                              .type = d.plain_type,
                              .text = RG_NONE,
                              .size = 1,
                              .generation = 2};
        assert_int_equal(rg_builder_add_node(d.builder, &id, &node), RG_OK);
        if (i)
            drawing_own(&d, is_star ? 0 : i - 1, i, is_star ? "[0]" : ".next");
    }
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    return sample_drawn(&d);
}

static void a_chain_and_a_star_of_a_million_nodes(void **state)
{
    (void)state;
    for (int is_star = 0; is_star < 2; is_star++)
        for (int has_shrunk = 0; has_shrunk < 2; has_shrunk++) {
            scene s = scene_of(large(has_shrunk ? MILLION : 2, is_star),
                               large(has_shrunk ? 2 : MILLION, is_star));
            assert_int_equal(s.growth.point_count, 1);
            const rg_growth_point *p = &s.growth.points[0];
            assert_int_equal(has_shrunk ? p->died : p->born, MILLION - 2);
            assert_int_equal(has_shrunk ? p->lost : p->gained, is_star ? MILLION - 2 : 1);
            scene_free(&s);
        }
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    const scene *s = context;
    rg_growth growth = {0};
    rg_node_list lasting = {0};
    rg_status status = scene_find(&growth, s, allocator);
    if (!status)
        status = rg_lasting_find(&lasting, s->before, s->after, s->after, allocator);
    rg_node_list_dispose(&lasting);
    rg_growth_dispose(&growth);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    scene s = scene_of_words(
        "a:m b:o c:d d:s h:l i:l !a a.x>b b.y>c c[0]>d a.h>h a.i>i",
        "a:m b:o c:d e:s f:s h:l*20 i:l !a a.x>b b.y>c a.NEAR>c c[0]>e c[1]>f a.h>h a.i>i i[0]>f");
    assert_true(oom_torture(story, &s) > 30);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cache_gains),
        cmocka_unit_test(a_queue_that_is_replaced_gains_what_it_loses),
        cmocka_unit_test(a_chain_that_has_become_cheaper_is_one_place),
        cmocka_unit_test(what_hangs_together_is_counted_where_it_begins),
        cmocka_unit_test(roots_of_their_own_and_garbage_have_no_holder),
        cmocka_unit_test(another_type_at_the_address_is_another_object),
        cmocka_unit_test(what_grew_by_itself_is_a_place_and_a_holder_grows_once),
        cmocka_unit_test(the_holder_is_who_gained_most),
        cmocka_unit_test(the_example_is_the_largest_that_begins_where_most_are),
        cmocka_unit_test(types_that_grew_alike_stand_by_name),
        cmocka_unit_test(without_nodes_nothing_grows),
        cmocka_unit_test(a_place_may_have_an_empty_text),
        cmocka_unit_test(self_edges_and_parallel_edges),
        cmocka_unit_test(distances_of_another_graph_are_refused),
        cmocka_unit_test(a_chain_and_a_star_of_a_million_nodes),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
