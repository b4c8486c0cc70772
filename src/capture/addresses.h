/* Which addresses are nodes, and the id of each: a sparse bitmap with ranks.
 *
 * Objects are at least 16 bytes, so address / 16 (a *slot*) tells them apart even where a static one is
 * only 8-aligned. Slots are grouped in chunks of 65,536 (1 MiB of address space); a chunk is a bitmap, and
 * beside each of its words another: a bitmap of marks until ranking, then how many ids come before the word.
 *
 *   directory  open addressing: chunk number → words      words  | bits 0 | marks or rank 0 | bits 1 | … |
 *
 * Ids are therefore in address order: what was allocated together is numbered together. Bit and rank of an
 * address are in one cache line, which can be asked for ahead (rg__addresses_place, then a prefetch). */
#ifndef RG_CAPTURE_ADDRESSES_H
#define RG_CAPTURE_ADDRESSES_H

#include <refgraph/base.h>

enum {
    RG__SLOT_SHIFT = 4,
    RG__CHUNK_SHIFT = 20,
    RG__CHUNK_WORDS = 1 << (RG__CHUNK_SHIFT - RG__SLOT_SHIFT - 6)
};

typedef struct rg__chunk {
    uint64_t number; /* address >> 20 */
    uint64_t *words; /* NULL: a free entry of the directory */
} rg__chunk;

typedef struct rg__addresses {
    rg_allocator allocator;
    rg__chunk *directory; /* its size is a power of two; at most half full */
    size_t directory_size, chunk_count;
    rg__chunk last;    /* the one asked for last */
    rg__chunk *sorted; /* by number, once ranked */
    size_t sorted_count;
    uint64_t **slabs; /* the chunks' words, many in a block: on huge pages where there are many */
    size_t slab_count, slab_capacity;
    size_t free_chunks; /* of the last slab */
    uint64_t count;
} rg__addresses;

/* Add an address; *is_new tells whether it was absent. RG_OK or RG_ERR_NOMEM. O(1). */
RG_CHECKED rg_status rg__addresses_add(rg__addresses *self, uintptr_t address, bool *is_new);
/* The words of the chunk of an address, made where there was none; or NULL: no memory. */
uint64_t *rg__addresses_make(rg__addresses *self, uintptr_t address);
/* Mark an address that has been added. Before ranking only. */
void rg__addresses_mark(rg__addresses *self, uintptr_t address);
bool rg__addresses_is_marked(const rg__addresses *self, uintptr_t address);
/* Put the chunks in ascending order: `sorted`. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__addresses_sort(rg__addresses *self);
/* Number the addresses in ascending order; no more may be added. */
RG_CHECKED rg_status rg__addresses_rank(rg__addresses *self);
/* Where a walk over ranked addresses is. */
typedef struct rg__address_cursor {
    size_t chunk, word; /* the next word to be looked at */
    uint64_t rest;      /* bits of the word before it that have not been visited */
} rg__address_cursor;
/* A walk that begins at the address of this id, which exists. */
rg__address_cursor rg__addresses_seek(const rg__addresses *self, uint32_t id);
/* The next address in ascending order, rounded down to a multiple of 16; there are as many as have been added. */
uintptr_t rg__addresses_next(const rg__addresses *self, rg__address_cursor *at);
/* Bytes in use. */
size_t rg__addresses_memory(const rg__addresses *self);
void rg__addresses_dispose(rg__addresses *self);

/* Where the chunk of this number is in the directory, or the free entry for it. */
static inline size_t rg__addresses_slot(const rg__addresses *self, uint64_t number)
{
    const size_t mask = self->directory_size - 1;
    size_t slot = (size_t)((number * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
    while (self->directory[slot].words && self->directory[slot].number != number)
        slot = (slot + 1) & mask;
    return slot;
}

/* The pair of words of an address, or NULL: its chunk has no addresses. */
static inline uint64_t *rg__addresses_place(const rg__addresses *self, uintptr_t address)
{
    const uint64_t number = (uint64_t)address >> RG__CHUNK_SHIFT;
    const rg__chunk *chunk = &self->last;
    if (chunk->number != number || !chunk->words) {
        if (!self->directory_size)
            return NULL;
        chunk = &self->directory[rg__addresses_slot(self, number)];
        if (!chunk->words)
            return NULL;
    }
    return chunk->words +
           2 * ((address >> (RG__SLOT_SHIFT + 6)) & (uintptr_t)(RG__CHUNK_WORDS - 1));
}
/* The bit of an address in its word. */
static inline uint64_t rg__addresses_bit(uintptr_t address)
{
    return UINT64_C(1) << ((address >> RG__SLOT_SHIFT) & 63);
}
/* The id of an address whose pair of words this is, after ranking. */
static inline uint32_t rg__addresses_id_at(const uint64_t *place, uintptr_t address)
{
    return (uint32_t)place[1] +
           (uint32_t)__builtin_popcountll(place[0] & (rg__addresses_bit(address) - 1));
}

static inline bool rg__addresses_contains(const rg__addresses *self, uintptr_t address)
{
    const uint64_t *place = rg__addresses_place(self, address);
    return place && *place & rg__addresses_bit(address);
}
/* The id of an address that has been added, after ranking. */
static inline uint32_t rg__addresses_id(const rg__addresses *self, uintptr_t address)
{
    return rg__addresses_id_at(rg__addresses_place(self, address), address);
}
/* The id of an address, after ranking; false: it has not been added. */
static inline bool rg__addresses_find(const rg__addresses *self, uintptr_t address, uint32_t *id)
{
    const uint64_t *place = rg__addresses_place(self, address);
    if (!place || !(*place & rg__addresses_bit(address)))
        return false;
    *id = rg__addresses_id_at(place, address);
    return true;
}

#endif
