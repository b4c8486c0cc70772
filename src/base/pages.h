/* Blocks that are mappings of their own. Needs no lock and no malloc: what the child of a fork may use. */
#ifndef RG_BASE_PAGES_H
#define RG_BASE_PAGES_H

#include <stddef.h>

/* A zeroed block at a multiple of 64 bytes, offered to the kernel for huge pages, or NULL. Address space to grow in
 * is reserved; what is not touched costs no memory. */
void *rg__pages_new(size_t size);
void rg__pages_free(void *block);
/* Another size, from 1 byte on, in place or elsewhere; NULL: no memory, and the block is as it was. */
void *rg__pages_resize(void *block, size_t old_size, size_t new_size);

#endif
