/* See pages.h.
 *
 * A snapshot's arrays are hundreds of megabytes, grow, and are read at random, so what they cost is page faults,
 * copies and TLB misses. realloc cannot have huge pages and cheap growth at once: advice for a part of a mapping
 * splits it, and mremap refuses split mappings. So a block is a mapping of its own, offered whole to the kernel for
 * huge pages, with address space to grow in:
 *
 *   | header | block ………………… | untouched: costs no memory |
 *   base     pointer                                       base + header.length
 *
 * Growing inside the mapping is free; beyond it, the kernel finds address space four times as large and moves the
 * pages there (since Linux 6.7 to a huge page's boundary, so that huge pages stay whole). Where it refuses, the block is
 * copied. */
#define _GNU_SOURCE
#include "base/pages.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20, FIRST_MAPPING = 16 << 20, HEADER = 64 };

#ifndef MAP_NORESERVE
enum { MAP_NORESERVE = 0 };
#endif

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
#ifdef MADV_HUGEPAGE
    (void)madvise(base, length, MADV_HUGEPAGE);
#endif
    return base;
}

static size_t mapped_length(const void *block)
{
    size_t length = 0;
    memcpy(&length, (const char *)block - HEADER, sizeof length);
    return length;
}

/* Of a mapping for a block of this size that has room to grow. */
static size_t roomy_length(size_t size)
{
    const size_t least = whole_pages(size + HEADER);
    size_t length = FIRST_MAPPING;
    while (length < least)
        length = length > SIZE_MAX / 8 ? least : length * 4;
    return length;
}

void *rg__pages_new(size_t size)
{
    if (size > PTRDIFF_MAX - HUGE_PAGE - HEADER)
        return NULL;
    size_t length = roomy_length(size);
    char *base = map_aligned(length);
    if (!base) { /* little address space: without room to grow */
        length = whole_pages(size + HEADER);
        base = map_aligned(length);
    }
    if (!base)
        return NULL;
    memcpy(base, &length, sizeof length);
    return base + HEADER;
}

void rg__pages_free(void *block)
{
    if (block)
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

/* A block's mapping made `length` bytes long, elsewhere if need be; or NULL: nothing has changed. */
static char *move_pages(void *block, size_t length)
{
#ifdef MREMAP_MAYMOVE
    char *base = mremap((char *)block - HEADER, mapped_length(block), length, MREMAP_MAYMOVE);
    return base == MAP_FAILED ? NULL : base;
#else
    (void)block;
    (void)length;
    return NULL;
#endif
}

void *rg__pages_resize(void *block, size_t old_size, size_t new_size)
{
    if (new_size + HEADER <= mapped_length(block)) {
        if (new_size < old_size)
            trim_block(block, new_size);
        return block;
    }
    if (new_size > PTRDIFF_MAX - HUGE_PAGE - HEADER)
        return NULL;
    size_t length = roomy_length(new_size);
    char *base = move_pages(block, length);
    if (!base) {
        length = whole_pages(new_size + HEADER);
        base = move_pages(block, length);
    }
    if (!base) {
        void *moved = rg__pages_new(new_size);
        if (moved) {
            memcpy(moved, block, old_size);
            rg__pages_free(block);
        }
        return moved;
    }
    memcpy(base, &length, sizeof length);
    return base + HEADER;
}
