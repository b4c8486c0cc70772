/* See output.h. */
#define _GNU_SOURCE
#include "base/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 256 << 10, MOST = 1 << 30 /* bytes a call: Linux writes no 2 GiB at once */ };

rg_status rg__output_open(rg__output *self, int fd, const rg_allocator *allocator)
{
    *self = (rg__output){.allocator = *allocator, .fd = fd};
    self->buffer = rg__array_new_raw(allocator, BUFFER, 1);
    return self->buffer ? RG_OK : RG_ERR_NOMEM;
}

void rg__output_dispose(rg__output *self)
{
    rg__array_free(&self->allocator, self->buffer, BUFFER, 1);
    self->buffer = NULL;
}

static rg_status write_all(rg__output *self, const unsigned char *data, size_t size)
{
    while (size && !self->failure) {
        const size_t wanted = size < MOST ? size : MOST;
        const ssize_t written = pwrite(self->fd, data, wanted, (off_t)self->position);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            self->failure = written ? errno : ENOSPC;
            break;
        }
        data += written;
        size -= (size_t)written;
        self->position += (uint64_t)written;
    }
    return self->failure ? RG_ERR_IO : RG_OK;
}

rg_status rg__output_flush(rg__output *self)
{
    const size_t size = self->used;
    self->used = 0;
    return write_all(self, self->buffer, size);
}

rg_status rg__output_add(rg__output *self, const void *data, size_t size)
{
    if (size >= BUFFER - self->used) {
        rg_status status = rg__output_flush(self);
        if (status || size >= BUFFER)
            return status ? status : write_all(self, data, size);
    }
    if (size)
        memcpy(self->buffer + self->used, data, size);
    self->used += size;
    return RG_OK;
}

rg_status rg__output_seek(rg__output *self, uint64_t position)
{
    rg_status status = rg__output_flush(self);
    if (!status)
        self->position = position;
    return status;
}

rg_status rg__output_end(rg__output *self)
{
    rg_status status = rg__output_flush(self);
    while (!status && !self->failure && ftruncate(self->fd, (off_t)self->position)) {
        if (errno == EINTR)
            continue;
        self->failure = errno;
        status = RG_ERR_IO;
    }
    return status;
}
