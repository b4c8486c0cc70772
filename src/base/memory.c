/* The default allocator and the array helpers every layer uses.
 *
 * Huge pages: a snapshot's arrays are hundreds of megabytes and are read at random, so their cost is
 * that of page faults and TLB misses. Blocks of 4 MiB and more are offered to the kernel for
 * transparent huge pages; where it does not want them nothing changes. */
#define _GNU_SOURCE
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { HUGE_BLOCK = 4 << 20, HUGE_PAGE = 2 << 20, FIRST_CAPACITY = 16 };

static void advise_huge_pages(void *block, size_t size)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t mask = HUGE_PAGE - 1;
    const uintptr_t start = ((uintptr_t)block + mask) & ~mask;
    const uintptr_t end = ((uintptr_t)block + size) & ~mask;
    if (end > start)
        (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
    (void)block;
    (void)size;
#endif
}

static void *default_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    void *moved = realloc(block, new_size);
    if (moved && new_size >= HUGE_BLOCK)
        advise_huge_pages(moved, new_size);
    return moved;
}

rg_allocator rg_allocator_default(void)
{
    return (rg_allocator){.context = NULL, .resize = default_resize};
}

rg_allocator rg__allocator_or_default(const rg_allocator *allocator)
{
    return allocator && allocator->resize ? *allocator : rg_allocator_default();
}

void *rg__array_new_raw(const rg_allocator *allocator, size_t count, size_t item_size)
{
    if (count == 0 || count > PTRDIFF_MAX / item_size)
        return NULL;
    return allocator->resize(allocator->context, NULL, 0, count * item_size);
}

void *rg__array_new(const rg_allocator *allocator, size_t count, size_t item_size)
{
    void *array = rg__array_new_raw(allocator, count, item_size);
    if (array)
        memset(array, 0, count * item_size);
    return array;
}

void rg__array_free(const rg_allocator *allocator, void *array, size_t count, size_t item_size)
{
    if (array)
        (void)allocator->resize(allocator->context, array, count * item_size, 0);
}

rg_status rg__array_reserve(const rg_allocator *allocator, void *array_pointer, size_t *capacity,
                            size_t need, size_t item_size)
{
    if (need <= *capacity)
        return RG_OK;
    size_t wanted = *capacity < FIRST_CAPACITY ? FIRST_CAPACITY : *capacity + *capacity / 2;
    if (wanted < need)
        wanted = need;
    if (wanted > PTRDIFF_MAX / item_size)
        return RG_ERR_NOMEM;
    void *array = NULL;
    memcpy(&array, array_pointer, sizeof array);
    array = allocator->resize(allocator->context, array, *capacity * item_size,
                              wanted * item_size);
    if (!array)
        return RG_ERR_NOMEM;
    memcpy(array_pointer, &array, sizeof array);
    *capacity = wanted;
    return RG_OK;
}

void rg__array_shrink(const rg_allocator *allocator, void *array_pointer, size_t *capacity,
                      size_t count, size_t item_size)
{
    void *array = NULL;
    memcpy(&array, array_pointer, sizeof array);
    if (!array || count == *capacity)
        return;
    void *shrunk =
        allocator->resize(allocator->context, array, *capacity * item_size, count * item_size);
    if (!shrunk && count)
        return;
    memcpy(array_pointer, &shrunk, sizeof shrunk);
    *capacity = count;
}
