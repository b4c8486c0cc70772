/* See addresses.h. */
#include "capture/addresses.h"

#include "base/memory.h"
#include "base/sort.h"

enum { FIRST_DIRECTORY = 256, WORDS = RG__CHUNK_WORDS };

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
        uint64_t *words = rg__array_new(&self->allocator, (size_t)2 * WORDS, sizeof *words);
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

rg_status rg__addresses_rank(rg__addresses *self)
{
    if (self->count >= UINT32_MAX - 1)
        return RG_ERR_LIMIT;
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
    uint64_t next = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t w = 0; w < WORDS; w++) {
            sorted[i].words[2 * w + 1] = next;
            next += (uint64_t)__builtin_popcountll(sorted[i].words[2 * w]);
        }
    return RG_OK;
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
    return self->chunk_count * 2 * WORDS * sizeof(uint64_t) +
           self->sorted_count * sizeof *self->sorted +
           self->directory_size * sizeof *self->directory;
}

void rg__addresses_dispose(rg__addresses *self)
{
    const rg_allocator *a = &self->allocator;
    for (size_t i = 0; i < self->directory_size; i++)
        rg__array_free(a, self->directory[i].words, (size_t)2 * WORDS,
                       sizeof *self->directory[i].words);
    rg__array_free(a, self->directory, self->directory_size, sizeof *self->directory);
    rg__array_free(a, self->sorted, self->sorted_count, sizeof *self->sorted);
    *self = (rg__addresses){.allocator = self->allocator};
}
