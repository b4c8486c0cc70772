/* The bytes of a regular file in memory: mapped, or read into memory of its own. */
#ifndef RG_BASE_MAPPING_H
#define RG_BASE_MAPPING_H

#include "base/memory.h"

/* A zeroed struct is empty. */
typedef struct rg__mapping {
    const unsigned char *data;
    size_t size;
    rg_allocator allocator; /* of what was read; unused for what is mapped */
    bool is_mapped;
} rg__mapping;

/* Map the whole file behind a descriptor for reading, or read it. The descriptor is not needed afterwards. Bytes
 * that somebody cuts off a mapped file later end the process that touches them (SIGBUS).
 * RG_OK, RG_ERR_NOMEM (no memory, no room to map in), RG_ERR_IO: errno says why; EINVAL: no regular file. */
RG_CHECKED rg_status rg__mapping_open(rg__mapping *out, int fd, bool read_it,
                                      const rg_allocator *allocator);
/* `size` bytes (at least 1) of memory to be filled by the caller. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__mapping_new(rg__mapping *out, size_t size, const rg_allocator *allocator);
void rg__mapping_dispose(rg__mapping *self);

#endif
