/* String interning: one byte pool, one offset array, one open-addressing table of ids hashed by
 * XXH3 (xxHash, header only). */
#include "graph/strings.h"

#include "base/memory.h"

#include <string.h>

#define XXH_INLINE_ALL
#ifndef NDEBUG
#define XXH_NO_INLINE_HINTS 1 /* at -Og gcc 16 refuses what they force */
#endif
#include <xxhash.h>

enum { FIRST_TABLE = 64 };

static uint64_t hash_of(const rg__strings *self, rg_string text)
{
    return XXH3_64bits_withSeed(text.size ? text.data : "", text.size, self->seed);
}

/* The slot that holds `text`, or the free one where it belongs. */
static size_t slot_of(const rg__strings *self, rg_string text)
{
    const size_t mask = self->table_size - 1;
    size_t slot = (size_t)hash_of(self, text) & mask;
    while (self->table[slot]) {
        const rg_string other = rg__strings_at(self, self->table[slot] - 1);
        if (other.size == text.size && (!text.size || !memcmp(other.data, text.data, text.size)))
            break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

static rg_status grow_table(rg__strings *self)
{
    const size_t size = self->table_size ? self->table_size * 2 : FIRST_TABLE;
    uint32_t *table = rg__array_new(&self->allocator, size, sizeof *table);
    if (!table)
        return RG_ERR_NOMEM;
    rg__array_free(&self->allocator, self->table, self->table_size, sizeof *self->table);
    if (!self->table_size)
        self->seed = (uint64_t)(uintptr_t)table * UINT64_C(0x9E3779B97F4A7C15);
    self->table = table;
    self->table_size = size;
    const size_t mask = size - 1;
    for (uint32_t id = 0; id < self->count; id++) {
        size_t slot = (size_t)hash_of(self, rg__strings_at(self, id)) & mask;
        while (table[slot])
            slot = (slot + 1) & mask;
        table[slot] = id + 1;
    }
    return RG_OK;
}

rg_status rg__strings_add(rg__strings *self, uint32_t *id, rg_string text)
{
    rg_status status = RG_OK;
    if ((size_t)self->count + 1 > self->table_size / 4 * 3)
        status = grow_table(self);
    if (status)
        return status;
    const size_t slot = slot_of(self, text);
    if (self->table[slot]) {
        *id = self->table[slot] - 1;
        return RG_OK;
    }
    if (self->count == UINT32_MAX - 1)
        return RG_ERR_LIMIT;
    const uint64_t start = self->count ? rg__offset(&self->ends, self->count - 1) : 0;
    if (text.size > PTRDIFF_MAX - start)
        return RG_ERR_NOMEM;
    status = rg__array_reserve(&self->allocator, &self->bytes, &self->bytes_capacity,
                               (size_t)start + text.size + 1, 1);
    if (!status)
        status = rg__offsets_push(&self->ends, &self->allocator, self->count, start + text.size);
    if (status)
        return status;
    if (text.size)
        memcpy(self->bytes + start, text.data, text.size);
    self->table[slot] = ++self->count;
    *id = self->count - 1;
    return RG_OK;
}

rg_string rg__strings_at(const rg__strings *self, uint32_t id)
{
    if (id >= self->count)
        return (rg_string){"", 0};
    const uint64_t start = id ? rg__offset(&self->ends, id - 1) : 0;
    return (rg_string){self->bytes + start, (size_t)(rg__offset(&self->ends, id) - start)};
}

void rg__strings_freeze(rg__strings *self)
{
    rg__array_free(&self->allocator, self->table, self->table_size, sizeof *self->table);
    self->table = NULL;
    self->table_size = 0;
    rg__offsets_shrink(&self->ends, &self->allocator, self->count);
}

size_t rg__strings_memory(const rg__strings *self)
{
    return self->bytes_capacity + rg__offsets_memory(&self->ends) +
           self->table_size * sizeof *self->table;
}

void rg__strings_dispose(rg__strings *self)
{
    rg__array_free(&self->allocator, self->bytes, self->bytes_capacity, 1);
    rg__offsets_dispose(&self->ends, &self->allocator);
    rg__array_free(&self->allocator, self->table, self->table_size, sizeof *self->table);
    *self = (rg__strings){.allocator = self->allocator};
}
