/* What a point of growth is made of, what would go without it, and attributes under ever new names. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "oom.h"
#include "scene.h"
#include "test.h"

/* ---- attributes under ever new names ---- */

/* Adds nodes at 'A', 'B' … of a kind, and what refers to each: "b.f0>A" for "b.f". */
static void add_named(char *words, size_t room, int count, const char *kind, const char *holder)
{
    for (int i = 0; i < count; i++) {
        const size_t used = strlen(words);
        snprintf(words + used, room - used, " %c:%s", 'A' + i, kind);
    }
    for (int i = 0; i < count; i++) {
        const size_t used = strlen(words);
        snprintf(words + used, room - used, " %s%d>%c", holder, i, 'A' + i);
    }
}

static void attributes_under_many_new_names_are_one_place(void **state)
{
    (void)state;
    static const struct {
        const char *holder, *place;
    } cases[] = {{"b.f", "sys.modules['app'].S.*"}, {"a.f", "sys.modules['app'].*"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (int has_gone = 0; has_gone < 2; has_gone++) {
            char full[900] = "a:m b:o c:s !a a.S>b b.x>c";
            const char *empty = "a:m b:o c:s !a a.S>b b.x>c";
            char expected[100];
            add_named(full, sizeof full, 16, "s", cases[i].holder);
            scene s = has_gone ? scene_of_words(full, empty) : scene_of_words(empty, full);
            snprintf(expected, sizeof expected, "%s +%d -%d, +%d -%d, 0", cases[i].place,
                     has_gone ? 0 : 16, has_gone ? 16 : 0, has_gone ? 0 : 16, has_gone ? 16 : 0);
            assert_int_equal(s.growth.point_count, 1);
            scene_assert_point(&s, 0, expected);
            scene_free(&s);
        }
}

static void a_few_new_names_are_a_place_each(void **state)
{
    (void)state;
    char full[900] = "a:m b:o !a a.S>b";
    add_named(full, sizeof full, 15, "s", "b.f");
    scene s = scene_of_words("a:m b:o !a a.S>b", full);
    assert_int_equal(s.growth.point_count, 15);
    scene_free(&s);
}

/* S.x has another value, under the name that it had; items have no names. */
static void a_name_that_was_there_and_items_are_as_they_are(void **state)
{
    (void)state;
    char full[900] = "a:m b:o !a a.S>b d:s b.x>d l:l a.L>l m:s l[0]>m";
    add_named(full, sizeof full, 20, "s", "b.f");
    scene s = scene_of_words("a:m b:o c:s !a a.S>b b.x>c l:l a.L>l", full);
    assert_int_equal(s.growth.point_count, 3);
    scene_assert_point(&s, 0, "sys.modules['app'].S.* +20 -0, +20 -0, 0");
    scene_assert_point(&s, 1, "sys.modules['app'].L[*] +1 -0, +1 -0, 0");
    scene_assert_point(&s, 2, "sys.modules['app'].S.x +1 -1, +1 -1, 0");
    scene_free(&s);
}

/* Two objects have gained ten each: neither has many, though their signatures are equal. */
static void names_are_those_of_one_object(void **state)
{
    (void)state;
    char full[900] = "a:m b:o c:o l:l !a a.L>l l[0]>b l[1]>c";
    add_named(full, sizeof full, 10, "s", "b.f");
    for (int i = 0; i < 10; i++)
        snprintf(full + strlen(full), sizeof full - strlen(full), " %c:s c.g%d>%c", 'K' + i, i,
                 'K' + i);
    scene s = scene_of_words("a:m b:o c:o l:l !a a.L>l l[0]>b l[1]>c", full);
    assert_int_equal(s.growth.point_count, 20);
    scene_free(&s);
}

/* ---- what a point is made of ---- */

/*   app ─.L─► list c or l, another one now: of the Sessions d, e in it one is gone, and f, g, h came with an Odd */
static void rows_of_types_add_up_to_the_point(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m c:l*30 d:s*9 !a a.L>c c[0]>d",
                             "a:m l:l*50 f:s g:s h:s o:o*7 !a a.L>l l[0]>f l[1]>g l[2]>h h.x>o");
    rg_point_types found = {0};
    assert_int_equal(s.growth.point_count, 1);
    scene_assert_point(&s, 0, "sys.modules['app'].L +1 -1, +5 -2, 0");
    assert_int_equal(rg_point_types_find(&found, &s.growth, 0, s.before, s.after, &s.now, NULL),
                     RG_OK);
    assert_int_equal(found.count, 3);
    const rg_point_type expected[] = {{.born = 3, .born_size = 30, .died = 1, .died_size = 9},
                                      {.born = 1, .born_size = 50, .died = 1, .died_size = 30},
                                      {.born = 1, .born_size = 7}};
    const uint64_t costs[] = {2, 1, 3};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(found.items[i].born, expected[i].born);
        assert_int_equal(found.items[i].born_size, expected[i].born_size);
        assert_int_equal(found.items[i].died, expected[i].died);
        assert_int_equal(found.items[i].died_size, expected[i].died_size);
        assert_int_equal(found.items[i].cost, costs[i]);
    }
    assert_int_equal(rg_point_types_find(&found, &s.growth, 1, s.before, s.after, &s.now, NULL),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_point_types_find(&found, &s.growth, 0, s.after, s.after, &s.now, NULL),
                     RG_ERR_ARGUMENT);
    rg_point_types_dispose(&found);
    rg_point_types_dispose(&found);
    scene_free(&s);
}

