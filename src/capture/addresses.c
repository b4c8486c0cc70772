/* See addresses.h. */
#include "capture/addresses.h"

#include "base/memory.h"
#include "base/sort.h"

enum {
    FIRST_DIRECTORY = 256,
    WORDS = RG__CHUNK_WORDS,
    SMALL_SLABS = 64 /* of one chunk each; then come large ones */,
    LARGE_SLAB = 256 /* chunks: 4 MiB */
};

static size_t slab_chunks(size_t slab)
{
    return slab < SMALL_SLABS ? 1 : LARGE_SLAB;
}

static size_t slab_words(size_t slab)
{
    return slab_chunks(slab) * 2 * WORDS;
}

/* The zeroed words of one more chunk, or NULL. */
static uint64_t *new_words(rg__addresses *self)
{
    const rg_allocator *a = &self->allocator;
    if (!self->free_chunks) {
        const size_t slab = self->slab_count;
        if (rg__array_reserve(a, &self->slabs, &self->slab_capacity, slab + 1, sizeof *self->slabs))
            return NULL;
        self->slabs[slab] = rg__array_new(a, slab_words(slab), sizeof **self->slabs);
        if (!self->slabs[slab])
            return NULL;
        self->slab_count++;
        self->free_chunks = slab_chunks(slab);
    }
    const size_t last = self->slab_count - 1;
    return self->slabs[last] + (slab_chunks(last) - self->free_chunks--) * 2 * WORDS;
}

static rg_status grow_directory(rg__addresses *self)
{
    rg__addresses bigger = {.directory_size =
                                self->directory_size ? self->directory_size * 2 : FIRST_DIRECTORY};
    bigger.directory =
        rg__array_new(&self->allocator, bigger.directory_size, sizeof *bigger.directory);
    if (!bigger.directory)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < self->directory_size; i++)
        if (self->directory[i].words)
            bigger.directory[rg__addresses_slot(&bigger, self->directory[i].number)] =
                self->directory[i];
    rg__array_free(&self->allocator, self->directory, self->directory_size,
                   sizeof *self->directory);
    self->directory = bigger.directory;
    self->directory_size = bigger.directory_size;
    return RG_OK;
}

uint64_t *rg__addresses_make(rg__addresses *self, uintptr_t address)
{
    const uint64_t number = (uint64_t)address >> RG__CHUNK_SHIFT;
    if ((self->chunk_count + 1) * 2 > self->directory_size && grow_directory(self))
        return NULL;
    rg__chunk *chunk = &self->directory[rg__addresses_slot(self, number)];
    if (!chunk->words) {
        uint64_t *words = new_words(self);
        if (!words)
            return NULL;
        *chunk = (rg__chunk){number, words};
        self->chunk_count++;
    }
    self->last = *chunk;
    return rg__addresses_place(self, address);
}

rg_status rg__addresses_add(rg__addresses *self, uintptr_t address, bool *is_new)
{
    uint64_t *place = rg__addresses_place(self, address);
    if (!place)
        place = rg__addresses_make(self, address);
    if (!place)
        return RG_ERR_NOMEM;
    const uint64_t bit = rg__addresses_bit(address);
    *is_new = !(*place & bit);
    *place |= bit;
    self->count += *is_new;
    return RG_OK;
}

void rg__addresses_mark(rg__addresses *self, uintptr_t address)
{
    uint64_t *place = rg__addresses_place(self, address);
    if (place)
        place[1] |= rg__addresses_bit(address);
}

bool rg__addresses_is_marked(const rg__addresses *self, uintptr_t address)
{
    const uint64_t *place = rg__addresses_place(self, address);
    return place && place[1] & rg__addresses_bit(address);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = ((const rg__chunk *)a)->number;
    const uint64_t y = ((const rg__chunk *)b)->number;
    return (x > y) - (x < y);
}

rg_status rg__addresses_sort(rg__addresses *self)
{
    if (!self->chunk_count)
        return RG_OK;
    rg__chunk *sorted = rg__array_new_raw(&self->allocator, self->chunk_count, sizeof *sorted);
    if (!sorted)
        return RG_ERR_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < self->directory_size; i++)
        if (self->directory[i].words)
            sorted[count++] = self->directory[i];
    rg__sort(sorted, count, sizeof *sorted, by_number);
    rg__array_free(&self->allocator, self->sorted, self->sorted_count, sizeof *sorted);
    self->sorted = sorted;
    self->sorted_count = count;
    return RG_OK;
}

rg_status rg__addresses_rank(rg__addresses *self)
{
    uint64_t next = 0;
    if (self->count >= UINT32_MAX - 1)
        return RG_ERR_LIMIT;
    rg_status status = rg__addresses_sort(self);
    for (size_t i = 0; i < self->sorted_count && !status; i++)
        for (size_t w = 0; w < WORDS; w++) {
            uint64_t *pair = self->sorted[i].words + 2 * w;
            pair[1] = next;
            next += (uint64_t)__builtin_popcountll(pair[0]);
        }
    return status;
}

rg__address_cursor rg__addresses_seek(const rg__addresses *self, uint32_t id)
{
    rg__address_cursor at = {.chunk = 0};
    while (at.chunk + 1 < self->sorted_count && self->sorted[at.chunk + 1].words[1] <= id)
        at.chunk++;
    const uint64_t *words = self->sorted[at.chunk].words;
    while (at.word + 1 < WORDS && words[2 * (at.word + 1) + 1] <= id)
        at.word++;
    at.rest = words[2 * at.word];
    for (uint64_t before = words[2 * at.word + 1]; before < id; before++)
        at.rest &= at.rest - 1;
    at.word++;
    return at;
}

uintptr_t rg__addresses_next(const rg__addresses *self, rg__address_cursor *at)
{
    while (!at->rest) {
        if (at->word == WORDS) {
            at->word = 0;
            at->chunk++;
        }
        at->rest = self->sorted[at->chunk].words[2 * at->word++];
    }
    const unsigned bit = (unsigned)__builtin_ctzll(at->rest);
    at->rest &= at->rest - 1;
    return (uintptr_t)self->sorted[at->chunk].number << RG__CHUNK_SHIFT |
           ((uintptr_t)(at->word - 1) << 6 | bit) << RG__SLOT_SHIFT;
}

size_t rg__addresses_memory(const rg__addresses *self)
{
    size_t words = 0;
    for (size_t i = 0; i < self->slab_count; i++)
        words += slab_words(i);
    return words * sizeof(uint64_t) + self->sorted_count * sizeof *self->sorted +
           self->directory_size * sizeof *self->directory;
}

void rg__addresses_dispose(rg__addresses *self)
{
    const rg_allocator *a = &self->allocator;
    for (size_t i = 0; i < self->slab_count; i++)
        rg__array_free(a, self->slabs[i], slab_words(i), sizeof **self->slabs);
    rg__array_free(a, self->slabs, self->slab_capacity, sizeof *self->slabs);
    rg__array_free(a, self->directory, self->directory_size, sizeof *self->directory);
    rg__array_free(a, self->sorted, self->sorted_count, sizeof *self->sorted);
    *self = (rg__addresses){.allocator = self->allocator};
}
