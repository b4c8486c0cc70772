/* Writing the sections of a graph's file, one after another. */
#ifndef RG_GRAPH_FILE_SECTIONS_H
#define RG_GRAPH_FILE_SECTIONS_H

#include "base/output.h"
#include "graph/checksum.h"
#include "graph/file_private.h"
#include "graph/file_text.h"
#include "graph/file_zstd.h"

typedef struct rg__sections {
    const rg_graph *graph;
    const rg__text_choice *choice; /* NULL: every text stays */
    const rg_buffer *origin;       /* encoded */
    rg__output *output;
    rg__packer *packer; /* NULL: stored as it is */
    rg__file_header *header;
    /* of the section that is being written */
    XXH3_state_t checksum;
    rg__section *section;
    bool is_packed;
    unsigned char *piece; /* RG__FRAME_SIZE bytes: what the next frame holds */
    size_t in_piece;
} rg__sections;

/* Write the section at the output's position and describe it in the header. RG_OK, RG_ERR_NOMEM, RG_ERR_IO. */
RG_CHECKED rg_status rg__sections_write(rg__sections *self, rg__section_id id);

#endif
