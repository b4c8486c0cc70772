/* Interning: equal bytes, equal id; the bytes come back as they went in. */
#include "graph/strings.h"

#include <stdio.h>

#include "oom.h"
#include "random.h"
#include "test.h"

static uint32_t add(rg__strings *strings, const char *data, size_t size)
{
    uint32_t id = UINT32_MAX;
    assert_int_equal(rg__strings_add(strings, &id, (rg_string){data, size}), RG_OK);
    return id;
}

static void assert_holds(const rg__strings *strings, uint32_t id, const char *data, size_t size)
{
    const rg_string text = rg__strings_at(strings, id);
    assert_int_equal(text.size, size);
    if (size)
        assert_memory_equal(text.data, data, size);
}

static void equal_bytes_have_one_id(void **state)
{
    (void)state;
    rg__strings strings = {.allocator = rg_allocator_default()};
    const uint32_t a = add(&strings, "app.api", 7);
    const uint32_t b = add(&strings, "app", 3);
    assert_int_equal(add(&strings, "app.api", 7), a);
    assert_int_equal(add(&strings, "app.apix", 7), a);
    assert_int_not_equal(a, b);
    assert_int_equal(strings.count, 2);
    assert_holds(&strings, a, "app.api", 7);
    assert_holds(&strings, b, "app", 3);
    rg__strings_dispose(&strings);
}

static void nul_bytes_and_the_empty_string_are_strings_too(void **state)
{
    (void)state;
    rg__strings strings = {.allocator = rg_allocator_default()};
    const uint32_t empty = add(&strings, NULL, 0);
    const uint32_t nul = add(&strings, "\0", 1);
    const uint32_t two = add(&strings, "\0\0", 2);
    const uint32_t mixed = add(&strings, "a\0b", 3);
    assert_int_equal(strings.count, 4);
    assert_int_equal(add(&strings, "", 0), empty);
    assert_int_equal(add(&strings, "a\0b", 3), mixed);
    assert_int_not_equal(add(&strings, "a\0c", 3), mixed);
    assert_holds(&strings, empty, "", 0);
    assert_holds(&strings, nul, "\0", 1);
    assert_holds(&strings, two, "\0\0", 2);
    assert_holds(&strings, mixed, "a\0b", 3);
    rg__strings_dispose(&strings);
}

static void an_unknown_id_is_the_empty_string(void **state)
{
    (void)state;
    rg__strings strings = {.allocator = rg_allocator_default()};
    assert_holds(&strings, 0, "", 0);
    add(&strings, "x", 1);
    assert_holds(&strings, 1, "", 0);
    assert_holds(&strings, UINT32_MAX, "", 0);
    rg__strings_dispose(&strings);
}

static void a_million_strings_keep_their_ids(void **state)
{
    (void)state;
    enum { COUNT = 1 << 20 };
    rg__strings strings = {.allocator = rg_allocator_default()};
    char text[24];
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(add(&strings, text, (size_t)sprintf(text, "name %u", i)), i);
    randomness random = {1};
    for (uint32_t n = 0; n < COUNT; n++) {
        const uint32_t i = random_below(&random, COUNT);
        const size_t size = (size_t)sprintf(text, "name %u", i);
        assert_int_equal(add(&strings, text, size), i);
        assert_holds(&strings, i, text, size);
    }
    assert_int_equal(strings.count, COUNT);
    rg__strings_dispose(&strings);
}

static void frozen_strings_can_be_read(void **state)
{
    (void)state;
    rg__strings strings = {.allocator = rg_allocator_default()};
    const uint32_t a = add(&strings, "a", 1);
    const uint32_t b = add(&strings, "bb", 2);
    const size_t before = rg__strings_memory(&strings);
    rg__strings_freeze(&strings);
    assert_true(rg__strings_memory(&strings) < before);
    assert_holds(&strings, a, "a", 1);
    assert_holds(&strings, b, "bb", 2);
    rg__strings_dispose(&strings);
}

static rg_status add_story(const rg_allocator *allocator, void *context)
{
    (void)context;
    rg__strings strings = {.allocator = *allocator};
    rg_status status = RG_OK;
    char text[24];
    for (uint32_t i = 0; i < 300 && !status; i++) {
        uint32_t id = UINT32_MAX;
        const uint32_t count = strings.count;
        const size_t size = (size_t)sprintf(text, "%u", i / 2);
        status = rg__strings_add(&strings, &id, (rg_string){text, size});
        assert_int_equal(id, status ? UINT32_MAX : i / 2);
        if (status)
            assert_int_equal(strings.count, count);
    }
    for (uint32_t i = 0; i < strings.count; i++)
        assert_holds(&strings, i, text, (size_t)sprintf(text, "%u", i));
    rg__strings_dispose(&strings);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(add_story, NULL) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_bytes_have_one_id),
        cmocka_unit_test(nul_bytes_and_the_empty_string_are_strings_too),
        cmocka_unit_test(an_unknown_id_is_the_empty_string),
        cmocka_unit_test(a_million_strings_keep_their_ids),
        cmocka_unit_test(frozen_strings_can_be_read),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
