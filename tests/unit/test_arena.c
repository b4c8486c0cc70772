/* The arena: blocks keep what is written into them, whatever happens to others, and are used again. */
#include "base/arena.h"

#include <string.h>

#include "random.h"
#include "test.h"

enum { BLOCKS = 200, STEPS = 20000 };

typedef struct block {
    unsigned char *data;
    size_t size;
    unsigned char mark;
} block;

static void assert_marked(const block *b)
{
    if (!b->size)
        return;
    assert_int_equal(b->data[0], b->mark);
    assert_int_equal(b->data[b->size / 2], b->mark);
    assert_int_equal(b->data[b->size - 1], b->mark);
}

static void blocks_keep_their_bytes(void **state)
{
    (void)state;
    rg__arena arena = {.newest = NULL};
    const rg_allocator a = rg__arena_allocator(&arena);
    block blocks[BLOCKS] = {{NULL, 0, 0}};
    randomness seed = {5};
    for (int step = 0; step < STEPS; step++) {
        block *b = &blocks[random_below(&seed, BLOCKS)];
        const uint32_t kind = random_below(&seed, 1000);
        size_t size = (size_t)random_below(&seed, kind < 900 ? 300 : kind < 998 ? 70000 : 9 << 20);
        if (kind % 5 == 0)
            size = 0;
        assert_marked(b);
        unsigned char *moved = a.resize(a.context, b->data, b->size, size);
        assert_true(size == 0 ? !moved : moved != NULL);
        if (size && b->size) /* what fits is kept */
            assert_int_equal(moved[0], b->mark);
        assert_int_equal((uintptr_t)moved % 16, 0);
        *b = (block){moved, size, (unsigned char)step};
        if (size)
            memset(moved, b->mark, size);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_marked(&blocks[i]);
        (void)a.resize(a.context, blocks[i].data, blocks[i].size, 0);
    }
    rg__arena_dispose(&arena);
    assert_null(arena.newest);
}

static void a_freed_block_is_used_again(void **state)
{
    (void)state;
    rg__arena arena = {.newest = NULL};
    const rg_allocator a = rg__arena_allocator(&arena);
    void *first = a.resize(a.context, NULL, 0, 100);
    assert_non_null(first);
    assert_null(a.resize(a.context, first, 100, 0));
    assert_ptr_equal(a.resize(a.context, NULL, 0, 128), first);
    rg__arena_dispose(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_keep_their_bytes),
        cmocka_unit_test(a_freed_block_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
