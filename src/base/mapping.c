/* See mapping.h. */
#define _GNU_SOURCE
#include "base/mapping.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 1 << 30 /* bytes a call: Linux reads no 2 GiB at once */ };

rg_status rg__mapping_new(rg__mapping *out, size_t size, const rg_allocator *allocator)
{
    unsigned char *data = rg__array_new_raw(allocator, size, 1);
    if (!data)
        return RG_ERR_NOMEM;
    *out = (rg__mapping){.data = data, .size = size, .allocator = *allocator};
    return RG_OK;
}

static rg_status map(rg__mapping *out, int fd, size_t size)
{
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return errno == ENOMEM ? RG_ERR_NOMEM : RG_ERR_IO;
    *out = (rg__mapping){.data = data, .size = size, .is_mapped = true};
    return RG_OK;
}

static rg_status read_all(rg__mapping *out, int fd, size_t size, const rg_allocator *allocator)
{
    rg__mapping made = {0};
    rg_status status = rg__mapping_new(&made, size, allocator);
    if (status)
        return status;
    unsigned char *data = (unsigned char *)(uintptr_t)made.data;
    size_t done = 0;
    while (done < size) {
        const size_t wanted = size - done < MOST ? size - done : MOST;
        const ssize_t got = pread(fd, data + done, wanted, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) { /* 0: it has been cut short meanwhile */
            const int failure = got ? errno : EIO;
            rg__mapping_dispose(&made);
            errno = failure;
            return RG_ERR_IO;
        }
        done += (size_t)got;
    }
    *out = made;
    return RG_OK;
}

rg_status rg__mapping_open(rg__mapping *out, int fd, bool read_it, const rg_allocator *allocator)
{
    struct stat file;
    if (fstat(fd, &file))
        return RG_ERR_IO;
    if (!S_ISREG(file.st_mode)) {
        errno = S_ISDIR(file.st_mode) ? EISDIR : EINVAL;
        return RG_ERR_IO;
    }
    if (file.st_size > PTRDIFF_MAX)
        return RG_ERR_NOMEM;
    const size_t size = (size_t)file.st_size;
    if (!size) {
        *out = (rg__mapping){.allocator = *allocator};
        return RG_OK;
    }
    return read_it ? read_all(out, fd, size, allocator) : map(out, fd, size);
}

void rg__mapping_dispose(rg__mapping *self)
{
    if (self->is_mapped)
        (void)munmap((void *)(uintptr_t)self->data, self->size);
    else
        rg__array_free(&self->allocator, (void *)(uintptr_t)self->data, self->size, 1);
    *self = (rg__mapping){0};
}
