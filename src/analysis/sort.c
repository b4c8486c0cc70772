/* See sort.h: merges from the bottom up, to and fro between two arrays. */
#include "analysis/sort.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 13 /* items sorted at once */ };

typedef struct sorter {
    size_t count, size;
    int (*compare)(const void *, const void *);
    rg__watch *watch;
} sorter;

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Merge [begin, middle) and [middle, end). */
static void merge(const sorter *s, const char *from, char *to, size_t begin, size_t middle,
                  size_t end)
{
    size_t left = begin, right = middle;
    for (size_t at = begin; at < end && !rg__tick(s->watch, 1); at++) {
        const bool is_left =
            right == end ||
            (left < middle && s->compare(from + left * s->size, from + right * s->size) <= 0);
        memcpy(to + at * s->size, from + (is_left ? left++ : right++) * s->size, s->size);
    }
}

rg_status rg__sort_watched(void *items, size_t count, size_t size,
                           int (*compare)(const void *, const void *), rg__watch *watch,
                           const rg_allocator *allocator)
{
    const sorter s = {count, size, compare, watch};
    if (!count)
        return RG_OK;
    if (!watch->monitor || count <= PIECE) {
        qsort(items, count, size, compare);
        return rg__watch_status(watch);
    }
    char *other = rg__array_new_raw(allocator, count, size);
    if (!other)
        return RG_ERR_NOMEM;
    char *from = items, *to = other;
    for (size_t at = 0; at < count && !rg__tick(watch, PIECE); at += PIECE)
        qsort(from + at * size, least(PIECE, count - at), size, compare);
    for (size_t width = PIECE; width < count && !watch->is_stopped; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width)
            merge(&s, from, to, at, least(at + width, count), least(at + 2 * width, count));
        char *merged = to;
        to = from;
        from = merged;
    }
    if (from != items && !watch->is_stopped)
        memcpy(items, from, count * size);
    rg__array_free(allocator, other, count, size);
    return rg__watch_status(watch);
}
