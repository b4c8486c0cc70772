/* Interned byte strings: equal bytes, equal id. */
#ifndef RG_GRAPH_STRINGS_H
#define RG_GRAPH_STRINGS_H

#include "base/offsets.h"

/*  bytes   |app.api|Api.Meta|x|…      one pool, no terminators
 *  ends    |7      |15      |16|…     ends[i]: where string i stops; it starts at ends[i - 1]
 *  table   open addressing: half of the hash, id + 1; 0 = free; at most 3/4 full; power of two
 *  A zeroed struct with an allocator is an empty table. */
typedef struct rg__strings {
    rg_allocator allocator;
    char *bytes;
    size_t bytes_capacity;
    rg__offsets ends;
    uint32_t count;
    uint64_t *table;
    size_t table_size;
    uint64_t seed; /* makes a file of colliding names useless */
} rg__strings;

/* RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT (2^32 - 2 strings). On failure nothing changed. */
RG_CHECKED rg_status rg__strings_add(rg__strings *self, uint32_t *id, rg_string text);
/* Several at once: their places in the table are asked for together. On failure some may have been added. */
RG_CHECKED rg_status rg__strings_add_many(rg__strings *self, uint32_t *ids, const rg_string *texts,
                                          size_t count);
/* Make room for `count` strings of `bytes` in all. */
RG_CHECKED rg_status rg__strings_reserve(rg__strings *self, size_t count, size_t bytes);
rg_string rg__strings_at(const rg__strings *self, uint32_t id);
/* Drop the table: no add may follow. */
void rg__strings_freeze(rg__strings *self);
size_t rg__strings_memory(const rg__strings *self);
void rg__strings_dispose(rg__strings *self);

#endif
