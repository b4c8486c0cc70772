/* rg_string and rg_buffer. */
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

rg_string rg_string_of(const char *terminated)
{
    return (rg_string){terminated, terminated ? strlen(terminated) : 0};
}

rg_buffer rg_buffer_empty(const rg_allocator *allocator)
{
    return (rg_buffer){.allocator = rg__allocator_or_default(allocator)};
}

static rg_status reserve(rg_buffer *self, size_t more)
{
    if (!self->allocator.resize)
        self->allocator = rg_allocator_default();
    if (more > PTRDIFF_MAX - self->size - 1)
        return RG_ERR_NOMEM;
    return rg__array_reserve(&self->allocator, &self->data, &self->capacity, self->size + more + 1,
                             1);
}

rg_status rg_buffer_add(rg_buffer *self, const void *data, size_t size)
{
    rg_status status = reserve(self, size);
    if (status)
        return status;
    if (size)
        memcpy(self->data + self->size, data, size);
    self->size += size;
    self->data[self->size] = '\0';
    return RG_OK;
}

rg_status rg_buffer_add_format(rg_buffer *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0)
        return RG_ERR_ARGUMENT;
    rg_status status = reserve(self, (size_t)size);
    if (status)
        return status;
    va_start(arguments, format);
    (void)vsnprintf(self->data + self->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    self->size += (size_t)size;
    return RG_OK;
}

void rg_buffer_dispose(rg_buffer *self)
{
    rg__array_free(&self->allocator, self->data, self->capacity, 1);
    *self = (rg_buffer){0};
}