/* ---- what would go ---- */

/*   app ─.L─► list b ─[0]─► Session d, ─[1]─► e ─.x─► Odd f;   app ─.O─► Odd o ─.p─► Odd q ─.k─► d too */
static void what_others_hold_would_stay(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m b:l o:o q:o !a a.L>b a.O>o o.p>q",
                             "a:m b:l d:s e:s f:o*5 o:o q:o !a a.L>b a.O>o o.p>q b[0]>d b[1]>e "
                             "b[2]>e e.x>f q.k>d");
    const size_t points[] = {0, 1};
    rg_release found = {0};
    assert_int_equal(s.growth.point_count, 1);
    assert_int_equal(rg_release_find(&found, &s.growth, points, 1, s.after, &s.now, NULL), RG_OK);
    assert_int_equal(found.gone.count, 2);
    assert_memory_equal(found.gone.nodes, ((const uint32_t[]){3, 4}), 8);
    assert_int_equal(found.gone.size, 15);
    assert_int_equal(found.kept, 1);
    assert_int_equal(found.example, 2);
    assert_int_equal(found.keeper, 6); /* q */
    rg_release_dispose(&found);
    rg_release_dispose(&found);
    assert_int_equal(rg_release_find(&found, &s.growth, points, 2, s.after, &s.now, NULL),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_release_find(&found, &s.growth, points, 0, s.after, &s.now, NULL),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_release_find(&found, &s.growth, points, 1, s.before, &s.then, NULL),
                     RG_ERR_ARGUMENT);
    scene_free(&s);
}

/*   app ─.L─► list l ─[0]─► list b, c, which both hold the Sessions d and e: they are let go of together */
static void holders_of_one_place_let_go_together(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m b:l c:l l:l !a a.L>l l[0]>b l[1]>c",
                             "a:m b:l c:l d:s e:s l:l !a a.L>l l[0]>b l[1]>c b[0]>d b[1]>e c[0]>e "
                             "c[1]>d c[2]>d");
    rg_release found = {0};
    scene_assert_point(&s, 0, "sys.modules['app'].L[*][*] +2 -0, +2 -0, 0");
    assert_int_equal(
        rg_release_find(&found, &s.growth, (const size_t[]){0}, 1, s.after, &s.now, NULL), RG_OK);
    assert_int_equal(s.growth.points[0].holder_count, 1); /* the cheapest chains go through b */
    assert_int_equal(found.holder_count, 2);
    assert_int_equal(found.gone.count, 2);
    rg_release_dispose(&found);
    scene_free(&s);
}

/* Keys and values hold each other: one place alone keeps all, both together let go of it. */
static void places_are_cleared_together(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m b:l c:l !a a.X>b a.Y>c",
                             "a:m b:l c:l d:s e:o*50 !a a.X>b a.Y>c b[0]>d c[0]>e d.e>e e.d>d");
    rg_release found = {0};
    assert_int_equal(s.growth.point_count, 2);
    const size_t both[] = {1, 0};
    for (size_t count = 1; count <= 2; count++) {
        assert_int_equal(rg_release_find(&found, &s.growth, both, count, s.after, &s.now, NULL),
                         RG_OK);
        assert_int_equal(found.gone.count, count == 2 ? 2 : 0);
        assert_int_equal(found.kept, count == 2 ? 0 : 1);
        rg_release_dispose(&found);
    }
    scene_free(&s);
}

/* A module that is new has no holder: there is nothing to let go. */
static void without_a_holder_nothing_goes(void **state)
{
    (void)state;
    scene s = scene_of_words("a:m !a", "a:m b:m !a !b");
    rg_release found = {0};
    assert_int_equal(
        rg_release_find(&found, &s.growth, (const size_t[]){0}, 1, s.after, &s.now, NULL), RG_OK);
    assert_int_equal(found.gone.count, 0);
    assert_int_equal(found.kept, 0);
    assert_int_equal(found.example, RG_NONE);
    rg_release_dispose(&found);
    scene_free(&s);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    const scene *s = context;
    rg_growth growth = {0};
    rg_point_types types = {0};
    rg_release release = {0};
    rg_status status = scene_find(&growth, s, allocator);
    if (!status)
        status =
            rg_point_types_find(&types, &s->growth, 0, s->before, s->after, &s->now, allocator);
    if (!status)
        status = rg_release_find(&release, &s->growth, (const size_t[]){0}, 1, s->after, &s->now,
                                 allocator);
    rg_release_dispose(&release);
    rg_point_types_dispose(&types);
    rg_growth_dispose(&growth);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char full[900] = "a:m b:o !a a.S>b";
    add_named(full, sizeof full, 20, "s", "b.f");
    scene s = scene_of_words("a:m b:o !a a.S>b", full);
    assert_true(oom_torture(story, &s) > 30);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_under_many_new_names_are_one_place),
        cmocka_unit_test(a_few_new_names_are_a_place_each),
        cmocka_unit_test(a_name_that_was_there_and_items_are_as_they_are),
        cmocka_unit_test(names_are_those_of_one_object),
        cmocka_unit_test(rows_of_types_add_up_to_the_point),
        cmocka_unit_test(what_others_hold_would_stay),
        cmocka_unit_test(holders_of_one_place_let_go_together),
        cmocka_unit_test(places_are_cleared_together),
        cmocka_unit_test(without_a_holder_nothing_goes),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
