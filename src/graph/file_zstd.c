/* See file_zstd.h. A frame says how large its content is; that must be the next piece of the section, so that nothing
 * is unpacked beyond what the header's counts ask for. */
#include "graph/file_zstd.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

#if RG_WITH_ZSTD

#define ZSTD_STATIC_LINKING_ONLY /* contexts that take their memory from us */
#include <zstd.h>
#include <zstd_errors.h>

enum { LEVEL = 1, HEADER = 16 };

bool rg_file_has_zstd(void)
{
    return true;
}

/* zstd frees a block without saying its size: it stands before it. */
static void *take(void *context, size_t size)
{
    const rg_allocator *a = context;
    if (size > PTRDIFF_MAX - HEADER)
        return NULL;
    unsigned char *block = rg__array_new_raw(a, size + HEADER, 1);
    if (!block)
        return NULL;
    memcpy(block, &size, sizeof size);
    return block + HEADER;
}

static void give(void *context, void *address)
{
    const rg_allocator *a = context;
    size_t size = 0;
    if (!address)
        return;
    unsigned char *block = (unsigned char *)address - HEADER;
    memcpy(&size, block, sizeof size);
    rg__array_free(a, block, size + HEADER, 1);
}

struct rg__packer {
    rg_allocator allocator;
    ZSTD_CCtx *context;
    char *frame;
    size_t capacity;
};

rg_status rg__packer_new(rg__packer **out, const rg_allocator *allocator)
{
    rg__packer *p = rg__array_new(allocator, 1, sizeof *p);
    if (!p)
        return RG_ERR_NOMEM;
    p->allocator = *allocator;
    p->capacity = ZSTD_compressBound(RG__FRAME_SIZE);
    p->frame = rg__array_new_raw(allocator, p->capacity, 1);
    p->context = ZSTD_createCCtx_advanced((ZSTD_customMem){take, give, &p->allocator});
    if (!p->frame || !p->context) {
        rg__packer_free(p);
        return RG_ERR_NOMEM;
    }
    *out = p;
    return RG_OK;
}

void rg__packer_free(rg__packer *self)
{
    if (!self)
        return;
    const rg_allocator a = self->allocator;
    (void)ZSTD_freeCCtx(self->context);
    rg__array_free(&a, self->frame, self->capacity, 1);
    rg__array_free(&a, self, 1, sizeof *self);
}

rg_status rg__packer_pack(rg__packer *self, const void *data, size_t size, rg_string *frame)
{
    const size_t packed =
        ZSTD_compressCCtx(self->context, self->frame, self->capacity, data, size, LEVEL);
    if (ZSTD_isError(packed)) /* nothing else can go wrong: the frame has room for any content */
        return RG_ERR_NOMEM;
    *frame = (rg_string){self->frame, packed};
    return RG_OK;
}

typedef struct frames {
    const unsigned char *next;
    uint64_t left;  /* stored bytes */
    uint64_t place; /* of `next` in the file */
    uint64_t *offset;
    rg_error *error;
    const char *name;
} frames;

static rg_status damaged(const frames *f, const char *why)
{
    return rg__file_wrong(f->offset, f->error, f->place, "%s are damaged: %s", f->name, why);
}

static rg_status unpack_frame(frames *f, ZSTD_DCtx *context, unsigned char *to, size_t size)
{
    const size_t stored = ZSTD_findFrameCompressedSize(f->next, (size_t)f->left);
    if (ZSTD_isError(stored))
        return damaged(f, "no whole zstd frame");
    if (ZSTD_getFrameContentSize(f->next, stored) != size)
        return damaged(f, "a zstd frame of another size than the section needs");
    const size_t made = ZSTD_decompressDCtx(context, to, size, f->next, stored);
    if (ZSTD_isError(made) && ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation)
        return RG_ERR_NOMEM;
    if (made != size)
        return damaged(f, ZSTD_isError(made) ? ZSTD_getErrorName(made) : "too short");
    f->next += stored;
    f->left -= stored;
    f->place += stored;
    return RG_OK;
}

rg_status rg__unpack(unsigned char *to, const unsigned char *stored, const rg__section *section,
                     rg__section_id id, const rg_allocator *allocator, rg__watch *watch,
                     uint64_t *offset, rg_error *error)
{
    rg_allocator a = *allocator;
    frames f = {stored, section->stored, section->offset, offset, error, rg__section_name(id)};
    ZSTD_DCtx *context = ZSTD_createDCtx_advanced((ZSTD_customMem){take, give, &a});
    if (!context)
        return RG_ERR_NOMEM;
    rg_status status = RG_OK;
    for (uint64_t done = 0; done < section->size && !status;) {
        const uint64_t rest = section->size - done;
        const size_t size = rest < RG__FRAME_SIZE ? (size_t)rest : RG__FRAME_SIZE;
        status = unpack_frame(&f, context, to + done, size);
        done += size;
        if (!status && rg__tick(watch, size / RG__UNPACKED_STEP))
            status = RG_ERR_CANCELLED;
    }
    if (!status && f.left)
        status = damaged(&f, "bytes are behind the last zstd frame");
    (void)ZSTD_freeDCtx(context);
    return status;
}

#else

bool rg_file_has_zstd(void)
{
    return false;
}

rg_status rg__packer_new(rg__packer **out, const rg_allocator *allocator)
{
    (void)out;
    (void)allocator;
    return RG_ERR_UNSUPPORTED;
}

void rg__packer_free(rg__packer *self)
{
    (void)self;
}

rg_status rg__packer_pack(rg__packer *self, const void *data, size_t size, rg_string *frame)
{
    (void)self;
    (void)data;
    (void)size;
    (void)frame;
    return RG_ERR_UNSUPPORTED;
}

rg_status rg__unpack(unsigned char *to, const unsigned char *stored, const rg__section *section,
                     rg__section_id id, const rg_allocator *allocator, rg__watch *watch,
                     uint64_t *offset, rg_error *error)
{
    (void)watch;
    (void)to;
    (void)stored;
    (void)id;
    (void)allocator;
    (void)offset;
    return rg_error_set(error, RG_ERR_UNSUPPORTED,
                        "the snapshot is packed with zstd (%" PRIu64
                        " bytes), and this refgraph was built without it",
                        section->stored);
}

#endif
