/* 64-bit numbers in 32 bits each: what went in comes out, also where the upper half rises. */
#include "base/offsets.h"

#include "oom.h"
#include "random.h"
#include "test.h"

#define UPPER (UINT64_C(1) << 32)

static void assert_holds(const rg__offsets *offsets, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(rg__offset(offsets, i) == numbers[i]);
}

static void upper_halves_are_kept_wherever_they_rise(void **state)
{
    (void)state;
    static const uint64_t lists[][5] = {
        {0, 0, 1, 5, UINT32_MAX},
        {0, UINT32_MAX, UPPER, UPPER, UPPER + 1},
        {UPPER, UPPER + 7, 2 * UPPER - 1, 2 * UPPER, 2 * UPPER},
        {0, 3 * UPPER + 3, 3 * UPPER + 3, 9 * UPPER, 9 * UPPER + 1},
    };
    const rg_allocator a = rg_allocator_default();
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        rg__offsets packed = {0};
        rg__offsets pushed = {0};
        assert_int_equal(rg__offsets_pack(&packed, &a, lists[i], 5), RG_OK);
        for (size_t k = 0; k < 5; k++)
            assert_int_equal(rg__offsets_push(&pushed, &a, k, lists[i][k]), RG_OK);
        rg__offsets_shrink(&pushed, &a, 5);
        assert_holds(&packed, lists[i], 5);
        assert_holds(&pushed, lists[i], 5);
        rg__offsets_dispose(&packed, &a);
        rg__offsets_dispose(&pushed, &a);
    }
}

static void random_numbers_come_back(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    const rg_allocator a = rg_allocator_default();
    randomness random = {32};
    for (int round = 0; round < 50; round++) {
        uint64_t numbers[COUNT];
        uint64_t last = 0;
        rg__offsets packed = {0};
        for (size_t i = 0; i < COUNT; i++)
            numbers[i] = last += random_below(&random, 50) ? random_below(&random, 1U << 20)
                                                           : random_below(&random, UINT32_MAX);
        assert_int_equal(rg__offsets_pack(&packed, &a, numbers, COUNT), RG_OK);
        assert_holds(&packed, numbers, COUNT);
        assert_true(packed.carry_count > 0);
        rg__offsets_dispose(&packed, &a);
    }
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    static const uint64_t numbers[] = {0, UPPER, 3 * UPPER};
    rg__offsets offsets = {0};
    (void)context;
    rg_status status = rg__offsets_pack(&offsets, allocator, numbers, COUNT_OF(numbers));
    if (!status)
        status = rg__offsets_push(&offsets, allocator, 3, 40 * UPPER);
    rg__offsets_dispose(&offsets, allocator);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(story, NULL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upper_halves_are_kept_wherever_they_rise),
        cmocka_unit_test(random_numbers_come_back),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
