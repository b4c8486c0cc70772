/* A graph to a file: room for the header, the sections one after another, then the header, so that what is left
 * unfinished has none. */
#include "base/whole_file.h"
#include "graph/file_sections.h"

#include <errno.h>
#include <string.h>

static const char no_memory[] = "no memory to save the snapshot";

rg_status rg_save_check(const rg_save_options *options, rg_error *error)
{
    if ((unsigned)options->text >= RG_TEXT_LEVEL_COUNT)
        return rg_error_set(error, RG_ERR_ARGUMENT, "no such level of text: %d",
                            (int)options->text);
    if ((unsigned)options->compression > RG_COMPRESSION_ZSTD)
        return rg_error_set(error, RG_ERR_ARGUMENT, "no such compression: %d",
                            (int)options->compression);
    if (options->compression == RG_COMPRESSION_ZSTD && !rg_file_has_zstd())
        return rg_error_set(error, RG_ERR_UNSUPPORTED,
                            "this refgraph was built without zstd: save without compression");
    if (!rg__is_little_endian())
        return rg_error_set(error, RG_ERR_UNSUPPORTED,
                            "snapshots are saved on little-endian machines only");
    return RG_OK;
}

/* Zeroes up to where the next section may begin. */
static rg_status pad(rg__output *output)
{
    static const unsigned char zeroes[RG__FILE_ALIGNMENT] = {0};
    const uint64_t at = output->position + output->used;
    return rg__output_add(output, zeroes, (size_t)(rg__file_align(at) - at));
}

static rg_status write_sections(rg__sections *s)
{
    unsigned char header[RG__HEADER_SIZE] = {0};
    rg__output *output = s->output;
    rg_status status = rg__output_add(output, header, sizeof header);
    for (int i = 0; i < RG__SECTION_COUNT && !status; i++) {
        status = pad(output);
        if (!status)
            status = rg__sections_write(s, (rg__section_id)i);
    }
    s->header->file_size = output->position + output->used;
    if (!status)
        status = rg__output_end(output);
    if (!status)
        status = rg__output_seek(output, 0);
    if (status)
        return status;
    rg__file_header_encode(header, s->header);
    status = rg__output_add(output, header, sizeof header);
    return status ? status : rg__output_flush(output);
}

/* What the file says of itself, once the texts are chosen. */
static rg__file_header header_of(const rg_graph *g, const rg__text_choice *choice,
                                 rg_text_level text)
{
    const rg__tables *t = &g->tables;
    return (rg__file_header){
        .edges = g->edge_count,
        .nodes = (uint32_t)t->node_count,
        .types = (uint32_t)t->type_count,
        .strings = choice ? rg__text_count(choice) : t->strings.count,
        .roots = (uint32_t)t->root_count,
        .addresses_ascend = t->addresses_ascend,
        .text = text,
    };
}

/* What was left out once does not come back. */
static rg_text_level level_of(const rg_graph *g, rg_text_level wanted)
{
    const rg_text_level had = g->file ? rg_file_text(g->file) : RG_TEXT_ALL;
    if (had == RG_TEXT_NONE || wanted == RG_TEXT_NONE)
        return RG_TEXT_NONE;
    return had == RG_TEXT_TYPES ? had : wanted;
}

static rg_status encode_origin(rg_buffer *out, const rg_graph *g, const rg_save_options *o,
                               rg_error *error)
{
    static const rg_origin unknown = {0};
    const rg_origin *own = g->file ? rg_file_origin(g->file) : &unknown;
    const rg_status status =
        rg__origin_encode(out, o->origin ? o->origin : own, level_of(g, o->text));
    if (status == RG_ERR_LIMIT)
        rg_error_set(error, status,
                     "the rules of the capture and what else a file says of its origin take more "
                     "than the %d bytes that it has for them: shorter or fewer rules",
                     RG__ORIGIN_MOST);
    else if (status)
        rg_error_set(error, status,
                     status == RG_ERR_ARGUMENT ? "an origin with a time or a rule that is none"
                                               : no_memory);
    return status;
}

static rg_status write_with(const rg_graph *g, int fd, const rg_save_options *o,
                            const rg_buffer *origin, const rg_allocator *a, int *failure)
{
    rg__output output = {0};
    rg__text_choice choice = {0};
    rg__file_header header = {0};
    rg__sections s = {.graph = g, .origin = origin, .output = &output, .header = &header};
    const rg_text_level level = level_of(g, o->text);
    const bool packs = o->compression == RG_COMPRESSION_ZSTD;
    rg_status status = rg__output_open(&output, fd, a);
    if (!status && level != RG_TEXT_ALL)
        status = rg__text_choose(&choice, g, level, a);
    if (!status && packs)
        status = rg__packer_new(&s.packer, a);
    if (!status && packs) {
        s.piece = rg__array_new_raw(a, RG__FRAME_SIZE, 1);
        status = s.piece ? RG_OK : RG_ERR_NOMEM;
    }
    if (!status) {
        s.choice = level != RG_TEXT_ALL ? &choice : NULL;
        header = header_of(g, s.choice, level);
        status = write_sections(&s);
    }
    *failure = output.failure;
    rg__array_free(a, s.piece, RG__FRAME_SIZE, 1);
    rg__packer_free(s.packer);
    rg__text_choice_dispose(&choice);
    rg__output_dispose(&output);
    return status;
}

rg_status rg_graph_write(const rg_graph *self, int fd, const rg_save_options *options,
                         rg_error *error)
{
    static const rg_save_options defaults = {0};
    const rg_save_options *o = options ? options : &defaults;
    const rg_allocator a = rg__allocator_or_default(o->allocator);
    rg_buffer origin = rg_buffer_empty(&a);
    int failure = 0;
    rg_status status = rg_save_check(o, error);
    if (!status)
        status = encode_origin(&origin, self, o, error);
    if (status) {
        rg_buffer_dispose(&origin);
        return status;
    }
    status = write_with(self, fd, o, &origin, &a, &failure);
    rg_buffer_dispose(&origin);
    if (status == RG_ERR_IO) {
        rg_error_set(error, status, "cannot write the snapshot: error %d of the system", failure);
        errno = failure;
    } else if (status) {
        rg_error_set(error, status,
                     status == RG_ERR_NOMEM ? no_memory : "the snapshot is too large to be saved");
    }
    return status;
}

rg_status rg_graph_save(const rg_graph *self, const char *path, const rg_save_options *options,
                        rg_error *error)
{
    static const rg_save_options defaults = {0};
    const rg_save_options *o = options ? options : &defaults;
    const rg_allocator a = rg__allocator_or_default(o->allocator);
    rg__whole_file file = {.fd = -1};
    rg_status status = rg_save_check(o, error);
    if (status)
        return status;
    status = rg__whole_file_begin(&file, path, &a);
    if (!status) {
        status = rg_graph_write(self, file.fd, o, error);
        if (status)
            rg__whole_file_abandon(&file);
        else
            status = rg__whole_file_commit(&file);
    }
    if (status == RG_ERR_IO) {
        const int failure = errno;
        rg_error_set(error, status, "cannot write '%.300s': %s", path, strerror(failure));
        errno = failure;
    } else if (status == RG_ERR_NOMEM) {
        rg_error_set(error, status, no_memory);
    }
    return status;
}
