/* See addresses.h. */
#include "capture/addresses.h"

#include "base/memory.h"
#include "base/sort.h"

enum { SLOT_SHIFT = 4, CHUNK_SHIFT = 20, WORDS = 1 << (CHUNK_SHIFT - SLOT_SHIFT - 6) };
enum { FIRST_DIRECTORY = 256 };

static size_t directory_slot(const rg__addresses *self, uint64_t number)
{
    const size_t mask = self->directory_size - 1;
    size_t slot = (size_t)((number * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
    while (self->directory[slot] && self->chunks[self->directory[slot] - 1].number != number)
        slot = (slot + 1) & mask;
    return slot;
}

static void fill_directory(rg__addresses *self)
{
    for (size_t i = 0; i < self->chunk_count; i++)
        self->directory[directory_slot(self, self->chunks[i].number)] = (uint32_t)i + 1;
}

static rg_status grow_directory(rg__addresses *self)
{
    const size_t size = self->directory_size ? self->directory_size * 2 : FIRST_DIRECTORY;
    uint32_t *directory = rg__array_new(&self->allocator, size, sizeof *directory);
    if (!directory)
        return RG_ERR_NOMEM;
    rg__array_free(&self->allocator, self->directory, self->directory_size,
                   sizeof *self->directory);
    self->directory = directory;
    self->directory_size = size;
    fill_directory(self);
    return RG_OK;
}

static rg_status add_chunk(rg__addresses *self, uint64_t number)
{
    rg_status status = RG_OK;
    if ((self->chunk_count + 1) * 2 > self->directory_size)
        status = grow_directory(self);
    if (!status)
        status = rg__array_reserve(&self->allocator, &self->chunks, &self->chunk_capacity,
                                   self->chunk_count + 1, sizeof *self->chunks);
    if (status)
        return status;
    uint64_t *words = rg__array_new(&self->allocator, 2 * WORDS, sizeof *words);
    if (!words)
        return RG_ERR_NOMEM;
    self->chunks[self->chunk_count] = (rg__chunk){.number = number, .words = words};
    self->directory[directory_slot(self, number)] = (uint32_t)++self->chunk_count;
    return RG_OK;
}

/* The chunk of an address, or NULL. */
static rg__chunk *find_chunk(rg__addresses *self, uintptr_t address)
{
    const uint64_t number = (uint64_t)address >> CHUNK_SHIFT;
    if (self->last < self->chunk_count && self->chunks[self->last].number == number)
        return &self->chunks[self->last];
    if (!self->directory_size)
        return NULL;
    const uint32_t found = self->directory[directory_slot(self, number)];
    if (!found)
        return NULL;
    self->last = found - 1;
    return &self->chunks[self->last];
}

static size_t word_of(uintptr_t address)
{
    return (address >> (SLOT_SHIFT + 6)) & (WORDS - 1);
}

static uint64_t bit_of(uintptr_t address)
{
    return UINT64_C(1) << ((address >> SLOT_SHIFT) & 63);
}

rg_status rg__addresses_add(rg__addresses *self, uintptr_t address, bool *is_new)
{
    rg__chunk *chunk = find_chunk(self, address);
    if (!chunk) {
        rg_status status = add_chunk(self, (uint64_t)address >> CHUNK_SHIFT);
        if (status)
            return status;
        chunk = find_chunk(self, address);
    }
    uint64_t *word = &chunk->words[2 * word_of(address)];
    const uint64_t bit = bit_of(address);
    *is_new = !(*word & bit);
    *word |= bit;
    self->count += *is_new;
    return RG_OK;
}

void rg__addresses_mark(rg__addresses *self, uintptr_t address)
{
    rg__chunk *chunk = find_chunk(self, address);
    if (chunk)
        chunk->words[2 * word_of(address) + 1] |= bit_of(address);
}

bool rg__addresses_is_marked(rg__addresses *self, uintptr_t address)
{
    const rg__chunk *chunk = find_chunk(self, address);
    return chunk && chunk->words[2 * word_of(address) + 1] & bit_of(address);
}

bool rg__addresses_contains(rg__addresses *self, uintptr_t address)
{
    const rg__chunk *chunk = find_chunk(self, address);
    return chunk && chunk->words[2 * word_of(address)] & bit_of(address);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = ((const rg__chunk *)a)->number;
    const uint64_t y = ((const rg__chunk *)b)->number;
    return (x > y) - (x < y);
}

static uint32_t bits_in(uint64_t word)
{
    return (uint32_t)__builtin_popcountll(word);
}

rg_status rg__addresses_rank(rg__addresses *self)
{
    if (self->count >= UINT32_MAX - 1)
        return RG_ERR_LIMIT;
    if (!self->chunk_count)
        return RG_OK;
    rg__sort(self->chunks, self->chunk_count, sizeof *self->chunks, by_number);
    for (size_t i = 0; i < self->directory_size; i++)
        self->directory[i] = 0;
    fill_directory(self);
    self->last = 0;
    uint32_t next = 0;
    for (size_t i = 0; i < self->chunk_count; i++) {
        rg__chunk *chunk = &self->chunks[i];
        chunk->ranks = rg__array_new_raw(&self->allocator, WORDS, sizeof *chunk->ranks);
        if (!chunk->ranks)
            return RG_ERR_NOMEM;
        for (size_t w = 0; w < WORDS; w++) {
            chunk->ranks[w] = next;
            next += bits_in(chunk->words[2 * w]);
        }
    }
    return RG_OK;
}

uint32_t rg__addresses_id(rg__addresses *self, uintptr_t address)
{
    const rg__chunk *chunk = find_chunk(self, address);
    const size_t w = word_of(address);
    return chunk->ranks[w] + bits_in(chunk->words[2 * w] & (bit_of(address) - 1));
}

bool rg__addresses_find(rg__addresses *self, uintptr_t address, uint32_t *id)
{
    const rg__chunk *chunk = find_chunk(self, address);
    const size_t w = word_of(address);
    if (!chunk || !(chunk->words[2 * w] & bit_of(address)))
        return false;
    *id = chunk->ranks[w] + bits_in(chunk->words[2 * w] & (bit_of(address) - 1));
    return true;
}

size_t rg__addresses_memory(const rg__addresses *self)
{
    const size_t chunk = WORDS * (2 * sizeof(uint64_t) + sizeof(uint32_t));
    return self->chunk_count * chunk + self->chunk_capacity * sizeof *self->chunks +
           self->directory_size * sizeof *self->directory;
}

void rg__addresses_dispose(rg__addresses *self)
{
    const rg_allocator *a = &self->allocator;
    for (size_t i = 0; i < self->chunk_count; i++) {
        rg__array_free(a, self->chunks[i].words, 2 * WORDS, sizeof *self->chunks[i].words);
        rg__array_free(a, self->chunks[i].ranks, WORDS, sizeof *self->chunks[i].ranks);
    }
    rg__array_free(a, self->chunks, self->chunk_capacity, sizeof *self->chunks);
    rg__array_free(a, self->directory, self->directory_size, sizeof *self->directory);
    *self = (rg__addresses){.allocator = self->allocator};
}
