/* Pointer → 32-bit value: open addressing, no removal. A zeroed struct with an allocator is empty. */
#ifndef RG_CAPTURE_POINTER_MAP_H
#define RG_CAPTURE_POINTER_MAP_H

#include <refgraph/base.h>

typedef struct rg__pointer_map {
    rg_allocator allocator;
    const void **keys; /* NULL: free */
    uint32_t *values;
    size_t size; /* power of two, or 0 */
    size_t count;
} rg__pointer_map;

/* The value of a key, or `missing`. */
uint32_t rg__pointer_map_get(const rg__pointer_map *self, const void *key, uint32_t missing);
/* Add or replace. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__pointer_map_put(rg__pointer_map *self, const void *key, uint32_t value);
void rg__pointer_map_dispose(rg__pointer_map *self);

#endif
