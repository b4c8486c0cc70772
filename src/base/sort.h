/* Sorting in place. The C library's qsort may allocate, which the child of a fork must not do. */
#ifndef RG_BASE_SORT_H
#define RG_BASE_SORT_H

#include <stddef.h>

/* Order `count` items of `size` bytes (64 at most) by `compare`, as qsort does; equal items come in any order.
 * Allocates nothing, recurses nowhere. O(n log n) in the worst case. */
void rg__sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *));

#endif
