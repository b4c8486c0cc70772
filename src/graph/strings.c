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

enum { FIRST_TABLE = 64, BATCH = 32 };

/* The half of a hash that the table keeps: it says where an entry is, and nearly always whether two differ. */
static uint32_t hash_of(const rg__strings *self, rg_string text)
{
    return (uint32_t)(XXH3_64bits_withSeed(text.size ? text.data : "", text.size, self->seed) >>
                      32);
}

static uint32_t hash_in(uint64_t entry)
{
    return (uint32_t)(entry >> 32);
}

static bool is_equal(const rg__strings *self, uint64_t entry, uint32_t hash, rg_string text)
{
    if (hash_in(entry) != hash)
        return false;
    const rg_string other = rg__strings_at(self, (uint32_t)entry - 1);
    return other.size == text.size && (!text.size || !memcmp(other.data, text.data, text.size));
}

/* The slot that holds `text`, or the free one where it belongs. */
static size_t slot_of(const rg__strings *self, uint32_t hash, rg_string text)
{
    const size_t mask = self->table_size - 1;
    size_t slot = hash & mask;
    while (self->table[slot] && !is_equal(self, self->table[slot], hash, text))
        slot = (slot + 1) & mask;
    return slot;
}

static rg_status resize_table(rg__strings *self, size_t size)
{
    uint64_t *table = rg__array_new(&self->allocator, size, sizeof *table);
    if (!table)
        return RG_ERR_NOMEM;
    if (!self->table_size)
        self->seed = (uint64_t)(uintptr_t)table * UINT64_C(0x9E3779B97F4A7C15);
    const size_t mask = size - 1;
    for (size_t i = 0; i < self->table_size; i++) {
        if (!self->table[i])
            continue;
        size_t slot = hash_in(self->table[i]) & mask;
        while (table[slot])
            slot = (slot + 1) & mask;
        table[slot] = self->table[i];
    }
    rg__array_free(&self->allocator, self->table, self->table_size, sizeof *self->table);
    self->table = table;
    self->table_size = size;
    return RG_OK;
}

/* Room in the table for `more` strings. */
static rg_status reserve_table(rg__strings *self, size_t more)
{
    size_t size = self->table_size ? self->table_size : FIRST_TABLE;
    while (self->count + more > size / 4 * 3)
        size *= 2;
    return size == self->table_size ? RG_OK : resize_table(self, size);
}

rg_status rg__strings_reserve(rg__strings *self, size_t count, size_t bytes)
{
    rg_status status = reserve_table(self, count);
    if (!status && bytes > self->bytes_capacity)
        status = rg__array_resize(&self->allocator, &self->bytes, &self->bytes_capacity, bytes, 1);
    if (!status && count > self->ends.capacity)
        status = rg__array_resize(&self->allocator, &self->ends.low, &self->ends.capacity, count,
                                  sizeof *self->ends.low);
    return status;
}

static rg_status append(rg__strings *self, rg_string text)
{
    if (self->count == UINT32_MAX - 1)
        return RG_ERR_LIMIT;
    const uint64_t start = self->count ? rg__offset(&self->ends, self->count - 1) : 0;
    if (text.size > PTRDIFF_MAX - start)
        return RG_ERR_NOMEM;
    rg_status status = rg__array_reserve(&self->allocator, &self->bytes, &self->bytes_capacity,
                                         (size_t)start + text.size + 1, 1);
    if (!status)
        status = rg__offsets_add(&self->ends, &self->allocator, self->count, start + text.size);
    if (status)
        return status;
    if (text.size)
        memcpy(self->bytes + start, text.data, text.size);
    self->count++;
    return RG_OK;
}

static rg_status add_hashed(rg__strings *self, uint32_t *id, uint32_t hash, rg_string text)
{
    const size_t slot = slot_of(self, hash, text);
    if (!self->table[slot]) {
        rg_status status = append(self, text);
        if (status)
            return status;
        self->table[slot] = (uint64_t)hash << 32 | self->count;
    }
    *id = (uint32_t)self->table[slot] - 1;
    return RG_OK;
}

rg_status rg__strings_add(rg__strings *self, uint32_t *id, rg_string text)
{
    rg_status status = reserve_table(self, 1);
    return status ? status : add_hashed(self, id, hash_of(self, text), text);
}

rg_status rg__strings_add_many(rg__strings *self, uint32_t *ids, const rg_string *texts,
                               size_t count)
{
    rg_status status = RG_OK;
    for (size_t begin = 0; begin < count && !status; begin += BATCH) {
        uint32_t hashes[BATCH];
        const size_t end = count - begin < BATCH ? count : begin + BATCH;
        status = reserve_table(self, end - begin);
        for (size_t i = begin; i < end && !status; i++) {
            hashes[i - begin] = hash_of(self, texts[i]);
            __builtin_prefetch(&self->table[hashes[i - begin] & (self->table_size - 1)], 1);
        }
        for (size_t i = begin; i < end && !status; i++)
            status = add_hashed(self, &ids[i], hashes[i - begin], texts[i]);
    }
    return status;
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
    const size_t used = self->count ? (size_t)rg__offset(&self->ends, self->count - 1) : 0;
    rg__array_shrink(&self->allocator, &self->bytes, &self->bytes_capacity, used ? used : 1, 1);
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
