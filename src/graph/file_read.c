/* A file to a graph. Opening reads the header and the origin; finishing checks all the rest and lends the graph the
 * memory of the file as its arrays. */
#define _GNU_SOURCE
#include "graph/checksum.h"
#include "graph/file_private.h"
#include "graph/file_zstd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- opening ---- */

void rg_file_free(rg_file *self)
{
    if (!self)
        return;
    const rg_allocator a = self->allocator;
    rg__array_free(&a, self->rules, self->origin.rule_count, sizeof *self->rules);
    rg__mapping_dispose(&self->mapping);
    rg__mapping_dispose(&self->block);
    rg__array_free(&a, self, 1, sizeof *self);
}

static rg_status wrong_sum(rg__section_id id, const rg__section *s, uint64_t *offset,
                           rg_error *error)
{
    return rg__file_wrong(offset, error, s->offset, "damaged: the checksum of the %s is wrong",
                          rg__section_name(id));
}

static rg_status read_origin(rg_file *f, uint64_t *offset, rg_error *error)
{
    const rg__section *s = &f->header.sections[RG__SECTION_ORIGIN];
    if (rg__checksum(f->mapping.data + s->offset, (size_t)s->stored) != s->checksum)
        return wrong_sum(RG__SECTION_ORIGIN, s, offset, error);
    return rg__origin_decode(&f->origin, &f->rules, &f->allocator, f->mapping.data + s->offset,
                             s->stored, s->offset, offset, error);
}

static bool is_packed(const rg_file *f)
{
    for (int i = 0; i < RG__SECTION_COUNT; i++)
        if (f->header.sections[i].encoding == RG__ENCODING_ZSTD)
            return true;
    return false;
}

static rg_status cannot_read(rg_status status, rg_error *error, const char *path)
{
    const int failure = errno;
    if (status == RG_ERR_NOMEM)
        return rg_error_set(error, status, "no memory to open the snapshot");
    (void)rg_error_set(error, status, "cannot read '%.300s': %s", path,
                       failure == EINVAL ? "it is no regular file" : strerror(failure));
    errno = failure;
    return status;
}

static rg_status open_named(rg_file **out, int fd, const char *path, const rg_load_options *options,
                            uint64_t *offset, rg_error *error)
{
    static const rg_load_options defaults = {0};
    const rg_load_options *o = options ? options : &defaults;
    const rg_allocator a = rg__allocator_or_default(o->allocator);
    rg_file *f = rg__array_new(&a, 1, sizeof *f);
    if (!f)
        return cannot_read(RG_ERR_NOMEM, error, path);
    f->allocator = a;
    f->trust = o->trust;
    rg_status status = rg__mapping_open(&f->mapping, fd, o->copy, &a);
    if (status) {
        (void)cannot_read(status, error, path);
        goto fail;
    }
    if (!rg__is_little_endian()) {
        status = rg_error_set(error, RG_ERR_UNSUPPORTED,
                              "snapshots are loaded on little-endian machines only");
        goto fail;
    }
    status = rg__file_header_decode(&f->header, f->mapping.data, f->mapping.size, offset, error);
    if (!status)
        status = read_origin(f, offset, error);
    if (!status && is_packed(f) && !rg_file_has_zstd())
        status = rg_error_set(error, RG_ERR_UNSUPPORTED,
                              "the snapshot is packed with zstd, and this "
                              "refgraph was built without it");
    if (status)
        goto fail;
    *out = f;
    return RG_OK;

fail:;
    const int failure = errno;
    rg_file_free(f);
    errno = failure;
    return status;
}

rg_status rg_file_open_fd(rg_file **out, int fd, const rg_load_options *options, uint64_t *offset,
                          rg_error *error)
{
    return open_named(out, fd, "the file", options, offset, error);
}

rg_status rg_file_open(rg_file **out, const char *path, const rg_load_options *options,
                       uint64_t *offset, rg_error *error)
{
    int fd;
    do /* a FIFO without a writer would wait for ever */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return cannot_read(RG_ERR_IO, error, path);
    rg_status status = open_named(out, fd, path, options, offset, error);
    const int failure = errno;
    (void)close(fd);
    errno = failure;
    return status;
}

/* ---- what is known then ---- */

uint32_t rg_file_node_count(const rg_file *self)
{
    return self->header.nodes;
}

uint64_t rg_file_edge_count(const rg_file *self)
{
    return self->header.edges;
}

uint64_t rg_file_size(const rg_file *self)
{
    return self->header.file_size;
}

rg_text_level rg_file_text(const rg_file *self)
{
    return self->header.text;
}

const rg_origin *rg_file_origin(const rg_file *self)
{
    return &self->origin;
}

const rg_origin *rg_graph_origin(const rg_graph *self)
{
    return self->file ? &self->file->origin : NULL;
}

size_t rg__file_memory(const rg_file *self)
{
    return sizeof *self + self->mapping.size + self->block.size +
           self->origin.rule_count * sizeof *self->rules;
}

/* ---- finishing ---- */

/* Where the bytes of the sections are. */
typedef struct places {
    const unsigned char *data[RG__SECTION_COUNT];
} places;

