/* Cycles of a graph: what they are, what becomes of them, their groups. Random heaps are in
 * test_cycles_random.c. */
#include "analysis/cycles_private.h"

#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

/* Each set of up to 9 ids, in a block of exactly its size: sanitizers watch its ends. */
static void ids_are_found_where_they_are_and_nowhere_else(void **state)
{
    (void)state;
    enum { IDS = 9 };
    for (unsigned set = 0; set < 1U << IDS; set++) {
        const size_t count = (size_t)__builtin_popcount(set);
        uint32_t *ids = malloc(count ? count * sizeof *ids : 1);
        assert_non_null(ids);
        for (uint32_t id = 0, next = 0; id < IDS; id++)
            if (set >> id & 1)
                ids[next++] = id;
        for (uint32_t id = 0; id <= IDS; id++)
            assert_true(rg__ids_contain(ids, count, id) == (set >> id & 1));
        free(ids);
    }
}

/* The ids behind those that are asked about: the members of the next cycle. */
static void ids_behind_the_end_are_not_found(void **state)
{
    (void)state;
    static const uint32_t ids[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    for (size_t count = 0; count < COUNT_OF(ids); count++)
        for (size_t i = 0; i < COUNT_OF(ids); i++)
            assert_true(rg__ids_contain(ids, count, ids[i]) == (i < count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_found_where_they_are_and_nowhere_else),
        cmocka_unit_test(ids_behind_the_end_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
