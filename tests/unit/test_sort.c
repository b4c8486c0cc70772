/* Sorting in place: the same order as the C library's qsort, on whatever is given, and never in quadratic time. */
#include "base/sort.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "test.h"

typedef struct item {
    uint32_t key;
    uint32_t other[3];
} item;

static size_t compared;

static int by_key(const void *a, const void *b)
{
    compared++;
    const uint32_t x = ((const item *)a)->key;
    const uint32_t y = ((const item *)b)->key;
    return (x > y) - (x < y);
}

/* Sort a copy with qsort and compare keys; `other` must still belong to its key. */
static void assert_sorts(item *items, size_t count)
{
    item *expected = malloc((count + 1) * sizeof *expected);
    assert_non_null(expected);
    for (size_t i = 0; i < count; i++)
        items[i].other[0] = items[i].other[2] = ~items[i].key;
    memcpy(expected, items, count * sizeof *items);
    qsort(expected, count, sizeof *expected, by_key);
    compared = 0;
    rg__sort(items, count, sizeof *items, by_key);
    size_t bits = 1;
    for (size_t n = count; n; n /= 2)
        bits++;
    assert_true(compared <= 8 * (count + 1) * bits);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(items[i].key, expected[i].key);
        assert_int_equal(items[i].other[0], (uint32_t)~items[i].key);
        assert_int_equal(items[i].other[2], (uint32_t)~items[i].key);
    }
    free(expected);
}

static void every_short_array_is_sorted(void **state)
{
    (void)state;
    item items[40];
    randomness seed = {1};
    for (size_t count = 0; count <= 40; count++)
        for (int round = 0; round < 200; round++) {
            for (size_t i = 0; i < count; i++)
                items[i].key = random_below(&seed, 1 + (uint32_t)round % 50);
            assert_sorts(items, count);
        }
}

static void patterns_that_are_hard_for_quicksort_are_sorted(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    item *items = malloc(COUNT * sizeof *items);
    assert_non_null(items);
    for (int pattern = 0; pattern < 7; pattern++) {
        for (uint32_t i = 0; i < COUNT; i++) {
            const uint32_t half = COUNT / 2;
            const uint32_t keys[] = {i,                        /* in order */
                                     COUNT - i,                /* backwards */
                                     7,                        /* all equal */
                                     i % 2,                    /* two keys */
                                     i < half ? i : COUNT - i, /* up and down */
                                     i < half ? half - i : i,  /* down and up */
                                     (i & 1) ? i : COUNT - i}; /* two interleaved */
            items[i].key = keys[pattern];
        }
        assert_sorts(items, COUNT);
    }
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_short_array_is_sorted),
        cmocka_unit_test(patterns_that_are_hard_for_quicksort_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