/* Every byte between the sections is zero. */
static rg_status check_gaps(const rg_file *f, uint64_t *offset, rg_error *error)
{
    uint64_t at = RG__HEADER_SIZE;
    for (int i = 0; i < RG__SECTION_COUNT; i++) {
        const rg__section *s = &f->header.sections[i];
        for (; at < s->offset; at++)
            if (f->mapping.data[at])
                return rg__file_wrong(offset, error, at,
                                      "damaged: a byte between sections is not 0");
        at = s->offset + s->stored;
    }
    return RG_OK;
}

static rg_status check_bytes(const rg_file *f, const rg_monitor *monitor, uint64_t *offset,
                             rg_error *error)
{
    rg__watch watch = rg__watch_of(monitor, "checksums", f->header.file_size / 64);
    rg_status status = check_gaps(f, offset, error);
    for (int i = 0; i < RG__SECTION_COUNT && !status; i++) {
        const rg__section *s = &f->header.sections[i];
        uint64_t sum = 0;
        if (!rg__checksum_watched(&sum, f->mapping.data + s->offset, (size_t)s->stored, &watch))
            return RG_ERR_CANCELLED;
        if (sum != s->checksum)
            status = wrong_sum((rg__section_id)i, s, offset, error);
    }
    return status;
}

static rg_status copy(unsigned char *to, const unsigned char *from, size_t size, rg__watch *watch)
{
    for (size_t at = 0; at < size; at += RG__FRAME_SIZE) {
        const size_t piece = size - at < RG__FRAME_SIZE ? size - at : RG__FRAME_SIZE;
        memcpy(to + at, from + at, piece);
        if (rg__tick(watch, piece / RG__UNPACKED_STEP))
            break;
    }
    return rg__watch_status(watch);
}

/* A block for all sections, those that are packed unpacked into it. */
static rg_status unpack(rg_file *f, places *at, const rg_monitor *monitor, uint64_t *offset,
                        rg_error *error)
{
    uint64_t size = 0;
    for (int i = 0; i < RG__SECTION_COUNT; i++) /* each is below 2^63 / 64, or is in the file */
        size = rg__file_align(size + f->header.sections[i].size);
    rg_status status =
        size > PTRDIFF_MAX ? RG_ERR_NOMEM : rg__mapping_new(&f->block, (size_t)size, &f->allocator);
    if (status)
        return rg_error_set(error, status, "no memory to unpack %" PRIu64 " bytes", size);
    unsigned char *to = (unsigned char *)(uintptr_t)f->block.data;
    rg__watch watch = rg__watch_of(monitor, "unpack", size / RG__UNPACKED_STEP);
    for (int i = 0; i < RG__SECTION_COUNT && !status; i++) {
        const rg__section *s = &f->header.sections[i];
        const unsigned char *stored = f->mapping.data + s->offset;
        if (s->encoding == RG__ENCODING_ZSTD)
            status =
                rg__unpack(to, stored, s, (rg__section_id)i, &f->allocator, &watch, offset, error);
        else
            status = copy(to, stored, (size_t)s->size, &watch);
        at->data[i] = to;
        to += rg__file_align(s->size);
    }
    if (status == RG_ERR_NOMEM)
        (void)rg_error_set(error, status, "no memory to unpack %" PRIu64 " bytes", size);
    return status;
}

/* A section as an array of the graph's, which nothing writes to. */
static void *array(const places *at, rg__section_id id)
{
    return (void *)(uintptr_t)at->data[id];
}

static size_t items(const rg_file *f, rg__section_id id)
{
    return (size_t)(f->header.sections[id].size / rg__section_item(id));
}

static rg__offsets offsets_of(const rg_file *f, const places *at, rg__section_id low,
                              rg__section_id carries)
{
    return (rg__offsets){
        .low = array(at, low),
        .carries = array(at, carries),
        .carry_count = items(f, carries),
    };
}

static rg_status read_collector(rg_collector_state *out, const rg_file *f, const places *at,
                                uint64_t *offset, rg_error *error)
{
    const unsigned char *bytes = at->data[RG__SECTION_COLLECTOR];
    const uint64_t begin = f->header.sections[RG__SECTION_COLLECTOR].offset;
    rg_collector_state c = {
        .kind = (rg_collector_kind)rg__get32(bytes),
        .is_enabled = rg__get32(bytes + 4) != 0,
        .frozen = rg__get64(bytes + 32),
        .debug_flags = (int)rg__get32(bytes + 40),
    };
    for (int i = 0; i < 3; i++) {
        c.thresholds[i] = (int)rg__get32(bytes + 8 + 4 * i);
        c.counts[i] = (int)rg__get32(bytes + 20 + 4 * i);
    }
    if (rg__get32(bytes) > RG_COLLECTOR_INCREMENTAL || rg__get32(bytes + 4) > 1 ||
        rg__get32(bytes + 44))
        return rg__file_wrong(offset, error, begin, "a collector that does not exist");
    *out = c;
    return RG_OK;
}

