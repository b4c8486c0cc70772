/* The public functions: pictures to memory and to files. */
#define _GNU_SOURCE
#include "render/apart.h"
#include "render/engine.h"
#include "render/within.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
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

/* The file that a path leads to through symbolic links, which need not exist: NUL-terminated in `out`.
 * RG_ERR_IO with errno. */
static rg_status follow_links(rg_buffer *out, const char *path)
{
    enum { LINKS_MOST = 40 };
    rg_status status = rg_buffer_add(out, path, strlen(path));
    for (int i = 0; i < LINKS_MOST && !status; i++) {
        char link[PATH_MAX];
        const ssize_t size = readlink(out->data, link, sizeof link);
        if (size < 0)
            return RG_OK;
        const char *slash = link[0] == '/' ? NULL : strrchr(out->data, '/');
        out->size = slash ? (size_t)(slash - out->data) + 1 : 0;
        status = rg_buffer_add(out, link, (size_t)size);
    }
    errno = ELOOP;
    return status ? status : RG_ERR_IO;
}

/* A new file beside `path`, with the permissions that open() gives one: its name in `name`. RG_ERR_IO with
 * errno. */
static rg_status open_beside(int *fd, rg_buffer *name, const char *path)
{
    static atomic_uint files;
    const char *slash = strrchr(path, '/');
    const int folder = slash ? (int)(slash - path) + 1 : 0;
    do {
        name->size = 0;
        if (rg_buffer_add_format(name, "%.*s.refgraph-%ld-%u", folder, path, (long)getpid(),
                                 atomic_fetch_add(&files, 1)))
            return RG_ERR_NOMEM;
        *fd = open(name->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (*fd < 0 && errno == EEXIST);
    return *fd < 0 ? RG_ERR_IO : RG_OK;
}

static int write_file(int fd, const rg_buffer *data)
{
    size_t done = 0;
    while (done < data->size) {
        const ssize_t written = write(fd, data->data + done, data->size - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        done += (size_t)written;
    }
    return fsync(fd) ? errno : 0;
}

/* A new picture has the permissions of the old one. */
static void keep_permissions(int fd, const char *path)
{
    struct stat old;
    if (!stat(path, &old))
        (void)fchmod(fd, old.st_mode & 0777);
}

rg_status rg_render_path(const char *path, const rg_graph *graph, const rg_subgraph *sub,
                         const rg_render_options *options, rg_error *error)
{
    rg_format format = RG_FORMAT_SVG;
    rg_status status = rg_format_of_path(&format, path, error);
    if (status)
        return status;
    struct stat existing;
    if (!stat(path, &existing) && !S_ISREG(existing.st_mode))
        return refuse(error, path,
                      S_ISDIR(existing.st_mode) ? strerror(EISDIR) : "it is not a regular file");
    rg_buffer target = rg_buffer_empty(&sub->allocator);
    rg_buffer name = rg_buffer_empty(&sub->allocator);
    rg_buffer picture = rg_buffer_empty(&sub->allocator);
    int fd = -1;
    status = follow_links(&target, path);
    if (!status)
        status = open_beside(&fd, &name, target.data);
    if (status) {
        status = status == RG_ERR_IO ? refuse(error, path, strerror(errno)) : status;
        goto done;
    }
    status = rg_render(&picture, graph, sub, format, options, error);
    if (!status) {
        keep_permissions(fd, target.data);
        const int failure = write_file(fd, &picture);
        if (failure)
            status = refuse(error, path, strerror(failure));
    }
    (void)close(fd);
    if (!status && rename(name.data, target.data))
        status = refuse(error, path, strerror(errno));
    if (status)
        (void)unlink(name.data);

done:
    rg_buffer_dispose(&target);
    rg_buffer_dispose(&name);
    rg_buffer_dispose(&picture);
    return status;
}
