/* Ascending 64-bit numbers in 32 bits each: where the edges of a node begin, where a string ends.
 *
 *   low      |4294967290|4294967295|3|3|10|      the lower halves
 *   carries  |2|                                 from these indices on the upper half is one more
 *
 * There are as many carries as the greatest number has in its upper half: none for most graphs, a few for the
 * largest, so that reading a number costs one load and a branch that is never taken. */
#ifndef RG_BASE_OFFSETS_H
#define RG_BASE_OFFSETS_H

#include <refgraph/base.h>

/* A zeroed struct is empty. */
typedef struct rg__offsets {
    uint32_t *low;
    size_t capacity; /* of low; how many numbers there are is the owner's to know */
    uint32_t *carries;
    size_t carry_count, carry_capacity;
} rg__offsets;

uint64_t rg__offsets_upper(const rg__offsets *self, size_t i);

static inline uint64_t rg__offset(const rg__offsets *self, size_t i)
{
    const uint64_t low = self->low[i];
    return self->carry_count ? low + rg__offsets_upper(self, i) : low;
}

/* Store number i, the next one (0, 1, …), no less than the one before it; i is below 2^32.
 * RG_OK or RG_ERR_NOMEM: then nothing changed. */
RG_CHECKED rg_status rg__offsets_push(rg__offsets *self, const rg_allocator *allocator, size_t i,
                                      uint64_t number);
/* The same, without a call where it takes nothing but a store. */
static inline rg_status rg__offsets_add(rg__offsets *self, const rg_allocator *allocator, size_t i,
                                        uint64_t number)
{
    if (i >= self->capacity || number >> 32 != self->carry_count)
        return rg__offsets_push(self, allocator, i, number);
    self->low[i] = (uint32_t)number;
    return RG_OK;
}
/* Take over `count` ascending numbers. RG_OK or RG_ERR_NOMEM. O(count). */
RG_CHECKED rg_status rg__offsets_pack(rg__offsets *self, const rg_allocator *allocator,
                                      const uint64_t *numbers, size_t count);
/* Give back what is behind `count` numbers. */
void rg__offsets_shrink(rg__offsets *self, const rg_allocator *allocator, size_t count);
size_t rg__offsets_memory(const rg__offsets *self);
void rg__offsets_dispose(rg__offsets *self, const rg_allocator *allocator);

#endif
