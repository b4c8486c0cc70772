/* See pages.h.
 *
 * A snapshot's arrays are hundreds of megabytes, grow, and are read at random, so what they cost is page faults,
 * copies and TLB misses. realloc cannot have huge pages and cheap growth at once: advice for a part of a mapping
 * splits it, and mremap refuses split mappings. So a block is a mapping of its own, offered whole to the kernel for
 * huge pages, with address space to grow in:
 *
 *   | header | block ………………… | untouched: costs no memory |
 *   start    pointer                                      start + header.length
 *
 * A block of whole huge pages has the header in a small page before them, lest its last bytes take one more; such a
 * block is known by its address.
 *
 * Growing inside the mapping is free; beyond it, the kernel finds address space four times as large and moves the
 * pages there (since Linux 6.7 to a huge page's boundary, so that huge pages stay whole). Where it refuses, and where
 * the header has a page, the block is copied. */
#define _GNU_SOURCE
#include "base/pages.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
    HUGE_PAGE = 2 << 20,
    FIRST_MAPPING = 16 << 20,
    HEADER = 64,
    HEADER_PAGE = 64 << 10 /* a multiple of any page's size */
};

#ifndef MAP_NORESERVE
enum { MAP_NORESERVE = 0 };
#endif

static size_t whole_pages(size_t size)
{
    return (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
}

/* A mapping of `length` bytes from a huge page's boundary on, and of `lead` before it; or NULL. */
static char *map_aligned(size_t length, size_t lead)
{
    const size_t wide_length = length + HUGE_PAGE + lead;
    char *wide = mmap(NULL, wide_length, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (wide == MAP_FAILED)
        return NULL;
    const size_t before = (size_t)(-((uintptr_t)wide + lead) & (HUGE_PAGE - 1));
    char *start = wide + before;
    if (before)
        (void)munmap(wide, before);
    if (HUGE_PAGE - before)
        (void)munmap(start + lead + length, HUGE_PAGE - before);
#ifdef MADV_HUGEPAGE
    (void)madvise(start, lead + length, MADV_HUGEPAGE);
#endif
    return start;
}

/* What stands before a block in its mapping. */
static size_t lead_of(const void *block)
{
    return (uintptr_t)block % HUGE_PAGE ? HEADER : HEADER_PAGE;
}

static char *start_of(const void *block)
{
    return (char *)block - lead_of(block);
}

/* The length of the whole mapping stands before the block. */
static size_t mapped_length(const void *block)
{
    size_t length = 0;
    memcpy(&length, (const char *)block - HEADER, sizeof length);
    return length;
}

static void set_mapped_length(void *block, size_t length)
{
    memcpy((char *)block - HEADER, &length, sizeof length);
}

/* Of a mapping from a huge page's boundary on that has room to grow. */
static size_t roomy_length(size_t least)
{
    size_t length = FIRST_MAPPING;
    while (length < least)
        length = length > SIZE_MAX / 8 ? least : length * 4;
    return length;
}

void *rg__pages_new(size_t size)
{
    if (size > PTRDIFF_MAX - 2 * HUGE_PAGE)
        return NULL;
    const bool is_whole = size && size % HUGE_PAGE == 0;
    const size_t lead = is_whole ? HEADER_PAGE : 0; /* before the boundary */
    const size_t least = whole_pages(is_whole ? size : size + HEADER);
    size_t length = roomy_length(least);
    char *start = map_aligned(length, lead);
    if (!start) { /* little address space: without room to grow */
        length = least;
        start = map_aligned(length, lead);
    }
    if (!start)
        return NULL;
    char *block = start + (is_whole ? HEADER_PAGE : HEADER);
    set_mapped_length(block, lead + length);
    return block;
}

void rg__pages_free(void *block)
{
    if (block)
        (void)munmap(start_of(block), mapped_length(block));
}

/* Give back the pages behind a block that has shrunk. */
static void trim_block(void *block, size_t size)
{
    const bool has_page = lead_of(block) == HEADER_PAGE;
    const size_t keep = has_page ? HEADER_PAGE + whole_pages(size) : whole_pages(size + HEADER);
    const size_t length = mapped_length(block);
    if (keep < length && !munmap(start_of(block) + keep, length - keep))
        set_mapped_length(block, keep);
}

/* A block's mapping made `length` bytes long, elsewhere if need be; or NULL: nothing has changed. */
static void *move_pages(void *block, size_t length)
{
#ifdef MREMAP_MAYMOVE
    if (lead_of(block) == HEADER_PAGE)
        return NULL;
    char *start = mremap(start_of(block), mapped_length(block), length, MREMAP_MAYMOVE);
    if (start == MAP_FAILED)
        return NULL;
    set_mapped_length(start + HEADER, length);
    return start + HEADER;
#else
    (void)block;
    (void)length;
    return NULL;
#endif
}

void *rg__pages_resize(void *block, size_t old_size, size_t new_size)
{
    if (new_size > PTRDIFF_MAX - 2 * HUGE_PAGE)
        return NULL;
    if (new_size + lead_of(block) <= mapped_length(block)) {
        if (new_size < old_size)
            trim_block(block, new_size);
        return block;
    }
    const size_t least = whole_pages(new_size + HEADER);
    void *moved = move_pages(block, roomy_length(least));
    if (!moved)
        moved = move_pages(block, least);
    if (moved)
        return moved;
    moved = rg__pages_new(new_size);
    if (moved) {
        memcpy(moved, block, old_size);
        rg__pages_free(block);
    }
    return moved;
}
