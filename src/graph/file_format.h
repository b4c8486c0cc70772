/* The header of a saved graph, and the sections behind it; drawn in file_format.c. */
#ifndef RG_GRAPH_FILE_FORMAT_H
#define RG_GRAPH_FILE_FORMAT_H

#include <refgraph/file.h>

typedef enum rg__section_id {
    RG__SECTION_ORIGIN = 0,
    RG__SECTION_COLLECTOR,
    RG__SECTION_TYPES,
    RG__SECTION_SHADOWS,
    RG__SECTION_ROOTS,
    RG__SECTION_NATIVE,
    RG__SECTION_WIDE_NAMES,
    RG__SECTION_WIDE_NODES,
    RG__SECTION_SITES,
    RG__SECTION_LOCATIONS,
    RG__SECTION_SITE_OF,
    RG__SECTION_STRING_CARRIES,
    RG__SECTION_STRING_ENDS,
    RG__SECTION_STRING_BYTES,
    RG__SECTION_NODES,
    RG__SECTION_EDGE_CARRIES,
    RG__SECTION_EDGE_OFFSETS,
    RG__SECTION_TARGETS,
    RG__SECTION_LABELS,
    RG__SECTION_SOURCE_CARRIES,
    RG__SECTION_SOURCE_OFFSETS,
    RG__SECTION_SOURCES,
    RG__SECTION_COUNT
} rg__section_id;

typedef enum rg__encoding { RG__ENCODING_PLAIN = 0, RG__ENCODING_ZSTD } rg__encoding;

enum {
    RG__FILE_ALIGNMENT = 64,
    RG__HEADER_FIXED = 64, /* bytes before the table */
    RG__HEADER_ENTRY = 40, /* bytes an entry of the table */
    RG__HEADER_SIZE = RG__HEADER_FIXED + RG__SECTION_COUNT * RG__HEADER_ENTRY,
    RG__ORIGIN_MOST = 1 << 20, /* bytes of the origin, which is read whenever a file is opened */
    RG__FRAME_SIZE = 1 << 20,  /* bytes of a section that are compressed together */
    RG__UNPACKED_STEP = 32,    /* of them that are unpacked in the time of a step (watch.h) */
    RG__RATIO_MOST = 256,      /* of a compressed section, and RG__RATIO_FREE bytes beside */
    RG__RATIO_FREE = 1 << 20
};

typedef struct rg__section {
    uint64_t offset;   /* in the file */
    uint64_t stored;   /* bytes in the file */
    uint64_t size;     /* bytes in memory */
    uint64_t checksum; /* of the bytes in the file */
    rg__encoding encoding;
} rg__section;

typedef struct rg__file_header {
    uint64_t file_size;
    uint64_t edges;
    uint32_t nodes, types, strings, roots;
    bool addresses_ascend;
    rg_text_level text;
    rg__section sections[RG__SECTION_COUNT];
} rg__file_header;

/* ---- numbers in a file ---- */

static inline void rg__put32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}
static inline void rg__put64(unsigned char *to, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}
static inline uint32_t rg__get32(const unsigned char *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}
static inline uint64_t rg__get64(const unsigned char *from)
{
    return rg__get32(from) | (uint64_t)rg__get32(from + 4) << 32;
}
void rg__put_double(unsigned char *to, double value);
double rg__get_double(const unsigned char *from);

/* ---- sections ---- */

/* The next place where a section may begin. */
static inline uint64_t rg__file_align(uint64_t offset)
{
    return (offset + (RG__FILE_ALIGNMENT - 1)) & ~(uint64_t)(RG__FILE_ALIGNMENT - 1);
}
/* "nodes", for messages. */
const char *rg__section_name(rg__section_id id);
/* Bytes of one of its items. */
uint32_t rg__section_item(rg__section_id id);

/* Whether an array of this machine looks as it does in a file. */
bool rg__is_little_endian(void);

/* ---- the header ---- */

/* RG_ERR_FILE with what is wrong, and *offset (NULL: not wanted) with where. */
RG_PRINTF(4, 5)
rg_status rg__file_wrong(uint64_t *offset, rg_error *error, uint64_t at, const char *format, ...);

/* A header as RG__HEADER_SIZE bytes. */
void rg__file_header_encode(unsigned char *to, const rg__file_header *header);
/* The header of a file of `size` bytes, all of them in memory: every section is inside the file, behind the one
 * before it, and has the size that the counts ask for. */
RG_CHECKED rg_status rg__file_header_decode(rg__file_header *out, const unsigned char *data,
                                            uint64_t size, uint64_t *offset, rg_error *error);

#endif