static void lend_tables(rg__tables *t, const rg_file *f, const places *at)
{
    t->strings.bytes = array(at, RG__SECTION_STRING_BYTES);
    t->strings.bytes_capacity = items(f, RG__SECTION_STRING_BYTES);
    t->strings.ends = offsets_of(f, at, RG__SECTION_STRING_ENDS, RG__SECTION_STRING_CARRIES);
    t->strings.count = f->header.strings;
    t->types = array(at, RG__SECTION_TYPES);
    t->type_count = f->header.types;
    t->shadows = array(at, RG__SECTION_SHADOWS);
    t->shadow_count = items(f, RG__SECTION_SHADOWS);
    t->roots = array(at, RG__SECTION_ROOTS);
    t->root_count = f->header.roots;
    t->native = array(at, RG__SECTION_NATIVE);
    t->native_count = items(f, RG__SECTION_NATIVE);
    t->sites = array(at, RG__SECTION_SITES);
    t->site_count = items(f, RG__SECTION_SITES);
    t->locations = array(at, RG__SECTION_LOCATIONS);
    t->location_count = items(f, RG__SECTION_LOCATIONS);
    t->site_of = array(at, RG__SECTION_SITE_OF);
    t->site_of_count = items(f, RG__SECTION_SITE_OF);
    t->wide = array(at, RG__SECTION_WIDE_NAMES);
    t->wide_count = items(f, RG__SECTION_WIDE_NAMES);
    t->nodes = array(at, RG__SECTION_NODES);
    t->node_count = f->header.nodes;
    t->wide_nodes = array(at, RG__SECTION_WIDE_NODES);
    t->wide_node_count = items(f, RG__SECTION_WIDE_NODES);
    t->addresses_ascend = f->header.addresses_ascend;
}

static void lend_edges(rg_graph *g, const rg_file *f, const places *at)
{
    g->offsets = offsets_of(f, at, RG__SECTION_EDGE_OFFSETS, RG__SECTION_EDGE_CARRIES);
    g->reverse_offsets = offsets_of(f, at, RG__SECTION_SOURCE_OFFSETS, RG__SECTION_SOURCE_CARRIES);
    g->targets = array(at, RG__SECTION_TARGETS);
    g->labels = array(at, RG__SECTION_LABELS);
    g->sources = array(at, RG__SECTION_SOURCES);
    g->edge_count = f->header.edges;
}

/* The byte of the file behind an item of an array; of what was packed, where its section begins. */
static uint64_t place_of(const rg_file *f, const places *at, const void *item)
{
    const unsigned char *p = item;
    for (int i = 0; i < RG__SECTION_COUNT; i++) {
        const rg__section *s = &f->header.sections[i];
        if (p && p >= at->data[i] && p < at->data[i] + s->size)
            return s->encoding == RG__ENCODING_ZSTD ? s->offset
                                                    : s->offset + (uint64_t)(p - at->data[i]);
    }
    return 0;
}

static rg_status verify(const rg_file *f, const rg_graph *g, const places *at, uint64_t *offset,
                        rg_error *error)
{
    rg_error why = {""};
    const void *item = NULL;
    rg_status status = rg__graph_verify(g, &item, &why);
    if (status == RG_ERR_ARGUMENT)
        return rg__file_wrong(offset, error, place_of(f, at, item), "damaged: %s", why.text);
    return status == RG_ERR_NOMEM ? rg_error_set(error, status, "%s", why.text) : status;
}

rg_status rg_file_finish(rg_graph **out, rg_file **self, const rg_monitor *monitor,
                         uint64_t *offset, rg_error *error)
{
    rg_file *f = *self;
    places at;
    for (int i = 0; i < RG__SECTION_COUNT; i++)
        at.data[i] = f->mapping.data + f->header.sections[i].offset;
    rg_graph *g = rg__array_new(&f->allocator, 1, sizeof *g);
    if (!g)
        return rg_error_set(error, RG_ERR_NOMEM, "no memory to load the snapshot");
    rg_status status = f->trust ? RG_OK : check_bytes(f, monitor, offset, error);
    if (!status && is_packed(f))
        status = unpack(f, &at, monitor, offset, error);
    if (!status) {
        g->allocator = g->tables.strings.allocator = f->allocator;
        lend_tables(&g->tables, f, &at);
        lend_edges(g, f, &at);
        status = read_collector(&g->tables.collector, f, &at, offset, error);
    }
    if (!status && !f->trust) {
        g->monitor = monitor ? *monitor : (rg_monitor){0};
        status = verify(f, g, &at, offset, error);
        g->monitor = (rg_monitor){0};
    }
    if (status) {
        rg__mapping_dispose(&f->block);
        rg__array_free(&f->allocator, g, 1, sizeof *g);
        return status;
    }
    g->file = f;
    *self = NULL;
    *out = g;
    return RG_OK;
}

rg_status rg_graph_load(rg_graph **out, const char *path, const rg_load_options *options,
                        uint64_t *offset, rg_error *error)
{
    rg_file *file = NULL;
    rg_status status = rg_file_open(&file, path, options, offset, error);
    if (file)
        status = rg_file_finish(out, &file, NULL, offset, error);
    rg_file_free(file);
    return status;
}
