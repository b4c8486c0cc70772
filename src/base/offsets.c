/* See offsets.h. */
#include "base/offsets.h"

#include "base/memory.h"

uint64_t rg__offsets_upper(const rg__offsets *self, size_t i)
{
    size_t above = 0;
    while (above < self->carry_count && self->carries[above] <= i)
        above++;
    return (uint64_t)above << 32;
}

static rg_status carry(rg__offsets *self, const rg_allocator *a, size_t i, uint64_t upper)
{
    rg_status status = rg__array_reserve(a, &self->carries, &self->carry_capacity, (size_t)upper,
                                         sizeof *self->carries);
    while (!status && self->carry_count < upper)
        self->carries[self->carry_count++] = (uint32_t)i;
    return status;
}

rg_status rg__offsets_push(rg__offsets *self, const rg_allocator *allocator, size_t i,
                           uint64_t number)
{
    rg_status status =
        rg__array_reserve(allocator, &self->low, &self->capacity, i + 1, sizeof *self->low);
    if (!status && number >> 32 > self->carry_count)
        status = carry(self, allocator, i, number >> 32);
    if (!status)
        self->low[i] = (uint32_t)number;
    return status;
}

rg_status rg__offsets_pack(rg__offsets *self, const rg_allocator *allocator,
                           const uint64_t *numbers, size_t count)
{
    rg__offsets made = {.low = rg__array_new_raw(allocator, count, sizeof *made.low)};
    rg_status status = RG_OK;
    if (count && !made.low)
        return RG_ERR_NOMEM;
    made.capacity = count;
    for (size_t i = 0; i < count && !status; i++) {
        made.low[i] = (uint32_t)numbers[i];
        if (numbers[i] >> 32 > made.carry_count)
            status = carry(&made, allocator, i, numbers[i] >> 32);
    }
    if (status)
        rg__offsets_dispose(&made, allocator);
    else
        *self = made;
    return status;
}

void rg__offsets_shrink(rg__offsets *self, const rg_allocator *allocator, size_t count)
{
    rg__array_shrink(allocator, &self->low, &self->capacity, count, sizeof *self->low);
}

size_t rg__offsets_memory(const rg__offsets *self)
{
    return self->capacity * sizeof *self->low + self->carry_capacity * sizeof *self->carries;
}

void rg__offsets_dispose(rg__offsets *self, const rg_allocator *allocator)
{
    rg__array_free(allocator, self->low, self->capacity, sizeof *self->low);
    rg__array_free(allocator, self->carries, self->carry_capacity, sizeof *self->carries);
    *self = (rg__offsets){0};
}
