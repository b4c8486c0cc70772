/* A saved graph: the arrays of graph_private.h as they stand in memory, behind a header that says where each is.
 * All numbers are little-endian.
 *
 *     0 | magic 8: 89 'R' 'G' 'F' 0D 0A 1A 0A | version u32 | order u32: 01020304h |
 *    16 | checksum u64: XXH3 of bytes 24 … 944 | file size u64 | edges u64 |
 *    40 | nodes u32 | types u32 | strings u32 | roots u32 | flags u32 | sections u32: 22 |
 *    64 | 22 × (offset u64 | stored u64 | size u64 | checksum u64: XXH3 of the stored bytes | id u32 | encoding u32)
 *   944 | zeroes up to 960: every section begins at the first multiple of 64 behind the one before it
 *
 *   flags: bit 0: addresses ascend; bits 1, 2: text level. encoding 0: stored as it is, size = stored; 1: zstd
 *   frames, each of 1 MiB of the section (the last of the rest) and with its content's size in its header.
 *
 *    id  section         an item                                                          items
 *     0  origin          file_origin.c                                                    1
 *     1  collector       kind u32, enabled u32, thresholds 3 i32, counts 3 i32,           1
 *                        frozen u64, debug i32, 0 u32
 *     2  types           module u32, name u32, kind u32, flags u32, node u32,             types
 *                        first shadow u32, shadows u32
 *     3  shadows         string u32
 *     4  roots           kind u32, node u32, references u32, name u32                     roots
 *     5  native          node u32, references u32: the roots of kind 8, by node
 *     6  wide names      kind u32, value u32: what a label has no bits for
 *     7  wide nodes      address u64, size u64, node u32, 0 u32: what 24 bytes cannot hold
 *     8  sites           first location u32, locations u32
 *     9  locations       file u32 (string), line u32
 *    10  site of         site u32, FFFFFFFFh: not known; of the first nodes
 *    11  string carries  string u32: from here on ends are 2^32 more (offsets.h)
 *    12  string ends     low half u32                                                     strings
 *    13  string bytes    u8
 *    14  nodes           place u64, size u32, type u32, refcount u32, text u32            nodes
 *    15  edge carries    node u32
 *    16  edge offsets    low half u32                                                     nodes + 1
 *    17  targets         node u32                                                         edges
 *    18  labels          u32: strength 2, kind 4, value 26                                edges
 *    19  source carries  node u32
 *    20  source offsets  low half u32                                                     nodes + 1
 *    21  sources         node u32                                                         edges
 */
#include "graph/file_format.h"

#include "graph/checksum.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    AT_VERSION = 8,
    AT_ORDER = 12,
    AT_CHECKSUM = 16,
    AT_CHECKED = 24, /* the checksum's first byte */
    AT_EDGES = 32,
    AT_NODES = 40,
    AT_FLAGS = 56,
    AT_SECTIONS = 60,
    ORDER = 0x01020304
};

static const unsigned char magic[8] = {0x89, 'R', 'G', 'F', '\r', '\n', 0x1A, '\n'};

static const struct {
    const char *name;
    uint32_t item;
} sections[RG__SECTION_COUNT] = {
    {"origin", 1},         {"collector", 48},   {"types", 28},     {"shadows", 4},
    {"roots", 16},         {"native", 8},       {"wide names", 8}, {"wide nodes", 24},
    {"sites", 8},          {"locations", 8},    {"site of", 4},    {"string carries", 4},
    {"string ends", 4},    {"string bytes", 1}, {"nodes", 24},     {"edge carries", 4},
    {"edge offsets", 4},   {"targets", 4},      {"labels", 4},     {"source carries", 4},
    {"source offsets", 4}, {"sources", 4},
};

const char *rg__section_name(rg__section_id id)
{
    return sections[id].name;
}

uint32_t rg__section_item(rg__section_id id)
{
    return sections[id].item;
}

bool rg__is_little_endian(void)
{
    const uint32_t order = ORDER;
    unsigned char first = 0;
    memcpy(&first, &order, 1);
    return first == (ORDER & 0xFF);
}

void rg__put_double(unsigned char *to, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    rg__put64(to, bits);
}

