/* Blocks that are mappings: they keep what is in them while they grow, move and shrink, and are aligned. */
#include "base/pages.h"

#include <stdint.h>
#include <string.h>

#include "random.h"
#include "test.h"

enum { MIB = 1 << 20, BLOCKS = 6, STEPS = 400, MARKS = 97 /* places that are looked at */ };

typedef struct block {
    unsigned char *data;
    size_t size;
    unsigned char mark;
} block;

static void mark(const block *b, size_t from)
{
    for (size_t i = from / MARKS * MARKS; i < b->size; i += b->size / MARKS + 1)
        b->data[i] = b->mark;
    b->data[b->size - 1] = b->mark;
}

static void assert_zero(const unsigned char *data, size_t from, size_t to)
{
    for (size_t i = from; i < to; i += (to - from) / MARKS + 1)
        assert_int_equal(data[i], 0);
}

/* Sizes around whole huge pages, whose header has a page of its own, and others. */
static size_t some_size(randomness *seed)
{
    const size_t whole = (size_t)(1 + random_below(seed, 24)) * 2 * MIB;
    const uint32_t kind = random_below(seed, 4);
    return kind == 0 ? whole : kind == 1 ? whole - 64 : kind == 2 ? whole + 1 : whole / 3;
}

static void a_block_keeps_what_fits_when_it_is_resized(void **state)
{
    (void)state;
    block blocks[BLOCKS] = {{NULL, 0, 0}};
    randomness seed = {11};
    for (int step = 0; step < STEPS; step++) {
        block *b = &blocks[random_below(&seed, BLOCKS)];
        const size_t size = some_size(&seed);
        unsigned char *data =
            b->data ? rg__pages_resize(b->data, b->size, size) : rg__pages_new(size);
        assert_non_null(data);
        assert_int_equal((uintptr_t)data % 64, 0);
        if (b->data) {
            assert_int_equal(data[0], b->mark);
            if (size >= b->size)
                assert_int_equal(data[b->size - 1], b->mark);
        } else {
            assert_zero(data, 0, size);
        }
        *b = (block){data, size, (unsigned char)(step | 1)};
        mark(b, 0);
        if (step % 7 == 0) {
            rg__pages_free(b->data);
            b->data = NULL;
        }
    }
    for (int i = 0; i < BLOCKS; i++)
        rg__pages_free(blocks[i].data);
}

static void every_byte_is_still_there_after_moves(void **state)
{
    (void)state;
    size_t size = 2 * MIB;
    uint32_t *data = rg__pages_new(size);
    size_t written = 0;
    while (size < (size_t)100 * MIB) {
        assert_non_null(data);
        for (; written < size / 4; written++)
            data[written] = (uint32_t)written * 2654435761U;
        const size_t bigger = size + size / 3 + 4;
        data = rg__pages_resize(data, size, bigger / 4 * 4);
        size = bigger / 4 * 4;
    }
    assert_non_null(data);
    for (size_t i = 0; i < written; i++)
        if (data[i] != (uint32_t)i * 2654435761U)
            fail_msg("word %zu is lost", i);
    rg__pages_free(data);
}

static void what_cannot_be_had_is_refused(void **state)
{
    (void)state;
    char *data = rg__pages_new(3 * MIB);
    assert_non_null(data);
    data[0] = 5;
    assert_null(rg__pages_new(SIZE_MAX));
    assert_null(rg__pages_new(SIZE_MAX / 4));
    assert_null(rg__pages_resize(data, 3 * MIB, SIZE_MAX));
    assert_null(rg__pages_resize(data, 3 * MIB, SIZE_MAX / 4));
    assert_int_equal(data[0], 5);
    rg__pages_free(data);
    rg__pages_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_keeps_what_fits_when_it_is_resized),
        cmocka_unit_test(every_byte_is_still_there_after_moves),
        cmocka_unit_test(what_cannot_be_had_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
