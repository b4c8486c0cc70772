/* A file that appears whole or not at all: written beside its place, flushed to the disk, renamed. While it is written
 * it has no name, where the file system can do that, so that whoever is killed meanwhile leaves nothing. What it
 * replaces keeps its permission bits, where the file system has such; a symbolic link stays one, and its target is
 * replaced. */
#ifndef RG_BASE_WHOLE_FILE_H
#define RG_BASE_WHOLE_FILE_H

#include <refgraph/base.h>

#include <limits.h>

#define RG__REPLACES_NOTHING UINT_MAX

typedef struct rg__whole_file {
    int fd;           /* open for writing, at the beginning of an empty file */
    rg_buffer target; /* where it belongs, links followed */
    rg_buffer beside; /* where it is written; empty: it has no name yet */
    unsigned mode;    /* permission bits of what it replaces; RG__REPLACES_NOTHING: of nothing */
} rg__whole_file;

/* Create the file beside `path`. RG_OK, RG_ERR_NOMEM, or RG_ERR_IO: errno says why (EISDIR; EINVAL: what is
 * there is no regular file). */
RG_CHECKED rg_status rg__whole_file_begin(rg__whole_file *out, const char *path,
                                          const rg_allocator *allocator);
/* Flush, close and rename; everything is disposed, also on failure, which leaves nothing behind.
 * RG_OK, RG_ERR_NOMEM, or RG_ERR_IO with errno. */
RG_CHECKED rg_status rg__whole_file_commit(rg__whole_file *self);
/* Close and remove what was written; errno stays as it is. */
void rg__whole_file_abandon(rg__whole_file *self);

#endif
