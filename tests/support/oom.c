/* See oom.h. Each block is preceded by its size and followed by a mark. */
#include "oom.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEAD = 16, TAIL = 16, MARK = 0x5C };

oom oom_counting(void)
{
    return (oom){.fail_at = SIZE_MAX};
}

oom oom_failing_at(size_t number)
{
    return (oom){.fail_at = number};
}

bool oom_has_failed(const oom *memory)
{
    return memory->count > memory->fail_at;
}

static bool is_overrun(const char *old, size_t held)
{
    size_t i = 0;
    while (i < TAIL && old[HEAD + held + i] == MARK)
        i++;
    return i < TAIL;
}

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    oom *memory = context;
    char *old = block ? (char *)block - HEAD : NULL;
    size_t held = 0;
    if (old) {
        memcpy(&held, old, sizeof held);
        memory->overruns += is_overrun(old, held);
    }
    memory->wrong_sizes += held != old_size;
    if (new_size && memory->count++ >= memory->fail_at)
        return NULL;
    if (!new_size) {
        memory->live_bytes -= held;
        free(old);
        return NULL;
    }
    /* always moves: a pointer kept across a resize shows up in valgrind and ASan */
    char *moved = malloc(HEAD + new_size + TAIL);
    if (!moved)
        return NULL;
    memset(moved + HEAD, 0xA5, new_size);
    memset(moved + HEAD + new_size, MARK, TAIL);
    memcpy(moved, &new_size, sizeof new_size);
    if (old)
        memcpy(moved + HEAD, block, held < new_size ? held : new_size);
    free(old);
    memory->live_bytes += new_size - held;
    if (memory->live_bytes > memory->peak_bytes)
        memory->peak_bytes = memory->live_bytes;
    return moved + HEAD;
}

rg_allocator oom_allocator(oom *memory)
{
    return (rg_allocator){.context = memory, .resize = resize};
}

size_t oom_torture(rg_status (*story)(const rg_allocator *allocator, void *context), void *context)
{
    for (size_t n = 0;; n++) {
        oom memory = oom_failing_at(n);
        const rg_allocator allocator = oom_allocator(&memory);
        const rg_status status = story(&allocator, context);
        assert_int_equal(memory.live_bytes, 0);
        assert_int_equal(memory.wrong_sizes, 0);
        assert_int_equal(memory.overruns, 0);
        if (!oom_has_failed(&memory)) {
            assert_int_equal(status, RG_OK);
            return n + 1;
        }
        if (status)
            assert_int_equal(status, RG_ERR_NOMEM);
    }
}