double rg__get_double(const unsigned char *from)
{
    const uint64_t bits = rg__get64(from);
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

rg_status rg__file_wrong(uint64_t *offset, rg_error *error, uint64_t at, const char *format, ...)
{
    char text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (offset)
        *offset = at;
    return rg_error_set(error, RG_ERR_FILE, "%s (byte %" PRIu64 ")", text, at);
}

/* ---- writing ---- */

void rg__file_header_encode(unsigned char *to, const rg__file_header *header)
{
    memset(to, 0, RG__HEADER_SIZE);
    memcpy(to, magic, sizeof magic);
    rg__put32(to + AT_VERSION, RG_FILE_VERSION);
    rg__put32(to + AT_ORDER, ORDER);
    rg__put64(to + AT_CHECKED, header->file_size);
    rg__put64(to + AT_EDGES, header->edges);
    rg__put32(to + AT_NODES, header->nodes);
    rg__put32(to + AT_NODES + 4, header->types);
    rg__put32(to + AT_NODES + 8, header->strings);
    rg__put32(to + AT_NODES + 12, header->roots);
    rg__put32(to + AT_FLAGS, (header->addresses_ascend ? 1U : 0U) | (uint32_t)header->text << 1);
    rg__put32(to + AT_SECTIONS, RG__SECTION_COUNT);
    for (uint32_t i = 0; i < RG__SECTION_COUNT; i++) {
        const rg__section *s = &header->sections[i];
        unsigned char *entry = to + RG__HEADER_FIXED + (size_t)i * RG__HEADER_ENTRY;
        rg__put64(entry, s->offset);
        rg__put64(entry + 8, s->stored);
        rg__put64(entry + 16, s->size);
        rg__put64(entry + 24, s->checksum);
        rg__put32(entry + 32, i);
        rg__put32(entry + 36, (uint32_t)s->encoding);
    }
    rg__put64(to + AT_CHECKSUM, rg__checksum(to + AT_CHECKED, RG__HEADER_SIZE - AT_CHECKED));
}

/* ---- reading ---- */

static bool begins(const unsigned char *data, uint64_t size, const char *with, size_t count)
{
    return size >= count && !memcmp(data, with, count);
}

/* What a file is that is none of ours. */
static rg_status strange(const unsigned char *data, uint64_t size, uint64_t *offset,
                         rg_error *error)
{
    static const char zeroes[sizeof magic] = {0};
    if (!size)
        return rg__file_wrong(offset, error, 0, "the file is empty");
    if (size < sizeof magic && !memcmp(data, magic, (size_t)size))
        return rg__file_wrong(offset, error, size, "the file is cut short: %" PRIu64 " bytes",
                              size);
    if (begins(data, size, "\x1F\x8B", 2))
        return rg__file_wrong(offset, error, 0, "a gzip file: unpack it first (gunzip)");
    if (begins(data, size, "\x28\xB5\x2F\xFD", 4))
        return rg__file_wrong(offset, error, 0, "a zstd file: unpack it first (zstd -d)");
    if (begins(data, size, "{", 1) || begins(data, size, "[", 1))
        return rg__file_wrong(offset, error, 0, "no refgraph snapshot: it looks like JSON");
    if (begins(data, size, "\x89RGF\n", 5) || begins(data, size, "\x89RGF\r\r", 6))
        return rg__file_wrong(offset, error, 4,
                              "its line ends were changed: it was copied as text, not as bytes");
    if (begins(data, size, zeroes, sizeof zeroes))
        return rg__file_wrong(offset, error, 0,
                              "no refgraph snapshot, or one whose writing was interrupted");
    return rg__file_wrong(offset, error, 0, "no refgraph snapshot");
}

/* What the first bytes promise, before anything else is believed. */
static rg_status check_start(const unsigned char *data, uint64_t size, uint64_t *offset,
                             rg_error *error)
{
    if (size < sizeof magic || memcmp(data, magic, sizeof magic) != 0)
        return strange(data, size, offset, error);
    if (size < AT_CHECKSUM)
        return rg__file_wrong(offset, error, size, "the file is cut short: %" PRIu64 " bytes",
                              size);
    const uint32_t version = rg__get32(data + AT_VERSION);
    if (version != RG_FILE_VERSION)
        return rg__file_wrong(offset, error, AT_VERSION,
                              "a snapshot of format version %" PRIu32 "; this refgraph (" RG_VERSION
                              ") reads version %d",
                              version, RG_FILE_VERSION);
    if (rg__get32(data + AT_ORDER) != ORDER)
        return rg__file_wrong(offset, error, AT_ORDER, "damaged: a byte order that does not exist");
    if (size < RG__HEADER_SIZE)
        return rg__file_wrong(offset, error, size,
                              "the file is cut short: %" PRIu64 " bytes, and its header has %d",
                              size, RG__HEADER_SIZE);
    if (rg__get64(data + AT_CHECKSUM) !=
        rg__checksum(data + AT_CHECKED, RG__HEADER_SIZE - AT_CHECKED))
        return rg__file_wrong(offset, error, AT_CHECKSUM,
                              "damaged: the header's checksum is wrong");
    return RG_OK;
}

/* The counts and flags, and that the file is as long as it says. */
static rg_status read_counts(rg__file_header *h, const unsigned char *data, uint64_t size,
                             uint64_t *offset, rg_error *error)
{
    const uint32_t flags = rg__get32(data + AT_FLAGS);
    h->file_size = rg__get64(data + AT_CHECKED);
    h->edges = rg__get64(data + AT_EDGES);
    h->nodes = rg__get32(data + AT_NODES);
    h->types = rg__get32(data + AT_NODES + 4);
    h->strings = rg__get32(data + AT_NODES + 8);
    h->roots = rg__get32(data + AT_NODES + 12);
    h->addresses_ascend = flags & 1;
    h->text = (rg_text_level)(flags >> 1 & 3);
    if (size < h->file_size)
        return rg__file_wrong(offset, error, size,
                              "the file is cut short: %" PRIu64 " bytes of %" PRIu64, size,
                              h->file_size);
    if (size > h->file_size)
        return rg__file_wrong(offset, error, h->file_size,
                              "%" PRIu64 " bytes are behind the end of the snapshot",
                              size - h->file_size);
    if (flags > 7 || (flags >> 1 & 3) >= RG_TEXT_LEVEL_COUNT)
        return rg__file_wrong(offset, error, AT_FLAGS, "flags %" PRIu32 " that do not exist",
                              flags);
    if (h->nodes >= RG_NONE || h->strings >= RG_NONE)
        return rg__file_wrong(offset, error, AT_NODES, "more nodes or strings than there are ids");
    if (rg__get32(data + AT_SECTIONS) != RG__SECTION_COUNT)
        return rg__file_wrong(offset, error, AT_SECTIONS, "%" PRIu32 " sections instead of %d",
                              rg__get32(data + AT_SECTIONS), RG__SECTION_COUNT);
    return RG_OK;
}

/* How many items a section must have; UINT64_MAX: as many as it says, up to *most. */
static uint64_t items_of(const rg__file_header *h, rg__section_id id, uint64_t *most)
{
    *most = (uint64_t)UINT32_MAX - 1;
    switch (id) {
    case RG__SECTION_COLLECTOR:
        return 1;
    case RG__SECTION_TYPES:
        return h->types;
    case RG__SECTION_ROOTS:
        return h->roots;
    case RG__SECTION_STRING_ENDS:
        return h->strings;
    case RG__SECTION_NODES:
        return h->nodes;
    case RG__SECTION_EDGE_OFFSETS:
    case RG__SECTION_SOURCE_OFFSETS:
        return (uint64_t)h->nodes + 1;
    case RG__SECTION_TARGETS:
    case RG__SECTION_LABELS:
    case RG__SECTION_SOURCES:
        return h->edges;
    case RG__SECTION_EDGE_CARRIES:
    case RG__SECTION_SOURCE_CARRIES:
        return h->edges >> 32;
    case RG__SECTION_NATIVE:
        *most = h->roots;
        return UINT64_MAX;
    case RG__SECTION_WIDE_NODES:
    case RG__SECTION_SITE_OF:
        *most = h->nodes;
        return UINT64_MAX;
    case RG__SECTION_ORIGIN:
        *most = RG__ORIGIN_MOST;
        return UINT64_MAX;
    case RG__SECTION_STRING_BYTES:
        *most = PTRDIFF_MAX;
        return UINT64_MAX;
    default:
        return UINT64_MAX;
    }
}

/* Whether the counts ask for a section of this size. */
static bool has_size(const rg__file_header *h, rg__section_id id)
{
    uint64_t most = 0;
    const uint64_t size = h->sections[id].size;
    const uint64_t wanted = items_of(h, id, &most);
    const uint64_t items = size / sections[id].item;
    if (size % sections[id].item || items > PTRDIFF_MAX / sections[id].item)
        return false;
    return wanted == UINT64_MAX ? items <= most : items == wanted;
}

/* Whether the way a section is stored can give its size. */
static bool has_encoding(const rg__section *s, rg__section_id id)
{
    if (s->encoding == RG__ENCODING_PLAIN)
        return s->size == s->stored;
    return s->encoding == RG__ENCODING_ZSTD && id > RG__SECTION_COLLECTOR && s->size &&
           (s->size <= RG__RATIO_FREE || (s->size - RG__RATIO_FREE) / RG__RATIO_MOST <= s->stored);
}

static rg_status read_section(rg__file_header *h, rg__section_id id, const unsigned char *data,
                              uint64_t begin, uint64_t *offset, rg_error *error)
{
    const uint64_t at = RG__HEADER_FIXED + (uint64_t)id * RG__HEADER_ENTRY;
    const unsigned char *entry = data + at;
    rg__section *s = &h->sections[id];
    *s = (rg__section){
        .offset = rg__get64(entry),
        .stored = rg__get64(entry + 8),
        .size = rg__get64(entry + 16),
        .checksum = rg__get64(entry + 24),
        .encoding = (rg__encoding)rg__get32(entry + 36),
    };
    const char *name = sections[id].name;
    if (rg__get32(entry + 32) != (uint32_t)id)
        return rg__file_wrong(offset, error, at + 32, "section %" PRIu32 " where %s belong",
                              rg__get32(entry + 32), name);
    if (s->offset != begin)
        return rg__file_wrong(offset, error, at,
                              "%s are said to begin at %" PRIu64 " instead of %" PRIu64, name,
                              s->offset, begin);
    if (begin > h->file_size || s->stored > h->file_size - begin)
        return rg__file_wrong(offset, error, at + 8,
                              "%s are said to have %" PRIu64 " bytes from %" PRIu64
                              " on in a file of %" PRIu64,
                              name, s->stored, begin, h->file_size);
    if (id == RG__SECTION_ORIGIN && s->size > RG__ORIGIN_MOST)
        return rg__file_wrong(offset, error, at + 16,
                              "the origin is said to have %" PRIu64 " bytes; it has at most %d",
                              s->size, RG__ORIGIN_MOST);
    if (!has_size(h, id))
        return rg__file_wrong(offset, error, at + 16,
                              "%s are said to have %" PRIu64
                              " bytes, which does not fit what they hold",
                              name, s->size);
    if (!has_encoding(s, id))
        return rg__file_wrong(offset, error, at + 36,
                              "%s are said to be %" PRIu64 " bytes stored as %" PRIu64
                              " in encoding %u",
                              name, s->size, s->stored, (unsigned)s->encoding);
    return RG_OK;
}

rg_status rg__file_header_decode(rg__file_header *out, const unsigned char *data, uint64_t size,
                                 uint64_t *offset, rg_error *error)
{
    rg__file_header h = {0};
    rg_status status = check_start(data, size, offset, error);
    if (!status)
        status = read_counts(&h, data, size, offset, error);
    uint64_t end = RG__HEADER_SIZE;
    for (int i = 0; i < RG__SECTION_COUNT && !status; i++) {
        status = read_section(&h, (rg__section_id)i, data, rg__file_align(end), offset, error);
        end = h.sections[i].offset + h.sections[i].stored;
    }
    if (status)
        return status;
    if (end != size)
        return rg__file_wrong(offset, error, end, "%" PRIu64 " bytes are behind the last section",
                              size - end);
    *out = h;
    return RG_OK;
}
