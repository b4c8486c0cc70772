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

/* The permission bits of a regular file, RG__REPLACES_NOTHING where there is none. RG_ERR_IO with errno. */
static rg_status find_mode(unsigned *mode, const char *path)
{
    struct stat old;
    *mode = RG__REPLACES_NOTHING;
    if (stat(path, &old))
        return errno == ENOENT ? RG_OK : RG_ERR_IO;
    if (!S_ISREG(old.st_mode)) {
        errno = S_ISDIR(old.st_mode) ? EISDIR : EINVAL;
        return RG_ERR_IO;
    }
    *mode = old.st_mode & PERMISSIONS;
    return RG_OK;
}

/* Bytes of the target's path before its own name. */
static int folder_length(const rg__whole_file *self)
{
    const char *slash = strrchr(self->target.data, '/');
    return slash ? (int)(slash - self->target.data) + 1 : 0;
}

/* A name beside the target that nothing had a moment ago. */
static rg_status find_name(rg__whole_file *self)
{
    static atomic_uint files;
    self->beside.size = 0;
    return rg_buffer_add_format(&self->beside, "%.*s.refgraph-%ld-%u", folder_length(self),
                                self->target.data, (long)getpid(), atomic_fetch_add(&files, 1));
}

#ifdef O_TMPFILE
enum { LINK_SIZE = 32 };

static void write_link(char link[LINK_SIZE], int fd)
{
    (void)snprintf(link, LINK_SIZE, "/proc/self/fd/%d", fd);
}

/* A file without a name, in the target's folder; -1: the file system has none, or no name could be given later. */
static int open_nameless(const rg__whole_file *self, mode_t mode)
{
    char link[LINK_SIZE];
    struct stat found;
    rg_buffer folder = rg_buffer_empty(&self->target.allocator);
    const int length = folder_length(self);
    int fd = -1;
    if (!rg_buffer_add_format(&folder, "%.*s.", length, self->target.data))
        fd = open(folder.data, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    rg_buffer_dispose(&folder);
    if (fd < 0)
        return -1;
    write_link(link, fd);
    if (!stat(link, &found))
        return fd;
    (void)close(fd);
    return -1;
}

/* Give it one. RG_ERR_IO with errno. */
static rg_status give_name(rg__whole_file *self)
{
    char link[LINK_SIZE];
    write_link(link, self->fd);
    for (;;) {
        rg_status status = find_name(self);
        if (status)
            return status;
        if (!linkat(AT_FDCWD, link, AT_FDCWD, self->beside.data, AT_SYMLINK_FOLLOW))
            return RG_OK;
        if (errno != EEXIST) {
            self->beside.size = 0;
            return RG_ERR_IO;
        }
    }
}
#else
static int open_nameless(const rg__whole_file *self, mode_t mode)
{
    (void)self;
    (void)mode;
    return -1;
}

static rg_status give_name(rg__whole_file *self)
{
    (void)self;
    return RG_ERR_IO;
}
#endif

/* A new file beside the target, for nobody else while it may not be for all. RG_ERR_IO with errno. */
static rg_status open_beside(rg__whole_file *self)
{
    const mode_t mode = self->mode == RG__REPLACES_NOTHING ? NEW_FILE : 0600;
    self->fd = open_nameless(self, mode);
    if (self->fd >= 0)
        return RG_OK;
    do {
        if (find_name(self))
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

/* Give the file the permission bits of what it replaces. Where the file system has none to give (vfat says EPERM; the
 * file is ours, so nothing else is meant), it stays as it was made: for nobody else, if the file system can say
 * that. That is safe, and better than no file. RG_ERR_IO with errno. */
static rg_status keep_mode(const rg__whole_file *self)
{
    const bool is_kept = self->mode == RG__REPLACES_NOTHING ||
                         !fchmod(self->fd, (mode_t)self->mode) || errno == EPERM ||
                         errno == ENOTSUP;
    return is_kept ? RG_OK : RG_ERR_IO;
}

rg_status rg__whole_file_commit(rg__whole_file *self)
{
    rg_status status = keep_mode(self);
    if (!status && fsync(self->fd))
        status = RG_ERR_IO;
    if (!status && !self->beside.size)
        status = give_name(self);
    if (!status && rename(self->beside.data, self->target.data))
        status = RG_ERR_IO;
    if (status) {
        rg__whole_file_abandon(self);
        return status;
    }
    dispose(self);
    return RG_OK;
}

void rg__whole_file_abandon(rg__whole_file *self)
{
    const int kept = errno;
    if (self->beside.size)
        (void)unlink(self->beside.data);
    errno = kept;
    dispose(self);
}
