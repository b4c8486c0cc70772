/* The public functions: pictures to memory and to files. */
#define _GNU_SOURCE
#include "base/whole_file.h"
#include "render/engine.h"
#include "render/isolate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct {
    const char *suffix;
    rg_format format;
} formats[] = {
    {".svg", RG_FORMAT_SVG},
    {".png", RG_FORMAT_PNG},
    {".pdf", RG_FORMAT_PDF},
    {".dot", RG_FORMAT_DOT},
};

rg_status rg_format_of_path(rg_format *out, const char *path, rg_error *error)
{
    const char *name = strrchr(path, '/');
    const char *suffix = strrchr(name ? name + 1 : path, '.');
    for (size_t i = 0; i < sizeof formats / sizeof *formats && suffix; i++)
        if (!strcasecmp(suffix, formats[i].suffix)) {
            *out = formats[i].format;
            return RG_OK;
        }
    if (!suffix)
        return rg_error_set(error, RG_ERR_ARGUMENT,
                            "cannot tell the picture's format from '%.200s'; end it in one of "
                            ".svg .png .pdf .dot",
                            path);
    return rg_error_set(error, RG_ERR_ARGUMENT,
                        "cannot write pictures as '%.40s'; use one of .svg .png .pdf .dot", suffix);
}

typedef struct job {
    const rg__picture *picture;
    rg_format format;
} job;

static rg_status draw_job(void *context, rg_buffer *out, rg_error *error)
{
    const job *j = context;
    return rg__engine_draw_alone(out, j->picture, j->format, error);
}

rg_status rg_render(rg_buffer *out, const rg_graph *graph, const rg_subgraph *sub, rg_format format,
                    const rg_render_options *options, rg_error *error)
{
    static const rg_render_options defaults = {0};
    const rg_render_options *o = options ? options : &defaults;
    if ((unsigned)format > RG_FORMAT_DOT)
        return rg_error_set(error, RG_ERR_ARGUMENT, "no such picture format: %d", (int)format);
    const rg__deadline deadline =
        o->deadline > 0 ? rg__deadline_in(o->deadline) : (rg__deadline){0};
    rg__picture picture = {0};
    rg_status status = rg__engine_load(format, deadline, error);
    if (status)
        return status;
    status = rg__picture_make(&picture, graph, sub, o, &sub->allocator);
    if (status == RG_ERR_ARGUMENT)
        return rg_error_set(error, status, "there is nothing to draw, or an edge leads nowhere");
    if (status)
        return rg_error_set(error, status, "not enough memory to draw the picture");
    if (o->deadline > 0) {
        static const rg__fork_guard guard = {rg__engine_lock, rg__engine_unlock};
        job j = {&picture, format};
        status = rg__isolate(draw_job, &j, &guard, deadline, out, error);
    } else {
        status = rg__engine_draw(out, &picture, format, error);
    }
    rg__picture_dispose(&picture);
    return status;
}

/* ---- files ---- */

static rg_status refuse(rg_error *error, const char *path, const char *why)
{
    return rg_error_set(error, RG_ERR_IO, "cannot write '%.300s': %s", path, why);
}

/* False with errno. */
static bool write_file(int fd, const rg_buffer *data)
{
    size_t done = 0;
    while (done < data->size) {
        const ssize_t written = write(fd, data->data + done, data->size - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        done += (size_t)written;
    }
    return true;
}

rg_status rg_render_path(const char *path, const rg_graph *graph, const rg_subgraph *sub,
                         const rg_render_options *options, rg_error *error)
{
    rg_format format = RG_FORMAT_SVG;
    rg_status status = rg_format_of_path(&format, path, error);
    if (status)
        return status;
    rg__whole_file file = {.fd = -1};
    rg_buffer picture = rg_buffer_empty(&sub->allocator);
    status = rg__whole_file_begin(&file, path, &sub->allocator);
    if (status == RG_ERR_IO)
        return refuse(error, path, errno == EINVAL ? "it is not a regular file" : strerror(errno));
    if (status)
        return status;
    status = rg_render(&picture, graph, sub, format, options, error);
    if (!status && !write_file(file.fd, &picture))
        status = refuse(error, path, strerror(errno));
    if (status)
        rg__whole_file_abandon(&file);
    else if (rg__whole_file_commit(&file))
        status = refuse(error, path, strerror(errno));
    rg_buffer_dispose(&picture);
    return status;
}
