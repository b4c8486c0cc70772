/* Bytes to a file descriptor, each to its place. No stdio, no allocation but the buffer, no signal: a forked
 * child may write this way. */
#ifndef RG_BASE_OUTPUT_H
#define RG_BASE_OUTPUT_H

#include "base/memory.h"

typedef struct rg__output {
    rg_allocator allocator;
    int fd;            /* borrowed: of a regular file */
    uint64_t position; /* where the next byte belongs, from the beginning of the file */
    unsigned char *buffer;
    size_t used;
    int failure; /* errno of the write that failed, 0: none yet; nothing is written after it */
} rg__output;

/* Start at byte 0. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__output_open(rg__output *self, int fd, const rg_allocator *allocator);
/* Bytes behind those before. RG_OK, or RG_ERR_IO: see `failure`. */
RG_CHECKED rg_status rg__output_add(rg__output *self, const void *data, size_t size);
/* Write what the buffer holds. */
RG_CHECKED rg_status rg__output_flush(rg__output *self);
/* Go on at another byte, which is not written twice by itself. */
RG_CHECKED rg_status rg__output_seek(rg__output *self, uint64_t position);
/* Flush, and cut off what the file had behind the last byte. */
RG_CHECKED rg_status rg__output_end(rg__output *self);
/* Free the buffer; the descriptor stays open. */
void rg__output_dispose(rg__output *self);

#endif
