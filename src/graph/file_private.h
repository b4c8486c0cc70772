/* What the files that save and load a graph share. */
#ifndef RG_GRAPH_FILE_PRIVATE_H
#define RG_GRAPH_FILE_PRIVATE_H

#include "base/mapping.h"
#include "graph/file_format.h"
#include "graph/graph_private.h"

struct rg_file {
    rg_allocator allocator;
    rg__mapping mapping; /* the file */
    rg__mapping block;   /* what was unpacked from it; empty where nothing was */
    rg__file_header header;
    rg_origin origin;      /* its strings are in the mapping, its rules owned */
    rg_origin_rule *rules; /* origin.rule_count of them */
    bool trust;
};

/* Bytes that it occupies. */
size_t rg__file_memory(const rg_file *self);

/* ---- the section of the origin ---- */

/* It as bytes, into an empty buffer. RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT (more than RG__ORIGIN_MOST), RG_ERR_ARGUMENT (a
 * time or a strength that is none). `text`: RG_TEXT_NONE leaves out the patterns of rules. */
RG_CHECKED rg_status rg__origin_encode(rg_buffer *out, const rg_origin *origin, rg_text_level text);
/* Strings are borrowed from `data`, the rules are the caller's. `begin` is where it stands in the file. */
RG_CHECKED rg_status rg__origin_decode(rg_origin *out, rg_origin_rule **rules,
                                       const rg_allocator *allocator, const unsigned char *data,
                                       uint64_t size, uint64_t begin, uint64_t *offset,
                                       rg_error *error);

#endif
