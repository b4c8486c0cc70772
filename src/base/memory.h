/* Arrays through an rg_allocator: sizes are checked for overflow, growth is geometric. */
#ifndef RG_BASE_MEMORY_H
#define RG_BASE_MEMORY_H

#include <refgraph/base.h>

#include <stdbool.h>

/* `*allocator`, or the default one for NULL. */
rg_allocator rg__allocator_or_default(const rg_allocator *allocator);
/* Whether several threads may use it at the same time: of another one than the default that is not known. */
bool rg__allocator_is_shareable(const rg_allocator *allocator);

/* A zeroed array, or NULL (also for count 0, which is no failure for the caller to tell apart: ask
 * for at least one element where it matters). */
void *rg__array_new(const rg_allocator *allocator, size_t count, size_t item_size);
/* The same, without zeroing: for arrays that are written whole. */
void *rg__array_new_raw(const rg_allocator *allocator, size_t count, size_t item_size);
void rg__array_free(const rg_allocator *allocator, void *array, size_t count, size_t item_size);

/* Make room for `need` items: *array and *capacity change only on success. New items are not
 * zeroed. Amortised O(1) an item. */
RG_CHECKED rg_status rg__array_grow(const rg_allocator *allocator, void *array_pointer,
                                    size_t *capacity, size_t need, size_t item_size);
RG_CHECKED static inline rg_status rg__array_reserve(const rg_allocator *allocator,
                                                     void *array_pointer, size_t *capacity,
                                                     size_t need, size_t item_size)
{
    return need <= *capacity ? RG_OK
                             : rg__array_grow(allocator, array_pointer, capacity, need, item_size);
}

/* Make an array exactly `count` items long, one at least. RG_OK or RG_ERR_NOMEM: then nothing changed. */
RG_CHECKED rg_status rg__array_resize(const rg_allocator *allocator, void *array_pointer,
                                      size_t *capacity, size_t count, size_t item_size);

/* Cut an array to exactly `count` items (NULL for none). On failure it stays as it is. */
void rg__array_shrink(const rg_allocator *allocator, void *array_pointer, size_t *capacity,
                      size_t count, size_t item_size);

#endif
