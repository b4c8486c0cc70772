/* The public functions: pictures to memory and to files. */
#define _GNU_SOURCE
#include "base/whole_file.h"
#include "render/apart.h"
#include "render/engine.h"
#include "render/within.h"

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

/* ---- in memory ---- */

/* Processor time for a first try, in seconds. The effort is bounded before a layout: a picture within the default
 * limit that needs more is one that nobody has met. What was asked to be larger, or is made of pixels, gets a
 * share of its deadline. */
static double cpu_for_all(rg_format format, const rg_render_options *options)
{
    const double usual = 1.5;
    const double part = 0.6;
    const bool is_vector = format == RG_FORMAT_SVG || format == RG_FORMAT_DOT;
    const double share = options->deadline * part;
    const bool is_usual = is_vector && options->max_nodes <= RG__DEFAULT_NODES;
    return is_usual && share > usual ? usual : share;
}

static rg_status make(rg__picture *out, const rg_graph *graph, const rg_subgraph *sub,
                      const rg_render_options *options, rg_error *error)
{
    const rg_status status = rg__picture_make(out, graph, sub, options, &sub->allocator);
    if (status == RG_ERR_ARGUMENT)
        return rg_error_set(error, status, "there is nothing to draw, or an edge leads nowhere");
    if (status)
        return rg_error_set(error, status, "not enough memory to draw the picture");
    return status;
}

/* A third of the objects, with the coarsest layout. */
static rg_status make_simpler(rg__picture *out, const rg_graph *graph, const rg_subgraph *sub,
                              const rg_render_options *options, rg_error *error)
{
    rg_render_options fewer = *options;
    const uint32_t most = options->max_nodes ? options->max_nodes : RG__DEFAULT_NODES;
    const uint32_t nodes = sub->node_count < most ? (uint32_t)sub->node_count : most;
    fewer.max_nodes = nodes / 3 ? nodes / 3 : 1;
    rg__picture picture = {0};
    rg_status status = make(&picture, graph, sub, &fewer, error);
    if (!status)
        status = rg__picture_say_simplified(&picture);
    if (status)
        rg__picture_dispose(&picture);
    else
        *out = picture;
    return status;
}

rg_status rg__render_within(rg_buffer *out, const rg_graph *graph, const rg_subgraph *sub,
                            rg_format format, const rg_render_options *options, double cpu_seconds,
                            rg_error *error)
{
    const rg__deadline deadline = rg__deadline_in(options->deadline);
    rg__picture picture = {0};
    rg__picture simpler = {0};
    bool is_cpu_over = false;
    rg_status status = make(&picture, graph, sub, options, error);
    if (!status)
        status = rg__apart_draw(&is_cpu_over, out, &picture, format, cpu_seconds, deadline, error);
    if (is_cpu_over) {
        if (error)
            error->text[0] = '\0';
        status = make_simpler(&simpler, graph, sub, options, error);
        if (!status)
            status = rg__apart_draw(&is_cpu_over, out, &simpler, format, 0, deadline, error);
    }
    rg__picture_dispose(&picture);
    rg__picture_dispose(&simpler);
    return status;
}

rg_status rg_render(rg_buffer *out, const rg_graph *graph, const rg_subgraph *sub, rg_format format,
                    const rg_render_options *options, rg_error *error)
{
    static const rg_render_options defaults = {0};
    const rg_render_options *o = options ? options : &defaults;
    if ((unsigned)format > RG_FORMAT_DOT)
        return rg_error_set(error, RG_ERR_ARGUMENT, "no such picture format: %d", (int)format);
    if (o->deadline > 0)
        return rg__render_within(out, graph, sub, format, o, cpu_for_all(format, o), error);
    rg__picture picture = {0};
    rg_status status = make(&picture, graph, sub, o, error);
    if (!status)
        status = rg__engine_draw(out, &picture, format, error);
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
    if (status) {
        rg__whole_file_abandon(&file);
    } else {
        status = rg__whole_file_commit(&file);
        if (status == RG_ERR_IO)
            status = refuse(error, path, strerror(errno));
    }
    rg_buffer_dispose(&picture);
    return status;
}
