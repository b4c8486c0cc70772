/* Which addresses are nodes, and the id of each: a sparse bitmap with ranks.
 *
 * Objects are at least 16 bytes, so address / 16 (a *slot*) tells them apart even where a static one is
 * only 8-aligned. Slots are grouped in chunks of 65,536 (1 MiB of address space); a chunk is a bitmap and
 * a second bitmap of marks, interleaved word by word, and after ranking a running count per word:
 *
 *   directory  open addressing: chunk number → chunk      chunk  | bits 0 | marks 0 | bits 1 | … |
 *                                                         ranks  | ids before word 0 | word 1 | … |
 *
 * Ids are therefore in address order: what was allocated together is numbered together. */
#ifndef RG_CAPTURE_ADDRESSES_H
#define RG_CAPTURE_ADDRESSES_H

#include <refgraph/base.h>

typedef struct rg__chunk {
    uint64_t number; /* address >> 20 */
    uint64_t *words; /* bits and marks, interleaved */
    uint32_t *ranks; /* NULL until ranked */
} rg__chunk;

typedef struct rg__addresses {
    rg_allocator allocator;
    rg__chunk *chunks; /* in order of appearance until ranked, then ascending */
    size_t chunk_count, chunk_capacity;
    uint32_t *directory; /* chunk index + 1, 0 = free */
    size_t directory_size;
    uint32_t last; /* the chunk asked for last */
    uint64_t count;
} rg__addresses;

/* Add an address; *is_new tells whether it was absent. RG_OK or RG_ERR_NOMEM. O(1). */
RG_CHECKED rg_status rg__addresses_add(rg__addresses *self, uintptr_t address, bool *is_new);
/* Mark an address that has been added. */
void rg__addresses_mark(rg__addresses *self, uintptr_t address);
bool rg__addresses_is_marked(rg__addresses *self, uintptr_t address);
bool rg__addresses_contains(rg__addresses *self, uintptr_t address);
/* Number the addresses in ascending order; no more may be added. */
RG_CHECKED rg_status rg__addresses_rank(rg__addresses *self);
/* The id of an address that has been added, after ranking. */
uint32_t rg__addresses_id(rg__addresses *self, uintptr_t address);
/* The id of an address, after ranking; false: it has not been added. */
bool rg__addresses_find(rg__addresses *self, uintptr_t address, uint32_t *id);
/* Bytes in use. */
size_t rg__addresses_memory(const rg__addresses *self);
void rg__addresses_dispose(rg__addresses *self);

#endif
