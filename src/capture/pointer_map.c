/* See pointer_map.h. */
#include "capture/pointer_map.h"

#include "base/memory.h"

enum { FIRST_SIZE = 256 };

static size_t slot_of(const rg__pointer_map *self, const void *key)
{
    const size_t mask = self->size - 1;
    size_t slot = (size_t)(((uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
    while (self->keys[slot] && self->keys[slot] != key)
        slot = (slot + 1) & mask;
    return slot;
}

static rg_status grow(rg__pointer_map *self)
{
    rg__pointer_map bigger = {.allocator = self->allocator,
                              .size = self->size ? self->size * 2 : FIRST_SIZE,
                              .count = self->count};
    bigger.keys = rg__array_new(&self->allocator, bigger.size, sizeof *bigger.keys);
    bigger.values = rg__array_new_raw(&self->allocator, bigger.size, sizeof *bigger.values);
    if (!bigger.keys || !bigger.values) {
        rg__pointer_map_dispose(&bigger);
        return RG_ERR_NOMEM;
    }
    for (size_t i = 0; i < self->size; i++)
        if (self->keys[i]) {
            const size_t slot = slot_of(&bigger, self->keys[i]);
            bigger.keys[slot] = self->keys[i];
            bigger.values[slot] = self->values[i];
        }
    rg__pointer_map_dispose(self);
    *self = bigger;
    return RG_OK;
}

uint32_t rg__pointer_map_get(const rg__pointer_map *self, const void *key, uint32_t missing)
{
    if (!self->size)
        return missing;
    const size_t slot = slot_of(self, key);
    return self->keys[slot] ? self->values[slot] : missing;
}

rg_status rg__pointer_map_put(rg__pointer_map *self, const void *key, uint32_t value)
{
    if (self->count * 2 >= self->size) {
        rg_status status = grow(self);
        if (status)
            return status;
    }
    const size_t slot = slot_of(self, key);
    self->count += !self->keys[slot];
    self->keys[slot] = key;
    self->values[slot] = value;
    return RG_OK;
}

void rg__pointer_map_dispose(rg__pointer_map *self)
{
    rg__array_free(&self->allocator, self->keys, self->size, sizeof *self->keys);
    rg__array_free(&self->allocator, self->values, self->size, sizeof *self->values);
    *self = (rg__pointer_map){.allocator = self->allocator};
}
