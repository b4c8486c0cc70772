/* See whole_file.h. */
#define _GNU_SOURCE
#include "base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 40, NEW_FILE = 0666, PERMISSIONS = 0777 };
#define NOTHING UINT_MAX

/* The file that a path leads to through symbolic links, which need not exist: NUL-terminated in `out`.
 * RG_ERR_IO with errno. */
static rg_status follow_links(rg_buffer *out, const char *path)
{
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

/* The permission bits of a regular file, NOTHING where there is none. RG_ERR_IO with errno. */
static rg_status find_mode(unsigned *mode, const char *path)
{
    struct stat old;
    *mode = NOTHING;
    if (stat(path, &old))
        return errno == ENOENT ? RG_OK : RG_ERR_IO;
    if (!S_ISREG(old.st_mode)) {
        errno = S_ISDIR(old.st_mode) ? EISDIR : EINVAL;
        return RG_ERR_IO;
    }
    *mode = old.st_mode & PERMISSIONS;
    return RG_OK;
}

/* A new file beside the target, for nobody else while it may not be for all. RG_ERR_IO with errno. */
static rg_status open_beside(rg__whole_file *self)
{
    static atomic_uint files;
    const char *path = self->target.data;
    const char *slash = strrchr(path, '/');
    const int folder = slash ? (int)(slash - path) + 1 : 0;
    const mode_t mode = self->mode == NOTHING ? NEW_FILE : 0600;
    do {
        self->beside.size = 0;
        if (rg_buffer_add_format(&self->beside, "%.*s.refgraph-%ld-%u", folder, path,
                                 (long)getpid(), atomic_fetch_add(&files, 1)))
            return RG_ERR_NOMEM;
        self->fd = open(self->beside.data, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    } while (self->fd < 0 && errno == EEXIST);
    return self->fd < 0 ? RG_ERR_IO : RG_OK;
}

static void dispose(rg__whole_file *self)
{
    const int kept = errno;
    if (self->fd >= 0)
        (void)close(self->fd);
    self->fd = -1;
    rg_buffer_dispose(&self->target);
    rg_buffer_dispose(&self->beside);
    errno = kept;
}

rg_status rg__whole_file_begin(rg__whole_file *out, const char *path, const rg_allocator *allocator)
{
    rg__whole_file file = {
        .fd = -1,
        .target = rg_buffer_empty(allocator),
        .beside = rg_buffer_empty(allocator),
    };
    rg_status status = find_mode(&file.mode, path);
    if (!status)
        status = follow_links(&file.target, path);
    if (!status)
        status = open_beside(&file);
    if (status)
        dispose(&file);
    else
        *out = file;
    return status;
}

rg_status rg__whole_file_commit(rg__whole_file *self)
{
    const bool is_changed =
        self->mode != NOTHING && fchmod(self->fd, (mode_t)self->mode) != 0; /* not ours to give */
    if (is_changed || fsync(self->fd) || rename(self->beside.data, self->target.data)) {
        rg__whole_file_abandon(self);
        return RG_ERR_IO;
    }
    dispose(self);
    return RG_OK;
}

void rg__whole_file_abandon(rg__whole_file *self)
{
    const int kept = errno;
    if (self->beside.data)
        (void)unlink(self->beside.data);
    errno = kept;
    dispose(self);
}
