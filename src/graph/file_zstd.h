/* Sections as zstd frames; without the library both directions are refused. */
#ifndef RG_GRAPH_FILE_ZSTD_H
#define RG_GRAPH_FILE_ZSTD_H

#include "graph/file_format.h"
#include "graph/watch.h"

typedef struct rg__packer rg__packer;

/* RG_OK, RG_ERR_NOMEM, RG_ERR_UNSUPPORTED. */
RG_CHECKED rg_status rg__packer_new(rg__packer **out, const rg_allocator *allocator);
void rg__packer_free(rg__packer *self);
/* RG__FRAME_SIZE bytes at most as one frame: *frame is borrowed until the next call. */
RG_CHECKED rg_status rg__packer_pack(rg__packer *self, const void *data, size_t size,
                                     rg_string *frame);

/* Unpack a section into `to`, which has section->size bytes; `stored` is where its frames are.
 * RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED, RG_ERR_UNSUPPORTED, or RG_ERR_FILE with *offset and `error`. */
RG_CHECKED rg_status rg__unpack(unsigned char *to, const unsigned char *stored,
                                const rg__section *section, rg__section_id id,
                                const rg_allocator *allocator, rg__watch *watch, uint64_t *offset,
                                rg_error *error);

#endif
