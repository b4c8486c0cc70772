/* The default allocator and the array helpers every layer uses.
 *
 * Large blocks: a snapshot's arrays are hundreds of megabytes, grow, and are read at random, so what they
 * cost is page faults, copies and TLB misses. realloc cannot have huge pages and cheap growth at once: advice
 * for a part of a mapping splits it, and mremap refuses split mappings. So a block of 4 MiB and more is a
 * mapping of its own, offered whole to the kernel for huge pages, with address space to grow in:
 *
 *   | header | block ………………… | untouched: costs no memory |
 *   base     pointer                                       base + header.length
 *
 * Growing inside the mapping is free; beyond it, a mapping four times as large is made and the block copied,
 * so all copies of a growing block together move less than half of it. */
#define _GNU_SOURCE
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZER 1
#endif

/* A sanitizer watches what malloc gives, not mappings. */
#if defined(__linux__) && !defined(WITH_SANITIZER)
#define LARGE_BLOCKS_ARE_MAPPED 1
#endif

enum { FIRST_CAPACITY = 16 };

#if LARGE_BLOCKS_ARE_MAPPED

enum { LARGE_BLOCK = 4 << 20, HUGE_PAGE = 2 << 20, FIRST_MAPPING = 16 << 20, HEADER = 64 };

static size_t whole_pages(size_t size)
{
    return (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
}

/* A mapping of `length` bytes that begins at a huge page's boundary, or NULL. */
static char *map_aligned(size_t length)
{
    char *wide = mmap(NULL, length + HUGE_PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (wide == MAP_FAILED)
        return NULL;
    const size_t before = (size_t)(-(uintptr_t)wide & (HUGE_PAGE - 1));
    char *base = wide + before;
    if (before)
        (void)munmap(wide, before);
    if (HUGE_PAGE - before)
        (void)munmap(base + length, HUGE_PAGE - before);
    (void)madvise(base, length, MADV_HUGEPAGE);
    return base;
}

static size_t mapped_length(const void *block)
{
    size_t length = 0;
    memcpy(&length, (const char *)block - HEADER, sizeof length);
    return length;
}

static void *map_block(size_t size)
{
    if (size > PTRDIFF_MAX - HUGE_PAGE - HEADER)
        return NULL;
    const size_t least = whole_pages(size + HEADER);
    size_t length = FIRST_MAPPING;
    while (length < least)
        length = length > SIZE_MAX / 8 ? least : length * 4;
    char *base = map_aligned(length);
    if (!base && length > least) { /* little address space: without room to grow */
        length = least;
        base = map_aligned(length);
    }
    if (!base)
        return NULL;
    memcpy(base, &length, sizeof length);
    return base + HEADER;
}

static void unmap_block(void *block)
{
    (void)munmap((char *)block - HEADER, mapped_length(block));
}

/* Give back the pages behind a block that has shrunk. */
static void trim_block(void *block, size_t size)
{
    const size_t keep = whole_pages(size + HEADER);
    const size_t length = mapped_length(block);
    char *base = (char *)block - HEADER;
    if (keep < length && !munmap(base + keep, length - keep))
        memcpy(base, &keep, sizeof keep);
}

static void free_block(void *block, size_t size)
{
    if (size >= LARGE_BLOCK)
        unmap_block(block);
    else
        free(block);
}

static void *default_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    const bool was_large = block && old_size >= LARGE_BLOCK;
    const bool is_large = new_size >= LARGE_BLOCK;
    if (new_size == 0) {
        if (block)
            free_block(block, old_size);
        return NULL;
    }
    if (!was_large && !is_large)
        return realloc(block, new_size);
    if (was_large && is_large && new_size + HEADER <= mapped_length(block)) {
        if (new_size < old_size)
            trim_block(block, new_size);
        return block;
    }
    void *moved = is_large ? map_block(new_size) : malloc(new_size);
    if (moved && block) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        free_block(block, old_size);
    }
    return moved;
}

#else

static void *default_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

#endif

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
    array = allocator->resize(allocator->context, array, *capacity * item_size, wanted * item_size);
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
